"""Ids of books and users: kept as they are written, and numbered 1..n."""

import numbers

import numpy as np
import pandas as pd

from neurec_helpers.ratings.checking import WHOLE, fault_of_id, refusal


def read_ids(path, column, name, rows):
    """Ids as integers where all are written as such, else as text, blanks around it included.

    Parameters
    ----------
    path : str or Path
        The file, for messages.
    column : pandas.Series
    name : str
        What the file calls it.
    rows : object
        ``rows.name(position)`` says which row it is.

    Returns
    -------
    numpy.ndarray
        int64, else uint64, else text.

    Raises
    ------
    NeurecError
        If an id is missing.
    """
    if pd.api.types.is_integer_dtype(column) and not column.hasnans:
        return column.to_numpy()
    codes, written = written_values(column)
    faults = [fault_of_id(text.strip()) for text in written]
    refuse_first(path, rows, name, codes, faults)
    return _narrowest(written)[codes]


def written_values(column):
    """(codes, values): each different cell once as text, and which of them stands in each row."""
    codes, values = pd.factorize(column, use_na_sentinel=False)
    return codes, pd.Series([_written(value) for value in values], dtype=object)


def refuse_first(path, rows, name, codes, faults):
    """Raise a NeurecError for the first row whose value has a fault.

    Parameters
    ----------
    path, rows, name
        See `read_ids`.
    codes : int array, one per row
        Number of the row's value.
    faults : list of str or None, one per value
    """
    bad = np.array([fault is not None for fault in faults], dtype=bool)[codes]
    if bad.any():
        first = int(bad.argmax())
        others = int(bad.sum()) - 1
        raise refusal(path, rows.name(first), name, faults[codes[first]], others)


def _written(value):
    if isinstance(value, numbers.Real) and float(value).is_integer():
        return str(int(value))  # parquet keeps integers as floats where some are missing
    return "" if value is None or value is pd.NA else str(value)


def _narrowest(written):
    """int64 if that holds all, else uint64, else the text itself."""
    bare = written.str.strip()
    if bare.str.fullmatch(WHOLE).all():
        for kind in ("int64", "uint64"):
            try:
                return np.array([int(text) for text in bare], dtype=kind)
            except (OverflowError, ValueError):  # ValueError: thousands of digits
                continue
    return written.astype(str).to_numpy(dtype=object)


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
