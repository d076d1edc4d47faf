"""What the ratings look like: how often each was given, and how many there are of whom."""

import numpy as np
import pandas as pd

from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES


def plot_ratings(ratings, ax=None):
    """How often each rating was given.

    Parameters
    ----------
    ratings : pandas.DataFrame
        With the column ``rating`` (stars).
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    counts = ratings.rating.value_counts().sort_index()
    shares = counts / counts.sum()
    ax = new_axes(ax)
    bars = ax.bar([f"{stars:g}" for stars in counts.index], counts, color=SERIES[0]["color"])
    ax.bar_label(bars, [f"{share:.0%}" for share in shares])
    ax.set(title="How often each rating was given", xlabel="rating (stars)", ylabel="ratings")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.margins(y=0.12)
    most = counts.idxmax()
    return described(
        ax,
        f"Bar chart of {counts.sum():,} ratings: {most:g} stars are the most frequent "
        f"({shares[most]:.1%}), and the mean is {ratings.rating.mean():.2f}.",
        {
            "stars": [f"{stars:g}" for stars in counts.index],
            "ratings": counts.to_numpy(),
            "share": [f"{share:.1%}" for share in shares],
        },
    )


def plot_activity(ratings, ax=None):
    """How many ratings each reader gave and each book got: the long tail.

    Parameters
    ----------
    ratings : pandas.DataFrame
        With the columns ``user_id`` and ``book_id``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    rows = []
    for style, (column, name) in zip(
        SERIES, (("user_id", "reader"), ("book_id", "book")), strict=False
    ):
        counts = np.sort(ratings[column].value_counts().to_numpy())[::-1]
        ax.plot(
            np.arange(1, len(counts) + 1),
            counts,
            label=f"ratings of each {name}",
            markevery=np.unique(np.geomspace(1, len(counts), 8).astype(int)) - 1,
            **style,
        )
        low, middle, high = np.percentile(counts, [25, 50, 75])
        rows.append((name, counts[-1], low, middle, round(counts.mean(), 2), high, counts[0]))
    ax.set(
        xscale="log",
        yscale="log",
        title="Ratings of each reader and each book",
        xlabel="rank, from the most active (log scale)",
        ylabel="number of ratings (log scale)",
    )
    _plain_numbers(ax)
    ax.legend(loc="lower left")
    table = pd.DataFrame(
        rows, columns=["each", "least", "lower quarter", "median", "mean", "upper quarter", "most"]
    )
    reader, book = (table.iloc[position] for position in (0, 1))
    return described(
        ax,
        f"Ranked from most to least active: half of the readers gave {reader['median']:g} ratings "
        f"or fewer, while the most active gave {reader['most']:g}; half of the books got "
        f"{book['median']:g} or more.",
        table,
    )


def _plain_numbers(ax):
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:,.0f}")
