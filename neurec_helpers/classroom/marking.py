"""What a teacher decides beside the checks: shares for mistakes, the late penalty, own marks.

All three are rules or files, applied anew to what was graded; so they survive grading again.
"""

import copy
import math
import re
from dataclasses import dataclass, field

from neurec_helpers.classroom.class_list import read_table
from neurec_helpers.classroom.strangers import shown, words
from neurec_helpers.errors import NeurecError

PENALTY = re.compile(
    r"(?P<share>\d{1,3}(\.\d+)?)\s*%\s*(?P<day>(/|per|a)\s*day)?"
    r"(\s*,?\s*(at most|max)\s*(?P<most>\d{1,3})\s*%)?"
)


@dataclass(frozen=True)
class Override:
    """A row of ``overrides.csv``.

    Attributes
    ----------
    student : str
        Key, id, e-mail or name.
    task : str
        Empty for the whole submission.
    points : float or None
        None leaves the points as they are.
    comment : str
    """

    student: str
    task: str
    points: float | None
    comment: str


@dataclass(frozen=True)
class Rules:
    """What a teacher has decided.

    Attributes
    ----------
    late : float
        Share of the points that is taken for being late.
    each_day : bool
        Once for each day that has begun.
    most : float
        The most that is taken.
    shares : dict of (str, str) to float
        Share of a task's points that an answer with this mistake earns, by task and mistake.
    overrides : list of Override
    """

    late: float = 0.0
    each_day: bool = False
    most: float = 1.0
    shares: dict = field(default_factory=dict)
    overrides: list = field(default_factory=list)


def read_rules(penalty="", credit=None, overrides=None):
    """Rules from a text and two files.

    Parameters
    ----------
    penalty : str
        ``10%``, ``10% a day`` or ``10%/day, at most 50%``; empty for none.
    credit : Path, optional
        CSV file with the columns task, mistake, share (0 to 1).
    overrides : Path, optional
        CSV file with the columns student, task, points, comment.

    Returns
    -------
    Rules

    Raises
    ------
    NeurecError
        If something can't be read; the message names the row.
    """
    late, each_day, most = 0.0, False, 1.0
    if penalty:
        match = PENALTY.fullmatch(penalty.strip())
        if not match or float(match["share"]) > 100:
            raise NeurecError(
                f"the penalty {penalty!r} can't be read. Write 10%, or 10% a day, at most 50%."
            )
        late, each_day = float(match["share"]) / 100, bool(match["day"])
        most = min(1.0, float(match["most"]) / 100) if match["most"] else 1.0
    shares = {}
    for number, row in _rows(credit, ("task", "mistake", "share")):
        share = _number(row["share"], credit, number)
        if share is None or share > 1:
            raise NeurecError(f"{credit}, row {number}: a share lies between 0 and 1.")
        shares[row["task"], row["mistake"].casefold()] = share
    marks = [
        Override(
            row["student"], row["task"], _number(row["points"], overrides, number), row["comment"]
        )
        for number, row in _rows(overrides, ("student", "task", "points", "comment"))
    ]
    return Rules(late, each_day, most, shares, marks)


def _rows(path, names):
    """Number and cells, by the head of the column, of each row of a table; none without a file."""
    if path is None:
        return
    heads, rows = read_table(path)
    low = [head.casefold() for head in heads]
    missing = [name for name in names if name not in low]
    if missing:
        raise NeurecError(f"{path} has no column {missing[0]}. It needs: {', '.join(names)}.")
    for number, row in enumerate(rows, start=2):
        row = [*row, *[""] * len(heads)]
        yield number, {name: shown(row[low.index(name)], 2_000) for name in names}


def _number(text, path, row):
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not 0 <= number < 1e6:
        raise NeurecError(f"{path}, row {row}: {text!r} is not a number of points or a share.")
    return number


def apply(results, rules):
    """Results with a teacher's decisions; the given ones stay as they are.

    Parameters
    ----------
    results : list of dict
        From `batch.grade_folder`.
    rules : Rules

    Returns
    -------
    results : list of dict
        Each with "earned" (points), "maximum", "open" (tasks without points), "penalty" (points
        taken), "final" (points, None while a task is open), "comment".
    problems : list of str
        Overrides that fit nobody, or more than one.
    """
    results, problems = copy.deepcopy(results), []
    for result in results:
        result["comment"], result["total"] = "", None
        for grade in result["grades"]:
            grade["comment"] = ""
            share = rules.shares.get((grade["task"], grade["mistake"].casefold()))
            if grade["mistake"] and share is not None and grade["status"] == "incorrect":
                grade["points"] = share * grade["maximum"]
    for mark in rules.overrides:
        problem = _override(results, mark)
        if problem:
            problems.append(problem)
    for result in results:
        _add_up(result, rules)
    return results, problems


def _override(results, mark):
    """Apply one mark; why it can't be applied, or nothing."""
    found = [result for result in results if _is(result, mark.student)]
    if len(found) != 1:
        who = f"{len(found)} students fit" if found else "there is no student"
        return f"overrides: {who} {mark.student}."
    (result,) = found
    if not mark.task:
        result["comment"] = mark.comment
        result["total"] = mark.points
        return ""
    for grade in result["grades"]:
        if grade["task"] == mark.task:
            grade["comment"] = mark.comment
            if mark.points is not None:
                grade["points"] = mark.points
                grade["status"] = "by hand"
            return ""
    return f"overrides: there is no task {mark.task}."


def _is(result, student):
    known = {result.get("key"), *result.get("ids", {}).values()}
    return student in known or (bool(words(student)) and words(student) == words(result["student"]))


def _add_up(result, rules):
    grades = result["grades"]
    earned = sum(grade["points"] or 0 for grade in grades)
    result["open"] = [grade["task"] for grade in grades if grade["points"] is None]
    result["maximum"] = sum(grade["maximum"] for grade in grades)
    share = 0.0
    if rules.late and (result.get("late") or result.get("days_late")):
        days = result.get("days_late")
        if rules.each_day and not days:
            result.setdefault("doubts", []).append(
                "it came late, and nobody says how late: the penalty is that of one day."
            )
        share = min(rules.most, rules.late * (math.ceil(days or 1) if rules.each_day else 1))
    result["penalty"] = round(earned * share, 4)
    result["earned"] = round(earned - result["penalty"], 4)
    if result["total"] is not None:
        result["earned"], result["penalty"], result["open"] = result["total"], 0.0, []
    result["final"] = None if result["open"] else result["earned"]
