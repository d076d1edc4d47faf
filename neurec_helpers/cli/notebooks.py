"""neurec notebooks: run the notebooks anew and save them with their outputs."""

import base64
from typing import Annotated

import typer
from rich.console import Console

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import SOURCE
from neurec_helpers.notebook import editions, running
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.progress import watch_runs
from neurec_helpers.paths import NOTEBOOKS, ROOT
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.stored import find_faults

# The picture in each README is an output of a notebook: the English file, the notebook, the cell.
PICTURE = (ROOT / ".github" / "learning-curves.png", "05_training", "curves")

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
        save_notebooks(paths, timeout)


def check_notebooks(paths):
    """Look at the notebooks' ids, tasks, markers, run numbers and metadata; run nothing.

    The editions in other languages are looked at too, and whether they are up to date.

    Raises
    ------
    NeurecError
        With a line for each fault.
    """
    faults = [f"{path.name}: {fault}." for path in paths for fault in faults_of_file(path)]
    if faults:
        raise NeurecError(
            "\n  ".join(["the notebooks are not as `neurec notebooks` leaves them:", *faults])
        )
    typer.echo(f"{len(paths)} notebooks checked: nothing would change.")


def faults_of_file(path):
    """What is wrong with a notebook's file as it stands, found without running it."""
    nb = notebook_files.read_notebook(path)
    faults = find_faults(nb)
    normal = notebook_files.notebook_text(notebook_files.normalise(nb))
    if normal != path.read_bytes().decode("utf-8"):
        faults.append("metadata or layout differ from what `neurec notebooks` writes")
    for language, other in editions.editions_of(path).items():
        faults += editions.faults_of_edition(nb, notebook_files.read_notebook(other), language)
    return faults


def save_notebooks(paths, timeout=running.CELL_TIMEOUT, console=None):
    """Run notebooks one after another and save each in place as soon as it has come out right.

    Parameters
    ----------
    paths : list of Path
    timeout : int
        Most seconds for one cell.
    console : rich.console.Console, optional

    Raises
    ------
    NeurecError
        If a cell fails, a check's verdict is not "correct", or a file can't be written. The files
        concerned stay as they were.
    typer.Exit
        With status 130 if Ctrl-C was pressed.
    """
    runs = [running.load_run(path) for path in paths]
    environment = standard_environment()
    notes, problems = [], []

    def start(run):
        languages = editions.other_languages()
        running.run_notebook(run, environment=environment, timeout=timeout, languages=languages)
        found = [run.error] if run.error else running.wrong_verdicts(run)
        if found:
            problems.extend([*found, f"{run.path} was left as it was."])
        else:
            changed = save_editions(run.nb, run.path)
            how = "saved" if changed else "unchanged"
            notes.append(f"{run.path.name}: {run.total_seconds:.1f} s, {how}")
            save_pictures(run.nb, run.path)

    # One at a time: these seconds are kept in the outputs.
    watch_runs(runs, start, jobs=1, last={}, console=console or Console())
    for note in notes:
        typer.echo(note)
    if problems:
        raise NeurecError("\n  ".join(["not all notebooks could be saved:", *problems]))


def save_editions(nb, path):
    """Save an executed notebook in each language; False if all files are the same already."""
    changed = False
    for language, edition in editions.editions(nb).items():
        file = path if language == SOURCE else editions.edition_of(path, language)
        changed |= save(edition, file)
    return changed


def save(nb, path):
    """Save an executed notebook as it is committed; False if the file is the same already."""
    text = notebook_files.notebook_text(notebook_files.normalise(nb))
    if path.exists() and text.encode("utf-8") == path.read_bytes():
        return False
    write_text(text, path)
    return True


def save_pictures(nb, path):
    """Save the READMEs' pictures again if this notebook draws them."""
    file, name, cell_id = PICTURE
    if path == NOTEBOOKS / f"{name}.ipynb":
        for language, edition in editions.editions(nb).items():
            own = file if language == SOURCE else file.with_suffix(f".{language}.png")
            own.write_bytes(picture_of(edition, cell_id))


def picture_of(nb, cell_id):
    """The first PNG among the outputs of a cell, as bytes."""
    cell = next(cell for cell in nb.cells if cell.id == cell_id)
    coded = (output.data["image/png"] for output in cell.outputs if "data" in output)
    return base64.b64decode(next(coded))
