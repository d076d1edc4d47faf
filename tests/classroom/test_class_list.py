"""Class lists as teachers, Moodle and Canvas write them."""

import pytest

from neurec_helpers.classroom.class_list import read_class_list
from neurec_helpers.errors import NeurecError


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "class.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return read_class_list(path)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("id,name\n1,Ada Lovelace\n2, Иван Петров \n", ["Ada Lovelace", "Иван Петров"]),
        ("\ufeffName\nAda Lovelace\n\n", ["Ada Lovelace"]),
        ("Ada Lovelace\nGrace Hopper\n", ["Ada Lovelace", "Grace Hopper"]),
        ("First name;Surname;Email address\nAda;Lovelace;a@x.org\n", ["Ada Lovelace"]),
        ("Имя\tФамилия\nАда\tЛавлейс\n", ["Ада Лавлейс"]),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_class_list_is_read(tmp_path, text, names, encoding):
    assert [person.name for person in read(tmp_path, text, encoding)] == names


def test_moodles_worksheet_gives_numbers_and_how_late(tmp_path):
    people = read(
        tmp_path,
        "Identifier,Full name,Email address,Status,Grade\n"
        "Participant 77,Ada Lovelace,a@x.org,Submitted for grading - 1 day 12 hours late,\n"
        "Participant 78,Grace Hopper,g@x.org,Submitted for grading,\n",
    )
    assert [person.ids for person in people] == [
        {"moodle": "77", "email": "a@x.org"},
        {"moodle": "78", "email": "g@x.org"},
    ]
    assert [person.days_late for person in people] == [1.5, None]


def test_canvas_export_gives_numbers_and_leaves_out_its_own_rows(tmp_path):
    (ada,) = read(
        tmp_path,
        "Student,ID,SIS User ID,SIS Login ID,Section,Old (3)\n"
        "    Points Possible,,,,,10\n"
        '"Lovelace, Ada",12,s-9,ada,A,7\n'
        '"Student, Test",99,,,A,\n',
    )
    assert ada.ids == {"canvas": "12", "id": "s-9", "login": "ada"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\xff\xfe\x00", "can't be read"),
        (b"name\xe9,\n", "can't be read"),
        (b"Identifier,Name\nParticipant 1,A\nParticipant 1,B\n", "rows 2 and 3 are both 1"),
    ],
)
def test_a_class_list_that_is_none_is_refused(tmp_path, content, words):
    with pytest.raises(NeurecError, match=words):
        read(tmp_path, content)
