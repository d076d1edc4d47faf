"""Notebook 01: split the ratings into a training and a test part."""

import math

import numpy as np

from neurec_helpers.ratings.split import split_ratings
from neurec_helpers.tasks.base import RATINGS, Answer, Mistake, Task, Uncheckable, array_of, kind_of

COLUMNS = ["book_id", "user_id", "rating"]


def judge_split(rng, ratings, train, test) -> str:
    whole, train, test = (
        _as_rows(part, name)
        for part, name in ((ratings, "ratings"), (train, "train"), (test, "test"))
    )
    expected_train, expected_test = _expected(whole)
    if _same(train, expected_train) and _same(test, expected_test):
        return f"The training part has {len(train):,} rows, the test part {len(test):,}."
    facts = {"rows": len(whole), "train": len(train), "test": len(test)}
    if _same(train, expected_test) and _same(test, expected_train):
        raise Mistake("swapped", **facts)
    if len(train) + len(test) < len(whole):
        raise Mistake("rows lost", **facts)
    if len(train) + len(test) > len(whole) or _overlap(whole, train, test):
        raise Mistake("rows twice", **facts)
    if len(test) == math.ceil(0.25 * len(whole)):
        raise Mistake("a quarter", **facts)
    # Some cut the odd row off the other part; that is the right share.
    if abs(len(test) - len(expected_test)) > 1:
        raise Mistake("another share", **facts)
    if _same(np.concatenate([train, test]), whole):
        raise Mistake("not shuffled", **facts)
    raise Mistake("another seed", **facts)


def _as_rows(part, name):
    if hasattr(part, "columns"):
        missing = [column for column in COLUMNS if column not in part.columns]
        if missing:
            raise Uncheckable(f"`{name}` lacks the column {missing[0]}; all three are needed.")
        return part[COLUMNS].to_numpy(float)
    rows = array_of(part, name)
    if rows.ndim != 2 or rows.shape[1] != len(COLUMNS) or not np.issubdtype(rows.dtype, np.number):
        raise Uncheckable(
            f"`{name}` should be a table of the three columns {', '.join(COLUMNS)}, "
            f"but it is {kind_of(part)}."
        )
    return rows.astype(float)


def _expected(rows):
    if len(rows) < 2:
        raise Uncheckable("`ratings` needs at least two rows to be split.")
    return split_ratings(rows)


def _same(some, others):
    return some.shape == others.shape and np.array_equal(some, others)


def _overlap(whole, train, test):
    def ordered(rows):
        return rows[np.lexsort(rows.T)]

    return not _same(ordered(np.concatenate([train, test])), ordered(whole))


SPLIT = Task(
    id="5.1",
    title="Split the ratings 4 : 1",
    values=(RATINGS, Answer("train", "table"), Answer("test", "table")),
    judge=judge_split,
    mistakes={
        "swapped": "The names are the wrong way round: `train` holds the small part. "
        "`train_test_split` returns the training part first.",
        "rows lost": "The two parts hold {train:,} + {test:,} rows, fewer than the {rows:,} there "
        "are. Every rating belongs to one of them.",
        "rows twice": "Some ratings stand in both parts. A network tested on rows that it was "
        "trained on looks better than it is. Split once, and keep both results.",
        "a quarter": "`test_size=0.25` is 3 : 1. In 4 : 1 there are five shares, and the test part "
        "gets one of them: what fraction is that?",
        "another share": "The test part has {test:,} of {rows:,} rows. 4 : 1 means five shares, of "
        "which the test part gets one.",
        "not shuffled": "The sizes are right, but the rows were not shuffled. The file is sorted "
        "by book, so the test part now holds only the last books. Let `train_test_split` shuffle.",
        "another seed": "The sizes are right, but these are other rows than everybody else's. "
        "Set `random_state=42`, so that all of us test on the same ratings.",
    },
    hints=(
        "`train_test_split` from `sklearn.model_selection` shuffles the rows and cuts them in two.",
        "4 : 1 is five equal shares; `test_size` is the fraction that the test part gets.",
        "It needs three things: the ratings, `test_size`, and `random_state=42`. "
        "It returns the training part, then the test part.",
    ),
)
