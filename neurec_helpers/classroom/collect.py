"""What teachers really get: a folder of downloads, in which each student's notebooks are found."""

import json
import re
import unicodedata
from pathlib import Path

from neurec_helpers.classroom import archives, identities
from neurec_helpers.classroom.class_list import read_class_list
from neurec_helpers.classroom.handed_files import is_notebook
from neurec_helpers.classroom.pack import RECEIPT
from neurec_helpers.classroom.strangers import shown, words
from neurec_helpers.classroom.submissions import ENDINGS, ENTRY_COPY, Handed, copy_number
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr

# Moodle: "Ada Lovelace_123456_assignsubmission_file_" and then the student's own name of the file.
MOODLE = re.compile(
    r"^(?P<name>[^\n]{1,200}?)_(?P<id>\d{1,12})_assignsubmission_(file|onlinetext)_?(?P<rest>.*)$"
)
# Canvas: "lovelaceada_LATE_12345_678910_" and then the student's own name of the file.
CANVAS = re.compile(
    r"^(?P<name>[^_]{1,200})_(?P<late>LATE_)?(?P<id>\d{1,12})_(?P<file>\d{1,12})_(?P<rest>.+)$"
)
# What Google Drive and Windows add to a name that they copy, in English and Russian.
WAS_COPIED = re.compile(r"(?i)(^|[-_ ]+)(copy of|копия)(?=[-_ ]|$)|[-_ ]+- copy *$")
SHORTEST_ID = 5  # digits
# Names of files that name nobody.
NOBODY = set(words("submission submissions homework notebook notebooks neurec handout assignment"))
NOBODY |= set(words("neurec-handout my answers copy of untitled download downloads file files"))


def collect(folder, names, roster=None, answers=None):
    """Find each student's notebooks in a folder of downloads.

    Folders and archives directly in it belong to one student each, and so do loose notebooks of
    which Moodle, Canvas or the student put a name in front; an archive may also be a platform's
    "download all". Of two files for one notebook the one that was numbered or saved last counts,
    if it can be read.

    Parameters
    ----------
    folder : Path
    names : dict of str to str
        Names of the notebooks that are graded, without the ending, each with the id of a cell that
        only this notebook has.
    roster : Path, optional
        Class list, a CSV file; see `class_list.read_class_list`.
    answers : Path, optional
        ``identities.csv``, in which the teacher says whose a submission is. It is written anew if
        somebody has to be asked.

    Returns
    -------
    list of Submission
        By name.

    Raises
    ------
    NeurecError
        If there is no such folder, it holds no submission, or a list can't be read.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise NeurecError(f"there is no folder {folder}.")
    handed = [_hand_in(*entry, names) for entry in _entries(folder, names)]
    if not handed:
        raise NeurecError(
            f"{folder} holds no submission: neither folders nor archives nor notebooks."
        )
    people = read_class_list(roster) if roster else []
    return identities.identify(handed, people, answers)


def _entries(folder, names):
    """Yield (name, files, download) of each student's part; a class's download that holds it."""
    paths = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    handed = [path for path in paths if path.is_dir() or path.suffix.lower() in (".zip", ".ipynb")]
    for path in paths:
        tops, wrapper = [], ()
        if path.is_dir() and not path.is_symlink():
            tops, wrapper = archives.top_names(path)
        elif path.suffix.lower() == ".zip" and path.is_file():
            tops, wrapper = archives.top_names(path)
        if wrapper and _is_platforms(wrapper[0]):
            tops, wrapper = list(wrapper), ()  # a class of one
        if _is_class(tops, alone=handed == [path]) and not _is_platforms(path.name):
            if path.is_dir():
                for inner in sorted(path.iterdir()):
                    if not inner.name.startswith("."):
                        yield from _one_entry(inner, names, path.name)
            else:
                for top, files in archives.read_packed(path, wrapper).items():
                    yield top, files, path.name
        else:
            yield from _one_entry(path, names)


def _is_class(tops, *, alone):
    """Whether these are a platform's names of at least two students, or of one in a class of one.

    A student's own archive may hold a folder named as a platform names another student's.
    """
    matches = [match for match in map(_platforms, tops) if match]
    students = {match["id"] for match in matches}
    return 2 * len(matches) >= len(tops) and len(students) >= (1 if alone else 2)


def _platforms(name):
    return MOODLE.match(name) or CANVAS.match(name)


def _is_platforms(name):
    return bool(_platforms(name))


def _one_entry(path, names, download=""):
    top, files = archives.disk_name(path), archives.read_entry(path)
    if not archives.is_ignored([top]) and not _is_beside(top, files, names):
        yield top, files, download


def _is_beside(top, files, names):
    """Whether it is a teacher's own file among the downloads, such as a class list."""
    if _is_platforms(top) or _notebook_of(top, b"", names):
        return False
    if not files:
        return top.lower().endswith(archives.DATA)
    file = files[0]
    if len(files) > 1 or len(file.parts) > 1:
        return False
    if file.trouble:
        return file.name.lower().endswith((".txt", ".py")) and file.trouble != tr(archives.LINK)
    return not file.name.lower().endswith(".ipynb") and not is_notebook(file.content)


def _hand_in(top, files, download, names):
    handed = read_name(top, names)
    handed.download = download
    posing = {part for file in files for part in file.parts[1:-1] if _is_platforms(part)}
    if posing and not handed.platform:
        handed.doubts.append(
            f"{shown(top)} holds {shown(min(posing))}, which is how a learning platform names one "
            "student's part of a download; it was taken for work of whoever the whole is named "
            "after."
        )
    for file in files:
        if file.encoding:
            note = tr("names of files in it were read as {encoding}.", encoding=file.encoding)
            if note not in handed.notes:
                handed.notes.append(note)
        if file.name == RECEIPT and not file.trouble:
            handed.receipt = handed.receipt or _name_in(file.content)
            continue
        stem = ENDINGS.sub("", file.name)
        if file.trouble:
            notebook = _notebook_of(stem, b"", names) or "*"
            handed.refused.setdefault(notebook, f"{file.name}: {file.trouble}.")
            handed.notes.append(
                tr("{name} was passed over: {trouble}.", name=file.name, trouble=file.trouble)
            )
        elif file.name.lower().endswith(".ipynb") or is_notebook(file.content):
            _add(handed, stem, file, names)
        elif notebook := _notebook_of(stem, b"", names):
            handed.refused.setdefault(notebook, tr("{name} is not a notebook.", name=file.name))
    if not (handed.files or handed.refused):
        handed.refused["*"] = tr("no notebook is in {name}.", name=shown(top))
        handed.notes.append(handed.refused["*"])
    del handed.notes[12:]
    return handed


def _add(handed, stem, file, names):
    notebook = _notebook_of(stem, file.content, names)
    if notebook is not None:
        handed.files.setdefault(notebook, []).append((copy_number(stem), file.time, file.content))
    elif stem != "start":
        note = tr("{name}.ipynb is not one of the notebooks that are graded.", name=stem)
        handed.notes.append(note)
        # It may be one all the same, of which nothing is left that tells so.
        handed.refused.setdefault("*", note)


def read_name(top, names):
    """Whose an entry of the downloads is, as far as its name tells.

    Parameters
    ----------
    top : str
    names : collection of str
        Names of the notebooks, which are no part of a student's name.

    Returns
    -------
    Handed
    """
    moodle, canvas = MOODLE.match(top), CANVAS.match(top)
    if (moodle and canvas) or top.count("_assignsubmission_") > 1:
        # A student who chose such a file name may want to be taken for another.
        return Handed(top, doubts=["its name can be read in two ways."])
    if moodle:
        name = moodle["name"].strip()
        name = "" if words(name) in (("participant",), ("участник",)) else name
        return Handed(top, "moodle", moodle["id"], name)
    if canvas:
        return Handed(top, "canvas", canvas["id"], canvas["name"], bool(canvas["late"]))
    stem = ENDINGS.sub("", top)
    bare = WAS_COPIED.sub(" ", ENTRY_COPY.sub("", stem)).strip()
    for pattern in (pattern for notebook in names for pattern in _patterns(notebook)):
        # SURNAME-01_split, 01_split-SURNAME, or with the number alone: SURNAME-ps1
        rest = re.sub(rf"(?i)[-_ ]*{pattern}(-\d{{1,2}}$)?[-_ ]*", " ", bare)
        if rest != bare:
            return Handed(top, name=_somebody(rest), label=rest.strip(" -_"))
    bare = re.sub(r"(?i)[-_ ]neurec$", "", bare)
    return Handed(top, name=_somebody(bare.replace("-", " ").replace("_", " ")), label=bare)


def _patterns(notebook):
    """Patterns of a notebook's name, and of its number alone; no part of a longer word is one."""
    number, *rest = map(re.escape, notebook.split("_"))
    whole = "[-_ ]+".join([f"0*{int(number)}", *rest])
    alone = f"(?:ps0*{int(number)}|neurec-{number})"
    return rf"(?<!\d){whole}", rf"(?<![^\W_]){alone}(?!\d)"


def _somebody(name):
    name = unicodedata.normalize("NFC", name).strip(" -_")
    # A long number may be an id of the school's; a short one is a copy's, or an assignment's.
    is_name = any(
        part not in NOBODY and not (part.isdecimal() and len(part) < SHORTEST_ID)
        for part in words(name)
    )
    return name if is_name else ""


def _notebook_of(stem, content, names):
    """Which notebook a file is: by its name, or else by the graded cells in it."""
    holders = [name for name, cell in names.items() if f'"{cell}"'.encode() in content]
    for name in names:
        if re.search(rf"(?i){_patterns(name)[0]}", stem):
            return holders[0] if len(holders) == 1 else name
    for name in names:
        if re.search(rf"(?i){_patterns(name)[1]}", stem):
            return name
    holders = holders or [name for name, cell in names.items() if _calls_check(content, cell)]
    return holders[0] if len(holders) == 1 else None


def _calls_check(content, cell):
    """Whether a notebook whose cells have lost their ids calls the check that has this id."""
    task = r"\.".join(cell.removeprefix("task-").removesuffix("-check").split("-"))
    return re.search(rf"""nr\.check\(\s*\\?["']{task}\\?["']""".encode(), content) is not None


def _name_in(receipt):
    try:
        name = json.loads(receipt)["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return shown(name, 100) if isinstance(name, str) else ""
