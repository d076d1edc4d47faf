"""The wheel: what it holds, and a student's and a teacher's way with nothing else at hand."""

import email
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from hatch_build import LESSON
from neurec_helpers.classroom import handout
from neurec_helpers.classroom.sandbox import require_bubblewrap
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, ROOT
from tests.helpers.installed_wheel import installed

__all__ = ["installed"]  # the fixture is used here

NAMES = [path.name for path in notebook_files.find_notebooks(NOTEBOOKS)]


def state(folder):
    """Each file below a folder with its size and time, without what Python caches."""
    files = [path for path in folder.rglob("*") if "__pycache__" not in path.parts]
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def home(tmp_path, installed):
    """An empty folder of the user's. What is installed stays as it is, whatever is done there."""
    before = state(installed.package)
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    assert state(installed.package) == before


def test_the_wheel_holds_the_lesson_and_nothing_that_needs_a_checkout(installed):
    with zipfile.ZipFile(installed.wheel) as archive:
        names = archive.namelist()
        shipped = [n for n in names if n.startswith("neurec_helpers/_lesson/")]
        for name in shipped:
            there = ROOT / name.removeprefix("neurec_helpers/_lesson/")
            assert archive.read(name) == there.read_bytes(), name
    assert [Path(n).name for n in shipped if re.search(r"/notebooks/\d", n)] == NAMES
    assert [Path(n).name for n in shipped if "/notebooks/ru/" in n] == NAMES
    assert {Path(n).name for n in shipped if "/data/" in n} >= {"ratings.csv.gz", "README.md"}
    assert {"neurec_helpers/scale/README.md", "neurec_helpers/shelf/words.toml"} <= set(names)
    tools = re.compile(r"^tests|/bench|/regression/|/translating/|/colab\.py|\.pyc|/\.")
    assert [n for n in names if tools.search(n)] == ["neurec_helpers/notebook/colab.py"]
    assert installed.wheel.stat().st_size < 10e6


def test_what_a_hand_out_is_made_of_is_in_the_wheel():
    assert set(handout.FILES) <= set(LESSON)


def test_the_sdist_makes_the_same_wheel_and_holds_the_tests(installed):
    with zipfile.ZipFile(installed.wheel) as one, zipfile.ZipFile(installed.rebuilt) as other:
        crc = [{each.filename: each.CRC for each in wheel.infolist()} for wheel in (one, other)]
    assert crc[0] == crc[1]
    unpacked = installed.rebuilt.parent.parent / installed.sdist.name.removesuffix(".tar.gz")
    assert (unpacked / "tests" / "test_wheel.py").is_file()
    assert not list(unpacked.rglob("*.pyc")) and not (unpacked / ".venv").exists()


def test_what_the_wheel_says_of_itself(installed):
    with zipfile.ZipFile(installed.wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        about = email.message_from_bytes(archive.read(name))
    assert about["License-Expression"] == "MIT" and about["Keywords"]
    assert len(about.get_all("Classifier")) > 5
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"version: {about['Version']}\n" in citation
    asked = [Requirement(text) for text in about.get_all("Requires-Dist")]
    needed = {each.name for each in asked if each.marker is None}
    assert {"tensorflow", "keras", "jupyterlab"} <= needed
    assert not needed & {"pytest", "nbgrader", "jax", "py-rattler"}


def test_lab_copies_the_notebooks_once_and_their_links_lead_somewhere(installed, home):
    done = installed.run(home, "lab", "--no-open")
    assert done.returncode == 0, done.stderr
    copies = home / "neurec-notebooks" / "notebooks"
    assert done.stdout.splitlines() == [
        *(f"new   {name}" for name in NAMES),
        f"Your copies are in {copies}.",
    ]
    for name in NAMES:
        text = (copies / name).read_text(encoding="utf-8")
        assert text == (NOTEBOOKS / name).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(((?!https?:)[^)#\\]+)", text):
            assert (copies / link).exists(), (name, link)

    (copies / NAMES[0]).write_text("my work")
    (copies / NAMES[1]).unlink()
    for folder in (home, copies.parent):  # from above, and from within
        done = installed.run(folder, "lab", "--no-open")
        assert f"kept  {NAMES[0]}" in done.stdout
        assert "To begin one anew, rename yours first." in done.stdout
    assert (copies / NAMES[0]).read_text() == "my work"
    assert (copies / NAMES[1]).exists()
    assert list(home.iterdir()) == [copies.parent]


def test_practice_opens_the_tasks_in_a_folder_of_ones_choice(installed, home):
    done = installed.run(home, "practice", "--no-open", "--folder", "mine")
    assert done.returncode == 0, done.stderr
    copies = home / "mine" / "practice"
    assert sorted(path.name for path in copies.iterdir()) == NAMES
    assert "BEGIN SOLUTION" not in (copies / "05_training.ipynb").read_text(encoding="utf-8")
    assert (home / "mine" / "data" / "README.md").is_file()


def test_the_first_notebook_runs_and_the_report_comes_to_the_user(installed, home):
    done = installed.run(home, "lesson", "-n", "01")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Rows in train +785,404", done.stdout)
    assert "5.1 correct" in done.stdout
    made = {path.name for path in home.rglob("*") if path.is_file()}
    assert made == {"lesson.html", "lesson_times.json"}
    assert (home / "neurec-notebooks" / "build" / "lesson.html").is_file()


EXAMINE = """
from neurec_helpers.cli import doctor
for name in ("python", "packages", "neurec", "disk", "shelf", "dataset", "kernel"):
    found = getattr(doctor, f"examine_{name}")()
    print(found.state, found.text)
"""


def test_doctor_finds_no_fault_without_a_checkout(installed, home):
    done = installed.python(home, EXAMINE)
    lines = done.stdout.splitlines()
    assert len(lines) == 7, done.stderr
    # The versions beside a wheel are pip's choice, here of setuptools.
    states = [line.split()[0] for line in lines]
    assert states.pop(1) in ("ok", "note") and set(states) == {"ok"}, done.stdout
    assert str(installed.package) in lines[2]


def test_data_train_and_version_answer(installed, home):
    assert installed.run(home, "--version").stdout == "neurec 0.1.0\n"
    done = installed.run(home, "data", "verify")
    assert done.stdout == "shelf: as it should be.\n", done.stderr
    assert installed.run(home, "train", "--help").returncode == 0
    listed = installed.run(home, "--help").stdout
    assert " lab " in listed and "For maintainers" not in listed


def test_a_hand_out_is_built_and_is_the_same_as_from_a_checkout(installed, home):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")
    done = installed.run(home, "classroom", "build", "class", "-n", "01")
    assert done.returncode == 0, done.stderr
    made = home / "class" / handout.NAME
    files = {path.relative_to(made) for path in made.rglob("*") if path.is_file()}
    wanted = {path.relative_to(ROOT) for path in handout.files_needed([1])}
    pages = {"README.md", "handout.json", "start.ipynb", "notebooks/01_split.ipynb"}
    assert files == wanted | set(map(Path, pages))
    # There the hand-out is what `lab` and `classroom check` are about.
    done = installed.python(made, "from neurec_helpers.paths import ROOT; print(ROOT)")
    assert done.stdout.strip() == str(made.resolve())


SHOW = """
import subprocess
from neurec_helpers.classroom.sandbox import Limits, walls
from neurec_helpers.classroom.seccomp import filter_file
from neurec_helpers.paths import LESSON
for path in (LESSON.parent / "__init__.py", LESSON, LESSON / "notebooks"):
    with filter_file() as calls:
        command = [*walls(Limits(), {}, 0, calls.fileno()), "/bin/ls", str(path)]
        seen = subprocess.run(command, capture_output=True, pass_fds=[calls.fileno()])
    print(seen.returncode, seen.stdout.decode().split())
"""


def test_no_submission_sees_the_solutions_of_the_wheel(installed, home):
    try:
        require_bubblewrap()
    except NeurecError as error:
        pytest.skip(str(error))
    done = installed.python(home, SHOW)
    package, lesson, notebooks = done.stdout.splitlines()
    assert package.startswith("0 ['/") and lesson == "0 []", done.stderr
    assert notebooks == "2 []"


def test_an_editable_install_still_finds_the_checkout(installed, tmp_path):
    """A hand-out and a checkout are installed so; nothing of the lesson is copied."""
    code = (
        "import sys\nfrom hatchling.build import build_editable\nprint(build_editable(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name]
        assert names == ["_neurec.pth"]
        assert archive.read("_neurec.pth").decode() == str(ROOT)
