"""The record of a submission: what each task earned, and what is worth knowing beside that."""

import re
from dataclasses import asdict, dataclass

LONGEST = 2_000  # characters of a reason or a note
# Controls (escape sequences begin with one), surrogates, and signs that turn text round.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


@dataclass(frozen=True)
class Grade:
    """What one task earned.

    Attributes
    ----------
    task : str
    points : float or None
        None if it could not be graded.
    maximum : float
    status : str
        "correct", "incorrect", "not attempted", "uncheckable", "error", "not handed in" or
        "not graded".
    reason : str
        What was wrong, or why it could not be graded; empty if it is correct.
    mistake : str
        The catalogue's name of the mistake, if it is one.
    answer : str
        What stood in the answer's cell.
    """

    task: str
    points: float | None
    maximum: float
    status: str
    reason: str = ""
    mistake: str = ""
    answer: str = ""


def not_graded(item, reason, answer=""):
    """The grade of a task that could not be graded."""
    return Grade(item.task, None, item.points, "not graded", plain(reason), "", answer)


def result_of(grades, notes=(), attempts=(), seconds=None):
    """What a submission came to, in a form that JSON can keep.

    Parameters
    ----------
    grades : list of Grade
    notes : list of str
        What is worth knowing beside the grades, for teacher and student.
    attempts : list of str
        Plain attempts to deceive the grader, for the teacher alone.
    seconds : dict of str to float, optional
        Where the time went: "start", "cells", "judge".

    Returns
    -------
    dict
    """
    return {
        "grades": [asdict(grade) for grade in grades],
        "notes": [plain(note) for note in notes],
        "attempts": [plain(attempt) for attempt in attempts],
        "seconds": {part: round(spent, 1) for part, spent in (seconds or {}).items()},
    }


def plain(text, most=LONGEST):
    """Text that does nothing to a terminal or a table: no control characters, no surrogates."""
    text = _UNFIT.sub("\N{REPLACEMENT CHARACTER}", str(text))
    return text if len(text) <= most else f"{text[:most]} …"
