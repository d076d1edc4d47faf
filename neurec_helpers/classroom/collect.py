"""What teachers really get: a folder of downloads, in which each student's notebooks are found."""

import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from neurec_helpers.classroom.pack import RECEIPT
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import DAMAGED

MOST_FILES = 2_000  # entries of a zip file
MOST_BYTES = 200_000_000  # of all notebooks of one zip file, unpacked
# Moodle: "Ada Lovelace_123456_assignsubmission_file_" and then the student's own name of the file.
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(file|onlinetext)_?(?P<rest>.*)$")
# Canvas: "lovelaceada_LATE_12345_678910_" and then the student's own name of the file.
CANVAS = re.compile(r"^(?P<name>[^_]+?)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<rest>.+)$")
COPY = re.compile(r"[ _]?\((\d+)\)$|(?<=\D)-(\d{1,2})$")


@dataclass
class Submission:
    """What one student handed in.

    Attributes
    ----------
    student : str
        The student's name as far as it is known.
    files : dict of str to bytes
        Notebooks by the name under which they were handed out.
    late : bool
        The learning platform says that something came late.
    notes : list of str
        What was passed over, and why.
    """

    student: str
    files: dict = field(default_factory=dict)
    late: bool = False
    notes: list = field(default_factory=list)


def collect(folder, names):
    """Find each student's notebooks in a folder of downloads.

    Folders and zip files directly in it belong to one student each, and so do loose notebooks of
    which Moodle, Canvas or the student put a name in front. Of two files for one notebook the one
    that was numbered or saved last counts.

    Parameters
    ----------
    folder : Path
    names : dict of str to str
        Names of the notebooks that are graded, without the ending, each with the id of a cell that
        only this notebook has.

    Returns
    -------
    list of Submission
        By name.

    Raises
    ------
    NeurecError
        If there is no such folder, or it holds no submission.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NeurecError(f"there is no folder {folder}.")
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        for name, late, files, notes in _look_into(path, names):
            submission = found.setdefault(_key(name), Submission(name))
            submission.late |= late
            submission.notes += notes
            _add_all(submission.files, files, submission.notes)
    if not found:
        raise NeurecError(
            f"{folder} holds no submission: neither folders nor zip files nor notebooks."
        )
    for submission in found.values():
        submission.files = {name: content for name, (_, content) in submission.files.items()}
    return sorted(found.values(), key=lambda submission: _key(submission.student))


def _key(name):
    return " ".join(re.findall(r"\w+", name.casefold()))


def _look_into(path, names):
    """Yield (student, late, {notebook: (rank, content)}, notes) of one entry of the folder."""
    if path.is_symlink():
        yield path.stem, False, {}, [f"{path.name} is a link; links are not followed."]
    elif path.is_dir():
        student, late, _ = _split_name(path.name, names)
        yield student, late, *_read_folder(path, names)
    elif path.suffix.lower() == ".zip":
        student, late, _ = _split_name(path.stem, names)
        files, notes, receipt = _read_zip(path, names)
        yield receipt or student, late, files, notes
    elif path.suffix.lower() == ".ipynb":
        student, late, rest = _split_name(path.stem, names)
        content = _read_file(path)
        notebook = _notebook_of(rest, content, names)
        if notebook is None:
            yield student, late, {}, [f"{path.name} is none of the notebooks that are graded."]
        else:
            yield student, late, {notebook: (_rank(path.stem, path), content)}, []


def _split_name(stem, names):
    """Student, whether late, and the rest, from the name of a download."""
    for pattern in (MOODLE, CANVAS):
        match = pattern.match(stem)
        if match:
            late = bool(match.groupdict().get("late"))
            return match["name"].strip(), late, match["rest"]
    bare = COPY.sub("", stem)
    for name in names:
        # SURNAME-01_split, 01_split-SURNAME, or with the number alone: SURNAME-01
        number = name.partition("_")[0]
        for part in (name, f"ps{int(number)}", f"neurec-{number}"):
            student = re.sub(rf"(?i)[-_ ]*{re.escape(part)}[-_ ]*", "", bare)
            if student != bare:
                return student or "(no name)", False, name
    return re.sub(r"(?i)-neurec$", "", bare).replace("-", " ").strip() or bare, False, stem


def _notebook_of(stem, content, names):
    """Which notebook a file is: by its name, or else by the graded cells in it."""
    for name in names:
        if name in stem:
            return name
    holders = [name for name, cell in names.items() if f'"{cell}"'.encode() in content]
    return holders[0] if len(holders) == 1 else None


def _rank(stem, path):
    """What decides which of two files is the newer: its number as a copy, then its time."""
    match = COPY.search(stem)
    number = int(match[1] or match[2]) if match else 0
    return number, path.stat().st_mtime if path else 0.0


def _read_file(path):
    from neurec_helpers.classroom.preflight import LARGEST

    with open(path, "rb") as file:
        return file.read(LARGEST + 1)


def _read_folder(folder, names):
    files, notes = {}, []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            notes.append(f"{path.name} is a link; links are not followed.")
        elif path.suffix.lower() == ".zip" and path.is_file():
            inner, more, _ = _read_zip(path, names)
            notes += more
            _add_all(files, inner, notes)
        elif path.suffix.lower() == ".ipynb" and ".ipynb_checkpoints" not in path.parts:
            content = _read_file(path)
            _add(files, path.stem, content, _rank(path.stem, path), names, notes)
    return files, notes


def _add(files, stem, content, rank, names, notes):
    notebook = _notebook_of(stem, content, names)
    if notebook is None:
        notes.append(f"{stem}.ipynb is none of the notebooks that are graded.")
    else:
        _add_all(files, {notebook: (rank, content)}, notes)


def _add_all(files, others, notes):
    for notebook, (rank, content) in others.items():
        if notebook in files:
            notes.append(f"{notebook}.ipynb was handed in more than once; the last counts.")
        if notebook not in files or rank >= files[notebook][0]:
            files[notebook] = rank, content


def _read_zip(path, names):
    """Notebooks in a zip file, what was passed over, and the name that `pack` put into it.

    Nothing is unpacked to the disk, so no name in it can lead out of any folder.
    """
    from neurec_helpers.classroom.preflight import LARGEST

    files, notes, student = {}, [], None
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_FILES:
                return {}, [f"{path.name} holds {len(entries):,} files; it was not opened."], None
            room = MOST_BYTES
            for entry in entries:
                parts = Path(entry.filename).parts
                if (
                    entry.filename.endswith("/")
                    or "__MACOSX" in parts
                    or ".ipynb_checkpoints" in parts
                ):
                    continue
                if ".." in parts or entry.filename.startswith("/"):
                    notes.append(
                        f"{path.name}: an entry that leads out of its folder was left out."
                    )
                    continue
                if parts[-1:] == (RECEIPT,) and entry.file_size < 10_000:
                    student = _name_in(archive.read(entry))
                if not entry.filename.lower().endswith(".ipynb"):
                    continue
                with archive.open(entry) as file:
                    content = file.read(min(LARGEST, room) + 1)
                room -= len(content)
                if room <= 0:
                    return {}, [f"{path.name} unpacks to more than it may; it was left."], None
                stem = Path(entry.filename).stem
                rank = (_rank(stem, None)[0], _seconds(entry.date_time))
                _add(files, stem, content, rank, names, notes)
    except (*DAMAGED, OSError) as error:
        return {}, [f"{path.name} can't be opened: {error}."], None
    return files, notes, student


def _seconds(date_time):
    import calendar

    return float(calendar.timegm((*date_time, 0, 0, 0)))


def _name_in(receipt):
    try:
        name = json.loads(receipt)["name"]
    except (ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) and name.strip() else None


def read_roster(path):
    """Names on a class list: a CSV file with a column called name, or the first column.

    Raises
    ------
    NeurecError
        If the file can't be read or is empty.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NeurecError(f"the class list {path} can't be read: {error}.") from error
    rows = [row for row in csv.reader(io.StringIO(text)) if any(cell.strip() for cell in row)]
    if not rows:
        raise NeurecError(f"the class list {path} is empty.")
    heads = [cell.strip().casefold() for cell in rows[0]]
    column = heads.index("name") if "name" in heads else 0
    body = rows[1:] if "name" in heads else rows
    return [row[column].strip() for row in body if len(row) > column and row[column].strip()]


def add_roster(submissions, roster):
    """Give each submission its name on the class list; add those who handed in nothing.

    A name fits if it has the same letters, in any order and without regard to capitals, spaces and
    signs: Canvas writes "lovelaceada" and others "Lovelace, Ada". Two who fit alike are left.
    """
    fits = {}
    for name in roster:
        fits.setdefault(_letters(name), []).append(name)
    seen = set()
    for submission in submissions:
        found = fits.get(_letters(submission.student), [])
        if len(found) == 1:
            submission.student = found[0]
            seen.add(found[0])
        else:
            submission.notes.append("not on the class list.")
    missing = [name for name in roster if name not in seen]
    nothing = [Submission(name, notes=["nothing was handed in."]) for name in missing]
    return sorted([*submissions, *nothing], key=lambda submission: _key(submission.student))


def _letters(name):
    return "".join(sorted(_key(name).replace(" ", "")))
