"""neurec lab: open JupyterLab on the lesson."""

import os

from neurec_helpers.paths import NOTEBOOKS, ROOT


def lab():
    """Open JupyterLab on the first notebook, or on the start page of a hand-out."""
    start = ROOT / "start.ipynb"
    open_lab(start if start.exists() else NOTEBOOKS / "01_split.ipynb")


def open_lab(path):
    """Start JupyterLab in the checkout's folder with a notebook open; returns when it ends.

    The kernel is this Python's, even where the user has another one of the same name. Jupyter
    takes the next free port if 8888 is taken.
    """
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    from jupyterlab.labapp import LabApp

    options = [f"--ServerApp.root_dir={ROOT}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Jupyter asks for this where root is the only user, as in a container.
        options.append("--allow-root")
    LabApp.launch_instance(argv=[str(path), *options])
