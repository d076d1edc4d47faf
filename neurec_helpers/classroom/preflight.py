"""What would stop a notebook from being graded, found without running it, and mended where it can.

Editors and students do strange things to notebooks: cells are deleted or doubled, Colab and VS
Code drop metadata, files are cut short. Whatever can be told is told in words; whatever can be
put right without guessing is put right. No file's content makes it fail.
"""

import base64
import json
import warnings
from dataclasses import asdict

from neurec_helpers.classroom.graded import (
    Fault,
    Findings,
    Graded,
    first_checks,
    nbgrader_metadata,
    notebook_names,
    read_handout,
)
from neurec_helpers.classroom.strangers import shown
from neurec_helpers.classroom.syntax import fault_in
from neurec_helpers.language import mark, tr

__all__ = ["Fault", "Findings", "Graded", "first_checks", "notebook_names", "read_handout"]
__all__ += ["decode", "findings_from_json", "findings_to_json", "inspect", "inspect_bytes"]
__all__ += ["inspect_json", "is_sound", "source_of"]

ROLES = {"answer": mark("answer"), "check": mark("check")}
LARGEST = 20_000_000  # bytes; a notebook of the lesson with all its pictures has 0.3 MB


def inspect(path, name, graded):
    """Look at a notebook that is to be graded; see `inspect_bytes`.

    Parameters
    ----------
    path : Path
    name : str
    graded : list of Graded

    Returns
    -------
    Findings
    """
    try:
        with open(path, "rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        return _no_notebook(tr("it can't be read: {reason}.", reason=error.strerror))
    return inspect_bytes(content, name, graded)


def inspect_bytes(content, name, graded):
    """Look at a notebook that is to be graded.

    Parameters
    ----------
    content : bytes
        Of the notebook's file.
    name : str
        The name, without the ending, under which it was handed out.
    graded : list of Graded
        All that is graded, in all notebooks.

    Returns
    -------
    Findings
        Whatever the file holds.
    """
    try:
        nb, fault = _read(content)
        return _no_notebook(fault) if fault else _look_at(nb, name, graded)
    except RecursionError:
        return _no_notebook(tr("something in it is nested too deeply."))
    except Exception as error:  # noqa: BLE001 - a file that nobody has thought of stops itself only
        return _no_notebook(
            tr(
                "it can't be read ({kind}: {reason}).",
                kind=type(error).__name__,
                reason=shown(error, 120),
            )
        )


def inspect_json(payload):
    """Call `inspect_bytes` in another process.

    Parameters
    ----------
    payload : bytes
        JSON: "content" (base64), "name", and "graded", a list of dicts.

    Returns
    -------
    bytes
        JSON for `findings_from_json`.
    """
    asked = json.loads(payload)
    graded = [Graded(**item) for item in asked["graded"]]
    content = base64.b64decode(asked["content"])
    return findings_to_json(inspect_bytes(content, asked["name"], graded)).encode()


def findings_to_json(findings):
    """Findings as text; `findings_from_json` reads it."""
    faults = [asdict(fault) for fault in findings.faults]
    return json.dumps({"nb": findings.nb, "faults": faults, "notes": findings.notes})


def findings_from_json(text):
    """Findings from the text that `findings_to_json` wrote."""
    import nbformat

    told = json.loads(text)
    nb = None if told["nb"] is None else nbformat.from_dict(told["nb"])
    return Findings(nb, [Fault(**fault) for fault in told["faults"]], told["notes"])


def _no_notebook(reason):
    return Findings(None, [Fault(reason)], [])


def _look_at(nb, name, graded):
    own = [item for item in graded if item.notebook == name]
    others = {item.notebook for item in graded if _is_there(nb, item)} - {name}
    if own and others and not any(_is_there(nb, item) for item in own):
        return _no_notebook(
            tr(
                "this is {other}.ipynb under another name. Hand in {name}.ipynb itself.",
                other=min(others),
                name=name,
            )
        )
    faults, notes = [], []
    _drop_foreign(nb, own, notes)
    for item in own:
        faults += _mend_task(nb, item, notes)
    faults += _syntax_faults(nb, own, notes)
    kernel = nb.metadata.get("kernelspec")
    kernel = kernel.get("name") if isinstance(kernel, dict) else None
    if kernel not in (None, "python3"):
        notes.append(
            tr(
                "it names the kernel {kernel!r}; it is graded with python3.",
                kernel=shown(kernel, 40),
            )
        )
    if own and not faults and all(source_of(nb, item.solution) == item.stub for item in own):
        notes.append(
            tr(
                "no task in it is answered yet. If you did answer some, save it in JupyterLab "
                "first."
            )
        )
    _one_id_each(nb)
    return Findings(nb, faults, notes)


def decode(content):
    """Text of a notebook's file; some editors put a mark before it, or write two bytes a sign.

    Raises
    ------
    UnicodeDecodeError
        If it is not text.
    """
    is_wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    return content.decode("utf-16" if is_wide else "utf-8-sig")


def is_sound(content):
    """Whether a notebook's file can be read at all, without a closer look."""
    try:
        document = json.loads(decode(content)) if len(content) <= LARGEST else None
    except (ValueError, RecursionError):
        return False
    return isinstance(document, dict) and isinstance(document.get("cells"), list)


def _read(content):
    """The notebook, or why it can't be read."""
    import nbformat

    if len(content) > LARGEST:
        return None, tr(
            "it has more than {most:.0f} MB, and no more is allowed. Take the "
            "outputs out (Edit, Clear Outputs of All Cells), and save.",
            most=LARGEST / 1e6,
        )
    try:
        text = decode(content)
    except UnicodeDecodeError:
        return None, tr("it is not a notebook but some other file: it holds no text in UTF-8.")
    if not text.strip():
        return None, tr("the file is empty. Save the notebook again, and look at the file's size.")
    try:
        document = json.loads(text)
    except ValueError as error:
        return None, tr(
            "the file is damaged: it is not valid JSON ({error}). Save the notebook again.",
            error=error,
        )
    if not isinstance(document, dict) or not isinstance(document.get("nbformat"), int):
        return None, tr("it is not a notebook.")
    if document["nbformat"] < 4:
        return None, tr(
            "it is saved in version {nbformat} of the notebook format, which loses "
            "what grading needs. Open the notebook that was handed out and copy your answers "
            "over.",
            nbformat=document["nbformat"],
        )
    _forget_outputs(document)
    # Half of a pair of code units can't be written into any file.
    whole = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace").decode("utf-8")
    try:
        with warnings.catch_warnings():
            # A cell that was doubled keeps its id; that is told in its own words.
            warnings.simplefilter("ignore")
            nb = nbformat.reads(whole, as_version=4)
            nbformat.validate(nb)
    except (ValueError, KeyError, TypeError, AttributeError, nbformat.ValidationError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        return None, tr("it is not a whole notebook: {reason}", reason=shown(line, 200))
    return nb, ""


def _forget_outputs(document):
    """Take away what was shown, which counts for nothing, and allow cells their ids."""
    cells = document.get("cells")
    for cell in cells if isinstance(cells, list) else ():
        if isinstance(cell, dict) and cell.get("cell_type") == "code":
            cell |= {"outputs": [], "execution_count": None}
        if isinstance(cell, dict) and "id" in cell:
            document["nbformat_minor"] = 5  # an older one in the file would forbid it


def _drop_foreign(nb, own, notes):
    """Take away what other tools, or other assignments, say of a cell to nbgrader and neurec."""
    known = {cell_id for item in own for cell_id in (item.solution, item.check)}
    foreign = 0
    for cell in nb.cells:
        marks = cell.metadata.get("nbgrader")
        is_ours = isinstance(marks, dict) and marks.get("grade_id") in known
        if marks is not None and not is_ours:
            foreign += bool(isinstance(marks, dict) and marks.get("grade"))
            del cell.metadata["nbgrader"]
        if not isinstance(cell.metadata.get("neurec", {}), dict):
            del cell.metadata["neurec"]
    if foreign:
        notes.append(tr("cells of another assignment are in it; they count as ordinary cells."))


def _one_id_each(nb):
    seen = set()
    for number, cell in enumerate(nb.cells):
        if cell.get("id") in seen:
            cell["id"] = f"copy-{number}"
        seen.add(cell.get("id"))


def _is_there(nb, item):
    return any(_matches(cell, item.check, item) for cell in nb.cells)


def _matches(cell, cell_id, item):
    """Whether a cell is the one of this id, by nbgrader's name, its own id, or what it says."""
    if cell.cell_type != "code":
        return False
    named = _grade_id(cell)
    if named is not None:
        return named == cell_id
    if cell.get("id") == cell_id:
        return True
    return cell_id == item.check and cell.source.strip() == item.check_source.strip()


def _grade_id(cell):
    """Nbgrader's name of a cell; None where there is none."""
    marks = cell.metadata.get("nbgrader")
    return marks.get("grade_id") if isinstance(marks, dict) else None


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
                    tr(
                        "task {task}: the cell with its {role} stands there {count} times. "
                        "Delete the copies (select the cell, press D twice), and keep the one that "
                        "counts.",
                        task=item.task,
                        role=tr(ROLES[role]),
                        count=len(found),
                    ),
                    item.task,
                )
            )
        elif role == "check" or _lost_answer(nb, item) is None:
            faults.append(
                Fault(
                    tr(
                        "task {task}: the cell with its {role} is missing. Bring it back with "
                        "Edit, Undo Cell Operation, or copy it from the notebook that was handed "
                        "out.",
                        task=item.task,
                        role=tr(ROLES[role]),
                    ),
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
                tr(
                    "task {task}: its check stands before its answer. Move the answer up.",
                    task=item.task,
                ),
                item.task,
            )
        ]
    if "nbgrader" not in answer.metadata or "nbgrader" not in check.metadata:
        notes.append(
            tr(
                "task {task}: its cells have lost their metadata; they were put back.",
                task=item.task,
            )
        )
    elif check.metadata["nbgrader"].get("points") != item.points:
        notes.append(
            tr("task {task}: its points were changed; they count as handed out.", task=item.task)
        )
    if check.source.strip() != item.check_source.strip():
        notes.append(
            tr("task {task}: its check was changed; the grader uses its own.", task=item.task)
        )
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
    return next((cell.source for cell in nb.cells if _grade_id(cell) == grade_id), None)


def _syntax_faults(nb, own, notes):
    """Cells that are not valid Python; those that hold an answer can't earn anything."""
    tasks = {item.solution: item.task for item in own}
    faults = []
    for number, cell in enumerate(nb.cells, start=1):
        what = fault_in(cell.source) if cell.cell_type == "code" else ""
        task = tasks.get(_grade_id(cell))
        if what and task:
            message = tr(
                "task {task}: its answer is not valid Python ({what}).", task=task, what=what
            )
            faults.append(Fault(message, task, earns_nothing=True))
        elif what:
            notes.append(
                tr(
                    "cell {number} is not valid Python ({what}); it is passed over.",
                    number=number,
                    what=what,
                )
            )
    del notes[20:]
    return faults
