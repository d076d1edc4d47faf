"""What is wrong with a notebook as it is stored, before any of its cells is run.

nbval passes a cell that was never run whatever it prints, and silently ignores a tag or a comment
that it doesn't know. Here both are faults.
"""

import math
import re

from nbval import plugin as nbval_plugin

from neurec_helpers.regression.compare import IMAGES, TIME, count_decimals, flatten

RUN_AGAIN = "run `make notebooks` to run it again and save it"
KERNEL = "python3"
NEUREC_KEYS = {"task", "role", "tolerance", "timing", "calibrated"}
TOLERANCE_KEYS = {"number", "png"}
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
    faults = kernel_faults(notebook) + count_faults(cells)
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
    faults += _unknown("neurec.tolerance", tolerance, TOLERANCE_KEYS)
    timing = neurec.get("timing", False)
    number = tolerance.get("number", 0)
    if isinstance(number, list):
        faults += _list_faults(cell, number, timing)
        tolerance = {key: value for key, value in tolerance.items() if key != "number"}
    faults += [
        f"its neurec.tolerance.{key} is {value!r}, not a number of 0 or more"
        for key, value in tolerance.items()
        if not _is_size(value)
    ]
    return faults + _timing_faults(cell, timing)


def _list_faults(cell, numbers, timing):
    """A list of tolerances must have one for each number that the cell stores with decimals."""
    if not all(map(_is_size, numbers)):
        return ["its neurec.tolerance.number holds what is not a number of 0 or more"]
    stored = sum(count_decimals(*output, bool(timing)) for output in flatten(cell.outputs))
    if len(numbers) == stored:
        return []
    return [
        f"has {len(numbers)} tolerances for {stored} numbers with decimals: run `neurec calibrate`"
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
        f"its metadata {name}.{key} means nothing; known are {', '.join(sorted(known))}"
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
    line = line.strip()
    return line.startswith("#") and line.lstrip("#").strip() in nbval_plugin.comment_markers


def _has_marker(cell, marker):
    return any(
        _is_marker(line) and line.strip().lstrip("#").strip() == marker
        for line in cell.source.splitlines()
    )
