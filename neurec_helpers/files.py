"""Files written whole or not at all, and what damaged ones raise."""

import os
import zipfile
import zlib
from pathlib import Path

from neurec_helpers.errors import NeurecError

# What unpacking raises, beside OSError, where a file is damaged or not what it seems.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, NotImplementedError)


def write_text(text, path):
    """Write a text file whole or not at all; line ends are the same on every system.

    Raises
    ------
    NeurecError
        If the file can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
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
