"""What a set of ratings looks like, in numbers."""

from dataclasses import dataclass

import numpy as np

MOST_VALUES, INTERVALS = 40, 20  # so many different ratings are told singly; of more, intervals
QUANTILES = {"Q1": 0.25, "median": 0.5, "Q3": 0.75, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class Activity:
    """Ratings per user or per book: least, most, mean, and quantiles by name."""

    least: int
    most: int
    mean: float
    quantiles: dict
    with_least: int
    with_most: int


@dataclass(frozen=True)
class Duplicates:
    """(user, book) pairs that stand more than once."""

    pairs: int
    rows_beyond_first: int
    pairs_that_differ: int
    worst: int


@dataclass(frozen=True)
class Summary:
    """Counts of ratings, users and books, and how the ratings are spread."""

    rows: int
    users: int
    books: int
    histogram: dict
    mean: float
    sd: float
    per_user: Activity
    per_book: Activity
    duplicates: Duplicates


def summarise(ratings):
    """Count what there is in `ratings`.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Columns book_id, user_id, rating; at least one row.

    Returns
    -------
    Summary
        `sd` is the sample's standard deviation (divisor n - 1), in stars.
    """
    return Summary(
        rows=len(ratings),
        users=ratings["user_id"].nunique(),
        books=ratings["book_id"].nunique(),
        histogram=ratings["rating"].value_counts().sort_index().to_dict(),
        mean=float(ratings["rating"].mean()),
        sd=float(ratings["rating"].std()),
        per_user=_activity(ratings["user_id"]),
        per_book=_activity(ratings["book_id"]),
        duplicates=_duplicates(ratings),
    )


def frequencies(ratings):
    """How often each rating was given, or, where there are very many, each interval of ratings.

    Parameters
    ----------
    ratings : pandas.Series

    Returns
    -------
    list of (low, high, count)
        In order. For a single rating both ends are equal; an interval is without its high end,
        but for the last.
    """
    counts = ratings.value_counts().sort_index()
    if len(counts) <= MOST_VALUES:
        return [(value, value, count) for value, count in counts.items()]
    counts, ends = np.histogram(ratings, INTERVALS)
    return list(zip(ends[:-1].tolist(), ends[1:].tolist(), counts.tolist(), strict=True))


def _activity(ids):
    counts = ids.value_counts()
    least, most = int(counts.min()), int(counts.max())
    return Activity(
        least=least,
        most=most,
        mean=float(counts.mean()),
        quantiles={name: float(counts.quantile(q)) for name, q in QUANTILES.items()},
        with_least=int((counts == least).sum()),
        with_most=int((counts == most).sum()),
    )


def _duplicates(ratings):
    pair = ["user_id", "book_id"]
    repeated = ratings[ratings.duplicated(pair, keep=False)]
    groups = repeated.groupby(pair)["rating"]
    sizes = groups.size()
    return Duplicates(
        pairs=len(sizes),
        rows_beyond_first=len(repeated) - len(sizes),
        pairs_that_differ=int((groups.nunique() > 1).sum()),
        worst=int(sizes.max()) if len(sizes) else 1,
    )
