"""Points in the form in which Moodle's, Canvas' and nbgrader's gradebooks take them.

A student with a task that could not be graded gets no number there: the platform keeps what it has.
"""

import warnings

from neurec_helpers.classroom import course
from neurec_helpers.classroom.class_list import columns_of, person_of, read_table
from neurec_helpers.classroom.feedback import say_status
from neurec_helpers.classroom.strangers import cell
from neurec_helpers.classroom.tables import say_number, write_rows
from neurec_helpers.language import number, tr

# Moodle's grading worksheet, as the assignment module exports and takes it. It needs the first,
# the grade and the date of the last change, and reads the comments.
MOODLE = (
    "Identifier",
    "Full name",
    "Email address",
    "Status",
    "Grade",
    "Maximum Grade",
    "Grade can be changed",
    "Last modified (grade)",
    "Feedback comments",
)
CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
GRADE = ("grade", "оценка")
MAXIMUM = ("maximum grade", "максимальная оценка")
COMMENTS = ("feedback comments", "отзыв в виде комментария", "комментарии")


def moodle_csv(results, roster=None):
    """Moodle's grading worksheet with grades and comments.

    Parameters
    ----------
    results : list of dict
        From `marking.apply`.
    roster : Path, optional
        The class list. If it is the worksheet that Moodle gave, it is filled in as it stands, in
        its language, and points are scaled to its maximum grade.

    Returns
    -------
    str or None
        None where no student has a number of Moodle's.
    """
    by_number = {r["ids"]["moodle"]: r for r in results if "moodle" in r["ids"] and _is_known(r)}
    if not by_number:
        return None
    if roster:
        heads, rows = read_table(roster)
        places = columns_of(heads)
        low = [head.casefold() for head in heads]
        grade = _find(low, GRADE)
        if "moodle" in places and grade is not None:
            return _fill_in(heads, rows, places, grade, low, by_number)
    made = [MOODLE]
    for place, result in sorted(by_number.items(), key=lambda pair: (len(pair[0]), pair[0])):
        made.append(
            (
                f"Participant {place}",
                result["student"],
                result["ids"].get("email", ""),
                "",
                say_number(result["final"]),
                say_number(result["maximum"]),
                "Yes",
                "-",
                say_comments(result),
            )
        )
    return write_rows(_but_dash(made))


def _but_dash(rows):
    """Moodle's sign for "never" stands for itself; as the only sign of a cell it is no formula."""
    return [["" if value == "-" else value for value in row] for row in rows]


def _find(low, names):
    return next((low.index(name) for name in names if name in low), None)


def _fill_in(heads, rows, places, grade, low, by_number):
    maximum, comments = _find(low, MAXIMUM), _find(low, COMMENTS)
    made = [heads]
    for row in rows:
        row = [*row, *[""] * (len(heads) - len(row))]
        person = person_of(row, places)
        result = by_number.get(person.ids.get("moodle")) if person else None
        if result is not None:
            row[grade] = say_number(_scaled(result, row[maximum] if maximum is not None else ""))
            if comments is not None:
                row[comments] = say_comments(result)
        made.append(row)
    return write_rows(_but_dash(made))


def _scaled(result, maximum):
    """Points on the platform's scale."""
    try:
        most = float(maximum.replace(",", "."))
    except ValueError:
        most = result["maximum"]
    if result["final"] is None or not result["maximum"]:
        return None
    return result["final"] * most / result["maximum"]


def canvas_csv(results, roster=None, column=course.ASSIGNMENT):
    """A table that Canvas' gradebook takes.

    Parameters
    ----------
    results : list of dict
        From `marking.apply`.
    roster : Path, optional
        The class list. If it is Canvas' own export, its columns for the student are taken over,
        and the head of the assignment with its number, so that no second assignment is made.
    column : str
        Name of the assignment.

    Returns
    -------
    str or None
        None where no student has a number of Canvas'.
    """
    by_number = {r["ids"]["canvas"]: r for r in results if "canvas" in r["ids"] and _is_known(r)}
    if not by_number:
        return None
    heads, known = (), {}
    if roster:
        heads, rows = read_table(roster)
        places = columns_of(heads)
        if "canvas" in places:
            for row in rows:
                person = person_of(row, places)
                if person:
                    known[person.ids.get("canvas")] = dict(zip(heads, row, strict=False))
    column = next((head for head in heads if _is_assignment(head, column)), column)
    most = max(result["maximum"] for result in by_number.values())
    made = [(*CANVAS, column), ("    Points Possible", "", "", "", "", say_number(most))]
    for place, result in sorted(by_number.items(), key=lambda pair: (len(pair[0]), pair[0])):
        row = known.get(place, {"Student": result["student"], "ID": place})
        made.append((*(row.get(head, "") for head in CANVAS), say_number(result["final"])))
    return write_rows(made)


def _is_assignment(head, column):
    """Whether a head of Canvas' is this assignment's: its name, and its number in brackets."""
    name, _, rest = head.rpartition(" (")
    return head == column or (name == column and rest.rstrip(")").isdecimal())


def _is_known(result):
    return not result["undecided"]


def say_comments(result):
    """What a student reads beside the grade: one line a task that did not earn everything."""
    lines = [result["comment"]] if result["comment"] else []
    for grade in result["grades"]:
        if grade["points"] != grade["maximum"] or grade["comment"]:
            status = points = say_status(grade["status"])
            if grade["points"] is not None:
                points = tr(
                    "{points} of {maximum:g}",
                    points=number(round(grade["points"], 2), "g"),
                    maximum=grade["maximum"],
                )
            said = grade["comment"] or grade["reason"] or status
            lines.append(
                tr("Task {task} ({status}): {said}", task=grade["task"], status=points, said=said)
            )
    if result["penalty"]:
        taken = number(round(result["penalty"], 2), "g")
        lines.append(tr("Handed in late: {taken} points taken.", taken=taken))
    return " | ".join(lines)


def record(results, course_folder):
    """Put the points into the course's gradebook, from which nbgrader's exporters read.

    It then holds this batch only. What could not be graded is marked as needing a grade by hand.
    """
    from nbgrader.api import Gradebook

    from neurec_helpers.classroom.batch import read_graded

    items = {item.task: item for item in read_graded(course_folder)}
    results = [result for result in results if _is_known(result)]
    keys = {result["key"] for result in results}
    with (
        warnings.catch_warnings(),
        Gradebook(f"sqlite:///{course_folder / 'gradebook.db'}", course.ASSIGNMENT) as book,
    ):
        warnings.simplefilter("ignore")  # nbgrader's use of its database is not ours to mend
        for student in [student.id for student in book.students]:
            if student not in keys:
                book.remove_student(student)
        for result in results:
            book.update_or_create_student(result["key"], first_name=cell(result["student"], 200))
            book.update_or_create_submission(course.ASSIGNMENT, result["key"])
            for grade in result["grades"]:
                item = items[grade["task"]]
                found = book.find_grade(item.check, item.notebook, course.ASSIGNMENT, result["key"])
                found.auto_score = grade["points"]
                found.needs_manual_grade = grade["points"] is None
        book.db.commit()
