"""The solutions of tasks: those in the notebooks, and those that a teacher has opened."""

import json
import textwrap
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import NOTEBOOKS, ROOT

SOLUTIONS_FILE = "solutions.json"  # in a hand-out: those that the teacher has opened
BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"


def split_solution(source, where="this cell"):
    """Split a cell's source at its solution markers.

    Parameters
    ----------
    source : str
        Source of a cell. A line that holds ``BEGIN SOLUTION`` opens a solution and one that holds
        ``END SOLUTION`` closes it.
    where : str
        Notebook and cell, for the message.

    Returns
    -------
    stub : str
        The source without the solutions and their markers, and without the empty lines that
        would then end it.
    solution : str or None
        The lines between the markers; None where there are none.

    Raises
    ------
    NeurecError
        If a marker lacks its partner.
    """
    stub, solution, opened, regions = [], [], None, 0
    for number, line in enumerate(source.split("\n"), start=1):
        if BEGIN in line:
            if opened:
                raise NeurecError(_unbalanced(where, number, f"line {opened} began one already"))
            opened, regions = number, regions + 1
        elif END in line:
            if not opened:
                raise NeurecError(_unbalanced(where, number, "no solution was begun"))
            opened = None
        else:
            (solution if opened else stub).append(line)
    if opened:
        raise NeurecError(_unbalanced(where, opened, f"no {END} follows"))
    if not regions:
        return source, None
    return "\n".join(stub).rstrip("\n"), "\n".join(solution)


def _unbalanced(where, line, problem):
    return f"{where}: the solution markers don't match at line {line}: {problem}."


def solution_source(task, folder=NOTEBOOKS):
    """Text of a task's solution, as it stands in the notebooks between its markers.

    Parameters
    ----------
    task : str
        For example ``"5.1"``.
    folder : path, optional
        Where the notebooks are.

    Returns
    -------
    str or None
        None where no notebook holds a solution to this task, as in a hand-out.
    """
    for path in sorted(Path(folder).glob("[0-9][0-9]_*.ipynb")):
        nb = json.loads(path.read_text(encoding="utf-8"))
        solution = solution_in(nb, task, path.name)
        if solution is not None:
            return solution
    return None


def solution_in(nb, task, name="this notebook"):
    """Text of a task's solution in one notebook, or None; see `solution_source`."""
    for cell in nb["cells"]:
        of = cell["metadata"].get("neurec", {})
        if of.get("task") == task and of.get("role") == "solution":
            # A notebook's file keeps the lines of a cell apart; nbformat joins them.
            source = "".join(cell["source"])
            _, solution = split_solution(source, f"{name}, cell {cell['id']}")
            if solution is not None:
                return textwrap.dedent(solution)
    return None


def opened_solution(task, folder=ROOT):
    """Text of a solution that a teacher has opened in a hand-out; None where there is none.

    Raises
    ------
    NeurecError
        If the file of opened solutions is damaged.
    """
    path = Path(folder) / SOLUTIONS_FILE
    try:
        return json.loads(path.read_text(encoding="utf-8")).get(task)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, AttributeError) as error:
        raise NeurecError(
            "{path} can't be read ({error}): ask your teacher for it.", path=path, error=error
        ) from error
