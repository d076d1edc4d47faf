"""The class list: a CSV file of the teacher's, of Moodle's or of Canvas'."""

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

from neurec_helpers.classroom.strangers import shown
from neurec_helpers.errors import NeurecError

# Heads of columns, in small letters, as Moodle and Canvas write them in English and Russian.
HEADS = {
    "name": ("name", "full name", "student", "student name", "полное имя", "фио", "имя и фамилия"),
    "first": ("first name", "given name", "имя"),
    "last": ("last name", "surname", "family name", "фамилия"),
    "moodle": ("identifier", "participant", "moodle", "идентификатор", "участник"),
    "canvas": ("canvas", "canvas id", "canvas user id"),
    "email": (
        "email",
        "e-mail",
        "email address",
        "mail",
        "адрес электронной почты",
        "электронная почта",
    ),
    "id": (
        "id number",
        "student id",
        "id",
        "sis user id",
        "matriculation number",
        "индивидуальный номер",
    ),
    "login": ("login", "username", "user name", "sis login id", "логин"),
    "status": ("status", "состояние", "статус"),
    "days late": ("days late", "days_late"),
}
IDS = ("moodle", "canvas", "email", "id", "login")
UNITS = {"day": 1.0, "hour": 1 / 24, "min": 1 / 1440, "д": 1.0, "ч": 1 / 24, "м": 1 / 1440}


@dataclass(frozen=True)
class Person:
    """One student on the class list.

    Attributes
    ----------
    name : str
    ids : dict of str to str
        By kind, one of `IDS`.
    days_late : float or None
        How late this student's work came, where the list says so.
    """

    name: str
    ids: dict = field(default_factory=dict)
    days_late: float | None = None


def read_table(path):
    """Heads and rows of a CSV file, whatever separates its columns.

    Raises
    ------
    NeurecError
        If the file can't be read, or is empty.
    """
    try:
        raw = Path(path).read_bytes()
        encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = raw.decode(encoding).lstrip("\ufeff")
        first = text.lstrip().split("\n", 1)[0]
        separator = max(",;\t", key=first.count)
        rows = [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
            if any(cell.strip() for cell in row)
        ]
    except (OSError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NeurecError(
            f"the list {path} can't be read: {reason}. Save it as CSV in UTF-8."
        ) from error
    if not rows:
        raise NeurecError(f"the list {path} is empty.")
    return rows[0], rows[1:]


def columns_of(heads):
    """Places of the columns that are known, by what they hold.

    In Canvas' own table the column ``ID`` is Canvas' number of the user.
    """
    low = [head.casefold().strip() for head in heads]
    found = {}
    for kind, names in HEADS.items():
        places = [low.index(name) for name in names if name in low]
        if places:
            found[kind] = places[0]
    if "id" in low and {"sis user id", "sis login id"} & set(low):
        found["canvas"] = low.index("id")
        if "sis user id" in low:
            found["id"] = low.index("sis user id")
        else:
            found.pop("id", None)
    return found


def read_class_list(path):
    """Students on a class list.

    A CSV file with a column for the name (``name``, or ``first name`` and ``last name``) and any
    of ``email``, ``id``, ``login``; or Moodle's grading worksheet; or Canvas' exported gradebook.
    If no head is known, the first column holds names.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Person

    Raises
    ------
    NeurecError
        If the file can't be read or is empty, or two rows have the same number of a platform.
    """
    heads, rows = read_table(path)
    columns = columns_of(heads)
    if not columns:
        return [Person(shown(row[0])) for row in (heads, *rows) if row[0]]
    people, seen = [], {}
    for number, row in enumerate(rows, start=2):
        person = person_of(row, columns)
        if person is None:
            continue
        for kind, value in person.ids.items():
            first = seen.setdefault((kind, value), number)
            if kind in ("moodle", "canvas") and first != number:
                raise NeurecError(f"{path}: rows {first} and {number} are both {value}.")
        people.append(person)
    if not people:
        raise NeurecError(f"the list {path} is empty.")
    return people


def person_of(row, columns):
    """The student in a row of a class list; None if the row is about none."""

    def value(kind):
        place = columns.get(kind)
        return shown(row[place]) if place is not None and place < len(row) else ""

    name = value("name") or f"{value('first')} {value('last')}".strip()
    if name.casefold().startswith("points possible") or name.casefold() == "student, test":
        return None  # rows of Canvas' own
    ids = {kind: value(kind) for kind in IDS if value(kind)}
    if "moodle" in ids:
        ids["moodle"] = re.sub(r"\D", "", ids["moodle"])
    if not name and not ids:
        return None
    return Person(name or next(iter(ids.values())), ids, _days_late(value))


def _days_late(value):
    """From a column of days, or from Moodle's status: "Submitted … - 1 day 2 hours late"."""
    if value("days late"):
        try:
            days = float(value("days late").replace(",", "."))
        except ValueError:
            return None
        return days if days > 0 else None
    status = value("status").casefold()
    if not re.search(r"\blate\b|опозд|позже|просроч", status):
        return None
    parts = re.findall(r"(\d{1,4})\s*(day|hour|min|д|ч|м)", status)
    return sum(int(number) * UNITS[unit] for number, unit in parts) or None
