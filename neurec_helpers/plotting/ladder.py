"""The errors of several models."""

import numpy as np

from neurec_helpers.errors import NeurecError
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
            raise NeurecError(f"plot_ladder needs a table with the column {column!r}.")
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
            f"{value:.3f}",
            (min(value, edge), place),
            xytext=offset,
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=9,
        )
    if noise_floor is not None:
        ax.axvline(
            noise_floor, color="black", linestyle="--", label=f"noise floor {noise_floor:.3f}"
        )
        ax.legend(loc="lower right")
    ax.set(
        title="The ladder: error on the test part",
        xlabel="test MSE (stars²); bars: standard deviation over seeds",
        ylabel="model",
        yticks=places,
        yticklabels=table["model"],
    )
    ax.margins(x=0.12, y=0.08)
    ax.invert_yaxis()
    best, worst = table.iloc[mse.argmin()], table.iloc[mse.argmax()]
    floor = "" if noise_floor is None else f" The noise floor is {noise_floor:.3f}."
    return described(
        ax,
        f"Dot plot of the test error of {len(table)} models: from {worst['test MSE']:.3f} "
        f"({worst['model']}) to {best['test MSE']:.3f} ({best['model']}).{floor}",
        {
            "model": table["model"].to_numpy(),
            "test MSE": [f"{value:.3f}" for value in mse],
            "spread": ["-" if np.isnan(value) else f"{value:.4f}" for value in spread],
        },
    )
