"""What students and editors do to notebooks: each is told in words, and mended where it can be."""

import copy
import json
import re

import nbformat
import pytest

from neurec_helpers.classroom import checking, pack, preflight
from neurec_helpers.cli import classroom as commands
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from tests.helpers.graded_notebooks import NAME, OTHER, STUB, TASKS, answered


def look_at(nb, folder):
    path = folder / f"{NAME}.ipynb"
    path.write_text(nb if isinstance(nb, str) else nbformat.writes(nb), encoding="utf-8")
    return preflight.inspect(path, NAME, TASKS)


def change(nb, damage):
    nb = copy.deepcopy(nb)
    return damage(nb) or nb


def strip_metadata(nb):
    for cell in nb.cells:
        cell.metadata.clear()


def strip_metadata_and_ids(nb):
    strip_metadata(nb)
    for number, cell in enumerate(nb.cells):
        cell["id"] = f"cell-{number}"


def as_format_3(nb):
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []})


def moved_up(nb):
    nb.cells[2], nb.cells[3] = nb.cells[3], nb.cells[2]


def another_kernel(nb):
    nb.metadata.kernelspec.name = "julia-1.10"


def more_points(nb):
    nb.cells[3].metadata.nbgrader.points = 100


STOPS = {
    "answer deleted": (lambda nb: nb.cells.pop(2) and None, "with its answer is missing"),
    "check deleted": (lambda nb: nb.cells.pop(3) and None, "with its check is missing"),
    "answer doubled": (
        lambda nb: nb.cells.insert(2, copy.deepcopy(nb.cells[2])),
        "its answer stands there 2 times",
    ),
    "check doubled": (
        lambda nb: nb.cells.append(copy.deepcopy(nb.cells[3])),
        "its check stands there 2 times",
    ),
    "reordered": (moved_up, "its check stands before its answer"),
    "no python": (lambda nb: nb.cells[2].update(source="total = = 6"), "not valid Python (line 1"),
    "empty": (lambda nb: " \n", "the file is empty"),
    "bad json": (lambda nb: nbformat.writes(nb)[:-40], "it is not valid JSON"),
    "a list": (lambda nb: "[1, 2]", "it is not a notebook"),
    "no cells": (lambda nb: '{"nbformat": 4, "nbformat_minor": 5}', "not a whole notebook"),
    "format 3": (as_format_3, "version 3 of the notebook format"),
    "another notebook": (lambda nb: nbformat.writes(answered("2.1")), f"this is {OTHER}.ipynb"),
}


@pytest.mark.parametrize(("damage", "words"), STOPS.values(), ids=STOPS.keys())
def test_what_stops_grading_is_told_with_its_cure(tmp_path, damage, words):
    findings = look_at(change(answered(), damage), tmp_path)
    (fault,) = findings.faults
    assert words in fault.message


MENDED = {
    "metadata lost": (strip_metadata, "lost their metadata; they were put back"),
    "metadata and ids lost": (strip_metadata_and_ids, "lost their metadata; they were put back"),
    "points changed": (more_points, "its points were changed"),
    "check changed": (
        lambda nb: nb.cells[3].update(source="print('correct')"),
        "its check was changed; the grader uses its own",
    ),
    "another kernel": (another_kernel, "graded with python3"),
    "another cell is no python": (
        lambda nb: nb.cells[1].update(source="values = ["),
        "cell 2 is not valid Python",
    ),
    "nothing answered": (lambda nb: nb.cells[2].update(source=STUB), "save it in JupyterLab first"),
}


@pytest.mark.parametrize(("damage", "words"), MENDED.values(), ids=MENDED.keys())
def test_what_can_be_put_right_is_put_right_and_told(tmp_path, damage, words):
    findings = look_at(change(answered(), damage), tmp_path)
    assert findings.faults == []
    assert any(words in note for note in findings.notes), findings.notes
    marks = [cell.metadata.get("nbgrader", {}) for cell in findings.nb.cells]
    assert [(mark.get("grade_id"), mark.get("points")) for mark in marks[2:4]] == [
        ("task-1-1-solution", None),
        ("task-1-1-check", 1),
    ]


def test_a_sound_notebook_with_cells_of_ones_own_and_magics_is_left_alone(tmp_path):
    nb = answered()
    nb.cells.insert(1, nbformat.v4.new_code_cell("%timeit 1 + 1\n!ls\n?print", id="own"))
    assert look_at(nb, tmp_path).faults == look_at(nb, tmp_path).notes == []


def test_ids_in_a_notebook_whose_version_forbids_them_stop_nothing(tmp_path):
    nb = json.loads(nbformat.writes(answered())) | {"nbformat_minor": 4}
    assert look_at(json.dumps(nb), tmp_path).faults == []


def test_a_notebook_too_large_or_no_text_or_missing_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(preflight, "LARGEST", 100)
    assert "Clear Outputs of All Cells" in look_at(answered(), tmp_path).faults[0].message
    (tmp_path / "binary.ipynb").write_bytes(b"\xff\xfe\x00")
    (fault,) = preflight.inspect(tmp_path / "binary.ipynb", NAME, TASKS).faults
    assert "no text in UTF-8" in fault.message
    (fault,) = preflight.inspect(tmp_path / "none.ipynb", NAME, TASKS).faults
    assert "No such file" in fault.message


@pytest.mark.parametrize(("content", "words"), [(None, "is not a hand-out"), ("{", "is damaged")])
def test_a_folder_that_is_no_hand_out_is_named(tmp_path, content, words):
    if content:
        (tmp_path / "handout.json").write_text(content)
    with pytest.raises(NeurecError, match=words):
        preflight.read_handout(tmp_path)


@pytest.fixture
def hand_out(tmp_path, monkeypatch):
    """A hand-out of two small notebooks, both answered, that the commands work in."""
    (tmp_path / "notebooks").mkdir()
    for name, task in ((NAME, "1.1"), (OTHER, "2.1")):
        path = tmp_path / "notebooks" / f"{name}.ipynb"
        notebook_files.write_notebook(answered(task), path)
    facts = {"assignment": "neurec", "tasks": [vars(item) for item in TASKS]}
    (tmp_path / "handout.json").write_text(json.dumps(facts))
    monkeypatch.setattr(commands, "ROOT", tmp_path)
    return tmp_path


def put(hand_out, *sources):
    """Write the first notebook with these code cells in place of `values`."""
    nb = answered()
    own = [nbformat.v4.new_code_cell(s, id=f"own-{n}") for n, s in enumerate(sources)]
    nb.cells[1:2] = own
    notebook_files.write_notebook(nb, hand_out / "notebooks" / f"{NAME}.ipynb")


FAKE = """class nr:
    class Verdict:
        def _repr_mimebundle_(self, include=None, exclude=None):
            return {"text/plain": "."}, {"neurec": {"task": self.task, "outcome": self.outcome}}

    def check(task, total):
        verdict = nr.Verdict()
        verdict.task, verdict.outcome = task, "correct" if total == 6 else "incorrect"
        return verdict
"""


def test_the_check_runs_past_errors_and_says_what_was_earned(hand_out, capsys):
    put(hand_out, FAKE, "1 / 0")
    commands.check(["1"], run=True)
    text = capsys.readouterr().out
    assert re.search(r"01_first\W+1\.1\W+1\W+correct", text)
    assert "Nothing stops them from being graded" in text


def test_a_cell_that_takes_too_long_is_named(hand_out, monkeypatch):
    monkeypatch.setattr(checking, "CELL_SECONDS", 2)
    put(hand_out, FAKE, "while True: pass")
    with pytest.raises(NeurecError, match=r"01_first: cell own-1|took more than 2 s"):
        commands.check(["1"], run=True)


def test_a_kernel_that_a_notebook_ends_is_named(hand_out):
    put(hand_out, FAKE, "import os\nos._exit(3)")
    with pytest.raises(NeurecError, match="the kernel died"):
        commands.check(["1"], run=True)


def test_a_notebook_that_is_not_graded_is_refused(hand_out):
    with pytest.raises(NeurecError, match="notebook 07 is not graded. These are: 01_first"):
        commands.check(["7"], run=False)


def test_packing_makes_one_file_and_never_replaces_one(hand_out, capsys):
    commands.pack("Ада Лавлейс 😀", hand_out, anyway=False)
    commands.pack("Ада Лавлейс 😀", hand_out, anyway=False)
    assert "Hand in this file" in capsys.readouterr().out
    names = sorted(path.name for path in hand_out.glob("*.zip"))
    assert names == ["Ада-Лавлейс-neurec-2.zip", "Ада-Лавлейс-neurec.zip"]
    import zipfile

    with zipfile.ZipFile(hand_out / names[1]) as archive:
        assert archive.namelist() == [f"{NAME}.ipynb", f"{OTHER}.ipynb", "handed-in.json"]
        receipt = json.loads(archive.read("handed-in.json"))
        assert receipt["name"] == "Ада Лавлейс 😀"
        saved = (hand_out / "notebooks" / f"{NAME}.ipynb").read_bytes()
        assert archive.read(f"{NAME}.ipynb") == saved


def test_what_cannot_be_graded_is_packed_only_when_told(hand_out):
    (hand_out / "notebooks" / f"{NAME}.ipynb").write_text("")
    with pytest.raises(NeurecError, match=r"nothing was packed.*\n.*01_first: the file is empty"):
        commands.pack("Ada", hand_out, anyway=False)
    assert not list(hand_out.glob("*.zip"))
    commands.pack("Ada", hand_out, anyway=True)
    assert len(list(hand_out.glob("*.zip"))) == 1


def test_a_missing_notebook_stops_packing(hand_out):
    (hand_out / "notebooks" / f"{OTHER}.ipynb").unlink()
    with pytest.raises(NeurecError, match=f"{OTHER}.ipynb is missing"):
        commands.pack("Ada", hand_out, anyway=True)


@pytest.mark.parametrize("name", ["", " ", "123", "../..", "🙂", "Your Name"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(NeurecError, match="name"):
        pack.safe_name(name)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("../etc/passwd", "etc-passwd"),
        ("<b>Bob</b>; rm -rf /", "b-Bob-b-rm-rf"),
        ("אבי כהן", "אבי-כהן"),
        ("O'Neill, Ana María", "O-Neill-Ana-María"),
    ],
)
def test_a_name_becomes_a_harmless_file_name(name, stem):
    assert pack.safe_name(name) == stem


def test_a_full_disk_leaves_no_half_file(hand_out, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zipfile.ZipFile.writestr", full)
    with pytest.raises(NeurecError, match="No space left on device. Nothing was lost"):
        commands.pack("Ada", hand_out, anyway=False)
    assert not [path for path in hand_out.iterdir() if "zip" in path.name]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_that_editors_put_before_a_notebook_do_no_harm(encoding):
    text = nbformat.writes(answered())
    found = preflight.inspect_bytes(text.encode(encoding), NAME, TASKS)
    assert found.nb is not None and not found.faults


@pytest.mark.parametrize(
    "stored", [{"outputs": [{"output_type": "display_data", "data": {"image/png": 7}}]}, {}, None]
)
def test_what_an_editor_stores_as_outputs_stops_nothing(stored):
    document = json.loads(nbformat.writes(answered()))
    for cell in document["cells"]:
        if cell["cell_type"] == "code":
            del cell["outputs"], cell["execution_count"]
            cell |= {"outputs": None} if stored is None else stored
    found = preflight.inspect_bytes(json.dumps(document).encode(), NAME, TASKS)
    assert found.nb is not None and not found.faults
