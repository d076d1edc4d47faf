"""Notebooks as files: find them, read and write them, and take the solutions out of them."""

import copy
import json
import os
import re
import textwrap
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import NOTEBOOKS, ROOT, SOLUTIONS_FILE

LESSON = range(1, 7)
BEGIN = "BEGIN SOLUTION"
END = "END SOLUTION"

# What a notebook says of its kernel, the same for each Python that runs it.
METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
KEPT_CELL_METADATA = {"jupyter", "nbgrader", "neurec", "tags"}


def find_notebooks(folder=NOTEBOOKS, numbers=None):
    """Paths of the numbered notebooks of a folder, in order.

    Parameters
    ----------
    folder : path, optional
        Where to look. Only names such as ``05_training.ipynb`` count.
    numbers : collection of int, optional
        Keep only these numbers, for example ``LESSON`` or ``[5]``.

    Returns
    -------
    list of Path

    Raises
    ------
    NeurecError
        If a number is asked for that no notebook has.
    """
    paths = sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))
    if numbers is None:
        return paths
    missing = set(numbers) - {number_of(path) for path in paths}
    if missing:
        wanted = ", ".join(f"{number:02d}" for number in sorted(missing))
        there = ", ".join(path.stem for path in paths) or "none"
        raise NeurecError(f"there is no notebook {wanted} in {folder}. There are: {there}.")
    return [path for path in paths if number_of(path) in numbers]


def number_of(path):
    """Number of a notebook: 5 for ``05_training.ipynb``."""
    return int(Path(path).name[:2])


def parse_numbers(names):
    """Numbers of notebooks that were named as ``5``, ``05``, ``05_training`` or by a path.

    Raises
    ------
    NeurecError
        If a name does not start with a number.
    """
    numbers = []
    for name in names:
        match = re.match(r"(\d{1,2})(?:_|\.ipynb$|$)", Path(name).name)
        if not match:
            raise NeurecError(f"{name!r} names no notebook. Give its number, for example 05.")
        numbers.append(int(match.group(1)))
    return numbers


def read_notebook(path):
    """Read a notebook.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    NeurecError
        If the file can't be read, or is not a notebook.
    """
    import nbformat

    try:
        return nbformat.reads(Path(path).read_text(encoding="utf-8"), as_version=4)
    except OSError as error:
        raise NeurecError(f"can't read {path}: {error.strerror}.") from error
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError) as error:
        raise NeurecError(f"{path} is not a notebook that can be read: {error}") from error


def notebook_text(nb):
    """Text of a notebook's file, as nbformat writes it, with one newline at the end."""
    import nbformat

    return nbformat.writes(nb).rstrip("\n") + "\n"


def write_notebook(nb, path):
    """Write a notebook whole or not at all: an existing file stays as it was if this fails.

    Raises
    ------
    NeurecError
        If the file can't be written.
    """
    write_text(notebook_text(nb), path)


def write_text(text, path):
    """Write a text file whole or not at all; line ends are the same on every system.

    Raises
    ------
    NeurecError
        If the file can't be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_text(text, encoding="utf-8", newline="\n")
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise NeurecError(f"can't write {path}: {error.strerror}.") from error


def neurec_metadata(cell):
    """What a cell's metadata say to neurec: its task, its role, its tolerance."""
    return cell.metadata.get("neurec", {})


def find_cells(nb, task=None, role=None):
    """Cells of a task (``"5.1"``) and a role (``"task"``, ``"solution"``, ``"check"``), in order.

    A task or role of None means any; cells that belong to no task are never among them.
    """
    found = []
    for cell in nb.cells:
        facts = neurec_metadata(cell)
        if "task" in facts and task in (None, facts["task"]) and role in (None, facts.get("role")):
            found.append(cell)
    return found


def find_tasks(nb):
    """Names of a notebook's tasks in the order in which they stand, each once."""
    return list(dict.fromkeys(neurec_metadata(cell)["task"] for cell in find_cells(nb)))


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
    for path in find_notebooks(folder):
        solution = solution_in(read_notebook(path), task, path.name)
        if solution is not None:
            return solution
    return None


def solution_in(nb, task, name="this notebook"):
    """Text of a task's solution in one notebook, or None; see `solution_source`."""
    for cell in find_cells(nb, task, "solution"):
        _, solution = split_solution(cell.source, f"{name}, cell {cell.id}")
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
        raise NeurecError(f"{path} can't be read ({error}): ask your teacher for it.") from error


def strip_solutions(nb, name="this notebook"):
    """A student's copy of a notebook: solutions and outputs gone, all else as it was.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        Stays unchanged.
    name : str
        Name of the notebook, for the message.

    Returns
    -------
    nbformat.NotebookNode

    Raises
    ------
    NeurecError
        If a solution marker lacks its partner.
    """
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        where = f"{name}, cell {cell.get('id', '?')}"
        cell.source, solution = split_solution(cell.source, where)
        if solution is not None or neurec_metadata(cell).get("role") == "solution":
            _unfold(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nb


def _unfold(cell):
    jupyter = cell.metadata.get("jupyter", {})
    jupyter.pop("source_hidden", None)
    if not jupyter:
        cell.metadata.pop("jupyter", None)


def normalise(nb):
    """A notebook as it is committed: the same whoever ran it, wherever and whenever.

    Fixes what the notebook says of its kernel, drops what editors and runs leave in the metadata,
    and joins what was printed piece by piece. Ids, sources and outputs stay.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        Stays unchanged.

    Returns
    -------
    nbformat.NotebookNode
    """
    nb = copy.deepcopy(nb)
    kept = {key: value for key, value in nb.metadata.items() if key == "neurec"}
    nb.metadata.clear()
    nb.metadata.update(copy.deepcopy(METADATA), **kept)
    for cell in nb.cells:
        for key in set(cell.metadata) - KEPT_CELL_METADATA:
            del cell.metadata[key]
        if cell.cell_type == "code":
            cell.outputs = _join_streams(cell.outputs)
            for output in cell.outputs:
                output.pop("transient", None)
    return nb


def _join_streams(outputs):
    joined = []
    for output in outputs:
        last = joined[-1] if joined else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last["text"] += output.text
        else:
            joined.append(output)
    return joined


def find_faults(path):
    """What is wrong with a notebook's file as it stands, found without running it.

    Returns
    -------
    list of str
        One sentence for each fault, with the cell's id; empty if there is none.
    """
    nb = read_notebook(path)
    faults = [*_id_faults(nb), *_task_faults(nb), *_run_faults(nb)]
    if notebook_text(normalise(nb)) != Path(path).read_bytes().decode("utf-8"):
        faults.append("metadata or layout differ from what `neurec notebooks` writes")
    return faults


def _id_faults(nb):
    seen = set()
    for cell in nb.cells:
        name = cell.get("id", "")
        readable = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        random = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name)
        if not readable or random:
            yield f"cell id {name!r} is no readable name, such as task-5-1"
        if name in seen:
            yield f"cell id {name!r} stands twice"
        seen.add(name)


def _task_faults(nb):
    for cell in nb.cells:
        try:
            split_solution(cell.source, f"cell {cell.id}")
        except NeurecError as error:
            yield str(error)
    for task in find_tasks(nb):
        roles = [neurec_metadata(cell).get("role") for cell in find_cells(nb, task)]
        if roles != ["task", "solution", "check"]:
            yield f"task {task} has the cells {roles} in place of task, solution, check"


def _run_faults(nb):
    expected = 1
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.strip():
            if cell.execution_count != expected:
                yield f"cell {cell.id} has run number {cell.execution_count}, not {expected}"
                return
            expected += 1
