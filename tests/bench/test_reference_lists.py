"""Figures of lists, by hand on tables small enough to check."""

import os

import numpy as np
import pandas as pd
import pytest

from neurec_helpers.bench import reference_lists as lists
from neurec_helpers.shelf import make_shelf


def rows(*pairs):
    return pd.DataFrame(pairs, columns=["user_id", "book_id"]).assign(rating=5)


READ = rows((1, 1), (1, 2), (2, 1), (2, 2), (3, 2), (3, 3), (3, 3))


def test_readers_in_common_are_counted_once():
    shared = lists.together(READ, 3, 3)
    assert shared.tolist() == [[0, 0, 0, 0], [0, 2, 2, 0], [0, 2, 3, 1], [0, 0, 1, 1]]


def test_the_cosine_is_shrunk_and_says_nothing_of_a_book_and_itself():
    alike = lists.cosine(lists.together(READ, 3, 3))
    assert alike[1, 2] == pytest.approx(2 / (np.sqrt(6) + 10))
    assert np.array_equal(alike, alike.T) and not alike.diagonal().any()


def test_ease_predicts_each_book_by_ridge_regression_on_the_others():
    read = np.random.default_rng(0).integers(0, 2, (200, 5)).astype(float)
    weights = lists.ease(read.T @ read)
    assert not weights.diagonal().any()
    others = read[:, 1:]
    alone = np.linalg.solve(others.T @ others + lists.PENALTY * np.eye(4), others.T @ read[:, 0])
    assert np.allclose(weights[1:, 0], alone)


def test_scores_are_the_rows_of_the_books_of_a_reader_added_up():
    weights = np.arange(16.0).reshape(4, 4)
    scores = lists.from_neighbours(weights, READ, 3)(np.array([1, 3]))
    assert scores.tolist() == [[14, 16, 18], [22, 24, 26]]


def test_a_list_of_what_was_held_out_is_perfect_and_one_without_it_is_worth_nothing():
    train, test = rows((1, 1), (2, 1)), rows((1, 2), (2, 3))
    right = np.array([[0, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    assert lists.ndcg(lambda ids: right[ids], train, test, 20) == 1
    wrong = np.tile(np.arange(20.0), (3, 1))
    assert lists.ndcg(lambda ids: wrong[ids], train, test, 20) == 0


def test_neighbours_are_ranked_for_each_book_and_ranks_without_one_left_out():
    table = np.zeros((12, 12))
    table[1:, 1:] = np.tile(np.arange(11.0), (11, 1))
    assert lists.neighbour_fall(table) == {1: 10, 10: 1}


def test_who_reads_the_next_volume():
    books = pd.DataFrame(
        {
            "book_id": [1, 2, 3, 4],
            "title": ["A (The Mill, #1)", "B (The Mill, #2)", "C (The Mill, #4)", "D (1999)"],
        }
    )
    assert lists.next_volume_share(READ, books) == 1  # both readers of A
    only_two = rows((1, 1), (2, 1), (2, 2), (2, 2), (3, 3))
    assert lists.next_volume_share(only_two, books) == 0.5
    assert lists.next_volume_share(READ, books.tail(2)) is None


def test_all_that_is_installed_is_measured_on_the_ratings_named(monkeypatch, capsys):
    shelf = make_shelf(seed=3, n_users=400, n_books=120, n_ratings=6_000)
    monkeypatch.setattr(lists, "ENTRIES_HERE", {"most read, NDCG@10": "most-read"})
    found = dict(lists.measure(shelf.ratings, shelf.books))
    assert list(found) == [
        name for name in lists.REAL if name.split(",")[0] not in ("ALS", "two towers")
    ]
    assert all(0 <= figure <= 1 for figure in found.values())
    monkeypatch.setattr(lists.other_libraries, "is_installed", lambda entry: False)
    assert "most read, NDCG@10" not in dict(lists.measure(shelf.ratings))
    assert "is not installed" in capsys.readouterr().out


@pytest.mark.parametrize("before", [None, "goodbooks"])
def test_the_data_set_in_use_is_put_back(monkeypatch, before):
    monkeypatch.delenv("NEUREC_DATASET", raising=False)
    if before:
        monkeypatch.setenv("NEUREC_DATASET", before)
    with lists._in_use("shelf"):
        assert os.environ["NEUREC_DATASET"] == "shelf"
    assert os.environ.get("NEUREC_DATASET") == before
