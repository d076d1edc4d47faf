"""Grade one submission: nbgrader does it, and the cells run in a sandbox."""

import re
import shutil
import tempfile
import time
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    IgnorePattern,
    LimitOutput,
    NbGraderPreprocessor,
    SaveAutoGrades,
)
from nbgrader.utils import is_grade

from neurec_helpers.classroom import course, preflight, verdicts
from neurec_helpers.classroom.grade import Grade, result_of
from neurec_helpers.classroom.sandbox import Session
from neurec_helpers.notebook import files as notebook_files

STUDENT = "submission"  # nbgrader's id of the only student in a course folder made for one
NOT_RUN = "NotRun"
SHORTEST_LINE = 8  # characters; shorter lines are the same in many answers
VERDICT = re.compile(r"Task (\S+): (incorrect|not attempted|uncheckable)\. (.*)", re.DOTALL)


class SandboxedExecute(NbGraderPreprocessor):
    """In place of nbgrader's Execute: the same outputs, from the sandbox."""

    session = None
    ended = {}

    def preprocess(self, nb, resources):
        name = resources["nbgrader"]["notebook"]
        cells = [c for c in nb.cells if c.cell_type == "code" and c.source.strip()]
        checks = [is_grade(cell) for cell in cells]
        outputs, ended = self.session.run(name, [cell.source for cell in cells], checks)
        self.ended[name] = ended
        for number, (cell, got, is_check) in enumerate(
            zip(cells, outputs, checks, strict=True), start=1
        ):
            if got is None:
                # Without an error nbgrader would give full points to a cell that never ran.
                got = [_error(NOT_RUN, ended or "the notebook ended before this cell")]
            # A warning on stderr would cost all points of a check.
            got = [each for each in got if not (is_check and each.get("name") == "stderr")]
            cell.outputs = [nbformat.from_dict(output) for output in got]
            cell.execution_count = number
        return nb, resources


def _error(name, text):
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def grade(files, graded, course_folder, data, limits, sandboxed=True, place=0):
    """Grade one submission, alone.

    Parameters
    ----------
    files : dict of str to bytes
        Its notebooks by name.
    graded : list of preflight.Graded
    course_folder : Path
        From `course.make_course`; it is copied, never changed.
    data : Path
        Folder with the hidden ratings.
    limits : sandbox.Limits
    sandboxed : bool
    place : int
        Which of those that run side by side it is, from 0.

    Returns
    -------
    dict
        See `grade.result_of`.
    """
    began = time.monotonic()
    notes = []
    with tempfile.TemporaryDirectory(prefix="neurec-grade-") as folder:
        folder = Path(folder)
        stopped, answers, own_lines = _lay_out(folder, files, graded, course_folder, notes)
        SandboxedExecute.ended = {}
        with Session(data, limits, sandboxed, place) as session:
            SandboxedExecute.session = session
            log = _autograde(folder)
        grades = [
            stopped.get(item.task) or _read_grade(folder, item, answers.get(item.task, ""), log)
            for item in graded
        ]
    notes += [f"{name}.ipynb: {ended}." for name, ended in SandboxedExecute.ended.items() if ended]
    seconds = dict(session.seconds)
    seconds["nbgrader"] = time.monotonic() - began - sum(seconds.values())
    return result_of(grades, notes, own_lines, seconds)


def _lay_out(folder, files, graded, course_folder, notes):
    """Make a course folder with one student; give what stops tasks, the answers, and own lines."""
    shutil.copyfile(course_folder / "gradebook.db", folder / "gradebook.db")
    (folder / "source" / course.ASSIGNMENT).mkdir(parents=True)
    submitted = folder / "submitted" / STUDENT / course.ASSIGNMENT
    submitted.mkdir(parents=True)
    stopped, answers, own_lines = {}, {}, []
    for name in preflight.notebook_names(graded):
        own = [item for item in graded if item.notebook == name]
        if name not in files:
            for item in own:
                stopped[item.task] = Grade(
                    item.task, 0, item.points, "not handed in", f"{name}.ipynb was not handed in."
                )
            continue
        path = folder / f"{name}.ipynb"
        path.write_bytes(files[name])
        findings = preflight.inspect(path, name, graded)
        notes += [f"{name}.ipynb: {note}" for note in findings.notes]
        for fault in findings.faults:
            for item in own:
                if fault.task in (None, item.task) and not fault.earns_nothing:
                    reason = f"{name}.ipynb: {fault.message}"
                    stopped[item.task] = Grade(item.task, None, item.points, "not graded", reason)
        if findings.nb is None:
            continue
        own_lines += _own_lines(findings.nb, course_folder, name)
        for item in own:
            answers[item.task] = preflight.source_of(findings.nb, item.solution) or ""
            if item.task in stopped:
                _hide_from_nbgrader(findings.nb, item)
        _one_id_each(findings.nb)
        notebook_files.write_notebook(findings.nb, submitted / f"{name}.ipynb")
    return stopped, answers, sorted(set(own_lines))


def _own_lines(nb, course_folder, name):
    """Lines of code that stand neither in the hand-out nor in the reference solution."""
    known = set()
    for part in ("release", "source"):
        path = course_folder / part / course.ASSIGNMENT / f"{name}.ipynb"
        known |= set(_code_lines(notebook_files.read_notebook(path)))
    return [line for line in _code_lines(nb) if line not in known]


def _code_lines(nb):
    lines = [
        " ".join(line.split())
        for cell in nb.cells
        if cell.cell_type == "code"
        for line in cell.source.splitlines()
    ]
    return [line for line in lines if len(line) >= SHORTEST_LINE]


def _hide_from_nbgrader(nb, item):
    """A cell that is doubled or stands alone would stop nbgrader at the whole notebook."""
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in (item.solution, item.check):
            del cell.metadata["nbgrader"]


def _one_id_each(nb):
    seen = set()
    for number, cell in enumerate(nb.cells):
        if cell.get("id") in seen:
            cell["id"] = f"copy-{number}"
        seen.add(cell.get("id"))


def _autograde(folder):
    """Let nbgrader grade the submission; its log, for what it could not."""
    if not any((folder / "submitted").rglob("*.ipynb")):
        return ""
    api = course.nbgrader(folder)
    api.config.Autograde.autograde_preprocessors = [
        SandboxedExecute,
        IgnorePattern,
        LimitOutput,
        SaveAutoGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
    return api.autograde(course.ASSIGNMENT, STUDENT, force=True)["log"]


def _read_grade(folder, item, answer, log):
    """The grade of a task as nbgrader recorded it, with the verdict of its check."""
    path = folder / "autograded" / STUDENT / course.ASSIGNMENT / f"{item.notebook}.ipynb"
    if not path.exists():
        problems = [line for line in log.splitlines() if "ERROR" in line or "Error" in line]
        reason = problems[-1].strip() if problems else "nbgrader gave no result."
        return Grade(item.task, None, item.points, "not graded", reason, "", answer)
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", course.ASSIGNMENT) as book:
        points = book.find_grade(item.check, item.notebook, course.ASSIGNMENT, STUDENT).auto_score
    status, reason, mistake = _verdict(notebook_files.read_notebook(path), item)
    if status == "not graded":
        points = None
    elif status == "correct" and points != item.points:
        status, reason = "error", "nbgrader gave no points, and the check named no mistake."
    return Grade(item.task, points, item.points, status, reason, mistake, answer)


def _verdict(nb, item):
    """Status, reason and mistake, from the error that the check's cell ended with."""
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") != item.check:
            continue
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if not errors:
            return "correct", "", ""
        name, text = errors[-1].ename, errors[-1].evalue
        if name == NOT_RUN:
            return "not graded", f"{item.notebook}.ipynb: {text}.", ""
        match = VERDICT.match(text)
        if match:
            reason, _, mistake = match[3].partition(f"\n{verdicts.MISTAKE}")
            return match[2], reason, mistake
        return "error", f"{name}: {text.splitlines()[0] if text else ''}", ""
    return "not graded", "nbgrader left the check's cell out.", ""
