"""Ratings that no student has seen: a shelf of another seed and other sizes."""

import secrets
import shutil
from pathlib import Path

from neurec_helpers.errors import NeurecError

DATA = "hidden"


def make_hidden(folder):
    """Make the hidden shelf of a batch, in place of the last one's.

    What a submission finds out about it and brings into the open, by a message for example, is of
    no use to those that are graded later. The seed and the truth behind it are not kept.

    Parameters
    ----------
    folder : Path

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

    made = Path(folder) / DATA
    n_users = 4_500 + secrets.randbelow(1_000)
    shelf = nr.make_shelf(
        seed=secrets.randbelow(2**31),
        n_users=n_users,
        n_books=1_200 + secrets.randbelow(300),
        n_ratings=17 * n_users + secrets.randbelow(1_000),
    )
    try:
        shutil.rmtree(made, ignore_errors=True)
        nr.save_shelf(shelf, made)
        (made / "shelf.json").unlink()
        for path in made.iterdir():
            path.chmod(0o644)
    except OSError as error:
        raise NeurecError(f"can't write the hidden shelf into {made}: {error.strerror}.") from error
    return made
