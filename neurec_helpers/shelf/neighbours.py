"""Which books lie next to each other: series and authors on one line, book clubs on another.

A book so has neighbours of two kinds. Both lines go genre by genre, and on both the books that
busy readers read stand at the far end of a genre: few books are read by the many and the few alike.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit


@dataclass(frozen=True)
class Line:
    """An order of all books, cut into corners."""

    order: np.ndarray  # (n_books,), books as they stand on the line
    corner: np.ndarray  # (n_books,), number of the corner at each spot of the line, ascending
    share: np.ndarray  # (n_books,), share of each book's readers who come along this line
    run: float  # books that an average reader takes from a corner, beyond the first
    in_turn: bool  # whether they are taken one after the other, or pell-mell


def draw_series(rng, author, recipe):
    """Number of the series of each book, its volumes next to each other; -1 where it has none."""
    series = np.full(len(author), -1)
    ends = np.append(np.flatnonzero(np.diff(author)) + 1, len(author))
    at = number = 0
    for end in ends:
        while at < end:
            if end - at > 1 and rng.random() < recipe.in_series:
                length = min(1 + rng.geometric(1 - recipe.series_more), end - at)
                series[at : at + length] = number
                number += 1
                at += length
            else:
                at += 1
    return series


def draw_lines(rng, genre, series, recipe):
    """The two lines, for books that stand author by author in their genres."""
    n_books = len(genre)
    in_series = series >= 0
    # Series stand beside series, not far from the author's other books.
    district = np.arange(n_books) // recipe.district
    order = np.lexsort([np.arange(n_books), ~in_series, district, genre])
    corner = _corners(genre[order], series[order], recipe.corner)
    lean = np.where(in_series, recipe.by_series, recipe.by_author)
    lean[order] += recipe.by_chance * rng.standard_normal(corner[-1] + 1)[corner]
    share = expit(lean)
    shaken = np.arange(n_books) + recipe.shaken * n_books * rng.standard_normal(n_books)
    size = recipe.club * np.exp(recipe.club_spread * rng.standard_normal(n_books))
    club = np.repeat(np.arange(n_books), np.maximum(size.astype(int), recipe.run_most))[:n_books]
    return (
        Line(order, corner, share, recipe.run, in_turn=True),
        Line(np.lexsort([shaken, genre]), club, 1 - share, recipe.club_run, in_turn=False),
    )


def _corners(genre, series, wanted):
    """Cut a line into corners of about `wanted` books of a genre, but no series in two."""
    corner, number, filled = np.zeros(len(genre), np.int64), 0, 0
    alone = np.where(series < 0, -1 - np.arange(len(series)), series)
    starts = np.flatnonzero(np.append(True, np.diff(alone) != 0))
    lengths = np.diff(np.append(starts, len(series)))
    kind = 2 * genre + (series >= 0)
    for start, length in zip(starts, lengths, strict=True):
        if start and (filled + length // 2 >= wanted or kind[start] != kind[start - 1]):
            number, filled = number + 1, 0
        corner[start : start + length] = number
        filled += length
    return corner
