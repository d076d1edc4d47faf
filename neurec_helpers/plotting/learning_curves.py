"""Training and test error, epoch by epoch."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES


def plot_learning_curves(history, noise_floor=None, ax=None, unseen=None):
    """Training loss and validation loss after each epoch.

    Parameters
    ----------
    history : keras.callbacks.History, mapping, or mapping of names to these
        With ``loss`` and, where there is one, ``val_loss`` (mean squared error, stars²).
        Several named histories are drawn together.
    noise_floor : float, optional
        The lowest mean squared error that any model could reach, where it is known.
    ax : matplotlib.axes.Axes, optional
    unseen : str, optional
        What the rows of ``val_loss`` are called in the legend; "test" by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    unseen = tr(unseen) if unseen else tr("test")
    curves = _curves(history, unseen)
    ax = new_axes(ax)
    for (name, losses), style in zip(curves.items(), SERIES, strict=False):
        epochs = np.arange(1, len(losses) + 1)
        ax.plot(epochs, losses, label=name, **style)
    unseen_curves = [losses for name, losses in curves.items() if unseen in name]
    if unseen_curves:
        ax.plot(
            [int(np.argmin(losses)) + 1 for losses in unseen_curves],
            [min(losses) for losses in unseen_curves],
            marker="o",
            markersize=15,
            markerfacecolor="none",
            markeredgecolor="black",
            linestyle="none",
            label=tr("best epoch"),
        )
    if noise_floor is not None:
        ax.axhline(noise_floor, color="black", linestyle=":", linewidth=1)
        ax.annotate(
            tr("noise floor {noise_floor:.3f}", noise_floor=noise_floor),
            (0.99, noise_floor),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
        )
    ax.set(
        title=tr("Learning curves"),
        xlabel=tr("epoch"),
        ylabel=tr("mean squared error (stars²)"),
    )
    ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
    if len(curves) > 2:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    else:
        ax.legend()
    longest = max(len(losses) for losses in curves.values())
    table = pd.DataFrame({tr("epoch"): np.arange(1, longest + 1)})
    for name, losses in curves.items():
        table[name] = [number(loss, ".3f") for loss in losses] + ["-"] * (longest - len(losses))
    return described(ax, _told(curves, unseen), table)


def _curves(history, unseen):
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping) or not history:
        raise NeurecError(
            "plot_learning_curves() takes what model.fit() returns, or a dictionary of names "
            "and such histories; it got {kind}.",
            kind=type(history).__name__,
        )
    named = {"": history} if "loss" in history else history
    curves = {}
    for name, losses in named.items():
        losses = getattr(losses, "history", losses)
        if not isinstance(losses, Mapping) or "loss" not in losses:
            raise NeurecError(
                'The history {name!r} holds no "loss": did the training end?', name=name
            )
        prefix = f"{tr(name)}, " if name else ""
        curves[f"{prefix}{tr('training')}"] = losses["loss"]
        if "val_loss" in losses:
            curves[f"{prefix}{unseen}"] = losses["val_loss"]
    return curves


def _told(curves, unseen):
    parts = []
    for name, losses in curves.items():
        if unseen in name:
            parts.append(
                tr(
                    "{name} error is lowest at {lowest:.3f} and ends at {last:.3f}",
                    name=name,
                    lowest=min(losses),
                    last=losses[-1],
                )
            )
        else:
            parts.append(
                tr(
                    "{name} error goes from {first:.3f} to {last:.3f}",
                    name=name,
                    first=losses[0],
                    last=losses[-1],
                )
            )
    return tr("Line plot over epochs: {curves}.", curves="; ".join(parts))
