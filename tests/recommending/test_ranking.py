"""Ranking metrics against scikit-learn's, on lists of every kind."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import ndcg_score, precision_score, recall_score

import neurec_helpers as nr

N_BOOKS = 60


def made(seed, n_users=40, k=10):
    """Random scores, their top lists, and held-out ratings."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n_users, N_BOOKS))
    ratings = np.where(rng.random(scores.shape) < 0.2, rng.integers(1, 6, scores.shape), 0)
    user, book = np.nonzero(ratings)
    held_out = {"user_id": user + 1, "book_id": book + 1, "rating": ratings[user, book]}
    best = np.argsort(-scores, axis=1)[:, :k]
    lists = {
        "user_id": np.repeat(np.arange(1, n_users + 1), k),
        "rank": np.tile(np.arange(1, k + 1), n_users),
        "book_id": best.ravel() + 1,
    }
    return scores, best, ratings >= 4, pd.DataFrame(lists), pd.DataFrame(held_out)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 5, 10])
def test_metrics_are_those_of_scikit_learn(seed, k):
    scores, best, relevant, lists, held_out = made(seed)
    counted = relevant.any(axis=1)
    listed = np.zeros_like(relevant)
    np.put_along_axis(listed, best[:, :k], True, axis=1)
    got = nr.ranking_metrics(lists, held_out, N_BOOKS, k=k)
    assert got.n_users == counted.sum()
    truth = {"y_true": relevant[counted], "y_pred": listed[counted], "average": "samples"}
    assert got.precision == pytest.approx(precision_score(**truth))
    assert got.recall == pytest.approx(recall_score(**truth))
    assert got.ndcg == pytest.approx(ndcg_score(relevant[counted], scores[counted], k=k))
    assert got.coverage == len(np.unique(best[:, :k])) / N_BOOKS


def test_places_that_a_short_list_leaves_empty_are_misses():
    lists = pd.DataFrame({"user_id": [1], "rank": [1], "book_id": [7]})
    held_out = pd.DataFrame({"user_id": [1, 1], "book_id": [7, 8], "rating": [5, 5]})
    got = nr.ranking_metrics(lists, held_out, 10)
    assert (got.precision, got.recall) == (0.1, 0.5)
    assert got.ndcg == pytest.approx(1 / (1 + 1 / np.log2(3)))


def test_a_reader_who_loved_nothing_is_not_counted_and_a_repeated_rating_counts_once():
    lists = pd.DataFrame({"user_id": [1, 2], "rank": [1, 1], "book_id": [7, 7]})
    held_out = pd.DataFrame({"user_id": [1, 1, 2], "book_id": [7, 7, 7], "rating": [5, 4, 3]})
    got = nr.ranking_metrics(lists, held_out, 10)
    assert (got.n_users, got.recall) == (1, 1.0)


def test_margins_are_those_of_a_mean_over_readers_and_hold_it_as_often_as_they_say():
    _, best, relevant, lists, held_out = made(3, n_users=2_000)
    whole = nr.ranking_metrics(lists, held_out, N_BOOKS)
    hits = np.take_along_axis(relevant, best, axis=1)[relevant.any(axis=1)].sum(axis=1)
    error = np.std(hits / 10, ddof=1) / np.sqrt(len(hits))
    assert whole.margins["precision"] == pytest.approx(1.96 * error)
    rng, held = np.random.default_rng(4), 0
    for _ in range(200):
        some = rng.choice(np.arange(1, 2_001), 100, replace=False)
        got = nr.ranking_metrics(lists[lists.user_id.isin(some)], held_out, N_BOOKS)
        held += abs(got.ndcg - whole.ndcg) <= got.margins["ndcg"]
    assert 180 <= held <= 199


def test_popularity_and_novelty_tell_the_famous_from_the_obscure():
    train = pd.DataFrame({"user_id": [1, 2, 3, 4, 4, 4], "book_id": [7, 7, 7, 7, 7, 8]})
    held_out = pd.DataFrame({"user_id": [1], "book_id": [9], "rating": [5]})

    def of(book):
        lists = pd.DataFrame({"user_id": [1], "rank": [1], "book_id": [book]})
        got = nr.ranking_metrics(lists, held_out, 10, train=train)
        return got.popularity, got.novelty

    # All four readers have read book 7, one of them twice; one has read 8; nobody 9.
    assert of(7) == (5, 0) and of(8) == (1, 2) and of(9) == (0, 2)
    lists = pd.DataFrame({"user_id": [1], "rank": [1], "book_id": [9]})
    unasked = nr.ranking_metrics(lists, held_out, 10)
    assert (unasked.popularity, unasked.novelty) == (None, None)


def test_it_says_itself_in_one_line():
    _, _, _, lists, held_out = made(1)
    text = repr(nr.ranking_metrics(lists, held_out, N_BOOKS))
    assert text.startswith("precision@10 0.") and text.endswith("readers)")
    assert text in nr.ranking_metrics(lists, held_out, N_BOOKS)._repr_html_()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lists, held: (lists.drop(columns="rank"), held), "recommended.*rank"),
        (lambda lists, held: (lists, held.drop(columns="rating")), "held_out.*rating"),
        (lambda lists, held: (lists, held.assign(rating=1)), "nothing to judge"),
        (lambda lists, held: (lists.assign(book_id=3), held), "a book twice"),
    ],
)
def test_what_cannot_be_judged_is_refused(change, words):
    _, _, _, lists, held_out = made(2)
    with pytest.raises(nr.NeurecError, match=words):
        nr.ranking_metrics(*change(lists, held_out), N_BOOKS)
