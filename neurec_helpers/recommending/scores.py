"""Scores of all pairs of readers and books, without doing the same work for each pair.

What depends on the reader alone is computed once for each reader, shape (n_users, 1, d); what
depends on the book alone once for each book, shape (1, n_books, d). Where the two meet, arrays
broadcast; a dot product of both becomes one matrix product, and a Dense layer on both side by
side is the sum of a reader's part and a book's part: W [u; b] = W_u u + W_b b.
"""

import re
from dataclasses import dataclass

import numpy as np

from neurec_helpers.errors import NeurecError

NAMES = "User-Input", "Book-Input"
# Layers that do to the last axis of a grid what they do to a batch of rows.
PLAIN = ("Activation", "Add", "Dropout", "LeakyReLU", "ReLU", "Rescaling", "Subtract")
KNOWN = (*PLAIN, "Concatenate", "Dense", "Dot", "Embedding", "Flatten", "InputLayer")
BATCH = 65_536


def score_grid(model, book_ids):
    """A function from readers to their scores of `book_ids`.

    Parameters
    ----------
    model : keras.Model
        Two inputs named "User-Input" and "Book-Input", in either order, and one output.
    book_ids : int32 array, shape (n_books,)

    Returns
    -------
    callable
        Takes user ids of shape (n_users,), gives a float32 array (n_users, n_books). Its `width`
        is the number of values a pair takes on the way.

    Raises
    ------
    NeurecError
        If the inputs have other names.
    """
    inputs = [getattr(each, "name", "") for each in getattr(model, "inputs", None) or []]
    if sorted(inputs) != sorted(NAMES):
        found = ", ".join(inputs) or "none that have names"
        raise NeurecError(
            f"the model's inputs must be named {NAMES[0]} and {NAMES[1]}; they are: {found}. "
            'Name them: Input(shape=[1], name="User-Input").'
        )
    return (_Grid if _is_known(model) else _Pairs)(model, book_ids, inputs)


def _is_known(model):
    """Whether every layer of the model can work on a grid."""
    from keras.layers import Layer

    if not hasattr(model, "_run_through_graph"):
        return False
    for layer in model.operations:
        kind = type(layer).__name__
        # A plus sign makes an operation called Add too, but no layer; it takes its parts singly.
        if kind not in KNOWN or not isinstance(layer, Layer):
            return False
        if kind == "Dot" and (layer.normalize or layer.axes not in (1, [1, 1])):
            return False
        # Only a Dense layer knows what to do with parts that are kept side by side.
        followers = [type(node.operation).__name__ for node in layer._outbound_nodes]
        if kind == "Concatenate" and set(followers) != {"Dense"}:
            return False
    return True


class _Pairs:
    """Any model: every pair is a row."""

    width = 1

    def __init__(self, model, book_ids, inputs):
        self.model, self.book_ids, self.inputs = model, book_ids, inputs

    def __call__(self, user_ids):
        users, books = np.broadcast_arrays(user_ids[:, None], self.book_ids[None])
        columns = dict(zip(NAMES, (users.reshape(-1, 1), books.reshape(-1, 1)), strict=True))
        rows = [columns[name] for name in self.inputs]
        found = _predict(self.model, rows)
        if found.size != users.size:
            raise NeurecError(
                f"the model gives an array of the shape {found.shape} for {users.size} pairs of "
                "reader and book; a recommender gives one score for each."
            )
        return found.reshape(users.shape)


def _predict(model, rows):
    """Keras' predict; an id without a row is named."""
    from tensorflow.errors import InvalidArgumentError

    try:
        return model.predict(rows, batch_size=BATCH, verbose=0)
    except InvalidArgumentError as error:
        # TensorFlow says so: indices[5,0] = 900 is not in [0, 801)
        found = re.search(r"indices\[.*?\] = (\d+) is not in \[0, (\d+)\)", str(error))
        if found is None:
            raise
        last = int(found[2]) - 1
        raise NeurecError(
            f"id {found[1]} has no row in an Embedding of the model, whose ids end at {last}."
        ) from None


class _Grid:
    """A functional model of layers that are known: reader's and book's parts apart."""

    def __init__(self, model, book_ids, inputs):
        self.model, self.book_ids, self.inputs = model, book_ids, inputs
        self.width = max([1, *(layer.units for layer in model.layers if hasattr(layer, "units"))])

    def __call__(self, user_ids):
        grids = dict(zip(NAMES, (user_ids[:, None], self.book_ids[None]), strict=True))
        out = self.model._run_through_graph([grids[name] for name in self.inputs], _on_grid)
        shape = len(user_ids), len(self.book_ids)
        return np.array(np.broadcast_to(out[..., 0], shape), dtype=np.float32)


@dataclass
class _SideBySide:
    """What a Concatenate makes: its parts, kept apart until a Dense layer takes them."""

    parts: list


def _on_grid(layer):
    """The layer as a function of grids."""
    kind = type(layer).__name__
    if kind == "Embedding":
        return lambda ids, **_: _rows(layer, ids)
    if kind == "Flatten":
        return lambda grid, **_: grid
    if kind == "Dot":
        return lambda pair, **_: _dot(*pair)
    if kind == "Concatenate":
        return lambda parts, **_: _SideBySide(parts)
    if kind == "Dense":
        return lambda grid, **_: _dense(layer, grid)
    return lambda grid, **_: layer(grid, training=False) if kind == "Dropout" else layer(grid)


def _rows(layer, ids):
    if ids.max() >= layer.input_dim:
        raise NeurecError(
            f"id {ids.max()} has no row in {layer.name}, whose ids end at {layer.input_dim - 1}."
        )
    return layer(ids)


def _dot(one, other):
    """Sums of products over the last axis: a matrix product where a reader meets a book."""
    from keras import ops

    if one.shape[0] == 1 and other.shape[1] == 1:
        one, other = other, one
    if one.shape[1] == 1 and other.shape[0] == 1:
        return ops.matmul(one[:, 0], ops.transpose(other[0]))[..., None]
    return ops.sum(one * other, axis=-1, keepdims=True)


def _dense(layer, grid):
    """A Dense layer; on parts side by side, each with its own rows of the kernel."""
    from keras import ops

    if not isinstance(grid, _SideBySide):
        return layer(grid)
    out, start = layer.bias if layer.use_bias else 0.0, 0
    for part in grid.parts:
        size = part.shape[-1]
        out = out + ops.matmul(part, layer.kernel[start : start + size])
        start += size
    return layer.activation(out)
