"""Tables of what was earned: one row a student, and one row a task."""

import csv
import io

from neurec_helpers.classroom.class_list import IDS
from neurec_helpers.classroom.strangers import cell

STUDENT_COLUMNS = (
    "student",
    "key",
    *IDS,
    "points",
    "maximum",
    "per cent",
    "tasks not graded",
    "late",
    "penalty",
    "comment",
    "notes",
)
TASK_COLUMNS = (
    "student",
    "key",
    "task",
    "points",
    "maximum",
    "status",
    "reason",
    "comment",
    "late",
)


def write_rows(rows):
    """Rows of texts as CSV in which no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def grades_csv(results):
    """One row a student.

    Points and per cent are empty while a task could not be graded: what is missing is no zero.
    """
    rows = [STUDENT_COLUMNS]
    for result in results:
        final, most = result["final"], result["maximum"]
        rows.append(
            (
                result["student"],
                result["key"],
                *(result["ids"].get(kind, "") for kind in IDS),
                say_number(final),
                say_number(most),
                "" if final is None or not most else f"{100 * final / most:.1f}",
                " ".join(result["open"]),
                say_late(result),
                say_number(result["penalty"] or None),
                result["comment"],
                " ".join([*result["doubts"], *result["notes"]]),
            )
        )
    return write_rows(rows)


def tasks_csv(results):
    """One row a student and task. Points are empty where a task could not be graded."""
    rows = [TASK_COLUMNS]
    for result in results:
        for grade in result["grades"]:
            rows.append(
                (
                    result["student"],
                    result["key"],
                    grade["task"],
                    say_number(grade["points"]),
                    say_number(grade["maximum"]),
                    grade["status"],
                    grade["reason"],
                    grade["comment"],
                    say_late(result),
                )
            )
    return write_rows(rows)


def say_number(number):
    """A number without zeros that say nothing; empty for None."""
    return "" if number is None else f"{round(number, 2):g}"


def say_late(result):
    """``late``, ``late by 1.5 days``, or nothing."""
    if result.get("days_late"):
        return f"late by {result['days_late']:.1f} days"
    return "late" if result.get("late") else ""
