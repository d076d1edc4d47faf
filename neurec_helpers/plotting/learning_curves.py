"""Training and test error, epoch by epoch."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.plotting.showing import described, new_axes
from neurec_helpers.plotting.style import SERIES


def plot_learning_curves(history, noise_floor=None, ax=None, unseen="test"):
    """Training loss and validation loss after each epoch.

    Parameters
    ----------
    history : keras.callbacks.History, mapping, or mapping of names to these
        With ``loss`` and, where there is one, ``val_loss`` (mean squared error, stars²).
        Several named histories are drawn together.
    noise_floor : float, optional
        The lowest mean squared error that any model could reach, where it is known.
    ax : matplotlib.axes.Axes, optional
    unseen : str
        What the rows of ``val_loss`` are called in the legend.

    Returns
    -------
    matplotlib.axes.Axes
    """
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
            label="best epoch",
        )
    if noise_floor is not None:
        ax.axhline(noise_floor, color="black", linestyle=":", linewidth=1)
        ax.annotate(
            f"noise floor {noise_floor:.3f}",
            (0.99, noise_floor),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
        )
    ax.set(
        title="Learning curves",
        xlabel="epoch",
        ylabel="mean squared error (stars²)",
    )
    ax.xaxis.set_major_locator(plt.MaxNLocator(integer=True))
    if len(curves) > 2:
        ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    else:
        ax.legend()
    longest = max(len(losses) for losses in curves.values())
    table = pd.DataFrame({"epoch": np.arange(1, longest + 1)})
    for name, losses in curves.items():
        table[name] = [f"{loss:.3f}" for loss in losses] + ["-"] * (longest - len(losses))
    return described(ax, _told(curves, unseen), table)


def _curves(history, unseen):
    history = getattr(history, "history", history)
    if not isinstance(history, Mapping) or not history:
        raise NeurecError(
            "plot_learning_curves() takes what model.fit() returns, or a dictionary of names "
            f"and such histories; it got {type(history).__name__}."
        )
    named = {"": history} if "loss" in history else history
    curves = {}
    for name, losses in named.items():
        losses = getattr(losses, "history", losses)
        if not isinstance(losses, Mapping) or "loss" not in losses:
            raise NeurecError(f'The history {name!r} holds no "loss": did the training end?')
        prefix = f"{name}, " if name else ""
        curves[f"{prefix}training"] = losses["loss"]
        if "val_loss" in losses:
            curves[f"{prefix}{unseen}"] = losses["val_loss"]
    return curves


def _told(curves, unseen):
    parts = []
    for name, losses in curves.items():
        if unseen in name:
            parts.append(
                f"{name} error is lowest at {min(losses):.3f} and ends at {losses[-1]:.3f}"
            )
        else:
            parts.append(f"{name} error goes from {losses[0]:.3f} to {losses[-1]:.3f}")
    return f"Line plot over epochs: {'; '.join(parts)}."
