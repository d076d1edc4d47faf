"""The one file that a student hands in."""

import datetime
import json
import zipfile
from pathlib import Path

from neurec_helpers.classroom.graded import notebook_names
from neurec_helpers.classroom.strangers import file_stem
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import mark, tr

RECEIPT = "handed-in.json"
PLACEHOLDER = mark("Your Name")


def pack(folder, handout, name, target):
    """Put the notebooks of a hand-out into one zip file; an existing file is never replaced.

    Parameters
    ----------
    folder : Path
        The hand-out's folder.
    handout : dict
        From `graded.read_handout`.
    name : str
        Name of the student.
    target : Path
        Folder for the file.

    Returns
    -------
    Path
        For example ``Smith-neurec.zip``, or ``Smith-neurec-2.zip`` where that exists.

    Raises
    ------
    NeurecError
        If the name has no letter, a notebook is missing, or the file can't be written.
    """
    stem = safe_name(name)
    names = notebook_names(handout["tasks"])
    paths = [Path(folder) / "notebooks" / f"{notebook}.ipynb" for notebook in names]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise NeurecError(
            "{names} is missing in {folder}. Take it from the hand-out's zip file.",
            names=", ".join(missing),
            folder=Path(folder) / "notebooks",
        )
    receipt = {
        "assignment": handout["assignment"],
        "name": name,
        "packed": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
    }
    archive = _free_path(Path(target), f"{stem}-{handout['assignment']}")
    temporary = archive.with_name(f".{archive.name}")
    try:
        try:
            with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as file:
                for path in paths:
                    file.write(path, path.name)
                file.writestr(RECEIPT, json.dumps(receipt, indent=1, ensure_ascii=False) + "\n")
            temporary.rename(archive)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NeurecError(
            "can't write {archive}: {reason}. Nothing was lost.",
            archive=archive,
            reason=error.strerror,
        ) from error
    return archive


def safe_name(name):
    """A name as part of a file's name: letters of any alphabet, digits and hyphens.

    Raises
    ------
    NeurecError
        If no letter is left, or the name is still the one on the start page.
    """
    if name.strip() in (PLACEHOLDER, tr(PLACEHOLDER)):
        raise NeurecError("put your own name in place of {placeholder!r}.", placeholder=name)
    stem = file_stem(name, 120)
    if not any(sign.isalpha() for sign in stem):
        raise NeurecError(
            "the name {name!r} holds no letter. Give yours: --name 'Ada Lovelace'", name=name
        )
    return stem


def _free_path(folder, stem):
    number, path = 1, folder / f"{stem}.zip"
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.zip"
    return path
