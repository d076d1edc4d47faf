"""Whose each file is: platforms' numbers first, the class list, and what is asked."""

import csv
import unicodedata

import pytest

from neurec_helpers.classroom import collect
from tests.helpers.submitted_files import NAMES, book, by_name, put, zipped


def receipt(name):
    return b'{"name": "%s"}' % name.encode()


def test_a_receipt_never_outranks_the_platform(tmp_path):
    mallory = {"01_split.ipynb": book(1), "handed-in.json": receipt("Ada Lovelace")}
    put(tmp_path, "Mallory_66_assignsubmission_file_/neurec.zip", zipped(mallory))
    put(tmp_path, "Ada Lovelace_77_assignsubmission_file_/01_split.ipynb", book(2))
    found = by_name(tmp_path)
    assert found["Ada Lovelace"].files == {"01_split": book(2)}
    assert found["Mallory"].files == {"01_split": book(1)}
    assert "receipt" in found["Mallory"].doubts[0]


def test_what_poses_as_another_students_part_of_a_download_replaces_nobodys_work(tmp_path):
    folder = tmp_path / "in"
    posing = [
        f"{name}_assignsubmission_file_/01_split.ipynb" for name in ("Ada Lovelace_77", "X_7")
    ]
    put(folder, "Mallory.zip", zipped(dict.fromkeys(posing, book(1))))
    put(folder, "Ada Lovelace.zip", zipped({"01_split.ipynb": book(2)}))
    roster = put(tmp_path, "class.csv", b"name\nAda Lovelace\nMallory\n")
    for found in (by_name(folder), by_name(folder, roster)):
        assert all(each.undecided for each in found.values() if each.files == {"01_split": book(2)})
        assert not any(
            each.files == {"01_split": book(1)} and not each.undecided and each.ids == {}
            for each in found.values()
        )
    assert found["Ada Lovelace"].files == {} and found["Ada Lovelace"].why_missing("01_split")


@pytest.mark.parametrize("packed", [True, False])
def test_an_own_archive_named_within_like_a_classmates_part_replaces_nothing(tmp_path, packed):
    ada = "Ada Lovelace_77_assignsubmission_file_/01_split.ipynb"
    put(tmp_path, ada, book(1), when=1_000_000)
    if packed:
        put(tmp_path, "Mallory-neurec.zip", zipped({ada: book(2)}))
    else:
        put(tmp_path, f"Mallory/{ada}", book(2))
    found = by_name(tmp_path)
    assert (found["Ada Lovelace"].files, found["Mallory"].files) == (
        {"01_split": book(1)},
        {"01_split": book(2)},
    )
    assert found["Ada Lovelace"].doubts == [] and "learning platform" in found["Mallory"].doubts[0]


def test_two_downloads_that_differ_under_one_number_are_asked_about(tmp_path):
    ada, other = (f"{name}_assignsubmission_file_/" for name in ("Ada Lovelace_77", "Grace_78"))
    put(tmp_path, f"{ada}01_split.ipynb", book(1))
    posing = {f"{ada}01_split (9).ipynb": book(2), f"{other}01_split.ipynb": book(3)}
    put(tmp_path, "Mallory.zip", zipped(posing))
    found = collect.collect(tmp_path, NAMES)
    assert {each.student: bool(each.undecided) for each in found} == {
        "Grace": False,
        f"? {ada[:-1]}": True,
        f"? {ada[:-1]} #2": True,
    }
    assert "several downloads" in found[-1].undecided
    assert found[-1].undecided.count("Ada Lovelace (77)") == 1


def test_two_assignments_downloads_come_together_and_a_class_may_be_one_student(tmp_path):
    parts = [f"{name}_assignsubmission_file_/" for name in ("Ada Lovelace_77", "Grace Hopper_78")]
    one, two = ({f"{part}{name}.ipynb": book() for part in parts} for name in NAMES)
    put(tmp_path, "two/HW1-1.zip", zipped(one))
    put(tmp_path, "two/HW2-1.zip", zipped(two))
    put(tmp_path, "one/HW1-1.zip", zipped({f"{parts[0]}01_split.ipynb": book()}))
    put(tmp_path, "one/class.csv", b"name\nAda Lovelace\n")
    found = collect.collect(tmp_path / "two", NAMES)
    assert [(each.student, list(each.files)) for each in found] == [
        ("Ada Lovelace", [*NAMES]),
        ("Grace Hopper", [*NAMES]),
    ]
    assert all("several downloads (HW1-1.zip, HW2-1.zip)" in each.doubts[0] for each in found)
    (found,) = collect.collect(tmp_path / "one", NAMES)
    assert found.ids == {"moodle": "77"} and found.doubts == []


@pytest.mark.parametrize("packed", [True, False])
def test_a_path_that_lies_too_deep_never_becomes_another_students(tmp_path, packed):
    ada, mallory = (f"{name}_assignsubmission_file_" for name in ("Ada Lovelace_77", "Mallory_66"))
    inside = f"{ada}/{'a/' * 39}01_split.ipynb"
    if packed:
        files = {f"{mallory}/{inside}": book(1), f"{ada}/01_split.ipynb": book(2)}
        put(tmp_path, "Course-1.zip", zipped(files))
    else:
        put(tmp_path, f"{mallory}/neurec.zip", zipped({f"{'a/' * 3}{inside}": book(1)}))
        put(tmp_path, f"{ada}/01_split.ipynb", book(2))
    found = by_name(tmp_path)
    assert found["Ada Lovelace"].files == {"01_split": book(2)}
    assert found["Ada Lovelace"].notes == found["Mallory"].doubts == []
    assert found["Mallory"].files == {}
    assert "too deep" in found["Mallory"].why_missing("01_split")


@pytest.mark.parametrize("name", ["Bob_77_assignsubmission_file_", "Bob"])
def test_a_display_name_that_holds_a_number_is_asked_about(tmp_path, name):
    put(tmp_path, f"{name}_78_assignsubmission_file_/01_split.ipynb")
    (found,) = collect.collect(tmp_path, NAMES)
    assert bool(found.undecided) is (name != "Bob") and found.ids.get("moodle") != "77"


def test_a_file_name_of_canvas_that_poses_as_moodles_is_asked_about(tmp_path):
    put(tmp_path, "mallory_66_1_Ada Lovelace_77_assignsubmission_file_01_split.ipynb", book(1))
    put(tmp_path, "Ada Lovelace_77_assignsubmission_file_/01_split.ipynb", book(2))
    found = collect.collect(tmp_path, NAMES)
    assert [(each.student, bool(each.undecided)) for each in found] == [
        ("Ada Lovelace", False),
        ("? mallory_66_1_Ada Lovelace_77_assignsubmission_file_01_split.ipynb", True),
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("आदि", "आदु"),  # differ in a vowel sign only
        ("Thomas Martin", "Martin Thomas"),
        ("किरण शर्मा", "करण शर्मा"),
        ("Zoe", "Zoë"),
        ("Анна Иванова", "Иванова Анна"),
        ("🙂 Ann", "🙂 Ben"),
    ],
)
def test_two_people_stay_two(tmp_path, first, second):
    put(tmp_path, f"{first}/01_split.ipynb", book(1))
    put(tmp_path, f"{second}/01_split.ipynb", book(2))
    (tmp_path / "out").mkdir()
    roster = put(tmp_path / "out", "class.csv", f"name\n{first}\n{second}\n".encode())
    for found in (by_name(tmp_path), by_name(tmp_path, roster)):
        found.pop("out", None)
        assert {name: each.files["01_split"] for name, each in found.items()} == {
            first: book(1),
            second: book(2),
        }
        assert len({each.key.casefold() for each in found.values()}) == 2


def test_decomposed_letters_of_the_mac_are_the_same_name(tmp_path):
    folder = tmp_path / "in"
    put(folder, unicodedata.normalize("NFD", "José Müller/01_split.ipynb"))
    roster = put(tmp_path, "class.csv", "name\nJosé Müller\n".encode())
    (found,) = collect.collect(folder, NAMES, roster)
    assert found.student == "José Müller" and found.files and found.notes == []


ROSTER = "name,email\nThomas Martin,t@x.org\nMartin Thomas,m@x.org\nAda Lovelace,a@x.org\n"


def asked(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fill_in(path, **answers):
    rows = asked(path)
    for row in rows:
        row["student"] = answers.get(row["handed in as"].partition("_")[0], row["student"])
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_what_cannot_be_decided_is_asked_and_the_answer_is_read(tmp_path):
    roster, answers = put(tmp_path, "class.csv", ROSTER.encode()), tmp_path / "identities.csv"
    folder = tmp_path / "in"
    put(folder, "martinthomas_5_1_01_split.ipynb", book(1))
    put(folder, "lovelaceada_6_2_01_split.ipynb", book(2))
    found = by_name(folder, roster, answers)
    assert found["Ada Lovelace"].files == {"01_split": book(2)}
    waiting = found["? martinthomas_5_1_01_split.ipynb"]
    assert "several students fit" in waiting.undecided and "Thomas Martin" in waiting.undecided
    for name in ("Thomas Martin", "Martin Thomas"):
        assert not found[name].files and "identities.csv" in found[name].why_missing("01_split")
    (row,) = asked(answers)
    assert row["may be"] == "Thomas Martin (t@x.org); Martin Thomas (m@x.org)"
    fill_in(answers, martinthomas="m@x.org")
    for _ in range(2):  # the answer stays for later runs
        found = by_name(folder, roster, answers)
        assert found["Martin Thomas"].files == {"01_split": book(1)}
        assert not found["Thomas Martin"].files and len(found) == 3
        assert found["Thomas Martin"].why_missing("01_split") == ""


def test_two_of_one_name_are_told_apart_by_their_numbers_and_else_asked(tmp_path):
    folder, answers = tmp_path / "in", tmp_path / "identities.csv"
    put(folder, "Anna Ivanova_71_assignsubmission_file_/01_split.ipynb", book(1))
    put(folder, "Anna Ivanova_72_assignsubmission_file_/01_split.ipynb", book(2))
    by_number = put(
        tmp_path,
        "a.csv",
        b"Identifier,Full name\nParticipant 71,Anna Ivanova\nParticipant 72,Anna Ivanova\n",
    )
    found = collect.collect(folder, NAMES, by_number, answers)
    assert [each.files["01_split"] for each in found] == [book(1), book(2)]
    assert not answers.exists() and len({each.key for each in found}) == 2
    one = put(tmp_path, "b.csv", b"name,email\nAnna Ivanova,a@x.org\n")
    found = collect.collect(folder, NAMES, one, answers)
    assert [bool(each.undecided) for each in found] == [False, True, True]
    assert found[0].files == {} and "identities.csv" in found[0].why_missing("01_split")
    assert len(asked(answers)) == 2


def test_two_under_one_name_that_differ_are_asked_about_and_agreeing_ones_merged(tmp_path):
    put(tmp_path, "Ivanova.zip", zipped({"01_split.ipynb": book(1)}))
    put(tmp_path, "ivanova/01_split.ipynb", book(1))
    (found,) = collect.collect(tmp_path, NAMES)
    assert found.files and not found.undecided
    put(tmp_path, "ivanova/01_split.ipynb", book(2))
    assert all(each.undecided for each in collect.collect(tmp_path, NAMES))


def test_who_is_unknown_to_the_platforms_list_is_asked_about(tmp_path):
    folder, answers = tmp_path / "in", tmp_path / "identities.csv"
    put(folder, "Ada Lovelace_99_assignsubmission_file_/01_split.ipynb")
    worksheet = "Идентификатор,Полное имя,Оценка\nУчастник 77,Ada Lovelace,\n"
    roster = put(tmp_path, "class.csv", worksheet.encode())
    ada, unknown = collect.collect(folder, NAMES, roster, answers)
    assert ada.ids == {"moodle": "77"} and not ada.files and ada.refused
    assert "no moodle number 99" in unknown.undecided


def test_nobody_in_a_name_is_asked_and_can_be_left_out(tmp_path):
    folder, answers = tmp_path / "in", tmp_path / "identities.csv"
    put(folder, "01_split.ipynb", book(1))
    put(
        folder,
        "submission.zip",
        zipped({"01_split.ipynb": book(2), "handed-in.json": receipt("Ada")}),
    )
    found = collect.collect(folder, NAMES, None, answers)
    assert all(each.undecided for each in found) and len(asked(answers)) == 2
    assert {row["name in it"] for row in asked(answers)} == {"", "Ada"}
    text = answers.read_text(encoding="utf-8").replace("names nobody.,,", "names nobody.,,-")
    answers.write_text(text.replace("whose it is.,,", "whose it is.,,Ada King"), encoding="utf-8")
    (found,) = collect.collect(folder, NAMES, None, answers)
    assert (found.student, found.files) == ("Ada King", {"01_split": book(2)})


def test_names_are_matched_with_the_class_list(tmp_path):
    folder = tmp_path / "in"
    for name in ("lovelaceada_1_2_01_split.ipynb", "Hopper, Grace/01_split.ipynb"):
        put(folder, name)
    put(folder, "Stranger/01_split.ipynb")
    roster = put(tmp_path, "class.csv", b"Ada Lovelace\nGrace Hopper\nAlan Turing\n")
    assert {name: each.notes for name, each in by_name(folder, roster).items()} == {
        "Ada Lovelace": [],
        "Grace Hopper": [],
        "Alan Turing": ["nothing was handed in."],
        "Stranger": ["not on the class list."],
    }


@pytest.mark.parametrize("name", ["ab123", "a@x.org", "20231234", "ab123-01_split", "A@X.ORG"])
def test_an_id_of_the_class_list_tells_whose_it_is(tmp_path, name):
    folder = tmp_path / "in"
    put(folder, f"{name}.ipynb" if "-01" in name else f"{name}/01_split.ipynb")
    roster = put(
        tmp_path,
        "class.csv",
        b"name,login,email,id\nAda Lovelace,ab123,a@x.org,20231234\nAda King,ak,k@x.org,20239999\n",
    )
    found = by_name(folder, roster)
    assert found["Ada Lovelace"].files and not found["Ada King"].files and len(found) == 2
    (alone,) = collect.collect(folder, NAMES)
    assert not alone.undecided


LOGINS = ["student-1", "student-2", "student-10", "phillips1", "phillips2", "cripps", "cripps1"]


@pytest.mark.parametrize("ending", ["/01_split.ipynb", ".zip", "-01_split.ipynb"])
def test_logins_that_end_in_a_number_are_as_many_students(tmp_path, ending):
    folder = tmp_path / "in"
    for mark, login in enumerate(LOGINS):
        content = zipped({"01_split.ipynb": book(mark)}) if ending == ".zip" else book(mark)
        put(folder, f"{login}{ending}", content)
    rows = "".join(f"Student {chr(65 + mark)},{login}\n" for mark, login in enumerate(LOGINS))
    roster = put(tmp_path, "class.csv", f"name,login\n{rows}".encode())
    for found in (collect.collect(folder, NAMES), collect.collect(folder, NAMES, roster)):
        assert len(found) == len(LOGINS) and not any(each.doubts for each in found)
        assert {each.files["01_split"] for each in found} == {book(n) for n in range(len(LOGINS))}
    assert {each.student: each.files["01_split"] for each in found} == {
        f"Student {chr(65 + mark)}": book(mark) for mark in range(len(LOGINS))
    }


def test_an_id_that_is_another_students_name_is_asked_about(tmp_path):
    folder = tmp_path / "in"
    put(folder, "ada/01_split.ipynb")
    roster = put(tmp_path, "class.csv", b"name,login\nGrace Hopper,ada\nAda,grace\n")
    found = collect.collect(folder, NAMES, roster)
    assert [bool(each.undecided) for each in found] == [False, False, True]
    assert not any(each.files for each in found[:2])


@pytest.mark.parametrize("number", ["1", "2026"])
def test_a_short_number_names_nobody(tmp_path, number):
    put(tmp_path, f"{number}/01_split.ipynb")
    (found,) = collect.collect(tmp_path, NAMES)
    assert "names nobody" in found.undecided
