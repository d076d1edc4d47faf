"""Where in a file of ratings the first fault is: a slow look, row by row, at what was refused."""

import collections
import csv
import functools
import gzip
import io
import re
import zlib

from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.checking import fault_of_id, fault_of_rating, refusal
from neurec_helpers.ratings.rows import fault_of_shape, records
from neurec_helpers.scale.sources import ROLES, Table, damaged_packing, damaged_parquet, not_utf8

CHUNK = 1 << 24  # bytes of a file that are looked at in one go
LONGEST = 2_000_000  # bytes of a line that duckdb reads
SCALE = "say what the scale is, such as --scale 1 10"


def find_fault(table, form, counts=None, error=""):
    """The first fault of a file.

    Parameters
    ----------
    table : sources.Table
    form : ratings.checking.Form
    counts : dict, optional
        How many faults each role's column has, where that is known; else the whole file is read
        to count them.
    error : str
        What the program that could not read the file said.

    Returns
    -------
    NeurecError or None
        None if no fault is found.
    """
    rows = _parquet_rows if table.packing == "parquet" else _csv_rows
    if "unterminated quote" in error and str(table.path) in error:
        if fault := _open_quote(table, form, error):
            return fault
    first, number = {}, collections.Counter()
    # As `load_ratings` does it, one column after the other.
    wanted = [role for role in ROLES if counts[role]][:1] if counts else ROLES
    places = [(role, ROLES.index(role)) for role in wanted]
    try:
        for row, cells in rows(table, form):
            for role, place in places:
                if fault := _fault_of(role, cells[place], form):
                    first.setdefault(role, (f"row {row}", getattr(form, role), fault))
                    number[role] += 1
            if counts and first:
                number = counts
                break
    except NeurecError as fault:
        return fault
    found = next((role for role in wanted if role in first), None)
    return found and refusal(table.path, *first[found], number[found] - 1)


def _open_quote(table, form, error):
    line = int(re.search(r"Line: (\d+)", error)[1])
    with open_text(table) as lines:
        rows = (row for row in records(lines, form.sep) if row[0] >= line)
        number, found = next(rows, (0, ()))
        # It closes, in a way that duckdb alone doesn't take, such as "a \" b".
        if number == line and len(found) == len(table.names):
            return None
    with open_text(table) as lines:
        shape = fault_of_shape(lines, form.sep, f"EOF inside string starting at row {line - 1}")
    return NeurecError(f"{table.path}{shape}")


@functools.lru_cache(maxsize=100_000)
def _fault_of(role, cell, form):
    if role == "rating":
        return fault_of_rating(cell, form.rating, form.scale, SCALE)
    return fault_of_id(cell)


def _parquet_rows(table, form):
    import pyarrow
    from pyarrow import parquet

    names, row = [getattr(form, role) for role in ROLES], 0
    try:
        with parquet.ParquetFile(table.path) as file:
            for batch in file.iter_batches(columns=names):
                columns = [batch.column(name).to_pylist() for name in names]
                for cells in zip(*columns, strict=True):
                    row += 1
                    yield row, [_written(cell) for cell in cells]
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        raise damaged_parquet(table.path, error) from error


def _written(cell):
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _csv_rows(table, form):
    """Yield (line, the three cells), and raise NeurecError where the text is not a table."""
    places = [table.names.index(getattr(form, role)) for role in ROLES]
    try:
        with open_text(table) as lines:
            rows = records(lines, form.sep)
            next(rows)
            for line, cells in rows:
                if len(cells) > len(table.names):
                    break
                if any("\0" in cell for cell in cells):
                    raise NeurecError(
                        f"{table.path}, row {line}: a zero byte stands here, so this is not plain "
                        "text, or it is damaged. Save it as CSV in UTF-8, or copy it again."
                    )
                yield line, [cells[k].strip() if k < len(cells) else "" for k in places]
            else:
                return
        with open_text(table) as lines:
            raise NeurecError(f"{table.path}{fault_of_shape(lines, form.sep)}")
    except UnicodeDecodeError as error:
        raise NeurecError(_first_not_utf8(table)) from error
    except csv.Error as error:
        raise NeurecError(
            f"{table.path}, row {line + 1}: it can't be read as a row of a table: {error}. Mend it."
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        raise damaged_packing(table.path, error) from error


def is_read_otherwise(table, sep):
    """Whether duckdb may read a CSV file as `load_ratings` doesn't: a quick look at its bytes.

    duckdb drops blanks between a quote and the end of its cell, and empty cells beyond the
    header's. True for a file that holds what may be one of them; a closer look has to decide.
    """
    if table.packing == "parquet":
        return False
    end = sep.encode()
    ends = end + b"\n", end + b"\r", end + b'""'
    try:
        with _open_bytes(table) as file:
            while chunk := file.read(CHUNK):
                chunk += file.readline(CHUNK)
                if sep != " " and (b' "' in chunk or b'" ' in chunk):
                    return True
                if chunk.endswith(end) or any(mark in chunk for mark in ends):
                    if any(_may_be_longer(line, end, table) for line in chunk.splitlines()):
                        return True
    except (EOFError, zlib.error, OSError):
        return False  # reading it will say what is wrong
    return False


def _may_be_longer(line, end, table):
    return line.endswith((end, end + b'""')) and line.count(end) >= len(table.names)


def write_anew(table, form, path):
    """The three columns of a CSV file that has no fault, as a file that any program reads."""
    places = [table.names.index(getattr(form, role)) for role in ROLES]
    with open_text(table) as lines, open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=form.sep, lineterminator="\n")
        for line, cells in records(lines, form.sep):
            kept = [cells[k] for k in places]
            if sum(len(cell.encode()) for cell in kept) > LONGEST:
                raise NeurecError(
                    f"{table.path}, row {line}: user, book and rating have more than {LONGEST:,} "
                    "bytes together, and no longer ones are read here. Shorten its ids."
                )
            writer.writerow(kept)
    names = tuple(getattr(form, role) for role in ROLES)
    return Table(path, "none", names, table.types)


def open_text(table):
    """A CSV file's text, unpacked, with line ends as they are."""
    return io.TextIOWrapper(_open_bytes(table), encoding="utf-8-sig", newline="")


def _open_bytes(table):
    return gzip.open(table.path) if table.packing == "gzip" else open(table.path, "rb")


def _first_not_utf8(table):
    with _open_bytes(table) as lines:
        for row, line in enumerate(lines, 1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return not_utf8(table.path, row, error)
    return f"{table.path} is not in UTF-8. Save it as CSV in UTF-8."
