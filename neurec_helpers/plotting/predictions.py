"""Predictions beside the true ratings."""

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
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
    ax.plot(stars, stars, label="a perfect prediction", **SERIES[1])
    ax.plot(stars, [group.mean() for group in groups], label="mean prediction", **SERIES[0])
    ax.set(
        title="Predicted against true ratings",
        xlabel="true rating (stars)",
        ylabel="predicted rating (stars)",
        xticks=stars,
        xticklabels=[f"{star:g}" for star in stars],
    )
    ax.legend()
    quantiles = np.array([np.percentile(group, [5, 50, 95]) for group in groups])
    table = pd.DataFrame(
        {
            "true": [f"{star:g}" for star in stars],
            "ratings": [len(group) for group in groups],
            "mean predicted": [f"{group.mean():.2f}" for group in groups],
            "lowest 5 %": [f"{value:.2f}" for value in quantiles[:, 0]],
            "median": [f"{value:.2f}" for value in quantiles[:, 1]],
            "highest 5 %": [f"{value:.2f}" for value in quantiles[:, 2]],
        }
    )
    return described(
        ax,
        f"Box plots of predictions for each true rating: for {stars[0]:g} star the mean "
        f"prediction is {groups[0].mean():.2f}, for {stars[-1]:g} stars {groups[-1].mean():.2f}.",
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
    names = [f"{star:g}" for star in by_rating.index]
    bars = ax.bar(names, by_rating["mean"], color=SERIES[0]["color"])
    # On white, so that the line of the mean does not run through a number.
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1}
    ax.bar_label(bars, fmt="%.2f", padding=3, bbox=white)
    ax.axhline(
        squares.mean(), color="black", linestyle="--", label=f"all ratings: {squares.mean():.2f}"
    )
    ax.set(
        title="Error for each true rating",
        xlabel="true rating (stars)",
        ylabel="mean squared error (stars²)",
    )
    ax.margins(y=0.1)
    ax.legend()
    return described(
        ax,
        f"Bar chart of the mean squared error: {by_rating['mean'].iloc[0]:.2f} where the true "
        f"rating is {names[0]}, {by_rating['mean'].min():.2f} where it is "
        f"{by_rating['mean'].idxmin():g}, and {squares.mean():.2f} over all.",
        {
            "true": names,
            "ratings": by_rating["size"].to_numpy(),
            "mean squared error": [f"{value:.2f}" for value in by_rating["mean"]],
        },
    )


def _pair(true, predicted):
    true, predicted = np.ravel(true), np.ravel(predicted)
    if len(true) != len(predicted) or not len(true):
        raise NeurecError(
            f"There are {len(true):,} true ratings and {len(predicted):,} predictions; "
            "there should be one prediction for each rating, in the same order."
        )
    return true, predicted


def _step(stars):
    return float(np.diff(stars).min()) if len(stars) > 1 else 1.0
