"""`neurec classroom`: hand notebooks out, check and pack them, and grade what comes back."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.classroom.sandbox import Limits
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import ROOT

app = typer.Typer(help="For classes: hand out, check, hand in, and grade.", no_args_is_help=True)


@app.command()
def build(
    folder: Annotated[Path, typer.Argument(help="New folder for all that is made.")] = Path(
        "classroom"
    ),
    notebook: Annotated[
        list[str] | None,
        typer.Option("--notebook", "-n", help="Only this one, e.g. 05; repeatable. Else 01 to 06."),
    ] = None,
    points: Annotated[
        list[str] | None,
        typer.Option("--points", "-p", help="Points of a task, e.g. 5.1=2; repeatable. Else 1."),
    ] = None,
    deadline: Annotated[str, typer.Option(help="Text for the start page.")] = "",
    opened: Annotated[
        list[str] | None,
        typer.Option("--open", help="Task whose solution students may see; repeatable."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the notebooks: en.")] = "en",
):
    """Make the students' folder and its zip file, and the grader's course folder."""
    from neurec_helpers.classroom import course, handout

    numbers = notebook_files.parse_numbers(notebook) if notebook else notebook_files.LESSON
    made = handout.build(
        folder, numbers, parse_points(points or []), deadline, opened or (), language
    )
    worth = course.say_worth(made.items)
    typer.echo(f"For the students:  {made.archive}  ({worth})")
    for task, names in made.given_away.items():
        typer.echo(
            f"Mind: the solution of task {task} stands, word for word, in {', '.join(names)}. "
            "Write it otherwise there, or hand that out later, with --notebook."
        )
    typer.echo(f"The same, open:    {made.folder}")
    typer.echo(f"For the grader:    {made.course}  (holds the solutions: keep it to yourself)")


def parse_points(texts):
    """Read ``["5.1=2"]`` as {"5.1": 2.0}.

    Raises
    ------
    NeurecError
        If one is not TASK=NUMBER, with a number above 0.
    """
    points = {}
    for text in texts:
        task, _, number = text.partition("=")
        try:
            points[task.strip()] = float(number)
        except ValueError:
            points[task.strip()] = 0.0
        if not 0 < points[task.strip()] < 1000:
            raise NeurecError(f"--points {text!r}: give a task and its points, such as 5.1=2.")
    return points


@app.command()
def check(
    notebook: Annotated[
        list[str] | None, typer.Argument(help="Notebooks to check, e.g. 05; all if none is named.")
    ] = None,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Also run them, as the grader will.")
    ] = True,
):
    """Say what would stop your notebooks from being graded, and what they would earn here."""
    from rich.console import Console
    from rich.table import Table

    from neurec_helpers.classroom import preflight

    handout = preflight.read_handout(ROOT)
    # A notebook's `!command` poses as a terminal, but can't move back to draw a bar again.
    console = Console(force_terminal=False if "JPY_PARENT_PID" in os.environ else None)
    found = look_through(handout, notebook)
    outcomes = run_found(found, console) if run else {}
    table = Table("notebook", "task", "points", "outcome")
    for name, _findings in found.items():
        for item in (item for item in handout["tasks"] if item.notebook == name):
            outcome = outcomes.get(name, {}).get(item.task, "not run")
            table.add_row(name, item.task, f"{item.points:g}", outcome)
    console.print(table)
    for line in say_notes(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    stops = say_faults(found)
    if stops:
        raise NeurecError("\n  ".join(["this would stop them from being graded:", *stops]))
    console.print("Nothing stops them from being graded. Hand in with: neurec classroom pack")


def look_through(handout, names=None):
    """Findings of each notebook that has tasks, by name.

    Raises
    ------
    NeurecError
        If a notebook is named that has none.
    """
    from neurec_helpers.classroom import preflight

    graded = preflight.notebook_names(handout["tasks"])
    if names:
        numbers = notebook_files.parse_numbers(names)
        known = {notebook_files.number_of(name): name for name in graded}
        unknown = [number for number in numbers if number not in known]
        if unknown:
            raise NeurecError(
                f"notebook {unknown[0]:02d} is not graded. These are: {', '.join(graded)}."
            )
        graded = [known[number] for number in numbers]
    return {
        name: preflight.inspect(ROOT / "notebooks" / f"{name}.ipynb", name, handout["tasks"])
        for name in graded
    }


def run_found(found, console):
    """Run the notebooks that can be run; what each task comes to, by notebook and task.

    A run that ended early, for example because a cell took too long, becomes a fault.
    """
    from neurec_helpers.classroom.preflight import Fault
    from neurec_helpers.notebook import running
    from neurec_helpers.notebook.progress import watch_runs

    runs = [
        running.Run(ROOT / "notebooks" / f"{name}.ipynb", findings.nb)
        for name, findings in found.items()
        if findings.nb is not None
    ]
    environment = running.kernel_environment()

    def start(run):
        running.run_notebook(
            run, environment=environment, timeout=Limits.cell_seconds, past_errors=True
        )

    watch_runs(runs, start, 1, {}, console)
    for run in runs:
        if run.error:
            found[run.name].faults.append(Fault(run.error.partition(": ")[2] or run.error))
    return {run.name: run.verdicts() for run in runs}


@app.command()
def grade(
    folder: Annotated[Path, typer.Argument(help="Folder with what was handed in.")],
    course: Annotated[
        Path, typer.Option(help="The grader's course folder, from `neurec classroom build`.")
    ] = Path("classroom/course"),
    out: Annotated[
        Path | None,
        typer.Option(help="Where results go; else a folder `grades` beside the course."),
    ] = None,
    roster: Annotated[
        Path | None, typer.Option(help="Class list: a CSV file with a column `name`.")
    ] = None,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="How many to grade at once.")
    ] = os.cpu_count() or 1,
    cell_seconds: Annotated[
        float, typer.Option(min=1, help="The most that one cell may take.")
    ] = Limits.cell_seconds,
    seconds: Annotated[
        float, typer.Option(min=1, help="The most that one notebook may take.")
    ] = Limits.seconds,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox/--no-sandbox",
            help="Without it, what students wrote runs with your rights and can read your files.",
        ),
    ] = True,
):
    """Grade a folder of submissions: a table, a page for each student, and a class report."""
    from rich.console import Console

    from neurec_helpers.classroom import results as outcome
    from neurec_helpers.classroom import sandbox as walls
    from neurec_helpers.classroom.batch import grade_folder
    from neurec_helpers.classroom.course import nbgrader

    if not hasattr(os, "fork"):
        raise NeurecError("grading needs Linux or macOS; on Windows use WSL.")
    nbgrader(course)
    if sandbox:
        walls.require_bubblewrap()
    console = Console()
    limits = Limits(cell_seconds=cell_seconds, seconds=seconds)
    out = out or course.resolve().parent / "grades"
    console.print("Grading the reference solution first.", highlight=False)
    results = grade_folder(
        folder,
        course.resolve(),
        out,
        roster=roster,
        jobs=jobs,
        limits=limits,
        sandboxed=sandbox,
        watch=Watch(console, jobs),
    )
    table, report = outcome.write_all(results, out)
    outcome.record(results, course)
    show_results(results, console)
    console.print(say_where_time_went(results, jobs), highlight=False, soft_wrap=True)
    console.print(f"Table:     {table}", highlight=False, soft_wrap=True)
    console.print(f"Report:    {report}", highlight=False, soft_wrap=True)
    console.print(f"Feedback:  {out / 'feedback'}", highlight=False, soft_wrap=True)


class Watch:
    """Says after each submission how far the batch is and how long the rest will take."""

    def __init__(self, console, jobs):
        self.console, self.jobs, self.began, self.first = console, jobs, time.monotonic(), None

    def __call__(self, done, of, student):
        from neurec_helpers.notebook.progress import say_seconds

        if self.first is None:
            self.first, self.began = done, time.monotonic()
            kept = f", {done} of them graded before" if done else ""
            self.console.print(f"{of} submissions{kept}.", highlight=False)
            return
        each = (time.monotonic() - self.began) / (done - self.first)
        left = f", about {say_seconds(each * (of - done))} left" if done < of else ""
        self.console.print(
            f"{done} of {of}: {student}{left}", highlight=False, markup=False, soft_wrap=True
        )


def say_where_time_went(results, jobs):
    """A line that says what a submission took on the average, and for what."""
    parts = {
        part: sum(result["seconds"].get(part, 0.0) for result in results) / len(results)
        for part in ("start", "cells", "nbgrader")
    }
    whole = sum(parts.values())
    return (
        f"A submission took {whole:.1f} s from start to end: {parts['start']:.1f} s to start Python "
        f"and TensorFlow, {parts['cells']:.1f} s in its cells, {parts['nbgrader']:.1f} s in "
        f"nbgrader. With {jobs} at once that is {whole / jobs:.1f} s each."
    )


def show_results(results, console):
    """The table that a teacher sees: what each student earned, or why it could not be graded."""
    from rich.table import Table
    from rich.text import Text

    from neurec_helpers.classroom.results import say_total

    table = Table("student", "points", "why not more")
    for result in results:
        open_tasks = [
            f"{grade['task']} {grade['status']}"
            + (f": {grade['reason']}" if grade["points"] is None else "")
            for grade in result["grades"]
            if grade["status"] != "correct"
        ]
        late = " (late)" if result["late"] else ""
        # As Text, so that brackets in a student's name are no markup.
        table.add_row(
            Text(result["student"] + late), say_total(result), Text("; ".join(open_tasks))
        )
    console.print(table)


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


@app.command()
def pack(
    name: Annotated[
        str, typer.Option(prompt="Your name", help="Your name, as your teacher knows it.")
    ],
    folder: Annotated[Path, typer.Option(help="Where to put the file.")] = Path("."),
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Pack even what can't be graded.")
    ] = False,
):
    """Make the one file to hand in."""
    from neurec_helpers.classroom import preflight
    from neurec_helpers.classroom.pack import pack as make_file

    handout = preflight.read_handout(ROOT)
    found = look_through(handout)
    for line in say_notes(found):
        typer.echo(line)
    stops = say_faults(found)
    if stops and not anyway:
        raise NeurecError(
            "\n  ".join(
                [
                    "nothing was packed, for this would stop it from being graded:",
                    *stops,
                    "Mend it, or pack it all the same with --anyway.",
                ]
            )
        )
    made = make_file(ROOT, handout, name, folder)
    typer.echo(f"Hand in this file: {made.resolve()}")
