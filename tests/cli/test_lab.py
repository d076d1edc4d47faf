"""neurec lab: JupyterLab in the checkout, with this Python's kernel."""

import os

import pytest
from jupyterlab import labapp

from neurec_helpers.cli import lab as command
from neurec_helpers.paths import NOTEBOOKS, ROOT


@pytest.fixture
def started(monkeypatch):
    arguments = []
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setattr(labapp.LabApp, "launch_instance", lambda argv: arguments.extend(argv))
    return arguments


def test_opens_the_first_notebook(started):
    command.lab()
    assert started[:2] == [str(NOTEBOOKS / "01_split.ipynb"), f"--ServerApp.root_dir={ROOT}"]
    assert os.environ["JUPYTER_PREFER_ENV_PATH"] == "1"


def test_opens_another_notebook(started):
    command.open_lab("practice/01_split.ipynb")
    assert started[0] == "practice/01_split.ipynb"
