"""What is graded, as a hand-out describes it, and what can be wrong with a notebook."""

import json
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import HANDOUT_FILE

SCHEMA = 3  # of nbgrader's metadata


@dataclass(frozen=True)
class Graded:
    """One graded task, as the hand-out describes it.

    Attributes
    ----------
    task, notebook : str
    points : float
    solution, check : str
        Ids of the two cells, for the notebook format and for nbgrader.
    stub, check_source : str
        What stood in them when they were handed out.
    """

    task: str
    notebook: str
    points: float
    solution: str
    check: str
    stub: str
    check_source: str


@dataclass(frozen=True)
class Fault:
    """Something that is wrong with a notebook.

    Attributes
    ----------
    message : str
        What, where, and how to mend it.
    task : str or None
        The task that can't be graded; None if it is the whole notebook.
    earns_nothing : bool
        It can be graded all the same, and earns nothing: an answer that is not valid Python.
    """

    message: str
    task: str | None = None
    earns_nothing: bool = False


@dataclass(frozen=True)
class Findings:
    """A notebook before it is graded.

    Attributes
    ----------
    nb : nbformat.NotebookNode or None
        With what could be put right put right; None if it can't be graded at all.
    faults : list of Fault
        What stops it, or a task of it, from being graded.
    notes : list of str
        What the grader puts right or passes over.
    """

    nb: object
    faults: list
    notes: list


def read_handout(folder):
    """What a hand-out says of itself: a dict, its "tasks" as a list of `Graded`.

    Raises
    ------
    NeurecError
        If the folder is not a hand-out, or the file is damaged.
    """
    path = Path(folder) / HANDOUT_FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {**facts, "tasks": [Graded(**task) for task in facts["tasks"]]}
    except FileNotFoundError:
        raise NeurecError(
            f"{folder} is not a hand-out: it holds no {HANDOUT_FILE}. Go to the folder that your "
            "teacher gave you."
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NeurecError(
            f"{path} is damaged ({error}). Take it from the hand-out's zip file again."
        ) from error


def notebook_names(graded):
    """Names of the notebooks that hold these tasks, in their order."""
    return list(first_checks(graded))


def first_checks(graded):
    """Id of the first check in each notebook that holds these tasks, by the notebook's name."""
    found = {}
    for item in graded:
        found.setdefault(item.notebook, item.check)
    return found


def nbgrader_metadata(grade_id, *, grade=False, solution=False, points=None):
    """What nbgrader wants to know of a cell: an answer, or a check that is worth points."""
    metadata = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade,
        "schema_version": SCHEMA,
        "solution": solution,
        "task": False,
    }
    return metadata if points is None else {**metadata, "points": points}
