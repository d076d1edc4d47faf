"""Which data are meant: the Shelf, the real edition, or a file of a reader's own.

The environment variable NEUREC_DATASET chooses for all notebooks.
"""

import os
import re
from pathlib import Path

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr

SHELF = "shelf"
GOODBOOKS = "goodbooks"
ADDRESS = r"[a-z][a-z0-9+]+:/"  # two slashes are one to Path


def resolve_source(source):
    """Say which data is meant.

    Parameters
    ----------
    source : str, Path or None
        What was asked for; None asks the environment.

    Returns
    -------
    str or Path
        "shelf", "goodbooks", or the path of a file, which need not exist.

    Raises
    ------
    NeurecError
        If it is none of these.
    """
    asked = source is None
    if asked:
        source = os.environ.get("NEUREC_DATASET") or SHELF
    if isinstance(source, os.PathLike):
        return Path(source)
    if not isinstance(source, str) or not source:
        raise NeurecError(
            "{source!r} is not a source of ratings. "
            "Give 'shelf', 'goodbooks' or the path of a file.",
            source=source,
        )
    if source in (SHELF, GOODBOOKS):
        return source
    named = f"NEUREC_DATASET={source}" if asked else repr(source)
    refuse_address(source, named)
    if not _looks_like_path(source):
        raise NeurecError(
            "{named} is neither shelf, goodbooks, nor a file that exists. "
            "Choose one of the two, or give the path of a file of ratings.",
            named=named,
        )
    return path_from_variable(source) if asked else Path(source)


def refuse_address(source, named=None):
    """Raise a NeurecError if `source` is a URL, not a path; `named` is how the reader gave it."""
    if re.match(ADDRESS, str(source), re.IGNORECASE) and not os.path.exists(source):
        raise NeurecError(
            "{named} is an address. Download the file, and give its path.", named=named or source
        )


def _looks_like_path(text):
    # Whether a name without any of these is a file, the system says.
    return "/" in text or os.sep in text or "." in text or os.path.exists(text)


def path_from_variable(text):
    """The path that an environment variable gives.

    A relative one is taken from the working directory and, if nothing is there, from the folder
    above the notebooks, since they run in a folder of their own.
    """
    path = Path(os.path.expanduser(text))
    if path.is_absolute() or os.path.exists(path):
        return path
    return paths.ROOT / path if os.path.exists(paths.ROOT / path) else path


def shelf_file():
    """The Shelf's ratings, or a NeurecError that says how to get them back."""
    file = paths.DATA / "ratings.csv.gz"
    if not file.is_file():
        raise NeurecError(
            "The Shelf is missing: there is no {file}. Bring it back with: {cure}",
            file=file,
            cure=paths.how_to_restore("data"),
        )
    return file


def data_set(noise_floor):
    """The name, for a report, of the data that NEUREC_DATASET chooses.

    Parameters
    ----------
    noise_floor : float or None
        That of the data: only made data has one, and is called synthetic.

    Returns
    -------
    str
    """
    source = os.environ.get("NEUREC_DATASET") or SHELF
    names = {SHELF: tr("the Shelf (synthetic)"), GOODBOOKS: tr("goodbooks-10k (real ratings)")}
    made = tr(" (synthetic)") if noise_floor is not None else ""
    return names.get(source, f"{source}{made}")
