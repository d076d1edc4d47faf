"""Notebooks as files: find them, read and write them, and take the solutions out of them."""

import copy
import re
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.tasks.solutions import split_solution

LESSON = range(1, 7)

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
        raise NeurecError(
            "there is no notebook {wanted} in {folder}. There are: {there}.",
            wanted=wanted,
            folder=folder,
            there=there,
        )
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
            raise NeurecError(
                "{name!r} names no notebook. Give its number, for example 05.", name=name
            )
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
        raise NeurecError(
            "can't read {path}: {reason}.", path=path, reason=error.strerror
        ) from error
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError) as error:
        raise NeurecError(
            "{path} is not a notebook that can be read: {error}", path=path, error=error
        ) from error


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


def neurec_metadata(cell):
    """What a cell's metadata say to neurec: its task, its role, its tolerance."""
    return cell.metadata.get("neurec", {})


def find_cells(nb, task=None, role=None):
    """Cells of a task (``"5.1"``) and a role (``"task"``, ``"solution"``, ``"check"``), in order.

    A task or role of None means any; cells that belong to no task are never among them.
    """
    found = []
    for cell in nb.cells:
        about = neurec_metadata(cell)
        if "task" in about and task in (None, about["task"]) and role in (None, about.get("role")):
            found.append(cell)
    return found


def find_tasks(nb):
    """Names of a notebook's tasks in the order in which they stand, each once."""
    return list(dict.fromkeys(neurec_metadata(cell)["task"] for cell in find_cells(nb)))


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
