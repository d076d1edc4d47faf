"""Grade one submission: its notebooks run in a sandbox, and the judge decides on their answers."""

import ast
import base64
import json
import re
from dataclasses import asdict

import nbformat

from neurec_helpers.classroom import preflight
from neurec_helpers.classroom.frames import UNREADABLE, Broken
from neurec_helpers.classroom.record import Grade, not_graded, plain, result_of
from neurec_helpers.classroom.session import Session
from neurec_helpers.language import tr
from neurec_helpers.tasks import TASKS

# What no answer needs and what deceiving a grader begins with.
SUSPECT = re.compile(
    r"neurec_helpers\.(classroom|tasks)|\bnr\.check\s*=|\bchecks?\.check\s*=|\bTASKS\b|/proc/(self|\d+)/mem"
)


def grade(files, graded, data, limits, judge, sandboxed=True, place=0, keep=None):
    """Grade one submission, alone.

    Parameters
    ----------
    files : dict of str to bytes
        Its notebooks by name.
    graded : list of preflight.Graded
    data : Path
        Folder with the hidden ratings.
    limits : sandbox.Limits
    judge : session.Judge
    sandboxed : bool
    place : int
        Which of those that run side by side it is, from 0.
    keep : callable, optional
        Called with the name and the notebook as it ran, with its outputs.

    Returns
    -------
    dict
        See `record.result_of`.
    """
    grades, found, notes, attempts = {}, {}, [], []
    with Session(data, limits, judge, sandboxed, place) as session:
        for name in preflight.notebook_names(graded):
            own = [item for item in graded if item.notebook == name]
            if name in files:
                found[name] = _look_at(session, name, files[name], graded)
            else:
                grades |= {item.task: _not_handed_in(item) for item in own}
        for name, findings in found.items():
            own = [item for item in graded if item.notebook == name]
            notes += [f"{name}.ipynb: {note}" for note in findings.notes]
            more, ended, seen = _grade_notebook(session, name, findings, own, keep)
            grades |= more
            notes += [f"{name}.ipynb: {ended}."] if ended else []
            attempts += [f"{name}.ipynb: {'; '.join(seen)}."] if seen else []
    return result_of([grades[item.task] for item in graded], notes, attempts, session.seconds)


def _not_handed_in(item):
    reason = tr("{notebook}.ipynb was not handed in.", notebook=item.notebook)
    return Grade(item.task, 0, item.points, "not handed in", reason)


def _look_at(session, name, content, graded):
    """What stops a notebook from being graded, found in the sandbox before any of it has run."""
    payload = {
        "content": base64.b64encode(content).decode(),
        "name": name,
        "graded": [asdict(item) for item in graded],
    }
    try:
        found = session.apart(
            "neurec_helpers.classroom.preflight:inspect_json", json.dumps(payload).encode()
        )
        return preflight.findings_from_json(found.decode())
    except Broken as broken:
        fault = preflight.Fault(tr("it could not be read: {broken}.", broken=broken))
        return preflight.Findings(None, [fault], [])


def _grade_notebook(session, name, findings, own, keep):
    """Grades by task, why the run ended early, and plain attempts to deceive the grader."""
    stopped = {}
    for fault in findings.faults:
        for item in own:
            if fault.task in (None, item.task) and not fault.earns_nothing:
                stopped[item.task] = f"{name}.ipynb: {fault.message}"
    if findings.nb is None:
        return {item.task: not_graded(item, stopped[item.task]) for item in own}, "", []
    nb, checks = findings.nb, {item.check: item for item in own if item.task not in stopped}
    cells = [
        cell
        for cell in nb.cells
        if cell.cell_type == "code" and (cell.source.strip() or _grade_id(cell) in checks)
    ]
    run = []
    for cell in cells:
        item = checks.get(_grade_id(cell))
        source = item.check_source if item else cell.source
        run.append((source, (item.task, answers_in(item)) if item else None))
    outputs, verdicts, ended = session.run(run)
    for number, (cell, got) in enumerate(zip(cells, outputs, strict=True), start=1):
        cell.outputs = [nbformat.from_dict(output) for output in got or []]
        cell.execution_count = number if got is not None else None
    if keep:
        keep(name, nb)
    grades = {
        item.task: _grade_of(item, nb, stopped.get(item.task), verdicts.get(item.task), ended)
        for item in own
    }
    return grades, ended, attempts_in([cell.source for cell in cells], verdicts, ended)


def _grade_of(item, nb, stopped, verdict, ended):
    answer = plain(preflight.source_of(nb, item.solution) or "", 20_000)
    if stopped:
        return not_graded(item, stopped, answer)
    if verdict is None:
        reason = f"{item.notebook}.ipynb: {ended or tr('its check was never reached')}."
        return not_graded(item, reason, answer)
    status, reason, mistake = verdict["status"], verdict["reason"], verdict["mistake"]
    if status == "not graded":
        return not_graded(item, f"{item.notebook}.ipynb: {reason}.", answer)
    if status == "error" and (stop := _error_in(nb, item.solution)):
        reason = f"{reason} {tr('Its cell stopped: {error}', error=stop)}"
    points = item.points if status == "correct" else 0
    return Grade(item.task, points, item.points, status, reason, mistake, answer)


def _grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def _error_in(nb, grade_id):
    """The first line of the error that a cell ended with; empty if it didn't."""
    for cell in nb.cells:
        if _grade_id(cell) == grade_id:
            for output in cell.outputs:
                if output["output_type"] == "error":
                    said = re.sub(r"\(<ipython-input[^>]*>, ", "(", output["evalue"])
                    return f"{output['ename']}: {said}".splitlines()[0][:300]
    return ""


def answers_in(item):
    """The expressions in a check's cell that are answers, by the names that the task has for them.

    Parameters
    ----------
    item : preflight.Graded
        Its check says, for example, ``nr.check("5.1", ratings, train, test)``.

    Returns
    -------
    dict of str to str
        Without those that are given: ``{"train": "train", "test": "test"}``.
    """
    for call in ast.walk(ast.parse(item.check_source)):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "check":
            arguments = [ast.unparse(argument) for argument in call.args[1:]]
            pairs = zip(TASKS[item.task].values, arguments, strict=True)
            return {value.name: text for value, text in pairs if not hasattr(value, "of")}
    raise ValueError(tr("the check of task {task} does not call nr.check", task=item.task))


def attempts_in(sources, verdicts, ended):
    """Plain attempts to deceive the grader, a line for each.

    Parameters
    ----------
    sources : list of str
        Of the notebook's cells.
    verdicts : dict of str to dict
    ended : str
        Why it ended early.
    """
    found = [verdict["attempt"] for verdict in verdicts.values() if verdict["attempt"]]
    if tr(UNREADABLE) in ended:
        found.append(tr("a forged message came in place of an answer"))
    for source in sources:
        if match := SUSPECT.search(source):
            found.append(f"its code speaks of `{match[0]}`")
    return list(dict.fromkeys(found))
