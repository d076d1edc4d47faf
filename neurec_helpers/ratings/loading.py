"""Load ratings and books: the Shelf, the real edition, or a reader's own file."""

import io

import pandas as pd

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings import goodbooks
from neurec_helpers.ratings.books import BOOK_COLUMNS, join_books, read_books
from neurec_helpers.ratings.checking import Form
from neurec_helpers.ratings.own import form_of, read_note
from neurec_helpers.ratings.reading import read_ratings
from neurec_helpers.ratings.shelf_json import is_intact, read_shelf_json
from neurec_helpers.ratings.sources import GOODBOOKS, SHELF, resolve_source, shelf_file


def load_ratings(
    source=None, *, book=None, user=None, rating=None, sep=None, encoding=None, scale=None
):
    """Load ratings.

    Parameters
    ----------
    source : str or Path, optional
        "shelf" (the made data set that ships), "goodbooks" (the real edition), or the path of a
        file: csv, csv.gz, zip holding one csv, or parquet. Without it, the environment variable
        NEUREC_DATASET decides, and without that, the Shelf. A relative path is taken from the
        working directory; one in NEUREC_DATASET also from the checkout.
    book, user, rating : str, optional
        Names of the three columns in a file of your own. Without them NEUREC_BOOK, NEUREC_USER
        and NEUREC_RATING decide, if NEUREC_DATASET names the file; then what `neurec data adopt`
        wrote beside it; then the lesson's names, book_id, user_id and rating. Other columns are
        left aside.
    sep : str, optional
        The character between its columns; a comma, if nothing else is said.
    encoding : str, optional
        How its text is stored; UTF-8, if nothing else is said.
    scale : tuple of two numbers, optional
        The lowest and highest rating accepted. The lesson's ratings are whole stars, 1 to 5; half
        stars from 0.5 are accepted too. For ten points say ``scale=(1, 10)``.

    Returns
    -------
    pandas.DataFrame
        Columns book_id (int64, 1..n), user_id (int64, 1..n) and rating (int64, or float64 where
        there are fractions), one row per rating, in file order, duplicates included. Where the
        file's own ids are not 1..n, they are numbered in sorted order, and two columns more,
        original_book_id and original_user_id, keep them: integers where every id of the column is
        a whole number, else text as it is written, blanks around it included.

    Raises
    ------
    NeurecError
        If there is no such data, or it can't be used: the message says where and how to mend it.
    """
    source = resolve_source(source)
    given = {"book": book, "user": user, "rating": rating}
    given |= {"sep": sep, "encoding": encoding, "scale": scale}
    if source == GOODBOOKS:
        data = goodbooks.read(goodbooks.RATINGS)
        return read_ratings("goodbooks ratings.csv", data=data)
    if source == SHELF:
        return read_ratings(shelf_file())
    return read_ratings(source, form_of(source, **given))


def load_books(source=None, **columns):
    """Load the books that ratings are about.

    Parameters
    ----------
    source : str or Path, optional
        As for `load_ratings`. The books of a file of your own are those of the table that
        `neurec data adopt` was told of, else books.csv beside it.
    **columns
        For a file, whatever `load_ratings` needs to read it.

    Returns
    -------
    pandas.DataFrame
        book_id (int64; joins the ratings' book_id), title, and, where known, author, year (whole
        numbers), genre; sorted by book_id. The real edition has goodreads_id as well. Where a
        file's ids had to be numbered anew, original_book_id keeps them. Books without a rating
        are left out. Where a title is not known, it is made from the id, and a warning says so.

    Raises
    ------
    NeurecError
        If the table of books can't be used.
    """
    source = resolve_source(source)
    if source == GOODBOOKS:
        return _goodbooks_books()
    if source == SHELF:
        return _shelf_books()
    ratings = load_ratings(source, **columns)
    books = read_books(source.expanduser(), read_note(source)[1], form_of(source, **columns))
    return join_books(books, ratings, source)


def noise_floor(source=None):
    """The lowest mean squared error that any model could reach, where that is known.

    Parameters
    ----------
    source : str or Path, optional
        As for `load_ratings`.

    Returns
    -------
    float or None
        In squared stars. Known only for made ratings: from shelf.json beside the file, if the
        file is the one that shelf.json describes.
    """
    said = made_from(source)
    return None if said is None else float(said["noise_floor"])


def made_from(source=None):
    """What shelf.json says of made ratings; None for others, or where the file was changed since.

    Parameters
    ----------
    source : str or Path, optional
        As for `load_ratings`.

    Returns
    -------
    dict or None
        With seed, n_users, n_books, n_ratings, noise_floor.
    """
    source = resolve_source(source)
    if source == GOODBOOKS:
        return None
    file = (shelf_file() if source == SHELF else source).expanduser()
    said = read_shelf_json(file)
    return said if said is not None and is_intact(file, said) else None


def _shelf_books():
    books = read_books(shelf_file(), None, Form())
    if books is None:
        raise NeurecError(
            "The Shelf's books are missing from {folder}. Bring them back with: {cure}",
            folder=paths.DATA,
            cure=paths.how_to_restore("data"),
        )
    return books.astype({"book_id": "int64"})[BOOK_COLUMNS]


def _goodbooks_books():
    """Ratings join books.csv on its column id; its book_id is the number of the Goodreads page."""
    names = {
        "id": "book_id",
        "title": "title",
        "authors": "author",
        "original_publication_year": "year",
        "book_id": "goodreads_id",
    }
    data = io.BytesIO(goodbooks.read(goodbooks.BOOKS))
    books = pd.read_csv(data, usecols=list(names), encoding="utf-8")
    books = books[list(names)].set_axis(list(names.values()), axis=1)
    return books.astype({"year": "Int64"})
