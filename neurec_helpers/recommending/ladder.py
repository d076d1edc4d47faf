"""What `neurec ladder` measured: test errors over several seeds, kept in data/ladder.json."""

import json

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.ratings import goodbooks

COLUMNS = ("model", "test MSE", "spread", "seconds", "parameters")


def stored_ladder():
    """The ladder as `neurec ladder` measured it on the ratings that are in use.

    Returns
    -------
    pandas.DataFrame or None
        Columns model, test MSE (mean over the seeds, squared stars), spread (standard deviation
        over the seeds; NaN for what depends on none), seconds (to train), parameters; best last.
        None for ratings on which nobody has measured it.

    Raises
    ------
    NeurecError
        If the file is damaged.
    """
    import pandas as pd

    entry = _read().get(_ratings_in_use())
    if entry is None:
        return None
    table = pd.DataFrame(entry["rows"], columns=COLUMNS)
    return table.sort_values("test MSE", ascending=False, ignore_index=True)


def keep_ladder(rows, seeds):
    """Keep what was measured on the ratings in use.

    Parameters
    ----------
    rows : list of dict
        With the keys of `COLUMNS`.
    seeds : list of int

    Returns
    -------
    Path or None
        The file; None for ratings that are neither the Shelf's nor the real edition's.
    """
    name = _ratings_in_use()
    if name is None:
        return None
    ladders = {**_read(), name: {"seeds": seeds, "rows": rows}}
    write_text(json.dumps(ladders, indent=1) + "\n", _file())
    return _file()


def _file():
    return paths.DATA / "ladder.json"


def _read():
    if not _file().exists():
        return {}
    try:
        return json.loads(_file().read_text(encoding="utf-8"))
    except ValueError as error:
        raise NeurecError(
            "{file} is damaged ({error}). Bring it back with: {cure}",
            file=_file(),
            error=error,
            cure=paths.how_to_restore("data"),
        ) from None


def _ratings_in_use():
    """SHA-256 of the ratings in use, or None: of other ratings nothing is known."""
    from neurec_helpers.ratings import sources
    from neurec_helpers.ratings.shelf_json import read_shelf_json

    source = sources.resolve_source(None)
    if source == sources.SHELF:
        return read_shelf_json(sources.shelf_file())["sha256"]["ratings.csv"]
    if source == sources.GOODBOOKS:
        return goodbooks.RATINGS.sha256
    return None
