"""neurec calibrate: measure how far results move with seed and threads, and set the tolerances."""

import os
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.regression.calibrating import (
    list_settings,
    measure,
    read_executed,
    run_missing,
    write_tolerances,
)


def calibrate(
    notebook: Annotated[
        list[str] | None, typer.Argument(help="Only these, e.g. 05; all if none is named.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds: 1, 2, 3 and so on.")] = 20,
    threads: Annotated[str, typer.Option(help="Counts of threads, with commas.")] = "1,2",
    write: Annotated[
        bool, typer.Option("--write", help="Put the tolerances into the notebooks.")
    ] = False,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many notebooks to run at once.")
    ] = os.cpu_count() or 1,
):
    """Run the notebooks over seeds and threads, and say how far their results move.

    Results go to build/calibration, so that a run that was interrupted goes on where it stopped.
    """
    numbers = notebook_files.parse_numbers(notebook) if notebook else None
    paths = notebook_files.find_notebooks(NOTEBOOKS, numbers)
    if not paths:
        raise NeurecError(f"there are no notebooks in {NOTEBOOKS}.")
    counts = parse_threads(threads)
    settings = list_settings(seeds, counts)
    stored = {path: read_executed(path) for path in paths}
    run_missing(stored, settings, jobs)

    spreads = {path: measure(path, nb, settings) for path, nb in stored.items()}
    report(spreads, len(settings))
    sound = [path for path in paths if not any(s.problems for s in spreads[path].values())]
    if write:
        for path in sound:
            write_tolerances(path, spreads[path], seeds, counts)
    if len(sound) < len(paths):
        raise NeurecError(say_problems(spreads, write))


def parse_threads(text):
    """Read ``"1,2"`` as [1, 2].

    Raises
    ------
    NeurecError
        If a count is not a whole number of 1 or more.
    """
    try:
        counts = sorted({int(part) for part in text.split(",")})
    except ValueError:
        counts = []
    if not counts or counts[0] < 1:
        raise NeurecError(f"--threads is {text!r}: give whole numbers of 1 or more, such as 1,2.")
    return counts


def report(spreads, runs):
    """Print a table of the cells that vary."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Largest deviation from the stored outputs in {runs} runs")
    for column in ("notebook", "cell", "number", "picture (RMS)", "tolerance"):
        table.add_column(column)
    for path, cells in spreads.items():
        for cell_id, spread in cells.items():
            if spread.problems:
                table.add_row(path.stem, cell_id, "", "", "none: see below")
            elif any(spread.numbers) or spread.pixels:
                tolerance = ", ".join(f"{k} {say(v)}" for k, v in spread.tolerance.items())
                numbers = f"{max(spread.numbers, default=0):f}", f"{spread.png:.2f}"
                table.add_row(path.stem, cell_id, *numbers, tolerance or "the default")
    console = Console()
    if table.row_count:
        console.print(table)
    else:
        console.print(f"No output moved in {runs} runs.")


def say(tolerance):
    """A tolerance, or the range of several, in words."""
    if not isinstance(tolerance, list):
        return f"{tolerance:g}"
    return f"{min(tolerance):g} to {max(tolerance):g}"


def say_problems(spreads, write):
    """Name the cells that no tolerance can cover, with the first problem of each."""
    lines = ["these cells print what no tolerance can cover, so change what they print:"]
    for path, cells in spreads.items():
        for cell_id, spread in cells.items():
            if spread.problems:
                first = spread.problems[0].replace("\n", "\n      ")
                lines.append(f"  {path.name}, cell {cell_id}: in {len(spread.problems)} places")
                lines.append(f"    first: {first}")
    if write:
        lines.append("their notebooks were left as they were.")
    return "\n".join(lines)
