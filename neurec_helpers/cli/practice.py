"""neurec practice: the student's own copies of the notebooks, with the tasks open."""

from typing import Annotated

import typer

from neurec_helpers.cli.lab import open_lab
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import create_text
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, PRACTICE


def practice(
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Make the copies; do not start JupyterLab.")
    ] = False,
):
    """Make your own copies of the notebooks in practice/, tasks open, and start JupyterLab."""
    new, kept = make_copies(NOTEBOOKS, PRACTICE)
    for path in new:
        typer.echo(tr("new   {name}", name=path.name))
    for path in kept:
        typer.echo(tr("kept  {name}", name=path.name))
    typer.echo(tr("Your copies are in {practice}.", practice=PRACTICE))
    if kept:
        typer.echo(tr("Kept copies are as you left them. To begin one anew, rename yours first."))
    if not no_open:
        open_lab(sorted(new + kept)[0])


def make_copies(source, target):
    """Copy the lesson's notebooks without solutions and outputs; never touch a file that exists.

    Parameters
    ----------
    source, target : Path
        Folder of the notebooks, and folder for the copies.

    Returns
    -------
    new, kept : list of Path
        Copies that were made, and files that were there already.

    Raises
    ------
    NeurecError
        If a notebook can't be read or stripped (then nothing is made), or the folder can't be
        written (then the copies made so far are whole).
    """
    copies = {}
    for path in notebook_files.find_notebooks(source):
        nb = notebook_files.read_notebook(path)
        stripped = notebook_files.strip_solutions(nb, path.name)
        copies[target / path.name] = notebook_files.notebook_text(stripped)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NeurecError(
            "can't make the folder {target}: {reason}.", target=target, reason=error.strerror
        ) from error
    new, kept = [], []
    for path, text in copies.items():
        (new if create_text(text, path) else kept).append(path)
    return new, kept
