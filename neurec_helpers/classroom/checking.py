"""A student's own check before handing in: what would stop grading, and what would be earned."""

import os

from neurec_helpers.classroom import preflight
from neurec_helpers.classroom.graded import Fault
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.notebook.progress import watch_runs

CELL_SECONDS = 120  # the most that one cell may take, here and where it is graded


def make_console():
    """A console that draws no bars where they can't be drawn."""
    from rich.console import Console

    # A notebook's `!command` poses as a terminal, but can't move back to draw a bar again.
    return Console(force_terminal=False if "JPY_PARENT_PID" in os.environ else None)


def look_through(folder, handout, names=None):
    """Findings of each notebook that has tasks, by name.

    Parameters
    ----------
    folder : Path
        The hand-out.
    handout : dict
        From `graded.read_handout`.
    names : list of str, optional
        Only these notebooks, e.g. ``05``.

    Raises
    ------
    NeurecError
        If a notebook is named that has no task.
    """
    graded = preflight.notebook_names(handout["tasks"])
    if names:
        numbers = notebook_files.parse_numbers(names)
        known = {notebook_files.number_of(name): name for name in graded}
        unknown = [number for number in numbers if number not in known]
        if unknown:
            raise NeurecError(
                "notebook {number:02d} is not graded. These are: {names}.",
                number=unknown[0],
                names=", ".join(graded),
            )
        graded = [known[number] for number in numbers]
    return {
        name: preflight.inspect(folder / "notebooks" / f"{name}.ipynb", name, handout["tasks"])
        for name in graded
    }


def run_found(folder, found, console):
    """Run the notebooks that can be run; what each task comes to, by notebook and task.

    A run that ended early, for example because a cell took too long, becomes a fault.
    """
    runs = [
        running.Run(folder / "notebooks" / f"{name}.ipynb", findings.nb)
        for name, findings in found.items()
        if findings.nb is not None
    ]
    environment = running.kernel_environment()

    def start(run):
        running.run_notebook(run, environment=environment, timeout=CELL_SECONDS, past_errors=True)

    watch_runs(runs, start, 1, {}, console)
    for run in runs:
        if run.error:
            found[run.name].faults.append(Fault(run.error.partition(": ")[2] or run.error))
    return {run.name: run.verdicts() for run in runs}


def outcome_table(handout, found, outcomes):
    """A table of tasks and what they came to, for a console."""
    from rich.table import Table

    table = Table("notebook", "task", "points", "outcome")
    for name in found:
        for item in (item for item in handout["tasks"] if item.notebook == name):
            outcome = outcomes.get(name, {}).get(item.task, tr("not run"))
            table.add_row(name, item.task, f"{item.points:g}", outcome)
    return table


def say_notes(found):
    """A line for each note, after the notebooks that it is about."""
    about = {}
    for name, findings in found.items():
        for note in findings.notes:
            about.setdefault(note, []).append(name)
    return [f"{', '.join(names)}: {note}" for note, names in about.items()]


def say_faults(found):
    """A line for each fault, the notebook first."""
    return [
        f"{name}: {fault.message}" for name, findings in found.items() for fault in findings.faults
    ]
