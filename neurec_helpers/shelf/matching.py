"""Who reads what: joins the ratings that readers give to the ratings that books get.

Books stand along one long shelf, by genre and, within a genre, author by author. Each rating that
a book gets is a place on the shelf; each rating that a reader gives is a ticket with a spot on
it. Tickets in order of their spots take the places in order: so readers find what they look for,
and everybody's counts come out exactly.
"""

from dataclasses import dataclass

import numpy as np

from neurec_helpers.errors import NeurecError

ROOM = 5  # a repeated pair takes at most one fifth of a reader's or a book's ratings
PATIENCE = 50  # rounds of swaps before the list of pairs is made afresh each round
GOLDEN = 0.618034  # steps of this size never fall on the same spot of a circle


@dataclass(frozen=True)
class Habits:
    """How readers choose: see `opinion.Recipe` for `loyal` and `near`."""

    leaning: np.ndarray  # (n_users, n_genres), share of each genre in what a reader reads
    home: np.ndarray  # (n_users, n_genres), favourite spot in each genre, 0 to 1
    favourites: np.ndarray  # (n_users,), number of favourite spots in a genre
    loyal: float
    near: float


def match(rng, reader_counts, book_counts, repeats, habits):
    """Give every reader and every book as many partners as the counts say.

    Parameters
    ----------
    rng : numpy.random.Generator
    reader_counts, book_counts : int arrays
        Ratings per reader and per book, with equal sums; books in the order of the shelf.
    repeats : dict
        ``{times: pairs}``: how many pairs stand how often. Other pairs stand once.
    habits : Habits

    Returns
    -------
    users, books : int arrays, shape (n_ratings,)
        Zero-based. Rows of a repeated pair come first and next to each other.
    times : int array
        How often each of the repeated pairs stands, in the order of their rows.
    """
    n_users, n_books = len(reader_counts), len(book_counts)
    users, books, times = _repeated_pairs(rng, reader_counts, book_counts, repeats, habits)
    taken = users * n_books + books
    users, books = np.repeat(users, times), np.repeat(books, times)
    tickets = reader_counts - np.bincount(users, minlength=n_users)
    places = book_counts - np.bincount(books, minlength=n_books)
    other_users = _in_order_of_spots(rng, np.repeat(np.arange(n_users), tickets), habits)
    other_books = np.repeat(np.arange(n_books), places)
    _part_twins(rng, other_users, other_books, n_books, taken)
    return np.concatenate([users, other_users]), np.concatenate([books, other_books]), times


def _in_order_of_spots(rng, users, habits):
    limits = np.cumsum(habits.leaning, axis=1)[:, :-1]
    draw = rng.random(len(users), dtype=np.float32)
    genre = np.zeros(len(users), np.int8)
    for limit in limits.T:
        genre += draw > limit[users]
    spot = rng.random(len(users))
    loyal = rng.random(len(users), dtype=np.float32) < habits.loyal
    fans = users[loyal]
    which = (rng.random(len(fans)) ** 2 * habits.favourites[fans]).astype(np.int64)
    stray = habits.near * np.exp(rng.standard_normal(len(fans))) * (spot[loyal] - 0.5)
    spot[loyal] = (habits.home[fans, genre[loyal]] + which * GOLDEN + stray) % 1.0
    return users[np.argsort(genre + spot)]


def _repeated_pairs(rng, reader_counts, book_counts, repeats, habits):
    times = np.repeat(list(repeats), list(repeats.values())).astype(np.int64)
    least = ROOM * times.max(initial=0)
    readers = rng.permutation(np.flatnonzero(reader_counts >= least))
    books = rng.permutation(np.flatnonzero(book_counts >= least))
    n = min(len(times), len(readers), len(books))
    # Who rates more repeats more: the shortest of waiting times that shrink with the count.
    wait = rng.standard_exponential(len(readers)) / reader_counts[readers]
    readers = _in_order_of_spots(rng, readers[np.argsort(wait)[:n]], habits)
    return readers, np.sort(books[:n]), rng.permutation(times[:n])


def _part_twins(rng, users, books, n_books, taken):
    """Swap books, in place, until no pair of a reader and a book stands twice."""
    pair = users * n_books + books
    order = np.argsort(pair, kind="stable")
    ordered = pair[order]
    twin = _is_in(pair, np.sort(taken))
    twin[order[1:]] |= ordered[1:] == ordered[:-1]
    known = np.sort(np.concatenate([ordered, taken]), kind="stable")
    bad = np.flatnonzero(twin)
    reach = max(len(users) // 1000, 2)
    for attempt in range(2_000):
        if not bad.size:
            return
        if attempt > PATIENCE:
            # Pairs that were swapped away are free again; on a small, full shelf they are needed.
            known = np.sort(np.concatenate([users * n_books + books, taken]))
        # A row near by holds a book of the same kind: swap, if that makes two new pairs.
        other = (bad + rng.integers(-reach, reach + 1, len(bad))) % len(users)
        mine = users[bad] * n_books + books[other]
        yours = users[other] * n_books + books[bad]
        new = np.concatenate([mine, yours])
        fine = (~_is_in(new, known) & _stands_once(new)).reshape(2, -1).all(axis=0)
        fine &= _stands_once(other) & ~np.isin(other, bad)
        here, there = bad[fine], other[fine]
        books[here], books[there] = books[there], books[here]
        known = np.sort(np.concatenate([known, mine[fine], yours[fine]]), kind="stable")
        bad = bad[~fine]
        reach = min(2 * reach, len(users))
    raise NeurecError(
        "make_shelf found no way to give every reader different books. "
        "Ask for fewer ratings, or for more readers and books."
    )


def _is_in(values, ordered):
    if not len(ordered):
        return np.zeros(len(values), bool)
    at = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    return ordered[at] == values


def _stands_once(values):
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    return count[where] == 1
