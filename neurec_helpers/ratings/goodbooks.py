"""The real edition: goodbooks-10k as first published on Kaggle, the lesson's own data.

It isn't shipped. It is looked for in the folder that NEUREC_DATA_DIR names, then in the cache,
and else downloaded by pooch from a list of mirrors. Wherever it comes from, its SHA-256 is checked.
"""

import contextlib
import hashlib
import os
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import DAMAGED
from neurec_helpers.language import tr
from neurec_helpers.ratings.sources import path_from_variable

ATTRIBUTION = "goodbooks-10k by Zygmunt Zając, licence CC BY-SA 4.0"
HOMEPAGE = "https://www.kaggle.com/datasets/zygmunt/goodbooks-10k"

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
        The verified file: csv, or a zip that holds it.

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
    tried = [tr("NEUREC_DATA_DIR: not set")]
    if given := os.environ.get("NEUREC_DATA_DIR"):
        found, path, why = _in_folder(file, path_from_variable(given))
        if path and not found:
            raise NeurecError(
                "{path} is not the lesson's {name}: {why}. Get the first edition from "
                "{homepage} , or unset NEUREC_DATA_DIR to have it downloaded.",
                path=path,
                name=file.name,
                why=why,
                homepage=HOMEPAGE,
            )
        tried = [f"NEUREC_DATA_DIR={given}: {why}"]
        if found:
            return found, tried
    found, path, why = _in_folder(file, cache_folder())
    path, why = (path, why) if path else (cache_folder() / file.name, tr("not there yet"))
    return found, [*tried, tr("cache {path}: {why}", path=path, why=why)]


def _in_folder(file, folder):
    """(Found or None, the first path that was looked at if there is one, what is wrong with it)."""
    if not folder.is_dir():
        return None, None, tr("no such folder")
    looked, why = None, tr("holds neither {name} nor {name}.zip", name=file.name)
    for name in (file.name, f"{file.name}.zip", "archive.zip", "goodbooks-10k.zip"):
        path = folder / name
        if not path.is_file():
            continue
        try:
            return Found(path, _content(path, file)), path, ""
        except (OSError, Unfit) as error:
            looked, why = (looked, why) if looked else (path, _said(error))
    return None, looked, why


def _content(path, file):
    """What the csv or zip file at `path` holds, if it is `file` to the byte."""
    data = path.read_bytes()
    data = _unzipped(path, file) if data.startswith(b"PK") else data
    if hashlib.sha256(data).hexdigest() == file.sha256:
        return data
    if data.lstrip(b"\xef\xbb\xbf").startswith(file.other_edition_header.encode()):
        raise Unfit(
            tr(
                "it is that of the other edition, zygmuntz/goodbooks-10k on GitHub, which has six "
                "million ratings and other rows"
            )
        )
    raise Unfit(
        tr(
            "its SHA-256 differs ({bytes:,} bytes; the lesson's file has {size:,})",
            bytes=len(data),
            size=file.size,
        )
    )


def _unzipped(path, file):
    """Content of the one member called `file.name` in the zip at `path`."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if Path(m.filename).name == file.name]
            members = [m for m in members if not m.filename.startswith("__MACOSX/")]
            if len(members) != 1:
                raise Unfit(
                    tr("the zip holds {n} files called {name}", n=len(members), name=file.name)
                )
            if members[0].file_size > 20 * file.size:
                raise Unfit(
                    tr(
                        "the {name} in the zip has {size:,} bytes",
                        name=file.name,
                        size=members[0].file_size,
                    )
                )
            return archive.read(members[0])
    except Unfit:
        raise
    except DAMAGED as error:
        raise Unfit(
            tr("it is damaged or cut short: it can't be unpacked ({error})", error=error)
        ) from error


def _obtain(file, progress=None, timeout=TIMEOUT, patience=PATIENCE):
    import pooch
    import requests

    found, tried = find(file)
    if found:
        return found
    pooch.get_logger().setLevel("WARNING")
    _clear_away(cache_folder())
    downloader = _downloader(file, progress, timeout, patience)
    for mirror in file.mirrors:
        name = f"{file.name}.zip" if mirror.kind == "zip" else file.name
        known = f"sha256:{mirror.sha256}"
        try:  # pooch puts the file there whole and verified, or not at all
            path = Path(
                pooch.retrieve(mirror.url, known, name, cache_folder(), downloader=downloader)
            )
            return Found(path, _content(path, file))
        except (requests.RequestException, ValueError) as error:
            tried.append(f"{mirror.url}: {_said(error)}")
        except OSError as error:  # after the above: requests' errors are OSErrors too
            raise _no_room(error) from error
    places = "\n".join(f"  - {line}" for line in tried)
    raise NeurecError(
        "{name} of goodbooks-10k could not be had. Tried:\n{places}\n"
        "What to do: download it in a browser from {homepage} , put it (or the zip) into a "
        "folder and set NEUREC_DATA_DIR to that folder. Or unset NEUREC_DATASET: the Shelf needs "
        "no network.",
        name=file.name,
        places=places,
        homepage=HOMEPAGE,
    )


def _clear_away(cache):
    """Remove what downloads that were killed have left."""
    with contextlib.suppress(OSError):  # another process may be doing the same
        for left in cache.glob("tmp*"):
            if time.time() - left.stat().st_mtime > STALE:
                left.unlink()


def _downloader(file, progress, timeout, patience):
    """For pooch: a download that ends where it can come to no good, as pooch's own does not."""
    import requests

    def download(url, output_file, pooch):
        end = time.monotonic() + patience
        with requests.get(url, stream=True, timeout=timeout) as answer:
            answer.raise_for_status()
            if progress:
                progress.total = int(answer.headers.get("content-length", 0))
            with open(output_file, "wb") as output:
                for piece in answer.iter_content(1 << 14):
                    output.write(piece)
                    if output.tell() > 2 * file.size:
                        raise Unfit(
                            tr("sends more than {size:,} bytes: another file", size=2 * file.size)
                        )
                    if time.monotonic() > end:
                        raise Unfit(
                            tr("too slow: not done after {patience:g} s", patience=patience)
                        )
                    if progress:
                        progress.update(len(piece))
        if progress:
            progress.close()

    return download


def _no_room(error):
    said = getattr(error.__cause__, "strerror", None) or error.strerror or error
    return NeurecError(
        "The cache folder {folder} can't be written to: {said}. "
        "Make room or give yourself the right to write there; or put the files into a folder of "
        "your own and set NEUREC_DATA_DIR to it.",
        folder=cache_folder(),
        said=said,
    )


def _said(error):
    """In a few words, what an error means to somebody who waits for a file."""
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError):
        return tr(
            "answered {code} {reason}",
            code=error.response.status_code,
            reason=error.response.reason,
        )
    if isinstance(error, exceptions.Timeout) or "timed out" in str(error).lower():
        return tr("no answer in time")
    if isinstance(error, exceptions.ChunkedEncodingError):
        return tr("broke off half-way")
    if isinstance(error, exceptions.ConnectionError):
        secure = isinstance(error, exceptions.SSLError)
        return tr("no secure connection ({error})", error=error) if secure else tr("no connection")
    if not isinstance(error, Unfit) and "hash" in str(error):
        return tr("sent other bytes (its SHA-256 differs)")
    return str(getattr(error, "strerror", None) or error)
