"""Shelves of any length, written part by part, so that no more than one part is in memory."""

from pathlib import Path

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf import opinion
from neurec_helpers.shelf.making import make_shelf

PART = 1_000_000  # ratings in a file


def write_shelf(folder, n_ratings, n_users=100_000, n_books=20_000, seed=42):
    """Write made ratings as Parquet files of a million rows each.

    One shelf is made as by `make_shelf`. Its readers then go on rating: who rates and what is
    rated is drawn anew from how often they rate there, and the stars from what they truly feel.
    So readers and books stay the same however many ratings are written, and a longer shelf begins
    with the shorter one. In contrast to `make_shelf`, readers don't choose books to their taste.

    Parameters
    ----------
    folder : path
        New or empty.
    n_ratings : int
    n_users, n_books : int
        At most; those who rate seldom may be missing in a short one.
    seed : int

    Returns
    -------
    list of Path
        ``part-0000.parquet`` and so on, with the columns user_id, book_id (int32, from 1) and
        rating (float32).

    Raises
    ------
    NeurecError
        If the folder holds something, or can't be written to.
    """
    folder = Path(folder)
    paths = []
    try:
        if folder.exists() and any(folder.iterdir()):
            raise NeurecError("{folder} is not empty. Name a new folder.", folder=folder)
        shelf = make_shelf(seed, n_users, n_books, max(PART, 5 * n_users, 10 * n_books))
        folder.mkdir(parents=True, exist_ok=True)
        for number, start in enumerate(range(0, n_ratings, PART)):
            path = folder / f"part-{number:04d}.parquet"
            part = _draw(shelf, np.random.default_rng([seed, number]), PART)
            part.head(n_ratings - start).to_parquet(path, index=False)
            paths.append(path)
    except OSError as error:
        raise NeurecError(
            "{folder} can't be written to: {reason}.", folder=folder, reason=error.strerror or error
        ) from error
    return paths


def _draw(shelf, rng, rows):
    """Ratings of readers and books of a shelf, as often as they rate and are rated there."""
    rated = len(shelf.ratings)
    users = shelf.ratings.user_id.to_numpy("int32")[rng.integers(0, rated, rows)]
    books = shelf.ratings.book_id.to_numpy("int32")[rng.integers(0, rated, rows)]
    readers = shelf.truth_readers
    feeling = opinion.opinions(readers, shelf.truth_books, users - 1, books - 1)
    feeling += readers.noise[users - 1] * rng.standard_normal(rows)
    stars = (np.searchsorted(shelf.cuts, feeling, side="right") + 1).astype("float32")
    return pd.DataFrame({"user_id": users, "book_id": books, "rating": stars})
