"""What a table of ratings must be, and one sentence for each thing that it is not.

Whoever reads ratings says these, so a mistake has the same message wherever it is met: file, row,
column, cause, cure. Cells are judged as text, without the blanks around it.
"""

import codecs
import csv
import math
import re
import shlex
from dataclasses import dataclass, fields

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import Message, mark, tr

NOT_GIVEN = ("", "nan", "NaN", "<NA>", "null", "NULL")
# A number as it is written: what Python or duckdb would also take (1_0, 0x5, True) is none.
NUMBER = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
WHOLE = "0|-?[1-9][0-9]*"
SAY_SCALE = Message("say what the scale is: scale=(1, 10), or neurec data adopt with --scale 1 10")
_NEEDED = mark(" Each row must say which user rated which book, and how.")
ALIKE = {
    "book": ("book", "item", "movie", "film", "isbn", "product"),
    "user": ("user", "reader", "customer", "person"),
    "rating": ("rating", "score", "star"),
}


@dataclass(frozen=True)
class Form:
    """How a file of ratings is written.

    Parameters
    ----------
    book, user, rating : str
        Names of the three columns in the file's header.
    sep : str
        The one character between two columns.
    encoding : str
        How the text is stored.
    scale : tuple of two numbers
        The lowest and the highest rating there can be.
    """

    book: str = "book_id"
    user: str = "user_id"
    rating: str = "rating"
    sep: str = ","
    encoding: str = "utf-8"
    scale: tuple = (0.5, 5)

    @property
    def columns(self):
        """The names of books, users and ratings."""
        return [self.book, self.user, self.rating]


def check_form(form):
    """Raise a NeurecError if no file could be written as `form` says."""
    for field in fields(form):
        value = getattr(form, field.name)
        if field.name != "scale" and not (isinstance(value, str) and value):
            raise NeurecError(
                "{name}={value!r}: this must be a string that isn't empty.",
                name=field.name,
                value=value,
            )
    if len(set(form.columns)) < 3:
        raise NeurecError(
            "book={book!r}, user={user!r}, rating={rating!r}: these must be three "
            "different columns.",
            book=form.book,
            user=form.user,
            rating=form.rating,
        )
    if len(form.sep) != 1 or form.sep in '"\r\n\0':
        raise NeurecError(
            "sep={sep!r}: the separator must be one character, and no quote or line break.",
            sep=form.sep,
        )
    try:
        codecs.lookup(form.encoding)
    except (LookupError, ValueError):
        raise NeurecError(
            'encoding={encoding!r} is not a known encoding. Try "utf-8" or "latin-1".',
            encoding=form.encoding,
        ) from None
    try:
        low, high = map(float, form.scale)
    except (TypeError, ValueError):
        raise NeurecError(
            "scale={scale!r}: give the lowest and the highest rating, such as (1, 10).",
            scale=form.scale,
        ) from None
    if not -math.inf < low < high < math.inf:
        raise NeurecError(
            "scale={scale!r}: the lowest rating must be below the highest.", scale=form.scale
        )


def advise(path, **settings):
    """How to say what a file is like: in one call, or once for all notebooks."""
    call = ", ".join(f"{k}={'...' if v is None else repr(v)}" for k, v in settings.items())
    options = " ".join(f"--{k} {as_option(v)}" for k, v in settings.items())
    return tr(
        "load_ratings({path!r}, {call}), or, once for all notebooks: "
        "neurec data adopt {file} {options}",
        path=str(path),
        call=call,
        file=shlex.quote(str(path)),
        options=options,
    )


def as_option(value):
    """A value as it is typed on the command line; None is for the reader to fill in."""
    return "..." if value is None else shlex.quote(value.replace("\t", "\\t"))


# The header


def check_header(path, line, form, advise=advise):
    """Raise a NeurecError if the first line of a csv file doesn't name the three columns.

    Parameters
    ----------
    path : str or Path
        The file, for the message.
    line : str
        Its first line that isn't blank, without a byte order mark.
    form : Form
    advise : callable
        ``advise(path, book="isbn")`` says how to tell the program at hand that the column of
        books is called isbn, in words that can follow "Say which is which:". None means that
        the name is for the reader to find.
    """
    if form.sep not in line and "::" in line:
        raise NeurecError(
            "{path}, row 1: {line!r} has more than one character between its columns. Put "
            "one in their place, such as {sep!r}.",
            path=path,
            line=line[:60],
            sep=form.sep,
        )
    others = [s for s in ";\t|, " if s != form.sep and s in line]
    if form.sep not in line and others:
        raise NeurecError(
            "{path}, row 1: {line!r} has no {sep!r} between its columns. "
            "If {other!r} parts them, say so: {advise}",
            path=path,
            line=line[:60],
            sep=form.sep,
            other=others[0],
            advise=advise(path, sep=others[0]),
        )
    reader = csv.reader([line, ""], delimiter=form.sep)
    try:
        names = next(reader, [])
    except csv.Error:
        names = line.split(form.sep)
    if reader.line_num > 1:
        raise NeurecError(
            "{path}, row 1: a double quote opens in {line!r} and doesn't close there. Write the "
            "names of the columns in one line.",
            path=path,
            line=line[:60],
        )
    # A column beside the three may be called 2020.
    is_header = not set(form.columns).isdisjoint(names)
    if not is_header and any(re.fullmatch(NUMBER, name.strip()) for name in names):
        raise NeurecError(
            "{path}, row 1: {line!r} holds numbers where the names of the columns should "
            "stand. Put a line above it that names its columns in their order: {n} names with "
            "{sep!r} between them, and among them {columns}.",
            path=path,
            line=line[:60],
            n=len(names),
            sep=form.sep,
            columns=quoted(form.columns),
        )
    check_columns(path, names, form, advise)


def check_columns(path, names, form, advise=advise):
    """Raise a NeurecError unless each of the three columns is among `names`, once."""
    twice = sorted({name for name in form.columns if names.count(name) > 1})
    if twice:
        raise NeurecError(
            "{path} has more than one column {name!r}. Rename or remove one.",
            path=path,
            name=twice[0],
        )
    missing = [name for name in form.columns if name not in names]
    if missing:
        likely = suggest(names, form)
        raise NeurecError(
            "{path} has no column {missing}; its header names {names}.{needed} "
            "Say which is which: {advise}"
            if len(missing) == 1
            else "{path} has no columns {missing}; its header names {names}.{needed} "
            "Say which is which: {advise}",
            path=path,
            missing=quoted(missing),
            names=quoted(names),
            needed="" if all(likely.values()) else tr(_NEEDED),
            advise=advise(path, **likely),
        )


def suggest(names, form):
    """{role: name} for each of book, user and rating that is missing from `names`.

    A name is one that sounds like its role, or None. It is for the reader to adopt or mend.
    """
    found = {}
    for role, words in ALIKE.items():
        if getattr(form, role) not in names:
            like = [n for n in names if any(word in n.lower() for word in words)]
            found[role] = like[0] if like else None
    return found


def check_types(path, schema, form):
    """Raise a NeurecError if a column of a Parquet file can't be one of ids or ratings.

    Parameters
    ----------
    path : str or Path
        The file, for the message.
    schema : pyarrow.Schema
    form : Form
    """
    from pyarrow import types

    number = (types.is_integer, types.is_floating, types.is_decimal)
    # A column of nothing is refused where its first cell is.
    text = (types.is_string, types.is_large_string, types.is_string_view, types.is_null)
    for name in form.columns:
        kind = schema.field(name).type
        inner = kind.value_type if types.is_dictionary(kind) else kind
        if not any(fits(inner) for fits in (*number, *text)):
            wanted = tr("numbers") if name == form.rating else tr("whole numbers or text")
            raise NeurecError(
                "{path}, column {name!r}: it is of type {kind}, where {wanted} should stand. "
                "Convert that column and write the file again.",
                path=path,
                name=name,
                kind=kind,
                wanted=wanted,
            )


# One cell


def fault_of_id(written):
    """What is wrong with an id, as a sentence with its cure; None if nothing is."""
    if written in NOT_GIVEN:
        return tr("no id stands here. Fill it in, or remove the row.")
    if "\ufeff" in written:
        return tr(
            "an invisible byte order mark (U+FEFF) stands here, as where two files were joined. "
            "Remove it."
        )
    return None


def fault_of_rating(written, column, scale, advise=SAY_SCALE):
    """What is wrong with a rating, as a sentence with its cure; None if nothing is.

    Parameters
    ----------
    written : str
        The cell.
    column : str
        The name of its column.
    scale : tuple of two numbers
        The lowest and the highest rating there can be.
    advise : str or Message
        How to tell the program at hand of another scale.
    """
    if written in NOT_GIVEN:
        if not written:
            return tr("nothing stands where a rating should. Fill it in, or remove the row.")
        return tr(
            "{written!r} stands where a rating should. Fill it in, or remove the row.",
            written=written,
        )
    if written == column:
        return tr("the header stands here once more. Remove the row.")
    number = _number(written)
    if math.isinf(number):
        return tr("{written!r} is infinite. Mend it, or remove the row.", written=written)
    if math.isnan(number):
        comma = (
            tr(" Write the decimal point as a point.") if re.fullmatch(r"\d*,\d+", written) else ""
        )
        return tr(
            "{written!r} is not a number.{comma} Mend it, or remove the row.",
            written=written[:60],
            comma=comma,
        )
    low, high = scale
    if low <= number <= high:
        return None
    return tr(
        "{written} is outside the scale; ratings from {low:g} to {high:g} are accepted. "
        "Mend it, or {advise}.",
        written=written,
        low=low,
        high=high,
        advise=advise,
    )


def _number(written):
    if re.fullmatch(NUMBER, written):
        return float(written)
    return math.inf if re.fullmatch(r"[+-]?inf(inity)?", written.lower()) else math.nan


# Messages


def refusal(path, row, column, fault, others=0):
    """The error that says where a fault is.

    Parameters
    ----------
    path : str or Path
    row : str
        Such as "row 7": in csv the line as an editor counts it, the header being row 1; in
        Parquet, which has no header line, the first row of data is row 1.
    column : str
    fault : str
        See `fault_of_id` and `fault_of_rating`.
    others : int
        How many more cells of the column are faulty.

    Returns
    -------
    NeurecError
    """
    more = tr(" ({others:,} more like it.)", others=others) if others else ""
    return NeurecError(
        "{path}, {row}, column {column!r}: {fault}{more}",
        path=path,
        row=row,
        column=column,
        fault=fault,
        more=more,
    )


def listed(names, most=8):
    """Names with commas between them, and how many more there are."""
    more = tr(" and {more} more", more=len(names) - most) if len(names) > most else ""
    return ", ".join(names[:most]) + more


def quoted(names, most=12):
    """The same in quotes."""
    return listed([repr(name) for name in names], most)
