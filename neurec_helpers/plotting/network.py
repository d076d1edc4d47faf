"""The layers of a network."""

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.plotting.showing import described, new_axes


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
    ax = new_axes(ax, height=1.0 + 0.75 * (max(depths) + 1))
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
    ax.set(title=tr("The network"), xlim=(0, 1), ylim=(-max(depths) - 0.6, 0.6))
    ax.axis("off")
    return described(
        ax,
        tr(
            "Diagram of a network of {layers} layers with {weights:,} weights: {names}.",
            layers=len(layers),
            weights=model.count_params(),
            names=", ".join(layer["name"] for layer in layers),
        ),
        {
            tr("layer"): [layer["name"] for layer in layers],
            tr("gets"): [", ".join(layer["sources"]) or tr("ids") for layer in layers],
            tr("returns"): [layer["numbers"] for layer in layers],
            tr("weights"): [layer["weights"] for layer in layers],
        },
    )


def _layer_text(layer):
    text = f"{layer['name']}\n{layer['numbers']}"
    if not layer["weights"]:
        return text
    weights = tr("{n:,} weight", "{n:,} weights", n=layer["weights"])
    return f"{text} · {weights}"


def _layers(model):
    """Name, depth, sources, output width and weights of each layer, from the inputs on."""
    if not getattr(model, "inputs", None):
        raise NeurecError(
            "plot_network() draws functional models, made by Model(inputs, outputs); "
            "this is {kind}.",
            kind=type(model).__name__,
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
        *rows, width = layer.output.shape[1:]
        layers.append(
            {
                "name": layer.name,
                "depth": depth[layer.name],
                "sources": sources,
                "numbers": _numbers(rows, width) + _bend(layer),
                "weights": layer.count_params(),
            }
        )
    return layers


def _numbers(rows, width):
    """What a layer returns for one rating, in words: an Embedding returns a list of rows."""
    numbers = tr("{n} number", "{n} numbers", n=width)
    return f"1 × {numbers}" if rows == [1] else numbers


def _bend(layer):
    """The layer's activation, where it is one that changes anything: ", relu"."""
    name = getattr(getattr(layer, "activation", None), "__name__", "linear")
    return "" if name == "linear" else f", {name}"
