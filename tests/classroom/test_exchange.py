"""The course folder is nbgrader's: its exchange hands out, its exporter reads the points."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")

from neurec_helpers.classroom import gradebooks, handout
from neurec_helpers.classroom.batch import grade_folder
from tests.helpers.classroom_runs import LIMITS, require_sandbox
from tests.helpers.classroom_submissions import RIGHT


def nbgrader(folder, *arguments):
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, "USER": "ada", "JUPYTERHUB_USER": "ada"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_released_fetched_submitted_collected_graded_and_exported(tmp_path):
    require_sandbox()
    built = handout.build(tmp_path / "made", [1], {"5.1": 2})
    exchange, student = tmp_path / "exchange", tmp_path / "student"
    student.mkdir()
    exchange.mkdir()
    exchange.chmod(0o777)
    places = [
        "--course=neurec",
        f"--Exchange.root={exchange}",
        f"--Exchange.cache={tmp_path / 'cache'}",
    ]
    nbgrader(built.course, "release_assignment", "neurec", *places)
    nbgrader(student, "fetch_assignment", "neurec", *places)

    path = student / "neurec" / "01_split.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = RIGHT["5.1"]
    nbformat.write(nb, path)
    nbgrader(student, "submit", "neurec", *places)
    nbgrader(built.course, "collect", "neurec", *places)

    (name,) = os.listdir(built.course / "submitted")
    found = grade_folder(
        built.course / "submitted",
        built.course,
        tmp_path / "grades",
        limits=LIMITS,
    )
    assert [
        (each["student"], sum(grade["points"] for grade in each["grades"])) for each in found
    ] == [(name, 2)]
    gradebooks.record(found, built.course)
    nbgrader(built.course, "export", f"--to={tmp_path / 'export.csv'}")
    header, row = (tmp_path / "export.csv").read_text().splitlines()
    exported = dict(zip(header.split(","), row.split(","), strict=True))
    assert exported["student_id"] == name
    assert float(exported["score"]) == 2 and float(exported["max_score"]) == 2

    found[0]["student"] = "=1+1;=2"
    gradebooks.record(found, built.course)
    nbgrader(built.course, "export", f"--to={tmp_path / 'again.csv'}")
    assert "'=1+1;'=2" in (tmp_path / "again.csv").read_text()
