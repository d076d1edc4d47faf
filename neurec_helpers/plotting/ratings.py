"""What the ratings look like: how often each was given, and how many there are of whom."""

import numpy as np
import pandas as pd

from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES
from neurec_helpers.plotting.ticks import NumberFormatter
from neurec_helpers.ratings.summary import frequencies


def plot_ratings(ratings, ax=None):
    """How often each rating was given; of very many different ones, each interval of them.

    Parameters
    ----------
    ratings : pandas.DataFrame
        With the column ``rating`` (stars).
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    low, high, counts = map(np.array, zip(*frequencies(ratings.rating), strict=True))
    shares, most = counts / counts.sum(), counts.argmax()
    ax, color = new_axes(ax), SERIES[0]["color"]
    facts = {"ratings": counts.sum(), "share": shares[most], "mean": ratings.rating.mean()}
    if low[0] == high[0]:
        names = [number(stars, "g") for stars in low]
        bars = ax.bar(names, counts, color=color)
        ax.bar_label(bars, [number(share, ".0%") for share in shares])
        sentence = tr(
            "Bar chart of {ratings:,} ratings: {most:g} stars are the most frequent "
            "({share:.1%}), and the mean is {mean:.2f}.",
            most=low[most],
            **facts,
        )
    else:
        names = [f"{number(a, 'g')} … {number(b, 'g')}" for a, b in zip(low, high, strict=True)]
        ax.bar(low, counts, width=0.9 * (high - low), align="edge", color=color)
        ax.xaxis.set_major_formatter(NumberFormatter("{x:g}"))
        sentence = tr(
            "Bar chart of {ratings:,} ratings: those from {low:g} to {high:g} stars are the most "
            "frequent ({share:.1%}), and the mean is {mean:.2f}.",
            low=low[most],
            high=high[most],
            **facts,
        )
    ax.set(
        title=tr("How often each rating was given"),
        xlabel=tr("rating (stars)"),
        ylabel=tr("ratings"),
    )
    ax.yaxis.set_major_formatter(NumberFormatter("{x:,.0f}"))
    ax.margins(y=0.12)
    return described(
        ax,
        sentence,
        {
            tr("stars"): names,
            tr("ratings"): counts,
            tr("share"): [number(share, ".1%") for share in shares],
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
    of_readers = "user_id", tr("reader"), tr("ratings of each reader")
    of_books = "book_id", tr("book"), tr("ratings of each book")
    for style, (column, name, label) in zip(SERIES, (of_readers, of_books), strict=False):
        counts = np.sort(ratings[column].value_counts().to_numpy())[::-1]
        ax.plot(
            np.arange(1, len(counts) + 1),
            counts,
            label=label,
            markevery=np.unique(np.geomspace(1, len(counts), 8).astype(int)) - 1,
            **style,
        )
        low, middle, high = np.percentile(counts, [25, 50, 75])
        rows.append((name, counts[-1], low, middle, round(counts.mean(), 2), high, counts[0]))
    ax.set(
        xscale="log",
        yscale="log",
        title=tr("Ratings of each reader and each book"),
        xlabel=tr("rank, from the most active (log scale)"),
        ylabel=tr("number of ratings (log scale)"),
    )
    _plain_numbers(ax)
    ax.legend(loc="lower left")
    table = pd.DataFrame(
        rows,
        columns=[
            tr("each"),
            tr("least"),
            tr("lower quarter"),
            tr("median"),
            tr("mean"),
            tr("upper quarter"),
            tr("most"),
        ],
    )
    (_, _, _, of_reader, *_, most), (_, _, _, of_book, *_) = rows
    return described(
        ax,
        tr(
            "Ranked from most to least active: half of the readers gave {median:g} ratings "
            "or fewer, while the most active gave {most:g}; half of the books got "
            "{median_of_books:g} or more.",
            median=of_reader,
            most=most,
            median_of_books=of_book,
        ),
        table,
    )


def _plain_numbers(ax):
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(NumberFormatter("{x:,.0f}"))
