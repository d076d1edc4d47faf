"""Run the notebooks over seeds and threads, and measure how far their results move."""

import hashlib
import json
from functools import cache

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.paths import BUILD, DATA, ROOT

RESULTS = BUILD / "calibration"
# Rooms that no result of a notebook comes from.
TOOLS = ("bench", "classroom", "cli", "notebook", "regression")


def list_settings(seeds, counts):
    """Pairs (seed, count of threads) to run: seed 1 with every count, the others by turns.

    The count of threads changes no bit of a result (a test holds that), so every seed with every
    count would take longer and show no more.
    """
    first = [(1, count) for count in counts]
    return first + [(seed, counts[(seed - 1) % len(counts)]) for seed in range(2, seeds + 1)]


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


def run_missing(stored, settings, jobs):
    """Run what has no result yet; each result is saved as soon as it is there.

    Raises
    ------
    NeurecError
        If a run ended early; what was finished is kept.
    """
    todo = {}
    for path, nb in stored.items():
        for seed, count in settings:
            if load_result(path, nb, seed, count) is None:
                run = running.load_run(path)
                todo[id(run)] = run, seed, count
    if not todo:
        return

    def start(run):
        _, seed, count = todo[id(run)]
        environment = _environment(seed, count)
        running.run_notebook(run, environment=environment)
        if not run.error:
            save_result(run, stored[run.path], seed, count)

    with _progress() as progress:
        bar = progress.add_task("Calibrating", total=len(todo))

        def watch():
            progress.update(bar, completed=sum(run.finished for run, *_ in todo.values()))

        running.run_all([run for run, *_ in todo.values()], start, jobs, watch)
    errors = [
        f"{run.error} (seed {seed}, threads {count})"
        for run, seed, count in todo.values()
        if run.error
    ]
    if errors:
        raise NeurecError("\n  ".join(["some runs failed; the others are kept:", *errors]))


def _environment(seed, count):
    from neurec_helpers.regression.environment import standard_environment

    return standard_environment(NEUREC_SEED=str(seed), NEUREC_THREADS=str(count))


def _progress():
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        speed_estimate_period=900,
    )


def result_path(path, seed, count):
    """Where the outputs of one run are kept."""
    return RESULTS / path.stem / f"seed-{seed}-threads-{count}.json"


def save_result(run, nb, seed, count):
    """Keep the outputs of every code cell of a run, pictures among them."""
    cells = notebook_files.normalise(run.nb).cells
    result = {
        "fingerprint": fingerprint(nb),
        "seed": seed,
        "threads": count,
        "seconds": round(run.total_seconds, 1),
        "outputs": {cell.id: cell.outputs for cell in cells if cell.cell_type == "code"},
    }
    write_text(json.dumps(result), result_path(run.path, seed, count))


def load_result(path, nb, seed, count):
    """Outputs of an earlier run by cell, or None where there are none of this very code."""
    try:
        result = json.loads(result_path(path, seed, count).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return result["outputs"] if result["fingerprint"] == fingerprint(nb) else None


def fingerprint(nb):
    """Hash of all that results come from: the cells' code, the helper, the data and the pins."""
    digest = hashlib.sha256()
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


def measure(path, nb, settings):
    """How far each code cell's outputs moved: a Spread for each cell's id."""
    from nbformat import from_dict

    from neurec_helpers.regression.calibration import Spread

    # nbval compares nothing of a cell with this tag: a list of books that differs with the seed.
    cells = [
        cell
        for cell in nb.cells
        if cell.cell_type == "code" and "nbval-ignore-output" not in cell.metadata.get("tags", [])
    ]
    spreads = {cell.id: Spread() for cell in cells}
    for seed, count in settings:
        outputs = from_dict(load_result(path, nb, seed, count))
        for cell in cells:
            spread, known = spreads[cell.id], len(spreads[cell.id].problems)
            timing = notebook_files.neurec_metadata(cell).get("timing", False)
            spread.add(cell.outputs, outputs[cell.id], timing)
            for index in range(known, len(spread.problems)):
                spread.problems[index] += f" (seed {seed}, threads {count})"
    return spreads


def write_tolerances(path, spreads, seeds, counts):
    """Put the tolerances into a notebook's metadata; its outputs stay."""
    from neurec_helpers.regression.calibration import set_tolerance

    nb = notebook_files.read_notebook(path)
    for cell in nb.cells:
        if cell.id in spreads:
            set_tolerance(cell, spreads[cell.id].tolerance, seeds, counts)
    notebook_files.write_notebook(nb, path)
