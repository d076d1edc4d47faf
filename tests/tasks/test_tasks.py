"""Each task: stub, solution, other styles, and every catalogued mistake with its own message."""

import keras
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import train_test_split

import neurec_helpers as nr
from neurec_helpers.language import speaking
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.editions import other_languages
from neurec_helpers.tasks import TASKS, checks, solutions
from neurec_helpers.tasks.base import Answer
from tests.helpers.english import english_in
from tests.helpers.task_answers import RIGHT, WRONG


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


def answer_in(task_id, code, ratings):
    names = namespace(ratings)
    exec(code, names)
    return [names[name] for name in TASKS[task_id].takes]


def verdict_of(task_id, code, ratings):
    return nr.check(task_id, *answer_in(task_id, code, ratings))


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
        assert_all_is_translated(verdict)


def assert_all_is_translated(verdict):
    """In every other language no English is left, but for what Python or Keras says."""
    for language in other_languages():
        with speaking(language):
            said = f"{verdict!r}"
        error = str(verdict.said.facts.get("error", ""))
        assert english_in(said.replace(error, "")) == [], said


FUNCTIONS = {
    task_id: task.values[0]
    for task_id, task in TASKS.items()
    if isinstance(task.values[0], Answer) and task.values[0].kind == "function"
}
SLOW = {"5.5", "7.1"}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("task_id", sorted(set(FUNCTIONS) - SLOW))
def test_verdicts_do_not_hang_on_what_is_drawn(task_id, seed):
    """As grading draws afresh each time; those with networks have a test of their own."""
    ratings = DATA_SETS["small"]
    for code in (solutions.solution_source(task_id), *RIGHT[task_id].values()):
        answer = answer_in(task_id, code, ratings)
        verdict = checks.verdict_on(TASKS[task_id], answer, np.random.default_rng(seed))
        assert verdict.outcome == "correct", (code, verdict)
    for mistake, codes in WRONG[task_id].items():
        answer = answer_in(task_id, codes[0]["code"], ratings)
        verdict = checks.verdict_on(TASKS[task_id], answer, np.random.default_rng(seed))
        assert verdict.mistake == mistake, (codes[0], verdict)


@pytest.mark.parametrize("task_id", sorted(SLOW))
def test_networks_are_judged_alike_whatever_is_drawn(task_id):
    answer = answer_in(task_id, solutions.solution_source(task_id), DATA_SETS["small"])
    for seed in range(3):
        verdict = checks.verdict_on(TASKS[task_id], answer, np.random.default_rng(seed))
        assert verdict.outcome == "correct", verdict


def with_body(task_id, body):
    return f"def {FUNCTIONS[task_id].signature}:\n    {body}"


@pytest.mark.parametrize("body", ["x = 1", "print(1)", "if 1 > 2:\n        return 3"])
@pytest.mark.parametrize("task_id", FUNCTIONS)
def test_a_missing_return_is_named(task_id, body):
    verdict = verdict_of(task_id, with_body(task_id, body), DATA_SETS["small"])
    assert (verdict.outcome, verdict.mistake) == ("incorrect", "no return")
    assert "`return`" in verdict.message


@pytest.mark.parametrize("body", ["...", "pass", "return None", "'To do.'", "return ..."])
@pytest.mark.parametrize("task_id", FUNCTIONS)
def test_every_stub_is_not_attempted(task_id, body):
    verdict = verdict_of(task_id, with_body(task_id, body), DATA_SETS["small"])
    assert verdict.outcome == "not attempted"


OVERWRITING = {
    "5.8": "best = int(np.argmin(history['val_loss'])) + 1\n"
    "    history['val_loss'].sort()\n"
    "    return best",
    "7.2": "scores[np.isin(book_ids, read)] = -np.inf\n"
    "    return book_ids[np.argsort(-scores)[:n]]",
    "7.3": "books.set_index('book_id', inplace=True)\n"
    "    return books.title.loc[book_ids].tolist()",
    "8.1": "mean = train.rating.mean()\n"
    "    train['rating'] = train.rating - mean\n"
    "    u = train.groupby('user_id').rating.mean()\n"
    "    b = (train.rating - train.user_id.map(u)).groupby(train.book_id).mean()\n"
    "    return mean + test.user_id.map(u).fillna(0) + test.book_id.map(b).fillna(0)",
    "8.2": "p *= 4\n    p += 1\n    return p",
    "9.1": "n = together.diagonal().copy()\n"
    "    np.fill_diagonal(together, 0)\n"
    "    return together / (np.sqrt(np.outer(n, n)) + 10)",
}


@pytest.mark.parametrize("task_id", OVERWRITING)
def test_a_function_that_overwrites_what_it_is_given_is_told(task_id):
    verdict = verdict_of(task_id, with_body(task_id, OVERWRITING[task_id]), DATA_SETS["small"])
    assert (verdict.outcome, verdict.mistake) == ("incorrect", "overwrites")


def test_a_new_column_overwrites_nothing():
    body = "test['error'] = test.rating - train.rating.mean()\n    return (test.error ** 2).mean()"
    assert verdict_of("5.7", with_body("5.7", body), DATA_SETS["small"]).outcome == "correct"


class Liar:
    """Equal to everything, and no array."""

    __hash__ = None

    def __eq__(self, other):
        return True

    def __float__(self):
        return float("nan")

    def __array__(self, *_, **__):
        raise RuntimeError("no array")


@pytest.mark.parametrize("task_id", FUNCTIONS)
def test_what_equals_everything_is_not_correct(task_id):
    verdict = nr.check(task_id, lambda *_: Liar())
    assert verdict.outcome in ("incorrect", "uncheckable")


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
