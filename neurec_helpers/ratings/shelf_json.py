"""shelf.json, which lies beside made ratings and says what they are."""

import gzip
import hashlib
import json
import zlib
from pathlib import Path

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.ratings.unpacking import GZIP, read_bytes


def read_shelf_json(file):
    """What shelf.json beside the ratings `file` says (a dict), or None where there is none."""
    described = Path(file).parent / "shelf.json"
    try:
        said = json.loads(described.read_text(encoding="utf-8"))
        float(said["noise_floor"])
        said["sha256"]["ratings.csv"], said["sha256"]["books.csv"]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except KeyError as error:
        raise NeurecError(
            "{described} doesn't say {error}. {cure}",
            described=described,
            error=error,
            cure=_remake(file),
        ) from None
    except (OSError, ValueError, TypeError) as error:
        raise NeurecError(
            "{described} can't be read: {error}. {cure}",
            described=described,
            error=error,
            cure=_remake(file),
        ) from error
    return said


def shelf_faults(file, said):
    """How the ratings `file` and its books.csv differ from what shelf.json said: sentences."""
    books = Path(file).parent / "books.csv"
    faults = []
    if not is_intact(file, said):
        faults.append(
            tr("{file} is not the file that shelf.json describes (its SHA-256 differs).", file=file)
        )
    if not books.is_file():
        faults.append(tr("{books} is missing.", books=books))
    elif _sha256(books.read_bytes()) != said["sha256"]["books.csv"]:
        faults.append(
            tr(
                "{books} is not the file that shelf.json describes (its SHA-256 differs).",
                books=books,
            )
        )
    return [*faults, _remake(file)] if faults else []


def is_intact(file, said):
    """Whether `file` holds the very ratings of which shelf.json said something."""
    data = read_bytes(file)
    try:
        data = gzip.decompress(data) if data.startswith(GZIP) else data
    except (OSError, EOFError, zlib.error):
        return False
    return _sha256(data) == said["sha256"]["ratings.csv"]


def _sha256(data):
    return hashlib.sha256(data).hexdigest()


def _remake(file):
    if Path(file).parent == paths.DATA:
        return tr("Bring it back with: {cure}", cure=paths.how_to_restore("data"))
    return tr("Make the shelf again with: neurec data make --force FOLDER")
