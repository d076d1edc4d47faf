"""The border keeps what matters: right answers stay right, and a mistake keeps its name."""

import pytest

from neurec_helpers.classroom import sandbox, session
from neurec_helpers.classroom.hidden import make_hidden
from tests.helpers.classroom_lesson import expected_of, notebook_of, rounds
from tests.helpers.classroom_runs import require_sandbox


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    require_sandbox()
    data = make_hidden(tmp_path_factory.mktemp("course"))
    judge = session.Judge(data, sandbox.Limits())
    with session.Session(data, sandbox.Limits(), judge) as made:
        yield made.run
    judge.end()


@pytest.mark.parametrize("number", [0, 1, -1], ids=["right", "a mistake", "the last mistake"])
def test_each_task_is_judged_across_the_border_as_in_the_lesson(run, number):
    answers = rounds(number)
    _, verdicts, ended = run(notebook_of(answers))
    assert ended == ""
    got = {task: (found["status"], found["mistake"]) for task, found in verdicts.items()}
    assert got == {task: expected_of(mistake) for task, (mistake, _) in answers.items()}
