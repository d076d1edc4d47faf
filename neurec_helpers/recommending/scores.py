"""Scores of all pairs of readers and books, without doing the same work for each pair.

Where a Dot layer is all that a reader's vector and a book's vector meet in, the scores of all pairs
are one matrix product. What comes behind it, such as biases, is done for each pair.
"""

import re

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.recommending.histories import inputs_of

NAMES = "User-Input", "Book-Input"
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
    inputs = inputs_of(model)
    if sorted(inputs) != sorted(NAMES):
        found = ", ".join(inputs) or tr("none that have names")
        raise NeurecError(
            "the model's inputs must be named {first} and {second}; they are: {found}. "
            'Name them: Input(shape=[1], name="User-Input").',
            first=NAMES[0],
            second=NAMES[1],
            found=found,
        )
    parts = _around_dot(model, dict(zip(inputs, model.inputs, strict=True)))
    return _Product(*parts, book_ids) if parts else _Pairs(model, book_ids, inputs)


class _Pairs:
    """Any model: every pair is a row."""

    width = 1

    def __init__(self, model, book_ids, inputs):
        from keras import Model

        # What a model was compiled with, such as steps_per_execution, and the shape of the rows
        # that it has seen, are no matter of ours; with other rows they can make Keras fail.
        self.model = Model(model.inputs, model.outputs)
        self.book_ids, self.inputs = book_ids, inputs

    def __call__(self, user_ids):
        users, books = np.broadcast_arrays(user_ids[:, None], self.book_ids[None])
        columns = dict(zip(NAMES, (users.reshape(-1, 1), books.reshape(-1, 1)), strict=True))
        found = _predict(self.model, [columns[name] for name in self.inputs])
        if found.size != users.size:
            raise NeurecError(
                "the model gives an array of the shape {shape} for {pairs} pairs of "
                "reader and book; a recommender gives one score for each.",
                shape=found.shape,
                pairs=users.size,
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
            "id {id} has no row in an Embedding of the model, whose ids end at {last}.",
            id=found[1],
            last=last,
        ) from None


class _Product:
    """A model around one dot product: what the reader has, what the book has, what comes behind."""

    def __init__(self, of_user, of_book, behind, book_ids):
        self.of_user, self.behind = of_user, behind
        self.book_vectors, *self.book_rest = _predicted(of_book, book_ids)
        self.width = len(of_user.outputs) + len(self.book_rest)

    def __call__(self, user_ids):
        vectors, *rest = _predicted(self.of_user, user_ids)
        shape = len(vectors), len(self.book_vectors)
        grids = [vectors @ self.book_vectors.T]
        grids += [np.broadcast_to(column, shape) for column in rest]
        grids += [np.broadcast_to(column.T, shape) for column in self.book_rest]
        if self.behind is None:
            return grids[0]
        columns = [grid.reshape(-1, 1) for grid in grids]
        return np.array(self.behind(columns, training=False)).reshape(shape)


def _predicted(model, ids):
    found = _predict(model, ids[:, None])
    return found if isinstance(found, list) else [found]


def _around_dot(model, inputs):
    """The models before and behind the only Dot layer; None where it isn't that simple."""
    from keras import Model
    from keras.layers import Dot

    dots = [layer for layer in model.layers if isinstance(layer, Dot)]
    if len(dots) != 1 or dots[0].normalize or dots[0].axes not in (1, [1, 1], (1, 1)):
        return None
    try:
        vectors, product = dots[0].input, dots[0].output
        if any(len(vector.shape) != 2 for vector in vectors):
            return None
        of_user, of_book = (_first_of(inputs[name], vectors) for name in NAMES)
        rest = [_columns_of(model, inputs[name], product) for name in NAMES]
        behind = [product, *rest[0], *rest[1]]
        alone = model.outputs[0] is product
        return (
            Model(inputs[NAMES[0]], [of_user, *rest[0]]),
            Model(inputs[NAMES[1]], [of_book, *rest[1]]),
            None if alone else Model(behind, model.outputs[0]),
        )
    # Keras finds no path: reader and book meet in something else too.
    except (ValueError, AttributeError):
        return None


def _first_of(entrance, tensors):
    """The first of these tensors that hangs on this input alone."""
    found = next((tensor for tensor in tensors if _hangs_on(tensor, entrance)), None)
    if found is None:
        raise ValueError("the dot product is not of a reader's and a book's vector")
    return found


def _columns_of(model, entrance, product):
    """Outputs of layers, one number each, that hang on this input alone."""
    from keras.layers import InputLayer

    outputs = [layer.output for layer in model.layers if not isinstance(layer, InputLayer)]
    return [
        output
        for output in outputs
        if output is not product and output.shape == (None, 1) and _hangs_on(output, entrance)
    ]


def _hangs_on(tensor, entrance):
    from keras import Model

    try:
        Model(entrance, tensor)
    except ValueError:
        return False
    return True
