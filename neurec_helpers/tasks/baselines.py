"""Notebook 08: the bias model, stars from a sigmoid, and precision of a list."""

import numpy as np
import pandas as pd

from neurec_helpers.tasks.base import (
    Answer,
    Mistake,
    Task,
    Uncheckable,
    answer_of,
    array_of,
    number_of,
)


def _additive():
    """Made ratings that are nearly mean + reader + book; the last rows know no reader or book."""
    rng = np.random.default_rng(11)
    reader, book = rng.normal(0, 0.8, 41), rng.normal(0, 0.5, 31)
    rows = pd.DataFrame(
        # Strict readers read more of the first books: so the two biases have to be taken apart.
        {"user_id": rng.integers(1, 39, 3000), "book_id": rng.integers(1, 29, 3000)}
    )
    keep = (reader[rows.user_id] < 0) == (book[rows.book_id] < 0)
    rows = rows[keep | (rng.random(3000) < 0.4)].reset_index(drop=True)
    noise = rng.normal(0, 0.05, len(rows))
    rows["rating"] = 3.5 + reader[rows.user_id] + book[rows.book_id] + noise
    test, train = rows.iloc[:200].copy(), rows.iloc[200:].copy()
    outspoken = 1 + np.argmax(np.abs(reader[1:39]))
    unseen = pd.DataFrame({"user_id": [40, outspoken, 40], "book_id": [7, 30, 30], "rating": 3.0})
    return train, pd.concat([test, unseen], ignore_index=True), reader[outspoken]


def _in_two_camps():
    """Kind readers give 4 to their books, strict ones 2 to theirs: one bias explains it all."""
    readers, books = (ids.ravel() for ids in np.meshgrid(np.arange(1, 121), np.arange(1, 121)))
    rows = pd.DataFrame({"user_id": readers, "book_id": books})
    rows = rows[(readers <= 60) == (books <= 60)].reset_index(drop=True)
    rows["rating"] = np.where(rows.user_id <= 60, 4.0, 2.0)
    test = rows.iloc[::50].copy()
    return rows.drop(test.index), test


def judge_bias_model(rng, bias_model) -> str:
    train, test, outspoken = _additive()
    got = _predictions(answer_of(bias_model, train.copy(), test.copy()), len(test))
    if not np.isfinite(got[:200]).all():
        raise Mistake("not a number")
    moved = test.assign(rating=5.0)
    again = _predictions(answer_of(bias_model, train.copy(), moved), len(test))
    if not np.allclose(got, again, equal_nan=True):
        raise Mistake("test ratings used")
    known, true = got[:200], test.rating.to_numpy()[:200]
    if np.allclose(known, np.round(known)):
        raise Mistake("rounded")
    _look_for_half_models(test.iloc[:200], known)
    error, offset = np.std(known - true), np.mean(known - true)
    if abs(offset) > 0.5:
        raise Mistake("mean off", offset=f"{offset:+.1f}")
    if not np.isfinite(got).all():
        raise Mistake("unseen ids")
    _require_counted_once(bias_model)
    if error > 0.30:
        if np.std(np.sort(known) - np.sort(true)) < 0.15:
            raise Mistake("order lost")
        raise Mistake("other predictions", error=f"{error:.2f}")
    _require_zero_bias(got[200:], 3.5, outspoken)
    return "Mean, reader and book, each taken into account once."


def _require_zero_bias(got, mean, bias):
    """Rows: an unknown reader, an unknown book by a reader with this bias, both unknown."""
    _, unknown_book, both = got
    if abs(unknown_book - mean - bias) > abs(bias) / 2 or abs(both - mean) > 0.5:
        raise Mistake("unseen filled", value=f"{unknown_book:.1f}", right=f"{mean + bias:.1f}")


def _require_counted_once(bias_model):
    train, test = _in_two_camps()
    got = _predictions(answer_of(bias_model, train, test.copy()), len(test))
    # The right model reaches 1, a damped one a little less.
    if np.mean((got - 3) * (test.rating - 3)) > 1.15:
        raise Mistake("counted twice")


def _predictions(answer, n):
    got = array_of(answer, "bias_model(...)")
    if got.dtype.kind not in "fiuO":
        raise Uncheckable("`bias_model` should give numbers, one for each row of the test part.")
    if got.size != n:
        raise Mistake("another length", n=n, size=got.size)
    try:
        return got.reshape(-1).astype(float)
    except (TypeError, ValueError) as error:
        raise Uncheckable("`bias_model` should give numbers.") from error


def _look_for_half_models(test, got):
    # Whatever ignores the books says the same of all books that one reader rated.
    by_reader = _widest_spread(got, test.user_id)
    by_book = _widest_spread(got, test.book_id)
    for name, found in (
        ("only the mean", np.ptp(got) < 1e-6),
        ("only readers", by_reader < 1e-6),
        ("only books", by_book < 1e-6),
    ):
        if found:
            raise Mistake(name)


def _widest_spread(values, ids):
    groups = pd.Series(values).groupby(ids.to_numpy())
    return (groups.max() - groups.min()).max()


BIASES = Task(
    id="8.1",
    title="The bias model",
    values=(Answer("bias_model", "function", "bias_model(train, test)", "array"),),
    judge=judge_bias_model,
    mistakes={
        "raises": "`bias_model(train, test)` stopped: {error} Both are tables with the columns "
        "user_id, book_id and rating.",
        "another length": "The test part has {n} rows and there are {size} predictions.",
        "not a number": "Some predictions for readers and books of the training part are NaN. "
        "`map` gives NaN where it finds no id: are ids and biases put together rightly?",
        "test ratings used": "The predictions change when only the *ratings* of the test part "
        "change. Those must stay unknown: learn every mean from `train`.",
        "only the mean": "This is the mean for everybody. Add the biases of reader and book.",
        "only readers": "This is each reader's mean. The books are missing.",
        "only books": "This is each book's mean. The readers are missing.",
        "mean off": "The predictions are off by {offset} stars on average: is the mean in there "
        "twice, or not at all? Biases are deviations, around zero.",
        "unseen ids": "A reader or book that `train` lacks gets NaN. Nothing is known, so its bias "
        "is 0: `.fillna(0)`.",
        "unseen filled": "For a book that `train` lacks, rated by a reader it knows, the check "
        "gets {value} where about {right} is due: mean and reader's bias still count. Fill each "
        "bias with 0, before adding.",
        "rounded": "The predictions are rounded. One may lie between two stars; rounding only "
        "makes the error larger.",
        "order lost": "The right predictions in another order. They must stand as the rows of "
        "`test` do.",
        "counted twice": "The book's bias must be taken from what the reader's bias leaves over. "
        "Otherwise strict readers make their books look bad, and are strict once more.",
        "other predictions": "On made ratings of the form mean + reader + book it is off by "
        "{error} stars; the two biases alone get far closer.",
    },
    hints=(
        "First: how far does each reader lie from the mean? Then: how far does each book lie from "
        "what is expected of its readers?",
        "`around = train.rating - mean`, `user_bias = around.groupby(train.user_id).mean()`; what "
        "is left is `around - train.user_id.map(user_bias)`.",
        "`mean + test.user_id.map(user_bias).fillna(0) + test.book_id.map(book_bias).fillna(0)`, "
        "where book_bias is the mean of what is left.",
    ),
)


_OUTPUT = np.array([0.0, 0.25, 0.4, 0.5, 0.9, 1.0])


def judge_to_stars(rng, to_stars) -> str:
    got = array_of(answer_of(to_stars, _OUTPUT.copy()), "to_stars(...)")
    if got.dtype.kind not in "fiu":
        raise Uncheckable("`to_stars` should give numbers.")
    if got.size != _OUTPUT.size:
        raise Mistake("another length", n=_OUTPUT.size, size=got.size)
    got = got.reshape(-1)
    if np.allclose(got, 1 + 4 * _OUTPUT):
        return "0 is one star, 1 is five, and nothing is lost in between."
    wrong = {
        "times five": 5 * _OUTPUT,
        "times four": 4 * _OUTPUT,
        "up to six": 1 + 5 * _OUTPUT,
        "clipped": np.clip(5 * _OUTPUT, 1, 5),
        "unchanged": _OUTPUT,
    }
    if np.array_equal(2 * got, np.round(2 * got)):
        raise Mistake("rounded")
    for name, stars in wrong.items():
        if np.allclose(got, stars):
            raise Mistake(name)
    raise Mistake("other stars", low=f"{got[0]:g}", high=f"{got[-1]:g}")


STARS = Task(
    id="8.2",
    title="Back to stars",
    values=(Answer("to_stars", "function", "to_stars(p)", "array"),),
    judge=judge_to_stars,
    mistakes={
        "raises": "`to_stars(p)` stopped: {error} `p` is an array of numbers from 0 to 1, "
        "so `float`, `round`, `min` and `if p > …`, which take one number, don't do.",
        "another length": "For {n} numbers it gives {size}; each needs its stars.",
        "times five": "With `5 * p` one star, squeezed to 0, comes back as no star at all. The "
        "scale has four steps, from 1 to 5.",
        "times four": "The range is right, but it begins at 0. One star must come back as 1.",
        "up to six": "One star comes back as 1, but five stars as 6. How wide is the scale?",
        "clipped": "Cutting `5 * p` off below 1 mends the two ends only: a quarter should be 2 "
        "stars, half of it 3.",
        "rounded": "Rounded. A prediction may lie in between, and rounding makes the error larger.",
        "unchanged": "These are still numbers from 0 to 1.",
        "other stars": "0 becomes {low} and 1 becomes {high}; wanted are 1 and 5, on a straight "
        "line.",
    },
    hints=(
        "What was done to the ratings? Undo it, last step first.",
        "They were squeezed by `(rating - 1) / 4`.",
        "`1 + 4 * p`",
    ),
)


_LISTS = (
    (np.array([12, 5, 44, 8, 31, 27, 60, 9]), {5, 31, 8, 60, 99, 77, 71}, 5),
    (np.array([3, 7, 18, 22, 41, 50]), {18, 3, 41}, 4),
    (np.array([6, 2, 4]), {1}, 2),
)


def judge_precision(rng, precision_at_k) -> str:
    answers = [
        number_of(answer_of(precision_at_k, books.copy(), set(relevant), k), "it")
        for books, relevant, k in _LISTS
    ]
    if np.allclose(answers, _values(lambda books, relevant, k: _hits(books[:k], relevant) / k)):
        return "The share of the first k places that hold a relevant book."
    wrong = {
        "recall": lambda books, relevant, k: _hits(books[:k], relevant) / len(relevant),
        "recall of all": lambda books, relevant, k: _hits(books, relevant) / len(relevant),
        "whole list": lambda books, relevant, k: _hits(books, relevant) / len(books),
        "whole list over k": lambda books, relevant, k: _hits(books, relevant) / k,
        "divided by the list": lambda books, relevant, k: _hits(books[:k], relevant) / len(books),
        "count": lambda books, relevant, k: _hits(books[:k], relevant),
        "any": lambda books, relevant, k: float(_hits(books[:k], relevant) > 0),
        "misses": lambda books, relevant, k: 1 - _hits(books[:k], relevant) / k,
        "never a hit": lambda books, relevant, k: 0,
        "percent": lambda books, relevant, k: 100 * _hits(books[:k], relevant) / k,
        "place by place": lambda books, relevant, k: _same_place(books[:k], list(set(relevant))),
        "place by place, sorted": lambda books, relevant, k: _same_place(
            books[:k], sorted(relevant)
        ),
    }
    for name, rule in wrong.items():
        if np.allclose(answers, _values(rule)):
            raise Mistake(name)
    raise Mistake("another number", answer=f"{answers[0]:g}")


def _values(rule):
    return [float(rule(*case)) for case in _LISTS]


def _hits(books, relevant):
    return sum(book in relevant for book in books.tolist())


def _same_place(books, relevant):
    return sum(a == b for a, b in zip(books.tolist(), relevant, strict=False)) / len(books)


PRECISION = Task(
    id="8.3",
    title="Precision of a list",
    values=(
        Answer("precision_at_k", "function", "precision_at_k(recommended, relevant, k)", "number"),
    ),
    judge=judge_precision,
    mistakes={
        "raises": "`precision_at_k(recommended, relevant, k)` stopped: {error} `recommended` is an "
        "array of ids, best first, `relevant` a set of ids.",
        "array": "{name} gives an array of the shape {shape}; one number is wanted.",
        "recall": "Divided by the number of relevant books this is recall@k: how many of them "
        "were found. Precision asks how many of the k places were used well.",
        "recall of all": "This looks at the whole list and divides by the number of relevant "
        "books. Look at the first k places only, and divide by k.",
        "whole list": "This is the share in the whole list. Only the first k places count.",
        "whole list over k": "The hits are counted in the whole list. Only the first k places "
        "count.",
        "divided by the list": "The hits are those of the first k places, but they are divided by "
        "the length of the whole list.",
        "count": "This is the number of hits. Divide it by k.",
        "any": "It is 1 as soon as there is a hit. Were the hits divided by the number of hits? "
        "Divide by k.",
        "never a hit": "It is always 0. `np.isin` does not look into a set: it needs "
        "`list(relevant)`. Or ask `book in relevant` for each book.",
        "percent": "This is in percent. A share goes from 0 to 1.",
        "place by place": "Books are compared place by place. `relevant` is a set and has no "
        "order; a hit is a book that is in it anywhere.",
        "place by place, sorted": "Books are compared place by place with the sorted relevant "
        "ones. A hit is a book that is among them anywhere.",
        "misses": "This is the share of misses.",
        "another number": "For the first example it gives {answer}.",
    },
    hints=(
        "How many of the first k books are in the set?",
        "`recommended[:k]` are the first k; `book in relevant` is True or False.",
        "`sum(book in relevant for book in recommended[:k]) / k`",
    ),
)
