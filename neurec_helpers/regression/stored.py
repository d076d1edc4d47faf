"""What is wrong with a notebook as it is stored, before any of its cells is run.

nbval passes a cell that was never run whatever it prints, and silently ignores a tag or a comment
that it doesn't know. Here both are faults.
"""

import math
import re

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook.files import find_cells, find_tasks, neurec_metadata
from neurec_helpers.regression.compare import IMAGES, flatten
from neurec_helpers.regression.numbers import TIME
from neurec_helpers.regression.tolerance import PLACES
from neurec_helpers.tasks.solutions import split_solution

RUN_AGAIN = "run `make notebooks` to run it again and save it"
KERNEL = "python3"
NEUREC_KEYS = ("role", "task", "timing", "tolerance")
MARKER_LIKE = re.compile(r"nbval|pytest_validate|raises[-_]exception", re.IGNORECASE)


def find_faults(notebook):
    """List what makes a stored notebook unfit to compare with.

    Parameters
    ----------
    notebook : nbformat.NotebookNode

    Returns
    -------
    list of str
        One line for each fault; empty if there is none.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    faults = [*kernel_faults(notebook), *id_faults(notebook), *task_faults(notebook)]
    faults += count_faults(cells)
    for number, cell in enumerate(cells, start=1):
        found = [*error_faults(cell), *tag_faults(cell), *marker_faults(cell)]
        found += metadata_faults(cell)
        faults += [f"cell {number} ({cell.get('id', 'no id')}): {fault}" for fault in found]
    return faults


def kernel_faults(notebook):
    """The kernel must be the one that every installation of Jupyter has."""
    name = notebook.metadata.get("kernelspec", {}).get("name")
    if name == KERNEL:
        return []
    return [f"the kernel is {name!r}; it must be {KERNEL!r}, which every installation has"]


def id_faults(nb):
    """Every cell needs a readable name of its own."""
    seen = set()
    for cell in nb.cells:
        name = cell.get("id", "")
        readable = re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
        random = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", name)
        if not readable or random:
            yield f"cell id {name!r} is not a readable name, such as task-5-1"
        if name in seen:
            yield f"cell id {name!r} stands twice"
        seen.add(name)


def task_faults(nb):
    """A task has its three cells, and a solution both its markers."""
    for cell in nb.cells:
        try:
            split_solution(cell.source, f"cell {cell.id}")
        except NeurecError as error:
            yield str(error)
    for task in find_tasks(nb):
        roles = [neurec_metadata(cell).get("role") for cell in find_cells(nb, task)]
        if roles != ["task", "solution", "check"]:
            yield f"task {task} has the cells {roles} in place of task, solution, check"


def count_faults(cells):
    """The code cells must have been run from top to bottom: numbered 1, 2, 3 and so on."""
    if cells and all(cell.execution_count is None for cell in cells):
        return [f"was never run: {RUN_AGAIN}"]
    faults = []
    for number, cell in enumerate(cells, start=1):
        where = f"cell {number} ({cell.get('id', 'no id')})"
        if not cell.source.strip():
            faults.append(f"{where}: is empty; delete it")
        elif cell.execution_count is None:
            faults.append(f"{where}: was never run: {RUN_AGAIN}")
        elif cell.execution_count != number:
            faults.append(
                f"{where}: was run as number {cell.execution_count} instead of {number}, "
                f"so not from top to bottom: {RUN_AGAIN}"
            )
        elif any(output.get("execution_count", number) != number for output in cell.outputs):
            faults.append(f"{where}: its result bears another number than the cell: {RUN_AGAIN}")
    return faults


def error_faults(cell):
    """A stored error must be announced by the tag raises-exception."""
    if "raises-exception" in _tags(cell) or _has_marker(cell, "NBVAL_RAISES_EXCEPTION"):
        return []
    return [
        f"stores an error ({output.ename}: {output.evalue}) but has no tag raises-exception"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def tag_faults(cell):
    """Every tag must be one that nbval knows."""
    from nbval import plugin as nbval_plugin

    tags = cell.metadata.get("tags", [])
    if not isinstance(tags, list):
        return [f"its tags are {tags!r}, not a list"]
    known = ", ".join(sorted(nbval_plugin.metadata_tags))
    return [
        f"the tag {tag!r} means nothing; known are {known}"
        for tag in tags
        if tag not in nbval_plugin.metadata_tags
    ]


def marker_faults(cell):
    """A comment that looks like a marker must be one, alone on its line."""
    from nbval import plugin as nbval_plugin

    faults = []
    for line in cell.source.splitlines():
        _, hash_sign, comment = line.partition("#")
        if not hash_sign or not MARKER_LIKE.search(comment):
            continue
        if not _is_marker(line):
            known = ", ".join(sorted(nbval_plugin.comment_markers))
            faults.append(
                f"the comment {line.strip()!r} means nothing; a marker stands alone on its line "
                f"and is one of {known}"
            )
    return faults


def metadata_faults(cell):
    """The metadata under neurec must be spelt right, and a tolerance be what can be one."""
    neurec = cell.metadata.get("neurec", {})
    if not isinstance(neurec, dict):
        return [f"its metadata neurec is {neurec!r}, not a table"]
    faults = _unknown("neurec", neurec, NEUREC_KEYS)
    tolerance = neurec.get("tolerance", {})
    if not isinstance(tolerance, dict):
        return [*faults, f"its neurec.tolerance is {tolerance!r}, not a table"]
    faults += _unknown("neurec.tolerance", tolerance, PLACES)
    kinds = {kind for kind, _ in flatten(cell.outputs)}
    for place in set(PLACES) & set(tolerance):
        faults += _limit_faults(f"neurec.tolerance.{place}", tolerance[place], kinds)
    return faults + _timing_faults(cell, neurec.get("timing", False))


def _limit_faults(name, limits, kinds):
    """A place's limits must be numbers, each for a kind of output that the cell stores."""
    if not isinstance(limits, dict):
        return [f"its {name} is {limits!r}, not a table"]
    faults = [
        f"its {name}.{kind} is {limit!r}, not a number of 0 or more"
        for kind, limit in limits.items()
        if not _is_size(limit)
    ]
    return faults + [
        f"its {name} has a limit for {kind}, which the cell does not give: run `neurec calibrate`"
        for kind in limits
        if kind not in kinds
    ]


def _timing_faults(cell, timing):
    if not isinstance(timing, bool):
        return [f"its neurec.timing is {timing!r}, not true or false"]
    if timing and not any(
        kind in IMAGES or TIME.search(str(value)) for kind, value in flatten(cell.outputs)
    ):
        return ["is marked as timing but stores neither a time with its unit nor a picture"]
    return []


def _unknown(name, table, known):
    return [
        f"its metadata {name}.{key} means nothing; known are {', '.join(known)}"
        for key in table
        if key not in known
    ]


def _is_size(value):
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value >= 0


def _tags(cell):
    tags = cell.metadata.get("tags", [])
    return tags if isinstance(tags, list) else []


def _is_marker(line):
    from nbval import plugin as nbval_plugin

    line = line.strip()
    return line.startswith("#") and line.lstrip("#").strip() in nbval_plugin.comment_markers


def _has_marker(cell, marker):
    return any(
        _is_marker(line) and line.strip().lstrip("#").strip() == marker
        for line in cell.source.splitlines()
    )
