"""What would stop a notebook from being graded, found without running it, and mended where it can.

Editors and students do strange things to notebooks: cells are deleted or doubled, Colab and VS
Code drop metadata, files are cut short. Whatever can be told is told in words; whatever can be
put right without guessing is put right.
"""

import ast
import json
import warnings
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.classroom.course import nbgrader_metadata
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import HANDOUT_FILE

LARGEST = 20_000_000  # bytes; a notebook of the lesson with all its pictures has 0.3 MB


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
        It can be graded all the same, and earns nothing: an answer that is no Python.
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
        If the folder is no hand-out, or the file is damaged.
    """
    path = Path(folder) / HANDOUT_FILE
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        return {**facts, "tasks": [Graded(**task) for task in facts["tasks"]]}
    except FileNotFoundError:
        raise NeurecError(
            f"{folder} is no hand-out: it holds no {HANDOUT_FILE}. Go to the folder that your "
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


def inspect(path, name, graded):
    """Look at a notebook that is to be graded.

    Parameters
    ----------
    path : Path
    name : str
        The name, without the ending, under which it was handed out.
    graded : list of Graded
        All that is graded, in all notebooks.

    Returns
    -------
    Findings
    """
    nb, fault = _read(Path(path))
    if fault:
        return Findings(None, [Fault(fault)], [])
    own = [item for item in graded if item.notebook == name]
    others = {item.notebook for item in graded if _is_there(nb, item)} - {name}
    if own and others and not any(_is_there(nb, item) for item in own):
        fault = f"this is {min(others)}.ipynb under another name. Hand in {name}.ipynb itself."
        return Findings(None, [Fault(fault)], [])
    faults, notes = [], []
    for item in own:
        faults += _mend_task(nb, item, notes)
    faults += _syntax_faults(nb, own, notes)
    kernel = nb.metadata.get("kernelspec", {}).get("name", "python3")
    if kernel != "python3":
        notes.append(f"it names the kernel {kernel!r}; it is graded with python3.")
    if own and not faults and all(source_of(nb, item.solution) == item.stub for item in own):
        notes.append(
            "no task in it is answered yet. If you did answer some, save it in JupyterLab first."
        )
    return Findings(nb, faults, notes)


def inspect_json(payload):
    """Call `inspect` in another process: JSON with "content" (base64), "name" and "graded"."""
    import base64
    import tempfile

    import nbformat

    asked = json.loads(payload)
    graded = [Graded(**item) for item in asked["graded"]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notebook.ipynb"
        path.write_bytes(base64.b64decode(asked["content"]))
        findings = inspect(path, asked["name"], graded)
    seen = set()
    for number, cell in enumerate(findings.nb.cells if findings.nb is not None else ()):
        if cell.get("id") in seen:
            cell["id"] = f"copy-{number}"
        seen.add(cell.get("id"))
    nb = None if findings.nb is None else nbformat.writes(findings.nb)
    faults = [vars(fault) for fault in findings.faults]
    return json.dumps({"nb": nb, "faults": faults, "notes": findings.notes}).encode()


def findings_from_json(text):
    """Findings from what `inspect_json` gave."""
    import nbformat

    told = json.loads(text)
    nb = None if told["nb"] is None else nbformat.reads(told["nb"], as_version=4)
    return Findings(nb, [Fault(**fault) for fault in told["faults"]], told["notes"])


def _read(path):
    """The notebook, or why it can't be read."""
    import nbformat

    try:
        size = path.stat().st_size
        if size > LARGEST:
            return None, (
                f"it has more than {LARGEST / 1e6:.0f} MB, and no more is allowed. Take the "
                "outputs out (Edit, Clear Outputs of All Cells), and save."
            )
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None, "it is not a notebook but some other file: it holds no text in UTF-8."
    except OSError as error:
        return None, f"it can't be read: {error.strerror}."
    if not text.strip():
        return None, "the file is empty. Save the notebook again, and look at the file's size."
    try:
        document = json.loads(text)
    except ValueError as error:
        return None, f"the file is damaged: it is no JSON ({error}). Save the notebook again."
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        return None, "it is not a notebook."
    if document["nbformat"] < 4:
        return None, (
            f"it is saved in version {document['nbformat']} of the notebook format, which loses "
            "what grading needs. Open the notebook that was handed out and copy your answers over."
        )
    try:
        with warnings.catch_warnings():
            # A cell that was doubled keeps its id; that is told in its own words.
            warnings.simplefilter("ignore")
            nb = nbformat.reads(text, as_version=4)
            nbformat.validate(nb)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        return None, f"it is not a whole notebook: {str(error).splitlines()[0]}"
    return nb, ""


def _is_there(nb, item):
    return any(_matches(cell, item.check, item) for cell in nb.cells)


def _matches(cell, cell_id, item):
    """Whether a cell is the one of this id, by nbgrader's name, its own id, or what it says."""
    if cell.cell_type != "code":
        return False
    named = cell.metadata.get("nbgrader", {}).get("grade_id")
    if named is not None:
        return named == cell_id
    if cell.get("id") == cell_id:
        return True
    return cell_id == item.check and cell.source.strip() == item.check_source.strip()


def _mend_task(nb, item, notes):
    """Put the two cells of a task right in `nb`; give what can't be put right."""
    faults, places = [], {}
    for role, cell_id in (("answer", item.solution), ("check", item.check)):
        found = [k for k, cell in enumerate(nb.cells) if _matches(cell, cell_id, item)]
        if len(found) == 1:
            places[role] = found[0]
        elif found:
            faults.append(
                Fault(
                    f"task {item.task}: the cell with its {role} stands there {len(found)} times. "
                    "Delete the copies (select the cell, press D twice), and keep the one that "
                    "counts.",
                    item.task,
                )
            )
        elif role == "check" or _lost_answer(nb, item) is None:
            faults.append(
                Fault(
                    f"task {item.task}: the cell with its {role} is missing. Bring it back with "
                    "Edit, Undo Cell Operation, or copy it from the notebook that was handed out.",
                    item.task,
                )
            )
        else:
            places[role] = _lost_answer(nb, item)
    if faults:
        return faults
    answer, check = nb.cells[places["answer"]], nb.cells[places["check"]]
    if places["answer"] > places["check"]:
        return [
            Fault(
                f"task {item.task}: its check stands before its answer. Move the answer up.",
                item.task,
            )
        ]
    if "nbgrader" not in answer.metadata or "nbgrader" not in check.metadata:
        notes.append(f"task {item.task}: its cells have lost their metadata; they were put back.")
    elif check.metadata["nbgrader"].get("points") != item.points:
        notes.append(f"task {item.task}: its points were changed; they count as handed out.")
    if check.source.strip() != item.check_source.strip():
        notes.append(f"task {item.task}: its check was changed; the grader uses its own.")
    answer.metadata["nbgrader"] = nbgrader_metadata(item.solution, solution=True)
    check.metadata["nbgrader"] = nbgrader_metadata(item.check, grade=True, points=item.points)
    return []


def _lost_answer(nb, item):
    """Place of an answer whose cell has lost name and id: the only cell that defines the same.

    Known from the stub's first line, such as ``def predict_all(`` or ``n_books =``.
    """
    begin = item.stub.strip().split("\n")[0].split("=")[0].split("(")[0].strip()
    if not begin:
        return None
    found = [
        place
        for place, cell in enumerate(nb.cells)
        if cell.cell_type == "code"
        and "nbgrader" not in cell.metadata
        and any(line.startswith(begin) for line in cell.source.splitlines())
    ]
    return found[0] if len(found) == 1 else None


def source_of(nb, grade_id):
    """Source of the cell that nbgrader knows by this id; None if there is none."""
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return cell.source
    return None


def _syntax_faults(nb, own, notes):
    """Cells that are no Python; those that hold an answer can't earn anything."""
    from IPython.core.inputtransformer2 import TransformerManager

    tasks = {item.solution: item.task for item in own}
    faults = []
    for number, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "code":
            continue
        try:
            ast.parse(TransformerManager().transform_cell(cell.source))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            where = f"line {line}, " if line else ""
            what = f"{where}{getattr(error, 'msg', error)}"
            task = tasks.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if task:
                message = f"task {task}: its answer is no Python ({what})."
                faults.append(Fault(message, task, earns_nothing=True))
            else:
                notes.append(f"cell {number} is no Python ({what}); it is passed over.")
    return faults
