"""The files that ratings come from: which they are, what is in them, whether they have changed."""

import csv
import glob
import gzip
import os
import re
import shlex
import zlib
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError, in_one_line
from neurec_helpers.ratings.checking import (
    Form,
    as_option,
    check_columns,
    check_form,
    check_header,
    check_types,
    listed,
)
from neurec_helpers.ratings.unpacking import (
    GZIP,
    PACKED_OTHERWISE,
    ZIP,
    check_not_empty,
    check_packed_once,
    first_line,
    is_parquet,
    unpack,
    wide_encoding,
    zero_byte,
)
from neurec_helpers.scale.integrity import digest_file, digest_sample

ENDINGS = (".parquet", ".csv", ".csv.gz")
SETTINGS = "run.json"  # the file that makes a folder one of a training run
TITLES = "books.csv"  # where `recommend` finds them
NOTE = ".neurec.toml"  # how the names of notes end: see `ratings.own`
HEAD = 1 << 16  # bytes in which the header of a CSV file must end
FORM = Form()
ROLES = ("book", "user", "rating")
DIGITS = 38  # the most that a decimal of duckdb has
CSV = "csv"  # the type of a CSV file's columns, which tell none


def find_files(source, form=FORM):
    """The files of a source.

    Parameters
    ----------
    source : str or Path
        A file, a folder, or a pattern such as ``ratings/*.parquet``.
    form : ratings.checking.Form
        By its column of ratings a folder's books.csv is told from a file of ratings.

    Returns
    -------
    list of Path

    Raises
    ------
    NeurecError
        If there is none, or one that can't be read.
    """
    path = Path(source)
    try:
        if path.is_dir():
            found, _ = _files_below(path, form)
        elif os.path.lexists(path):
            found = [path]
        else:
            names = sorted(glob.glob(str(source), recursive=True))
            found = [path for path in map(Path, names) if not path.is_dir()]
    except OSError as error:  # such as a name that is too long, or a folder that is another's
        where = error.filename or source
        raise NeurecError(f"{where} can't be read: {error.strerror or error}.") from error
    if not found:
        raise NeurecError(
            f"{source} names no file. Give a Parquet or CSV file, a folder of them, or a pattern "
            "in quotes, such as 'ratings/*.parquet'."
        )
    for path in found:
        if not path.is_file():
            raise NeurecError(
                f"{path} is not a file: a link to nothing, a pipe or a device. Put a file in its "
                "place, or leave it out."
            )
        check_name(path)
    # A file and a link to it are one.
    return list(dict.fromkeys(path.resolve() for path in found))


def check_name(path):
    """Raise a NeurecError for a name with a byte of another encoding, which no record can hold."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise NeurecError(f"{str(path)!r}: this name is not in UTF-8. Rename it.") from None


def left_aside(source, form=FORM):
    """What of a folder is not read, in words; None if all is, or the source is no folder.

    Hidden files, what training runs keep and what `neurec data adopt` has noted go without a word.
    """
    if not Path(source).is_dir():
        return None
    _, aside = _files_below(Path(source), form)
    if not aside:
        return None
    names = listed([in_one_line(os.path.relpath(path, source)) for path in aside])
    return (
        f"not read in {source}: {names}. Of a folder, files that end in .parquet, .csv or .csv.gz "
        "are read, but for a books.csv without ratings, and no folder that is a link or begins "
        "with _, as what Spark has not finished does."
    )


def _files_below(folder, form):
    """(files of ratings, others) in a folder, without hidden ones and what training runs keep."""
    found, aside = [], []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith(NOTE):
            continue
        if path.is_dir():
            # Spark calls a folder of a column's values _col=value.
            if path.is_symlink() or (path.name.startswith("_") and "=" not in path.name):
                aside.append(path)
            elif not (path / SETTINGS).is_file():
                below = _files_below(path, form)
                found, aside = found + below[0], aside + below[1]
        elif path.name.lower().endswith(ENDINGS) and not _is_titles(path, form):
            found.append(path)
        else:
            aside.append(path)
    return found, aside


def _is_titles(path, form):
    """Whether a file is a table of titles: called so, and without the column of ratings."""
    if path.name != TITLES or not path.is_file():
        return False
    try:
        with open(path, encoding="utf-8-sig") as file:
            header = next(csv.reader([file.readline(HEAD)], delimiter=form.sep), [])
    except (OSError, ValueError, csv.Error):
        return False  # looking at it will say what is wrong
    return bool(header) and form.rating not in header


def literal(path):
    """A path in which no character stands for others."""
    return glob.escape(str(path))


# What is in them


@dataclass(frozen=True)
class Table:
    """One file of ratings, as its own head or schema describes it.

    Attributes
    ----------
    path : Path
    packing : str
        "parquet", "gzip" or "none".
    names : tuple of str
        All columns.
    types : dict
        For each role, user, book and rating: duckdb's type, or `CSV`.
    blank : int
        Blank lines above the header.
    exact : tuple of str
        The Parquet types of the roles' columns, to the last digit.
    """

    path: Path
    packing: str
    names: tuple
    types: dict
    blank: int = 0
    exact: tuple = ()


def look_at(files, form):
    """What each file is, by its content.

    Parameters
    ----------
    files : list of Path
    form : ratings.checking.Form

    Returns
    -------
    list of Table

    Raises
    ------
    NeurecError
        If one can't be read, or lacks a column; if they are of both kinds; or if no file could be
        written as `form` says.
    """
    check_form(form)
    tables = [_look_at_one(path, form) for path in files]
    if len({table.packing == "parquet" for table in tables}) > 1:
        folder = files[0].parent
        raise NeurecError(
            f"{folder} holds both Parquet and CSV files. Name one kind in quotes: "
            f"'{folder}/*.parquet'."
        )
    return tables


def _look_at_one(path, form):
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise NeurecError(f"{path} can't be read: {error.strerror or error}.") from error
    try:
        if is_parquet(head):
            return _look_at_parquet(path, form)
        is_packed = head.startswith(GZIP)
        if is_packed:
            with gzip.open(path) as file:
                head = file.read(HEAD)
    except (OSError, EOFError, zlib.error) as error:
        raise damaged_packing(path, error) from error
    if is_packed:
        check_packed_once(path, head)
    else:
        check_not_empty(path, head)
    if head.startswith(ZIP):
        raise NeurecError(
            f"{path} is a zip archive, or an Excel workbook, and neither is read here. Unpack it, "
            "or save the sheet as CSV (UTF-8)."
        )
    if re.match(PACKED_OTHERWISE, head):
        raise NeurecError(
            f"{path} is packed in a way that isn't read here. Unpack it, or pack it as gz."
        )
    line, blank = _first_line_of(path, unpack(path, head))
    check_header(path, line, form, advise)
    names = tuple(next(csv.reader([line], delimiter=form.sep)))
    packing = "gzip" if is_packed else "none"
    return Table(path, packing, names, dict.fromkeys(ROLES, CSV), blank)


def _first_line_of(path, head):
    if wide := wide_encoding(head):
        raise NeurecError(f"{path} is {wide[:6].upper()} text. Save it as CSV in UTF-8.")
    if b"\0" in head:
        raise zero_byte(path, head.count(b"\n", 0, head.find(b"\0")) + 1)
    try:
        return first_line(re.sub(rb"\A(\xef\xbb\xbf)+", b"", head))
    except UnicodeDecodeError as error:
        raise NeurecError(not_utf8(path, 1, error)) from error


def not_utf8(path, row, error):
    """The message that says where text is not in UTF-8."""
    byte = error.object[error.start]
    return f"{path}, row {row}: byte 0x{byte:02x} is not utf-8. Save the file as CSV in UTF-8."


def _look_at_parquet(path, form):
    import pyarrow
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise damaged_parquet(path, error) from error
    check_columns(path, schema.names, form, advise)
    check_types(path, schema, form)
    kinds = {role: schema.field(getattr(form, role)).type for role in ROLES}
    for role, kind in kinds.items():
        _check_digits(path, getattr(form, role), kind)
    types = {role: _duckdb_type(kind) for role, kind in kinds.items()}
    exact = tuple(map(str, kinds.values()))
    return Table(path, "parquet", tuple(schema.names), types, exact=exact)


def _check_digits(path, name, kind):
    """Raise a NeurecError for a decimal that duckdb would round."""
    from pyarrow import types

    inner = kind.value_type if types.is_dictionary(kind) else kind
    if types.is_decimal(inner) and inner.precision > DIGITS:
        raise NeurecError(
            f"{path}, column {name!r}: it is of type {kind}, and no more than {DIGITS} digits are "
            "read here. Convert that column to text and write the file again."
        )


def _duckdb_type(kind):
    from pyarrow import types

    if types.is_integer(kind):
        return "UBIGINT" if types.is_uint64(kind) else "BIGINT"
    if types.is_floating(kind):
        return "DOUBLE" if types.is_float64(kind) else "FLOAT"
    return "VARCHAR"


def damaged_parquet(path, error):
    """The error that says so."""
    return NeurecError(
        f"{path} is damaged or cut short: it can't be read as parquet ({in_one_line(error)}). "
        "Copy or download it again."
    )


def damaged_packing(path, error):
    """The error that says so."""
    return NeurecError(
        f"{path} is damaged or cut short: it can't be unpacked ({in_one_line(error)}). "
        "Copy or download it again."
    )


def advise(path, **likely):
    """How to tell `neurec train` what a file is like."""
    options = " ".join(
        f"--{key} {as_option(value)}" for key, value in (likely or dict.fromkeys(ROLES)).items()
    )
    return f"neurec train {shlex.quote(str(path))} {options}"


# Whether they have changed


def fingerprint(files):
    """What tells whether files are still the same: a list of dicts, one a file."""
    return [
        {"path": str(path), **_stamp(path), "sample": digest_sample(path), "all": digest_file(path)}
        for path in files
    ]


def _stamp(path):
    stat = path.stat()
    return {"bytes": stat.st_size, "modified": stat.st_mtime_ns}


def find_change(source, before, form=FORM):
    """What has changed since a fingerprint was taken.

    Parameters
    ----------
    source : str
    before : list of dict
        See `fingerprint`.
    form : ratings.checking.Form
        See `find_files`.

    Returns
    -------
    (str or None, bool)
        In words, and whether all that was is still there: a file that is gone can't be compared.
    """
    try:
        now = {str(path) for path in find_files(source, form)}
    except NeurecError:
        now = set()
    known = {each["path"] for each in before}
    new, gone = sorted(now - known), sorted(known - now)
    for each in before:
        path = Path(each["path"])
        if each["path"] in now and (how := _how_changed(path, each)):
            return f"{path} has changed since the run began: {how}", True
    if new:
        return f"{new[0]} was not there when the run began", True
    if gone:
        return f"{gone[0]} is gone", False
    return None, True


def _how_changed(path, before):
    stamp = _stamp(path)
    if stamp["bytes"] != before["bytes"]:
        return f"it had {before['bytes']:,} bytes, and has {stamp['bytes']:,}"
    # Written again with the same content is not a change; that takes a full look.
    is_same = digest_sample(path) == before["sample"] and (
        stamp["modified"] == before["modified"] or digest_file(path) == before["all"]
    )
    return None if is_same else "its content is another"
