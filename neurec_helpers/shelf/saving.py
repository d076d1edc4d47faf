"""Writes a shelf to a folder: ratings.csv.gz, books.csv, shelf.json."""

import gzip
import hashlib
import io
import json
from pathlib import Path

from neurec_helpers.files import replacing


def save_shelf(shelf, folder):
    """Write a shelf, each file whole or not at all; the same shelf gives the same bytes.

    Parameters
    ----------
    shelf : Shelf
    folder : str or Path
        Made if it isn't there.

    Raises
    ------
    OSError
        Where the folder can't be written to.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    ratings = csv_bytes(shelf.ratings)
    books = csv_bytes(shelf.books)
    facts = {
        "synthetic": True,
        "seed": shelf.seed,
        "n_users": len(shelf.truth_readers.noise),
        "n_books": len(shelf.books),
        "n_ratings": len(shelf.ratings),
        "noise_floor": round(shelf.noise_floor, 6),
        "sha256": {
            "ratings.csv": hashlib.sha256(ratings).hexdigest(),
            "books.csv": hashlib.sha256(books).hexdigest(),
        },
    }
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(ratings)
    text = json.dumps(facts, indent=2) + "\n"
    _replace(folder / "ratings.csv.gz", packed.getvalue())
    _replace(folder / "books.csv", books)
    _replace(folder / "shelf.json", text.encode())


def csv_bytes(table):
    """The table as the bytes of a CSV file with plain line ends."""
    return table.to_csv(index=False, lineterminator="\n").encode()


def _replace(path, data):
    with replacing(path) as unfinished:
        unfinished.write_bytes(data)
