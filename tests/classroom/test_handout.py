"""The hand-out: nothing in it gives a solution away, and the course behind it is nbgrader's."""

import dataclasses
import io
import json
import re
import secrets
import shutil
import subprocess
import sys
import zipfile

import nbformat
import pytest
from typer.testing import CliRunner

from neurec_helpers.classroom import course, handout, personal, preflight
from neurec_helpers.cli import app
from neurec_helpers.cli import classroom_teaching as commands
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.tasks import solutions

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")
ALL = range(1, 9)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A hand-out of all notebooks, one task worth two points, one solution opened."""
    target = tmp_path_factory.mktemp("class") / "made"
    return handout.build(target, ALL, {"5.2": 2.5}, deadline="Friday, 12:00", opened=["7.3"])


def lesson_solutions():
    for path in notebook_files.find_notebooks(NOTEBOOKS):
        nb = notebook_files.read_notebook(path)
        for cell in notebook_files.find_cells(nb, role="solution"):
            task = notebook_files.neurec_metadata(cell)["task"]
            yield task, solutions.solution_source(task)


def plain(text):
    """A text without spaces and without what JSON puts between the lines of a cell."""
    return re.sub(r"\\n|[\s\\\"',]", "", text)


@pytest.mark.parametrize(("task", "solution"), list(lesson_solutions()))
def test_no_file_of_the_hand_out_holds_a_solution(built, task, solution):
    body = plain(solution)
    holders = []
    with zipfile.ZipFile(built.archive) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            if body in plain(content.decode("utf-8", errors="ignore")):
                holders.append(name)
    opened = ["neurec-handout/solutions.json"] if task == "7.3" else []
    assert holders == opened


def test_a_notebook_that_shows_a_solution_word_for_word_is_named(built):
    assert built.given_away == {}
    shown = nbformat.v4.new_code_cell("total = 0\nfor  one in range(3):\n    total += one")
    later = nbformat.v4.new_notebook(cells=[shown])
    solutions = {"9.1": "for one in range(3):\n    total += one", "9.2": "total = 3"}
    assert handout.find_given_away({"09_later": later}, solutions) == {"9.1": ["09_later"]}


def test_the_search_for_solutions_would_find_one():
    notebook = (NOTEBOOKS / "07_recommendations.ipynb").read_text(encoding="utf-8")
    for task, solution in lesson_solutions():
        assert (plain(solution) in plain(notebook)) is task.startswith("7.")


def test_no_output_is_handed_out_and_every_stub_is_the_lessons(built):
    for path in notebook_files.find_notebooks(built.folder / "notebooks"):
        nb = notebook_files.read_notebook(path)
        assert all(not cell.outputs for cell in nb.cells if cell.cell_type == "code")
        lesson = notebook_files.strip_solutions(notebook_files.read_notebook(NOTEBOOKS / path.name))
        for ours, theirs in zip(lesson.cells, nb.cells, strict=True):
            text = course.POINTS.sub(r"\1", theirs.source)
            assert text.rstrip() == course.POINTS.sub(r"\1", ours.source).rstrip()
            assert "source_hidden" not in theirs.metadata.get("jupyter", {})


def test_points_are_written_and_counted(built):
    nb = notebook_files.read_notebook(built.folder / "notebooks" / "02_users_and_books.ipynb")
    (text,) = (cell.source for cell in notebook_files.find_cells(nb, "5.2", "task"))
    assert text.startswith("### Task 5.2 (2.5 points)")
    (check,) = notebook_files.find_cells(nb, "5.2", "check")
    assert check.metadata["nbgrader"]["points"] == 2.5
    assert sum(item.points for item in built.items) == 15.5


def test_hidden_tests_stand_in_the_course_only(built):
    source = (built.course / "source" / "neurec" / "01_split.ipynb").read_text(encoding="utf-8")
    assert "BEGIN HIDDEN TESTS" in source and "require_correct" in source
    for path in (built.folder / "notebooks").iterdir():
        assert "HIDDEN" not in path.read_text(encoding="utf-8")


def test_the_start_page_names_notebooks_points_and_deadline(built):
    page = nbformat.read(built.folder / "start.ipynb", as_version=4)
    text = "\n".join(cell.source for cell in page.cells)
    for words in ("14 tasks, 15.5 points", "Friday, 12:00", "5.2 (2.5)", "classroom pack"):
        assert words in text
    for path in notebook_files.find_notebooks(built.folder / "notebooks"):
        assert f"(notebooks/{path.name})" in text
    assert "Friday, 12:00" in (built.folder / "README.md").read_text(encoding="utf-8")


def test_folder_and_zip_hold_the_same_and_no_foreign_file(built):
    files = {p.relative_to(built.folder.parent).as_posix(): p for p in built.folder.rglob("*")}
    files = {name: path for name, path in files.items() if path.is_file()}
    with zipfile.ZipFile(built.archive) as archive:
        assert sorted(archive.namelist()) == sorted(files)
        assert all(archive.read(name) == path.read_bytes() for name, path in files.items())
    assert not any("__pycache__" in name or "/.git" in name for name in files)


# The hand-out's own helper, although another one is installed here.
ALONE = """
import sys
sys.meta_path = [f for f in sys.meta_path if "Editable" not in getattr(f, "__name__", "")]
sys.path.insert(0, {folder!r})
from neurec_helpers.cli import main
sys.argv = ["neurec", *{words!r}]
main()
"""


def alone(folder, *words):
    """Run a command in a hand-out that has nothing of neurec but what lies in it."""
    code = ALONE.format(folder=str(folder), words=words)
    # In another folder than the checkout, from which Python would import too.
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, timeout=300
    )


def test_it_holds_the_students_rooms_and_commands_only(built):
    package = built.folder / "neurec_helpers"
    rooms = {path.name for path in package.iterdir() if path.is_dir()}
    assert rooms == {*handout.ROOMS, "cli", "notebook", "classroom", "locale"}
    listed = alone(built.folder, "--help")
    assert all(name in listed.stdout for name in ("lab", "doctor", "data", "classroom"))
    assert not any(f" {name} " in listed.stdout for name in ("bench", "calibrate", "train"))
    listed = alone(built.folder, "classroom", "--help")
    assert "check" in listed.stdout and "pack" in listed.stdout
    assert "grade" not in listed.stdout.replace("and grade", "").replace("being graded", "")
    for name in ("grading", "collect", "hidden", "handout", "course"):
        assert not (package / "classroom" / f"{name}.py").exists()


def test_the_students_commands_work_with_what_it_holds(built, tmp_path):
    copy = shutil.copytree(built.folder, tmp_path / "mine")
    done = alone(copy, "classroom", "check", "--no-run")
    assert done.returncode == 0 and "Nothing stops them" in done.stdout, done.stderr
    done = alone(copy, "classroom", "pack", "--name", "Ada Lovelace")
    assert done.returncode == 0 and (copy / "Ada-Lovelace-neurec.zip").is_file(), done.stderr
    assert alone(copy, "data", "verify").returncode == 0
    done = alone(copy, "data", "reference")
    assert done.returncode == 1 and "has no benchmarks" in done.stderr


def test_each_module_of_it_can_be_imported_without_the_rest(built):
    code = """
import importlib, pathlib, sys
sys.meta_path = [f for f in sys.meta_path if "Editable" not in getattr(f, "__name__", "")]
sys.path.insert(0, ".")
for path in pathlib.Path("neurec_helpers").rglob("*.py"):
    if path.stem != "__main__":
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=built.folder, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_a_notebook_that_needs_more_brings_it():
    assert any("scale" in path.parts for path in handout.files_needed([1, 10]))
    assert not any("scale" in path.parts for path in handout.files_needed([1]))


def test_personal_ratings_are_of_each_student_alone(built, tmp_path, monkeypatch):
    roster = tmp_path / "class.csv"
    roster.write_text("name,email\nAda,a@x.org\nAda,b@x.org\n", encoding="utf-8")
    monkeypatch.setattr(
        personal,
        "_own_sizes",
        lambda: {"seed": secrets.randbelow(9**9), "n_users": 90, "n_books": 40, "n_ratings": 900},
    )
    copy = shutil.copytree(built.folder.parent, tmp_path / "made")
    made = dataclasses.replace(
        built, folder=copy / "neurec-handout", archive=copy / "h.zip", course=copy / "course"
    )
    archives = personal.make_personal(made, roster)
    assert [path.name for path in archives] == ["Ada.zip", "Ada-2.zip"]
    ratings = []
    for path in archives:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            ratings.append(archive.read("neurec-handout/data/ratings.csv.gz"))
    with zipfile.ZipFile(built.archive) as archive:
        assert names == set(archive.namelist())
        ratings.append(archive.read("neurec-handout/data/ratings.csv.gz"))
    assert len(set(ratings)) == 3
    kept = json.loads((made.course / "personal.json").read_text(encoding="utf-8"))
    assert kept["Ada-2"]["email"] == "b@x.org" and kept["Ada"]["seed"] != kept["Ada-2"]["seed"]
    assert (made.course / "personal.json").stat().st_mode & 0o777 == 0o600


def test_a_solution_is_shown_only_where_the_teacher_opened_it(built):
    opened = solutions.opened_solution("7.3", built.folder)
    assert opened == solutions.solution_source("7.3")
    assert solutions.opened_solution("7.2", built.folder) is None
    assert solutions.solution_source("7.2", built.folder / "notebooks") is None


def test_a_damaged_file_of_solutions_is_named(tmp_path):
    (tmp_path / "solutions.json").write_text("{")
    with pytest.raises(NeurecError, match=r"solutions.json can't be read"):
        solutions.opened_solution("7.3", tmp_path)


def test_the_hand_out_knows_its_tasks(built):
    facts = preflight.read_handout(built.folder)
    assert [item.task for item in facts["tasks"]] == [item.task for item in built.items]
    assert all("..." in item.stub and "nr.check" in item.check_source for item in facts["tasks"])


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "grades.csv").write_text("1")
    with pytest.raises(NeurecError, match="may hold grades"):
        handout.build(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"points": {"9.9": 1}}, "no task 9.9 in these notebooks"),
        ({"points": {"7.1": 1}, "numbers": [1]}, "no task 7.1"),
        ({"opened": ["7.1"], "numbers": [1]}, "no task 7.1 is handed out"),
        ({"language": "xx"}, "no edition in 'xx'"),
        ({"numbers": [12]}, "no notebook 12"),
    ],
)
def test_what_cannot_be_built_is_refused_and_nothing_made(tmp_path, options, words):
    with pytest.raises(NeurecError, match=words):
        handout.build(tmp_path / "made", **options)
    assert list(tmp_path.iterdir()) == []


def test_without_nbgrader_the_cure_is_named_and_nothing_made(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.apps", None)
    with pytest.raises(NeurecError, match="make classroom"):
        handout.build(tmp_path / "made", [1])
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_half_written_where_the_disk_is_full(tmp_path, monkeypatch):
    def full(folder, archive):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handout, "_zip", full)
    with pytest.raises(NeurecError, match="No space left on device. Nothing was made"):
        handout.build(tmp_path / "made", [1])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["5.1", "5.1=", "5.1=x", "5.1=-1", "5.1=0", "5.1=nan"])
def test_points_that_are_none_are_refused(text):
    with pytest.raises(NeurecError, match="give a task and its points"):
        commands.parse_points([text])


def test_the_command_says_where_everything_is(tmp_path):
    result = CliRunner().invoke(
        app, ["classroom", "build", str(tmp_path / "made"), "-n", "1", "-p", "5.1=3"]
    )
    assert result.exit_code == 0, result.output
    assert "(1 task, 3 points)" in result.output
    with zipfile.ZipFile(io.BytesIO((tmp_path / "made" / "neurec-handout.zip").read_bytes())) as z:
        facts = json.loads(z.read("neurec-handout/handout.json"))
    assert [task["points"] for task in facts["tasks"]] == [3]
