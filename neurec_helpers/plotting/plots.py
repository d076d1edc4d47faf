"""The lesson's plots. Each takes ``ax=None``, returns the axes, and can be told in words."""

import base64
import html
import io
from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.plotting.style import COLOURS, LINES, MARKERS

DPI = 100
# Told apart by marker and dash as well as by colour.
_STYLES = [
    {"color": colour, "linestyle": line, "marker": marker}
    for colour, line, marker in zip(COLOURS, LINES, MARKERS)
]


@dataclass(frozen=True)
class Description:
    """A plot in words: what it shows, and the numbers behind it.

    Attributes
    ----------
    sentence : str
        One sentence; it serves as the picture's alternative text.
    table : pandas.DataFrame
        A few rows of numbers.
    """

    sentence: str
    table: pd.DataFrame

    def __str__(self):
        return f"{self.sentence}\n{self.table.to_string(index=False)}"

    def __repr__(self):
        return str(self)

    def _repr_html_(self):
        return f"<p>{html.escape(self.sentence)}</p>{self.table.to_html(index=False, border=0)}"


def describe(ax) -> Description:
    """What a plot of neurec shows, in words.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes returned by one of the ``plot_…`` functions.
    """
    try:
        return ax.neurec_description
    except AttributeError:
        raise NeurecError(
            "describe() and show() know the plots made by neurec's plot_… functions. "
            "For a plot of your own, use plt.show()."
        ) from None


def show(ax) -> None:
    """Show a plot in the notebook, with its description folded below it.

    The picture's text form is its description, so that screen readers, terminals and the
    comparison of notebooks all read the same words. The figure is closed.
    """
    from IPython.display import HTML, display

    description = describe(ax)
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    plt.close(ax.figure)
    display(
        {
            "image/png": base64.b64encode(buffer.getvalue()).decode(),
            "text/plain": str(description),
        },
        metadata={"image/png": {"alt": description.sentence}},
        raw=True,
    )
    display(
        HTML(f"<details><summary>The plot in words</summary>{description._repr_html_()}</details>")
    )


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
    ax = _axes(ax)
    bars = ax.bar([f"{stars:g}" for stars in counts.index], counts, color=_STYLES[0]["color"])
    ax.bar_label(bars, [f"{share:.0%}" for share in shares])
    ax.set(title="How often each rating was given", xlabel="rating (stars)", ylabel="ratings")
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.margins(y=0.12)
    most = counts.idxmax()
    return _described(
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
    ax = _axes(ax)
    rows = []
    for style, (column, name) in zip(_STYLES, (("user_id", "reader"), ("book_id", "book"))):
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
    return _described(
        ax,
        f"Ranked from most to least active: half of the readers gave {reader['median']:g} ratings "
        f"or fewer, while the most active gave {reader['most']:g}; half of the books got "
        f"{book['median']:g} or more.",
        table,
    )


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
    ax = _axes(ax)
    for (name, losses), style in zip(curves.items(), _STYLES):
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
    return _described(ax, _told(curves, unseen), table)


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
    millions = np.asarray(ratings) / 1e6
    ax = _axes(ax)
    table = pd.DataFrame({"ratings": [f"{count:g} million" for count in millions]})
    for (name, values), style in zip(series.items(), _STYLES):
        slope, start = np.polyfit(millions, values, 1)
        ends = np.array([0, millions.max()])
        ax.plot(millions, values, label=name, **{**style, "linestyle": "none"}, markersize=8)
        ax.plot(ends, start + slope * ends, color=style["color"], linestyle=style["linestyle"])
        table[name] = [f"{value:.1f} {unit}" for value in values]
    ax.set(title=title, xlabel="ratings (millions)", ylabel="seconds" if unit == "s" else unit)
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.legend()
    told = "; ".join(f"{name} {table[name].iloc[0]} to {table[name].iloc[-1]}" for name in series)
    sentence = f"{title}, with a straight line through each series: {told}."
    return _described(ax, sentence, table)


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
    ax = _axes(ax)
    ax.boxplot(
        groups,
        positions=stars,
        widths=0.5 * _step(stars),
        whis=(5, 95),
        showfliers=False,
        medianprops={"color": "black"},
    )
    ax.plot(stars, stars, label="a perfect prediction", **_STYLES[1])
    ax.plot(stars, [group.mean() for group in groups], label="mean prediction", **_STYLES[0])
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
    return _described(
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
    ax = _axes(ax)
    names = [f"{star:g}" for star in by_rating.index]
    bars = ax.bar(names, by_rating["mean"], color=_STYLES[0]["color"])
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
    return _described(
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


def plot_network(model, ax=None):
    """The layers of a network, from its inputs at the top to its output.

    Parameters
    ----------
    model : keras.Model
        A functional model.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
    """
    layers = _layers(model)
    depths = [layer["depth"] for layer in layers]
    ax = _axes(ax, height=1.0 + 0.75 * (max(depths) + 1))
    places = {}
    for depth in range(max(depths) + 1):
        here = [layer["name"] for layer in layers if layer["depth"] == depth]
        for position, name in enumerate(here):
            places[name] = ((position + 1) / (len(here) + 1), -depth)
    for layer in layers:
        x, y = places[layer["name"]]
        ax.text(
            x,
            y,
            _layer_text(layer),
            ha="center",
            va="center",
            fontsize=9,
            bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": "black"},
        )
        for source in layer["sources"]:
            ax.annotate(
                "",
                xy=(x, y + 0.3),
                xytext=(places[source][0], places[source][1] - 0.3),
                arrowprops={"arrowstyle": "->", "color": "black"},
            )
    ax.set(title="The network", xlim=(0, 1), ylim=(-max(depths) - 0.6, 0.6))
    ax.axis("off")
    return _described(
        ax,
        f"Diagram of a network of {len(layers)} layers with {model.count_params():,} weights: "
        f"{', '.join(layer['name'] for layer in layers)}.",
        {
            "layer": [layer["name"] for layer in layers],
            "gets": [", ".join(layer["sources"]) or "ids" for layer in layers],
            "returns": [layer["numbers"] for layer in layers],
            "weights": [layer["weights"] for layer in layers],
        },
    )


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
    ax = _axes(ax, height=1.2 + 0.35 * len(table))
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
    return _described(
        ax,
        f"Dot plot of the test error of {len(table)} models: from {worst['test MSE']:.3f} "
        f"({worst['model']}) to {best['test MSE']:.3f} ({best['model']}).{floor}",
        {
            "model": table["model"].to_numpy(),
            "test MSE": [f"{value:.3f}" for value in mse],
            "spread": ["-" if np.isnan(value) else f"{value:.4f}" for value in spread],
        },
    )


def plot_map(points, labels, title="Map of the books", ax=None):
    """Books as points in a plane, marked by label.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        For example from PCA or t-SNE.
    labels : array_like of str, shape (n,)
        For example genres; at most twelve different ones.
    title : str
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    matplotlib.axes.Axes
        Its description says how many of the ten nearest points of a point have its label.
    """
    points, labels = np.asarray(points), np.asarray(labels)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) != len(labels):
        raise NeurecError(
            f"plot_map needs points of shape (n, 2) and n labels, not {points.shape} and {len(labels)}."
        )
    if len(points) < 2:
        raise NeurecError(f"plot_map needs at least two points, not {len(points)}.")
    names, number = np.unique(labels, return_inverse=True)
    if len(names) > 2 * len(MARKERS):
        raise NeurecError(f"plot_map can tell 12 labels apart, not {len(names)}.")
    ax = _axes(ax, height=5.0)
    for k, name in enumerate(names):
        here = number == k
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
    ax.set(title=title, xticks=[], yticks=[], xlabel="near each other: alike for the model")
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=9, markerscale=1.5)
    share, chance = _same_label(points, number)
    own = pd.Series(share).groupby(number).mean()
    return _described(
        ax,
        f"Scatter plot, {title}: of the ten points nearest to a point, {share.mean():.2f} have its "
        f"label; by chance it would be {chance:.2f}.",
        {
            "label": names,
            "points": np.bincount(number),
            "nearest with the same label": [f"{value:.2f}" for value in own],
        },
    )


def _same_label(points, number, near=10):
    """Share of each point's nearest points that have its label, and that share by chance."""
    from sklearn.neighbors import NearestNeighbors

    near = min(near, len(points) - 1)
    found = NearestNeighbors(n_neighbors=near).fit(points).kneighbors(return_distance=False)
    of_label = np.bincount(number)
    chance = (of_label * (of_label - 1)).sum() / (len(number) * (len(number) - 1))
    return (number[found] == number[:, None]).mean(axis=1), chance


def _axes(ax, height=4.0):
    if ax is None:
        _, ax = plt.subplots(figsize=(7, height), layout="constrained")
    return ax


def _described(ax, sentence, table):
    ax.neurec_description = Description(sentence, pd.DataFrame(table))
    return ax


def _plain_numbers(ax):
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:,.0f}")


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


def _layer_text(layer):
    text = f"{layer['name']}\n{layer['numbers']}"
    return f"{text} · {layer['weights']:,} weights" if layer["weights"] else text


def _layers(model):
    """Name, depth, sources, output width and weights of each layer, from the inputs on."""
    if not getattr(model, "inputs", None):
        raise NeurecError(
            "plot_network() draws functional models, made by Model(inputs, outputs); "
            f"this is {type(model).__name__}."
        )
    depth, layers = {}, []
    for layer in model.layers:
        sources = [
            parent.operation.name
            for node in layer._inbound_nodes
            for parent in node.parent_nodes
            if parent.operation.name in depth
        ]
        depth[layer.name] = 1 + max((depth[source] for source in sources), default=-1)
        width = layer.output.shape[-1]
        layers.append(
            {
                "name": layer.name,
                "depth": depth[layer.name],
                "sources": sources,
                "numbers": "1 number" if width == 1 else f"{width} numbers",
                "weights": layer.count_params(),
            }
        )
    return layers
