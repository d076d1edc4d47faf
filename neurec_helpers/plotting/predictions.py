"""Predictions beside the true ratings."""

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES


def plot_predicted(true, predicted, ax=None):
    """Predictions for the ratings of each number of stars.

    Parameters
    ----------
    true : array_like, shape (n,)
        Ratings (stars).
    predicted : array_like, shape (n,) or (n, 1)
        Predictions for them (stars).
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    true, predicted = _pair(true, predicted)
    stars = np.unique(true)
    groups = [predicted[true == star] for star in stars]
    ax = new_axes(ax)
    ax.boxplot(
        groups,
        positions=stars,
        widths=0.5 * _step(stars),
        whis=(5, 95),
        showfliers=False,
        medianprops={"color": "black"},
    )
    ax.plot(stars, stars, label=tr("a perfect prediction"), **SERIES[1])
    ax.plot(stars, [group.mean() for group in groups], label=tr("mean prediction"), **SERIES[0])
    ax.set(
        title=tr("Predicted against true ratings"),
        xlabel=tr("true rating (stars)"),
        ylabel=tr("predicted rating (stars)"),
        xticks=stars,
        xticklabels=[number(star, "g") for star in stars],
    )
    ax.legend()
    quantiles = np.array([np.percentile(group, [5, 50, 95]) for group in groups])
    table = pd.DataFrame(
        {
            tr("true"): [number(star, "g") for star in stars],
            tr("ratings"): [len(group) for group in groups],
            tr("mean predicted"): [number(group.mean(), ".2f") for group in groups],
            tr("lowest 5 %"): [number(value, ".2f") for value in quantiles[:, 0]],
            tr("median"): [number(value, ".2f") for value in quantiles[:, 1]],
            tr("highest 5 %"): [number(value, ".2f") for value in quantiles[:, 2]],
        }
    )
    return described(
        ax,
        tr(
            "Box plots of predictions for each true rating: for {first:g} the mean "
            "prediction is {first_mean:.2f}, for {last:g} it is {last_mean:.2f}.",
            first=stars[0],
            first_mean=groups[0].mean(),
            last=stars[-1],
            last_mean=groups[-1].mean(),
        ),
        table,
    )


def plot_error_by_rating(true, predicted, ax=None):
    """Mean squared error for the ratings of each number of stars.

    Parameters
    ----------
    true : array_like, shape (n,)
        Ratings (stars).
    predicted : array_like, shape (n,) or (n, 1)
        Predictions for them (stars).
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    true, predicted = _pair(true, predicted)
    squares = (true - predicted) ** 2
    by_rating = pd.Series(squares).groupby(true).agg(["mean", "size"])
    ax = new_axes(ax)
    names = [number(star, "g") for star in by_rating.index]
    bars = ax.bar(names, by_rating["mean"], color=SERIES[0]["color"])
    # On white, so that the line of the mean does not run through a number.
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.bar_label(
        bars, labels=[number(error, ".2f") for error in by_rating["mean"]], padding=3, bbox=white
    )
    ax.axhline(
        squares.mean(),
        color="black",
        linestyle="--",
        label=tr("all ratings: {mean:.2f}", mean=squares.mean()),
    )
    ax.set(
        title=tr("Error for each true rating"),
        xlabel=tr("true rating (stars)"),
        ylabel=tr("mean squared error (stars²)"),
    )
    ax.margins(y=0.1)
    ax.legend()
    return described(
        ax,
        tr(
            "Bar chart of the mean squared error: {first_error:.2f} where the true "
            "rating is {first}, {least_error:.2f} where it is "
            "{least:g}, and {mean:.2f} over all.",
            first_error=by_rating["mean"].iloc[0],
            first=names[0],
            least_error=by_rating["mean"].min(),
            least=by_rating["mean"].idxmin(),
            mean=squares.mean(),
        ),
        {
            tr("true"): names,
            tr("ratings"): by_rating["size"].to_numpy(),
            tr("mean squared error"): [number(value, ".2f") for value in by_rating["mean"]],
        },
    )


def _pair(true, predicted):
    true, predicted = np.ravel(true), np.ravel(predicted)
    if len(true) != len(predicted) or not len(true):
        raise NeurecError(
            "There are {ratings:,} true ratings and {predictions:,} predictions; "
            "there should be one prediction for each rating, in the same order.",
            ratings=len(true),
            predictions=len(predicted),
        )
    return true, predicted


def _step(stars):
    return float(np.diff(stars).min()) if len(stars) > 1 else 1.0
