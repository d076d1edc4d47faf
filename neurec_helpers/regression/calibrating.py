"""Run the notebooks as other processors would, and measure how far their results move."""

import hashlib
import json
from functools import cache

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.paths import BUILD, DATA, ROOT
from neurec_helpers.regression.calibration import Spread, set_tolerance
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.processors import PROCESSORS, processors_for
from neurec_helpers.regression.tolerance import PLACES

RESULTS = BUILD / "calibration"
# Rooms that no result of a notebook comes from.
TOOLS = ("bench", "classroom", "cli", "notebook", "regression")
FIRST_CELL = "another-processor"


def read_executed(path):
    """Read a notebook that holds the outputs to compare with.

    Raises
    ------
    NeurecError
        If a cell of it was not run.
    """
    nb = notebook_files.read_notebook(path)
    for cell in nb.cells:
        if cell.cell_type == "code" and cell.source.strip() and cell.execution_count is None:
            raise NeurecError(
                f"{path.name}, cell {cell.id}, was never run, so there is nothing to compare "
                "with. Run `neurec notebooks` first."
            )
    return nb


def run_missing(stored, jobs):
    """Run what has no result yet; each result is saved as soon as it is there.

    Raises
    ------
    NeurecError
        If a run ended early; what was finished is kept.
    """
    todo = {}
    # The last notebooks are the longest, and start first.
    for path, nb in reversed(stored.items()):
        for processor in PROCESSORS:
            if load_result(path, nb, processor) is None:
                run = load_run(path, processor)
                todo[id(run)] = run, processor
    if not todo:
        return

    def start(run):
        _, processor = todo[id(run)]
        environment = standard_environment(**processor.variables)
        running.run_notebook(run, environment=environment)
        if not run.error:
            save_result(run, stored[run.path], processor)

    with _progress() as progress:
        bar = progress.add_task("Calibrating", total=len(todo))

        def watch():
            progress.update(bar, completed=sum(run.finished for run, _ in todo.values()))

        running.run_all([run for run, _ in todo.values()], start, jobs, watch)
    errors = [
        f"{run.error} (processor {processor.name})" for run, processor in todo.values() if run.error
    ]
    if errors:
        raise NeurecError("\n  ".join(["some runs failed; the others are kept:", *errors]))


def load_run(path, processor):
    """A run of a notebook, not yet started, that begins with what the processor needs."""
    from nbformat.v4 import new_code_cell

    run = running.load_run(path)
    if processor.first_cell:
        run.nb.cells.insert(0, new_code_cell(processor.first_cell, id=FIRST_CELL))
    return run


def _progress():
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )


def result_path(path, processor):
    """Where the outputs of one run are kept."""
    return RESULTS / path.stem / f"{processor.name}.json"


def save_result(run, nb, processor):
    """Keep the outputs of every code cell of a run, pictures among them."""
    cells = notebook_files.normalise(run.nb).cells
    result = {
        "fingerprint": fingerprint(nb, processor),
        "seconds": round(run.total_seconds, 1),
        "outputs": {cell.id: cell.outputs for cell in cells if cell.cell_type == "code"},
    }
    write_text(json.dumps(result), result_path(run.path, processor))


def load_result(path, nb, processor):
    """Outputs of an earlier run by cell, or None where there are none of this very code."""
    try:
        result = json.loads(result_path(path, processor).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result["outputs"] if result["fingerprint"] == fingerprint(nb, processor) else None


def fingerprint(nb, processor):
    """Hash of all that results come from: processor, the cells' code, helper, data and pins."""
    digest = hashlib.sha256(repr(processor).encode())
    for cell in nb.cells:
        if cell.cell_type == "code":
            digest.update(f"{cell.id}\n{cell.source}\n".encode())
    digest.update(_hash_of_files())
    return digest.hexdigest()


@cache
def _hash_of_files():
    modules = (ROOT / "neurec_helpers").rglob("*.py")
    files = [path for path in modules if path.parent.name not in TOOLS]
    files += [ROOT / "constraints.txt", *DATA.glob("*.csv*")]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.digest()


def measure(path, nb, place):
    """How far each code cell's outputs moved in a place: a Spread for each cell's id."""
    from nbformat import from_dict

    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    spreads = {cell.id: Spread() for cell in cells}
    for processor in processors_for(place):
        outputs = from_dict(load_result(path, nb, processor))
        for cell in cells:
            spread, known = spreads[cell.id], len(spreads[cell.id].problems)
            timing = notebook_files.neurec_metadata(cell).get("timing", False)
            spread.add(cell.outputs, outputs[cell.id], timing)
            for index in range(known, len(spread.problems)):
                spread.problems[index] += f" (processor {processor.name})"
    return spreads


def write_tolerances(path, spreads):
    """Put the tolerances into a notebook's metadata; its outputs stay.

    Parameters
    ----------
    path : Path
    spreads : dict of str to dict
        By place, what `measure` gave.
    """
    nb = notebook_files.read_notebook(path)
    for cell in nb.cells:
        if cell.cell_type == "code":
            limits = {place: spreads[place][cell.id].tolerance for place in PLACES}
            set_tolerance(cell, limits)
    notebook_files.write_notebook(nb, path)
