"""Load ratings and books: the Shelf, the real edition, or a reader's own file.

The environment variable NEUREC_DATASET chooses for all notebooks.
"""

import gzip
import hashlib
import io
import json
import os
import zlib
from pathlib import Path

import pandas as pd

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings import goodbooks
from neurec_helpers.ratings.checking import Form
from neurec_helpers.ratings.reading import read_ratings
from neurec_helpers.ratings.unpacking import read_bytes

SHELF = "shelf"
GOODBOOKS = "goodbooks"
BOOK_COLUMNS = ["book_id", "title", "author", "year", "genre"]


def load_ratings(
    source=None,
    *,
    book="book_id",
    user="user_id",
    rating="rating",
    sep=",",
    encoding="utf-8",
    scale=(0.5, 5),
):
    """Load ratings.

    Parameters
    ----------
    source : str or Path, optional
        "shelf" (the made data set that ships), "goodbooks" (the real edition), or the path of a
        file: csv, csv.gz, zip holding one csv, or parquet. Without it, the environment variable
        NEUREC_DATASET decides, and without that, the Shelf. A relative path is taken from the
        working directory; one in NEUREC_DATASET also from the checkout.
    book, user, rating : str
        Names of the three columns in a file of your own. Other columns are left aside.
    sep : str
        The character between its columns.
    encoding : str
        How its text is stored.
    scale : tuple of two numbers
        The lowest and highest rating accepted. The lesson's ratings are whole stars, 1 to 5; half
        stars from 0.5 are accepted too. For ten points say ``scale=(1, 10)``.

    Returns
    -------
    pandas.DataFrame
        Columns book_id (int64, 1..n), user_id (int64, 1..n) and rating (int64, or float64 where
        there are fractions), one row per rating, in file order, duplicates included. Where the
        file's own ids are not 1..n, they are numbered in sorted order, and two columns more,
        original_book_id and original_user_id, keep them (integers where every id of the column is
        written as one, else text without surrounding spaces).

    Raises
    ------
    NeurecError
        If there is no such data, or it can't be used: the message says where and how to mend it.
    """
    source = resolve_source(source)
    form = Form(book, user, rating, sep, encoding, scale)
    if source == GOODBOOKS:
        return read_ratings("goodbooks ratings.csv", form, goodbooks.read(goodbooks.RATINGS))
    return read_ratings(shelf_file() if source == SHELF else source, form)


def load_books(source=None, **columns):
    """Load the books that ratings are about.

    Parameters
    ----------
    source : str or Path, optional
        As for `load_ratings`. For a file of ratings, its books are books.csv beside it.
    **columns
        For a file, whatever `load_ratings` needs to read it.

    Returns
    -------
    pandas.DataFrame
        book_id (int64; joins the ratings' book_id), title, and, where known, author, year (whole
        numbers), genre. The real edition has goodreads_id as well. Where a file's ids had to be
        numbered anew, original_book_id keeps them, and books without a rating, having no number,
        are left out.

    Raises
    ------
    NeurecError
        If there are no such books.
    """
    source = resolve_source(source)
    if source == GOODBOOKS:
        return _goodbooks_books()
    ratings_file = shelf_file() if source == SHELF else Path(source)
    books = _read_books(ratings_file.parent / "books.csv")
    if source == SHELF:
        return books
    return _joined(books, load_ratings(source, **columns))


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
    source = resolve_source(source)
    if source == GOODBOOKS:
        return None
    file = (shelf_file() if source == SHELF else Path(source)).expanduser()
    facts = shelf_facts(file)
    if facts is None or not _is_intact(file, facts):
        return None
    return float(facts["noise_floor"])


def shelf_facts(file):
    """What shelf.json beside the ratings `file` says (a dict), or None where there is none."""
    described = Path(file).parent / "shelf.json"
    try:
        facts = json.loads(described.read_text(encoding="utf-8"))
        float(facts["noise_floor"])
        facts["sha256"]["ratings.csv"], facts["sha256"]["books.csv"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except KeyError as error:
        raise NeurecError(f"{described} doesn't say {error}. {_remake(file)}") from None
    except (OSError, ValueError, TypeError) as error:
        raise NeurecError(f"{described} can't be read: {error}. {_remake(file)}") from error
    return facts


def shelf_faults(file, facts):
    """How the ratings `file` and its books.csv differ from those `facts` describes: sentences."""
    books = Path(file).parent / "books.csv"
    faults = []
    if not _is_intact(file, facts):
        faults.append(f"{file} is not the file that shelf.json describes (its SHA-256 differs).")
    if not books.is_file():
        faults.append(f"{books} is missing.")
    elif _sha256(books.read_bytes()) != facts["sha256"]["books.csv"]:
        faults.append(f"{books} is not the file that shelf.json describes (its SHA-256 differs).")
    return [*faults, _remake(file)] if faults else []


def _is_intact(file, facts):
    data = read_bytes(file)
    try:
        data = gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
    except (OSError, EOFError, zlib.error):
        return False
    return _sha256(data) == facts["sha256"]["ratings.csv"]


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _remake(file):
    if Path(file).parent == paths.DATA:
        return "Bring it back with: git checkout -- data"
    return "Make the shelf again with: neurec data make --force FOLDER"


def resolve_source(source):
    """Say which data is meant: "shelf", "goodbooks", or a path."""
    asked = source is None
    if asked:
        source = os.environ.get("NEUREC_DATASET") or SHELF
    if isinstance(source, os.PathLike):
        return Path(source)
    if not isinstance(source, str) or not source:
        raise NeurecError(
            f"{source!r} is no source of ratings. Give 'shelf', 'goodbooks' or the path of a file."
        )
    if source in (SHELF, GOODBOOKS):
        return source
    if not _looks_like_path(source):
        named = f"NEUREC_DATASET={source}" if asked else repr(source)
        raise NeurecError(
            f"{named} is neither shelf, goodbooks, nor a file that exists. "
            "Choose one of the two, or give the path of a file of ratings."
        )
    return goodbooks.path_from_variable(source) if asked else Path(source)


def _looks_like_path(text):
    # Whether a name without either is a file, the system says; not of one that it can't hold.
    return "/" in text or os.sep in text or "." in text or os.path.exists(text)


def shelf_file():
    """The Shelf's ratings, or a NeurecError that says how to get them back."""
    file = paths.DATA / "ratings.csv.gz"
    if not file.is_file():
        raise NeurecError(
            f"The Shelf is missing: there is no {file}. Bring it back with: git checkout -- data"
        )
    return file


def _read_books(file):
    if not file.is_file():
        raise NeurecError(
            f"There is no {file}, so the books have no titles. Put a table there with the columns "
            "book_id and title (and, if known, author, year, genre), in CSV (UTF-8)."
        )
    try:
        books = pd.read_csv(file, encoding="utf-8")
    except (ValueError, OSError) as error:
        raise NeurecError(f"{file} can't be read as CSV in UTF-8: {error}. Mend it.") from error
    missing = [name for name in ("book_id", "title") if name not in books]
    if missing:
        raise NeurecError(
            f"{file} has no column {' and no '.join(map(repr, missing))}; its header names "
            f"{', '.join(map(repr, books.columns))}. Rename the columns in the file."
        )
    return books[[name for name in BOOK_COLUMNS if name in books]]


def _joined(books, ratings):
    if "original_book_id" not in ratings:
        return books
    originals = ratings[["original_book_id", "book_id"]].drop_duplicates()
    text = originals["original_book_id"].dtype.kind not in "iu"
    own = books["book_id"].astype(str).str.strip() if text else books["book_id"]
    books = books.assign(original_book_id=own).drop(columns="book_id")
    joined = books.merge(originals, on="original_book_id", how="inner")
    if joined.empty:
        raise NeurecError(
            "No book_id in books.csv is one of those in the ratings, such as "
            f"{originals['original_book_id'].iloc[0]!r}. Use the same ids in both files."
        )
    first = [name for name in BOOK_COLUMNS if name in joined]
    joined = joined[[*first, "original_book_id"]]
    return joined.sort_values("book_id", ignore_index=True)


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


def data_set(noise_floor):
    """What the lesson ran on, in words; a made data set is called synthetic."""
    source = os.environ.get("NEUREC_DATASET") or "shelf"
    names = {"shelf": "the Shelf (synthetic)", "goodbooks": "goodbooks-10k (real ratings)"}
    made = " (synthetic)" if noise_floor is not None else ""
    return names.get(source, f"{source}{made}")
