"""What one task of a submission earned, and what a whole submission came to."""

from dataclasses import asdict, dataclass


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


def result_of(grades, notes=(), own_lines=(), seconds=None):
    """What a submission came to, in a form that JSON can keep.

    Parameters
    ----------
    grades : list of Grade
    notes : list of str
        What is worth knowing beside the grades.
    own_lines : list of str
        Lines of code that stand neither in the hand-out nor in the reference solution.
    seconds : dict of str to float, optional
        Where the time went: "start", "cells", "nbgrader".

    Returns
    -------
    dict
    """
    return {
        "grades": [asdict(grade) for grade in grades],
        "notes": list(notes),
        "own_lines": list(own_lines),
        "seconds": {part: round(spent, 1) for part, spent in (seconds or {}).items()},
    }
