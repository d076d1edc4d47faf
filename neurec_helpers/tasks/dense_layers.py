"""Notebook 04: the whole network, from two ids to a rating."""

import numpy as np

from neurec_helpers.tasks.base import (
    Answer,
    Mistake,
    Task,
    Uncheckable,
    answer_of,
    called,
    kind_of,
)

# Small, and like no other number in the network, so that a mix-up shows.
N_USERS, N_BOOKS, DIMENSIONS = 601, 307, 5
HIDDEN = (128, 32)


def judge_network(rng, build_network) -> str:
    network = _built(answer_of(build_network, N_USERS, N_BOOKS))
    _require_tables(network)
    _require_layers(network)
    _require_activations(network)
    _require_order(network)
    return f"{network.count_params():,} weights for {N_USERS} readers and {N_BOOKS} books, as due."


def _built(network):
    import keras

    if not isinstance(network, keras.Model):
        raise Uncheckable(
            f"`build_network` should return a Keras model, but returns {kind_of(network)}."
        )
    # Id 1 exists in every table, so that also a model with a table too small gets its weights.
    if not network.built or not network.weights:
        _call(network, _ids([1], [1]))
    inputs = getattr(network, "inputs", None)
    if inputs and len(inputs) != 2:
        raise Mistake("inputs", count=len(inputs))
    return network


def _ids(users, books):
    return [np.array(users, "int32").reshape(-1, 1), np.array(books, "int32").reshape(-1, 1)]


def _call(network, ids):
    return np.array(called(network, ids)).reshape(-1)


def _weights(network):
    """Embedding tables, Dense kernels and Dense biases; no kernel here has 300 rows."""
    matrices = [weight for weight in network.weights if len(weight.shape) == 2]
    return (
        [matrix for matrix in matrices if matrix.shape[0] >= N_BOOKS],
        [matrix for matrix in matrices if matrix.shape[0] < N_BOOKS],
        [weight for weight in network.weights if len(weight.shape) == 1],
    )


def _require_tables(network):
    tables, _, _ = _weights(network)
    rows = sorted(int(table.shape[0]) for table in tables)
    if len(rows) == 1:
        raise Mistake("one table")
    if any(count in (N_USERS, N_BOOKS) for count in rows):
        raise Mistake("no plus one")
    if rows != [N_BOOKS + 1, N_USERS + 1]:
        raise Mistake("tables", rows=rows)
    widths = {int(table.shape[1]) for table in tables}
    if widths != {DIMENSIONS}:
        raise Mistake("another width", widths=sorted(widths))


def _require_order(network):
    """The first input selects the readers' row, the second the books' row."""
    tables, _, _ = _weights(network)
    books, users = sorted(tables, key=lambda table: table.shape[0])
    pairs = _ids([2, 2, 3], [5, 4, 5])
    _set_all(network, 0.1)
    before = _predict(network, pairs)
    _nudge(users, 2)
    moved_by_user = _predict(network, pairs) != before
    _nudge(users, 2, -1)
    _nudge(books, 5)
    moved_by_book = _predict(network, pairs) != before
    _nudge(books, 5, -1)
    moved = (moved_by_user.tolist(), moved_by_book.tolist())
    if moved != ([True, True, False], [True, False, True]):
        raise Mistake("inputs swapped")


def _nudge(table, row, by=1):
    values = table.numpy()
    values[row] += by
    table.assign(values)


def _set_all(network, value):
    for weight in network.weights:
        weight.assign(np.full(weight.shape, value))


def _predict(network, ids):
    return np.round(_call(network, ids), 3)


def _require_layers(network):
    widths = [DIMENSIONS * 2, *HIDDEN, 1]
    expected = list(zip(widths, widths[1:], strict=False))
    kernels = [tuple(int(size) for size in kernel.shape) for kernel in _weights(network)[1]]
    if kernels == expected:
        return
    if not kernels:
        raise Mistake("no dense layers")
    if kernels[0][0] != DIMENSIONS * 2:
        raise Mistake("not concatenated", width=kernels[0][0])
    if kernels[-1][1] != 1:
        raise Mistake("output width", width=kernels[-1][1])
    facts = {"widths": ", ".join(str(kernel[1]) for kernel in kernels)}
    if len(kernels) < len(expected):
        raise Mistake("layer missing", **facts)
    if len(kernels) > len(expected):
        raise Mistake("layer too many", **facts)
    raise Mistake("other widths", **facts)


def _require_activations(network):
    """Set the weights by hand so that each activation shows itself in the output."""
    _, kernels, biases = _weights(network)
    if len(biases) != len(kernels):
        raise Mistake("no bias", layers=len(kernels), biases=len(biases))
    one_pair = _ids([1], [1])

    def output(**values):
        _set_all(network, 0.0)
        for name, value in values.items():
            kind, position = name.split("_")
            weights = kernels if kind == "kernel" else biases
            weights[int(position)].assign(np.full(weights[int(position)].shape, value))
        return float(_call(network, one_pair)[0])

    if abs(output(bias_2=-2.0) + 2) > 1e-4 or abs(output(bias_2=9.0) - 9) > 1e-4:
        raise Mistake("output bent")
    # A negative number is put into a hidden layer; what a ReLU returns for it is 0.
    if abs(output(bias_0=-1.0, kernel_1=-1.0, kernel_2=1.0)) > 1e-4:
        raise Mistake("hidden straight", layer="Dense(128)")
    if abs(output(bias_1=-1.0, kernel_2=1.0)) > 1e-4:
        raise Mistake("hidden straight", layer="Dense(32)")
    # ... and for a positive one, the number itself.
    if abs(output(bias_0=2.0, kernel_1=1.0, kernel_2=1.0) - 2.0 * 128 * 32) > 0.5:
        raise Mistake("hidden bent", layer="hidden")


NETWORK = Task(
    id="5.5",
    title="Build the whole network",
    values=(Answer("build_network", "function", "build_network(n_users, n_books)", "network"),),
    judge=judge_network,
    mistakes={
        "raises": f"`build_network({N_USERS}, {N_BOOKS})`, or the model it returns, stopped: "
        "{error}",
        "inputs": "The model has {count} inputs. It needs two: the reader's id, then the book's.",
        "one table": "Only one embedding table is in the network. Readers and books need a table each, and "
        "both must reach the output.",
        "no plus one": "An embedding has exactly as many rows as there are readers or books. Ids "
        "start at 1 and rows at 0, so the last one has no row: add `+ 1`.",
        "tables": f"For {N_USERS} readers and {N_BOOKS} books the tables should have {N_USERS + 1} "
        f"and {N_BOOKS + 1} rows. The rows here: "
        "{rows}. Use `n_users` and `n_books` as they come in.",
        "another width": "The embeddings have the widths {widths}; the lesson uses 5 for both.",
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
        "no bias": "{layers} Dense layers have {biases} biases. Leave `use_bias` as it is.",
        "output bent": "The last layer bends its result. A rating is read off directly, so "
        "`Dense(1)` has no activation: ReLU would cut off what is below 0, sigmoid everything "
        "outside 0 to 1.",
        "hidden straight": "`{layer}` has no activation. Without ReLU between them, several Dense "
        "layers do no more than one.",
        "hidden bent": "A {layer} layer changes positive numbers. The lesson uses ReLU, which "
        "leaves them as they are.",
    },
    hints=(
        "All pieces stand above: two branches, `Concatenate`, three Dense layers, `Model`.",
        "The order matters in one place: `Model([user_input, book_input], …)`.",
        "Widths 128, 32, 1; `relu` for the first two, nothing for the last.",
    ),
)
