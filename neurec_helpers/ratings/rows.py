"""Rows of a file as a person counts them: where a row stands, and which one has too many cells."""

import csv
import io
import itertools
import re
from dataclasses import dataclass

from neurec_helpers.language import tr


def records(lines, sep):
    """Yield (line on which it ends, cells) for each record of csv text that isn't blank.

    Parameters
    ----------
    lines : iterable of str
        An open text file (with ``newline=""``), or anything else that yields its lines.
    sep : str
        The character between two cells.
    """
    csv.field_size_limit(2**31 - 1)  # a cell may be longer than csv takes unless told
    reader = csv.reader(lines, delimiter=sep)
    for cells in reader:
        if len(cells) > 1 or any(cell.strip() for cell in cells):
            yield reader.line_num, cells


def name_row(lines, sep, position):
    """Say in which line of csv text a row of data stands, the header being row 1.

    Parameters
    ----------
    lines, sep
        See `records`.
    position : int
        Rows of data before it.

    Returns
    -------
    str
        Such as "row 7".
    """
    line, _ = next(itertools.islice(records(lines, sep), position + 1, None))
    return tr("row {line}", line=line)


def fault_of_shape(lines, sep, error=""):
    """What makes csv text no table, in words that follow the file's name.

    Parameters
    ----------
    lines, sep
        See `records`.
    error : str
        What the program that could not read it said.
    """
    rows = records(lines, sep)
    _, header = next(rows)
    for line, cells in rows:
        if len(cells) > len(header):
            return tr(
                ", row {line}: {cells} cells where the header has {header}: "
                "{content!r}. Mend the row; a cell that contains "
                "{sep!r} must stand in double quotes.",
                line=line,
                cells=len(cells),
                header=len(header),
                content=sep.join(cells)[:60],
                sep=sep,
            )
    opened = re.search(r"EOF inside string starting at row (\d+)", str(error))
    if opened:
        row = int(opened[1]) + 1
        return tr(", row {row}: a double quote opens and never closes. Mend that row.", row=row)
    return tr(" can't be read as a table: {error}. Mend the file.", error=error)


@dataclass(frozen=True)
class CsvRows:
    """Names the rows of csv text in UTF-8."""

    data: bytes
    sep: str

    def lines(self):
        """The text, to be read line by line."""
        return io.StringIO(self.data.decode(), newline="")

    def name(self, position):
        """Such as "row 7", for a row of data with `position` others before it."""
        return name_row(self.lines(), self.sep, position)


class ParquetRows:
    """Parquet has no header line, so its first row of data is row 1."""

    def name(self, position):
        """Such as "row 7", for a row of data with `position` others before it."""
        return tr("row {row}", row=position + 1)
