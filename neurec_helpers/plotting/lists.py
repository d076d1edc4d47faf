"""How good the lists of several models are."""

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes

NEEDED = ("NDCG@10", "margin", "coverage")


def plot_lists(table, ax=None):
    """NDCG of several models with its margin, and their coverage beside the names.

    Parameters
    ----------
    table : pandas.DataFrame
        A row a model, named by the index; columns "NDCG@10", margin (half a confidence interval)
        and coverage (0 to 1).
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    for column in NEEDED:
        if column not in table:
            raise NeurecError("plot_lists needs a table with the column {column!r}.", column=column)
    if table.empty:
        raise NeurecError("plot_lists needs a table with at least one model; this has no rows.")
    table = table.sort_values("NDCG@10", kind="stable")
    ndcg, margin = table["NDCG@10"].to_numpy(float), table["margin"].to_numpy(float)
    ax = new_axes(ax, height=1.2 + 0.35 * len(table))
    places = np.arange(len(table))
    ax.errorbar(ndcg, places, xerr=np.nan_to_num(margin), fmt="o", capsize=4, linestyle="none")
    for place, value, edge in zip(places, ndcg, ndcg + np.nan_to_num(margin), strict=True):
        ax.annotate(
            number(value, ".3f"),
            (edge, place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    names = [f"{name} ({number(row.coverage, '.0%')})" for name, row in table.iterrows()]
    ax.set(
        title=tr("Lists on the test part"),
        xlabel=tr("NDCG@10; bars: 95 % confidence"),
        ylabel=tr("model (share of all books shown)"),
        yticks=places,
        yticklabels=names,
    )
    ax.set_xlim(0, max(1.2 * (ndcg + np.nan_to_num(margin)).max(), 1e-3))
    ax.margins(y=0.1)
    best, worst = table.index[-1], table.index[0]
    return described(
        ax,
        tr(
            "Dot plot of NDCG@10 for {models} models, with 95 % confidence intervals: from "
            "{lowest:.3f} ({worst}) to {highest:.3f} ({best}).",
            models=len(table),
            lowest=ndcg[0],
            worst=worst,
            highest=ndcg[-1],
            best=best,
        ),
        {
            tr("model"): table.index.to_numpy(),
            "NDCG@10": [number(value, ".3f") for value in ndcg],
            tr("margin"): [number(value, ".3f") for value in margin],
            tr("coverage"): [number(value, ".3f") for value in table["coverage"]],
        },
    )
