"""Books as points in a plane."""

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import COLOURS, MARKERS


def plot_map(points, labels, title=None, ax=None):
    """Books as points in a plane, marked by label.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        For example from PCA or t-SNE.
    labels : array_like of str, shape (n,)
        For example genres; at most twelve different ones.
    title : str, optional
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Its description says how many of the ten nearest points of a point have its label.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise NeurecError(
            "plot_map needs points of shape (n, 2) and n labels, not {shape} and {labels}.",
            shape=points.shape,
            labels=len(labels),
        )
    if len(points) < 2:
        raise NeurecError("plot_map needs at least two points, not {points}.", points=len(points))
    names, group = np.unique(labels, return_inverse=True)
    if len(names) > 2 * len(MARKERS):
        raise NeurecError("plot_map can tell 12 labels apart, not {labels}.", labels=len(names))
    title = tr(title) if title else tr("Map of the books")
    ax = new_axes(ax, height=5.0)
    for k, name in enumerate(names):
        here = group == k
        # The second round of markers is hollow.
        colour, hollow = COLOURS[k % len(COLOURS)], k >= len(MARKERS)
        ax.scatter(
            *points[here].T,
            s=16,
            marker=MARKERS[k % len(MARKERS)],
            facecolors="none" if hollow else colour,
            edgecolors=colour,
            linewidths=0.8,
            label=name,
        )
    ax.set(title=title, xticks=[], yticks=[], xlabel=tr("near each other: alike for the model"))
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9, markerscale=1.5)
    share, chance = _same_label(points, group)
    own = pd.Series(share).groupby(group).mean()
    return described(
        ax,
        tr(
            "Scatter plot, {title}: of the ten points nearest to a point, {share:.2f} have its "
            "label; by chance it would be {chance:.2f}.",
            title=title,
            share=share.mean(),
            chance=chance,
        ),
        {
            tr("label"): names,
            tr("points"): np.bincount(group),
            tr("nearest with the same label"): [number(value, ".2f") for value in own],
        },
    )


def _same_label(points, group, near=10):
    """Share of each point's nearest points that have its label, and that share by chance."""
    from sklearn.neighbors import NearestNeighbors

    near = min(near, len(points) - 1)
    found = NearestNeighbors(n_neighbors=near).fit(points).kneighbors(return_distance=False)
    of_label = np.bincount(group)
    chance = (of_label * (of_label - 1)).sum() / (len(group) * (len(group) - 1))
    return (group[found] == group[:, None]).mean(axis=1), chance
