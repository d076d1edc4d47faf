"""One batch of all that is ever handed in: what each earns, and that nothing leaks or is left."""

import hashlib
import shutil
import socket
import threading

import nbformat
import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")

from neurec_helpers.classroom import batch, grading, handout, preflight
from neurec_helpers.classroom.batch import grade_folder
from neurec_helpers.errors import NeurecError
from tests.helpers.classroom_runs import LIMITS, require_sandbox
from tests.helpers.classroom_submissions import SAMPLE, SECRET, make_all
from tests.helpers.graded_notebooks import NAME, TASKS, answered


@pytest.fixture(scope="module")
def listener():
    """A server on loopback that notes who connects."""
    server, callers = socket.create_server(("127.0.0.1", 0)), []

    def accept():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            callers.append(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    yield server.getsockname()[1], callers
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def hash_of(folder):
    """A hash of all names and contents in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode())
        digest.update(path.read_bytes() if path.is_file() and not path.is_symlink() else b"")
    return digest.hexdigest()


def processes():
    """Processes of sandboxes that this process has started."""
    import psutil

    mine = psutil.Process().children(recursive=True)
    return [each for each in mine if "bwrap" in each.name() or "runner" in str(each.cmdline())]


@pytest.fixture(scope="module")
def graded(tmp_path_factory, listener):
    require_sandbox()
    root = tmp_path_factory.mktemp("class")
    built = handout.build(root / "made", [1, 2], {"5.1": 2})
    outside, folder = root / "outside", root / "handed in"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret.txt").write_text(SECRET)
    cases = make_all(built.folder, folder, outside, listener[0], SAMPLE)
    before = hash_of(outside), hash_of(folder), hash_of(built.folder)
    messages = []
    found = grade_folder(
        folder,
        built.course,
        root / "grades",
        jobs=2,
        limits=LIMITS,
        watch=lambda *message: messages.append(message),
    )
    after = hash_of(outside), hash_of(folder), hash_of(built.folder)
    return {
        "cases": cases,
        "results": {result["student"]: result for result in found},
        "unchanged": before == after,
        "out": root / "grades",
        "built": built,
        "folder": folder,
        "messages": messages,
    }


def test_every_submission_gets_what_it_earned_or_the_reason_why_not(graded):
    assert len(graded["cases"]) == len(SAMPLE)
    assert sorted(graded["results"]) == sorted(case.name for case in graded["cases"])
    wrong = []
    for case in graded["cases"]:
        grades = graded["results"][case.name]["grades"]
        status = {grade["task"]: grade["status"] for grade in grades}
        reasons = " ".join([*(g["reason"] for g in grades), *graded["results"][case.name]["notes"]])
        if status != case.expected or case.reason not in reasons:
            wrong.append(f"{case.name}: {status}, expected {case.expected}: {reasons}")
    assert not wrong, "\n".join(wrong)


def test_points_follow_from_the_status_and_zero_is_not_the_same_as_not_graded(graded):
    for result in graded["results"].values():
        for grade in result["grades"]:
            maximum = {"5.1": 2, "5.2": 1, "5.3": 1}[grade["task"]]
            wanted = {"correct": maximum, "not graded": None}.get(grade["status"], 0)
            assert grade["points"] == wanted and grade["maximum"] == maximum
            assert grade["reason"] or grade["status"] == "correct"


def test_each_catalogued_mistake_is_named(graded):
    for case in graded["cases"]:
        if case.name.startswith("Mistake "):
            grade = graded["results"][case.name]["grades"][0]
            assert f"Mistake {grade['mistake']}" == case.name


def test_nothing_of_the_host_was_read_changed_or_left_running(graded, listener):
    assert graded["unchanged"]
    assert listener[1] == []
    for path in graded["out"].rglob("*"):
        # The one who looked for it has its letters turned round.
        assert path.is_dir() or SECRET.encode() not in path.read_bytes()
    assert processes() == []


def test_each_kept_to_its_limits(graded):
    def seconds(result):
        return sum(result["seconds"].values())

    slowest = max(graded["results"].values(), key=seconds)
    # Two notebooks, and a start of Python, TensorFlow and nbgrader, on a machine that may be busy.
    assert seconds(slowest) < 2 * LIMITS.seconds + 120, slowest["student"]


def again(graded):
    """Grade the same folder once more; what is said on the way."""
    messages = []
    grade_folder(
        graded["folder"],
        graded["built"].course,
        graded["out"],
        limits=LIMITS,
        watch=lambda *message: messages.append(message),
    )
    return messages


def test_a_second_run_grades_nothing_again_and_a_changed_file_alone(graded):
    of = len(graded["cases"])
    assert again(graded) == [(of, of, "")]
    changed = graded["folder"] / "Nobody Yet"
    shutil.copytree(graded["folder"] / "Half, Hanna", changed, dirs_exist_ok=True)
    assert again(graded) == [(of - 1, of, ""), (of, of, "Nobody Yet")]


def test_each_batch_has_other_hidden_ratings_and_old_notebooks_are_removed(graded):
    hidden = graded["out"] / "hidden" / "ratings.csv.gz"
    before, gone = hidden.read_bytes(), graded["out"] / "executed" / "gone"
    gone.mkdir()
    kept = graded["out"] / "executed" / graded["results"]["Correct, Carla"]["key"]
    again(graded)
    assert hidden.read_bytes() != before
    assert kept.is_dir() and not gone.exists()


def test_what_broke_off_is_no_result_and_is_graded_anew(graded, monkeypatch):
    of, path = len(graded["cases"]), graded["folder"] / "Bad Json" / "01_split.ipynb"
    path.write_bytes(path.read_bytes() + b" ")

    def broken(self, job):
        raise NeurecError("Python did not start in the sandbox")

    with monkeypatch.context() as patched:
        patched.setattr(batch.Worker, "grade", broken)
        assert again(graded)[-1] == (of, of, "Bad Json")
    assert again(graded) == [(of - 1, of, ""), (of, of, "Bad Json")]
    assert again(graded) == [(of, of, "")]


def test_a_check_that_was_emptied_is_run_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(grading, "answers_in", lambda item: {})  # the lesson has no task 1.1
    nb = answered()
    nb.cells[3].source = ""
    (tmp_path / f"{NAME}.ipynb").write_text(nbformat.writes(nb), encoding="utf-8")
    findings = preflight.inspect(tmp_path / f"{NAME}.ipynb", NAME, TASKS)
    sources = []

    class Session:
        def run(self, cells):
            sources.extend(source for source, _ in cells)
            return [None] * len(cells), {}, ""

    own = [item for item in TASKS if item.notebook == NAME]
    grading._grade_notebook(Session(), NAME, findings, own, None)
    assert own[0].check_source in sources


def test_a_plain_attempt_is_told_to_the_teacher_alone(graded):
    patched = graded["results"]["Patched, Pat"]
    assert any("nr.check" in attempt for attempt in patched["attempts"])
    assert "had been changed" not in " ".join(patched["notes"])
    assert graded["results"]["Correct, Carla"]["attempts"] == []


def test_the_notebook_as_it_ran_is_kept(graded):
    key = graded["results"]["Correct, Carla"]["key"]
    text = (graded["out"] / "executed" / key / "01_split.ipynb").read_text(encoding="utf-8")
    assert "Task 5.1: correct" in text and "HIDDEN TESTS" not in text


def test_a_set_up_that_fails_the_reference_grades_nobody(graded, tmp_path, monkeypatch):
    course = tmp_path / "made" / "course"
    shutil.copytree(graded["built"].course.parent, tmp_path / "made")
    source = course / "source" / "neurec" / "01_split.ipynb"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("test_size=0.2,", "test_size=0.3,"), encoding="utf-8")
    with pytest.raises(NeurecError, match="reference solution does not get full marks") as e:
        grade_folder(
            graded["folder"],
            course,
            tmp_path / "grades",
            limits=LIMITS,
        )
    assert "Something is wrong with the set-up" in str(e.value) and "task 5.1" in str(e.value)


@pytest.mark.parametrize("read", [batch.read_graded, batch.read_language])
def test_a_folder_that_is_not_a_course_is_named_with_its_cure(tmp_path, read):
    with pytest.raises(NeurecError, match=r"is not a course folder.* neurec classroom build"):
        read(tmp_path)
