"""Reading one file of ratings: csv, csv.gz, zip or parquet.

What can't be used is refused with file, row, column, value and cure. Nothing is guessed, and no
row is dropped: a reader who doesn't know what became of the data can't trust what follows.
"""

import io

import pandas as pd

from neurec_helpers.errors import NeurecError, in_one_line
from neurec_helpers.language import mark
from neurec_helpers.ratings.checking import (
    Form,
    check_columns,
    check_form,
    check_header,
    check_types,
    fault_of_rating,
)
from neurec_helpers.ratings.ids import number_ids, read_ids, refuse_first, written_values
from neurec_helpers.ratings.rows import CsvRows, ParquetRows, fault_of_shape
from neurec_helpers.ratings.unpacking import as_utf8, first_line, is_parquet, read_bytes, unpack

NAMES = ["book_id", "user_id", "rating"]
LESSON = Form()
ONE_USER = mark(
    "{path} has ratings of one user only (rows: {rows:,}). The lesson compares users, so it "
    "needs at least two."
)
ONE_BOOK = mark(
    "{path} has ratings of one book only (rows: {rows:,}). The lesson compares books, so it "
    "needs at least two."
)


def read_ratings(path, form=LESSON, data=None):
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
    check_form(form)
    data = read_bytes(path) if data is None else data
    if is_parquet(data):
        raw, rows = _from_parquet(path, data, form), ParquetRows()
    else:
        text = as_utf8(path, unpack(path, data), form.encoding)
        check_header(path, first_line(text)[0], form)
        quick = _digits_only(text, form)
        if quick is not None:
            return _check_enough(path, number_ids(quick))
        raw = read_table(path, text, form.sep)[form.columns].set_axis(NAMES, axis=1)
        rows = CsvRows(text, form.sep)
    return _check_enough(path, number_ids(_converted(path, raw, form, rows)))


def _digits_only(data, form):
    """The table, if each cell is a plain whole number; None where a closer look is needed."""
    body = data[data.find(b"\n") + 1 :]
    sep = form.sep.encode()
    if len(sep) > 1:
        return None
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
    return table[form.columns].set_axis(NAMES, axis=1)


def read_table(path, data, sep):
    """Csv text in UTF-8 as a table with each cell as text.

    Raises
    ------
    NeurecError
        If a row has more cells than the header, or a quote never closes.
    """
    try:
        table = pd.read_csv(
            io.BytesIO(data),
            sep=sep,
            dtype=str,
            keep_default_na=False,
            engine="c" if sep.isascii() else "python",
        )
        error = "" if isinstance(table.index, pd.RangeIndex) else "too many cells"
    except pd.errors.ParserError as parser_error:
        error = str(parser_error)
    if error:
        fault = fault_of_shape(CsvRows(data, sep).lines(), sep, error)
        raise NeurecError("{path}{fault}", path=path, fault=fault)
    return table


def _from_parquet(path, data, form):
    import pyarrow
    from pyarrow import parquet

    try:
        table = parquet.ParquetFile(io.BytesIO(data))
        check_columns(path, table.schema_arrow.names, form)
        check_types(path, table.schema_arrow, form)
        # What pandas noted about an index is of no use here, and is damaged where the file is.
        whole = table.read(columns=form.columns).replace_schema_metadata()
        frame = whole.to_pandas()
        for name in form.columns:
            if whole[name].null_count:  # else what is missing would be called nan
                cells = ["" if cell is None else cell for cell in whole[name].to_pylist()]
                frame[name] = pd.Series(cells, dtype=object)
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise NeurecError(
            "{path} is damaged or cut short: it can't be read as parquet ({error}). "
            "Copy or download it again.",
            path=path,
            error=in_one_line(error),
        ) from error
    return frame[form.columns].set_axis(NAMES, axis=1)


def _converted(path, raw, form, rows):
    if raw.empty:
        raise NeurecError("{path} has a header and no ratings below it.", path=path)
    return pd.DataFrame(
        {
            "book_id": read_ids(path, raw["book_id"], form.book, rows),
            "user_id": read_ids(path, raw["user_id"], form.user, rows),
            "rating": _read_numbers(path, raw["rating"], form, rows),
        }
    )


def _read_numbers(path, column, form, rows):
    """Ratings as int64 where all are whole, else as float64."""
    codes, written = written_values(column)
    written = written.str.strip()
    faults = [fault_of_rating(text, form.rating, form.scale) for text in written]
    refuse_first(path, rows, form.rating, codes, faults)
    numbers = written.astype(float).to_numpy()[codes]
    whole = numbers.astype("int64")
    return whole if (whole == numbers).all() else numbers


def _check_enough(path, ratings):
    """A 4 : 1 split needs five rows, and there is nothing to learn from one user or book."""
    for name, text in (("user_id", ONE_USER), ("book_id", ONE_BOOK)):
        if ratings[name].max() < 2:
            raise NeurecError(text, path=path, rows=len(ratings))
    if len(ratings) < 5:
        raise NeurecError(
            "{path} has {rows} ratings. The lesson keeps one in five for the test, so it "
            "needs at least five.",
            path=path,
            rows=len(ratings),
        )
    return ratings
