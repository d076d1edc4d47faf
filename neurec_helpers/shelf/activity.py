"""How many ratings each reader gives and each book gets: the long tail of the shelf."""

import numpy as np

from neurec_helpers.errors import NeurecError

# Points of the two quantile curves: share of readers (books) -> ratings. Counts are rounded down,
# so 22.5 at 0.75 makes the third quartile 22. At the default size the curves give the same
# minimum, quartiles, 95th and 99th percentile and maximum as the lesson's file, and the same
# number of readers with exactly 2 and of books with exactly 100 ratings.
READER_CURVE = np.array(
    [
        (0.0, 2.0),
        (0.155392, 3.0),
        (0.2571, 4.0),
        (0.3316, 5.0),
        (0.4380, 7.0),
        (0.5120, 9.0),
        (0.5693, 11.0),
        (0.6142, 13.0),
        (0.6688, 16.0),
        (0.7132, 19.0),
        (0.75, 22.5),
        (0.80, 27.5),
        (0.85, 35.3),
        (0.90, 47.5),
        (0.95, 71.5),
        (0.97, 89.5),
        (0.98, 104.5),
        (0.99, 134.5),
        (0.995, 173.5),
        (1.0, 200.5),
    ]
)
BOOK_CURVE = np.array(
    [
        (0.0, 8.5),
        (0.0002, 24.0),
        (0.001, 52.5),
        (0.01, 69.5),
        (0.03, 83.5),
        (0.05, 89.5),
        (0.1, 95.5),
        (0.14, 97.9),
        (0.18, 99.0),
        (0.25435, 99.99),
        (0.2544, 100.0),
        (1.0, 100.9),
    ]
)
DEFAULT_SIZES = 53_424, 10_000, 981_756  # readers, books, ratings
FULLEST = 0.35  # largest share of all (reader, book) pairs that a shelf can hold
WIDEST = 0.7  # largest share of all books that one reader rates, and the other way round


def check_sizes(n_users, n_books, n_ratings):
    """Refuse sizes that no shelf can have.

    Raises
    ------
    NeurecError
        With the number that would work.
    """
    for name, value, least in ("n_users", n_users, 50), ("n_books", n_books, 20):
        if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < least:
            raise NeurecError(
                "make_shelf cannot use {name}={value!r}: give a whole number of at least {least}.",
                name=name,
                value=value,
                least=least,
            )
    fewest = max(3 * n_users, 5 * n_books)
    most = int(FULLEST * n_users * n_books)
    whole = isinstance(n_ratings, (int, np.integer)) and not isinstance(n_ratings, bool)
    if not whole or not fewest <= n_ratings <= most:
        shown = f"{n_ratings:,}" if whole else repr(n_ratings)
        raise NeurecError(
            "make_shelf cannot place n_ratings={shown} for {n_users:,} readers and "
            "{n_books:,} books: give a whole number from {fewest:,} (three a reader and five a "
            "book) to {most:,} (no more than {fullest:.0%} of all pairs).",
            shown=shown,
            n_users=n_users,
            n_books=n_books,
            fewest=fewest,
            most=most,
            fullest=FULLEST,
        )


def reader_counts(n_users, n_books, n_ratings):
    """Ratings per reader, in ascending order; at least 2 each; shape (n_users,)."""
    default_mean = DEFAULT_SIZES[2] / DEFAULT_SIZES[0]
    stretch = (n_ratings / n_users - 2) / (default_mean - 2)
    wanted = 2 + (_curve(READER_CURVE, n_users) - 2) * stretch
    return _exact(wanted, n_ratings, least=2, most=int(WIDEST * n_books))


def book_counts(n_users, n_books, n_ratings):
    """Ratings per book, in ascending order; shape (n_books,)."""
    default_mean = DEFAULT_SIZES[2] / DEFAULT_SIZES[1]
    wanted = _curve(BOOK_CURVE, n_books) * (n_ratings / n_books / default_mean)
    return _exact(wanted, n_ratings, least=1, most=int(WIDEST * n_users))


def _curve(points, n):
    share = np.arange(n) / (n - 1)
    return np.exp(np.interp(share, points[:, 0], np.log(points[:, 1])))


def _exact(wanted, total, least, most):
    """Round `wanted` down, then spread the ones that are missing or too many evenly."""
    counts = np.clip(np.floor(wanted + 1e-9).astype(np.int64), least, most)
    while missing := total - counts.sum():
        # The commonest counts (2 ratings a reader, 100 a book), the smallest and the largest stay.
        step = np.sign(missing)
        commonest = np.bincount(counts).argmax()
        free = (counts != commonest) & (counts + step != commonest)
        free &= (counts + step >= least) & (counts + step <= most)
        free[[0, -1]] = False
        where = np.flatnonzero(free)
        if not where.size:
            where = np.flatnonzero((counts + step >= least) & (counts + step <= most))
        take = min(abs(missing), where.size)
        counts[where[(np.arange(take) * where.size) // take]] += step
    return np.sort(counts)
