"""Notebook 08: the bias model."""

import numpy as np
import pandas as pd

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, Uncheckable, answer_of, array_of

_MEAN, _KNOWN = 3.5, 300  # of the made ratings; rows of the test part whose ids are all known


class _Made:
    """Made ratings: mean + reader + book, and once in a while much less than that."""

    def __init__(self, rng):
        self.reader, self.book = rng.normal(0, 0.6, 41), rng.normal(0, 0.4, 31)
        self.outspoken = int(rng.integers(1, 39))
        self.reader[self.outspoken] = -1.2
        # Strict readers read more of the weaker books: so the two biases have to be taken apart.
        rows = pd.DataFrame(
            {"user_id": rng.integers(1, 39, 9000), "book_id": rng.integers(1, 29, 9000)}
        )
        alike = (self.reader[rows.user_id] < 0) == (self.book[rows.book_id] < 0)
        rows = rows[alike | (rng.random(9000) < 0.5)].reset_index(drop=True)
        fallen = np.where(rng.random(len(rows)) < 0.25, -1.2, 0.0) + 0.3
        rows["rating"] = self.expected(rows) + fallen
        self.train = rows.iloc[_KNOWN:].copy()
        # An unknown reader, an unknown book by a known reader, both unknown.
        unseen = {"user_id": [40, self.outspoken, 40], "book_id": [7, 30, 30], "rating": 3.0}
        self.test = pd.concat([rows.iloc[:_KNOWN], pd.DataFrame(unseen)], ignore_index=True)
        # As the parts of a split are: predictions sorted by the index no longer fit the rows.
        self.test.index = rng.permutation(len(self.test))

    def expected(self, rows):
        """Ratings without their noise."""
        return _MEAN + self.reader[rows.user_id] + self.book[rows.book_id]


def _made(rng):
    """Made ratings whose median and means of means are not their mean, so that each shows."""
    while True:
        made = _Made(rng)
        ratings = made.train.rating
        means = [ratings.groupby(made.train[ids]).mean().mean() for ids in ("user_id", "book_id")]
        off = np.abs(np.array([ratings.median(), *means]) - ratings.mean())
        if off[0] > 0.05 and off.min() > 0.003:
            return made


def _two_camps(rng):
    """Kind readers give 4 to their books, strict ones 2 to theirs: one bias explains it all."""
    n = int(rng.integers(55, 65))
    readers, books = (ids.ravel() for ids in np.meshgrid(*[np.arange(1, 2 * n + 1)] * 2))
    rows = pd.DataFrame({"user_id": readers, "book_id": books})
    rows = rows[(readers <= n) == (books <= n)].reset_index(drop=True)
    rows["rating"] = np.where(rows.user_id <= n, 4.0, 2.0)
    test = rows.iloc[::50].copy()
    return rows.drop(test.index), test


def _judge_bias_model(rng, bias_model) -> Message:
    made = _made(rng)
    test = made.test
    got = _predictions(answer_of(bias_model, made.train, test), len(test))
    known = got[:_KNOWN]
    if not np.isfinite(known).all():
        raise Mistake("not a number")
    moved = test.assign(rating=rng.permutation(test.rating) + 1)
    again = _predictions(answer_of(bias_model, made.train, moved), len(test))
    if not np.allclose(got, again, equal_nan=True):
        raise Mistake("test ratings used")
    _look_for_half_models(test.iloc[:_KNOWN], known)
    if any(np.allclose(n * known, np.round(n * known), rtol=0, atol=1e-4) for n in (2, 10, 100)):
        raise Mistake("rounded")
    parts, rest = _parts(made, known)
    _look_for_signs(made, known, *parts, rest)
    right = made.expected(test.iloc[:_KNOWN])
    if abs(offset := np.mean(known - right)) > 0.5:
        raise Mistake("mean off", offset=offset)
    if not np.isfinite(got).all():
        raise Mistake("unseen ids")
    _require_counted_once(bias_model, *_two_camps(rng))
    if (error := np.std(known - right)) > 0.30 or min(parts) < 0.8:
        raise Mistake("other predictions", error=error)
    _require_zero_bias(made, got[_KNOWN:])
    return Message("Mean, reader and book, each taken into account once.")


def _parts(made, known):
    """How much of the reader's and the book's bias is in the predictions: 1 if added once.

    And how far the predictions lie from these parts of the biases alone.
    """
    rows = made.test.iloc[:_KNOWN]
    columns = [np.ones(_KNOWN), made.reader[rows.user_id], made.book[rows.book_id]]
    columns = np.column_stack(columns)
    shares = np.linalg.lstsq(columns, known, rcond=None)[0]
    return shares[1:], np.std(known - columns @ shares)


def _look_for_signs(made, known, reader, book, rest):
    right = made.expected(made.test.iloc[:_KNOWN])
    if rest < 0.4 and (reader < -0.5 or book < -0.5):
        raise Mistake("reader subtracted" if reader < -0.5 else "book subtracted")
    alike = np.std(np.sort(known) - np.sort(right)) < 0.12
    if alike and np.corrcoef(known, right)[0, 1] < 0.9:
        raise Mistake("order lost")


def _require_zero_bias(made, got):
    """Ids that `train` lacks have the bias 0, and the other two parts still count."""
    train = made.train
    mean = train.rating.mean()
    unknown_reader, unknown_book, both = got
    outspoken = train.rating[train.user_id == made.outspoken] - mean
    left = train.rating - train.groupby("user_id").rating.transform("mean")
    of_book = left[train.book_id == 7]
    of_median = (train.rating - train.groupby("user_id").rating.transform("median"))[
        train.book_id == 7
    ]
    # A median may be 0, and then it is no more a median than nothing.
    if any(
        bias and np.isclose(value, mean + bias, rtol=0, atol=1e-8)
        for value, bias in (
            (unknown_book, outspoken.median()),
            (unknown_reader, of_book.median()),
            (unknown_reader, of_median.median()),
        )
    ):
        raise Mistake("medians")
    bias = made.reader[made.outspoken]
    if abs(unknown_book - mean - bias) > abs(bias) / 2:
        raise Mistake("unseen filled", value=unknown_book, right=mean + bias)
    if abs(both - mean) > 0.001:
        raise Mistake("unseen both", value=both, right=mean)


def _require_counted_once(bias_model, train, test):
    got = _predictions(answer_of(bias_model, train, test), len(test))
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
    except (TypeError, ValueError, OverflowError) as error:
        raise Uncheckable("`bias_model` should give numbers.") from error


def _look_for_half_models(test, got):
    # Whatever ignores the books says the same of all books that one reader rated.
    for name, found in (
        ("only the mean", np.ptp(got) < 1e-6),
        ("only readers", _widest_spread(got, test.user_id) < 1e-6),
        ("only books", _widest_spread(got, test.book_id) < 1e-6),
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
    judge=_judge_bias_model,
    mistakes={
        "raises": "`bias_model(train, test)` stopped: {error} Both are tables with the columns "
        "user_id, book_id and rating.",
        "another length": "The test part has {n} rows and there are {size} predictions.",
        "not a number": "Some predictions for readers and books of the training part are NaN. "
        "`map` gives NaN where it finds no id: are ids and biases put together rightly?",
        "test ratings used": "The predictions change when only the *ratings* of the test part "
        "change. Those must stay unknown: learn every mean from `train`.",
        "only the mean": "This is the mean for everybody. Add the biases of reader and book.",
        "only readers": "The prediction depends on the reader alone. The books are missing.",
        "only books": "The prediction depends on the book alone. The readers are missing.",
        "reader subtracted": "The reader's bias is subtracted where it should be added: a reader "
        "with high ratings gets low predictions.",
        "book subtracted": "The book's bias is subtracted where it should be added: a book with "
        "high ratings gets low predictions.",
        "mean off": "The predictions are off by {offset:+.1f} stars on average: is the mean in "
        "there twice, or not at all? Biases are deviations, around zero.",
        "medians": "A bias is a mean here, but a median was taken. Where most ratings are alike, a "
        "median doesn't see the few that are not.",
        "unseen ids": "A reader or book that `train` lacks gets NaN. Nothing is known, so its bias "
        "is 0: `.fillna(0)`.",
        "unseen both": "For a reader and a book that `train` lacks the check gets {value:.2f}, "
        "where the mean of all training ratings, {right:.2f}, is due.",
        "unseen filled": "For a book that `train` lacks, rated by a reader it knows, the check "
        "gets {value:.1f} where about {right:.1f} is due: mean and reader's bias still count. Fill "
        "each bias with 0, before adding.",
        "rounded": "The predictions are rounded. One may lie between two stars; rounding only "
        "makes the error larger.",
        "order lost": "The right predictions in another order. They must stand as the rows of "
        "`test` do.",
        "counted twice": "The book's bias must be taken from what the reader's bias leaves over. "
        "Otherwise strict readers make their books look bad, and are strict once more.",
        "other predictions": "On made ratings of the form mean + reader + book it is off by "
        "{error:.2f} stars; the two biases alone get far closer.",
    },
    hints=(
        "First: how far does each reader lie from the mean? Then: how far does each book lie from "
        "what is expected of its readers?",
        "`groupby` on deviations gives one bias for each id, and `map` brings it back to every "
        "row. The books' deviations are what is left once mean and reader's bias are taken off.",
        "Map each bias to the rows of `test`, put 0 where `map` found nothing (`fillna`), and only "
        "then add the three parts.",
    ),
)
