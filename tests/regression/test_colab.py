"""The stand-in for Colab: its versions are real pins, and what it counts can be wrong."""

import nbformat.v4 as v4
import pytest
from packaging.requirements import Requirement

from neurec_helpers.cli.colab import outcome_table
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.colab import WANTED, make_notebooks
from neurec_helpers.notebook.running import load_run
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.regression import colab
from neurec_helpers.regression.tolerance import Tolerance


def test_each_version_is_one():
    lines = colab.VERSIONS.read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if not line.startswith("#")]
    assert all([one.operator for one in pin.specifier] == ["=="] for pin in pins)
    versions = {pin.name: str(pin.specifier)[2:] for pin in pins}
    assert len(versions) == len(pins)
    assert versions["tensorflow"].startswith("2.20.") and versions["ipython"] == "7.34.0"
    # What the notebooks' first cell brings must be what is missing or too old there.
    assert versions["keras"].startswith("3.13.") and "keras-rs" not in versions
    assert set(WANTED) == {"keras", "keras-rs"}


def said(text):
    return [v4.new_output("stream", name="stdout", text=text)]


@pytest.mark.parametrize(
    ("got", "within", "far"),
    [
        ("test MSE: 0.711, of 5", [True], 0.0),
        ("test MSE: 0.713, of 5", [True], 0.002),
        ("test MSE: 0.731, of 5", [False], 0.02),
        ("test MSE: nan", [False], float("inf")),
        ("", [False], float("inf")),
    ],
)
def test_a_mean_squared_error_is_held_against_its_tolerance(got, within, far):
    tolerance = Tolerance({"stdout": 0.003})
    found = colab.compare_errors(said("test MSE: 0.711, of 5"), said(got), tolerance)
    assert [one for one, _ in found] == within
    assert found[0][1] == pytest.approx(far, abs=1e-9)


def test_other_texts_are_not_compared():
    assert colab.compare_errors(said("0.711 rows"), said("0.9 rows"), Tolerance()) == []


def test_solutions_come_back_into_the_branchs_notebooks(tmp_path):
    path = next(p for p in make_notebooks(tmp_path, "a.whl", "o/n") if p.stem == "01_split")
    stored = notebook_files.read_notebook(NOTEBOOKS / path.name)
    run = colab.load_run(path)
    cells = {cell.id: cell.source for cell in run.nb.cells}
    for cell in notebook_files.find_cells(stored, role="solution"):
        assert cells[cell.id] == cell.source
        assert "BEGIN SOLUTION" in cell.source


def test_the_table_tells_what_went_well_from_what_did_not():
    run = load_run(NOTEBOOKS / "05_training.ipynb")
    well = colab.judge(run)
    assert well.is_well and well.errors > 0 and well.correct == well.tasks > 0
    cell = next(cell for cell in run.nb.cells if cell.id == "error")
    cell.outputs[0]["text"] = cell.outputs[0]["text"].replace("MSE: 0.", "MSE: 1.")
    off = colab.judge(run)
    assert not off.is_well and off.within == off.errors - 1
    wrong = load_run(NOTEBOOKS / "05_training.ipynb")
    check = next(iter(notebook_files.find_cells(wrong.nb, role="check")))
    check.outputs[0]["metadata"]["neurec"]["outcome"] = "incorrect"
    assert not colab.judge(wrong).is_well
    assert outcome_table([well, off]).row_count == 2
