"""Other libraries' models beside neurec's: with made-up models, and with what is installed."""

import json
import subprocess

import numpy as np
import pandas as pd
import pytest

from neurec_helpers.bench import (
    entries,
    other_libraries,
    recipes,
    side_by_side,
    side_by_side_plot,
    steps,
)
from neurec_helpers.bench.entries import BASELINES, ENTRIES, Entry, Factors, Fitted
from neurec_helpers.cli import bench
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.split import split_ratings

USERS, BOOKS = 300, 40


@pytest.fixture(scope="module")
def ratings():
    """A few thousand ratings: every third book is liked, and some readers are kinder."""
    random = np.random.default_rng(1)
    pairs = random.choice(USERS * BOOKS, 4_000, replace=False)
    user, book = pairs // BOOKS + 1, pairs % BOOKS + 1
    stars = 2.2 + (book % 3) + (user % 2) * 0.5 + random.normal(0, 0.4, len(pairs))
    table = pd.DataFrame({"book_id": book, "user_id": user, "rating": stars.round().clip(1, 5)})
    return table.astype(int)


@pytest.fixture(scope="module")
def ratings_file(ratings, tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "ratings.csv"
    ratings.to_csv(path, index=False)
    return path


def fake(fit, library="Fake", modules=("json",)):
    return Entry(library, "model", modules, fit)


def knows_all(ratings):
    """A fit that has seen the test part too."""
    table = np.zeros((USERS + 1, BOOKS + 1))
    table[ratings.user_id, ratings.book_id] = ratings.rating

    def fit(train, n_users, n_books):
        assert (n_users, n_books) == (USERS, BOOKS)
        assert len(train) == len(ratings) * 4 // 5
        return Fitted(lambda rows: table[rows.user_id, rows.book_id], lambda ids: table[ids, 1:])

    return fit


def test_who_knows_all_makes_no_mistake_and_perfect_lists(ratings):
    result = other_libraries.measure(fake(knows_all(ratings)), ratings)
    assert result["test_mse"] == 0
    assert result["ndcg"] == pytest.approx(1)
    assert result["peak_bytes"] > 1e7
    assert result["fit_seconds"] >= 0 and result["predict_seconds"] >= 0
    assert (result["train_rows"], result["test_rows"]) == (3_200, 800)


def test_a_model_that_only_ranks_has_no_error_and_ranks_better_than_the_reverse(ratings):
    def liked(train, n_users, n_books, sign=1):
        means = train.groupby("book_id").rating.mean().to_numpy()
        return Fitted(None, lambda ids: np.tile(sign * means, (len(ids), 1)))

    best = other_libraries.measure(fake(liked), ratings)
    worst = other_libraries.measure(fake(lambda *parts: liked(*parts, sign=-1)), ratings)
    assert best["test_mse"] is None and best["predict_seconds"] is None
    assert best["ndcg"] > 2 * worst["ndcg"]


def test_lists_hold_no_seen_book_and_ties_go_by_id(monkeypatch):
    monkeypatch.setattr(other_libraries, "BLOCK", 2)
    train = pd.DataFrame({"user_id": [1, 1, 7, 9, 9, 9, 9], "book_id": [2, 4, 1, 1, 2, 3, 9]})
    train = train[train.book_id <= 4]
    scores = {1: [1, 9, 5, 8], 2: [0, 0, 0, 0], 7: [9, 1, 2, 3], 9: [1, 2, 3, 4]}
    lists = other_libraries.top_books(
        lambda ids: np.array([scores[user] for user in ids]), np.array([1, 2, 7, 9]), train, k=3
    )
    found = {user: list(block.book_id) for user, block in lists.groupby("user_id")}
    assert found == {1: [3, 1], 2: [1, 2, 3], 7: [4, 3, 2], 9: [4]}
    assert list(lists[lists.user_id == 7]["rank"]) == [1, 2, 3]


def test_the_sample_is_the_same_each_time_and_of_readers_with_something_to_find(ratings):
    _, test = split_ratings(ratings)
    some = other_libraries.sample_readers(test, 20)
    assert len(set(some)) == 20
    assert list(some) == sorted(some) == list(other_libraries.sample_readers(test, 20))
    assert set(some) < set(test.user_id[test.rating >= 4])
    assert len(other_libraries.sample_readers(test)) == test.user_id[test.rating >= 4].nunique()


def test_factors_add_up():
    factors = Factors(
        3.0,
        np.array([0, 0.5, -0.5]),
        np.array([0, 1.0, 2.0, 3.0]),
        np.array([[0], [2.0], [0]]),
        np.array([[0], [1.0], [0], [-1.0]]),
    )
    assert factors.scores(np.array([1, 2])).tolist() == [[6.5, 5.5, 4.5], [3.5, 4.5, 5.5]]
    assert entries.by_id([1.5, 2.5], [3, 1], 3).tolist() == [0, 2.5, 0, 1.5]


def test_a_library_that_is_not_installed_is_one_line_with_the_cure(monkeypatch, capsys):
    gone = {
        "bias": fake(None, "Surprise", ("no_such_module.part",)),
        "svd": fake(None, "Surprise", ("no_such_module",)),
        "als": fake(None, "LensKit", ("nor_this",)),
        "here": fake(None, "neurec"),
    }
    monkeypatch.setattr(side_by_side, "ENTRIES", gone)
    surprise, lenskit = side_by_side.missing_libraries()
    assert surprise == "Surprise is not installed, so it is left out: make peers"
    assert "PyTorch" in lenskit and "README" in lenskit
    assert [name for _, name, _, _ in side_by_side.plan_other_libraries(6)] == ["neurec, model"]
    # Another environment's Python may have them.
    assert len(side_by_side.plan_other_libraries(6, "python")) == 4
    monkeypatch.setattr(other_libraries, "ENTRIES", gone)
    other_libraries.main("svd")
    assert json.loads(capsys.readouterr().out) == {"missing": "Surprise"}


def test_every_library_that_can_be_missing_has_a_cure():
    assert {entry.library for entry in ENTRIES.values()} == {"neurec", *side_by_side.CURES}


def test_one_is_measured_in_a_process_of_its_own(ratings_file, monkeypatch):
    monkeypatch.setenv("NEUREC_DATASET", str(ratings_file))
    result = side_by_side.measure_entry("most-read", 1)
    assert result["library"] == "neurec"
    assert "problem" not in result
    assert 0 < result["ndcg"] < 1


def test_data_that_cannot_be_used_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("NEUREC_DATASET", str(tmp_path / "none.csv"))
    assert "none.csv" in side_by_side.measure_entry("most-read", 1)["problem"]


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (subprocess.TimeoutExpired("python", 60), "stopped after 1 min"),
        (FileNotFoundError(2, "No such file or directory"), "No such file"),
        (subprocess.CompletedProcess([], 1, "", "Traceback\nMemoryError: full\n"), "MemoryError"),
        (subprocess.CompletedProcess([], -9, "", ""), "exit status -9"),
        (subprocess.CompletedProcess([], 0, '{"missing": "neurec"}\n', ""), "not installed in"),
    ],
)
def test_what_goes_wrong_with_one_is_said_and_the_others_go_on(monkeypatch, outcome, words):
    def run(*arguments, **options):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(side_by_side.subprocess, "run", run)
    result = side_by_side.measure_entry("most-read", 1)
    assert words in result["problem"]
    (row,) = side_by_side.table_rows([result])
    assert len(row) == len(side_by_side.COLUMNS)
    (line,) = side_by_side.say_problems([result])
    assert line.startswith("neurec, most read books, no model: ")


def test_neurecs_models_are_the_notebooks_own():
    code = recipes.notebook_code(recipes.TRAINING)
    assert "def train_network(" in code
    code = recipes.notebook_code(BASELINES, ("load", "recipes"))
    assert "'regularised': regularised" in code
    for name in ("branch", "inputs", "dot_with_biases", "regularised", "train_model"):
        assert f"def {name}(" in code
    # What the notebook does with its functions is left out.
    assert "nr.check" not in code and "nr.show" not in code


def point(name, library, seconds, mse):
    return {
        "name": name,
        "library": library,
        "model": f"the model {name}",
        "fit_seconds": seconds,
        "predict_seconds": 0.5,
        "test_mse": mse,
        "ndcg": 0.0123,
        "peak_bytes": 5e8,
        "readers": 5000,
        "train_rows": 80,
        "test_rows": 20,
    }


@pytest.fixture
def results():
    return [
        point("a", "neurec", 12.3, 0.68),
        point("b", "Surprise", 13.0, 0.6805),
        point("c", "Surprise", 130.0, 0.71),
        {**point("d", "implicit", 1.0, None), "predict_seconds": None},
        {"name": "e", "library": "LensKit", "model": "bias", "problem": "stopped after 6 min"},
    ]


def test_markdown_table_is_one(results, capsys):
    side_by_side.print_markdown(results, "goodbooks-10k (real ratings)", "2 cores")
    printed = capsys.readouterr().out.strip().splitlines()
    table = [line for line in printed if line.startswith("|")]
    assert {line.count("|") for line in table} == {len(side_by_side.COLUMNS) + 1}
    assert table[2] == "| neurec | the model a | 12 s | 0.50 s | 0.6800 | 0.0123 | 0.50 GB |"
    assert table[5].startswith("| implicit | the model d | 1.00 s |  | ranks only |")
    assert "5,000 readers, the same for all" in printed[-3]
    assert printed[-1] == "LensKit, bias: stopped after 6 min"


def test_table_for_the_terminal_has_each_model(results, capsys):
    side_by_side.print_table(results, "the Shelf (synthetic)", "2 cores")
    printed = capsys.readouterr().out
    assert "stopped after 6 min" in printed
    assert all(cell in printed for cell in ("0.6800", "0.6805", "0.7100", "ranks only"))


def test_picture_has_each_model_that_predicts(results, tmp_path):
    from PIL import Image

    file = tmp_path / "picture.png"
    words = side_by_side_plot.save_picture(results, "the Shelf (synthetic)", 0.65, file)
    assert Image.open(file).size > (1000, 500)
    assert words.index("model a: 0.680 in 12 s") < words.index("model b") < words.index("model c")
    assert "model d" not in words and "LensKit" not in words
    with pytest.raises(NeurecError, match="nothing to draw"):
        side_by_side_plot.save_picture(results[3:], "", None, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()


def test_picture_of_lists_has_each_model_that_ranks_best_first(results, tmp_path):
    file = tmp_path / "lists.png"
    results[3]["ndcg"] = 0.159
    words = side_by_side_plot.save_picture(results, "the Shelf", None, file, measure="ndcg")
    assert words.startswith(
        "NDCG@10 against the seconds to fit, on the Shelf, best first. implicit"
    )
    assert "model d: 0.159 in 1.00 s" in words and file.exists()


def test_who_chose_the_settings_is_said(results, capsys):
    results[1]["settings"] = "50 factors; chosen by neurec's authors"
    side_by_side.print_markdown(results, "data", "2 cores")
    assert "Surprise, the model b: 50 factors; chosen by" in capsys.readouterr().out
    assert all(entry.settings for name, entry in ENTRIES.items() if "tuned" in entry.model)


@pytest.mark.parametrize("name", ["similar-books", "ease", "two-towers"])
def test_list_models_are_notebook_09s_own_and_beat_the_most_read(name, ratings_file, monkeypatch):
    """On made ratings where readers keep to one of two halves of the books."""
    random = np.random.default_rng(2)
    user = np.repeat(np.arange(1, USERS + 1), 12)
    book = np.concatenate([random.choice(20, 12, replace=False) for _ in range(USERS)])
    book = book + 1 + 20 * (user % 2)
    made = pd.DataFrame({"book_id": book, "user_id": user, "rating": 5})
    made.to_csv(ratings_file.parent / "halves.csv", index=False)
    titles = pd.DataFrame({"book_id": np.arange(1, BOOKS + 1), "title": "A book"})
    titles.to_csv(ratings_file.parent / "books.csv", index=False)
    monkeypatch.setenv("NEUREC_DATASET", str(ratings_file.parent / "halves.csv"))
    train, _ = split_ratings(made)
    scores = ENTRIES[name].fit(train, USERS, BOOKS).scores(np.array([1, 2]))
    assert scores.shape == (2, BOOKS)
    assert scores[0, 20:].mean() > scores[0, :20].mean()
    assert scores[1, :20].mean() > scores[1, 20:].mean()


def test_names_in_the_picture_do_not_cover_each_other(results):
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8, 4.5))
    side_by_side_plot.plot_against_seconds(side_by_side_plot.drawn(results), "data", 0.65, ax)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() != "data"]
    plt.close(figure)
    assert len(boxes) == 3
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert ax.get_xscale() == "log"
    assert len({line.get_marker() for line in ax.lines[:2]}) == 2


def test_bench_can_measure_nothing_but_these(ratings_file, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NEUREC_DATASET", str(ratings_file))
    monkeypatch.setattr(bench, "BUILD", tmp_path)
    monkeypatch.setattr(steps, "BUILD", tmp_path)
    monkeypatch.setattr(side_by_side, "ENTRIES", {"most-read": ENTRIES["most-read"]})
    bench.bench(only_peers=True, markdown=True)
    printed = capsys.readouterr().out
    assert "3,200 ratings to train, 800 to test" in printed
    assert "| neurec | most read books, no model |" in printed
    report = json.loads((tmp_path / "side-by-side.json").read_text(encoding="utf-8"))
    assert [result["name"] for result in report["results"]["other_libraries"]] == ["most-read"]
    assert not (tmp_path / "bench.json").exists()


def test_a_picture_of_what_is_left_out_is_refused_before_anything_runs():
    with pytest.raises(NeurecError, match="--no-peers"):
        bench.bench(peers=False, picture=True)


def check_scores(fitted, test, rows=200):
    """The lists' scores are what the library predicts, where that is within the scale."""
    test = test.head(rows)
    table = fitted.scores(np.arange(1, USERS + 1))
    assert table.shape == (USERS, BOOKS)
    score = np.clip(table[test.user_id - 1, test.book_id - 1], 1, 5)
    np.testing.assert_allclose(score, np.clip(fitted.predict(test), 1, 5), atol=1e-4)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith("surprise")])
def test_surprise(name, ratings):
    pytest.importorskip("surprise", reason="Surprise is not installed (make peers)")
    train, test = split_ratings(ratings)
    # One reader and one book that the training part lacks.
    train = train[(train.user_id != 5) & (train.book_id != 7)]
    fitted = ENTRIES[name].fit(train, USERS, BOOKS)
    check_scores(fitted, test, len(test))
    error = np.mean((fitted.predict(test) - test.rating) ** 2)
    assert error < np.mean((train.rating.mean() - test.rating) ** 2)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name.startswith("lenskit")])
def test_lenskit(name, ratings):
    pytest.importorskip("lenskit", reason="LensKit is not installed")
    train, test = split_ratings(ratings)
    fitted = ENTRIES[name].fit(train, USERS, BOOKS)
    check_scores(fitted, test)
    error = np.mean((fitted.predict(test) - test.rating) ** 2)
    assert error < np.mean((train.rating.mean() - test.rating) ** 2)


def test_implicit(ratings):
    pytest.importorskip("implicit", reason="implicit is not installed (make peers)")
    train, test = split_ratings(ratings)
    fitted = ENTRIES["implicit-als"].fit(train, USERS, BOOKS)
    assert fitted.predict is None
    assert fitted.scores(np.array([1, 2])).shape == (2, BOOKS)
    result = other_libraries.measure(ENTRIES["implicit-als"], ratings)
    assert result["ndcg"] > other_libraries.measure(ENTRIES["most-read"], ratings)["ndcg"]
