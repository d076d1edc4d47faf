"""What a graded class comes to: a table for the gradebook, a page for each student, a report.

Everything that a student wrote is shown as text, never as part of the page.
"""

import csv
import html
import io
import warnings
from collections import Counter
from itertools import combinations

from neurec_helpers.classroom import course
from neurec_helpers.classroom.batch import file_names, read_graded
from neurec_helpers.files import write_text
from neurec_helpers.tasks import TASKS

COLUMNS = ("student", "task", "points", "maximum", "status", "reason", "late", "notes")
# Two submissions are named as alike if this many lines of their own are the same, and this share.
ALIKE_LINES, ALIKE_SHARE = 4, 0.6
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<style>
body {{ font-family: sans-serif; line-height: 1.45; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; margin: 1rem 0; }}
th, td {{ text-align: left; padding: 0.25rem 0.8rem 0.25rem 0; vertical-align: top;
  border-bottom: 1px solid #8888; }}
pre {{ white-space: pre-wrap; border-left: 3px solid #8888; padding-left: 0.8rem; }}
meter {{ width: 10rem; }}
</style></head><body>
<h1>{title}</h1>
{body}
</body></html>
"""


def write_all(results, out):
    """Write grades.csv, report.html and feedback/NAME.html for each student.

    Parameters
    ----------
    results : list of dict
        From `batch.grade_folder`.
    out : Path

    Returns
    -------
    list of Path
        The table and the report.
    """
    table, report = out / "grades.csv", out / "report.html"
    write_text(grades_csv(results), table)
    for name, result in zip(_file_names(results), results, strict=True):
        write_text(feedback_page(result), out / "feedback" / f"{name}.html")
    write_text(report_page(results), report)
    return [table, report]


def _file_names(results):
    return file_names(result["student"] for result in results)


def grades_csv(results):
    """One row a student and task. Points are empty where a task could not be graded.

    Notes on all that a student handed in stand in the student's first row.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for result in results:
        for place, grade in enumerate(result["grades"]):
            points = "" if grade["points"] is None else f"{grade['points']:g}"
            row = [
                result["student"],
                grade["task"],
                points,
                f"{grade['maximum']:g}",
                grade["status"],
                grade["reason"],
                "late" if result["late"] else "",
                "" if place else " ".join(result["notes"]),
            ]
            writer.writerow([_no_formula(cell) for cell in row])
    return text.getvalue()


def _no_formula(cell):
    """A text that a spreadsheet would take for a formula is kept from being one."""
    cell = " ".join(cell.split())
    return f"'{cell}" if cell[:1] in tuple("=+-@\t") else cell


def total(result):
    """Points earned, the most there are, and how many tasks could not be graded."""
    grades = result["grades"]
    earned = sum(grade["points"] or 0 for grade in grades)
    missing = sum(grade["points"] is None for grade in grades)
    return earned, sum(grade["maximum"] for grade in grades), missing


def say_total(result):
    """``7 of 9 points``, and how many tasks are still open."""
    earned, most, missing = total(result)
    text = f"{earned:g} of {course.say_points(most)}"
    return f"{text}; {missing} could not be graded" if missing else text


def feedback_page(result):
    """A page for one student: what was checked and which mistake it was."""
    parts = [f"<p>{_text(say_total(result))}{' (handed in late)' if result['late'] else ''}</p>"]
    if result["notes"]:
        parts.append("<ul>" + "".join(f"<li>{_text(n)}</li>" for n in result["notes"]) + "</ul>")
    for grade in result["grades"]:
        points = "not graded" if grade["points"] is None else f"{grade['points']:g}"
        parts.append(
            f"<h2>Task {_text(grade['task'])}: {_text(grade['status'])} "
            f"({points} of {grade['maximum']:g})</h2>"
        )
        if grade["task"] in TASKS:
            parts.append(f"<p>Asked for: {_text(TASKS[grade['task']].title)}.</p>")
        if grade["reason"]:
            parts.append(f"<p>{_text(grade['reason'])}</p>")
        if grade["answer"]:
            parts.append(f"<p>Your answer:</p><pre>{_text(grade['answer'][:5000])}</pre>")
    return PAGE.format(title=_text(result["student"]), body="\n".join(parts))


def report_page(results):
    """A page for the teacher: distribution, tasks, mistakes, what could not be graded, who is alike."""
    parts = [
        f"<p>{len(results)} students.</p>",
        "<h2>Points</h2>",
        _distribution(results),
        "<h2>Tasks, hardest first</h2>",
        _tasks(results),
        "<h2>Mistakes</h2>",
        _mistakes(results),
        "<h2>Could not be graded</h2>",
        _not_graded(results),
        "<h2>Alike</h2>",
        _alike(results),
    ]
    return PAGE.format(title="Class report", body="\n".join(parts))


def _distribution(results):
    counts = Counter(total(result)[0] for result in results)
    rows = [
        (f"{points:g}", str(count), _meter(count, max(counts.values())))
        for points, count in sorted(counts.items(), reverse=True)
    ]
    return _table(("points", "students", ""), rows)


def _tasks(results):
    by_task = {}
    for grade in (grade for result in results for grade in result["grades"]):
        by_task.setdefault(grade["task"], Counter())[grade["status"]] += 1
    rows = []
    for task, counts in sorted(by_task.items(), key=lambda pair: pair[1]["correct"]):
        others = ", ".join(
            f"{n} {status}" for status, n in counts.most_common() if status != "correct"
        )
        share = counts["correct"] / counts.total()
        rows.append((_text(task), f"{share:.0%}", _meter(share, 1), _text(others)))
    return _table(("task", "correct", "", "others"), rows)


def _mistakes(results):
    counts = Counter(
        (grade["task"], grade["mistake"], grade["reason"])
        for result in results
        for grade in result["grades"]
        if grade["mistake"]
    )
    by_name = {}
    for (task, mistake, reason), count in counts.items():
        entry = by_name.setdefault((task, mistake), [0, reason])
        entry[0] += count
    rows = [
        (_text(task), _text(mistake), str(count), _text(reason))
        for (task, mistake), (count, reason) in sorted(by_name.items(), key=lambda p: -p[1][0])
    ]
    return _table(("task", "mistake", "students", "for example"), rows)


def _not_graded(results):
    rows = [
        (_text(result["student"]), _text(grade["task"]), _text(grade["reason"]))
        for result in results
        for grade in result["grades"]
        if grade["points"] is None
    ]
    return _table(("student", "task", "why"), rows)


def find_alike(results):
    """Pairs of students with many lines of their own in common: (first, second, lines, share).

    A line of one's own is a line of code of some length that stands neither in the hand-out nor in
    the reference solution; the share is of the shorter of the two.
    """
    pairs = []
    for first, second in combinations(results, 2):
        lines = set(first["own_lines"]) & set(second["own_lines"])
        least = min(len(first["own_lines"]), len(second["own_lines"]))
        if len(lines) >= ALIKE_LINES and len(lines) >= ALIKE_SHARE * least:
            pairs.append((first["student"], second["student"], len(lines), len(lines) / least))
    return sorted(pairs, key=lambda pair: -pair[2])


def _alike(results):
    rows = [
        (_text(first), _text(second), str(lines), f"{share:.0%}")
        for first, second, lines, share in find_alike(results)
    ]
    why = (
        f"<p>Pairs with at least {ALIKE_LINES} lines of code in common that stand neither in the "
        "hand-out nor in the reference solution, and that are at least "
        f"{ALIKE_SHARE:.0%} of such lines of the one who has fewer. Short answers are alike by "
        "chance, so look before you judge.</p>"
    )
    return why + _table(("student", "student", "lines in common", "share"), rows)


def _meter(value, most):
    return f'<meter min="0" max="{most}" value="{value}">{value}</meter>'


def _table(heads, rows):
    """An HTML table; the cells are HTML already."""
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _text(text):
    return html.escape(str(text))


def record(results, course_folder):
    """Put the points into the course's gradebook, from which nbgrader's exporters read.

    What could not be graded is marked as needing a grade by hand.
    """
    from nbgrader.api import Gradebook

    items = {item.task: item for item in read_graded(course_folder)}
    with (
        warnings.catch_warnings(),
        Gradebook(f"sqlite:///{course_folder / 'gradebook.db'}", course.ASSIGNMENT) as book,
    ):
        warnings.simplefilter("ignore")  # nbgrader's use of its database is not ours to mend
        for student, result in zip(_file_names(results), results, strict=True):
            book.update_or_create_student(student, first_name=result["student"])
            book.update_or_create_submission(course.ASSIGNMENT, student)
            for grade in result["grades"]:
                item = items[grade["task"]]
                cell = book.find_grade(item.check, item.notebook, course.ASSIGNMENT, student)
                cell.auto_score = grade["points"]
                cell.needs_manual_grade = grade["points"] is None
        book.db.commit()
