"""neurec notebooks: run the notebooks anew and save them with their outputs."""

import os
from typing import Annotated

import typer

from neurec_helpers import notebook_files
from neurec_helpers.cli import running
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import NOTEBOOKS

Names = Annotated[
    list[str] | None, typer.Option("--notebook", "-n", help="Only this one, e.g. 05; repeatable.")
]


def notebooks(
    notebook: Names = None,
    check: Annotated[
        bool, typer.Option("--check", help="Run nothing; say what is wrong with the files.")
    ] = False,
    timeout: Annotated[int, typer.Option(min=1, help="Most seconds for one cell.")] = 600,
):
    """Run the notebooks anew on the Shelf with seed 42 and save them with their outputs."""
    numbers = notebook_files.parse_numbers(notebook) if notebook else None
    paths = notebook_files.find_notebooks(NOTEBOOKS, numbers)
    if not paths:
        raise NeurecError(f"there are no notebooks in {NOTEBOOKS}.")
    if check:
        check_notebooks(paths)
    else:
        for path in paths:
            _announce(path, save_notebook(path, timeout))


def check_notebooks(paths):
    """Look at the notebooks' ids, tasks, markers, run numbers and metadata; run nothing.

    Raises
    ------
    NeurecError
        With a line for each fault.
    """
    faults = [
        f"{path.name}: {fault}." for path in paths for fault in notebook_files.find_faults(path)
    ]
    if faults:
        raise NeurecError(
            "\n  ".join(["the notebooks are not as `neurec notebooks` leaves them:", *faults])
        )
    typer.echo(f"{len(paths)} notebooks checked: nothing would change.")


def reference_environment():
    """Environment in which the committed outputs are made: the Shelf, seed 42, one thread."""
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("NEUREC_")}
    return environment | {"NEUREC_DATASET": "shelf", "NEUREC_SEED": "42", "NEUREC_THREADS": "1"}


def save_notebook(path, timeout=running.CELL_TIMEOUT):
    """Run one notebook and save it in place; if it fails, the file stays as it was.

    Returns
    -------
    (running.Run, bool)
        The run, and whether the file changed.

    Raises
    ------
    NeurecError
        If a cell fails, a check's verdict is not "correct", or the file can't be written.
    """
    run = running.load_run(path)
    running.run_notebook(run, environment=reference_environment(), timeout=timeout)
    if run.error:
        raise NeurecError(f"{run.error}\n{path} was left as it was.")
    wrong = [f"task {task}: {said}" for task, said in run.verdicts().items() if said != "correct"]
    if wrong:
        raise NeurecError(f"{run.name}: {'; '.join(wrong)}.\n{path} was left as it was.")
    text = notebook_files.notebook_text(notebook_files.normalise(run.nb))
    if text.encode("utf-8") == path.read_bytes():
        return run, False
    notebook_files.write_text(text, path)
    return run, True


def _announce(path, result):
    run, changed = result
    typer.echo(f"{path.name}: {run.total_seconds:.1f} s, {'saved' if changed else 'unchanged'}")
