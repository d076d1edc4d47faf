"""Who reads what: joins the ratings that readers give to the ratings that books get.

Each rating that a book gets is a place on one of two lines of books; each rating that a reader
gives is a ticket for one of them. Readers visit corners of the line and use a few tickets at each.
Visits in order of their spots take the corners' places in order: so readers find what they look
for, and everybody's counts come out exactly.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf.opinion import Recipe

ROOM = 5  # a repeated pair takes at most one fifth of a reader's or a book's ratings
PATIENCE = 50  # rounds of swaps before the list of pairs is made afresh each round
GOLDEN = 0.618034  # steps of this size never fall on the same spot of a circle


@dataclass(frozen=True)
class Habits:
    """How readers choose."""

    leaning: np.ndarray  # (n_users, n_genres), share of each genre in what a reader reads
    busy: np.ndarray  # (n_users,), how much each reads, beside the mean
    lines: tuple  # two of `neighbours.Line`
    homes: tuple  # for each line (n_users, n_genres), first favourite spot in each genre, 0 to 1
    recipe: Recipe


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
    other_users, other_books = _deal(
        rng,
        np.repeat(np.arange(n_users), tickets),
        np.repeat(np.arange(n_books), places),
        habits,
    )
    _part_twins(rng, other_users, other_books, n_books, taken)
    return np.concatenate([users, other_users]), np.concatenate([books, other_books]), times


def _deal(rng, tickets, places, habits):
    """Deal tickets and places to the lines by lot, as many of each to a line; fill the lines.

    Tickets are numbers of readers, in ascending order, and places are numbers of books.
    """
    on_first = rng.random(len(places)) < habits.lines[0].share[places]
    for_first = rng.permutation(on_first)
    users, books = [], []
    for number, line in enumerate(habits.lines):
        users.append(_walks(rng, tickets[for_first], number, habits))
        books.append(_places(rng, line, places[on_first]))
        on_first, for_first = ~on_first, ~for_first
    return np.concatenate(users), np.concatenate(books)


def _walks(rng, users, number, habits):
    """The tickets for a line, visit by visit, in order of the spots that are visited."""
    line, recipe = habits.lines[number], habits.recipe
    stay = line.run * habits.busy[users] ** recipe.keen
    begins = rng.random(len(users)) < 1 / (1 + stay)
    begins |= np.append(True, users[1:] != users[:-1])
    starts = np.flatnonzero(begins)
    since = np.arange(len(users)) - starts[np.cumsum(begins) - 1]
    starts = np.flatnonzero(since % recipe.run_most == 0)
    length = np.diff(np.append(starts, len(users)))
    order = np.argsort(_spots(rng, users[starts], number, habits))
    return np.repeat(users[starts][order], length[order])


def _spots(rng, users, number, habits):
    """Where each visit goes: genre plus a spot in it, 0 to 1; the visits of one next to each other.

    Readers take a few steps from a favourite spot, then go on to the next one.
    """
    recipe, n = habits.recipe, len(users)
    limits = np.cumsum(habits.leaning, axis=1)[:, :-1]
    draw = rng.random(n, dtype=np.float32)
    genre = np.zeros(n, np.int8)
    for limit in limits.T:
        genre += draw > limit[users]
    first = np.append(True, users[1:] != users[:-1])
    favourite, step = np.divmod(
        np.arange(n) - np.flatnonzero(first)[np.cumsum(first) - 1], recipe.visits
    )
    home = (habits.homes[number][users, genre] + favourite * GOLDEN) % 1.0
    home = np.where(rng.random(n, dtype=np.float32) < recipe.loyal, home, rng.random(n))
    # Busy readers have their favourites at one end of each genre, others at the other.
    rank = np.argsort(np.argsort(habits.busy, kind="stable"))
    avid = ndtri((rank + 0.5) / len(rank))[users]
    spot = ndtr(recipe.avid * avid + np.sqrt(1 - recipe.avid**2) * ndtri(home))
    length = recipe.step * np.exp(recipe.step_spread * rng.standard_normal(n))
    spot += length * (step + rng.random(n) - recipe.visits / 2)
    return genre + (1 - np.abs(1 - np.abs(spot))) % 1.0  # turned back at both ends


def _places(rng, line, books):
    """The places on a line, corner by corner, each book's spread evenly over its corner.

    Tickets that follow each other so meet different books: in the order of the corner, or in any.
    """
    n_books = len(line.order)
    count = np.bincount(books, minlength=n_books)[line.order]
    at = np.repeat(np.arange(n_books), count)
    turn = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    if line.in_turn:
        size = np.bincount(line.corner)
        inside = np.arange(n_books) - (np.cumsum(size) - size)[line.corner]
        within = (inside / size[line.corner])[at]
    else:
        within = rng.random(len(at))
    return line.order[at[np.argsort(line.corner[at] + (turn + within) / count[at])]]


def _repeated_pairs(rng, reader_counts, book_counts, repeats, habits):
    times = np.repeat(list(repeats), list(repeats.values())).astype(np.int64)
    least = ROOM * times.max(initial=0)
    readers = rng.permutation(np.flatnonzero(reader_counts >= least))
    books = rng.permutation(np.flatnonzero(book_counts >= least))
    n = min(len(times), len(readers), len(books))
    # Who rates more repeats more: the shortest of waiting times that shrink with the count.
    wait = rng.standard_exponential(len(readers)) / reader_counts[readers]
    readers = readers[np.argsort(wait)[:n]]
    readers = readers[np.argsort(_spots(rng, readers, 0, habits))]
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
    reach = max(len(users) // 10_000, 2)
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
