"""Ratings that no student has seen: a shelf of another seed and other sizes."""

import json
import os
import secrets
from pathlib import Path

from neurec_helpers.errors import NeurecError

DATA = "hidden"
SECRET = "secret.json"


def make_hidden(course_folder):
    """Make the hidden shelf of a course once; later calls find it.

    The ratings go where submissions can read them; what would make them again, the seed and the
    truth behind them, stays with the grader.

    Parameters
    ----------
    course_folder : Path

    Returns
    -------
    Path
        Folder with ``ratings.csv.gz`` and ``books.csv``.

    Raises
    ------
    NeurecError
        If it can't be written.
    """
    import neurec_helpers as nr

    folder = Path(course_folder) / DATA
    if (Path(course_folder) / SECRET).exists():
        return folder
    n_users = 4_500 + secrets.randbelow(1_000)
    sizes = {
        "seed": secrets.randbelow(2**31),
        "n_users": n_users,
        "n_books": 1_200 + secrets.randbelow(300),
        "n_ratings": 17 * n_users + secrets.randbelow(1_000),
    }
    nr.save_shelf(nr.make_shelf(**sizes), folder)
    (folder / "shelf.json").unlink()
    for path in folder.iterdir():
        path.chmod(0o644)
    try:
        descriptor = os.open(
            Path(course_folder) / SECRET, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
        )
        with os.fdopen(descriptor, "w") as file:
            json.dump(sizes, file)
    except OSError as error:
        raise NeurecError(f"can't write the hidden shelf's secret: {error.strerror}.") from error
    return folder
