"""neurec lab: open JupyterLab on the lesson."""

import os
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.language import notebooks_folder
from neurec_helpers.notebook.copies import make_copies, say_copies
from neurec_helpers.notebook.running import kernel_environment
from neurec_helpers.paths import INSTALLED, LESSON, NOTEBOOKS, ROOT

Folder = Annotated[
    Path | None,
    typer.Option(help="Your folder for the copies; it is made if there is none."),
]


def lab(
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Make the copies; do not start JupyterLab.")
    ] = False,
    folder: Folder = None,
):
    """Open JupyterLab on the first notebook, or on the start page of a hand-out.

    In a checkout these are its own notebooks. An installed neurec first copies them to a folder
    of yours, neurec-notebooks if you name none.
    """
    root = folder.expanduser().resolve() if folder else ROOT
    start = root / "start.ipynb"
    if not start.exists():
        lesson = notebooks_folder(NOTEBOOKS)
        start = lesson / "01_split.ipynb"
        if INSTALLED or folder:
            new, kept = make_copies(lesson, root / lesson.relative_to(LESSON))
            for line in say_copies(new, kept):
                typer.echo(line)
            start = sorted(new + kept)[0]
    if not no_open:
        open_lab(start, root)


def open_lab(path, root=ROOT):
    """Start JupyterLab in a folder with a notebook in it open; returns when it ends.

    The kernel is this Python's, even where the user has another one of the same name. Jupyter
    takes the next free port if 8888 is taken.
    """
    os.environ |= kernel_environment() | {"JUPYTER_PREFER_ENV_PATH": "1"}
    from jupyterlab.labapp import LabApp

    options = [f"--ServerApp.root_dir={root}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Jupyter asks for this where root is the only user, as in a container.
        options.append("--allow-root")
    LabApp.launch_instance(argv=[str(path), *options])
