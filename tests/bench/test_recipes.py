"""neurec bench, on a few thousand ratings and two epochs."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from neurec_helpers.bench import figures, recipes, steps
from neurec_helpers.cli import bench
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.shelf_json import read_shelf_json
from neurec_helpers.ratings.sources import shelf_file

ROWS = 5_000


@pytest.fixture(scope="module")
def small_ratings(tmp_path_factory):
    """A file of a few thousand ratings with a pattern that a network can learn."""
    random = np.random.default_rng(1)
    book, user = random.integers(1, 41, ROWS), random.integers(1, 301, ROWS)
    rating = np.clip(np.round(3 + (book % 3) + random.normal(0, 0.5, ROWS)), 1, 5).astype(int)
    path = tmp_path_factory.mktemp("data") / "ratings.csv"
    # Every id from 1 on, so that none is numbered anew.
    book[:40], user[:300] = range(1, 41), range(1, 301)
    table = pd.DataFrame({"book_id": book, "user_id": user, "rating": rating})
    table.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def measured(small_ratings, tmp_path_factory):
    """The report and the printed table of one small run."""
    build = tmp_path_factory.mktemp("build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUREC_DATASET", str(small_ratings))
        patch.setattr(bench, "BUILD", build)
        patch.setattr(steps, "BUILD", build)
        patch.setattr(steps, "EPOCHS", 2)
        patch.setattr(steps, "IMPORTS", 2)
        shown = []
        patch.setattr(bench, "print_table", lambda *parts: shown.append(parts))
        bench.bench(full=False, seeds=1, with_lesson=False, nbval=False, peers=False)
    report = json.loads((build / "bench.json").read_text(encoding="utf-8"))
    return report, shown[0]


def test_both_recipes_train_on_the_data_at_hand(measured):
    report, _ = measured
    (lesson,), (neurec,) = (report["results"][f"{name}_recipe"] for name in ("lesson", "neurec"))
    for run in (lesson, neurec):
        assert (run["train_rows"], run["test_rows"]) == (ROWS * 4 // 5, ROWS // 5)
        assert all(0 < mse < 25 for mse in run["test_mse"])
        assert 1e8 < run["peak_bytes"] < 1e10
        assert run["cpu_seconds"] > 0
    assert len(lesson["epoch_seconds"]) == len(lesson["test_mse"]) == 1
    assert len(neurec["epoch_seconds"]) == len(neurec["test_mse"]) == 2
    # Compiling is in the first epoch, so it is the longer by far with so few rows.
    assert neurec["epoch_seconds"][0] > neurec["epoch_seconds"][1]
    assert f"{ROWS * 4 // 5:,} ratings to train" in report["data"]


def test_table_has_each_goal_of_what_was_measured(measured):
    _, (lines, _, _) = measured
    goals = {figure.name: figure.goal for figure in lines if figure.goal}
    assert goals == {
        "neurec's recipe: one epoch": "under 1 s",
        "neurec's recipe: five epochs": "under 6 s",
        "How many times faster an epoch is": "at least 40 times",
        "Test MSE above the lesson's recipe's": "under 0.01",
        "Peak memory, neurec's recipe": "under 1.5 GB",
        "import neurec_helpers": "under 0.1 s",
    }
    # One epoch of the lesson's recipe says nothing of what its five end with.
    assert {figure.name for figure in lines if figure.verdict == "open"} == {
        "Test MSE above the lesson's recipe's"
    }


def run(epoch_seconds, test_mse, **more):
    return {
        "epoch_seconds": epoch_seconds,
        "test_mse": test_mse,
        "peak_bytes": 1_000_000_000,
        "setup_seconds": 4.0,
        **more,
    }


@pytest.fixture
def results():
    lesson = run([62.0], [0.73], start_up_seconds=2.0)
    neurec = [
        run([2.0, 1.0, 0.9, 0.9, 0.9], [0.8, 0.71, 0.70, 0.71, 0.72]),
        run([2.2, 0.9, 0.9, 0.9, 0.9], [0.8, 0.74, 0.73, 0.72, 0.73]),
    ]
    return {
        "lesson_recipe": [lesson],
        "neurec_recipe": neurec,
        "import_seconds": [0.2, 0.05],
        "lesson": {"seconds": 91.0, "problem": ""},
        "nbval": {"seconds": 3.0, "problem": "it FAILED (exit status 1): 1 failed"},
    }


def test_figures_are_computed_from_the_runs(results):
    found = {figure.name: figure for figure in figures.make_figures(results, "goodbooks")}
    assert found["The lesson's recipe: one epoch"].value == 60
    assert found["neurec's recipe: one epoch"].value == pytest.approx(0.9)
    assert found["neurec's recipe: five epochs"].value == pytest.approx(5.75)
    faster = found["How many times faster an epoch is"]
    assert (faster.value, faster.verdict) == (pytest.approx(60 / 0.9), "reached")
    assert found["Test MSE, neurec's recipe"].value == pytest.approx(0.725)
    above = found["Test MSE above the lesson's recipe's"]
    assert (above.value, above.verdict) == (pytest.approx(0.725 - 0.7119), "missed")
    # The first run gets to 0.7119 in its second epoch, the other never.
    until = found["neurec's recipe: until that MSE"]
    assert until.value == pytest.approx(3.0)
    assert "1 of 2 seeds" in until.note
    assert found["import neurec_helpers"].value == 0.05
    assert found["neurec lesson"].verdict == "missed"


def test_time_of_what_failed_reaches_no_goal(results):
    (nbval,) = (f for f in figures.make_figures(results, "shelf") if f.name.startswith("nbval"))
    assert (nbval.value, nbval.verdict) == (None, "open")
    assert "FAILED" in nbval.note


def test_full_run_is_compared_with_its_own_error(results):
    results["lesson_recipe"] = [run([60.0, 50.0, 52.0, 51.0, 53.0], [0.72])]
    found = {figure.name: figure for figure in figures.make_figures(results, "goodbooks")}
    assert found["The lesson's recipe: one epoch"].value == 51.5
    assert found["Test MSE, the lesson's recipe"].value == 0.72
    assert found["Test MSE above the lesson's recipe's"].verdict == "reached"


def test_error_that_was_measured_on_the_shelf_is_that_of_the_shelf_that_ships():
    facts = read_shelf_json(shelf_file())
    assert facts["sha256"]["ratings.csv"] == figures.SHELF_SHA256


def test_markdown_table_is_one(results, capsys):
    lines = figures.make_figures(results, "goodbooks")
    steps.print_markdown(lines, "goodbooks-10k (real ratings)", "2 cores")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "On goodbooks-10k (real ratings); 2 cores."
    assert {line.count("|") for line in printed[2:]} == {6}
    assert len(printed) == 4 + len(lines)


def test_a_program_that_fails_is_said_to_fail():
    result = steps.time_command(["-c", "raise SystemExit('no such thing')"], None)
    assert result["problem"] == "it FAILED (exit status 1): no such thing"
    assert steps.time_command(["-c", "pass"], None)["problem"] == ""


def test_missing_data_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("NEUREC_DATASET", str(tmp_path / "none.csv"))
    with pytest.raises(NeurecError, match="none.csv"):
        steps.train_by_recipe("lesson", 1, 1)


def test_neurec_recipe_is_the_code_of_notebook_05():
    code = recipes.notebook_code(recipes.TRAINING)
    assert re.search(r"batch_size=4096", code)
    for name in ("inputs", "stars", "lesson_network", "train_network"):
        assert f"def {name}(" in code
    # What the notebook does with its functions is left out.
    assert "nr.check" not in code and "nr.show" not in code
