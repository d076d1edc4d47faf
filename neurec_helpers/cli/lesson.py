"""neurec lesson: run the lesson's notebooks, show its answers, and make one HTML report."""

import contextlib
import json
import os
import time
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import mark, notebooks_folder, number, tr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.notebook.progress import watch_runs
from neurec_helpers.notebook.report import make_report
from neurec_helpers.paths import BUILD, NOTEBOOKS
from neurec_helpers.ratings.sources import data_set
from neurec_helpers.tasks.checks import say_outcome

# The lesson's answers: notebook, label, expression to be evaluated in it, format.
ANSWERS = [
    (1, mark("Rows in train"), "len(train)", ",d"),
    (1, mark("Rows in test"), "len(test)", ",d"),
    (2, mark("Books, n_books"), "int(n_books)", ",d"),
    (2, mark("Users, n_users"), "int(n_users)", ",d"),
    (5, mark("Test MSE, the network"), "float(test_mse)", ".4f"),
    (6, mark("Test MSE, deeper, the lesson's way"), "float(deeper_test_mse)", ".4f"),
    (6, mark("Test MSE, deeper, the fair way"), "float(fair_test_mse)", ".4f"),
    (6, mark("Test MSE, deeper, stopped early"), "float(early_test_mse)", ".4f"),
]
# Every notebook imports the helper as nr.
NOISE_FLOOR = "nr.noise_floor()"


def lesson(
    notebook: Annotated[
        list[str] | None,
        typer.Option("--notebook", "-n", help="Only this one, e.g. 05; repeatable."),
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Notebooks at once; 2 where there are two cores.")
    ] = None,
    timeout: Annotated[int, typer.Option(min=1, help="Most seconds for one cell.")] = 600,
):
    """Run notebooks 01 to 06, show the lesson's answers, and make one HTML report."""
    from rich.console import Console

    console = Console()
    numbers = notebook_files.parse_numbers(notebook) if notebook else notebook_files.LESSON
    folder = notebooks_folder(NOTEBOOKS)
    runs = [running.load_run(path) for path in notebook_files.find_notebooks(folder, numbers)]
    began = time.monotonic()
    run_lesson(runs, jobs or min(2, os.cpu_count() or 1), timeout, console)
    rows = [*card_rows(runs), (tr("Seconds in all"), number(time.monotonic() - began, ".1f"))]
    problems = [run.error for run in runs if run.error]
    report = BUILD / "lesson.html"
    try:
        page = make_report({run.name: run.nb for run in runs}, rows)
        write_text(page, report)
        rows.append((tr("Report"), str(report)))
        problems += [tr("What did run is in the report.")] if problems else []
    except NeurecError as error:
        problems.append(tr("{error} So there is no report.", error=error))
    show_card(rows, console)
    problems += [line for run in runs if not run.error for line in running.wrong_verdicts(run)]
    if problems:
        raise NeurecError("\n  ".join([tr("the lesson did not come out right:"), *problems]))


def run_lesson(runs, jobs, timeout, console):
    """Run notebooks with a progress display; remember how long each cell took.

    Parameters
    ----------
    runs : list of running.Run
        Filled in.
    jobs : int
        How many run at once. Each trains on one thread or two.
    timeout : int
        Most seconds for one cell.
    console : rich.console.Console

    Raises
    ------
    typer.Exit
        With status 130 if Ctrl-C was pressed; no kernel is left behind.
    """
    last = read_times()
    order = longest_first(runs, last)
    environment = running.kernel_environment()

    def start(run):
        expressions = {label: code for nb, label, code, _ in ANSWERS if _is(run, nb)}
        expressions["noise floor"] = NOISE_FLOOR
        running.run_notebook(run, environment=environment, timeout=timeout, expressions=expressions)

    watch_runs(order, start, jobs, last, console)
    save_times(last | {run.name: run.seconds for run in runs if not run.error})


def longest_first(runs, last):
    """Runs in the order in which two at once are done soonest.

    Those of which nothing is known come first, the last of the lesson before the others, since
    it trains the most.
    """

    def weight(run):
        return run.name not in last, sum(last.get(run.name, {}).values()), run.name

    return sorted(runs, key=weight, reverse=True)


def _is(run, number):
    return notebook_files.number_of(run.path) == number


def read_times():
    """Seconds that each cell took last time, {notebook: {cell id: seconds}}; {} if unknown."""
    try:
        return json.loads((BUILD / "lesson_times.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def save_times(times):
    """Remember how long each cell took; it only serves to estimate, so failing is no fault."""
    with contextlib.suppress(NeurecError):
        write_text(json.dumps(times, indent=1) + "\n", BUILD / "lesson_times.json")


def card_rows(runs):
    """The lesson's answers as they came out, as a list of (label, value).

    What a notebook did not get to is called so; what only other notebooks know is left out.
    """
    known = [run.answers["noise floor"] for run in runs if "noise floor" in run.answers]
    floor = next((float(text) for text in known if text != "None"), None)
    rows = [(tr("Data"), data_set(floor))]
    for notebook, label, _, form in ANSWERS:
        for run in runs:
            if _is(run, notebook):
                rows.append((tr(label), _formatted(run.answers.get(label), form)))
    if floor is not None:
        rows.append((tr("Noise floor, the lowest possible MSE"), number(floor, ".4f")))
    for run in runs:
        verdicts = [f"{task} {say_outcome(outcome)}" for task, outcome in run.verdicts().items()]
        took = tr("{seconds:.1f} s", seconds=run.total_seconds)
        rows.append((run.name, ", ".join([took, *verdicts])))
    return rows


def _formatted(text, form):
    if text is None:
        return tr("not reached")
    return number(int(text) if form.endswith("d") else float(text), form)


def show_card(rows, console):
    """Print labels and values in two columns."""
    width = max(len(label) for label, _ in rows)
    heading = tr("The lesson's answers")
    console.print(f"\n[bold]{heading}[/bold]")
    for label, value in rows:
        console.print(f"  {label:<{width}}  {value}", highlight=False, markup=False, soft_wrap=True)
