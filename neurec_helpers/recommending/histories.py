"""Who has read what, and models that score books for a reader by it.

Such a model may be

- a square array (n_books + 1, n_books + 1), dense or of scipy.sparse: row i says what having read
  book i adds to the score of each book;
- a Keras model with one input named "Books-Read", rows of book ids padded with 0, and an output
  for each book id from 0;
- any function `scores(histories)` from a sparse matrix (n_readers, n_books + 1) of ones, as
  `histories` makes it, to an array of the same shape.

Where books count differently, their weights, whole numbers, stand in place of the ones; a Keras
model gets a book that counts three as if it had been read three times.
"""

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError

INPUT = "Books-Read"
# Lengths of rows go in steps, for TensorFlow prepares itself anew for each.
STEP = 64


def histories(ratings, user_ids, n_books):
    """What readers have read, as a sparse matrix of ones.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Columns user_id and book_id. Repeated pairs count once, whatever the stars.
    user_ids : sequence of int, shape (n_users,)
    n_books : int
        The largest book id.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n_users, n_books + 1)
        Row by row as `user_ids`; the column is the book id, so column 0 is empty.

    Raises
    ------
    NeurecError
        If a book id is larger than `n_books`.
    """
    from scipy.sparse import csr_matrix

    asked, row_of = np.unique(np.asarray(user_ids), return_inverse=True)
    theirs = ratings.loc[ratings["user_id"].isin(asked), ["user_id", "book_id"]].drop_duplicates()
    if len(theirs) and theirs["book_id"].max() > n_books:
        raise NeurecError(
            "book_id {book_id} was read, but the model ends at {n_books}.",
            book_id=theirs["book_id"].max(),
            n_books=n_books,
        )
    rows = pd.Index(asked).get_indexer(theirs["user_id"])
    ones = np.ones(len(theirs), dtype=np.float32)
    return csr_matrix((ones, (rows, theirs["book_id"])), (len(asked), n_books + 1))[row_of]


def is_list_model(model):
    """Whether a model scores books by what was read."""
    return np.ndim(model) == 2 or inputs_of(model) == [INPUT] or _is_function(model)


def inputs_of(model):
    """Names of a Keras model's inputs; empty for anything else."""
    return [getattr(each, "name", "") for each in getattr(model, "inputs", None) or []]


def _is_function(model):
    return callable(model) and not hasattr(model, "predict")


def size_of(model, books):
    """The largest book id that a list model scores.

    A function doesn't say: it is the largest id in `books`, an array of ids.
    """
    if np.ndim(model) == 2:
        rows, columns = np.shape(model)
        if rows != columns:
            raise NeurecError(
                "an array of similarities must be square; this one is {rows} x {columns}.",
                rows=rows,
                columns=columns,
            )
        return rows - 1
    return int(books.max()) if _is_function(model) else model.outputs[0].shape[-1] - 1


def scores_of(model, read):
    """Scores of all books, by what was read.

    Parameters
    ----------
    model : array, keras.Model or callable
        See the top of this file.
    read : scipy.sparse.csr_matrix, shape (n_readers, n_books + 1)

    Returns
    -------
    float32 array, shape (n_readers, n_books + 1)

    Raises
    ------
    NeurecError
        If the scores have another shape.
    """
    if np.ndim(model) == 2:
        found = read @ model
    elif inputs_of(model) == [INPUT]:
        found = model.predict_on_batch(padded(read))
    else:
        found = model(read)
    found = found.toarray() if hasattr(found, "toarray") else found
    found = np.array(found, dtype=np.float32)
    if found.shape != read.shape:
        raise NeurecError(
            "the model gives scores of the shape {shape} for {readers} readers and "
            "book ids from 0 to {last}; wanted is {wanted}.",
            shape=found.shape,
            readers=read.shape[0],
            last=read.shape[1] - 1,
            wanted=read.shape,
        )
    return found


def padded(read):
    """The ids of the books in each row, each as often as it counts, filled up with zeros."""
    times = read.data.astype(np.int64)
    row = np.repeat(np.repeat(np.arange(read.shape[0]), np.diff(read.indptr)), times)
    lengths = np.bincount(row, minlength=read.shape[0])
    width = STEP * max(1, -(-int(lengths.max(initial=0)) // STEP))
    table = np.zeros((len(lengths), width), dtype=np.int32)
    first = np.cumsum(lengths) - lengths
    table[row, np.arange(len(row)) - first[row]] = np.repeat(read.indices, times)
    return table
