"""A hand-out for each student, with ratings that nobody else has.

A number that was copied is then wrong already where it is copied to. Grading does not change: it
uses the hidden ratings, which no student has.
"""

import json
import os
import secrets
import tempfile
import zipfile
from pathlib import Path

from neurec_helpers.classroom.class_list import read_class_list
from neurec_helpers.classroom.handout import LONG_AGO, NAME
from neurec_helpers.classroom.strangers import file_stem
from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf import make_shelf, save_shelf

FOLDER = "personal"
SEEDS = "personal.json"
ABOUT = """# These ratings are yours

They are synthetic, and no other student has the same: your numbers differ from your neighbour's.
`shelf.json` says how they were made.
"""


def make_personal(made, roster):
    """Make a zip file for each student on a class list.

    Parameters
    ----------
    made : handout.Handout
    roster : Path
        See `class_list.read_class_list`.

    Returns
    -------
    list of Path
        ``NAME.zip``, in a folder beside the hand-out. Seeds and sizes stand in the course folder.

    Raises
    ------
    NeurecError
        If the list can't be read or a file can't be written.
    """
    people = read_class_list(roster)
    folder = made.folder.parent / FOLDER
    seeds, archives = {}, []
    try:
        folder.mkdir()
        for person in people:
            stem = file_stem(person.name) or "student"
            archive, number = folder / f"{stem}.zip", 1
            while archive.name.casefold() in {each.name.casefold() for each in archives}:
                number += 1
                archive = folder / f"{stem}-{number}.zip"
            seeds[archive.stem] = {"name": person.name, **person.ids, **_own_sizes()}
            _write(made.folder, archive, seeds[archive.stem])
            archives.append(archive)
        descriptor = os.open(made.course / SEEDS, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(seeds, file, indent=1, ensure_ascii=False)
    except OSError as error:
        raise NeurecError(f"can't write into {folder}: {error.strerror}.") from error
    return archives


def _own_sizes():
    """Sizes near the Shelf's, so that the lesson's remarks stay true, and a seed."""
    n_users = 50_000 + secrets.randbelow(7_000)
    return {
        "seed": secrets.randbelow(2**31),
        "n_users": n_users,
        "n_books": 9_000 + secrets.randbelow(1_900),
        "n_ratings": 18 * n_users + secrets.randbelow(20_000),
    }


def _write(handout, archive, facts):
    sizes = {name: facts[name] for name in ("seed", "n_users", "n_books", "n_ratings")}
    with tempfile.TemporaryDirectory(prefix="neurec-personal-") as data:
        save_shelf(make_shelf(**sizes), data)
        own = {f"data/{path.name}": path for path in Path(data).iterdir()}
        files = {
            path.relative_to(handout).as_posix(): path
            for path in handout.rglob("*")
            if path.is_file()
        }
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
            for name, path in sorted({**files, **own}.items()):
                entry = zipfile.ZipInfo(f"{NAME}/{name}", LONG_AGO)
                entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                content = ABOUT.encode() if name == "data/README.md" else path.read_bytes()
                file.writestr(entry, content)
