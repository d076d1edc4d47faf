"""Made readers with tastes, for the tests of lists at scale."""

import numpy as np
import pandas as pd

GROUPS, BOOKS = 4, 30  # groups of books that are read by the same readers, and books in each


def readers(count=600, seed=5, shuffled=False):
    """Ratings of readers who read twelve books of one group each.

    Their ids have gaps; the books' are text. Shuffled, the same books are dealt out by chance.
    """
    rng = np.random.default_rng(seed)
    of = rng.integers(0, GROUPS, count)
    books = np.concatenate([group * BOOKS + rng.permutation(BOOKS)[:12] for group in of])
    if shuffled:
        books = rng.permutation(books)
    return pd.DataFrame(
        {
            "user_id": np.repeat(np.arange(count) * 3 + 100, 12),
            "book_id": [f"b{book:03d}" for book in books],
            "rating": rng.integers(1, 6, len(books)).astype("float32"),
        }
    )


def group_of(book):
    """Which group a book's id belongs to."""
    return int(book[1:]) // BOOKS
