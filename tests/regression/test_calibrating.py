"""neurec calibrate, on notebooks of a few lines whose result moves with the processor."""

import base64
import io
from decimal import Decimal

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from neurec_helpers.cli import calibrate
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.regression import calibrating, calibration
from neurec_helpers.regression.environment import standard_environment

# Stands for arithmetic that depends on the processor: calibration sets both.
READY = """\
import os
import neurec_helpers.startup
old = "NPY_DISABLE_CPU_FEATURES" in os.environ
other = neurec_helpers.startup.SWITCHES["TF_ENABLE_ONEDNN_OPTS"] == "1"
print(f"Ready: here on CPU. Seed {os.environ.get('NEUREC_SEED', 42)}; yes.")
"""
LOSS = "loss = 0.7 + 0.0012 * old + 0.003 * other\nprint(f'epochs 5, loss {loss:.4f}')"
ELSEWHERE = "print(f'loss {0.7 + 0.003 * other:.3f}')"
STEADY = "print('rows 785,404')"


@pytest.fixture
def workplace(tmp_path, monkeypatch):
    monkeypatch.setattr(calibrate, "place_of_this_machine", lambda: "x86")
    monkeypatch.setattr(calibrate, "NOTEBOOKS", tmp_path / "notebooks")
    monkeypatch.setattr(calibrating, "RESULTS", tmp_path / "calibration")
    return tmp_path


def make_notebook(folder, **sources):
    path = folder / "notebooks" / "01_tiny.ipynb"
    cells = [new_code_cell(source, id=name) for name, source in sources.items()]
    notebook_files.write_notebook(new_notebook(cells=cells), path)
    run = running.load_run(path)
    running.run_notebook(run, environment=standard_environment())
    assert not run.error
    notebook_files.write_notebook(notebook_files.normalise(run.nb), path)
    return path


def metadata(path):
    cells = nbformat.read(path, as_version=4).cells
    return {cell.id: cell.metadata.get("neurec", {}) for cell in cells}


def test_tolerance_is_twice_the_deviation_and_elsewhere_covers_x86(workplace, capsys):
    path = make_notebook(workplace, ready=READY, loss=LOSS, elsewhere=ELSEWHERE, steady=STEADY)
    before = path.read_bytes()
    calibrate.calibrate(jobs=2)
    assert path.read_bytes() == before
    assert "0.0012" in capsys.readouterr().out

    calibrate.calibrate(jobs=2, write=True)
    found = metadata(path)
    assert found["loss"] == {
        "tolerance": {"x86": {"stdout": 0.0024}, "elsewhere": {"stdout": 0.006}}
    }
    assert found["elsewhere"] == {"tolerance": {"elsewhere": {"stdout": 0.006}}}
    assert found["ready"] == found["steady"] == {}


def test_finished_runs_are_not_run_again_until_the_code_changes(workplace, monkeypatch):
    make_notebook(workplace, ready=READY, loss=LOSS)
    ran = []
    really_run = running.run_notebook

    def run_and_count(run, **options):
        ran.append(run.name)
        return really_run(run, **options)

    monkeypatch.setattr(running, "run_notebook", run_and_count)
    calibrate.calibrate(jobs=2)
    calibrate.calibrate(jobs=2)
    assert len(ran) == len(calibrating.PROCESSORS)
    make_notebook(workplace, ready=READY, loss=LOSS, new=STEADY)
    del ran[:]
    calibrate.calibrate(jobs=2)
    assert len(ran) == len(calibrating.PROCESSORS)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("print('best epoch', 4 + old)", "prints 5 where 4 is stored"),
        ("print('worst' if old else 'best')", "the text differs"),
        ("print(0.25 if old else 0.5)", "prints 0.25 where 0.5 is stored"),
        ("print(old) if old else old", "gave stdout in place of text/plain"),
    ],
)
def test_what_no_tolerance_can_cover_is_named_and_nothing_written(workplace, source, problem):
    path = make_notebook(workplace, ready=READY, loss=LOSS, odd=source)
    before = path.read_bytes()
    with pytest.raises(NeurecError, match="01_tiny.ipynb, cell odd") as error:
        calibrate.calibrate(jobs=2, write=True)
    assert problem in str(error.value)
    assert "processor old-x86" in str(error.value)
    assert path.read_bytes() == before


def test_a_notebook_that_fails_is_named_with_the_processor(workplace):
    make_notebook(workplace, ready=READY, fails="assert not other")
    with pytest.raises(NeurecError, match=r"01_tiny, cell fails: Assert.*\(processor other-sums"):
        calibrate.calibrate(jobs=2)


def test_a_notebook_that_was_never_run_is_refused(workplace):
    path = workplace / "notebooks" / "01_tiny.ipynb"
    notebook = new_notebook(cells=[new_code_cell("print(1)", id="one")])
    notebook_files.write_notebook(notebook, path)
    with pytest.raises(NeurecError, match="cell one, was never run"):
        calibrate.calibrate(jobs=1)


def test_another_kind_of_processor_is_refused(workplace, monkeypatch):
    monkeypatch.setattr(calibrate, "place_of_this_machine", lambda: "elsewhere")
    with pytest.raises(NeurecError, match="Linux and x86"):
        calibrate.calibrate(jobs=1)


def show(grey, loss):
    """An output with a picture of one level of grey and a table with one number."""
    file = io.BytesIO()
    Image.new("L", (4, 4), grey).save(file, format="PNG")
    picture = base64.b64encode(file.getvalue()).decode()
    table = f"<table><tr><td>5</td><td>{loss}</td></tr></table>"
    return new_output("display_data", data={"image/png": picture, "text/html": table})


def test_pictures_and_tables_count():
    spread = calibration.Spread()
    spread.add([show(100, "0.70")], [show(110, "0.75")])
    assert spread.problems == []
    assert spread.tolerance == {"image/png": 20.0, "text/html": 0.1}
    spread.add([show(100, "0.70")], [show(100, "0.60")])
    assert spread.tolerance == {"image/png": 20.0, "text/html": 0.2}


def test_the_numbers_of_an_output_share_a_tolerance_and_other_outputs_have_theirs():
    spread = calibration.Spread()
    stored = new_output("stream", name="stdout", text="2 runs: 0.700, 1.500 and 0.300")
    moved = new_output("stream", name="stdout", text="2 runs: 0.702, 1.490 and 0.300")
    spread.add([stored, show(1, "0.70")], [moved, show(1, "0.70")])
    assert spread.tolerance == {"stdout": 0.02}


@pytest.mark.parametrize(
    ("number", "rounded"),
    [("0.0125", "0.013"), ("0.012", "0.012"), ("1.01", "1.1"), ("99.1", "1E+2")],
)
def test_tolerances_are_rounded_up_to_two_digits(number, rounded):
    assert calibration.round_up(Decimal(number)) == Decimal(rounded)


def test_a_cell_that_no_longer_varies_loses_its_tolerance():
    cell = new_code_cell("1", metadata={"neurec": {"tolerance": {"x86": {}}, "timing": True}})
    calibration.set_tolerance(cell, {"x86": {}, "elsewhere": {}})
    assert cell.metadata["neurec"] == {"timing": True}
