"""A made class as learning platforms give it: a Moodle download and a Canvas download, with lists.

Names and answers are invented. As a command it writes both into a folder, from a hand-out::

    python tests/helpers/classroom_downloads.py classroom/neurec-handout FOLDER
"""

import csv
import io
import sys
import zipfile
from pathlib import Path

import nbformat

from neurec_helpers.notebook import files as notebook_files

# Name, platform's number, e-mail, what is handed in.
CLASS = (
    ("Ada Lovelace", 701, "ada@example.org", "right"),
    ("Anna Ivanova", 702, "anna1@example.org", "right"),
    ("Anna Ivanova", 703, "anna2@example.org", "wrong"),
    ("आदि शर्मा", 704, "adi@example.org", "zip"),
    ("Иван Петров", 705, "ivan@example.org", "old zip"),
    ("Grace Hopper", 706, "grace@example.org", "html"),
    ("Thomas Martin", 707, "tm@example.org", "late"),
    ("Martin Thomas", 708, "mt@example.org", "damaged copy"),
    ("Alan Turing", 709, "alan@example.org", "nothing"),
    ("=cmd|' /C calc'!A0", 710, "formula@example.org", "stub"),
)
RIGHT = {
    "5.1": "from sklearn.model_selection import train_test_split\n"
    "train, test = train_test_split(ratings, test_size=0.2, random_state=42)",
    "5.2": "n_books = ratings.book_id.nunique()",
    "5.3": "n_users = ratings.user_id.nunique()",
}
WRONG = {**RIGHT, "5.2": "n_books = 10_000"}


def answered(handout, answers):
    """Bytes of a hand-out's notebooks with these answers, by the file's name."""
    made = {}
    for path in notebook_files.find_notebooks(Path(handout) / "notebooks"):
        nb = notebook_files.read_notebook(path)
        for cell in notebook_files.find_cells(nb, role="solution"):
            cell.source = answers.get(cell.metadata["neurec"]["task"], cell.source)
        made[path.name] = nbformat.writes(nb).encode()
    return made


def zipped(files, encoding="utf-8"):
    """A zip file; in another encoding than UTF-8 its names do not tell which."""
    text = io.BytesIO()
    with zipfile.ZipFile(text, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name if encoding == "utf-8" else name.translate(LATIN), content)
    content = text.getvalue()
    if encoding != "utf-8":
        for name in files:
            content = content.replace(name.translate(LATIN).encode(), name.encode(encoding))
    return content


LATIN = {
    ord(sign): ord("a") + number % 26
    for number, sign in enumerate("абвгдежзийклмнопрстуфхцчшщъыьэюя")
}


def files_of(handout, what):
    """What a student uploads, by the file's name."""
    right, wrong = answered(handout, RIGHT), answered(handout, WRONG)
    if what == "nothing":
        return {}
    if what == "wrong":
        return wrong
    if what == "stub":
        return answered(handout, {})
    if what == "zip":
        return {"neurec.zip": zipped({f"work/{name}": content for name, content in right.items()})}
    if what == "old zip":
        inside = {f"работа/{name}": content for name, content in right.items()}
        return {"работа.zip": zipped(inside, "cp866")}
    if what == "html":
        first, second = sorted(right)
        return {first.replace(".ipynb", ".html"): b"<!DOCTYPE html>", second: right[second]}
    if what == "damaged copy":
        first = min(right)
        return {**right, first.replace(".ipynb", " (1).ipynb"): right[first][:-99]}
    return right


def write_moodle(handout, folder):
    """A "download all" of Moodle's as one zip file, and the grading worksheet."""
    folder.mkdir(parents=True)
    files = {
        f"{name.replace('/', '')}_{number}_assignsubmission_file_/{file}": content
        for name, number, _, what in CLASS
        for file, content in files_of(handout, what).items()
    }
    (folder / "Course-Neurec-1234.zip").write_bytes(zipped(files))
    rows = [
        ("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade")
        + ("Grade can be changed", "Last modified (grade)", "Feedback comments")
    ]
    for name, number, email, what in CLASS:
        late = " - 1 day 2 hours late" if what == "late" else ""
        status = "No submission" if what == "nothing" else f"Submitted for grading{late}"
        rows.append((f"Participant {number}", name, email, status, "", "100.00", "Yes", "-", ""))
    return _write_rows(rows, folder.parent / "moodle-worksheet.csv")


def write_canvas(handout, folder):
    """Canvas' folder of loose files, and the exported gradebook."""
    folder.mkdir(parents=True)
    rows = [("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Neurec (42)")]
    rows.append(("    Points Possible", "", "", "", "", "3"))
    for place, (name, number, email, what) in enumerate(CLASS):
        first, _, last = name.partition(" ")
        short = "".join(sign for sign in (last + first).casefold() if sign.isalnum())
        late = "LATE_" if what == "late" else ""
        for part, (file, content) in enumerate(files_of(handout, what).items()):
            path = folder / f"{short}_{late}{number}_{1000 + 10 * place + part}_{file}"
            path.write_bytes(content)
        rows.append((f"{last}, {first}", number, f"s{number}", email.partition("@")[0], "A", ""))
    return _write_rows(rows, folder.parent / "canvas-gradebook.csv")


def _write_rows(rows, path):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    print(write_moodle(source, target / "moodle"), write_canvas(source, target / "canvas"))
