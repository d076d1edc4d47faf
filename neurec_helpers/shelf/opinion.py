"""What readers think of books: tastes, traits, qualities, and how a feeling becomes stars."""

from dataclasses import dataclass, replace

import numpy as np

# Ratings of 1, 2, 3, 4 and 5 stars in the lesson's file.
HISTOGRAM = np.array([19_575, 63_231, 248_623, 357_366, 292_961])

# How much of each trait a genre has: from real to strange, from calm to tense, from cool to
# tender, from grave to funny.
TRAITS = ("wonder", "suspense", "warmth", "wit")
GENRES = {
    "Fantasy": (1.3, 0.3, 0.3, 0.0),
    "Science fiction": (1.1, 0.4, -1.0, 0.2),
    "Mystery": (-0.4, 1.4, -0.4, 0.4),
    "Horror": (0.9, 1.2, -0.6, -1.1),
    "Romance": (-0.5, -0.6, 1.6, 0.3),
    "Historical": (-0.8, 0.2, 0.4, -1.2),
    "Adventure": (0.2, 0.9, 0.5, 0.8),
    "Humour": (-0.2, -1.0, 0.0, 1.7),
    "Popular science": (-0.9, -1.3, -1.4, 0.1),
    "Children's": (0.6, -0.8, 1.0, 0.9),
}
# How widely read each genre is, before tastes.
APPEAL = (0.5, 0.1, 0.4, -0.4, 0.4, 0.2, -0.1, -0.4, -0.5, 0.1)


@dataclass(frozen=True)
class Recipe:
    """How strong each part of an opinion is, and how readers choose.

    Strengths are standard deviations of a feeling, on which one unit is about one star. The
    values were tuned until simple and less simple predictors did as well on the shelf as on the
    lesson's file; the data card shows how close they came.
    """

    readers: float = 0.54  # strictness of readers ...
    readers_tail: float = 8.0  # ... which follows a t distribution with these degrees of freedom
    books: float = 0.30  # quality of books
    tastes: float = 0.12  # a reader's liking for one trait
    scatter: float = 0.6  # a book's trait around that of its genre
    voices: float = 0.416  # a reader's liking for the voice of an author
    n_voices: int = 6  # numbers that describe a voice
    seasoned: float = 0.22  # how much more marked the likings of busy readers are, as a power
    noise: float = 0.702  # one rating around what the reader truly thinks, on average ...
    moods: float = 0.30  # ... and the spread of the logarithm of that among readers
    choosing: float = 1.0  # how far liking its traits makes a reader choose a genre ...
    whims: float = 2.0  # ... and how far other reasons do
    loyal: float = 0.85  # share of visits that go to a favourite spot on the shelf
    visits: int = 6  # visits to a favourite spot, each a step further, before the next one is tried
    step: float = 0.02  # length of such a step, as a share of the genre ...
    step_spread: float = 0.2  # ... and spread of its logarithm
    avid: float = 0.9  # correlation of how much readers read and where their favourites lie
    keen: float = 1.0  # how much longer busy readers stay in a corner, as a power
    run: float = 5.2  # books of series or author that an average reader takes in a row, less one
    club_run: float = 1.2  # the same for books of a club
    run_most: int = 8  # books taken in a row, at most
    in_series: float = 0.25  # chance that an author's next book begins a series ...
    series_more: float = 0.55  # ... and that a series goes on, after its second volume
    corner: int = 8  # books of series or author that lie close together
    district: int = 80  # books within which series stand beside series
    by_series: float = 4.0  # log odds that a volume's reader comes by its series, not a club ...
    by_author: float = -1.5  # ... that another book's reader comes by its author ...
    by_chance: float = 1.5  # ... and the spread of both among corners
    club: float = 20.0  # median size of a club ...
    club_spread: float = 0.7  # ... and spread of its logarithm
    shaken: float = 0.02  # how far clubs mix the authors of a genre, as a share of all books
    author_books: float = 0.8  # mean and ...
    author_spread: float = 1.0  # ... spread of the logarithm of the number of books of an author
    author_most: int = 60  # largest number of books of an author


@dataclass(frozen=True, eq=False)
class Readers:
    """The truth about readers, row by row."""

    strictness: np.ndarray  # (n_users,), added to every feeling
    tastes: np.ndarray  # (n_users, n_traits + n_voices), liking for traits and voices
    noise: np.ndarray  # (n_users,), standard deviation of a feeling around the truth


@dataclass(frozen=True, eq=False)
class Books:
    """The truth about books, row by row."""

    quality: np.ndarray  # (n_books,)
    traits: np.ndarray  # (n_books, n_traits + n_voices)
    genre: np.ndarray  # (n_books,), number of the genre in the order of GENRES
    author: np.ndarray  # (n_books,)


def draw_readers(rng, n_users, recipe):
    """Readers at random."""
    tail = recipe.readers_tail
    strictness = rng.standard_t(tail, n_users) * np.sqrt((tail - 2) / tail)
    tastes = rng.standard_normal((n_users, len(TRAITS) + recipe.n_voices))
    tastes[:, : len(TRAITS)] *= recipe.tastes
    tastes[:, len(TRAITS) :] *= recipe.voices / np.sqrt(recipe.n_voices)
    moods = recipe.moods * rng.standard_normal(n_users) - recipe.moods**2 / 2
    return Readers(recipe.readers * strictness, tastes, recipe.noise * np.exp(moods))


def season(readers, reads, recipe):
    """Make the likings of readers who read much more marked; over all ratings they stay as strong.

    Busy readers of the lesson's file have clearer tastes: there a model of tastes gains most.
    `reads` is the number of ratings of each reader.
    """
    growth = (reads / reads.mean()) ** recipe.seasoned
    growth /= np.sqrt(np.average(growth**2, weights=reads))
    return replace(readers, tastes=readers.tastes * growth[:, None])


def draw_authors(rng, n_books, recipe):
    """Author of each book, numbered from 0, the books of one next to each other."""
    size = np.exp(rng.normal(recipe.author_books, recipe.author_spread, n_books))
    size = np.minimum(np.ceil(size), recipe.author_most).astype(np.int64)
    return np.repeat(np.arange(n_books), size)[:n_books]


def draw_books(rng, genre, author, recipe):
    """Books of given genres and authors, otherwise at random."""
    quality = recipe.books * rng.standard_normal(len(genre))
    centre = np.array(list(GENRES.values()))[genre]
    traits = centre + recipe.scatter * rng.standard_normal(centre.shape)
    voices = rng.standard_normal((author.max() + 1, recipe.n_voices))[author]
    return Books(quality, np.hstack([traits, voices]), genre, author)


def genre_leaning(rng, readers, recipe):
    """Share of each genre in what each reader reads, shape (n_users, n_genres)."""
    pull = recipe.whims * rng.standard_normal((len(readers.tastes), len(GENRES)))
    pull += np.array(APPEAL)
    for trait, amounts in enumerate(np.array(list(GENRES.values())).T):
        liking = readers.tastes[:, trait, None] / recipe.tastes
        pull += recipe.choosing * liking * amounts
    share = np.exp(pull)
    return share / share.sum(axis=1, keepdims=True)


def opinions(readers, books, users, ids):
    """What the readers `users` truly feel about the books `ids`, before noise; zero-based."""
    feeling = readers.strictness[users] + books.quality[ids]
    for taste, trait in zip(readers.tastes.T, books.traits.T, strict=True):
        feeling += taste[users] * trait[ids]
    return feeling


def expected_stars(feeling, noise, cuts):
    """Mean and variance of the rating, given what the reader truly feels.

    The rating is 1 plus the number of `cuts` that lie below the feeling plus normal noise, so
    P(rating >= k) is the normal distribution function at (feeling - cut) / noise.
    """
    from scipy.special import ndtr

    mean, square = np.ones_like(feeling), np.ones_like(feeling)
    for stars, cut in enumerate(cuts, start=2):
        at_least = ndtr((feeling - cut) / noise)
        mean += at_least
        square += (2 * stars - 1) * at_least
    return mean, square - mean**2
