"""Files of a submission, from folders and archives alike; whatever can't be opened is named.

Nothing is unpacked to the disk, so no name in an archive can lead out of any folder.
"""

import bz2
import copy
import gzip
import io
import lzma
import os
import stat
import tarfile
import time
import zipfile
from dataclasses import replace

from neurec_helpers.classroom.handed_files import File, is_notebook, judge
from neurec_helpers.classroom.preflight import LARGEST
from neurec_helpers.classroom.strangers import decode_name, shown
from neurec_helpers.language import mark, tr

MOST_FILES = 2_000  # of one submission
MOST_BYTES = 200_000_000  # of one submission, unpacked
MOST_SECONDS = 60  # for opening one submission
MOST_LEVELS = 3  # archives in archives
MOST_FOLDERS = 40  # one in another
IGNORED = {"__MACOSX", ".ipynb_checkpoints", ".git", ".DS_Store", "Thumbs.db", "desktop.ini"}
DATA = (".csv.gz", ".json.gz")
LINK = mark("it is a link; links are not followed")
HEAD = 512  # bytes, of which is seen what a file is
# By their first bytes: what a file is, whatever its name says.
ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}


class Budget:
    """What one submission may still unpack, and until when."""

    def __init__(self):
        self.files, self.bytes = MOST_FILES, MOST_BYTES
        self.ends = time.monotonic() + MOST_SECONDS

    def of_each(self, entries):
        """Yield an archive's entries, and charge each, until something is used up."""
        for entry in entries:
            self.files -= 1
            if self.used_up():
                return
            yield entry

    def used_up(self):
        """What there is no more of, in words; empty while there is some of everything."""
        if self.files < 0 or self.bytes < 0:
            return tr(
                "it holds more than {files:,} files or {most:g} MB; the rest was not opened",
                files=MOST_FILES,
                most=MOST_BYTES / 1e6,
            )
        if time.monotonic() > self.ends:
            return tr(
                "opening it takes more than {seconds} seconds; the rest was not opened",
                seconds=MOST_SECONDS,
            )
        return ""


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
        for file in budget.of_each(_on_disk(path)):
            budget.bytes -= min(len(file.content), LARGEST)
            found += _look_into(file, budget, 0)
        if budget.used_up():
            found.append(File((disk_name(path),), trouble=budget.used_up()))
    except OSError as error:
        found.append(File((disk_name(path),), trouble=_unread(error)))
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
        return [disk_name(each) for each in path.iterdir()], ()
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
    found, inside = {}, {}
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name, encoding = _zip_name(entry)
            parts = _all_parts(name)
            top = parts[len(wrapper) : len(wrapper) + 1]
            if not top or parts[: len(wrapper)] != wrapper or ".." in parts or is_ignored(top):
                continue
            entries = inside.setdefault(top[0], [])
            if not (entry.is_dir() or is_ignored(parts)):
                entries.append((entry, parts[len(wrapper) :], encoding))
        for top, entries in inside.items():
            budget, files = Budget(), found.setdefault(top, [])
            for entry, parts, encoding in budget.of_each(entries):
                file = _read_entry(archive, entry, parts, budget)
                files += _look_into(replace(file, encoding=encoding), budget, 0)
            if budget.used_up():
                files.append(File((top,), trouble=budget.used_up()))
    return found


def _unread(error):
    return tr("it can't be read: {reason}", reason=error.strerror)


def _unopened(error):
    """Whatever a stranger's archive provokes, in words."""
    return tr("it can't be opened ({reason})", reason=shown(error, 120) or type(error).__name__)


def _clean(name):
    return shown(name) or "(no name)"


def disk_name(path):
    """A file's own name, fit to be shown."""
    return _clean(decode_name(os.fsencode(path.name))[0])


def _on_disk(path, above=()):
    """Files below a path, in order; links and what is not a file are named, never opened."""
    parts = (*above, disk_name(path))
    if is_ignored(parts[-1:]):
        return
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        yield File(parts, trouble=tr(LINK))
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
    kind = _kind_of(file.content)
    if kind is None:
        return [judge(file)]
    if kind == "gzip" and file.name.lower().endswith(DATA):
        return []  # data
    if level >= MOST_LEVELS:
        return [File(file.parts, trouble=tr("archives in archives go too deep"))]
    found = []
    try:
        for inner in (_unzip if kind == "zip" else _untar)(file, kind, budget):
            found += _look_into(inner, budget, level + 1)
    except Exception as error:  # noqa: BLE001 - a stranger's archive provokes whatever it likes
        found.append(File(file.parts, trouble=_unopened(error)))
    return found


def _kind_of(content):
    """What kind of archive it is, by its first bytes; None if it is none."""
    kind = next((kind for magic, kind in ARCHIVES.items() if content.startswith(magic)), None)
    return "tar" if kind is None and content[257:262] == b"ustar" else kind


def _unzip(file, kind, budget):
    # Counted beforehand: a list of millions takes long to read, and stands in any zip file's end.
    entries = file.content.count(b"PK\1\2")
    if entries > MOST_FILES:
        raise ValueError(tr("it holds {files:,} files", files=entries))
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        for entry in budget.of_each(archive.infolist()):
            name, encoding = _zip_name(entry)
            parts = _inner_parts(name)
            if entry.is_dir() or parts is None:
                continue
            inner = _read_entry(archive, entry, parts, budget)
            yield replace(inner, parts=(*file.parts, *parts), encoding=encoding)


def _zip_name(entry):
    """A name in a zip file. Without flag 11 it is in some encoding that the file does not tell."""
    if entry.flag_bits & 0x800:
        return entry.filename, ""
    return decode_name(entry.orig_filename.encode("cp437", "replace").split(b"\0")[0])


def _inner_parts(name):
    """Parts of a name in an archive; None for what a system put there for itself."""
    parts = _all_parts(name)
    return None if not parts or is_ignored(parts) else parts


def is_ignored(parts):
    """Whether a system put a file of this path there for itself."""
    return bool(IGNORED & set(parts)) or parts[-1].startswith("._")


def _all_parts(name):
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    if len(parts) > MOST_FOLDERS + 1:
        parts = [*parts[: MOST_FOLDERS + 1], parts[-1]]
    return tuple(part if part == ".." else _clean(part) for part in parts)


def _misplaced(parts):
    """Why a file of this path is not opened, or nothing."""
    if ".." in parts:
        return tr("its name leads out of the folder")
    return tr("its folders lie too deep") if len(parts) > MOST_FOLDERS + 1 else ""


def _read_entry(archive, entry, parts, budget):
    """One file of a zip file."""
    if _misplaced(parts):
        return File(parts, trouble=_misplaced(parts))
    if stat.S_ISLNK(entry.external_attr >> 16):
        return File(parts, trouble=tr(LINK))
    if entry.flag_bits & 1:
        return File(parts, trouble=tr("it is locked with a password"))
    saved = _seconds(entry)
    return _read_one(lambda: _opened(archive, entry), entry.file_size, parts, saved, budget)


def _opened(archive, entry):
    """A file of a zip file, open for reading; zipfile itself unpacks bzip2 without any limit."""
    if entry.compress_type != zipfile.ZIP_BZIP2:
        return archive.open(entry)
    packed = copy.copy(entry)
    packed.compress_type, packed.file_size = zipfile.ZIP_STORED, entry.compress_size
    packed.CRC = None  # it is of what is unpacked; bzip2 has one of its own
    return bz2.open(archive.open(packed))


def _read_one(opened, size, parts, saved, budget):
    """One file of an archive; if it is damaged, the others are still read.

    Of what is no archive no more is unpacked than a notebook may have.
    """
    try:
        with opened() as source:
            content = source.read(min(size, HEAD))
            size = size if _kind_of(content) else min(size, LARGEST + 1)
            if size > budget.bytes:
                return File(parts, trouble=tr("it unpacks to more than it may"))
            budget.bytes -= size
            content += source.read(size - len(content))
    except Exception as error:  # noqa: BLE001 - see `_look_into`
        return File(parts, trouble=_unopened(error))
    return File(parts, content, saved)


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
        for entry in budget.of_each(archive):
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
            saved = max(float(entry.mtime), 0.0)
            yield _read_one(
                lambda e=entry: archive.extractfile(e), entry.size, parts, saved, budget
            )
        # Behind the last entry stands a block of zeros; tarfile takes a damaged one for the end.
        end = content[archive.offset : archive.offset + tarfile.BLOCKSIZE]
        if end.strip(b"\0") and not budget.used_up():
            raise ValueError(tr("the rest of it is damaged"))


def _unpacked(content, kind, budget):
    """The bytes of a tar file, at most as many as may still be unpacked."""
    if kind == "tar":
        return content
    opener = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}[kind]
    with opener(io.BytesIO(content)) as source:
        plain = source.read(max(budget.bytes, 0) + 1)
    budget.bytes -= len(plain)
    if budget.bytes < 0:
        raise ValueError(tr("it unpacks to more than it may"))
    return plain
