"""neurec calibrate: measure how far results move between processors, and set the tolerances."""

import os
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.regression.calibrating import (
    measure,
    read_executed,
    run_missing,
    write_tolerances,
)
from neurec_helpers.regression.processors import PROCESSORS
from neurec_helpers.regression.tolerance import ELSEWHERE, PLACES, X86, place_of_this_machine


def calibrate(
    notebook: Annotated[
        list[str] | None, typer.Argument(help="Only these, e.g. 05; all if none is named.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Put the tolerances into the notebooks.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many notebooks to run at once.")
    ] = os.cpu_count() or 1,
):
    """Run the notebooks as other processors would, and say how far their results move.

    For a seed results repeat to the bit, so only what varies is varied: each notebook runs once as
    on an old x86 processor with one thread, and once with other orders of sums within TensorFlow,
    which stand for all other processors. A tolerance is twice what moved. Results go to
    build/calibration, so that a run that was interrupted goes on where it stopped, and a notebook
    whose code changed is run again.
    """
    if place_of_this_machine() != X86:
        raise NeurecError("calibrate on Linux and x86: what stands for an old x86 needs one.")
    numbers = notebook_files.parse_numbers(notebook) if notebook else None
    paths = notebook_files.find_notebooks(NOTEBOOKS, numbers)
    if not paths:
        raise NeurecError(f"there are no notebooks in {NOTEBOOKS}.")
    stored = {path: read_executed(path) for path in paths}
    run_missing(stored, jobs)

    spreads = {
        path: {place: measure(path, nb, place) for place in PLACES} for path, nb in stored.items()
    }
    report(spreads)
    # Elsewhere means anywhere, so its problems are all there are.
    problems = {path: _problems(spreads[path][ELSEWHERE]) for path in paths}
    if write:
        for path in paths:
            if not problems[path]:
                write_tolerances(path, spreads[path])
    if any(problems.values()):
        raise NeurecError(say_problems(problems, write))


def _problems(cells):
    return {cell_id: spread.problems for cell_id, spread in cells.items() if spread.problems}


def report(spreads):
    """Print a table of the outputs that vary."""
    from rich.console import Console
    from rich.table import Table

    names = ", ".join(processor.name for processor in PROCESSORS)
    table = Table(title=f"Largest deviation from the stored outputs ({names})")
    for column in ("notebook", "cell", "output", *PLACES):
        table.add_column(column)
    for path, places in spreads.items():
        for cell_id, spread in places[ELSEWHERE].items():
            for kind in sorted(spread.moved):
                moved = (places[place][cell_id].moved.get(kind, 0) for place in PLACES)
                table.add_row(path.stem, cell_id, kind, *(f"{far:.4g}" for far in moved))
    console = Console()
    console.print(table if table.row_count else "No output moved.")


def say_problems(problems, write):
    """Name the cells that no tolerance can cover, with the first problem of each."""
    lines = ["these cells print what no tolerance can cover, so change what they print:"]
    for path, cells in problems.items():
        for cell_id, found in cells.items():
            first = found[0].replace("\n", "\n      ")
            lines.append(f"  {path.name}, cell {cell_id}: in {len(found)} places")
            lines.append(f"    first: {first}")
    if write:
        lines.append("their notebooks were left as they were.")
    return "\n".join(lines)
