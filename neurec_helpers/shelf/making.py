"""Makes a shelf: draws readers and books, lets them meet, and turns feelings into stars."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf import activity, matching, neighbours, opinion
from neurec_helpers.shelf.titles import invent_books

# The pairs that stand more than once in the lesson's file, {times: pairs}, and how many of them
# hold ratings that differ.
REPEATS = {5: 1, 4: 7, 3: 52, 2: 2149}
REPEATS_THAT_DIFFER = 633
SLICE = 1 << 20  # rows that are worked on at a time, to save memory


@dataclass(frozen=True, eq=False)
class Shelf:
    """A made data set and the truth behind it.

    Attributes
    ----------
    ratings : pandas.DataFrame
        Columns book_id, user_id, rating (int64), sorted by book_id, user_id; ids from 1.
    books : pandas.DataFrame
        Columns book_id, title, author, genre, year, sorted by book_id.
    noise_floor : float
        Mean variance of a rating given the truth: the lowest mean squared error, in squared
        stars, that a model can expect.
    seed : int
    expected : float array, shape (n_ratings,)
        Mean of each rating given the truth, in the order of `ratings`.
    genres : tuple of str
        Names of the genres; `truth_books.genre` counts from 0 in this order.
    truth_readers, truth_books : Readers, Books
        What `expect` is computed from; row 0 belongs to id 1.
    cuts : float array, shape (4,)
        Feelings above these give 2, 3, 4 and 5 stars.
    """

    ratings: pd.DataFrame
    books: pd.DataFrame
    noise_floor: float
    seed: int
    expected: np.ndarray = field(repr=False)
    genres: tuple
    truth_readers: opinion.Readers = field(repr=False)
    truth_books: opinion.Books = field(repr=False)
    cuts: np.ndarray = field(repr=False)

    def __repr__(self):
        return (
            f"Shelf({len(self.ratings):,} ratings, {len(self.truth_readers.noise):,} users, "
            f"{len(self.books):,} books, seed {self.seed}, noise floor {self.noise_floor:.4f})"
        )

    def expect(self, user_ids, book_ids):
        """Mean rating that these readers would give these books, rated or not.

        Parameters
        ----------
        user_ids, book_ids : int or int arrays of shapes that broadcast
            From 1.

        Returns
        -------
        float array, in stars
        """
        users, books = np.broadcast_arrays(np.asarray(user_ids), np.asarray(book_ids))
        for name, ids, n in (
            ("user_id", users, len(self.truth_readers.noise)),
            ("book_id", books, len(self.books)),
        ):
            if ids.size and not (ids.min() >= 1 and ids.max() <= n):
                raise NeurecError("This shelf has {name} 1 to {n:,}, and no other.", name=name, n=n)
        feeling = opinion.opinions(self.truth_readers, self.truth_books, users - 1, books - 1)
        return opinion.expected_stars(feeling, self.truth_readers.noise[users - 1], self.cuts)[0]


def make_shelf(seed=42, n_users=53_424, n_books=10_000, n_ratings=981_756):
    """Make ratings of invented books by invented readers.

    The default sizes give the counts of the lesson's file exactly: ratings of each kind, activity
    per reader and per book, repeated pairs. Other sizes keep the shape.

    Parameters
    ----------
    seed : int
        Not negative. Another seed gives other readers, books, titles and ratings.
    n_users, n_books, n_ratings : int
        Sizes. At least 3 ratings a reader and 5 a book, at most 35 % of all pairs.

    Returns
    -------
    Shelf

    Raises
    ------
    NeurecError
        For sizes that no shelf can have, with those it can.
    """
    return _make(seed, n_users, n_books, n_ratings, opinion.Recipe())


def _make(seed, n_users, n_books, n_ratings, recipe):
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise NeurecError(
            "make_shelf cannot use seed={seed!r}: give a whole number from 0 up.", seed=seed
        )
    activity.check_sizes(n_users, n_books, n_ratings)
    seeds = np.random.SeedSequence(int(seed)).spawn(5)
    rngs = [np.random.Generator(np.random.PCG64(child)) for child in seeds[:4]]
    drawn = opinion.draw_readers(rngs[0], n_users, recipe)
    users, books, times, truth, series = _meet(rngs, drawn, n_books, n_ratings, recipe)
    readers = opinion.season(drawn, np.bincount(users, minlength=n_users), recipe)
    feeling = _by_slices(lambda u, b: opinion.opinions(readers, truth, u, b), users, books)
    stars, cuts = _stars(rngs[3], feeling, readers.noise[users], times)
    genres = [list(opinion.GENRES)[g] for g in truth.genre]
    described = invent_books(seeds[4], genres, truth.author, series)

    book_of = _ids_by_fame(rngs[1], np.bincount(books, minlength=n_books))
    place = np.argsort(book_of)
    books = book_of[books]
    order = np.argsort(books * n_users + users, kind="stable")
    users, books, stars, feeling = users[order], books[order], stars[order], feeling[order]
    expected, floor = _expected(feeling, readers.noise, users, cuts)
    truth = opinion.Books(
        truth.quality[place], truth.traits[place], truth.genre[place], truth.author[place]
    )
    described = described.iloc[place].reset_index(drop=True)
    described.insert(0, "book_id", np.arange(1, n_books + 1))
    return Shelf(
        ratings=pd.DataFrame({"book_id": books + 1, "user_id": users + 1, "rating": stars}),
        books=described,
        noise_floor=floor,
        seed=int(seed),
        expected=expected,
        genres=tuple(opinion.GENRES),
        truth_readers=readers,
        truth_books=truth,
        cuts=cuts,
    )


def _meet(rngs, readers, n_books, n_ratings, recipe):
    """Decide who reads what, and so how many books each genre has."""
    rng, n_users = rngs[2], len(readers.noise)
    reads = rng.permutation(activity.reader_counts(n_users, n_books, n_ratings))
    read = rng.permutation(activity.book_counts(n_users, n_books, n_ratings))
    leaning = opinion.genre_leaning(rngs[0], readers, recipe)
    # Genres share the shelf as readers ask for them.
    demand = np.cumsum((leaning * reads[:, None]).sum(axis=0))
    genre = np.searchsorted(demand[:-1], np.cumsum(read) - read / 2)
    author = opinion.draw_authors(rngs[1], n_books, recipe)
    series = neighbours.draw_series(rngs[1], author, recipe)
    truth = opinion.draw_books(rngs[1], genre, author, recipe)
    habits = matching.Habits(
        leaning=leaning,
        busy=reads / reads.mean(),
        lines=neighbours.draw_lines(rngs[1], genre, series, recipe),
        homes=tuple(rng.random((2, *leaning.shape))),
        recipe=recipe,
    )
    share = n_ratings / activity.DEFAULT_SIZES[2]
    repeats = {times: round(pairs * share) for times, pairs in REPEATS.items()}
    return *matching.match(rng, reads, read, repeats, habits), truth, series


def _stars(rng, feeling, noise, times):
    """Cut noisy feelings into 1 to 5 stars so that the histogram is exactly right."""
    felt = feeling + noise * rng.standard_normal(len(feeling))
    share = len(felt) / opinion.HISTOGRAM.sum()
    ends = np.rint(np.cumsum(opinion.HISTOGRAM) * share).astype(np.int64)
    cuts = _cuts(felt, ends[:-1])
    # A reader who rates a book twice mostly says the same again. These rows are settled first;
    # all others are then cut so that the whole histogram is right.
    n_repeated = times.sum()
    stars = np.searchsorted(cuts, felt, side="right") + 1
    repeated = _agree(rng, stars[:n_repeated], times, round(REPEATS_THAT_DIFFER * share))
    ends = ends - np.cumsum(np.bincount(repeated, minlength=6)[1:])
    rest = felt[n_repeated:]
    cuts = _cuts(rest, ends[:-1])
    stars[:n_repeated] = repeated
    stars[n_repeated:] = np.searchsorted(cuts, rest, side="right") + 1
    return stars, cuts


def _cuts(values, ranks):
    """Values between those of rank ``k - 1`` and ``k``, counted from 0."""
    around = np.concatenate([ranks - 1, ranks])
    ordered = np.partition(values, around)
    return (ordered[ranks - 1] + ordered[ranks]) / 2


def _agree(rng, stars, times, n_differ):
    """Let all but `n_differ` of the repeated pairs hold their first rating throughout."""
    first = np.cumsum(times) - times
    pair = np.repeat(np.arange(len(times)), times)
    differ = np.zeros(len(times), bool)
    differ[pair[stars != stars[first][pair]]] = True
    candidates = rng.permutation(np.flatnonzero(differ))
    differ[candidates[n_differ:]] = False
    return np.where(differ[pair], stars, stars[first][pair])


def _ids_by_fame(rng, counts):
    """Id of each book, from 0: the more ratings, the lower it tends to be."""
    rank = np.argsort(np.argsort(counts, kind="stable")) / len(counts)
    fame = rank + 0.6 * rng.random(len(counts))
    ids = np.empty(len(counts), np.int64)
    ids[np.argsort(-fame)] = np.arange(len(counts))
    return ids


def _expected(feeling, noise, users, cuts):
    """Mean of each rating, and the mean of their variances."""
    expected, total = np.empty_like(feeling), 0.0
    for start in range(0, len(feeling), SLICE):
        rows = slice(start, start + SLICE)
        mean, variance = opinion.expected_stars(feeling[rows], noise[users[rows]], cuts)
        expected[rows] = mean
        total += variance.sum()
    return expected, float(total / len(feeling))


def _by_slices(function, *arrays):
    result = np.empty(len(arrays[0]))
    for start in range(0, len(result), SLICE):
        rows = slice(start, start + SLICE)
        result[rows] = function(*(array[rows] for array in arrays))
    return result
