"""Looking at a reader's own file of ratings, to say and keep what it is like."""

import csv
import os
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import mark, number, tr
from neurec_helpers.ratings.books import join_books, read_books
from neurec_helpers.ratings.checking import (
    ALIKE,
    Form,
    as_option,
    check_form,
    check_header,
    quoted,
)
from neurec_helpers.ratings.own import BookTable, write_note
from neurec_helpers.ratings.reading import read_ratings
from neurec_helpers.ratings.summary import summarise
from neurec_helpers.ratings.unpacking import as_utf8, first_line, is_parquet, read_bytes, unpack

ANY_SCALE = (-1e12, 1e12)
RELEVANT_FROM = 4  # as notebooks 8 and 9 say
# Notebook 9 took 5.3 GB on 10,000 books and 19.5 GB on 20,000.
PAIR_GB = 45e-9
MANY_BOOKS = 12_000
TITLE_FILES = ("books.csv", "movies.csv", "items.csv", "titles.csv")
TITLES = ("title", "name", "book_title", "original_title")
AUTHORS = ("author", "authors", "book_author")
IDS = ("id", "isbn", "asin")
_COULD_BE = {
    "book": mark("{path}: the column of books could be {names}. Say which: --book NAME"),
    "user": mark("{path}: the column of users could be {names}. Say which: --user NAME"),
    "rating": mark("{path}: the column of ratings could be {names}. Say which: --rating NAME"),
}
_NUMBERED = {
    "book": mark("Books are numbered 1..n: {why}."),
    "user": mark("Users are numbered 1..n: {why}."),
}
_TAKEN = {
    "id": mark("id is {name!r}"),
    "title": mark("title is {name!r}"),
    "author": mark("author is {name!r}"),
}


@dataclass(frozen=True)
class Adopted:
    """What was found, and where it was written down.

    Attributes
    ----------
    form : Form
    books : BookTable or None
    found : list of str
        What there is, one sentence each.
    note : Path
    """

    form: Form
    books: BookTable | None
    found: list
    note: Path


def adopt(path, given=None, books=None):
    """Look at a file of ratings, and write beside it what it is like.

    What is not given is taken from the names in the header, where only one fits; what was taken
    is said.

    Parameters
    ----------
    path : str or Path
    given : dict, optional
        Values of `Form` by name.
    books : dict, optional
        Values of `BookTable` by name.

    Returns
    -------
    Adopted

    Raises
    ------
    NeurecError
        If the file can't be used, or it isn't clear how. Nothing is written then.
    """
    path = Path(os.path.expanduser(path))
    given, books = dict(given or {}), dict(books or {})
    if books.get("file"):
        books["file"] = _from_folder(path.parent, books["file"])
    check_form(Form(**given))
    for name in (path, books.get("file", "")):
        _check_name(str(name))
    form, names = _form(path, given)
    found = [tr("Columns: {names}.", names=quoted(names))]
    found.append(
        tr(
            "Taken: book is {book!r}, user is {user!r}, rating is {rating!r}.",
            book=form.book,
            user=form.user,
            rating=form.rating,
        )
    )
    ratings = read_ratings(path, replace(form, scale=given.get("scale", ANY_SCALE)))
    form = replace(form, scale=_scale(path, ratings["rating"], given.get("scale")))
    found += _describe(ratings)
    share = 100 * (ratings["rating"] >= RELEVANT_FROM).mean()
    if form.scale[1] != Form.scale[1] or not share:
        found.append(
            tr(
                "Notebooks 8 and 9 count a book as relevant from {limit} on, as {share:.1f} % of "
                "these ratings are. For another limit change the {limit} there, and give "
                "nr.ranking_metrics a relevant_from.",
                limit=RELEVANT_FROM,
                share=share,
            )
        )
    table = _book_table(path, form, books)
    found.append(_describe_books(path, table, form, ratings))
    return Adopted(form, table, found, write_note(path, form, table))


def _check_name(name):
    """Raise a NeurecError for a name with a byte of another encoding, which no note can hold."""
    try:
        name.encode()
    except UnicodeEncodeError:
        raise NeurecError(
            "{name!r}: this name is not in UTF-8, so nothing can be noted of it. Rename the file.",
            name=name,
        ) from None


def _from_folder(folder, name):
    """A path as it is kept: seen from the ratings' folder. It may have been given so already."""
    file = Path(os.path.expanduser(name))
    if not file.is_file():
        return str(file)
    inside = file.resolve().is_relative_to(folder.resolve())
    return os.path.relpath(file, folder) if inside or not file.is_absolute() else str(file)


def _form(path, given):
    """The form, as far as it can be told from the file's first line; and the columns' names."""
    data = read_bytes(path)
    form = Form(**given)
    if is_parquet(data):
        from pyarrow import ArrowException, parquet

        try:
            names = parquet.read_schema(path).names
        except (ArrowException, OSError):
            return form, []  # reading it will say what is wrong
    else:
        line = first_line(as_utf8(path, unpack(path, data), form.encoding))[0]
        others = [sep for sep in ";\t|" if sep in line]
        if "sep" not in given and "," not in line and len(others) == 1:
            form = replace(form, sep=others[0])
        try:
            names = next(csv.reader([line], delimiter=form.sep), [])
        except csv.Error:
            names = line.split(form.sep)
        if len(names) == 1:
            check_header(path, line, form)  # no name can fit three columns
    likely = {role: _likely(path, names, form, role) for role in ALIKE if role not in given}
    return replace(form, **likely), names


def _likely(path, names, form, role):
    """The one name that fits a role; the lesson's where none does, as reading it will say."""
    usual = getattr(form, role)
    if usual in names:
        return usual
    alike = [name for name in names if any(word in name.lower() for word in ALIKE[role])]
    if role != "rating" and len(alike) > 1:
        alike = [n for n in alike if n.lower().endswith(IDS) or n.lower() in ALIKE[role]] or alike
    if len(alike) > 1:
        raise NeurecError(
            _COULD_BE[role],
            path=path,
            names=quoted(alike),
        )
    return alike[0] if alike else usual


def _scale(path, ratings, given):
    low, high = ratings.min(), ratings.max()
    if given is not None or Form.scale[0] <= low <= high <= Form.scale[1]:
        return tuple(given or Form.scale)
    if low == high:
        raise NeurecError(
            "{path}: all ratings are {value}, and the lesson's are from 0.5 to 5. Say what the "
            "lowest and the highest can be: --scale LOW HIGH",
            path=path,
            value=_exact(low),
        )
    raise NeurecError(
        "{path}: the ratings run from {low:.10g} to {high:.10g}, and the lesson's from 0.5 to 5. "
        "If that is their scale, add: --scale {scale}",
        path=path,
        low=low,
        high=high,
        scale=f"{_exact(low)} {_exact(high)}",
    )


def _exact(value):
    return repr(float(value)).removesuffix(".0")


def _describe(ratings):
    summary = summarise(ratings)
    values = ", ".join(number(value, "g") for value in list(summary.histogram)[:12])
    more = ", ..." if len(summary.histogram) > 12 else ""
    found = [
        tr(
            "{rows:,} ratings of {users:,} users and {books:,} books.",
            rows=summary.rows,
            users=summary.users,
            books=summary.books,
        ),
        tr(
            "Ratings: {values}{more}; mean {mean:.3f}.", values=values, more=more, mean=summary.mean
        ),
    ]
    if summary.books > MANY_BOOKS:
        found.append(
            tr(
                "Notebook 9 makes tables of books by books: with {books:,} books it takes about "
                "{memory:.0f} GB of memory. If you have less, keep only the books that are rated "
                "most.",
                books=summary.books,
                memory=1 + PAIR_GB * summary.books**2,
            )
        )
    for thing in ("book", "user"):
        original = f"original_{thing}_id"
        if original in ratings and (ratings[original] != ratings[f"{thing}_id"]).any():
            found.append(tr(_NUMBERED[thing], why=_why(ratings[original])))
    pairs = summary.duplicates.pairs
    found.append(
        tr("{pairs:,} pairs of user and book stand more than once; all rows are kept.", pairs=pairs)
        if pairs
        else tr("No pair of user and book stands more than once.")
    )
    return found


def _why(ids):
    if ids.dtype.kind in "iu":
        return tr(
            "their ids have gaps ({n:,} ids from {first} to {last})",
            n=ids.nunique(),
            first=ids.min(),
            last=ids.max(),
        )
    texts = ids.drop_duplicates().astype(str)
    bare = texts.str.replace(r"\.0+$", "", regex=True).str.lstrip("0")
    alike = texts[bare.duplicated(keep=False) & texts.str.fullmatch(r"[0-9]+(\.0+)?")]
    note = tr("; {ids} count as different", ids=quoted(list(alike[:4]))) if len(alike) else ""
    return tr("their ids are text, such as {example!r}{note}", example=texts.iloc[0], note=note)


# Titles


def _book_table(path, form, given):
    """The table of books: the one that was given, or one beside the ratings that fits."""
    names = [given["file"]] if given.get("file") else TITLE_FILES
    if given and not given.get("file"):
        raise NeurecError("Which file are these columns in? Name it: --books FILE")
    for name in names:
        file = path.parent / Path(name).expanduser()
        if not given and not file.is_file():
            continue
        table = BookTable(**{"file": name} | given)
        header = _header(file, table)
        likely = {
            "id": _first(header, (form.book, "book_id")),
            "title": _first(header, TITLES),
            "author": _first(header, AUTHORS),
            "year": _first(header, ("year", "original_publication_year")),
            "genre": _first(header, ("genre", "genres")),
        }
        found = {role: column for role, column in likely.items() if column}
        if given or {"id", "title"} <= set(found):
            return replace(table, **found | given)
    return None


def _header(file, table):
    check_form(Form(sep=table.sep, encoding=table.encoding))
    data = read_bytes(file)
    if is_parquet(data):
        from pyarrow import parquet

        return parquet.read_schema(file).names
    line = first_line(as_utf8(file, unpack(file, data), table.encoding))[0]
    return next(csv.reader([line], delimiter=table.sep), [])


def _first(header, wanted):
    lower = {name.lower(): name for name in reversed(header)}
    return next((lower[name.lower()] for name in wanted if name.lower() in lower), None)


def _describe_books(path, table, form, ratings):
    if table is None:
        return tr(
            "Titles: there is no table of books, so they are made from the ids, such as 'Book 17'. "
            "To name one: neurec data adopt {file} --books FILE --title COLUMN",
            file=as_option(str(path)),
        )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        joined = join_books(read_books(path, table, form), ratings, path)
    columns = {"id": table.id, "title": table.title, "author": table.author}
    taken = ", ".join(tr(_TAKEN[role], name=name) for role, name in columns.items() if name)
    example = joined["title"].iloc[0]
    lacking = f" {str(said[0].message).split(';')[0]}." if said else ""
    return tr(
        "Titles: from {file} ({taken}), such as {example!r}.{lacking}",
        file=table.file,
        taken=taken,
        example=example,
        lacking=lacking,
    )
