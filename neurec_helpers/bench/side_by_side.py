"""`neurec bench`: neurec's models beside what people would take instead, each in a process."""

import json
import subprocess
import sys

from neurec_helpers.bench.entries import ENTRIES
from neurec_helpers.bench.other_libraries import K, is_installed
from neurec_helpers.notebook.running import kernel_environment
from neurec_helpers.paths import ROOT

# Seconds of each on two cores with the real edition, for the first estimate.
USUAL = {"surprise-svd-tuned": 60, "surprise-svdpp": 200, "two-towers": 120}
CURES = {
    "Surprise": "make peers",
    "implicit": "make peers",
    "LensKit": (
        "it brings PyTorch (0.9 GB, and on Linux CUDA's libraries), so it belongs in an "
        "environment of its own: see Side by side in README.md"
    ),
}
COLUMNS = ("library", "model", "fit", "predict", "test MSE", f"NDCG@{K}", "memory")


def plan_other_libraries(minutes, python=None):
    """Steps for `bench.run_steps`: one for each model, under the key "other_libraries".

    Parameters
    ----------
    minutes : float
        The most that each may take.
    python : str, optional
        Python of another environment, for libraries that this one lacks.
    """
    return [
        (
            "other_libraries",
            f"{entry.library}, {entry.model}",
            USUAL.get(name, 25),
            lambda name=name: measure_entry(name, minutes, python),
        )
        for name, entry in ENTRIES.items()
        if python or is_installed(entry)
    ]


def missing_libraries(python=None):
    """A line for each library that isn't installed, with the cure."""
    if python:
        return []
    missing = dict.fromkeys(entry.library for entry in ENTRIES.values() if not is_installed(entry))
    return [
        f"{library} is not installed, so it is left out: {CURES[library]}" for library in missing
    ]


def measure_entry(name, minutes, python=None):
    """Measure one model in a fresh process.

    Returns
    -------
    dict
        What `other_libraries.measure` gives, and ``name``, ``library``, ``model``, ``settings``;
        or ``problem``, in words.
    """
    entry = ENTRIES[name]
    about = {"name": name, "library": entry.library, "model": entry.model}
    if entry.settings:
        about["settings"] = entry.settings
    chosen = python if python and not is_installed(entry) else sys.executable
    try:
        done = subprocess.run(
            [chosen, "-m", "neurec_helpers.bench.other_libraries", name],
            env=kernel_environment(),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=minutes * 60,
        )
    except subprocess.TimeoutExpired:
        return about | {"problem": f"stopped after {minutes:g} min"}
    except OSError as error:
        return about | {"problem": f"{chosen}: {error.strerror}"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return about | {"problem": lines[-1]}
    result = json.loads(done.stdout.strip().splitlines()[-1])
    if "missing" in result:
        return about | {"problem": f"not installed in {chosen}"}
    if "error" in result:
        return about | {"problem": result["error"]}
    return about | result


def table_rows(results):
    """The cells of each line of the table, in the order of `COLUMNS`."""
    return [(result["library"], result["model"], *cells(result)) for result in results]


def cells(result):
    """Seconds, error and memory in words."""
    if "problem" in result:
        return ("not measured", "", "", "", "")
    ranks_only = result["test_mse"] is None
    return (
        say_time(result["fit_seconds"]),
        "" if ranks_only else say_time(result["predict_seconds"]),
        "ranks only" if ranks_only else f"{result['test_mse']:.4f}",
        f"{result['ndcg']:.4f}",
        f"{result['peak_bytes'] / 1e9:.2f} GB",
    )


def say_time(seconds):
    """Seconds with as many digits as mean something."""
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def say_problems(results):
    """A line for each model that could not be measured."""
    return [
        f"{result['library']}, {result['model']}: {result['problem']}"
        for result in results
        if "problem" in result
    ]


def say_settings(results):
    """A line for each model that was tuned: how, and who chose it."""
    return [
        f"{result['library']}, {result['model']}: {result['settings']}"
        for result in results
        if "settings" in result
    ]


def say_protocol(results):
    """What the columns mean, in a few sentences; empty if nothing was measured."""
    readers = next((result["readers"] for result in results if "readers" in result), None)
    if readers is None:
        return ""
    return (
        f"NDCG@{K} over {readers:,} readers, the same for all: candidates are all books but those "
        "in the reader's training part; relevant are held-out books with 4 stars or more. "
        "Fit: from a table of ratings in memory to a model, imports excluded. "
        "Predict: all test rows. Memory: the most up to then."
    )


def print_table(results, data, machine):
    """Print the comparison as a table for the terminal."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(title=f"Side by side: {data}", caption=f"{machine}\n{say_protocol(results)}")
    for index, column in enumerate(COLUMNS):
        table.add_column(column, justify="left" if index < 2 else "right", no_wrap=index >= 2)
    for row in table_rows(results):
        table.add_row(*map(escape, row))
    console = Console()
    console.print(table)
    for line in [*say_settings(results), *say_problems(results)]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_markdown(results, data, machine):
    """Print the comparison as a table in Markdown."""
    print(f"\nSide by side on {data}; {machine}.\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---|---" + "|--:" * (len(COLUMNS) - 2) + "|")
    for row in table_rows(results):
        print("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |")
    print(f"\n{say_protocol(results)}")
    for line in [*say_settings(results), *say_problems(results)]:
        print(f"\n{line}")
