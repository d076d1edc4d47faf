"""The grader's side of a hand-out: notebooks as nbgrader wants them, and a course folder.

The executed notebooks are the only source. nbgrader's metadata are added to copies of them, and
`nbgrader generate_assignment` makes the students' notebooks from those.
"""

import copy
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.classroom.preflight import nbgrader_metadata
from neurec_helpers.classroom.sandbox import Limits
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files

ASSIGNMENT = "neurec"

# What is read by a teacher's own nbgrader too, so the course folder can be used with its commands.
CONFIG = f"""\
# nbgrader reads this file. It was written by `neurec classroom build`.
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "{ASSIGNMENT}"
c.ClearSolutions.code_stub = {{"python": ""}}
c.ExecutePreprocessor.timeout = {Limits.cell_seconds}
c.Execute.timeout = {Limits.cell_seconds}
c.IncludeHeaderFooter.header = ""
"""

# Stands in the check's cell at the grader's only: an answer that is not correct must fail the cell.
HIDDEN = """\
### BEGIN HIDDEN TESTS
import neurec_helpers.classroom.verdicts as neurec_verdicts
neurec_verdicts.require_correct({call})
### END HIDDEN TESTS"""

POINTS = re.compile(r"(?m)^(### Task [\d.]+) \([^)\n]*\)")


@dataclass(frozen=True)
class Item:
    """One graded task.

    Attributes
    ----------
    task : str
        Its id, for example "5.1".
    notebook : str
        The file's name without the ending.
    points : float
    solution, check : str
        nbgrader's ids of the cell for the answer and of the cell that checks it.
    """

    task: str
    notebook: str
    points: float
    solution: str
    check: str


def graded_tasks(notebooks, points):
    """What can be earned in these notebooks.

    Parameters
    ----------
    notebooks : dict of str to nbformat.NotebookNode
        By name.
    points : dict of str to float
        For each task that is not worth one point.

    Returns
    -------
    list of Item

    Raises
    ------
    NeurecError
        If points are given for a task that is not among them.
    """
    items = []
    for name, nb in notebooks.items():
        for task in notebook_files.find_tasks(nb):
            solution, check = (_one_cell(nb, name, task, role).id for role in ("solution", "check"))
            items.append(Item(task, name, points.get(task, 1), solution, check))
    unknown = set(points) - {item.task for item in items}
    if unknown:
        raise NeurecError(
            f"there is no task {', '.join(sorted(unknown))} in these notebooks. The tasks: "
            f"{', '.join(item.task for item in items)}."
        )
    return items


def _one_cell(nb, name, task, role):
    cells = notebook_files.find_cells(nb, task, role)
    if len(cells) != 1:
        raise NeurecError(
            f"{name}: task {task} must have one cell of the role {role}; it has {len(cells)}."
        )
    return cells[0]


def graded_notebook(nb, items):
    """A copy of a lesson's notebook with nbgrader's metadata, hidden tests and points.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        Stays unchanged.
    items : list of Item
        Those of this notebook.

    Returns
    -------
    nbformat.NotebookNode
    """
    nb = copy.deepcopy(nb)
    cells = {cell.id: cell for cell in nb.cells}
    for item in items:
        answer, check = cells[item.solution], cells[item.check]
        answer.metadata["nbgrader"] = nbgrader_metadata(item.solution, solution=True)
        check.metadata["nbgrader"] = nbgrader_metadata(item.check, grade=True, points=item.points)
        check.source += "\n" + HIDDEN.format(call=_arguments(check.source, item.task))
        for cell in notebook_files.find_cells(nb, item.task, "task"):
            cell.source = POINTS.sub(rf"\1 ({say_points(item.points)})", cell.source)
    for cell in nb.cells:
        # A solution is folded in the lesson; where it is to be written it must stand open.
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.metadata.pop("jupyter", None)
    return nb


def _arguments(source, task):
    """``"5.1", ratings, train, test`` out of the line ``nr.check("5.1", ratings, train, test)``."""
    found = re.search(r"(?m)^nr\.check\((.+)\)\s*$", source)
    if found is None:
        raise NeurecError(f"the check of task {task} is not a plain call of nr.check: {source!r}.")
    return found[1]


def say_points(points):
    """``1 point``, ``2.5 points``."""
    return tr("{n:g} point", "{n:g} points", n=points)


def say_worth(items):
    """``8 tasks, 9 points``."""
    tasks = tr("{n} task", "{n} tasks", n=len(items))
    return f"{tasks}, {say_points(sum(item.points for item in items))}"


def make_course(folder, notebooks, items):
    """Make the grader's course folder and the students' notebooks in it.

    Parameters
    ----------
    folder : Path
        New, or empty.
    notebooks : dict of str to nbformat.NotebookNode
        The lesson's notebooks by name, with solutions.
    items : list of Item

    Returns
    -------
    dict of str to nbformat.NotebookNode
        The students' notebooks as nbgrader released them.

    Raises
    ------
    NeurecError
        If nbgrader is not installed, or refuses.
    """
    source = folder / "source" / ASSIGNMENT
    write_text(CONFIG, folder / "nbgrader_config.py")
    for name, nb in notebooks.items():
        own = [item for item in items if item.notebook == name]
        notebook_files.write_notebook(graded_notebook(nb, own), source / f"{name}.ipynb")
    result = nbgrader(folder).generate_assignment(ASSIGNMENT, force=True)
    if not result["success"]:
        raise NeurecError(f"nbgrader could not make the assignment:\n{result['log']}")
    release = folder / "release" / ASSIGNMENT
    return {name: notebook_files.read_notebook(release / f"{name}.ipynb") for name in notebooks}


def nbgrader(folder):
    """Nbgrader's API for a course folder.

    Raises
    ------
    NeurecError
        If nbgrader is not installed.
    """
    try:
        from nbgrader.apps import NbGraderAPI
    except ImportError as error:
        raise NeurecError(
            f"this needs nbgrader, which is not installed ({error}). Mend it with: make classroom, "
            "or pip install 'neurec[classroom]'"
        ) from error
    from traitlets.config import Config

    # nbgrader calls the program `alembic`, which is on the path only where .venv is activated.
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.course_id = ASSIGNMENT
    config.ClearSolutions.code_stub = {"python": ""}
    return NbGraderAPI(config=config)
