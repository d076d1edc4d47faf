"""neurec notebooks: run anew, save with small diffs, and never lose the old file."""

import re

import pytest
from rich.console import Console

from neurec_helpers.cli import notebooks as command
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from tests.helpers import notebook_fixtures as fixtures

QUIET = Console(quiet=True)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "NOTEBOOKS", tmp_path)
    return tmp_path


def test_a_second_run_changes_nothing(folder):
    path = fixtures.save(fixtures.split_notebook(), folder / "01_split.ipynb")
    command.save_notebooks([path], console=QUIET)
    once = path.read_bytes()
    nb = notebook_files.read_notebook(path)
    codes = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in codes] == [1, 2, 3]
    assert [output.text for output in codes[0].outputs] == ["ten rows\n"]
    assert codes[1].metadata.jupyter.source_hidden
    assert command.faults_of_file(path) == []

    command.save_notebooks([path], console=QUIET)
    assert path.read_bytes() == once
    assert sorted(there.name for there in folder.iterdir()) == [path.name, "ru"]


def test_what_an_editor_left_is_dropped(folder):
    nb = fixtures.split_notebook()
    clean = fixtures.save(nb, folder / "01_clean.ipynb")
    nb.metadata["language_info"] = {"name": "python", "version": "3.12.1"}
    nb.metadata["kernelspec"]["display_name"] = "My kernel"
    nb.cells[1].metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}
    edited = fixtures.save(nb, folder / "02_edited.ipynb")
    command.save_notebooks([clean, edited], console=QUIET)
    assert edited.read_bytes() == clean.read_bytes()


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            [fixtures.code("a", "print(1)"), fixtures.code("b", "1 / 0")],
            "cell b: ZeroDivisionError",
        ),
        (fixtures.task_cells("5.1", "x = ...", "x = 1", "incorrect"), "task 5.1: incorrect"),
    ],
)
def test_a_notebook_that_fails_leaves_the_old_file_and_the_others_are_saved(folder, cells, problem):
    bad = fixtures.save(fixtures.notebook(*cells), folder / "01_bad.ipynb")
    good = fixtures.save(fixtures.split_notebook(), folder / "02_good.ipynb")
    before = bad.read_bytes()
    with pytest.raises(NeurecError, match=rf"01_bad, {problem}|01_bad: {problem}") as failure:
        command.save_notebooks([bad, good], console=QUIET)
    assert f"{bad} was left as it was" in str(failure.value)
    assert bad.read_bytes() == before
    assert command.faults_of_file(good) == []


def test_no_setting_of_the_user_reaches_the_saved_outputs(folder, monkeypatch):
    for name in ("DATASET", "SEED", "THREADS"):
        monkeypatch.setenv(f"NEUREC_{name}", "7")
    source = (
        "import os\n"
        "for name in ('DATASET', 'SEED', 'THREADS'):\n"
        "    if f'NEUREC_{name}' in os.environ: print(name)\n"
        "print('seen')"
    )
    path = fixtures.save(fixtures.notebook(fixtures.code("env", source)), folder / "01_a.ipynb")
    command.save_notebooks([path], console=QUIET)
    printed = notebook_files.read_notebook(path).cells[0].outputs[0].text
    assert printed == "seen\n"


def test_check_runs_nothing_and_writes_nothing(folder, capsys):
    path = fixtures.save(fixtures.executed(fixtures.split_notebook()), folder / "01_split.ipynb")
    before = path.read_bytes()
    command.notebooks(check=True)
    assert "nothing would change" in capsys.readouterr().out
    stripped = fixtures.save(fixtures.split_notebook(), folder / "02_stripped.ipynb")
    with pytest.raises(NeurecError, match=r"02_stripped\.ipynb: was never run"):
        command.notebooks(check=True)
    assert path.read_bytes() == before
    assert not re.search("outputs.*ten rows", stripped.read_text())


def test_an_empty_folder_is_said_to_be_so(folder):
    with pytest.raises(NeurecError, match="no notebooks in"):
        command.notebooks()


def test_a_file_that_was_run_in_order_has_no_faults(tmp_path):
    path = fixtures.save(fixtures.executed(fixtures.split_notebook()), tmp_path / "01_split.ipynb")
    assert command.faults_of_file(path) == []


def _not_run(nb):
    nb.cells[1].execution_count = None


def _random_id(nb):
    nb.cells[1].id = "0a1b2c3d"


def _version(nb):
    nb.metadata["language_info"]["version"] = "3.12.1"


def _no_check(nb):
    del nb.cells[4]


def _open_marker(nb):
    nb.cells[3].source = nb.cells[3].source.replace("### END SOLUTION", "")


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (_not_run, r"cell 1 \(load\): was never run"),
        (_random_id, "'0a1b2c3d' is not a readable name"),
        (_version, "metadata or layout differ"),
        (_no_check, r"task 5.1 has the cells \['task', 'solution'\]"),
        (_open_marker, "cell task-5-1-solution: the solution markers don't match"),
    ],
)
def test_each_fault_of_a_file_is_named(tmp_path, spoil, fault):
    nb = fixtures.executed(fixtures.split_notebook())
    spoil(nb)
    path = fixtures.save(nb, tmp_path / "01_split.ipynb")
    faults = command.faults_of_file(path)
    assert len(faults) == 1
    assert re.search(fault, faults[0])
