"""Submissions of all the lesson's notebooks: each catalogued mistake is recognised when graded."""

import pytest

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")

from neurec_helpers.classroom import handout
from neurec_helpers.classroom.batch import grade_folder
from neurec_helpers.tasks import TASKS
from tests.helpers.classroom_lesson import (
    honest_answers,
    mistaken_answers,
    write_submission,
)
from tests.helpers.classroom_runs import require_sandbox


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Results by student, and the mistakes that each has made, by task."""
    require_sandbox()
    root = tmp_path_factory.mktemp("lesson")
    built = handout.build(root / "made")
    notebooks, folder, made = built.folder / "notebooks", root / "handed in", {}
    for number, (answers, mistakes) in enumerate(mistaken_answers()):
        made[f"Mistaken {number:02d}"] = mistakes
        write_submission(notebooks, folder / f"Mistaken {number:02d}", answers, whole=False)
    for number in (0, 1, 2):
        made[f"Honest {number}"] = {}
        write_submission(
            notebooks, folder / f"Honest {number}", honest_answers(number), whole=number == 2
        )
    found = grade_folder(folder, built.course, root / "grades", jobs=2)
    return {result["student"]: result for result in found}, made


def test_every_mistake_of_the_catalogue_is_named_and_all_else_is_correct(graded):
    results, made = graded
    wrong = []
    for student, mistakes in made.items():
        for grade in results[student]["grades"]:
            mistake = mistakes.get(grade["task"], "")
            status = "incorrect" if mistake else "correct"
            if (grade["status"], grade["mistake"]) != (status, mistake):
                wrong.append((student, mistake, grade))
    assert not wrong, "\n".join(map(str, wrong))


def test_only_mistakes_of_special_ratings_are_not_among_them(graded):
    made = {(task, name) for mistakes in graded[1].values() for task, name in mistakes.items()}
    catalogued = {
        (task, name)
        for task in next(iter(graded[0].values()))["grades"]
        for task in [task["task"]]
        for name in TASKS[task].mistakes
    }
    special = {
        (task, name) for task in ("5.2", "5.3") for name in ("largest id", "training part only")
    }
    assert catalogued - made == special
