"""Each task: stub, solution, other styles, and every catalogued mistake with its own message."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

import neurec_helpers as nr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.tasks import TASKS, solutions
from tests.helpers.task_answers import RIGHT as RIGHT_IN_LESSON
from tests.helpers.task_answers import WRONG as WRONG_IN_LESSON
from tests.helpers.task_answers_beyond import RIGHT as RIGHT_BEYOND
from tests.helpers.task_answers_beyond import WRONG as WRONG_BEYOND

RIGHT = RIGHT_IN_LESSON | RIGHT_BEYOND
WRONG = WRONG_IN_LESSON | WRONG_BEYOND


def made_ratings(n_users=150, n_books=40, rows=3_000, gap=0, seed=5):
    """Small made ratings, sorted by book as the lesson's file is; `gap` leaves out low ids."""
    rng = np.random.default_rng(seed)
    columns = {
        "book_id": np.sort(np.r_[1 : n_books + 1, rng.integers(1, n_books + 1, rows - n_books)]),
        "user_id": rng.permutation(np.r_[1 : n_users + 1, rng.integers(1, 120, rows - n_users)]),
    }
    ratings = pd.DataFrame(columns) + gap
    return ratings.assign(rating=rng.integers(1, 6, rows))


DATA_SETS = {
    "small": made_ratings(),
    "rare ids": made_ratings(n_users=900, n_books=600, rows=1_200, seed=6),
    "ids with a gap": made_ratings(gap=1_000),
    "half stars": made_ratings(seed=7).assign(rating=lambda table: table.rating / 2),
}


def namespace(ratings):
    """What a notebook has at hand when the student reaches a task."""
    train, test = nr.split_ratings(ratings)
    names = {
        "np": np,
        "pd": pd,
        "keras": keras,
        "nr": nr,
        "train_test_split": train_test_split,
        "ratings": ratings,
        "n_users": int(ratings.user_id.max()),
        "n_books": int(ratings.book_id.max()),
    }
    layers = ("Concatenate", "Dense", "Dot", "Embedding", "Flatten", "Input", "Reshape")
    names |= {name: getattr(keras.layers, name) for name in layers}
    return names | {"Model": keras.Model, "train": train, "test": test}


def verdict_of(task_id, code, ratings):
    names = namespace(ratings)
    exec(code, names)
    return nr.check(task_id, *(names[name] for name in TASKS[task_id].takes))


def stub_of(task_id):
    """The code cell that a student finds in place of the solution."""
    for path in notebook_files.find_notebooks():
        notebook = notebook_files.strip_solutions(notebook_files.read_notebook(path))
        for cell in notebook_files.find_cells(notebook, task_id, "solution"):
            return cell.source
    raise LookupError(f"no solution cell for task {task_id}")


@pytest.mark.parametrize("task_id", TASKS)
def test_stub_is_not_attempted(task_id):
    verdict = verdict_of(task_id, stub_of(task_id), DATA_SETS["small"])
    assert verdict.outcome == "not attempted"
    assert verdict.mistake is None


@pytest.mark.parametrize("data_set", DATA_SETS)
@pytest.mark.parametrize("task_id", TASKS)
def test_solution_is_correct_on_every_data_set(task_id, data_set):
    source = solutions.solution_source(task_id)
    verdict = verdict_of(task_id, source, DATA_SETS[data_set])
    assert verdict.outcome == "correct", verdict


@pytest.mark.parametrize(
    ("task_id", "style"), [(task_id, style) for task_id in RIGHT for style in RIGHT[task_id]]
)
def test_another_style_is_correct(task_id, style):
    verdict = verdict_of(task_id, RIGHT[task_id][style], DATA_SETS["small"])
    assert verdict.outcome == "correct", verdict


@pytest.mark.parametrize(
    ("task_id", "mistake"),
    [(task_id, name) for task_id in TASKS for name in TASKS[task_id].mistakes],
)
def test_every_catalogued_mistake_gets_its_own_message(task_id, mistake):
    for code in WRONG[task_id][mistake]:
        data_set = DATA_SETS[code.get("data", "small")]
        verdict = verdict_of(task_id, code["code"], data_set)
        assert (verdict.outcome, verdict.mistake) == ("incorrect", mistake), (code, verdict)
        assert "{" not in verdict.message


@pytest.mark.parametrize("task_id", TASKS)
def test_messages_of_a_task_differ(task_id):
    messages = list(TASKS[task_id].mistakes.values())
    assert len(set(messages)) == len(messages)


def test_every_example_of_a_mistake_is_catalogued():
    for task_id, mistakes in WRONG.items():
        assert set(mistakes) == set(TASKS[task_id].mistakes), task_id


@pytest.mark.parametrize("task_id", TASKS)
def test_no_message_or_hint_gives_a_number_of_the_data_away(task_id):
    task = TASKS[task_id]
    for text in (*task.mistakes.values(), *task.hints):
        for number in ("785", "196", "10,000", "10000", "53,4", "53424"):
            assert number not in text
