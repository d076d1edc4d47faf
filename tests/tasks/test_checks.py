"""check(), hint() and solution(): the four outcomes, and calls that can't be right."""

import numpy as np
import pandas as pd
import pytest
from IPython.core.formatters import DisplayFormatter
from sklearn.model_selection import train_test_split

import neurec_helpers as nr
from neurec_helpers.tasks import TASKS, solutions
from neurec_helpers.tasks.base import Given
from neurec_helpers.tasks.functions import first_line

RATINGS = pd.DataFrame(
    {"book_id": [1, 1, 2, 2, 3], "user_id": [1, 2, 1, 3, 2], "rating": [5, 4, 3, 2, 1]}
)


@pytest.mark.parametrize("task_id", TASKS)
def test_nothing_handed_over(task_id):
    verdict = nr.check(task_id)
    assert verdict.outcome == "uncheckable"
    assert f'`nr.check("{task_id}", ' in verdict.message


@pytest.mark.parametrize("task_id", TASKS)
def test_dots_are_not_attempted(task_id):
    verdict = nr.check(task_id, *[...] * len(TASKS[task_id].takes))
    assert verdict.outcome == "not attempted"
    assert f'nr.hint("{task_id}")' in verdict.message


@pytest.mark.parametrize("task_id", TASKS)
def test_none_is_named(task_id):
    """As from ``n_books = print(...)`` or a method that works in place."""
    verdict = nr.check(task_id, *[None] * len(TASKS[task_id].takes))
    given = isinstance(TASKS[task_id].values[0], Given)
    assert (verdict.outcome, verdict.mistake) == (
        ("uncheckable", None) if given else ("incorrect", "nothing")
    )
    assert "None" in verdict.message


WRONG_TYPES = {
    "text": "ten thousand",
    "number": 3.5,
    "table": RATINGS,
    "function": len,
    "array": np.zeros(3),
    "object": object(),
    "list": [[1, 2], [3]],
    "exception": ValueError("x"),
}


@pytest.mark.parametrize("kind", WRONG_TYPES)
@pytest.mark.parametrize("task_id", TASKS)
def test_a_wrong_type_never_raises_and_is_never_correct(task_id, kind):
    answer = [WRONG_TYPES[kind]] * len(TASKS[task_id].takes)
    verdict = nr.check(task_id, *answer)
    assert verdict.outcome in ("uncheckable", "incorrect")
    assert verdict.message


@pytest.mark.parametrize("task_id", ["5.2", "5.3"])
@pytest.mark.parametrize("answer", [np.array([[3, 3]]), 2.5, RATINGS, len, [], {}])
def test_an_answer_that_is_no_number_is_named(task_id, answer):
    verdict = nr.check(task_id, RATINGS, answer)
    assert verdict.outcome == "uncheckable"
    assert "whole number" in verdict.message


def test_another_tasks_answer():
    assert nr.check("5.1", RATINGS, 3, 3).outcome == "uncheckable"
    assert nr.check("5.2", RATINGS, RATINGS).outcome == "uncheckable"
    assert nr.check("5.4", 3, RATINGS, RATINGS).outcome == "uncheckable"
    assert nr.check("5.5", 3).outcome == "uncheckable"


def test_numbers_written_as_text_are_named():
    verdict = nr.check("5.1", RATINGS, RATINGS, RATINGS.astype({"rating": str}))
    assert verdict.outcome == "uncheckable"
    assert "`test` should hold numbers, but rating holds text" in verdict.message


def test_unknown_task_lists_the_tasks():
    with pytest.raises(nr.NeurecError, match=r"no task '9\.9'.*5\.1, 5\.2"):
        nr.check("9.9", 1)


def test_a_number_for_the_task_will_do():
    assert nr.check(5.2, RATINGS, 3).outcome == "correct"


def test_verdict_in_text_and_html():
    verdict = nr.check("5.2", RATINGS, 3)
    assert repr(verdict) == "Task 5.2: correct. There are 3 books."
    assert "Task 5.2: correct." in verdict._repr_html_()


def test_a_program_reads_the_outcome_from_the_metadata():
    data, metadata = DisplayFormatter().format(nr.check("5.2", RATINGS, 4))
    assert set(data) == {"text/plain", "text/html"}
    assert metadata["neurec"] == {
        "task": "5.2",
        "outcome": "incorrect",
        "mistake": "one too many",
    }


def test_html_of_a_verdict_is_inert():
    verdict = nr.check("5.6", lambda true, predicted: 1 / 0 or "<script>")
    assert "ZeroDivisionError" in verdict.message

    def hostile(true, predicted):
        raise ValueError("<script>alert(1)</script>")

    shown = nr.check("5.6", hostile)._repr_html_()
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("task_id", TASKS)
def test_hints_go_from_first_to_last(task_id):
    hints = TASKS[task_id].hints
    assert len(hints) >= 2
    for level in range(1, len(hints) + 1):
        assert hints[level - 1] in repr(nr.hint(task_id, level))
    for level in (0, len(hints) + 1, "first"):
        with pytest.raises(nr.NeurecError, match=f"level 1 to {len(hints)}"):
            nr.hint(task_id, level)


@pytest.mark.parametrize("task_id", TASKS)
def test_solution_is_the_notebooks_own(task_id):
    shown = nr.solution(task_id)
    assert solutions.solution_source(task_id) in repr(shown)
    assert "<pre>" in shown._repr_html_()


def test_solution_in_a_handout_is_the_teachers(monkeypatch):
    monkeypatch.setattr(solutions, "solution_source", lambda task: None)
    assert "ask your teacher" in repr(nr.solution("5.1"))


def test_of_an_error_in_a_layer_the_reason_is_told():
    said = "Exception encountered when calling Functional.call().\n\n\x1b[1mNo such id.\x1b[0m\n"
    assert first_line(ValueError(said)) == "No such id."


@pytest.mark.parametrize(("size", "mistake"), [(0.2, None), (2, None), (1, "another share")])
def test_the_size_of_a_part_in_whole_rows_may_be_rounded_either_way(size, mistake):
    ratings = pd.DataFrame({"book_id": range(13), "user_id": range(13), "rating": 4})
    parts = train_test_split(ratings, test_size=size, random_state=42)
    assert nr.check("5.1", ratings, *parts).mistake == mistake
