"""Notebook 01: split the ratings into a training and a test part."""

import math

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.ratings.split import split_ratings
from neurec_helpers.tasks.base import RATINGS, Answer, Mistake, Task, Uncheckable


def _judge_split(rng, ratings, train, test) -> Message:
    from sklearn.model_selection import train_test_split

    whole, train, test = ratings.to_numpy(), train.to_numpy(), test.to_numpy()
    if len(whole) < 2:
        raise Uncheckable("`ratings` needs at least two rows to be split.")
    expected_train, expected_test = split_ratings(whole)
    if 0 < len(test) == len(whole) // 5:
        # A size in whole rows may be rounded down; that is 4 : 1, too.
        expected_train, expected_test = train_test_split(
            whole, test_size=len(test), random_state=42
        )
    if _same(train, expected_train) and _same(test, expected_test):
        return Message(
            "The training part has {train:,} rows, the test part {test:,}.",
            train=len(train),
            test=len(test),
        )
    facts = {"rows": len(whole), "train": len(train), "test": len(test)}
    if _same(train, expected_test) and _same(test, expected_train):
        raise Mistake("swapped", **facts)
    if not _same(_unique(whole), _unique(np.concatenate([whole, train, test]))):
        raise Mistake("changed rows", **facts)
    if len(train) + len(test) < len(whole):
        raise Mistake("rows lost", **facts)
    both = np.concatenate([train, test])
    if not _same(_ordered(both), _ordered(whole)):
        raise Mistake("rows twice", **facts)
    if len(test) == math.ceil(0.25 * len(whole)):
        raise Mistake("a quarter", **facts)
    # Some cut the odd row off the other part; that is the right share.
    if abs(len(test) - len(expected_test)) > 1:
        raise Mistake("another share", **facts)
    if _same(both, whole):
        raise Mistake("not shuffled", **facts)
    if _same(_ordered(test), _ordered(expected_test)):
        raise Mistake("another order", **facts)
    if _is_stratified(ratings, test):
        raise Mistake("stratified", **facts)
    if _is_sampled(ratings, train, test):
        raise Mistake("sampled", **facts)
    raise Mistake("another seed", **facts)


def _same(some, others):
    return some.shape == others.shape and np.array_equal(some, others)


def _ordered(rows):
    return rows[np.lexsort(rows.T)]


def _unique(rows):
    rows = _ordered(rows)
    return rows[np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)]]


def _is_stratified(ratings, test):
    from sklearn.model_selection import train_test_split

    try:
        stars = ratings["rating"]
        _, strata = train_test_split(ratings, test_size=0.2, random_state=42, stratify=stars)
    except ValueError:  # a rating that stands only once
        return False
    return _same(strata.to_numpy(), test)


def _is_sampled(ratings, train, test):
    """Whether a part or both come from `DataFrame.sample` with the seed 42."""
    shuffled = ratings.sample(frac=1, random_state=42).to_numpy()
    return (
        _same(ratings.sample(n=len(test), random_state=42).to_numpy(), test)
        or _same(ratings.sample(n=len(train), random_state=42).to_numpy(), train)
        or _same(np.concatenate([train, test]), shuffled)
        or _same(np.concatenate([test, train]), shuffled)
    )


SPLIT = Task(
    id="5.1",
    title="Split the ratings 4 : 1",
    values=(RATINGS, Answer("train", "table"), Answer("test", "table")),
    judge=_judge_split,
    mistakes={
        "swapped": "The names are the wrong way round: `train` holds the small part. "
        "`train_test_split` returns the training part first.",
        "changed rows": "The two parts hold rows that `ratings` lacks. Split the ratings as they "
        "are, and change nothing before or after.",
        "rows lost": "The two parts hold {train:,} + {test:,} rows, fewer than the {rows:,} there "
        "are. Every rating belongs to one of them.",
        "rows twice": "Some ratings stand in both parts, or twice in one. A network tested on rows "
        "that it was trained on looks better than it is. Split once, and keep both results.",
        "a quarter": "A quarter of the rows is in the test part: that is 3 : 1. In 4 : 1 there are "
        "five shares, and the test part gets one of them: what fraction is that?",
        "another share": "The test part has {test:,} of {rows:,} rows. 4 : 1 means five shares, of "
        "which the test part gets one.",
        "not shuffled": "The sizes are right, but the rows were not shuffled. The file is sorted "
        "by book, so the test part now holds only the last books. Let `train_test_split` shuffle.",
        "another order": "The right rows are in each part, but not in the order in which "
        "`train_test_split` returns them, and training depends on it. Take both parts as they come "
        "from there.",
        "stratified": "`stratify` gives both parts the same share of each rating. That is a "
        "sensible split, but other rows than everybody else's: leave out `stratify`.",
        "sampled": "`sample`, or a permutation that is cut by hand, gives other parts than "
        "`train_test_split`, with the same seed too. So that all of us test on the same ratings, "
        "use `train_test_split`.",
        "another seed": "The sizes are right, but these are other rows than everybody else's. "
        "They come from one call of `train_test_split` on `ratings` as loaded, with "
        "`random_state=42` and nothing else but the size.",
    },
    hints=(
        "One function of scikit-learn shuffles the rows and cuts them in two. Its name says so.",
        "4 : 1 is five equal shares, and the test part gets one. Which fraction is that? And what "
        "has to be fixed, so that everybody gets the same rows?",
        "`train_test_split` needs three things: the table, `test_size` as a fraction, and the seed "
        "as `random_state`. It returns two tables, the training part first.",
    ),
)
