"""What a prepared folder holds."""

import pandas as pd

from neurec_helpers.scale.preparing import BOOKS, HELD_OUT, TRAIN, USERS


def by_row(prepared):
    """All rows of a prepared folder under their old ids."""
    parts = (pd.read_parquet(prepared / name) for name in (TRAIN, HELD_OUT))
    rows = pd.concat(parts)
    users, books = (pd.read_parquet(prepared / n).set_index("row").id for n in (USERS, BOOKS))
    return sorted(zip(*(rows.user.map(users), rows.book.map(books), rows.rating), strict=True))
