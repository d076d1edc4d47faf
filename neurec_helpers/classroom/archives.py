"""Files of a submission, from folders and archives alike; whatever can't be opened is named.

Nothing is unpacked to the disk, so no name in an archive can lead out of any folder.
"""

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from neurec_helpers.classroom.preflight import LARGEST
from neurec_helpers.classroom.strangers import decode_name, shown
from neurec_helpers.language import mark, tr

MOST_FILES = 2_000  # of one submission
MOST_BYTES = 200_000_000  # of one submission, unpacked
MOST_LEVELS = 3  # archives in archives
MOST_FOLDERS = 40  # one in another
IGNORED = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini"}
# By their first bytes: what a file is, whatever its name says.
ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
NEVER_OPENED = {
    b"7z\xbc\xaf\x27\x1c": mark("a 7z archive"),
    b"Rar!": mark("a RAR archive"),
    b"%PDF": mark("a PDF file"),
    b"\xd0\xcf\x11\xe0": mark("a Word file"),
}
# Files that a notebook may have beside it: that they hold no answer needs no saying.
BESIDE = {".csv", ".gz", ".npz", ".npy", ".png", ".jpg", ".jpeg", ".svg", ".json", ".keras", ".h5"}
BESIDE |= {".md", ".parquet", ".toml", ".yml", ".yaml", ".log", ".pyc", ""}
PAGES = (b"<!do", b"<htm", b"<?xm", b"<hea", b"<bod")


@dataclass(frozen=True)
class File:
    """One file that was handed in, or what is wrong with it.

    Attributes
    ----------
    parts : tuple of str
        Its path below the folder of downloads; an archive stands there like a folder.
    content : bytes
        Of a notebook or a small other file; empty where `trouble` says why.
    time : float
        When it was saved, in seconds; 0 if nobody knows.
    trouble : str
        Why it can't be read; empty if it can.
    encoding : str
        Of its name, where that had to be guessed.
    """

    parts: tuple
    content: bytes = b""
    time: float = 0.0
    trouble: str = ""
    encoding: str = ""

    @property
    def name(self):
        """The file's own name."""
        return self.parts[-1]


class Budget:
    """What one submission may still unpack."""

    def __init__(self):
        self.files, self.bytes = MOST_FILES, MOST_BYTES

    def take(self, size):
        """Count a file; False if that is too much."""
        self.files -= 1
        self.bytes -= size
        return self.files >= 0 and self.bytes >= 0


def read_entry(path):
    """All files of one entry of a folder of downloads.

    Parameters
    ----------
    path : Path
        A file or folder.

    Returns
    -------
    list of File
        What could not be opened is among them, with `trouble`.
    """
    budget, found = Budget(), []
    try:
        for file in _on_disk(path):
            found += _look_into(file, budget, 0)
            if budget.files < 0 or budget.bytes < 0:
                found.append(File((file.parts[0],), trouble=_too_much()))
                break
    except OSError as error:
        found.append(File((_disk_name(path),), trouble=_unread(error)))
    return found


def top_names(path):
    """Names that lie directly in a folder or a zip file, less one folder that wraps them all.

    Parameters
    ----------
    path : Path

    Returns
    -------
    names : list of str
    wrapper : tuple of str
        Empty, or the one folder in the zip file in which all the others lie.
    """
    if path.is_dir():
        return [_disk_name(each) for each in path.iterdir()], ()
    try:
        with zipfile.ZipFile(path) as archive:
            paths = [_inner_parts(_zip_name(entry)[0]) for entry in archive.infolist()]
    except Exception:  # noqa: BLE001 - `read_entry` says what is wrong with it
        return [], ()
    paths = [parts for parts in paths if parts]
    tops = {parts[0] for parts in paths}
    if len(tops) == 1 and all(len(parts) > 1 for parts in paths):
        return list({parts[1] for parts in paths}), (tops.pop(),)
    return list(tops), ()


def read_packed(path, wrapper=()):
    """Files of a zip file that holds a whole class, by the student's part of it.

    Parameters
    ----------
    path : Path
    wrapper : tuple of str
        From `top_names`.

    Returns
    -------
    dict of str to list of File
        Each part has a budget of its own.
    """
    found, budgets = {}, {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name, encoding = _zip_name(entry)
            parts = _inner_parts(name)
            if parts is None or entry.is_dir() or ".." in parts:
                continue
            parts = parts[len(wrapper) :]
            budget = budgets.setdefault(parts[0], Budget())
            files = found.setdefault(parts[0], [])
            if budget.files < 0 or budget.bytes < 0:
                continue
            if _misplaced(parts):
                file = File(parts, trouble=_misplaced(parts))
            else:
                file = _read_entry(archive, entry, parts, budget)
            files += _look_into(replace(file, encoding=encoding), budget, 0)
            if budget.files < 0 or budget.bytes < 0:
                files.append(File(parts[:1], trouble=_too_much()))
    return found


def _too_much():
    return tr(
        "it holds more than {files:,} files or {most:g} MB; the rest was not opened",
        files=MOST_FILES,
        most=MOST_BYTES / 1e6,
    )


def _unread(error):
    return tr("it can't be read: {reason}", reason=error.strerror)


def _unopened(error):
    """Whatever a stranger's archive provokes, in words."""
    return tr("it can't be opened ({reason})", reason=shown(error, 120) or type(error).__name__)


def _clean(name):
    return shown(name) or "(no name)"


def _disk_name(path):
    return _clean(decode_name(os.fsencode(path.name))[0])


def _on_disk(path, above=()):
    """Files below a path, in order; links and what is not a file are named, never opened."""
    parts = (*above, _disk_name(path))
    if parts[-1] in IGNORED or parts[-1].startswith("._"):
        return
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        yield File(parts, trouble=tr("it is a link; links are not followed"))
    elif stat.S_ISDIR(mode):
        try:
            inside = sorted(path.iterdir())
        except OSError as error:
            yield File(parts, trouble=_unread(error))
            return
        if len(parts) > MOST_FOLDERS:
            yield File(parts, trouble=_misplaced((*parts, "")))
            return
        for each in inside:
            yield from _on_disk(each, parts)
    elif not stat.S_ISREG(mode):
        yield File(parts, trouble=tr("it is not a file"))
    else:
        try:
            with open(path, "rb") as file:
                content = file.read(MOST_BYTES + 1)
            yield File(parts, content, path.stat().st_mtime)
        except OSError as error:
            yield File(parts, trouble=_unread(error))


def _look_into(file, budget, level):
    """The file itself, or the files in it where it is an archive."""
    if file.trouble:
        return [file]
    kind = next((kind for magic, kind in ARCHIVES.items() if file.content.startswith(magic)), None)
    if kind is None and file.content[257:262] == b"ustar":
        kind = "tar"
    # An archive counts as a whole where it came out of another one.
    size = (len(file.content) if level else 0) if kind else min(len(file.content), LARGEST)
    if not budget.take(size):
        return []
    if kind is None:
        return [_judge(file)]
    if kind == "gzip" and file.name.endswith((".csv.gz", ".json.gz")):
        return []  # data
    if level >= MOST_LEVELS:
        return [File(file.parts, trouble=tr("archives in archives go too deep"))]
    try:
        found = []
        for inner in (_unzip if kind == "zip" else _untar)(file, kind, budget):
            found += _look_into(inner, budget, level + 1)
        return found
    except Exception as error:  # noqa: BLE001 - a stranger's archive provokes whatever it likes
        return [File(file.parts, trouble=_unopened(error))]


def _judge(file):
    """The file if it may be a notebook, or with what it is instead."""
    head = file.content[:64].lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = Path(file.name).suffix.lower()
    if suffix == ".ipynb" or is_notebook(file.content):
        return replace(file, content=file.content[: LARGEST + 1])
    for magic, what in NEVER_OPENED.items():
        if file.content.startswith(magic):
            return File(file.parts, trouble=tr("it is {what}, which is not opened", what=tr(what)))
    if head[:4].lower() in PAGES or suffix in (".html", ".htm"):
        return File(file.parts, trouble=tr("it is a web page, not a notebook"))
    if suffix in BESIDE:
        return File(file.parts, file.content[:10_000], file.time)
    return File(file.parts, trouble=tr("it is not a notebook"))


def is_notebook(content):
    """Whether a file looks like a notebook, whatever its name."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = content[:LARGEST].decode("utf-16", "replace").encode()
    content = content.lstrip(b"\xef\xbb\xbf \t\r\n")
    return content.startswith(b"{") and b'"cells"' in content and b'"nbformat"' in content


def _unzip(file, kind, budget):
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_FILES:
            raise ValueError(tr("it holds {files:,} files", files=len(entries)))
        for entry in entries:
            name, encoding = _zip_name(entry)
            parts = _inner_parts(name)
            if entry.is_dir() or parts is None:
                continue
            if _misplaced(parts):
                yield File((*file.parts, *parts), trouble=_misplaced(parts))
                continue
            parts = (*file.parts, *parts)
            yield replace(_read_entry(archive, entry, parts, budget), encoding=encoding)


def _zip_name(entry):
    """A name in a zip file. Without flag 11 it is in some encoding that the file does not tell."""
    if entry.flag_bits & 0x800:
        return entry.filename, ""
    return decode_name(entry.orig_filename.encode("cp437", "replace").split(b"\0")[0])


def _inner_parts(name):
    """Parts of a name in an archive; None for what a system put there for itself."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if len(parts) > MOST_FOLDERS + 1:
        parts = [*parts[: MOST_FOLDERS + 1], parts[-1]]
    parts = tuple(part if part == ".." else _clean(part) for part in parts)
    if not parts or IGNORED & set(parts) or parts[-1].startswith("._"):
        return None
    return parts


def _misplaced(parts):
    """Why a file of this path is not opened, or nothing."""
    if ".." in parts:
        return tr("its name leads out of the folder")
    return tr("its folders lie too deep") if len(parts) > MOST_FOLDERS + 1 else ""


def _read_entry(archive, entry, parts, budget):
    """One file of a zip file."""
    if stat.S_ISLNK(entry.external_attr >> 16):
        return File(parts, trouble=tr("it is a link; links are not followed"))
    if entry.flag_bits & 1:
        return File(parts, trouble=tr("it is locked with a password"))
    return _read_one(lambda: archive.open(entry), parts, _seconds(entry), budget)


def _read_one(opened, parts, time, budget):
    """One file of an archive; if it is damaged, the others are still read."""
    most = min(MOST_BYTES, max(budget.bytes, 0))
    try:
        with opened() as source:
            content = source.read(most + 1)
    except Exception as error:  # noqa: BLE001 - see `_look_into`
        return File(parts, trouble=_unopened(error))
    if len(content) > most:
        return File(parts, trouble=tr("it unpacks to more than it may"))
    return File(parts, content, time)


def _seconds(entry):
    """When an entry was saved; 0 where the archive holds no date, or none that exists."""
    import datetime

    try:
        moment = datetime.datetime(*entry.date_time, tzinfo=datetime.UTC)
    except ValueError:
        return 0.0
    return max(moment.timestamp(), 0.0)


def _untar(file, kind, budget):
    content = _unpacked(file.content, kind, budget)
    try:
        archive = tarfile.open(fileobj=io.BytesIO(content), mode="r:")
    except tarfile.ReadError:
        if kind == "tar" or not is_notebook(content):
            raise
        # A single notebook, packed with gzip.
        yield File((*file.parts, file.name.removesuffix(".gz")), content, file.time)
        return
    with archive:
        for entry in archive:
            parts = _inner_parts(decode_name(entry.name.encode("utf-8", "surrogateescape"))[0])
            if parts is None or entry.isdir():
                continue
            trouble = _misplaced(parts)
            parts = (*file.parts, *parts)
            if not trouble and not entry.isreg():
                trouble = tr("it is a link, or not a file")
            if trouble:
                yield File(parts, trouble=trouble)
                continue
            time = max(float(entry.mtime), 0.0)
            yield _read_one(lambda e=entry: archive.extractfile(e), parts, time, budget)


def _unpacked(content, kind, budget):
    """The bytes of a tar file, at most as many as may still be unpacked."""
    if kind == "tar":
        return content
    opener = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[kind]
    with opener(io.BytesIO(content)) as source:
        plain = source.read(max(budget.bytes, 0) + 1)
    if len(plain) > budget.bytes:
        raise ValueError(tr("it unpacks to more than it may"))
    return plain
