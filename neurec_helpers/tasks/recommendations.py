"""Notebook 07: scores for every book, the best unread ones, and their titles."""

import numpy as np
import pandas as pd

from neurec_helpers.tasks.base import (
    Answer,
    Mistake,
    Task,
    Uncheckable,
    answer_of,
    array_of,
)


class _StandIn:
    """Answers like a trained model, for readers 1 to 40 and books 1 to 200; notes what it is asked."""

    def __init__(self):
        rng = np.random.default_rng(7)
        self.users, self.books = rng.normal(size=(41, 3)), rng.normal(size=(201, 3))
        self.asked = []

    def __call__(self, inputs, *_, **__):
        if isinstance(inputs, dict):
            inputs = inputs["User-Input"], inputs["Book-Input"]
        # Keras refuses the same: anything but two arrays, and arrays of different lengths.
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError("the model expects 2 inputs, in a list.")
        if any(np.ndim(ids) == 0 or isinstance(ids, (list, tuple)) for ids in inputs):
            raise ValueError("each input has to be an array.")
        users, books = (np.asarray(ids).reshape(-1) for ids in inputs)
        if len(users) != len(books):
            raise ValueError(f"the inputs have different lengths, {len(users)} and {len(books)}.")
        self.asked.append((users, books))
        rows = self.users[users % 41] * self.books[books % 201]
        return (3.9 + rows.sum(axis=1, keepdims=True)).astype("float32").view(_Answer)

    def predict(self, x, *_, **__):
        return self(x)

    predict_on_batch = predict

    def score(self, user_id, book_ids):
        return 3.9 + self.books[book_ids] @ self.users[user_id]


class _Answer(np.ndarray):
    """An array that can be taken for a tensor."""

    def numpy(self):
        return np.asarray(self)


_IDS = np.random.default_rng(8).permutation(np.arange(61, 201))[:64]


def judge_predict_all(rng, predict_all) -> str:
    model = _StandIn()
    answer = answer_of(predict_all, model, 35, _IDS.copy())
    got = _scores_from(answer, len(_IDS))
    asked = list(model.asked)
    wanted = model.score(35, _IDS)
    if not np.allclose(got, wanted, atol=1e-4):
        _explain(model, predict_all, got, wanted, asked)
    if np.allclose(got, _for_another_reader(model, predict_all)):
        raise Mistake("same for everyone")
    if len(asked) > 1:
        raise Mistake("one by one", calls=len(asked))
    if np.ndim(answer) > 1:
        raise Mistake("column", shape=np.shape(answer))
    return "One call, one score for each book, in the order of the ids."


def _scores_from(answer, n):
    scores = array_of(answer, "predict_all(...)")
    if scores.dtype.kind not in "fiu":
        raise Uncheckable("`predict_all` should give numbers, one for each book.")
    if scores.size == 1:
        raise Mistake("one number", n=n)
    if scores.size != n or scores.ndim > 2:
        raise Mistake("another length", n=n, shape=scores.shape)
    return scores.reshape(-1)


def _explain(model, predict_all, got, wanted, asked):
    if np.allclose(np.sort(got), np.sort(wanted), atol=1e-4):
        raise Mistake("order changed")
    for users, books in asked:
        if np.all(books == 35) and np.isin(users, _IDS).all():
            raise Mistake("inputs swapped")
        if np.array_equal(books, np.arange(len(_IDS))) or np.array_equal(
            books, np.arange(1, len(_IDS) + 1)
        ):
            raise Mistake("positions")
        if len(np.unique(users)) > 1:
            raise Mistake("other readers")
    if np.allclose(got, _for_another_reader(model, predict_all)):
        raise Mistake("same for everyone")
    raise Mistake("other scores")


def _for_another_reader(model, predict_all):
    return _scores_from(answer_of(predict_all, model, 3, _IDS.copy()), len(_IDS))


PREDICT_ALL = Task(
    id="7.1",
    title="A score for every book",
    values=(Answer("predict_all", "function", "predict_all(model, user_id, book_ids)", "array"),),
    judge=judge_predict_all,
    mistakes={
        "raises": "`predict_all(model, user_id, book_ids)` stopped: {error} The model takes a list "
        "of two arrays of the same length, first the readers, then the books.",
        "one number": "It gives a single number for {n} books. Each book needs a score of its own: "
        "has something summed over all of them?",
        "column": "The right scores, but in a table of the shape {shape}, as `model.predict` gives "
        "them. Sorting it would sort each row, one number, and change nothing. Make it flat: "
        "`[:, 0]`.",
        "another length": "For {n} books it gives an array of the shape {shape}; {n} scores are "
        "wanted.",
        "order changed": "These are the right scores, but in another order: score and id no longer "
        "belong together. Leave sorting for later.",
        "inputs swapped": "The model gets the books where it expects the reader. Its inputs are "
        "[readers, books].",
        "positions": "The model is asked for books 0, 1, 2, ..., which are positions. Hand it "
        "`book_ids`.",
        "other readers": "Not every row asks for the reader wanted. The reader's id has to stand "
        "in each row: `np.full(len(book_ids), user_id)`.",
        "same for everyone": "Two readers get the same scores. Does `user_id` reach the model?",
        "other scores": "The scores are not those that the model gives for this reader and these "
        "books. They should be handed on as they are.",
        "one by one": "Right, but the model was called {calls} times. One call with all the rows "
        "is a thousand times faster.",
    },
    hints=(
        "The model wants one row for each pair of reader and book. Who is the reader in each row?",
        "`np.full(len(book_ids), user_id)` is a column with the same reader in every row.",
        "`model.predict([np.full(len(book_ids), user_id), book_ids], verbose=0)[:, 0]`",
    ),
)


# Ids in no order, none of them a position; two cases, so that no two rules agree on both.
_LISTS = (
    (
        np.array([70, 11, 52, 38, 90, 27, 64, 15]),
        np.array([3.1, 4.8, 4.9, 2.0, 5.2, 4.1, 3.7, 4.4]),
        np.array([90, 11]),
        3,
    ),
    (
        np.array([33, 81, 24, 59, 46, 72]),
        np.array([4.0, 2.5, 4.6, 3.3, 4.9, 4.2]),
        np.array([46, 81]),
        2,
    ),
)


def judge_best_unread(rng, best_unread) -> str:
    answers = []
    for ids, scores, read, n in _LISTS:
        answer = answer_of(best_unread, ids.copy(), scores.copy(), read.copy(), n)
        if isinstance(answer, (set, frozenset)):
            raise Mistake("order lost")
        answer = array_of(answer, "best_unread(...)").reshape(-1)
        if answer.dtype.kind not in "fiu":
            raise Uncheckable("`best_unread` should give book ids.")
        answers.append(answer.tolist())
    if answers == _each(_right):
        return "Ids, unread, best first."
    for name, rule in _RULES:
        if answers == _each(rule):
            raise Mistake(name)
    if all(set(a) <= set(scores) for a, (_, scores, *_) in zip(answers, _LISTS, strict=True)):
        raise Mistake("scores")
    if all(_are_positions(answer, ids) for answer, (ids, *_) in zip(answers, _LISTS, strict=True)):
        raise Mistake("positions")
    if any(
        set(answer) & set(read) for answer, (_, _, read, _) in zip(answers, _LISTS, strict=True)
    ):
        raise Mistake("read")
    if all(sorted(a) == sorted(right) for a, right in zip(answers, _each(_right), strict=True)):
        raise Mistake("order lost")
    if any(len(answer) != n for answer, (_, _, _, n) in zip(answers, _LISTS, strict=True)):
        raise Mistake("count", got=len(answers[0]), n=_LISTS[0][3])
    raise Mistake("other books", answer=answers[0])


def _each(rule):
    return [np.asarray(rule(*case)).tolist() for case in _LISTS]


def _are_positions(answer, ids):
    """No id of the lists is as small as a position."""
    return len(answer) > 0 and all(0 <= value <= len(ids) for value in answer)


def _order(scores):
    return np.argsort(-scores)


def _right(ids, scores, read, n):
    best = ids[_order(scores)]
    return best[~np.isin(best, read)][:n]


def _places(ids, scores, read, n):
    order = _order(scores)
    return order[~np.isin(ids[order], read)][:n]


_RULES = (
    ("positions", _places),
    ("positions", lambda ids, scores, read, n: _order(scores[~np.isin(ids, read)])[:n]),
    ("positions", lambda ids, scores, read, n: _order(scores)[:n]),
    ("scores", lambda ids, scores, read, n: scores[_places(ids, scores, read, n)]),
    ("worst", lambda ids, scores, read, n: _right(ids, -scores, read, n)),
    ("best last", lambda *case: _right(*case)[::-1]),
    (
        "cut too early",
        lambda ids, scores, read, n: [i for i in ids[_order(scores)[:n]] if i not in read],
    ),
    ("scores ignored", lambda ids, scores, read, n: ids[~np.isin(ids, read)][:n]),
    ("scores ignored", lambda ids, scores, read, n: np.setdiff1d(ids, read)[:n]),
    ("scores ignored", lambda ids, scores, read, n: np.setdiff1d(ids, read)[::-1][:n]),
)


BEST_UNREAD = Task(
    id="7.2",
    title="The best books not read yet",
    values=(Answer("best_unread", "function", "best_unread(book_ids, scores, read, n)", "array"),),
    judge=judge_best_unread,
    mistakes={
        "raises": "`best_unread(book_ids, scores, read, n)` stopped: {error} The first three are "
        "arrays; `n` is a whole number.",
        "positions": "`argsort` gives positions in the array, and here they are handed out as if "
        "they were ids. Look the ids up: `book_ids[positions]`.",
        "scores": "These are the scores; the ids of the books are wanted.",
        "worst": "These are the books with the lowest scores: `argsort` sorts upwards. Sort "
        "`-scores`.",
        "best last": "The right books, but the best stands last. Turn the list round.",
        "order lost": "The right books in the wrong order. A set, `np.isin` or `np.setdiff1d` on "
        "the ids keeps no order: sort first, then take out what was read.",
        "read": "The list holds books that the reader has read. Take out those in `read`. "
        "(`np.isin` finds nothing in a set; it needs an array or a list.)",
        "cut too early": "Too few are left: the list was cut to `n` before the books read were "
        "taken out. Take out first, then cut.",
        "count": "There are {got} books in the list and {n} are wanted.",
        "scores ignored": "The books are unread, but not chosen by their scores. `set` and "
        "`np.setdiff1d` put the ids into another order: sort by score afterwards, or use "
        "`np.isin`.",
        "other books": "For the first example it gives {answer}, which are other books.",
    },
    hints=(
        "Three steps: sort by score, take out what was read, keep the first n.",
        "`order = np.argsort(-scores)` gives positions; `book_ids[order]` gives ids, best first.",
        "`best = book_ids[np.argsort(-scores)]`, then `best[~np.isin(best, read)][:n]`",
    ),
)


def judge_titles_of(rng, titles_of) -> str:
    answers = []
    for asked in _ASKED:
        answer = answer_of(titles_of, _BOOKS.copy(), np.array(asked))
        answer = array_of(answer, "titles_of(...)")
        if answer.ndim != 1:
            raise Mistake("not a list", shape=answer.shape)
        answers.append([str(title) for title in answer])
    if answers == _titles(_by_id):
        return "Each id has its own title, in the order asked for."
    for name, rule in _TITLE_RULES:
        if answers == _titles(rule):
            raise Mistake(name)
    for answer, right in zip(answers, _titles(_by_id), strict=True):
        if len(answer) < len(right) and set(answer) == set(right):
            raise Mistake("repeated id")
    if all(sorted(a) == sorted(r) for a, r in zip(answers, _titles(_by_id), strict=True)):
        raise Mistake("order lost")
    raise Mistake("other titles", answer=answers[0])


# Rows in no order, ids with gaps, an index that looks like ids, and a second column of ids.
_BOOKS = pd.DataFrame(
    {
        "book_id": [8, 3, 1, 9, 5, 2],
        "goodreads_id": [3, 5, 9, 2, 8, 1],
        "title": ["Eight", "Three", "One", "Nine", "Five", "Two"],
    },
    index=[5, 9, 8, 1, 2, 3],
)
_ASKED = [5, 2, 3], [3, 1, 5, 2], [2, 5, 2]


def _titles(rule):
    return [list(rule(list(asked))) for asked in _ASKED]


def _by_id(asked):
    return _BOOKS.set_index("book_id").title.loc[asked]


_TITLE_RULES = (
    ("order lost", lambda asked: _BOOKS.title[_BOOKS.book_id.isin(asked)]),
    ("positions", lambda asked: _BOOKS.title.iloc[asked]),
    ("positions", lambda asked: _BOOKS.title.iloc[[i - 1 for i in asked]]),
    ("labels", lambda asked: _BOOKS.title.loc[asked]),
    ("other ids", lambda asked: _BOOKS.set_index("goodreads_id").title.loc[asked]),
    ("other ids", lambda asked: _BOOKS.title[_BOOKS.goodreads_id.isin(asked)]),
)


TITLES_OF = Task(
    id="7.3",
    title="From ids to titles",
    values=(Answer("titles_of", "function", "titles_of(books, book_ids)", "array"),),
    judge=judge_titles_of,
    mistakes={
        "raises": "`titles_of(books, book_ids)` stopped: {error} `books` has the columns book_id "
        "and title.",
        "not a list": "It gives something of the shape {shape}. Wanted is a plain list with one "
        "title for each id: a single column, and from each row found its title by `.item()`.",
        "order lost": "The right titles in the wrong order: they come as they stand in `books`, "
        "not as the ids were given. So the best book no longer stands first.",
        "positions": "`iloc` counts rows; an id is not the number of a row. As soon as ids have "
        "gaps or rows are sorted otherwise, every title is the wrong one.",
        "labels": "`loc` looks in the index, which is just a row's label here. Make book_id the "
        "index first.",
        "other ids": "These titles were looked up in another column of ids. Ratings and books "
        "share `book_id`.",
        "repeated id": "An id that is asked for twice needs its title twice.",
        "other titles": "For the ids 5, 2, 3 it gives {answer}.",
    },
    hints=(
        "Look each id up on its own, in the order given.",
        '`books.set_index("book_id")` lets you look rows up by id.',
        '`books.set_index("book_id").title.loc[book_ids].tolist()`',
    ),
)
