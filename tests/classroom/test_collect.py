"""What learning platforms and students call their files, and whose they are."""

import gzip
import os
import stat
import zipfile

import pytest

from neurec_helpers.classroom import collect
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import speaking
from tests.helpers.submitted_files import BOTH, NAMES, book, by_name, put, tarred, zipped


def linked():
    """A zip file in which a notebook is a link."""
    entry = zipfile.ZipInfo("01_split.ipynb")
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return zipped({entry: "../../secret.txt"})


def locked():
    """A zip file whose notebook is said to be encrypted."""
    content = bytearray(zipped({"01_split.ipynb": book()}))
    for place in (6, content.index(b"PK\1\2") + 8):
        content[place] |= 1
    return bytes(content)


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
        ("Ada Lovelace_77_assignsubmission_file_01_split.ipynb", "Ada Lovelace", "01_split", False),
        ("lovelaceada_12_345_01_split.ipynb", "lovelaceada", "01_split", False),
        ("lovelaceada_LATE_12_345_01_split-2.ipynb", "lovelaceada", "01_split", True),
        ("LOVELACE-01_split (1).ipynb", "LOVELACE", "01_split", False),
        ("LOVELACE-ps1 (1).ipynb", "LOVELACE", "01_split", False),
        ("01_split_Лавлейс.ipynb", "Лавлейс", "01_split", False),
        ("Participant_77_assignsubmission_file_/01_split.ipynb", "moodle 77", "01_split", False),
        ("Ada/01_split.ipynb.txt", "Ada", "01_split", False),
        ("Ada/01_split.ipynb/01_split.ipynb", "Ada", "01_split", False),
        ("ADA-01_split.ipynb/01_split.ipynb", "ADA", "01_split", False),
        ("Ada - Copy of 01_split.ipynb", "Ada", "01_split", False),
        ("Copy of Ada - 01_split.ipynb", "Ada", "01_split", False),
        ("Ада - Копия 01_split.ipynb", "Ада", "01_split", False),
        ("Ada 01_split - Copy.ipynb", "Ada", "01_split", False),
        ("Ada/1-split.ipynb", "Ada", "01_split", False),
        ("Ada/01-split.ipynb", "Ada", "01_split", False),
        ("Ada/02 Users and books.ipynb", "Ada", "02_users_and_books", False),
        ("lovelaceada_1_2_01-split-1.ipynb", "lovelaceada", "01_split", False),
        ("LOVELACE-02-users-and-books.ipynb", "LOVELACE", "02_users_and_books", False),
    ],
)
def test_student_and_notebook_are_known_from_the_name(tmp_path, name, student, notebook, late):
    put(tmp_path, name)
    (found,) = collect.collect(tmp_path, NAMES)
    assert (found.student, list(found.files), found.late) == (student, [notebook], late)
    assert found.files[notebook] == book() and found.notes == found.doubts == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("Ada.7z", b"7z\xbc\xaf\x27\x1c rest", "7z archive"),
        ("Ada.rar", b"Rar!\x1a\x07 rest", "RAR archive"),
        ("Ada/01_split.html", b"<!DOCTYPE html>", "web page"),
        ("Ada/01_split.pdf", b"%PDF-1.7", "PDF"),
        ("Ada/01_split.docx.txt", b"my answers", "not a notebook"),
        ("Ada.zip", zipped({"01_split.ipynb": book()})[:-30], "can't be opened"),
        ("Ada.zip", zipped({"a.7z": b"7z\xbc\xaf\x27\x1c"}), "7z archive"),
        ("Ada.tar.gz", gzip.compress(tarred({"a": b"b"}))[:60], "can't be opened"),
        ("Ada.zip", zipped({"../01_split.ipynb": book()}), "leads out"),
        ("Ada.zip", linked(), "it is a link"),
        ("Ada.zip", locked(), "locked with a password"),
    ],
)
def test_what_cannot_be_opened_is_named_and_is_no_zero(tmp_path, name, content, words):
    put(tmp_path, name, content)
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {}
    assert words in found.why_missing("01_split") and words in " ".join(found.notes)
    result = {
        "grades": [{"task": "5.1", "points": 0, "status": "not handed in", "reason": ""}],
        "notes": [],
    }
    (grade,) = found.finish(result, {"5.1": "01_split"})["grades"]
    assert grade["points"] is None and grade["status"] == "not graded" and words in grade["reason"]


MOODLE = "Ada Lovelace_77_assignsubmission_file_"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("Ada.zip", zipped({})),
        ("Ada.zip", zipped({"__MACOSX/._01_split.ipynb": b"x"})),
        ("Ada.zip", zipped({"neurec/.ipynb_checkpoints/01_split-checkpoint.ipynb": book()})),
        ("Ada/.ipynb_checkpoints/01_split-checkpoint.ipynb", book()),
        ("Ada/photo.png", b"\x89PNG"),
        ("Ada/start.ipynb", book()),
        ("ADA-01_split.png", b"\x89PNG"),
        ("ADA-01_split", b"train, test = 1, 2"),
        ("ADA-01_split.py", b"train, test = 1, 2"),
        ("ADA-01_split.json", b'{"nbformat": 3, "worksheets": []}'),
        ("ADA-01_split.json.gz", gzip.compress(book())),
        (f"{MOODLE}.zip", zipped({})),
        (f"{MOODLE}photo.jpg", b"\xff\xd8"),
        (f"{MOODLE}/.ipynb_checkpoints/01_split-checkpoint.ipynb", book()),
        ("lovelaceada_1_2_answers.csv", b"5.1,7"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_whatever_was_handed_in_leaves_a_trace_and_is_no_zero(tmp_path, name, content, packed):
    put(tmp_path, "in/Grace Hopper_78_assignsubmission_file_/01_split.ipynb")
    put(tmp_path, "in/Alan Turing_79_assignsubmission_file_/01_split.ipynb")
    folder = tmp_path / "in"
    put(folder, name, content)
    if packed:
        inside = {"__MACOSX/submissions/._x": b"x"}
        for path in folder.rglob("*"):
            if path.is_file():
                inside[f"submissions/{path.relative_to(folder)}"] = path.read_bytes()
        folder = put(tmp_path, "out/HW1-1.zip", zipped(inside)).parent
    found = by_name(folder)
    found.pop("Grace Hopper")
    found.pop("Alan Turing")
    (ada,) = found.values()
    assert "ada" in ada.student.lower() and ada.files == {} and ada.why_missing("01_split")


def test_what_systems_and_teachers_put_beside_submissions_is_nobodys(tmp_path):
    put(tmp_path, "Grace/01_split.ipynb")
    put(tmp_path, "__MACOSX/._x", b"x")
    put(tmp_path, "._Grace", b"x")
    for name in ("class.csv", "ratings.csv.gz", "notes.txt", "class.png"):
        put(tmp_path, name, b"name")
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.student == "Grace" and found.notes == []


def test_a_link_and_what_is_no_file_are_named_and_not_waited_for(tmp_path):
    put(tmp_path, "secret.txt", b"secret")
    (tmp_path / "Ada").mkdir()
    (tmp_path / "Ada" / "01_split.ipynb").symlink_to(tmp_path / "secret.txt")
    os.mkfifo(tmp_path / "Ada" / "02_users_and_books.ipynb")
    (found,) = collect.collect(tmp_path, NAMES)
    assert "links are not followed" in found.why_missing("01_split")
    assert "not a file" in found.why_missing("02_users_and_books")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_loose_link_leaves_a_trace_in_every_language(tmp_path, language):
    put(tmp_path, "Grace/01_split.ipynb")
    (tmp_path / "Ada.txt").symlink_to(tmp_path / "Grace" / "01_split.ipynb")
    with speaking(language):
        assert len(collect.collect(tmp_path, NAMES)) == 2


@pytest.mark.parametrize(
    "raw", [b"bad\xed\xa0\x80name", b"\xff\xfe", "Лавлейс".encode("cp866"), b"a\x1b[31mb", b"a\nb"]
)
def test_any_name_of_a_folder_is_shown_and_graded(tmp_path, raw):
    folder = os.path.join(os.fsencode(tmp_path), raw)
    os.mkdir(folder)
    with open(os.path.join(folder, b"01_split.ipynb"), "wb") as file:
        file.write(book())
    put(tmp_path, "Grace/01_split.ipynb")
    found = collect.collect(tmp_path, NAMES)
    assert len(found) == 2 and all(each.files for each in found)
    for each in found:
        text = each.student + each.key + "".join([*each.notes, *each.doubts])
        assert text.encode("utf-8") and text.isprintable()


def test_moodles_download_all_is_many_students(tmp_path):
    packed = zipped(
        {
            "Ada Lovelace_77_assignsubmission_file_/01_split.ipynb": book(1),
            "Ada Lovelace_78_assignsubmission_file_/neurec.zip": zipped(
                {"01_split.ipynb": book(2)}
            ),
            "Grace Hopper_79_assignsubmission_file_/01_split.html": b"<html>",
        }
    )
    put(tmp_path, "Course-Assignment-1234.zip", packed)
    found = {each.ids["moodle"]: each for each in collect.collect(tmp_path, NAMES)}
    assert {number: each.student for number, each in found.items()} == {
        "77": "Ada Lovelace",
        "78": "Ada Lovelace",
        "79": "Grace Hopper",
    }
    assert found["77"].files["01_split"] == book(1) and found["78"].files["01_split"] == book(2)
    assert len({each.key for each in found.values()}) == 3
    assert "web page" in found["79"].why_missing("01_split")


@pytest.mark.parametrize("wrapper", ["", "submissions/"])
def test_canvas_download_is_many_students(tmp_path, wrapper):
    packed = {
        f"{wrapper}lovelaceada_12_345_01_split.ipynb": book(1),
        f"{wrapper}lovelaceada_12_346_02_users_and_books.ipynb": book(2),
        f"{wrapper}hoppergrace_LATE_13_347_01_split.ipynb": book(3),
    }
    put(tmp_path, "submissions.zip", zipped(packed))
    found = {each.ids["canvas"]: each for each in collect.collect(tmp_path, NAMES)}
    assert list(found["12"].files) == BOTH and found["13"].late and not found["12"].late


def test_files_of_one_student_come_together(tmp_path):
    put(tmp_path, "LOVELACE-01_split.ipynb")
    put(tmp_path, "Lovelace-02_users_and_books.ipynb")
    (found,) = collect.collect(tmp_path, NAMES)
    assert sorted(found.files) == BOTH


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("LOVELACE-01_split.ipynb", "LOVELACE-01_split (1).ipynb"),
        ("lovelaceada_1_2_01_split-1.ipynb", "lovelaceada_1_3_01_split-2.ipynb"),
        ("Ada/a/01_split.ipynb", "Ada/b/01_split.ipynb"),
        ("Ada-neurec.zip", "Ada-neurec-2.zip"),
    ],
)
def test_of_two_files_the_later_counts_and_a_note_says_so(tmp_path, older, newer):
    # A number that a browser or a platform adds says more than the time of the download.
    def content(name, mark):
        return zipped({"01_split.ipynb": book(mark)}) if name.endswith("zip") else book(mark)

    put(tmp_path, newer, content(newer, 2), when=2_000_000 if "/" in newer else 1_000_000)
    put(tmp_path, older, content(older, 1), when=1_500_000)
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {"01_split": book(2)}
    assert "handed in more than once" in found.notes[0]
    assert "the files differ" in found.doubts[0] and len(found.doubts) == 1


def test_a_damaged_copy_never_takes_the_place_of_a_good_one(tmp_path):
    put(tmp_path, "LOVELACE-01_split.ipynb")
    put(tmp_path, "LOVELACE-01_split (1).ipynb", book()[:-9])
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {"01_split": book()} and found.doubts == []


def test_a_notebook_under_a_name_of_its_own_is_known_by_its_cells(tmp_path):
    put(tmp_path, "Ada/homework.ipynb", b'{"cells": [{"id": "task-5-1-check"}]}')
    put(tmp_path, "Ada/holiday.ipynb", b'{"cells": []}')
    (found,) = collect.collect(tmp_path, NAMES)
    assert list(found.files) == ["01_split"]
    assert found.notes == ["holiday.ipynb is not one of the notebooks that are graded."]
    # It may be the second one, so the second one's tasks are no zeros.
    assert found.why_missing("02_users_and_books") == found.notes[0]


@pytest.mark.parametrize("quote", ['\\"', "'"])
def test_a_notebook_that_lost_its_name_and_all_ids_is_known_by_its_check(tmp_path, quote):
    cell = '{"cells": [{"source": "nr.check(%s5.%d%s, ratings)"}], "nbformat": 4}'
    one, two = ((cell % (quote, n, quote)).encode() for n in (1, 2))
    put(tmp_path, "Ada/Homework1.ipynb", one)
    put(tmp_path, "Ada/Homework2.ipynb", two)
    put(tmp_path, "Ada/both.ipynb", one + two)
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files == {"01_split": one, "02_users_and_books": two}
    assert found.notes == ["both.ipynb is not one of the notebooks that are graded."]


def test_what_is_no_folder_or_holds_nothing_is_refused(tmp_path):
    with pytest.raises(NeurecError, match="there is no folder"):
        collect.collect(tmp_path / "none", NAMES)
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / "class.csv").write_text("name\nAda\n")
    with pytest.raises(NeurecError, match="holds no submission"):
        collect.collect(tmp_path, NAMES)
