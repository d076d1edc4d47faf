"""Steps of a benchmark: each measures in a fresh process; what they took is kept."""

import contextlib
import json
import platform
import subprocess
import sys
import time
from importlib.metadata import version

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.running import kernel_environment
from neurec_helpers.paths import BUILD, NOTEBOOKS, ROOT
from neurec_helpers.progress import Progress, say_seconds
from neurec_helpers.ratings.loading import noise_floor
from neurec_helpers.startup import SWITCHES, count_cores

EPOCHS = 5
IMPORTS = 7
# Where all that was measured is kept, below build/.
ALL, PEERS_ONLY = "bench.json", "side-by-side.json"
# Seconds of each step on two idle cores with the Shelf; the last run's are better known.
USUAL = {"import": 0.2, "lesson epoch": 65, "neurec": 14, "lesson": 90, "nbval": 150}
TIME_IMPORT = (
    "import time; start = time.perf_counter(); import neurec_helpers; "
    "print(time.perf_counter() - start)"
)


def describe_machine():
    """Facts that the figures depend on."""
    import psutil

    return {
        "cores": count_cores(),
        "system": f"{platform.system()} {platform.machine()}",
        "load": round(psutil.getloadavg()[0], 2),
        "versions": {
            "Python": platform.python_version(),
            **{name: version(name) for name in ("tensorflow", "keras", "numpy", "pandas")},
        },
    }


def say_conditions(machine, console):
    """Warn where other programs take part of the machine."""
    if machine["load"] > 0.5:
        console.print(
            f"The machine is busy (load {machine['load']} before the start), so all seconds "
            "will come out too long and the comparison is uncertain.",
            style="yellow",
            highlight=False,
        )


def say_machine(machine):
    """The machine in a line."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['cores']} cores, {machine['system']}, load {machine['load']} before the start; "
        f"{versions}"
    )


def describe_data(source, results):
    """The data in a line; made data are called synthetic."""
    from neurec_helpers.ratings.sources import data_set

    name = data_set(noise_floor(source))
    for run in [*results["neurec_recipe"], *results["peers"]]:
        if "train_rows" in run:
            rows = f"{run['train_rows']:,} ratings to train, {run['test_rows']:,} to test"
            return f"{name}, {rows}"
    return name


def plan_steps(lesson_epochs, lesson_runs, neurec_seeds, with_lesson, nbval):
    """What to measure, in order: (where the result goes, name, usual seconds, function).

    What is listed under one key is a list of results; of "lesson" and "nbval" there is one each.
    """
    epochs = f"{lesson_epochs} epoch{'s' if lesson_epochs > 1 else ''}"
    steps = [("import_seconds", "import", USUAL["import"], time_import)] * IMPORTS
    for run in range(1, lesson_runs + 1):  # without a seed, as in the lesson
        steps.append(
            (
                "lesson_recipe",
                f"the lesson's recipe, {epochs}, run {run}",
                USUAL["lesson epoch"] * lesson_epochs,
                recipe_step("lesson", lesson_epochs, None),
            )
        )
    for seed in range(1, neurec_seeds + 1):
        name = f"neurec's recipe, {EPOCHS} epochs, seed {seed}"
        steps.append(("neurec_recipe", name, USUAL["neurec"], recipe_step("neurec", EPOCHS, seed)))
    if with_lesson:
        steps.append(("lesson", "neurec lesson", USUAL["lesson"], time_lesson))
    if nbval:
        steps.append(("nbval", "nbval over the notebooks", USUAL["nbval"], time_nbval))
    return steps


def run_steps(steps, console):
    """Take the steps one after the other and show how far they are.

    Returns
    -------
    dict
        Results by key; "step_seconds" says how long each step took, for the next estimate.
    """
    last = last_seconds()
    usual = [last.get(name, seconds) for _, name, seconds, _ in steps]
    lists = {"lesson_recipe": [], "neurec_recipe": [], "import_seconds": [], "peers": []}
    results = {**lists, "step_seconds": {}}
    console.print(f"Measuring for about {say_seconds(sum(usual))}.", highlight=False)
    with Progress(console) as progress:
        for index, (key, name, _, measure) in enumerate(steps):
            note = f"about {say_seconds(sum(usual[index:]))} left"
            progress.show("bench", sum(usual[:index]), sum(usual), note, words=name)
            if not progress.is_live and name != "import":
                progress.say(f"{name} ({note})")
            start = time.monotonic()
            result = measure()
            results["step_seconds"][name] = round(time.monotonic() - start, 1)
            if isinstance(results.get(key), list):
                results[key].append(result)
            else:
                results[key] = result
    return results


def last_seconds():
    """How long each step took last time; {} if unknown."""
    known = {}
    for name in (PEERS_ONLY, ALL):
        with contextlib.suppress(OSError, ValueError, KeyError):
            text = (BUILD / name).read_text(encoding="utf-8")
            known |= json.loads(text)["results"]["step_seconds"]
    return known


def recipe_step(recipe, epochs, seed):
    """A function that trains by a recipe in a fresh process."""
    return lambda: train_by_recipe(recipe, epochs, seed)


def train_by_recipe(recipe, epochs, seed):
    """Train by a recipe in a fresh process and give what `recipes` prints.

    Raises
    ------
    NeurecError
        If it failed.
    """
    environment = kernel_environment()
    if recipe == "lesson":
        for name in SWITCHES:
            environment.pop(name, None)
        environment["TF_CPP_MIN_LOG_LEVEL"] = "3"
    command = [
        "-m",
        "neurec_helpers.bench.recipes",
        recipe,
        str(epochs),
        "none" if seed is None else str(seed),
    ]
    result = json.loads(run_python(command, environment))
    if "error" in result:
        raise NeurecError(result["error"])
    return result


def time_import():
    """Seconds that ``import neurec_helpers`` takes in a fresh process."""
    return float(run_python(["-c", TIME_IMPORT], kernel_environment()))


def run_python(arguments, environment):
    """Last line that a fresh Python prints.

    Raises
    ------
    NeurecError
        If it ends with an error; with the last line of that.
    """
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise NeurecError(f"python {' '.join(arguments[:3])} failed: {why}")
    return done.stdout.strip().splitlines()[-1]


def time_lesson():
    """Seconds of `neurec lesson` on the data at hand."""
    return time_command(["-m", "neurec_helpers", "lesson"], kernel_environment())


def time_nbval():
    """Seconds of nbval over notebooks 01 to 06, which compares with what the Shelf gave."""
    from neurec_helpers.regression.environment import standard_environment

    paths = notebook_files.find_notebooks(NOTEBOOKS, notebook_files.LESSON)
    command = ["-m", "pytest", *map(str, paths), "-q", "-p", "no:cacheprovider"]
    return time_command(command, standard_environment())


def time_command(arguments, environment):
    """Wall seconds of a fresh Python; "problem" says so if it did not succeed."""
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    seconds = time.monotonic() - start
    problem = ""
    if done.returncode:
        lines = (done.stdout + done.stderr).strip().splitlines() or ["no output"]
        problem = f"it FAILED (exit status {done.returncode}): {lines[-1].strip(' =')}"
    return {"seconds": seconds, "problem": problem}


COLUMNS = ("figure", "measured", "goal", "", "how")


def print_table(figures, data, machine):
    """Print the figures as a table for the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    colours = {"reached": "green", "missed": "bold red", "open": "yellow", "": ""}
    table = Table(title=data, caption=machine)
    for column in COLUMNS:
        table.add_column(column)
    for figure in figures:
        verdict = f"[{colours[figure.verdict]}]{figure.verdict}[/]" if figure.verdict else ""
        table.add_row(figure.name, figure.measured, figure.goal, verdict, escape(figure.note))
    Console().print(table)


def print_markdown(figures, data, machine):
    """Print the figures as a table in Markdown."""
    print(f"On {data}; {machine}.\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for figure in figures:
        cells = figure.name, figure.measured, figure.goal, figure.verdict, figure.note
        print("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
