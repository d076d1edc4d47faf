"""What learning platforms and students call their files, and whose they are."""

import os
import zipfile

import pytest

from neurec_helpers.classroom import collect
from neurec_helpers.errors import NeurecError

NAMES = {"01_split": "task-5-1-check", "02_users_and_books": "task-5-2-check"}


def put(folder, name, content=b"{}", when=None):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if when:
        os.utime(path, (when, when))
    return path


@pytest.mark.parametrize(
    ("name", "student", "notebook", "late"),
    [
        ("Ada Lovelace/01_split.ipynb", "Ada Lovelace", "01_split", False),
        ("Ada Lovelace/notebooks/01_split.ipynb", "Ada Lovelace", "01_split", False),
        (
            "Ada Lovelace_77_assignsubmission_file_/02_users_and_books.ipynb",
            "Ada Lovelace",
            "02_users_and_books",
            False,
        ),
        (
            "Ada Lovelace_77_assignsubmission_file_01_split.ipynb",
            "Ada Lovelace",
            "01_split",
            False,
        ),
        ("lovelaceada_12_345_01_split.ipynb", "lovelaceada", "01_split", False),
        ("lovelaceada_LATE_12_345_01_split-2.ipynb", "lovelaceada", "01_split", True),
        ("LOVELACE-01_split (1).ipynb", "LOVELACE", "01_split", False),
        ("LOVELACE-ps1 (1).ipynb", "LOVELACE", "01_split", False),
        ("01_split_Лавлейс.ipynb", "Лавлейс", "01_split", False),
        ("Ada.zip", "Ada", "01_split", False),
    ],
)
def test_student_and_notebook_are_known_from_the_name(tmp_path, name, student, notebook, late):
    if name.endswith(".zip"):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr("some/folder/01_split.ipynb", b"{}")
            archive.writestr("__MACOSX/01_split.ipynb", b"rubbish")
    else:
        put(tmp_path, name)
    (found,) = collect.collect(tmp_path, NAMES)
    assert (found.student, list(found.files), found.late) == (student, [notebook], late)
    assert found.files[notebook] == b"{}" and found.notes == []


def test_files_of_one_student_come_together(tmp_path):
    put(tmp_path, "LOVELACE-01_split.ipynb")
    put(tmp_path, "Lovelace-02_users_and_books.ipynb")
    (found,) = collect.collect(tmp_path, NAMES)
    assert sorted(found.files) == list(NAMES)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("LOVELACE-01_split.ipynb", "LOVELACE-01_split (1).ipynb"),
        ("lovelaceada_1_2_01_split-1.ipynb", "lovelaceada_1_3_01_split-2.ipynb"),
        ("Ada/a/01_split.ipynb", "Ada/b/01_split.ipynb"),
    ],
)
def test_of_two_files_the_later_counts_and_a_note_says_so(tmp_path, older, newer):
    # A number that a browser or a platform adds says more than the time of the download.
    put(tmp_path, newer, b"new", when=2_000_000 if "/" in newer else 1_000_000)
    put(tmp_path, older, b"old", when=1_500_000)
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {"01_split": b"new"}
    assert "handed in more than once" in found.notes[0]


def test_a_notebook_under_a_name_of_its_own_is_known_by_its_cells(tmp_path):
    put(tmp_path, "Ada/homework.ipynb", b'{"cells": [{"id": "task-5-1-check"}]}')
    put(tmp_path, "Ada/holiday.ipynb", b'{"cells": []}')
    (found,) = collect.collect(tmp_path, NAMES)
    assert list(found.files) == ["01_split"]
    assert found.notes == ["holiday.ipynb is none of the notebooks that are graded."]


def test_what_is_no_folder_or_holds_nothing_is_refused(tmp_path):
    with pytest.raises(NeurecError, match="there is no folder"):
        collect.collect(tmp_path / "none", NAMES)
    (tmp_path / "readme.txt").write_text("hello")
    with pytest.raises(NeurecError, match="holds no submission"):
        collect.collect(tmp_path, NAMES)


def test_a_zip_file_of_very_many_entries_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(collect, "MOST_FILES", 3)
    with zipfile.ZipFile(tmp_path / "Ada.zip", "w") as archive:
        for number in range(4):
            archive.writestr(f"{number}/01_split.ipynb", b"{}")
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {} and "holds 4 files" in found.notes[0]


@pytest.mark.parametrize("name", ["01_split.ipynb", "", "."])
def test_a_damaged_or_strange_zip_file_stops_nobody_else(tmp_path, name):
    path = tmp_path / "Ada.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x" if not name else name, bytes(range(256)) * 40)
    content = bytearray(path.read_bytes())
    content[60:90] = b"\xff" * 30  # in the middle of what was deflated
    path.write_bytes(content)
    put(tmp_path, "Grace/01_split.ipynb")
    ada, grace = collect.collect(tmp_path, NAMES)
    assert ada.files == {} and list(grace.files) == ["01_split"]
    assert name != "01_split.ipynb" or "can't be opened" in ada.notes[0]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("id,name\n1,Ada Lovelace\n2, Иван Петров \n", ["Ada Lovelace", "Иван Петров"]),
        ("\ufeffName\nAda Lovelace\n\n", ["Ada Lovelace"]),
        ("Ada Lovelace\nGrace Hopper\n", ["Ada Lovelace", "Grace Hopper"]),
    ],
)
def test_a_class_list_is_read(tmp_path, text, names):
    (tmp_path / "class.csv").write_text(text, encoding="utf-8")
    assert collect.read_roster(tmp_path / "class.csv") == names


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\xff\xfe", "can't be read")])
def test_a_class_list_that_is_none_is_refused(tmp_path, content, words):
    (tmp_path / "class.csv").write_bytes(content)
    with pytest.raises(NeurecError, match=words):
        collect.read_roster(tmp_path / "class.csv")


def test_names_are_matched_with_the_class_list(tmp_path):
    for name in ("lovelaceada_1_2_01_split.ipynb", "Hopper, Grace/01_split.ipynb"):
        put(tmp_path, name)
    put(tmp_path, "Stranger/01_split.ipynb")
    roster = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
    found = collect.add_roster(collect.collect(tmp_path, NAMES), roster)
    assert {each.student: each.notes for each in found} == {
        "Ada Lovelace": [],
        "Grace Hopper": [],
        "Alan Turing": ["nothing was handed in."],
        "Stranger": ["not on the class list."],
    }
