"""What grows with the number of ratings."""

import numpy as np
import pandas as pd

from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES


def plot_growth(ratings, series, title, unit, ax=None):
    """How something measured grows with the number of ratings, and the straight line through it.

    Parameters
    ----------
    ratings : array_like, shape (n,)
        Numbers of ratings, at least two.
    series : mapping of str to array_like, shape (n,)
        What was measured, by name.
    title : str
    unit : str
        Of what was measured, for example ``"s"`` or ``"MB"``.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    title, unit = tr(title), tr(unit)
    series = {tr(name): values for name, values in series.items()}
    millions = np.asarray(ratings) / 1e6
    ax = new_axes(ax)
    table = pd.DataFrame(
        {tr("ratings"): [tr("{count:g} million", count=count) for count in millions]}
    )
    for (name, values), style in zip(series.items(), SERIES, strict=False):
        slope, start = np.polyfit(millions, values, 1)
        ends = np.array([0, millions.max()])
        ax.plot(millions, values, label=name, **{**style, "linestyle": "none"}, markersize=8)
        ax.plot(ends, start + slope * ends, color=style["color"], linestyle=style["linestyle"])
        table[name] = [f"{number(value, '.1f')} {unit}" for value in values]
    ax.set(
        title=title,
        xlabel=tr("ratings (millions)"),
        ylabel=tr("seconds") if unit == tr("s") else unit,
    )
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend()
    told = "; ".join(
        tr(
            "{name} {first} to {last}",
            name=name,
            first=table[name].iloc[0],
            last=table[name].iloc[-1],
        )
        for name in series
    )
    sentence = tr(
        "{title}, with a straight line through each series: {told}.", title=title, told=told
    )
    return described(ax, sentence, table)
