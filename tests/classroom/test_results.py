"""What a teacher gets: tables, the platforms' files, rules that survive, and pages."""

import base64
import csv
import io
import json

import nbformat
import pytest

from neurec_helpers.classroom import (
    executed,
    gradebooks,
    likeness,
    marking,
    results,
    strangers,
    tables,
)
from neurec_helpers.errors import NeurecError


def grade(task, points=1.0, status="correct", **more):
    return {"task": task, "points": points, "maximum": 1.0, "status": status, "reason": "",
            "mistake": "", "answer": "", **more}  # fmt: skip


def result(student, key, *grades, **more):
    return {"student": student, "key": key, "ids": {}, "grades": list(grades), "notes": [],
            "late": False, "days_late": None, "doubts": [], "undecided": "", **more}  # fmt: skip


def a_class():
    wrong = grade("5.2", 0, "incorrect", mistake="typed in", reason="That is typed in.")
    return [
        result("Ada", "Ada-1", grade("5.1"), grade("5.2"), ids={"moodle": "1", "canvas": "11"}),
        result("Bob", "Bob-2", grade("5.1"), wrong, ids={"moodle": "2", "canvas": "12"}, late=True),
        result(
            "=1+1;=2",
            "x-3",
            grade("5.1"),
            grade("5.2", None, "not graded", reason="a damaged file"),
            ids={"moodle": "3", "canvas": "13"},
        ),
        result("? 01.ipynb", "q", grade("5.1", None, "not graded"), undecided="nobody knows"),
    ]


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def write(path, *rows):
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_one_row_a_student_with_ids_and_nothing_where_a_task_is_open():
    found, _ = marking.apply(a_class(), marking.Rules())
    rows = {row["key"]: row for row in rows_of(tables.grades_csv(found))}
    assert rows["Ada-1"]["points"] == "2" and rows["Ada-1"]["per cent"] == "100.0"
    assert rows["Bob-2"]["per cent"] == "50.0" and rows["Bob-2"]["late"] == "late"
    assert rows["x-3"]["points"] == rows["x-3"]["per cent"] == ""
    assert rows["x-3"]["tasks not graded"] == "5.2"
    assert rows["x-3"]["student"] == "'=1+1;'=2"
    tasks = rows_of(tables.tasks_csv(found))
    assert len(tasks) == 7 and tasks[5]["points"] == "" and tasks[5]["reason"] == "a damaged file"


@pytest.mark.parametrize(
    ("penalty", "days", "taken"),
    [
        ("10%", None, 0.2),
        ("10%", 3.5, 0.2),
        ("10% a day", 1.2, 0.4),
        ("10%/day, at most 50%", 30, 1.0),
        ("10% a day", None, 0.2),
        ("", 2, 0),
    ],
)
def test_the_late_penalty_follows_its_rule(penalty, days, taken):
    late = result("Ada", "a", grade("5.1"), grade("5.2"), late=True, days_late=days)
    on_time = result("Bob", "b", grade("5.1"), grade("5.2"))
    (ada, bob), _ = marking.apply([late, on_time], marking.read_rules(penalty))
    assert (ada["penalty"], ada["final"]) == (pytest.approx(taken), pytest.approx(2 - taken))
    assert bob["final"] == 2
    assert bool(ada["doubts"]) is (penalty.endswith("day") and days is None)


@pytest.mark.parametrize("penalty", ["ten", "200%", "10", "10% a week"])
def test_a_penalty_that_is_none_is_refused(penalty):
    with pytest.raises(NeurecError, match="can't be read"):
        marking.read_rules(penalty)


def test_a_mistake_can_be_worth_a_share_and_marks_by_hand_survive(tmp_path):
    credit = write(tmp_path / "c.csv", ("task", "mistake", "share"), ("5.2", "typed in", "0.5"))
    marks = write(
        tmp_path / "o.csv",
        ("student", "task", "points", "comment"),
        ("3", "5.2", "0.75", "read by hand"),
        ("Bob", "", "", "well tried"),
        ("Nobody", "5.1", "1", ""),
    )
    rules = marking.read_rules("", credit, marks)
    before = a_class()
    for _ in range(2):
        found, problems = marking.apply(before, rules)
        by_key = {each["key"]: each for each in found}
        assert by_key["Bob-2"]["final"] == 1.5 and by_key["Bob-2"]["comment"] == "well tried"
        assert by_key["x-3"]["final"] == 1.75 and by_key["x-3"]["open"] == []
        assert problems == ["overrides: there is no student Nobody."]
    assert before == a_class()


def test_a_share_or_a_column_that_is_none_is_named_with_its_row(tmp_path):
    bad = write(tmp_path / "c.csv", ("task", "mistake", "share"), ("5.2", "typed in", "2"))
    with pytest.raises(NeurecError, match="row 2: a share lies between 0 and 1"):
        marking.read_rules("", bad)
    with pytest.raises(NeurecError, match="has no column student"):
        marking.read_rules("", None, bad)


def test_moodles_worksheet_is_filled_in_as_it_stands(tmp_path):
    sheet = write(
        tmp_path / "w.csv",
        (
            "Идентификатор",
            "Полное имя",
            "Оценка",
            "Максимальная оценка",
            "Отзыв в виде комментария",
        ),
        ("Участник 1", "Ada", "", "100,00", ""),
        ("Участник 2", "Bob", "", "100,00", ""),
        ("Участник 3", "=1+1", "17", "100,00", ""),
        ("Участник 9", "Not here", "", "100,00", ""),
    )
    found, _ = marking.apply(a_class(), marking.Rules())
    rows = rows_of(gradebooks.moodle_csv(found, sheet))
    assert [row["Идентификатор"] for row in rows] == [f"Участник {n}" for n in (1, 2, 3, 9)]
    assert [row["Оценка"] for row in rows] == ["100", "50", "", ""]
    assert "Task 5.2 (0 of 1): That is typed in." in rows[1]["Отзыв в виде комментария"]
    assert rows[2]["Полное имя"] == "'=1+1"


def test_without_a_worksheet_moodle_gets_its_columns_all_the_same():
    found, _ = marking.apply(a_class(), marking.Rules())
    rows = rows_of(gradebooks.moodle_csv(found))
    assert list(rows[0]) == list(gradebooks.MOODLE)
    assert [(r["Identifier"], r["Grade"]) for r in rows] == [
        ("Participant 1", "2"),
        ("Participant 2", "1"),
        ("Participant 3", ""),
    ]


def test_canvas_gets_ids_of_its_export_and_no_second_assignment(tmp_path):
    export = write(
        tmp_path / "e.csv",
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Neurec (42)", "Other (43)"),
        ("    Points Possible", "", "", "", "", "2", "9"),
        ("Lovelace, Ada", "11", "s1", "ada", "A", "", "5"),
    )
    found, _ = marking.apply(a_class(), marking.Rules())
    text = gradebooks.canvas_csv(found, export, "Neurec")
    rows = rows_of(text)
    assert list(rows[0]) == [*gradebooks.CANVAS, "Neurec (42)"]
    assert rows[0]["Student"].strip() == "Points Possible" and rows[0]["Neurec (42)"] == "2"
    assert (rows[1]["Student"], rows[1]["SIS User ID"]) == ("Lovelace, Ada", "s1")
    assert [row["Neurec (42)"] for row in rows[1:]] == ["2", "1", ""]
    assert rows_of(gradebooks.canvas_csv(found))[1]["ID"] == "11"


def test_no_platform_no_file():
    found, _ = marking.apply([result("Ada", "a", grade("5.1"))], marking.Rules())
    assert gradebooks.moodle_csv(found) is gradebooks.canvas_csv(found) is None


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def ran(folder, *outputs, source="x = 1"):
    cell = nbformat.v4.new_code_cell(source, outputs=[nbformat.from_dict(o) for o in outputs])
    folder.mkdir(parents=True)
    text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
    (folder / "01_split.ipynb").write_text(text, encoding="utf-8")


def show(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


def test_executed_notebooks_show_text_and_pictures_and_no_strangers_page(tmp_path):
    ran(
        tmp_path / "Ada-1",
        show(**{"image/png": base64.b64encode(PNG).decode()}),
        show(**{"image/png": '"><script>alert(1)</script>', "text/plain": "<b>bold</b>"}),
        show(**{"text/html": "<script>alert(2)</script>", "image/svg+xml": "<svg onload=x>"}),
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred"},
        {"output_type": "error", "ename": "E", "evalue": "<i>", "traceback": []},
    )
    (path,) = executed.write_pages(tmp_path, "Ada-1", "<Ada>")
    text = path.read_text(encoding="utf-8")
    assert text.count("<img") == 1 and "data:image/png;base64,iVBOR" in text
    assert "&lt;b&gt;bold&lt;/b&gt;" in text and "[31mred" in text and "E: &lt;i&gt;" in text
    assert "<script" not in text and "<svg" not in text and "\x1b" not in text


def test_a_notebook_that_cannot_be_shown_stops_no_other(tmp_path):
    ran(tmp_path / "a")
    (tmp_path / "a" / "00_bad.ipynb").write_text('{"cells": 3}')
    assert len(executed.write_pages(tmp_path, "a", "Ada")) == 2


COPIED = """\
def share_of(values, wanted):
    matching = [value for value in values if value == wanted]
    return len(matching) / len(values)
fives = share_of(list(ratings.rating), 5)
ones = share_of(list(ratings.rating), 1)
print("difference", round(fives - ones, 3))
"""
RENAMED = COPIED.replace("share_of", "part").replace("matching", "hits").replace("fives", "top")
RENAMED = RENAMED.replace("values", "xs").replace('"', "'").replace("(list", "( list") + "# mine\n"
OWN = "table = ratings.groupby('rating').size()\nprint(table / table.sum())\nfirst = table.iloc[0]"


def test_code_under_other_names_is_alike_and_other_code_is_not(tmp_path):
    for key, source in (("a", COPIED), ("b", RENAMED), ("c", OWN)):
        ran(tmp_path / key, source=source)
    people = [result(key.upper(), key, grade("5.1")) for key in "abc"]
    (pair,) = likeness.find_alike(people, tmp_path)
    assert (pair.first, pair.second) == ("a", "b") and pair.share > 0.8
    assert any("hits" in line for line, _ in pair.own[1])
    ran(tmp_path / "handout" / "x", source=COPIED)
    assert likeness.find_alike(people, tmp_path, [tmp_path / "handout" / "x"]) == []


@pytest.mark.parametrize("odd", ["x = 0x" + "F" * 9_000, "x = " + "-" * 9_000 + "1", "((", "\0"])
def test_a_cell_that_python_cannot_write_hides_no_other(tmp_path, odd):
    for key in "ab":
        folder = tmp_path / key
        folder.mkdir()
        cells = [nbformat.v4.new_code_cell(source) for source in (odd, COPIED)]
        text = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
        (folder / "01_split.ipynb").write_text(text, encoding="utf-8")
    people = [result(key.upper(), key, grade("5.1")) for key in "ab"]
    assert len(likeness.find_alike(people, tmp_path)) == 1


def test_likeness_looks_at_no_more_code_than_anybody_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(likeness, "MOST_CODE", len(COPIED) + 10)
    ran(tmp_path / "a", source=COPIED)
    ran(tmp_path / "b", source=COPIED + "# more\n" * 99)
    assert [len(each) for each in likeness.read_sources(tmp_path / "a").values()] == [1]
    assert [len(each) for each in likeness.read_sources(tmp_path / "b").values()] == [0]


def test_likeness_is_not_hidden_behind_a_long_text(tmp_path, monkeypatch):
    monkeypatch.setattr(likeness, "MOST_CODE", len(COPIED) + 10)
    ran(tmp_path / "a", source=COPIED)
    (path,) = (tmp_path / "a").glob("01*.ipynb")
    nb = nbformat.read(path, as_version=4)
    nb.cells.insert(0, nbformat.v4.new_markdown_cell("x" * 2 * len(COPIED)))
    path.write_text(nbformat.writes(nb), encoding="utf-8")
    assert [len(each) for each in likeness.read_sources(tmp_path / "a").values()] == [1]


def test_code_reads_in_a_page_as_it_runs():
    hidden = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
    assert strangers.plain_text(f"n{hidden} = 1\n\tm = 2") == "n = 1\n\tm = 2"


def test_the_first_screen_tells_what_was_lost_or_is_doubtful(tmp_path):
    people = a_class()
    people[0]["doubts"] = ["a receipt names somebody else"]
    people[1]["attempts"] = ["a forged <message>"]
    ran(tmp_path / "executed" / "Ada-1", source=COPIED)
    _, paths = results.write_all(people, tmp_path)
    assert list(paths) == ["grades.csv", "tasks.csv", "moodle.csv", "canvas.csv", "report.html"]
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    first, rest = text.split("<h2>Students</h2>")
    for words in ("nobody knows", "a damaged file", "a receipt names", "a forged &lt;message&gt;"):
        assert words in first
    assert "executed/Ada-1/01_split.html" in rest and "? 01.ipynb" not in rest
    assert "3 students, 2 of them graded in every task" in first
    pages = {path.name for path in (tmp_path / "feedback").iterdir()}
    assert {"Ada-1.html", "Bob-2.html"} <= pages
    feedback = (tmp_path / "feedback" / "Bob-2.html").read_text(encoding="utf-8")
    assert "Task 5.2: incorrect (0 of 1)" in feedback and "forged" not in feedback
    assert json.dumps(people)  # what is kept can be kept
