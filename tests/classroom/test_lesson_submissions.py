"""The border keeps what matters: right answers stay right, and a mistake keeps its name."""

import pytest

from neurec_helpers.classroom import sandbox, session
from neurec_helpers.classroom.hidden import make_hidden
from tests.helpers.classroom_lesson import expected_of, notebook_of, right_rounds, rounds
from tests.helpers.classroom_runs import require_sandbox


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    require_sandbox()
    data = make_hidden(tmp_path_factory.mktemp("course"))
    judge = session.Judge(data, sandbox.Limits())
    with session.Session(data, sandbox.Limits(), judge) as made:
        yield made.run
    judge.end()


RIGHT = list(right_rounds())
CASES = [*RIGHT, rounds(1), rounds(-1)]
NAMES = [*(f"right {n}" for n in range(1, len(RIGHT) + 1)), "a mistake", "the last mistake"]


@pytest.mark.parametrize("answers", CASES, ids=NAMES)
def test_each_task_is_judged_across_the_border_as_in_the_lesson(run, answers):
    _, verdicts, ended = run(notebook_of(answers))
    assert ended == ""
    got = {task: (found["status"], found["mistake"]) for task, found in verdicts.items()}
    assert got == {task: expected_of(mistake) for task, (mistake, _) in answers.items()}
