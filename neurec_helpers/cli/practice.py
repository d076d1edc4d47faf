"""neurec practice: the student's own copies of the notebooks, with the tasks open."""

from typing import Annotated

import typer

from neurec_helpers.cli.lab import Folder, open_lab
from neurec_helpers.language import notebooks_folder
from neurec_helpers.notebook.copies import make_copies, say_copies
from neurec_helpers.paths import NOTEBOOKS, PRACTICE


def practice(
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Make the copies; do not start JupyterLab.")
    ] = False,
    folder: Folder = None,
):
    """Make your own copies of the notebooks in practice/, tasks open, and start JupyterLab."""
    root = folder.expanduser().resolve() if folder else PRACTICE.parent
    source = notebooks_folder(NOTEBOOKS)
    target = root / PRACTICE.name / source.relative_to(NOTEBOOKS)
    new, kept = make_copies(source, target, tasks_open=True)
    for line in say_copies(new, kept):
        typer.echo(line)
    if not no_open:
        open_lab(sorted(new + kept)[0], root)
