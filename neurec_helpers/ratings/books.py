"""The books that ratings are about: a table of titles, joined to the ratings' ids."""

import io
import warnings
from pathlib import Path

import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.ratings.checking import Form, as_option, check_form, quoted
from neurec_helpers.ratings.own import BookTable
from neurec_helpers.ratings.reading import read_table
from neurec_helpers.ratings.unpacking import as_utf8, first_line, is_parquet, read_bytes, unpack

BOOK_COLUMNS = ["book_id", "title", "author", "year", "genre"]
# What Goodreads calls these columns.
ALSO = {"author": "authors", "year": "original_publication_year"}


def read_books(ratings_file, table, form):
    """Read the titles of a reader's own books.

    Parameters
    ----------
    ratings_file : Path
    table : BookTable or None
        None: books.csv beside the ratings, if there is one.
    form : Form
        That of the ratings.

    Returns
    -------
    pandas.DataFrame or None
        Columns book_id and title (text), and, where known, author, genre (text) and year (whole
        numbers); None if there is no such table.

    Raises
    ------
    NeurecError
        If it can't be used.
    """
    if table is None:
        file = ratings_file.parent / "books.csv"
        if not file.is_file():
            return None
        frame = _read_text(file, ",", "utf-8", ratings_file)
        table = _usual_table(file, list(frame), form)
    else:
        check_form(Form(sep=table.sep, encoding=table.encoding))
        file = ratings_file.parent / Path(table.file).expanduser()
        frame = _read_text(file, table.sep, table.encoding, ratings_file)
    columns = {
        "book_id": table.id,
        "title": table.title,
        "author": table.author,
        "year": table.year,
        "genre": table.genre,
    }
    columns = {ours: theirs for ours, theirs in columns.items() if theirs}
    missing = [name for name in columns.values() if name not in frame]
    if missing:
        raise NeurecError(
            "{file} has no column {names}; its header names "
            "{header}. Say which is which: neurec data adopt "
            "{ratings} --books {table} --id ... "
            "--title ...",
            file=file,
            names=tr(" and no column ").join(map(repr, missing)),
            header=quoted(list(frame)),
            ratings=as_option(str(ratings_file)),
            table=as_option(str(table.file)),
        )
    books = pd.DataFrame({ours: frame[theirs].str.strip() for ours, theirs in columns.items()})
    if "year" in books:
        years = pd.to_numeric(books["year"], errors="coerce")
        books["year"] = years.where(years % 1 == 0).astype("Int64")
        if not books["year"].hasnans:
            books["year"] = books["year"].astype("int64")
    return books


def _usual_table(file, names, form):
    other = {ours: theirs for ours, theirs in ALSO.items() if theirs in names}
    found = {ours: ours for ours in ("author", "year", "genre") if ours in names}
    # Where both are there, the ratings' own name for the ids is meant.
    return BookTable(file.name, form.book if form.book in names else "book_id", **(other | found))


def _read_text(file, sep, encoding, ratings_file):
    """A table with each cell as text."""
    data = read_bytes(file)
    try:
        if is_parquet(data):
            frame = pd.read_parquet(io.BytesIO(data))
            return frame.astype(object).where(frame.notna(), "").astype(str)
        text = as_utf8(file, unpack(file, data), encoding)
        _check_separator(file, first_line(text)[0], sep, ratings_file)
        return read_table(file, text, sep)
    except (ValueError, OSError) as error:
        raise NeurecError(
            "{file} can't be read as a table: {error}. Mend it.", file=file, error=error
        ) from error


def _check_separator(file, line, sep, ratings_file):
    """Raise a NeurecError if another character seems to part the columns of a table of books."""
    others = [other for other in ";\t|," if other in line]
    if sep not in line and others:
        raise NeurecError(
            "{file}, row 1: {line!r} has no {sep!r} between its columns. If {other!r} parts them, "
            "say so: neurec data adopt {ratings} --books {table} --books-sep {option}",
            file=file,
            line=line[:60],
            sep=sep,
            other=others[0],
            ratings=as_option(str(ratings_file)),
            table=as_option(str(file)),
            option=as_option(others[0]),
        )


def join_books(books, ratings, ratings_file):
    """Give each rated book one row, numbered as the ratings number it.

    Parameters
    ----------
    books : pandas.DataFrame or None
        See `read_books`.
    ratings : pandas.DataFrame
        See `neurec_helpers.ratings.loading.load_ratings`.
    ratings_file : Path
        For messages.

    Returns
    -------
    pandas.DataFrame
        Sorted by book_id. Where the ratings' ids were numbered anew, original_book_id keeps them.
        A title that is not known is made from the id, as in "Book 17", and a warning says so.
    """
    names = ["book_id", *(["original_book_id"] if "original_book_id" in ratings else [])]
    rated = ratings[names].drop_duplicates().sort_values("book_id", ignore_index=True)
    ids = rated[names[-1]].astype(str)
    if books is None:
        books = pd.DataFrame({"book_id": [], "title": []}, dtype=str)
        why = tr("There is no table of books beside {file}", file=ratings_file)
    else:
        _check_same_ids(books, ids)
        why = ""
    joined = books.drop_duplicates("book_id").set_index("book_id").reindex(ids)
    joined = joined.reset_index(drop=True)
    texts = [name for name in ("title", "author", "genre") if name in joined]
    joined[texts] = joined[texts].fillna("")
    unknown = joined["title"] == ""
    if unknown.any():
        why = why or tr("{n:,} of {books:,} books have no title", n=unknown.sum(), books=len(ids))
        warnings.warn(
            tr(
                "{why}; where a title is not known, it is made from the id: "
                "'Book {id}'. To name a table: "
                "neurec data adopt {file} --books FILE --title COLUMN",
                why=why,
                id=ids[unknown].iloc[0],
                file=as_option(str(ratings_file)),
            ),
            stacklevel=3,
        )
    joined["title"] = joined["title"].mask(unknown, tr("Book {id}", id="") + ids)
    joined = pd.concat([rated, joined], axis=1)
    return joined[[name for name in [*BOOK_COLUMNS, "original_book_id"] if name in joined]]


def _check_same_ids(books, ids):
    found = int(ids.isin(books["book_id"]).sum())
    if 2 * found < len(ids):
        raise NeurecError(
            "Only {found:,} of {books:,} books in the ratings are in the table of books, so "
            "they seem to use different ids: {rated!r} in the ratings, "
            "{listed!r} in the table. Use the same ids in both, or name "
            "the column that has them: neurec data adopt FILE --books TABLE --id COLUMN",
            found=found,
            books=len(ids),
            rated=ids.iloc[0],
            listed=books["book_id"].iloc[0],
        )
