"""What a list model knows, as small tables that a web page can hold and reckon with.

- "vectors": a reader is the weighted mean of the vectors of the books liked, a score the product
  with a book's vector, as in the two towers of notebook 09.
- "neighbours": each book liked adds something to the scores of a few other books, as in the
  tables of similar books and EASE.

Numbers are kept as whole ones, row by row, with a step for each row.
"""

import base64

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import Message
from neurec_helpers.recommending.co_reading import NEIGHBOURS, nearest
from neurec_helpers.recommending.histories import INPUT, inputs_of, scores_of, size_of

LAYER = "Book-Embedding"
FINE = 128  # longest vector kept with 16 bits a number; longer ones get 8
NOT_A_TABLE = Message(
    "the page can work with two towers in which a reader is the mean of the vectors of the "
    "books read, and with a square table of similarities (notebook 09 has both)"
)


def tables_of(model, book_ids):
    """The tables of a model for these books.

    Parameters
    ----------
    model : keras.Model or array
        Two towers with an input named "Books-Read" and an Embedding named "Book-Embedding"; or a
        square table, dense or sparse, as for `neurec_helpers.recommending.lists.recommend`.
    book_ids : int array, shape (n_books,)
        In rising order.

    Returns
    -------
    tables : dict
        Ready for JSON.
    lost : str
        What the tables lack; empty if it is only the last digits.

    Raises
    ------
    NeurecError
        If the model works in another way, or has no row for a book.
    """
    if np.ndim(model) == 2:
        _require_rows(book_ids, size_of(model, book_ids))
        return _neighbours(model, book_ids)
    if inputs_of(model) != [INPUT]:
        raise NeurecError("{not_a_table}; this model is neither.", not_a_table=NOT_A_TABLE)
    if LAYER not in [layer.name for layer in model.layers]:
        raise NeurecError(
            "{not_a_table}; this model has no layer {layer!r}.",
            not_a_table=NOT_A_TABLE,
            layer=LAYER,
        )
    _require_rows(book_ids, size_of(model, book_ids))
    return _vectors(model, book_ids), ""


def _require_rows(book_ids, last):
    if book_ids[-1] > last:
        raise NeurecError(
            "`books` holds book_id {book_id}; the model ends at {last}.",
            book_id=book_ids[-1],
            last=last,
        )


def _vectors(model, book_ids):
    table = model.get_layer(LAYER).get_weights()[0].astype(np.float32)
    lengths = np.linalg.norm(table, axis=1)
    directions = table / np.maximum(lengths, 1e-12)[:, None]
    of_reader, of_book = _lengths_used(model, directions, lengths, book_ids)
    bits = 16 if table.shape[1] <= FINE else 8
    return {
        "kind": "vectors",
        "numbers": table.shape[1],
        "bits": bits,
        **_whole(directions[book_ids], bits),
        "ofReader": _text(of_reader[book_ids], np.float32),
        "ofBook": _text(of_book[book_ids], np.float32),
    }


def _lengths_used(model, directions, lengths, book_ids):
    """How long the model takes its vectors to be: those of a reader's books, and those of a book.

    Found by trying it with a few books, since models that differ in nothing but this look alike.
    """
    from scipy.sparse import csr_matrix

    rng = np.random.default_rng(0)
    counts = np.zeros((4, len(lengths)), np.float32)
    for row in counts:
        row[rng.choice(book_ids, min(5, len(book_ids)), replace=False)] = rng.integers(1, 5)
        row[rng.choice(book_ids)] = 4
    scores = scores_of(model, csr_matrix(counts))[:, book_ids]
    same = np.ones_like(lengths)
    for of_reader in (lengths, same):
        for of_book in (same, lengths):
            readers = (counts * of_reader) @ directions
            tried = readers @ (directions * of_book[:, None])[book_ids].T
            # How long a reader's own vector is does not change the order of the list.
            factor = (tried * scores).sum(1) / np.maximum((tried * tried).sum(1), 1e-12)
            far = np.abs(factor[:, None] * tried - scores).max()
            if (factor > 0).all() and far <= 1e-3 * np.abs(scores).max():
                return of_reader, of_book
    raise NeurecError(
        "{not_a_table}; this model's scores are made in another way.", not_a_table=NOT_A_TABLE
    )


def _neighbours(table, book_ids):
    table = table if hasattr(table, "toarray") else np.asarray(table)
    table = table[np.ix_(book_ids, book_ids)]
    small = nearest(table, NEIGHBOURS)
    lost = ""
    if (np.asarray((table != 0).sum(axis=1)).ravel() > np.diff(small.indptr)).any():
        lost = Message(
            "Of each book the page keeps the {neighbours} highest numbers above 0, so its lists "
            "can differ from those of the whole table.",
            neighbours=NEIGHBOURS,
        )
    keep = max(1, int(np.diff(small.indptr).max(initial=0)))
    place = np.arange(small.nnz) - np.repeat(small.indptr[:-1], np.diff(small.indptr))
    row = np.repeat(np.arange(len(book_ids)), np.diff(small.indptr))
    which = np.zeros((len(book_ids), keep), np.uint32)
    values = np.zeros((len(book_ids), keep), np.float32)
    which[row, place], values[row, place] = small.indices, small.data
    id_bits = 16 if len(book_ids) <= 2**16 else 32
    return {
        "kind": "neighbours",
        "numbers": keep,
        "bits": 16,
        **_whole(values, 16),
        "idBits": id_bits,
        "which": _text(which, np.uint16 if id_bits == 16 else np.uint32),
    }, lost


def _whole(rows, bits):
    """Rows as whole numbers of so many bits, and the step of each row."""
    if not np.isfinite(rows).all():
        raise NeurecError("the model holds numbers that are not finite, so its lists mean nothing.")
    largest = 2 ** (bits - 1) - 1
    steps = np.maximum(np.abs(rows).max(axis=1), 1e-30) / largest
    kind = np.int16 if bits == 16 else np.int8
    return {
        "values": _text(np.rint(rows / steps[:, None]), kind),
        "steps": _text(steps, np.float32),
    }


def _text(array, kind):
    little_endian = np.dtype(kind).newbyteorder("<")
    return base64.b64encode(np.ascontiguousarray(array, little_endian).tobytes()).decode()
