"""`neurec classroom build` and `grade`: the commands of teachers."""

import os
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.classroom.sandbox import Limits
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import speaking
from neurec_helpers.notebook import files as notebook_files

app = typer.Typer()


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
    personal: Annotated[
        Path | None,
        typer.Option(
            help="Class list: each student on it gets a zip file with ratings of its own."
        ),
    ] = None,
    language: Annotated[
        str, typer.Option(help="Language of the notebooks and of all that students are told.")
    ] = "en",
):
    """Make the students' folder and its zip file, and the grader's course folder."""
    from neurec_helpers.classroom import course, handout
    from neurec_helpers.classroom.personal import make_personal

    numbers = notebook_files.parse_numbers(notebook) if notebook else notebook_files.LESSON
    made = handout.build(
        folder, numbers, parse_points(points or []), deadline, opened or (), language
    )
    typer.echo(f"For the students:  {made.archive}  ({course.say_worth(made.items)})")
    for task, names in made.given_away.items():
        typer.echo(
            f"Mind: the solution of task {task} stands, word for word, in {', '.join(names)}. "
            "Write it otherwise there, or hand that out later, with --notebook."
        )
    typer.echo(f"The same, open:    {made.folder}")
    if personal:
        archives = make_personal(made, personal)
        typer.echo(f"For each student:  {archives[0].parent}  ({len(archives)} zip files)")
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
        Path | None,
        typer.Option(help="Class list: a CSV file, Moodle's worksheet or Canvas' gradebook."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Grade this student again, by name or key; repeatable."),
    ] = None,
    late: Annotated[
        str, typer.Option(help="Penalty for being late: 10%, or '10% a day, at most 50%'.")
    ] = "",
    credit: Annotated[
        Path | None, typer.Option(help="CSV file: task, mistake, share that it still earns.")
    ] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="CSV file: student, task, points, comment.")
    ] = None,
    column: Annotated[
        str, typer.Option(help="Name of the assignment in Canvas' gradebook.")
    ] = "neurec",
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
    """Grade a folder of submissions: tables, a page for each student, and a class report."""
    from rich.console import Console

    from neurec_helpers.classroom import gradebooks, results
    from neurec_helpers.classroom import sandbox as walls
    from neurec_helpers.classroom.batch import grade_folder, read_language
    from neurec_helpers.classroom.course import nbgrader
    from neurec_helpers.classroom.marking import read_rules
    from neurec_helpers.classroom.progress import Watch, say_where_time_went, student_table

    if not hasattr(os, "fork"):
        raise NeurecError("grading needs Linux or macOS; on Windows use WSL.")
    rules = read_rules(late, credit, overrides)
    nbgrader(course)
    if sandbox:
        walls.require_bubblewrap()
    console = Console()
    course = course.resolve()
    out = out or course.parent / "grades"
    console.print("Grading the reference solution first.", highlight=False)
    with speaking(read_language(course)):
        found = grade_folder(
            folder,
            course,
            out,
            roster=roster,
            only=only or (),
            jobs=jobs,
            limits=Limits(cell_seconds=cell_seconds, seconds=seconds),
            sandboxed=sandbox,
            watch=Watch(console, jobs),
        )
        found, paths = results.write_all(
            found, out, rules=rules, roster=roster, course_folder=course, column=column
        )
    gradebooks.record(found, course)
    console.print(student_table(found))
    console.print(say_where_time_went(found, jobs), highlight=False, soft_wrap=True)
    for name, path in paths.items():
        console.print(f"{name:12} {path}", highlight=False, soft_wrap=True)
    console.print(f"{'feedback':12} {out / 'feedback'}", highlight=False, soft_wrap=True)
    if any(result["undecided"] for result in found):
        console.print(
            f"Whose some of it is could not be told: fill in the last column of "
            f"{out / 'identities.csv'}, and grade again.",
            highlight=False,
            soft_wrap=True,
        )
