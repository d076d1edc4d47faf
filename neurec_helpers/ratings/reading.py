"""Reading one file of ratings: csv, csv.gz, zip or parquet.

What can't be used is refused with file, row, column, value and cure. Nothing is guessed, and no
row is dropped: a reader who doesn't know what became of the data can't trust what follows.
"""

import csv
import difflib
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from neurec_helpers.errors import NeurecError

NOT_GIVEN = ["", "nan", "NaN", "<NA>", "null", "NULL"]
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)
ENDINGS = (".csv", ".csv.gz", ".zip", ".parquet")
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
        return [self.book, self.user, self.rating]


def read_ratings(path, form=Form(), data=None):
    """Read and check one file of ratings.

    Parameters
    ----------
    path : str or Path
        The file; its content decides what it is, not its name.
    form : Form
        How it is written.
    data : bytes, optional
        The file's content, where it has been read already; `path` then only names it.

    Returns
    -------
    pandas.DataFrame
        Columns book_id and user_id (int64, 1..n) and rating (int64, or float64 where there are
        fractions), in file order. Where the file's ids are not 1..n, they are numbered in sorted
        order, and the columns original_book_id and original_user_id keep them.

    Raises
    ------
    NeurecError
        If the file can't be used.
    """
    _check_form(form)
    data = read_bytes(path) if data is None else data
    if data.startswith(b"PAR1"):
        raw, where = _from_parquet(path, data, form), _ParquetRows()
    else:
        text = _as_utf8(path, _unpack(path, data), form.encoding)
        _check_header(path, text, form)
        quick = _digits_only(text, form)
        if quick is not None:
            return _check_enough(path, number_ids(quick))
        raw, where = _from_csv(path, text, form), _CsvRows(text, form.sep)
    return _check_enough(path, number_ids(_converted(path, raw, form, where)))


def read_bytes(path):
    """The bytes of the file at `path`, or a NeurecError that says why there are none."""
    file = Path(path).expanduser()
    try:
        if file.is_dir():
            raise NeurecError(
                f"{path} is a folder, not a file. Name the file in it.{_usable(file)}"
            )
        data = file.read_bytes()
    except FileNotFoundError:
        raise NeurecError(f"{path} doesn't exist.{_nearby(file)}") from None
    except OSError as error:
        raise NeurecError(
            f"{path} can't be read: {error.strerror or error}. Check the path and who may read it."
        ) from error
    if not data or data.isspace():
        raise NeurecError(f"{path} is empty. Save or download it again.")
    return data


def _usable(folder):
    names = sorted(p.name for p in folder.iterdir() if p.name.endswith(ENDINGS))
    return f" It holds {_listed(names)}." if names else " It holds no csv, gz, zip or parquet file."


def _nearby(file):
    folder = file.parent
    if not folder.is_dir():
        return f" Nor does its folder, {folder}. Check the spelling."
    names = [p.name for p in folder.iterdir() if p.is_file()]
    near = difflib.get_close_matches(file.name, names, n=3, cutoff=0.6)
    if near:
        return f" Did you mean {' or '.join(near)}, in the same folder?"
    return f" Looked in {folder.resolve()}.{_usable(folder)}"


def _listed(names, most=8):
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _check_form(form):
    for field in fields(form):
        value = getattr(form, field.name)
        if field.name != "scale" and not (isinstance(value, str) and value):
            raise NeurecError(f"{field.name}={value!r}: this must be a string that isn't empty.")
    if len(form.sep) != 1:
        raise NeurecError(f"sep={form.sep!r}: the separator must be one character.")
    try:
        low, high = map(float, form.scale)
    except (TypeError, ValueError):
        raise NeurecError(
            f"scale={form.scale!r}: give the lowest and the highest rating, such as (1, 10)."
        ) from None
    if not -np.inf < low < high < np.inf:
        raise NeurecError(f"scale={form.scale!r}: the lowest rating must be below the highest.")


# What kind of file it is


def _unpack(path, data):
    try:
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        elif data.startswith(b"PK\x03\x04"):
            data = _only_csv(path, data)
        elif data.startswith((b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")):
            raise NeurecError(
                f"{path} is packed in a way that isn't read here. Unpack it, or pack it as gz or "
                "zip."
            )
    except DAMAGED as error:
        raise NeurecError(
            f"{path} is damaged or cut short: it can't be unpacked ({error}). "
            "Copy or download it again."
        ) from error
    if not data or data.isspace():
        raise NeurecError(f"{path} holds an empty file. Save or download it again.")
    return data


def _only_csv(path, data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = [n for n in archive.namelist() if not n.startswith("__MACOSX/")]
        tables = [n for n in names if n.lower().endswith(".csv")]
        if len(tables) == 1:
            return archive.read(tables[0])
    if any(name.startswith("xl/") for name in names):
        raise NeurecError(f"{path} is an Excel workbook. Save the sheet as CSV (UTF-8) first.")
    if not tables:
        raise NeurecError(f"{path} holds no csv file, only {_listed(names) or 'nothing'}.")
    raise NeurecError(
        f"{path} holds {len(tables)} csv files ({_listed(tables)}). "
        "Unpack it and name the one with the ratings."
    )


def _as_utf8(path, data, encoding):
    """Text in UTF-8 without a byte order mark, as bytes."""
    if encoding.lower().replace("-", "") in ("utf8", "utf8sig"):
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise NeurecError(
                f'{path} is UTF-16 text. Save it as "CSV UTF-8", or pass encoding="utf-16".'
            )
        data = data.removeprefix(b"\xef\xbb\xbf")
        encoding = "utf-8"
    try:
        text = data.decode(encoding)
    except LookupError:
        raise NeurecError(
            f'encoding={encoding!r} is not a known encoding. Try "utf-8" or "latin-1".'
        ) from None
    except UnicodeError as error:
        raise NeurecError(_wrong_encoding(path, data, encoding, error)) from error
    if "\0" in text:
        raise NeurecError(
            f"{path} is not plain text: it holds zero bytes. Save it as CSV in UTF-8"
            ' (or, if it is UTF-16 text, pass encoding="utf-16-le").'
        )
    return data if encoding == "utf-8" else text.removeprefix("\ufeff").encode()


def _wrong_encoding(path, data, encoding, error):
    start = getattr(error, "start", 0)
    row = data.count(b"\n", 0, start) + 1
    begin = data.rfind(b"\n", 0, start) + 1
    piece = data[max(begin, start - 20) : start + 20].split(b"\n")[0].decode("latin-1")
    return (
        f"{path}, row {row}: byte 0x{data[start]:02x} is not {encoding}; "
        f"read as Latin-1 it says {piece.strip()!r}. "
        'Save the file as CSV in UTF-8, or, if that reads well, pass encoding="latin-1".'
    )


# The header


def _check_header(path, data, form):
    line = re.split(rb"[\r\n]", data.lstrip(), maxsplit=1)[0].decode()
    others = [s for s in ";\t|," if s != form.sep and s in line]
    if form.sep not in line and others:
        raise NeurecError(
            f"{path}, row 1: {line[:60]!r} has no {form.sep!r} between its columns. "
            f"If {others[0]!r} parts them, pass sep={others[0]!r}."
        )
    names = next(csv.reader([line], delimiter=form.sep), [])
    if any(_is_number(name) for name in names):
        raise NeurecError(
            f"{path}, row 1: {line[:60]!r} holds numbers where the names of the columns should "
            f"stand. Put a header above it, such as {form.sep.join(form.columns)}"
        )
    _check_columns(path, names, form)


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _check_columns(path, names, form):
    twice = sorted({name for name in form.columns if names.count(name) > 1})
    if twice:
        raise NeurecError(f"{path} has more than one column {twice[0]!r}. Rename or remove one.")
    missing = [name for name in form.columns if name not in names]
    if missing:
        kind = "column" if len(missing) == 1 else "columns"
        raise NeurecError(
            f"{path} has no {kind} {_quoted(missing)}; its header names {_quoted(names)}. "
            f"Say which is which: load_ratings({str(path)!r}, {_suggested(names, form)})"
        )


def _quoted(names, most=12):
    return _listed([repr(name) for name in names], most)


def _suggested(names, form):
    """Keyword arguments for the reader to adopt or mend; never acted upon."""
    parts = []
    for role, words in ALIKE.items():
        name = getattr(form, role)
        if name not in names:
            like = [n for n in names if any(word in n.lower() for word in words)]
            parts.append(f"{role}={like[0]!r}" if like else f"{role}=...")
    return ", ".join(parts)


# The rows


def _digits_only(data, form):
    """The table, if each cell is a plain whole number; None where a closer look is needed."""
    body = data[data.find(b"\n") + 1 :]
    sep = form.sep.encode()
    if body.translate(None, b"0123456789\r\n" + sep) or sep + b"0" in body or b"\n0" in data:
        return None
    try:
        table = pd.read_csv(io.BytesIO(data), sep=form.sep, dtype="int64")
    except (ValueError, OverflowError):
        return None
    if not isinstance(table.index, pd.RangeIndex):  # each row has more cells than the header
        return None
    if table.empty or not table[form.rating].between(*form.scale).all():
        return None
    return table[form.columns].set_axis(["book_id", "user_id", "rating"], axis=1)


def _from_csv(path, data, form):
    """The three columns as text."""
    try:
        table = pd.read_csv(io.BytesIO(data), sep=form.sep, dtype=str, keep_default_na=False)
    except pd.errors.ParserError as error:
        raise NeurecError(_wrong_shape(path, data, form, error)) from error
    if not isinstance(table.index, pd.RangeIndex):
        raise NeurecError(_wrong_shape(path, data, form, "too many cells"))
    return table[form.columns].set_axis(["book_id", "user_id", "rating"], axis=1)


def _wrong_shape(path, data, form, error):
    rows = _records(data, form.sep)
    _, header = next(rows)
    try:
        for line, cells in rows:
            if len(cells) > len(header):
                return (
                    f"{path}, row {line}: {len(cells)} cells where the header has {len(header)}: "
                    f"{form.sep.join(cells)[:60]!r}. Mend the row; a cell that contains "
                    f"{form.sep!r} must stand in double quotes."
                )
    except csv.Error:
        pass  # the message below serves
    opened = re.search(r"EOF inside string starting at row (\d+)", str(error))
    if opened:
        row = int(opened[1]) + 1
        return f"{path}, row {row}: a double quote opens and never closes. Mend that row."
    return f"{path} can't be read as a table: {error}. Mend the file."


def _records(data, sep):
    """Yield (line on which it ends, cells) for each record that isn't blank."""
    reader = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=sep)
    for cells in reader:
        if len(cells) > 1 or any(cell.strip() for cell in cells):
            yield reader.line_num, cells


@dataclass(frozen=True)
class _CsvRows:
    """Finds the line of a csv file, the header being line 1, on which a data row stands."""

    data: bytes
    sep: str

    def name(self, position):
        try:
            for index, (line, _) in enumerate(_records(self.data, self.sep)):
                if index == position + 1:
                    return f"row {line}"
        except csv.Error:
            pass  # a cell longer than csv can read; counting rows is the next best
        return f"data row {position + 1}"


class _ParquetRows:
    """Parquet has no header line, so its first row of data is row 1."""

    def name(self, position):
        return f"row {position + 1}"


def _from_parquet(path, data, form):
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(io.BytesIO(data))
        _check_columns(path, table.schema_arrow.names, form)
        # What pandas noted about an index is of no use here, and is damaged where the file is.
        frame = table.read(columns=form.columns).replace_schema_metadata().to_pandas()
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise NeurecError(
            f"{path} is damaged or cut short: it can't be read as parquet ({error}). "
            "Copy or download it again."
        ) from error
    return frame[form.columns].set_axis(["book_id", "user_id", "rating"], axis=1)


def _converted(path, raw, form, rows):
    if raw.empty:
        raise NeurecError(f"{path} has a header and no ratings below it.")
    names = dict(zip(raw.columns, form.columns, strict=True))
    return pd.DataFrame(
        {
            "book_id": _ids(path, raw["book_id"], names["book_id"], rows),
            "user_id": _ids(path, raw["user_id"], names["user_id"], rows),
            "rating": _numbers(path, raw["rating"], names["rating"], form.scale, rows),
        }
    )


def _ids(path, column, name, rows):
    """Ids as integers where all are written as such, else as text."""
    if pd.api.types.is_integer_dtype(column) and not column.hasnans:
        return column.to_numpy()
    codes, values = pd.factorize(column, use_na_sentinel=False)
    written = pd.Series([_written(value) for value in values], dtype=object)
    missing = written.isin(NOT_GIVEN).to_numpy()
    if missing.any():
        _refuse(
            path, rows, name, missing[codes], "no id stands here. Fill it in, or remove the row."
        )
    return _narrowest(written)[codes]


def _written(value):
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # parquet keeps integers as floats where some are missing
    return "" if value is None or value is pd.NA else str(value).strip()


def _narrowest(written):
    """int64 if that holds all, else uint64, else the text itself."""
    if written.str.fullmatch(r"0|-?[1-9][0-9]*").all():
        for kind in ("int64", "uint64"):
            try:
                return np.array([int(text) for text in written], dtype=kind)
            except OverflowError:
                continue
    return written.astype(str).to_numpy(dtype=object)


def _numbers(path, column, name, scale, rows):
    codes, values = pd.factorize(column, use_na_sentinel=False)
    written = pd.Series([_written(value) for value in values], dtype=object)
    number = pd.to_numeric(written, errors="coerce").to_numpy(dtype=float)
    low, high = scale
    good = (number >= low) & (number <= high)
    if not good.all():
        bad = (~good)[codes]
        first = written[codes[bad.argmax()]]
        _refuse(path, rows, name, bad, _what_is_wrong(first, number[codes[bad.argmax()]], scale))
    return _whole_if_possible(number[codes])


def _what_is_wrong(written, number, scale):
    low, high = scale
    if written in NOT_GIVEN:
        said = f"{written!r} stands" if written else "nothing stands"
        return f"{said} where a rating should. Fill it in, or remove the row."
    if np.isinf(number):
        return f"{written!r} is infinite. Mend it, or remove the row."
    if np.isnan(number):
        comma = " Write the decimal point as a point." if re.fullmatch(r"\d+,\d+", written) else ""
        return f"{written!r} is not a number.{comma} Mend it, or remove the row."
    return (
        f"{written} is outside the scale; ratings from {low:g} to {high:g} are accepted. "
        "Mend it, or say what the scale is, such as scale=(1, 10)."
    )


def _refuse(path, rows, name, bad, what):
    others = int(bad.sum()) - 1
    more = f" ({others:,} more like it.)" if others else ""
    raise NeurecError(f"{path}, {rows.name(int(bad.argmax()))}, column {name!r}: {what}{more}")


def _whole_if_possible(numbers):
    whole = numbers.astype("int64")
    return whole if (whole == numbers).all() else numbers


# Ids


def number_ids(ratings):
    """Number books and users 1..n in sorted order, keeping the originals where that changes them.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Columns book_id, user_id (integers or text) and rating.

    Returns
    -------
    pandas.DataFrame
        The same rows. Where ids were not 1..n, two columns more: original_book_id and
        original_user_id.
    """
    if all(_is_one_to_n(ratings[name].to_numpy()) for name in ("book_id", "user_id")):
        return ratings.astype({"book_id": "int64", "user_id": "int64"})
    numbered = {name: _numbered(ratings[name]) for name in ("book_id", "user_id")}
    return ratings.assign(
        **numbered,
        original_book_id=ratings["book_id"],
        original_user_id=ratings["user_id"],
    )


def _is_one_to_n(ids):
    if ids.dtype.kind not in "iu" or ids.min() != 1 or ids.max() > len(ids):
        return False
    return bool(np.bincount(ids.astype("int64"))[1:].all())


def _numbered(ids):
    codes, _ = pd.factorize(ids, sort=True)
    return codes.astype("int64") + 1


def _check_enough(path, ratings):
    """A 4 : 1 split needs five rows, and there is nothing to learn from one user or book."""
    for name, thing in (("user_id", "user"), ("book_id", "book")):
        if ratings[name].max() < 2:
            raise NeurecError(
                f"{path} has ratings of one {thing} only (all {len(ratings):,} rows). The lesson "
                f"compares {thing}s, so it needs at least two."
            )
    if len(ratings) < 5:
        raise NeurecError(
            f"{path} has {len(ratings)} ratings. The lesson keeps one in five for the test, so it "
            "needs at least five."
        )
    return ratings
