"""Notebook 04: the whole network, from two ids to a rating."""

from itertools import product

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, answer_of, called
from neurec_helpers.tasks.networks import network_of

# Small, and like no other number in the network, so that a mix-up shows.
N_USERS, N_BOOKS, DIMENSIONS = 601, 307, 5
_ROUNDING = 0.02  # most that single precision makes of numbers up to 15,000
KERNELS = ((2 * DIMENSIONS, 128), (128, 32), (32, 1))


def _judge_network(rng, build_network) -> Message:
    network = _built(build_network, N_USERS, N_BOOKS)
    shapes = network.shapes
    # Many enough that a number of 16 bits can't hold every id.
    other_sizes = 33_000 + int(rng.integers(900)), 9_000 + int(rng.integers(900))
    other = _built(build_network, *other_sizes)
    _require_kernels(network.kernels)
    _require_drawn(network)
    _require_apart(rng, network, other)
    # Who keeps networks by their sizes gives the same one twice.
    _require_apart(rng, network, _built(build_network, N_USERS, N_BOOKS))
    _require_activations(network)
    _require_same_function(rng, network, N_USERS, N_BOOKS, build_network.parameters)
    _require_same_function(rng, other, *other_sizes, build_network.parameters)
    count = sum(int(np.prod(shape)) for shape in shapes)
    return Message(
        "{count:,} weights for {n_users} readers and {n_books} books, as due.",
        count=count,
        n_users=N_USERS,
        n_books=N_BOOKS,
    )


class _Sorted:
    """A network whose weights are known by what they are for."""

    def __init__(self, network):
        self._network = network
        self.shapes = [weight.shape for weight in network.get_weights()]
        matrices = [shape for shape in self.shapes if len(shape) == 2]
        self.tables = [shape for shape in matrices if shape[0] > 128]
        self.kernels = [shape for shape in matrices if shape[0] <= 128]
        self.biases = [shape for shape in self.shapes if len(shape) == 1]

    def weights(self):
        """The weights as they are now."""
        return self._network.get_weights()

    def predict(self, users, books):
        """Predictions for pairs, flat."""
        columns = (np.array(ids, "int32").reshape(-1, 1) for ids in (users, books))
        return called(self._network.predict, *columns).reshape(-1)

    def set(self, values):
        """Set the weights of these shapes; all others become 0."""
        self._network.set_weights(
            [np.broadcast_to(values.get(s, 0.0), s).astype("float32") for s in self.shapes]
        )


def _built(build_network, n_users, n_books):
    network = network_of(answer_of(build_network, n_users, n_books), "build_network")
    if network.n_inputs not in (2, None):
        raise Mistake("inputs", count=network.n_inputs)
    # Some get their weights here. Id 1 exists in every table, also in one that is too small.
    one = np.ones((1, 1), "int32")
    shape = called(network.predict, one, one).shape
    is_frozen, network = network.is_frozen, _Sorted(network)
    _require_tables(network, n_users, n_books)
    if is_frozen:
        raise Mistake("frozen")
    if len(shape) > 2:
        raise Mistake("not flattened", shape=(None, *shape[1:]))
    return network


def _require_tables(network, n_users, n_books):
    for rows, width in network.kernels:
        if rows <= 2 * DIMENSIONS and width in (n_users, n_users + 1, n_books, n_books + 1):
            raise Mistake("arguments swapped", rows=rows, width=width)
    rows = sorted(shape[0] for shape in network.tables)
    if len(rows) == 1:
        raise Mistake("one table")
    if len(rows) != 2 or any(
        row not in (n, n + 1) for row, n in zip(rows, sorted((n_users, n_books)), strict=True)
    ):
        raise Mistake("tables", rows=rows, n_users=n_users, n_books=n_books)
    widths = {shape[1] for shape in network.tables}
    if widths != {DIMENSIONS}:
        raise Mistake("another width", widths=sorted(widths))


def _require_kernels(kernels):
    if sorted(kernels) == sorted(KERNELS):
        return
    if not kernels:
        raise Mistake("no dense layers")
    if kernels[0][0] != 2 * DIMENSIONS:
        raise Mistake("not concatenated", width=kernels[0][0])
    if kernels[-1][1] != 1:
        raise Mistake("output width", width=kernels[-1][1])
    facts = {"widths": ", ".join(str(width) for _, width in kernels)}
    if len(kernels) != len(KERNELS):
        raise Mistake("layer missing" if len(kernels) < len(KERNELS) else "layer too many", **facts)
    raise Mistake("other widths", **facts)


def _require_drawn(network):
    """Units that start alike get the same corrections and stay alike."""
    if all(np.ptp(weight) == 0 for weight in network.weights() if weight.shape in KERNELS):
        raise Mistake("all alike")


def _require_apart(rng, network, other):
    """Each call builds layers of its own."""
    pairs = [1, 2], [2, 1]
    before = other.predict(*pairs)
    network.set({shape: rng.normal(size=shape) for shape in network.shapes})
    if not np.array_equal(other.predict(*pairs), before, equal_nan=True):
        raise Mistake("shared layers")
    if len(network.biases) < len(KERNELS):
        raise Mistake("no bias", layers=len(KERNELS), biases=len(network.biases))
    if sorted(network.biases) != sorted((width,) for _, width in KERNELS):
        raise Mistake("more weights", count=len(network.shapes))


def _require_activations(network):
    """Set the weights by hand so that each activation shows itself in the output."""
    first, second, last = KERNELS

    def output(**values):
        names = {"b1": first[1:], "k2": second, "b2": second[1:], "k3": last, "b3": last[1:]}
        network.set({names[name]: value for name, value in values.items()})
        return float(network.predict([1], [1])[0])

    if any(abs(output(b3=x) - x) > 1e-3 for x in (-5000.0, -2.0, 0.5, 9.0, 5000.0)):
        raise Mistake("output bent")
    inputs = (-5000.0, -3.0, -0.5, 0.5, 2.0, 20.0, 5000.0)
    curve = [output(b2=x, k3=1 / 32) for x in inputs]
    _require_relu("Dense(32)", inputs, curve)
    # What the first layer returns is lifted, so that the second layer hands it on.
    lift = 8192.0
    curve = [output(b1=x, k2=1 / 128, b2=lift, k3=1 / 32) - lift for x in inputs]
    _require_relu("Dense(128)", inputs, curve)


def _require_relu(layer, inputs, outputs):
    inputs, outputs = np.array(inputs), np.array(outputs)
    if np.allclose(outputs, inputs, atol=_ROUNDING):
        raise Mistake("hidden straight", layer=layer)
    off = np.abs(outputs - np.maximum(inputs, 0))
    if off.max() > _ROUNDING:
        worst = off.argmax()
        raise Mistake(
            "another activation",
            layer=layer,
            x=inputs[worst],
            y=outputs[worst],
            relu=max(inputs[worst], 0),
        )


def _require_same_function(rng, network, n_users, n_books, parameters):
    """With the same weights, whatever they are, it predicts what the lesson's network does."""
    # Numbers of about 1 everywhere, so that another row shows.
    weights = {
        shape: rng.normal(size=shape) / (1 if shape in network.tables else np.sqrt(shape[0]))
        for shape in network.shapes
    }
    network.set(weights)
    tables = sorted(network.tables)
    users, books = tables if n_users < n_books else tables[::-1]
    low = min(n_users, n_books) - 1
    some = np.array([2, 3, 2, low - 1]), np.array([5, 5, low - 2, 7])

    def agrees(ids, exchanged=False, shifts=((0, 0), (0, 1), (1, 0), (1, 1))):
        got = network.predict(*ids)
        ids = ids[::-1] if exchanged else ids
        return any(
            np.allclose(got, _forward(weights, vectors), atol=1e-3)
            for a, b in shifts
            for vectors in _both_orders(weights[users][ids[0] - a], weights[books][ids[1] - b])
        )

    if not agrees(some):
        if agrees(some, exchanged=True):
            first, second = (*parameters, "", "")[:2]
            swapped = "book" in first.lower() and "user" in second.lower()
            raise Mistake("parameters swapped" if swapped else "inputs swapped")
        raise Mistake("another function")
    # An id is looked up in its own row or, where 1 was subtracted first, in the one before.
    fewer = n_users + 1 - users[0], n_books + 1 - books[0]
    shifts = [(a, b) for a, b in product((0, 1), (0, 1)) if a >= fewer[0] and b >= fewer[1]]
    last = np.array([n_users, 1]), np.array([1, n_books])
    try:
        reached = agrees(last, shifts=shifts)
    except Mistake:  # TensorFlow refuses an id that has no row
        reached = False
    if not reached:
        raise Mistake("no plus one" if any(fewer) else "another function")


def _both_orders(users, books):
    return np.hstack([books, users]), np.hstack([users, books])


def _forward(weights, values):
    for kernel in KERNELS:
        values = values @ weights[kernel] + weights[kernel[1:]]
        if kernel != KERNELS[-1]:
            values = np.maximum(values, 0)
    return values[:, 0]


NETWORK = Task(
    id="5.5",
    title="Build the whole network",
    values=(Answer("build_network", "function", "build_network(n_users, n_books)", "network"),),
    judge=_judge_network,
    mistakes={
        "raises": f"`build_network({N_USERS}, {N_BOOKS})`, or the model it returns, stopped: "
        "{error}",
        "inputs": "The model has {count} inputs. It needs two: the reader's id, then the book's.",
        "one table": "Only one embedding table is in the network. Readers and books need a table "
        "each, and both must reach the output.",
        "arguments swapped": "There is a table with {rows} rows of {width} numbers. `Embedding` "
        "takes how many rows there are first, then how many numbers each has.",
        "no plus one": "An embedding has exactly as many rows as there are readers or books. Ids "
        "start at 1 and rows at 0, so the last one has no row: add `+ 1`.",
        "frozen": "Some of the layers are not to be trained (`trainable=False`), so their numbers "
        "would stay as they were drawn. Leave that out.",
        "tables": "For {n_users} readers and {n_books} books there should be two tables, with one "
        "row more than that each. The rows here: {rows}. Build them inside the function, and use "
        "`n_users` and `n_books` as they come in.",
        "another width": "The embeddings have the widths {widths}; the lesson uses 5 for both.",
        "not flattened": "The output has the shape {shape}, where (None, 1) is due. An embedding "
        "returns a list of one row; `Flatten` turns it into the row itself.",
        "parameters swapped": "The function takes the books first. It is called with the number of "
        "readers first: `def build_network(n_users, n_books):`.",
        "all alike": "All numbers of a Dense layer start out the same here, so its units would "
        "learn the same. Leave `kernel_initializer` as it is: it draws them.",
        "inputs swapped": "The first input should be the reader and the second the book: "
        "`Model([user_input, book_input], …)`. Here they don't select the rows they should, and "
        "Keras would not complain: it would look up readers in the books' table.",
        "no dense layers": "There are no Dense layers between the embeddings and the output.",
        "not concatenated": "The first Dense layer gets {width} numbers. It should get 10: the "
        "reader's five and the book's five, side by side, by `Concatenate`.",
        "output width": "The last layer returns {width} numbers. A rating is one number: "
        "`Dense(1)`.",
        "layer missing": "A Dense layer is missing: the widths here are {widths}; "
        "they should be 128, 32, 1.",
        "layer too many": "There are too many Dense layers: the widths here are {widths}; they "
        "should be 128, 32, 1. The deeper variant comes in notebook 06.",
        "other widths": "The widths of the Dense layers are {widths}; they should be 128, 32, 1.",
        "shared layers": "Two networks built one after the other share layers: training one would "
        "change the other. Make every layer inside the function.",
        "no bias": "{layers} Dense layers have {biases} biases. Leave `use_bias` as it is.",
        "more weights": "The network has {count} sets of weights. The lesson's has eight: two "
        "tables, and a kernel and a bias for each Dense layer.",
        "output bent": "The last layer bends its result. A rating is read off directly, so "
        "`Dense(1)` has no activation: ReLU would cut off what is below 0, sigmoid everything "
        "outside 0 to 1.",
        "hidden straight": "`{layer}` has no activation. Without ReLU between them, several Dense "
        "layers do no more than one.",
        "another activation": "`{layer}` has another activation than ReLU: it turns {x:g} into "
        "{y:.2f}, where ReLU gives {relu:g}.",
        "another function": "The layers are the lesson's, but with the same weights the network "
        "predicts something else. Is there a step too many between them, or a `dtype` that can't "
        "hold every id?",
    },
    hints=(
        "All pieces stand in this notebook and the one before. Which of them depends on how many "
        "readers and books there are?",
        "Two branches, side by side into one vector, three Dense layers, a model of two inputs and "
        "one output. Every layer is made inside the function, so that each network has its own.",
        "Each branch is `Input`, `Embedding` with one row more than ids, `Flatten`. Then "
        "`Concatenate`, widths 128, 32, 1, with `relu` for the first two; and `Model` takes the "
        "reader's input first.",
    ),
)
