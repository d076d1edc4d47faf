"""Recommendations from a trained model: scores for all pairs, lists for readers, similar books.

Ids are what the files call user_id and book_id, from 1. Positions in an array are never handed out.
"""

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.recommending.histories import histories, is_list_model, scores_of, size_of
from neurec_helpers.recommending.scores import score_grid

CELLS = 32_000_000  # numbers in the largest array that is made at once, 128 MB


def scores(model, user_ids, book_ids):
    """Predicted rating of every pair of these readers and books.

    Parameters
    ----------
    model : keras.Model
        Two inputs named "User-Input" and "Book-Input", in either order, and one output.
    user_ids, book_ids : int or sequence of int
        Shapes (n_users,) and (n_books,).

    Returns
    -------
    float32 array, shape (n_users, n_books)
        In stars, if that is what the model predicts.

    Raises
    ------
    NeurecError
        If the inputs have other names, or an id is none or has no row in the model's tables.
    """
    users, books = _ids(user_ids, "user_id"), _ids(book_ids, "book_id")
    return np.concatenate([block for _, block in _blocks(model, users, books)])


def recommend(model, user_id=None, n=10, *, books, exclude=None, liked=None):
    """The `n` books with the highest scores for a reader, best first.

    Parameters
    ----------
    model : keras.Model, array or callable
        A model of stars, as for `scores`; or a model that scores books by what was read: a square
        array, a Keras model or a function, see `neurec_helpers.recommending.histories`.
    user_id : int or sequence of int
        One reader or many.
    n : int
    books : pandas.DataFrame
        The books that may be recommended: a column book_id, each once; other columns (title,
        author, ...) are carried along.
    exclude : pandas.DataFrame, optional
        Ratings, with the columns user_id and book_id, whose books their readers shall not get. A
        model that goes by what was read takes that from here.
    liked : sequence of int, or dict of int to int, optional
        In place of `user_id`: the book ids of a newcomer, for a model that goes by what was read.
        A dict says how much each counts, from 0 (only left out of the list) to 100; without one
        all count the same. `shop` counts a heart as 4 and stars as one less than their number.

    Returns
    -------
    pandas.DataFrame
        Columns rank (from 1), book_id, predicted (score, if it isn't stars), and the other columns
        of `books`; for many readers user_id comes first. Of two equal scores the smaller book_id
        comes first. A reader with fewer than `n` books left gets those.

    Raises
    ------
    NeurecError
        As for `scores`, and if a column is missing, a book stands twice, or a model that goes by
        what was read is not told that.
    """
    by_history = is_list_model(model)
    weights = None
    if liked is not None:
        user_id, exclude, weights = _newcomer(user_id, liked, exclude, by_history)
    elif user_id is None or (by_history and exclude is None):
        raise NeurecError(
            "recommend needs a user_id, and for a model that goes by what was read also the "
            "ratings, `exclude=train`; or a newcomer's books, `liked=[id, ...]`."
        )
    one = np.ndim(user_id) == 0
    users = _ids(user_id, "user_id")
    _require_count(n)
    require_columns(books, ("book_id",), "books")
    books = books.sort_values("book_id", ignore_index=True)
    candidates = _ids(books["book_id"], "book_id")
    if books["book_id"].duplicated().any():
        twice = books["book_id"][books["book_id"].duplicated()].iloc[0]
        raise NeurecError(
            "`books` holds book_id {twice} more than once; each book must stand once.", twice=twice
        )
    rows, columns = excluded_pairs(exclude, users, candidates)

    lists = []
    blocks = _blocks_by_history(model, users, candidates, exclude, weights) if by_history else None
    for start, block in blocks or _blocks(model, users, candidates):
        here = slice(*np.searchsorted(rows, [start, start + len(block)]))
        block[rows[here] - start, columns[here]] = -np.inf
        places = best_places(block, min(n, len(candidates)))
        best = np.take_along_axis(block, places, axis=1)
        row, rank = np.nonzero(best > -np.inf)
        lists.append((users[start + row], rank + 1, places[row, rank], best[row, rank]))
    user, rank, place, predicted = (np.concatenate(part) for part in zip(*lists, strict=True))
    found = _described(books, place, rank, "score" if by_history else "predicted", predicted)
    if not one:
        found.insert(0, "user_id", user)
    return found


def similar(model, book_id, n=10, *, books, layer="Book-Embedding"):
    """The `n` books most like this one.

    Parameters
    ----------
    model : keras.Model or array
        With an Embedding of the name `layer`: books whose vectors point most nearly the same way.
        Or a square array of similarities, as for `recommend`: the highest in the book's row.
    book_id : int
    n : int
    books : pandas.DataFrame
        As for `recommend`.
    layer : str

    Returns
    -------
    pandas.DataFrame
        Columns rank (from 1), book_id, cosine (-1 to 1; of an array similarity, whatever it
        holds), and the other columns of `books`, without the book itself.

    Raises
    ------
    NeurecError
        If there is no such layer or book, or a column is missing.
    """
    _require_count(n)
    if np.ndim(book_id) != 0:
        raise NeurecError("similar takes one book_id, not {book_id!r:.60}.", book_id=book_id)
    require_columns(books, ("book_id",), "books")
    books = books.sort_values("book_id", ignore_index=True)
    candidates, (this,) = _ids(books["book_id"], "book_id"), _ids(book_id, "book_id")
    if this not in candidates:
        raise NeurecError("book_id {this} does not stand in `books`.", this=this)
    name, alike = _alike(model, this, candidates, layer)
    alike[candidates == this] = -np.inf
    places = best_places(alike[None], min(n, len(candidates) - 1))[0]
    return _described(books, places, np.arange(1, len(places) + 1), name, alike[places])


def _alike(model, this, candidates, layer):
    """How like one book the candidates are, and what that is called."""
    if np.ndim(model) == 2:
        _require_rows(candidates, size_of(model, candidates), tr("the array"))
        row = model[[this]]
        row = row.toarray() if hasattr(row, "toarray") else np.asarray(row)
        return "similarity", row[0, candidates]
    if layer not in [part.name for part in getattr(model, "layers", ())]:
        names = ", ".join(part.name for part in getattr(model, "layers", ())) or "none"
        raise NeurecError(
            "the model has no layer {layer!r}. Its layers are: {names}.", layer=layer, names=names
        )
    table = model.get_layer(layer).get_weights()[0]
    _require_rows(candidates, len(table) - 1, layer)
    vectors = table[candidates]
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(table[this])
    return "cosine", vectors @ table[this] / np.maximum(lengths, 1e-12)


def _require_rows(candidates, last, where):
    if candidates.max() > last:
        raise NeurecError(
            "`books` holds book_id {book_id}; {where} ends at {last}.",
            book_id=candidates.max(),
            where=where,
            last=last,
        )


def _newcomer(user_id, liked, exclude, by_history):
    """A reader of whom nothing is known but these books: id, ratings, and the books' weights."""
    if user_id is not None or exclude is not None:
        raise NeurecError("give `liked` for a newcomer, or `user_id` and `exclude`, not both.")
    if not by_history:
        raise NeurecError(
            "this model has learnt numbers for each reader, so a newcomer is not among its "
            "readers; `liked` needs a model that goes by what was read."
        )
    theirs = pd.DataFrame({"user_id": 1, "book_id": _ids(list(liked), "book_id")})
    return 1, theirs, _weights(liked) if isinstance(liked, dict) else None


def _weights(liked):
    for book_id, weight in liked.items():
        if not isinstance(weight, (int, np.integer)) or not 0 <= weight <= 100:
            raise NeurecError(
                "book_id {book_id} counts {weight!r:.60}; give a whole number from 0 to 100.",
                book_id=book_id,
                weight=weight,
            )
    if not any(liked.values()):
        raise NeurecError("no book in `liked` counts more than 0, so there is nothing to go by.")
    return liked


def _blocks_by_history(model, users, books, read, weights=None):
    """As `_blocks`, for a model that scores books by what was read."""
    require_columns(read, ("user_id", "book_id"), "exclude")
    last = size_of(model, np.concatenate([books, read["book_id"]]))
    _require_rows(books, last, tr("the model"))
    step = max(1, CELLS // (last + 1))
    for start in range(0, len(users), step):
        rows = histories(read, users[start : start + step], last)
        if weights is not None:
            rows.data = np.array([weights[book] for book in rows.indices], dtype=np.float32)
        yield start, scores_of(model, rows)[:, books]


def _blocks(model, users, books):
    """Yield (position of the first reader, scores of some readers): memory stays bounded."""
    grid = score_grid(model, books)
    step = max(1, CELLS // (len(books) * grid.width))
    for start in range(0, len(users), step):
        yield start, grid(users[start : start + step])


def _described(books, places, rank, name, values):
    """Rows of `books` with rank, book_id and `values` before its other columns."""
    first = pd.DataFrame(
        {"rank": rank, "book_id": books["book_id"].to_numpy()[places], name: values}
    )
    others = books[[column for column in books if column not in (*first, "user_id")]]
    return pd.concat([first, others.iloc[places].reset_index(drop=True)], axis=1)


def best_places(block, n):
    """Positions of the `n` highest scores of each row, highest first, ties in order of position."""
    if n >= block.shape[1]:
        return np.argsort(-block, axis=1, kind="stable")[:, :n]
    edge = np.partition(block, -n, axis=1)[:, -n]
    at_least = block >= edge[:, None]
    places = np.empty((len(block), n), np.int64)
    clear = at_least.sum(axis=1) == n
    places[clear] = np.nonzero(at_least[clear])[1].reshape(-1, n)
    chosen = np.take_along_axis(block[clear], places[clear], axis=1)
    order = np.argsort(-chosen, axis=1, kind="stable")
    places[clear] = np.take_along_axis(places[clear], order, axis=1)
    places[~clear] = np.argsort(-block[~clear], axis=1, kind="stable")[:, :n]
    return places


def excluded_pairs(exclude, users, books):
    """Positions (row, column) of the pairs that are not to be recommended, by row."""
    if exclude is None:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    require_columns(exclude, ("user_id", "book_id"), "exclude")
    theirs = exclude[exclude["user_id"].isin(users)]
    columns = pd.Index(books).get_indexer(theirs["book_id"])
    order = np.argsort(users, kind="stable")
    # A reader may be asked for more than once: each time the same books are left out.
    first = np.searchsorted(users[order], theirs["user_id"], side="left")
    times = np.searchsorted(users[order], theirs["user_id"], side="right") - first
    nth = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
    rows, columns = order[np.repeat(first, times) + nth], np.repeat(columns, times)
    rows, columns = rows[columns >= 0], columns[columns >= 0]
    by_row = np.argsort(rows, kind="stable")
    return rows[by_row], columns[by_row]


def _ids(values, name):
    array = np.atleast_1d(np.asarray(values))
    if array.ndim == 1 and array.size == 0:
        raise NeurecError(
            "{name} is an empty list. If it was chosen by ratings, such as 4 and more, look "
            "whether there are any.",
            name=name,
        )
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise NeurecError(
            "{name} must be a whole number or a list of them, not {values!r:.60}.",
            name=name,
            values=values,
        )
    if array.min() < 1 or array.max() > np.iinfo(np.int32).max:
        raise NeurecError(
            "{name} counts from 1: {least} to {most} cannot be used.",
            name=name,
            least=array.min(),
            most=array.max(),
        )
    return array.astype(np.int32)


def _require_count(n):
    if not isinstance(n, (int, np.integer)) or isinstance(n, bool) or n < 1:
        raise NeurecError("n={n!r} is not a number of books: give a whole number from 1 up.", n=n)


def require_columns(frame, columns, name):
    """Refuse what is not a table with these columns, with a NeurecError."""
    missing = [column for column in columns if column not in getattr(frame, "columns", ())]
    if missing:
        raise NeurecError(
            "`{name}` must be a table with the column {columns}; {missing} is missing."
            if len(columns) == 1
            else "`{name}` must be a table with the columns {columns}; {missing} is missing.",
            name=name,
            columns=", ".join(columns),
            missing=", ".join(missing),
        )
