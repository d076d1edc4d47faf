"""Finding, reading and writing notebooks, and taking solutions out of them."""

import pytest

from neurec_helpers import files
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.tasks import solutions
from tests.helpers import notebook_fixtures as fixtures


@pytest.fixture
def folder(tmp_path):
    fixtures.save(fixtures.training_notebook(), tmp_path / "05_training.ipynb")
    fixtures.save(fixtures.split_notebook(), tmp_path / "01_split.ipynb")
    (tmp_path / "scratch.ipynb").write_text("not a numbered notebook")
    return tmp_path


def test_notebooks_are_found_in_order(folder):
    names = [path.name for path in notebook_files.find_notebooks(folder)]
    assert names == ["01_split.ipynb", "05_training.ipynb"]
    assert [path.stem for path in notebook_files.find_notebooks(folder, [5])] == ["05_training"]


def test_a_number_that_no_notebook_has_is_named_with_those_there_are(folder):
    with pytest.raises(NeurecError, match="no notebook 04 in .*There are: 01_split, 05_training"):
        notebook_files.find_notebooks(folder, [4])


@pytest.mark.parametrize("name", ["5", "05", "05_training", "05.ipynb", "notebooks/05_x.ipynb"])
def test_a_notebook_may_be_named_in_any_of_these_ways(name):
    assert notebook_files.parse_numbers([name]) == [5]


@pytest.mark.parametrize("name", ["training", "", "5x", "123"])
def test_a_name_without_a_number_is_refused(name):
    with pytest.raises(NeurecError, match="names no notebook"):
        notebook_files.parse_numbers([name])


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 1}', b"\xff\xfe", b"null"])
def test_a_file_that_is_no_notebook_is_named(tmp_path, content):
    path = tmp_path / "01_split.ipynb"
    path.write_bytes(content)
    with pytest.raises(NeurecError, match="01_split.ipynb is not a notebook"):
        notebook_files.read_notebook(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(NeurecError, match="can't read .*01_split.ipynb"):
        notebook_files.read_notebook(tmp_path / "01_split.ipynb")


def test_reading_and_writing_keeps_every_byte(folder):
    path = folder / "05_training.ipynb"
    before = path.read_bytes()
    notebook_files.write_notebook(notebook_files.read_notebook(path), path)
    assert path.read_bytes() == before
    assert sorted(folder.glob(".*")) == []


def test_cells_are_found_by_task_and_role(folder):
    nb = notebook_files.read_notebook(folder / "01_split.ipynb")
    ids = [cell.id for cell in notebook_files.find_cells(nb, "5.1")]
    assert ids == ["task-5-1", "task-5-1-solution", "task-5-1-check"]
    assert [cell.id for cell in notebook_files.find_cells(nb, "5.1", "check")] == ids[2:]
    assert notebook_files.find_cells(nb, "5.2") == []
    assert notebook_files.find_tasks(nb) == ["5.1"]


def test_the_solution_is_the_text_between_the_markers(folder):
    solution = solutions.solution_source("5.1", folder)
    assert solution == "train, test = ratings[:8], ratings[8:]"


def test_a_hand_out_holds_no_solution(folder):
    path = folder / "01_split.ipynb"
    nb = notebook_files.strip_solutions(notebook_files.read_notebook(path))
    notebook_files.write_notebook(nb, path)
    assert solutions.solution_source("5.1", folder) is None
    assert solutions.solution_source("9.9", folder) is None
    assert solutions.solution_source("5.1", folder / "nowhere") is None


def test_an_indented_solution_is_shown_without_its_indentation(tmp_path):
    cells = fixtures.task_cells("5.1", "def one():", "    x = 1\n    return x")
    fixtures.save(fixtures.notebook(*cells), tmp_path / "01_split.ipynb")
    assert solutions.solution_source("5.1", tmp_path) == "x = 1\nreturn x"


def test_a_students_copy_differs_only_by_solution_outputs_and_folding():
    nb = fixtures.split_notebook()
    solution = nb.cells[3]
    for number, cell in enumerate(cell for cell in nb.cells if cell.cell_type == "code"):
        cell.execution_count = number + 1
        cell.outputs = [fixtures.stream("something")]
    copy = notebook_files.strip_solutions(nb)

    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.execution_count, cell.outputs = None, []
    assert solution.source.startswith("train, test = ..., ...\n### BEGIN")
    solution.source = "train, test = ..., ..."
    del solution.metadata["jupyter"]
    assert notebook_files.notebook_text(copy) == notebook_files.notebook_text(nb)


def test_a_notebook_without_tasks_or_outputs_is_copied_byte_for_byte():
    nb = fixtures.notebook(fixtures.markdown("title", "# Ünïcode ★\n\n"), fixtures.code("a", "1\n"))
    copy = notebook_files.strip_solutions(nb)
    assert notebook_files.notebook_text(copy) == notebook_files.notebook_text(nb)


def test_the_stub_of_a_function_stands_without_trailing_lines():
    source = "def f(): ...\n\n\n### BEGIN SOLUTION\ndef f():\n    return 1\n### END SOLUTION"
    stub, solution = solutions.split_solution(source)
    assert stub == "def f(): ..."
    assert solution == "def f():\n    return 1"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("x\n### BEGIN SOLUTION\ny", "line 2: no END SOLUTION follows"),
        ("x\n### END SOLUTION\ny", "line 2: no solution was begun"),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", "line 2: line 1 began one"),
    ],
)
def test_markers_without_a_partner_are_refused_by_notebook_and_cell(source, problem):
    nb = fixtures.notebook(fixtures.code("task-5-1-solution", source))
    with pytest.raises(NeurecError, match=f"01_split.ipynb, cell task-5-1-solution: .*{problem}"):
        notebook_files.strip_solutions(nb, "01_split.ipynb")


def test_normalising_drops_what_editors_and_runs_leave():
    nb = fixtures.split_notebook()
    clean = notebook_files.notebook_text(nb)
    nb.metadata["language_info"]["version"] = "3.12.1"
    nb.metadata["widgets"] = {}
    nb.cells[1].metadata["execution"] = {"iopub.status.idle": "2026-01-01"}
    nb.cells[1].metadata["scrolled"] = True
    assert notebook_files.notebook_text(nb) != clean
    assert notebook_files.notebook_text(notebook_files.normalise(nb)) == clean


def test_normalising_joins_what_was_printed_in_pieces():
    nb = fixtures.split_notebook()
    nb.cells[1].outputs = [
        fixtures.stream("a"),
        fixtures.stream("b"),
        fixtures.stream("c", "stderr"),
    ]
    outputs = notebook_files.normalise(nb).cells[1].outputs
    assert [(output.name, output.text) for output in outputs] == [("stdout", "ab"), ("stderr", "c")]


def test_a_failed_writing_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full_disk)
    with pytest.raises(NeurecError, match="can't write .*report.html: No space left"):
        write_text("new", path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
