"""Files written whole or not at all, and what damaged ones raise."""

import os
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

from neurec_helpers.errors import NeurecError

# What unpacking raises, beside OSError, where a file is damaged or not what it seems.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError)


@contextmanager
def replacing(path):
    """Path of a new file beside `path`, which takes its place once it is written.

    Its name ends as `path` does, for what goes by the ending. If writing fails, nothing is left.
    """
    unfinished = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        yield unfinished
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def remove_unfinished(folder, names):
    """Remove what `replacing` has left of files of these names where its process was killed."""
    for path in folder.glob(".[0-9]*.*"):
        process, _, name = path.name[1:].partition(".")
        if process.isdecimal() and name in names and path.is_file():
            path.unlink()


def write_text(text, path):
    """Write a text file whole or not at all; line ends are the same on every system.

    Raises
    ------
    NeurecError
        If the file can't be written.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as unfinished:
            unfinished.write_bytes(text.encode())
    except OSError as error:
        raise NeurecError(
            "can't write {path}: {reason}.", path=path, reason=error.strerror
        ) from error


def create_text(text, path):
    """Write a new file whole or not at all; False, and nothing done, if the file exists.

    Raises
    ------
    NeurecError
        If the file can't be written.
    """
    created = False
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            created = True
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        if created:
            path.unlink(missing_ok=True)
        raise NeurecError(
            "can't write {path}: {reason}. Nothing was lost.", path=path, reason=error.strerror
        ) from error
    return True
