"""The real edition: goodbooks-10k as first published on Kaggle, the lesson's own data.

It isn't shipped. It is looked for in the folder that NEUREC_DATA_DIR names, then in the cache,
and else downloaded from a list of mirrors. Wherever it comes from, its SHA-256 is checked.
"""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import DAMAGED

ATTRIBUTION = "goodbooks-10k by Zygmunt Zając, licence CC BY-SA 4.0"
HOMEPAGE = "https://www.kaggle.com/datasets/zygmunt/goodbooks-10k"
KAGGLE_NAME = "zygmunt/goodbooks-10k"
KAGGLEHUB = "kagglehub"  # an optional package

TIMEOUT = (10, 30)  # seconds: to be connected; without a single byte
PATIENCE = 900  # seconds for one download as a whole
STALE = 24 * 3600  # seconds after which what an interrupted download left is cleared away


@dataclass(frozen=True)
class Mirror:
    """Where a file can be downloaded; `sha256` is that of what stands at `url`."""

    url: str
    kind: str  # "plain" or "zip"
    sha256: str


@dataclass(frozen=True)
class DataFile:
    """One file of the real edition; size in bytes."""

    name: str
    sha256: str
    size: int
    mirrors: tuple
    other_edition_header: str  # how the file of the same name begins in the GitHub edition


_SURPRISE = (
    "https://raw.githubusercontent.com/AmolMavuduru/SurprisePythonExamples/"
    "4851ae62a8e6e3f00d8f137d472683b83d4af62a/data/"
)
_TANNER = (
    "https://raw.githubusercontent.com/TannerGilbert/Tutorials/"
    "e85d205ba5725d6fd2ec6c6347ba6e7326e8b40a/Recommendation%20System/"
)
_SAHIL = (
    "https://raw.githubusercontent.com/sahilpocker/Book-Recommender-System/"
    "279e312651c57768c6038a8410c3cfc8e6c615e1/Dataset/"
)
_RATINGS_SHA256 = "c5d10afdaef938a5b9a7feb200dd5027d410a7d9ff1bf518340233b7f0f8455e"
_BOOKS_SHA256 = "04ca365d0d36bb9fccb5eb1e534111b889afd77b6367c686735206ea83432d94"

RATINGS = DataFile(
    name="ratings.csv",
    sha256=_RATINGS_SHA256,
    size=12_437_766,
    mirrors=(
        Mirror(
            _SURPRISE + "ratings.csv.zip",
            "zip",
            "f39c7cb62a1d7e6731eb8aa11d7b69ae00d66c1bda9c4d940530cc9e57eebf04",
        ),
        Mirror(_TANNER + "ratings.csv", "plain", _RATINGS_SHA256),
        Mirror(_SAHIL + "ratings.csv", "plain", _RATINGS_SHA256),
    ),
    other_edition_header="user_id,book_id,rating",
)
BOOKS = DataFile(
    name="books.csv",
    sha256=_BOOKS_SHA256,
    size=3_296_741,
    mirrors=(
        Mirror(
            _SURPRISE + "books.csv.zip",
            "zip",
            "959ccc2f197ab7df01cf2d2e48378288990e3631e64dbbb6d02e88379c2ca9c5",
        ),
        Mirror(_SAHIL + "books.csv", "plain", _BOOKS_SHA256),
    ),
    other_edition_header="book_id,goodreads_book_id",
)
FILES = (RATINGS, BOOKS)


@dataclass(frozen=True)
class Found:
    """A file of the real edition, verified: where it is, and its content."""

    path: Path
    data: bytes


class Unfit(ValueError):
    """What was found or sent is not the file that was wanted; the message says why."""


def cache_folder():
    """Folder of the downloaded files."""
    return paths.cache_dir() / "goodbooks-10k"


def path_from_variable(text):
    """The path that an environment variable gives.

    A relative one is taken from the working directory and, if nothing is there, from the
    checkout, since notebooks run in a folder of their own.
    """
    path = Path(text).expanduser()
    if path.is_absolute() or path.exists():
        return path
    return paths.ROOT / path if (paths.ROOT / path).exists() else path


def read(file):
    """The verified content of a `DataFile` as bytes, downloaded first if need be."""
    return _obtain(file).data


def fetch(file, progress=None, timeout=TIMEOUT, patience=PATIENCE):
    """Have a file of the real edition on this machine.

    Parameters
    ----------
    file : DataFile
        `RATINGS` or `BOOKS`.
    progress : object, optional
        A progress bar with `total`, `update(n)` and `close()`; in bytes.
    timeout : tuple of two numbers
        Seconds to wait for a connection, and for the next byte.
    patience : number
        Seconds after which a download is given up, however it goes.

    Returns
    -------
    Path
        The verified file (csv, or a zip in the folder that NEUREC_DATA_DIR names).

    Raises
    ------
    NeurecError
        If it can't be had: the message lists what was tried, and what to do.
    """
    return _obtain(file, progress, timeout, patience).path


def find(file):
    """Look for a file on this machine only.

    Parameters
    ----------
    file : DataFile
        `RATINGS` or `BOOKS`.

    Returns
    -------
    found : Found or None
        The file, if it is here and verified.
    tried : list of str
        One line for each place where it isn't.

    Raises
    ------
    NeurecError
        If NEUREC_DATA_DIR names a folder with another file of that name.
    """
    tried = []
    given = os.environ.get("NEUREC_DATA_DIR")
    if not given:
        tried.append("NEUREC_DATA_DIR: not set")
    else:
        found, why = _in_folder(file, path_from_variable(given))
        if found:
            return found, tried
        tried.append(f"NEUREC_DATA_DIR={given}: {why}")
    cached = cache_folder() / file.name
    try:
        return Found(cached, _verified(cached.read_bytes(), file)), tried
    except FileNotFoundError:
        tried.append(f"cache {cached}: not there yet")
    except (OSError, Unfit) as error:
        tried.append(f"cache {cached}: {_said(error)}")
    return None, tried


def _in_folder(file, folder):
    """(Found, None), or (None, why not)."""
    if not folder.is_dir():
        return None, "no such folder"
    for name in (file.name, f"{file.name}.zip", "archive.zip", "goodbooks-10k.zip"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            data = path.read_bytes()
            data = _unzipped(path, file) if data.startswith(b"PK") else data
            return Found(path, _verified(data, file)), None
        except (OSError, Unfit) as error:
            raise NeurecError(
                f"{path} is not the lesson's {file.name}: {_said(error)}. "
                f"Get the first edition from {HOMEPAGE} , or unset NEUREC_DATA_DIR to have it "
                "downloaded."
            ) from error
    return None, f"holds neither {file.name} nor {file.name}.zip"


def _verified(data, file):
    """`data`, if it is the file to the byte."""
    if hashlib.sha256(data).hexdigest() == file.sha256:
        return data
    if data.lstrip(b"\xef\xbb\xbf").startswith(file.other_edition_header.encode()):
        raise Unfit(
            "it is that of the other edition, zygmuntz/goodbooks-10k on GitHub, which has six "
            "million ratings and other rows"
        )
    raise Unfit(f"its SHA-256 differs ({len(data):,} bytes; the lesson's file has {file.size:,})")


def _unzipped(path, file):
    """Content of the one member called `file.name` in the zip at `path`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if Path(m.filename).name == file.name]
            members = [m for m in members if not m.filename.startswith("__MACOSX/")]
            if len(members) != 1:
                raise Unfit(f"the zip holds {len(members)} files called {file.name}")
            if members[0].file_size > 20 * file.size:
                raise Unfit(f"the {file.name} in the zip has {members[0].file_size:,} bytes")
            return archive.read(members[0])
    except Unfit:
        raise
    except DAMAGED as error:
        raise Unfit(f"it is damaged or cut short: it can't be unpacked ({error})") from error


def _obtain(file, progress=None, timeout=TIMEOUT, patience=PATIENCE):
    found, tried = find(file)
    if found:
        return found
    target = cache_folder() / file.name
    with _workshop(target.parent) as folder:
        for mirror in file.mirrors:
            data, why = _download(mirror, file, folder, _Watch(file, progress, patience), timeout)
            if data is not None:
                return Found(_store(data, file, folder, target), data)
            tried.append(f"{mirror.url}: {why}")
        data, why = _from_kaggle(file)
        if data is not None:
            return Found(_store(data, file, folder, target), data)
        tried.append(f"Kaggle: {why}")
    raise NeurecError(_nowhere(file, tried))


def _nowhere(file, tried):
    places = "\n".join(f"  - {line}" for line in tried)
    return (
        f"{file.name} of goodbooks-10k could not be had. Tried:\n{places}\n"
        f"What to do: download it in a browser from {HOMEPAGE} , put it (or the zip) into a "
        "folder and set NEUREC_DATA_DIR to that folder. Or unset NEUREC_DATASET: the Shelf needs "
        "no network."
    )


@contextlib.contextmanager
def _workshop(cache):
    """A folder of this process alone, inside the cache so that a move from it is atomic."""
    try:
        cache.mkdir(parents=True, exist_ok=True)
        for old in cache.glob("part-*"):
            if time.time() - old.stat().st_mtime > STALE:
                shutil.rmtree(old, ignore_errors=True)
        folder = tempfile.mkdtemp(prefix="part-", dir=cache)
    except OSError as error:
        raise _no_room(cache, error) from error
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _no_room(cache, error):
    return NeurecError(
        f"The cache folder {cache} can't be written to: {error.strerror or error}. "
        "Make room or give yourself the right to write there; or put the files into a folder of "
        "your own and set NEUREC_DATA_DIR to it."
    )


def _download(mirror, file, folder, watch, timeout):
    """(content, None), or (None, why not)."""
    import pooch
    import requests

    http = pooch.HTTPDownloader(progressbar=watch, timeout=timeout)

    def downloader(url, output_file, pooch):
        watch.output = output_file
        http(url, output_file, pooch)

    try:
        with _quiet(pooch.get_logger()):
            path = pooch.retrieve(
                mirror.url, f"sha256:{mirror.sha256}", "download", folder, downloader=downloader
            )
        data = _unzipped(path, file) if mirror.kind == "zip" else Path(path).read_bytes()
        return _verified(data, file), None
    except (requests.RequestException, ValueError) as error:
        return None, _said(error)
    except OSError as error:  # after the above: requests' errors are OSErrors too
        raise _no_room(folder.parent, error) from error
    finally:
        (folder / "download").unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet(logger):
    level = logger.level
    logger.setLevel("WARNING")
    try:
        yield
    finally:
        logger.setLevel(level)


class _Watch:
    """pooch's progress bar: passes progress on, and ends a download that can come to no good."""

    def __init__(self, file, progress, patience):
        self.most = 2 * file.size
        self.bar = progress
        self.patience = patience
        self.end = time.monotonic() + patience
        self.output = None  # path that is being written
        self.received = 0

    @property
    def total(self):
        return self.bar.total if self.bar else None

    @total.setter
    def total(self, size):
        if self.bar:
            self.bar.total = size

    def update(self, n):
        # pooch says the size of a full piece for each piece, so ask the file how long it is.
        before, self.received = self.received, os.path.getsize(self.output)
        if self.received > self.most:
            raise Unfit(f"sends more than {self.most:,} bytes, so it is another file")
        if time.monotonic() > self.end:
            raise Unfit(f"too slow: not done after {self.patience:g} s")
        if self.bar:
            self.bar.update(self.received - before)

    def reset(self):
        """Pooch winds back and then forward to the end; what is shown is right already."""

    def close(self):
        if self.bar:
            self.bar.close()


def _said(error):
    """In a few words, what an error means to somebody who waits for a file."""
    import requests

    if isinstance(error, Unfit):
        return str(error)
    if isinstance(error, requests.HTTPError):
        return f"answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout) or "timed out" in str(error).lower():
        return "no answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return f"no secure connection ({error})"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "broke off half-way"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, ValueError) and "hash" in str(error):
        return "sent other bytes (its SHA-256 differs)"
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error)


def _store(data, file, folder, target):
    """Write `data` to `target` in one step; another process may be doing the same."""
    part = folder / file.name
    try:
        part.write_bytes(data)
        os.replace(part, target)
    except OSError as error:
        if target.is_file() and target.read_bytes() == data:
            return target  # Windows lets nobody replace a file that another process reads
        raise _no_room(target.parent, error) from error
    return target


def _from_kaggle(file):
    """(content, None), or (None, why not), by the optional package kagglehub."""
    if importlib.util.find_spec(KAGGLEHUB) is None:
        return None, "the package kagglehub is not installed"
    try:
        kagglehub = importlib.import_module(KAGGLEHUB)
        path = Path(kagglehub.dataset_download(KAGGLE_NAME, path=file.name))
        data = path.read_bytes()
        data = _unzipped(path, file) if data.startswith(b"PK") else data
        return _verified(data, file), None
    except Exception as error:  # kagglehub documents no common class for its errors
        return None, _said(error)
