"""The errors of several models."""

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import COLOURS


def plot_ladder(table, noise_floor=None, ax=None):
    """Test error of several models, with its spread over seeds.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns model, "test MSE" (squared stars) and spread (the same; NaN where there is none).
        One row a model, from top to bottom.
    noise_floor : float, optional
        The lowest error that any model can expect, drawn as a line.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    for column in ("model", "test MSE", "spread"):
        if column not in table:
            raise NeurecError(
                "plot_ladder needs a table with the column {column!r}.", column=column
            )
    if table.empty:
        raise NeurecError("plot_ladder needs a table with at least one model; this has no rows.")
    mse, spread = table["test MSE"].to_numpy(float), table["spread"].to_numpy(float)
    ax = new_axes(ax, height=1.2 + 0.35 * len(table))
    # One model that is far off (a dot product alone) must not squash the rest.
    edge = 1.35 * np.median(mse)
    places = np.arange(len(table))
    inside = mse <= edge
    bars = np.nan_to_num(spread[inside])
    ax.errorbar(mse[inside], places[inside], xerr=bars, fmt="o", capsize=4, linestyle="none")
    ax.plot(
        np.full((~inside).sum(), edge), places[~inside], ">", color=COLOURS[1], linestyle="none"
    )
    for place, value, near in zip(places, mse, inside, strict=True):
        offset, side = ((8, 7), "left") if near else ((-10, 0), "right")
        ax.annotate(
            number(value, ".3f"),
            (min(value, edge), place),
            xytext=offset,
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=9,
        )
    if noise_floor is not None:
        ax.axvline(
            noise_floor,
            color="black",
            linestyle="--",
            label=tr("noise floor {noise_floor:.3f}", noise_floor=noise_floor),
        )
        ax.legend(loc="lower right")
    ax.set(
        title=tr("The ladder: error on the test part"),
        xlabel=tr("test MSE (stars²); bars: standard deviation over seeds"),
        ylabel=tr("model"),
        yticks=places,
        yticklabels=table["model"],
    )
    ax.margins(x=0.12, y=0.08)
    ax.invert_yaxis()
    best, worst = table.iloc[mse.argmin()], table.iloc[mse.argmax()]
    floor = (
        ""
        if noise_floor is None
        else tr(" The noise floor is {noise_floor:.3f}.", noise_floor=noise_floor)
    )
    return described(
        ax,
        tr(
            "Dot plot of the test error of {models} models: from {highest:.3f} "
            "({worst}) to {lowest:.3f} ({best}).{floor}",
            models=len(table),
            highest=worst["test MSE"],
            worst=worst["model"],
            lowest=best["test MSE"],
            best=best["model"],
            floor=floor,
        ),
        {
            tr("model"): table["model"].to_numpy(),
            tr("test MSE"): [number(value, ".3f") for value in mse],
            tr("spread"): ["-" if np.isnan(value) else number(value, ".4f") for value in spread],
        },
    )
