"""One batch of all that is ever handed in: what each earns, and that nothing leaks or is left."""

import csv
import hashlib
import re
import shutil
import socket
import threading

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")

from neurec_helpers.classroom import gradebooks, handout, likeness, results
from neurec_helpers.classroom.batch import grade_folder
from neurec_helpers.errors import NeurecError
from tests.helpers.classroom_runs import LIMITS, require_sandbox
from tests.helpers.classroom_submissions import SAMPLE, SECRET, make_all


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
    results.write_all(found, root / "grades")
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
        assert path.is_dir() or SECRET not in path.read_text(encoding="utf-8")
    assert processes() == []


def test_each_kept_to_its_limits(graded):
    def seconds(result):
        return sum(result["seconds"].values())

    slowest = max(graded["results"].values(), key=seconds)
    # Two notebooks, and a start of Python, TensorFlow and nbgrader, on a machine that may be busy.
    assert seconds(slowest) < 2 * LIMITS.seconds + 120, slowest["student"]


def test_the_table_has_a_row_for_each_task_and_no_formula(graded):
    text = (graded["out"] / "tasks.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 3 * len(graded["cases"])
    for row in rows:
        assert (row["points"] == "") is (row["status"] == "not graded")
        assert not row["student"].startswith(("=", "+", "-", "@"))
    late = {row["student"] for row in rows if row["late"]}
    assert late == {"lovelaceada"}


def test_pages_show_what_students_wrote_as_text_only(graded):
    pages = sorted(graded["out"].glob("feedback/*.html"))
    assert len(pages) == len(graded["cases"])
    for page in [*pages, graded["out"] / "report.html"]:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text and "<img" not in text
        assert "HIDDEN TESTS" not in text and "neurec_verdicts" not in text
        assert "default-src 'none'" in text
    names = [page.stem for page in pages]
    assert not any(re.search(r"[<>$;`/ ]", name) for name in names)


def test_feedback_names_the_mistake_and_shows_the_answer(graded):
    text = (graded["out"] / "feedback" / "Mistake-a-quarter.html").read_text(encoding="utf-8")
    assert "Task 5.1: incorrect (0 of 2)" in text
    assert "test_size=0.25` is 3 : 1" in text
    assert "Your answer" in text and "train_test_split(ratings, random_state=42)" in text


def test_the_report_counts_mistakes_and_finds_the_twins(graded):
    text = (graded["out"] / "report.html").read_text(encoding="utf-8")
    assert "a quarter" in text and "Could not be graded" in text
    executed = graded["out"] / "executed"
    found = likeness.find_alike(list(graded["results"].values()), executed)
    names = {result["key"]: name for name, result in graded["results"].items()}
    pairs = [(names[pair.first], names[pair.second]) for pair in found]
    assert ("Twin, Ann", "Twin, Ben") in pairs
    assert not any("Carla" in first or "Carla" in second for first, second in pairs)


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


def test_points_reach_nbgraders_own_gradebook(graded):
    from nbgrader.api import Gradebook

    course = graded["built"].course
    gradebooks.record(list(graded["results"].values()), course)
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "neurec") as book:
        assert book.find_submission("neurec", "Correct-Carla").score == 4
        assert book.find_submission("neurec", "Nobody-Yet").score == 0
        killed = book.find_submission("neurec", "Killed-Kim")
        assert killed.score == 2 and killed.needs_manual_grade
    # What was written into it makes no submission another one.
    assert again(graded) == [(len(graded["cases"]), len(graded["cases"]), "")]


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
