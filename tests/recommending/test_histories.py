"""Lists from what was read: arrays, functions and two towers take the same way to the same list."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers
from scipy.sparse import csr_matrix

import neurec_helpers as nr
from neurec_helpers.recommending.histories import histories, padded

N_USERS, N_BOOKS = 20, 30


@pytest.fixture(scope="module")
def books():
    """Books with ids in no order; the odd ones may not be recommended."""
    ids = np.random.default_rng(3).permutation(np.arange(2, N_BOOKS + 1, 2))
    return pd.DataFrame({"book_id": ids, "title": [f"Title of {i}" for i in ids]})


@pytest.fixture(scope="module")
def read():
    rng = np.random.default_rng(4)
    pairs = {"user_id": rng.integers(1, N_USERS, 150), "book_id": rng.integers(1, N_BOOKS + 1, 150)}
    return pd.DataFrame(pairs).assign(rating=4)


@pytest.fixture(scope="module")
def alike():
    return np.random.default_rng(5).random((N_BOOKS + 1, N_BOOKS + 1), np.float32)


@pytest.fixture(scope="module")
def towers():
    """A reader is the mean of the books read, a score the product with each book."""
    keras.utils.set_random_seed(1)
    read = keras.Input([None], dtype="int32", name="Books-Read")
    table = layers.Embedding(N_BOOKS + 1, 8, mask_zero=True, name="Book-Embedding")
    reader = layers.GlobalAveragePooling1D()(table(read))
    everything = table(keras.ops.arange(N_BOOKS + 1))
    return keras.Model(read, keras.ops.matmul(reader, keras.ops.transpose(everything)))


def test_a_history_is_the_set_of_books_that_were_read(read):
    got = histories(read, [7, 20, 3, 7], N_BOOKS)
    assert got.shape == (4, N_BOOKS + 1) and set(got.data) == {1.0}
    for row, user in enumerate([7, 20, 3, 7]):
        assert set(got[row].indices) == set(read.book_id[read.user_id == user])
    table = padded(got)
    for row in range(4):
        assert set(table[row]) - {0} == set(got[row].indices)
        assert np.count_nonzero(table[row]) == got[row].nnz


def test_a_list_adds_up_what_each_book_read_says_and_holds_none_of_them(alike, books, read):
    found = nr.recommend(alike, 7, n=5, books=books, exclude=read)
    theirs = read.book_id[read.user_id == 7].unique()
    score = {i: alike[theirs, i].sum() for i in books.book_id if i not in theirs}
    assert found.book_id.to_list() == sorted(score, key=lambda i: -score[i])[:5]
    assert found.columns.to_list() == ["rank", "book_id", "score", "title"]
    np.testing.assert_allclose(found.score, sorted(score.values())[:-6:-1], rtol=1e-5)


def test_function_array_and_many_readers_give_the_same_lists(alike, books, read, monkeypatch):
    monkeypatch.setattr("neurec_helpers.recommending.lists.CELLS", 3 * (N_BOOKS + 1))
    users = np.arange(1, N_USERS + 1)
    by_array = nr.recommend(alike, users, n=5, books=books, exclude=read)
    by_function = nr.recommend(lambda rows: rows @ alike, users, n=5, books=books, exclude=read)
    pd.testing.assert_frame_equal(by_array, by_function)
    alone = nr.recommend(alike, 9, n=5, books=books, exclude=read)
    assert by_array.book_id[by_array.user_id == 9].to_list() == alone.book_id.to_list()


def test_towers_know_readers_by_what_they_read_alone(towers, books, read):
    table = towers.get_layer("Book-Embedding").get_weights()[0]
    theirs = read.book_id[read.user_id == 7].unique()
    wanted = table[theirs].mean(axis=0) @ table.T
    found = nr.recommend(towers, 7, n=4, books=books, exclude=read)
    np.testing.assert_allclose(found.score, wanted[found.book_id], rtol=1e-4, atol=1e-7)
    newcomer = nr.recommend(towers, n=4, books=books, liked=theirs)
    pd.testing.assert_frame_equal(found, newcomer)


def test_books_count_as_much_as_is_said(alike, towers, books):
    liked = {3: 4, 8: 1, 5: 0}
    table = towers.get_layer("Book-Embedding").get_weights()[0]
    wanted = {
        "array": 4 * alike[3] + alike[8],
        "towers": (4 * table[3] + table[8]) / 5 @ table.T,
    }
    for name, model in (("array", alike), ("towers", towers)):
        found = nr.recommend(model, n=4, books=books, liked=liked)
        score = {i: wanted[name][i] for i in books.book_id if i != 8}
        assert found.book_id.to_list() == sorted(score, key=lambda i: -score[i])[:4]
        np.testing.assert_allclose(found.score, wanted[name][found.book_id], rtol=1e-4, atol=1e-7)
        alone = nr.recommend(
            model, n=N_BOOKS, books=books.assign(book_id=books.index + 1), liked=liked
        )
        assert not {3, 5, 8} & set(alone.book_id)
    with_rows = nr.recommend(lambda rows: rows @ alike, n=4, books=books, liked=liked)
    by_array = nr.recommend(alike, n=4, books=books, liked=liked)
    pd.testing.assert_frame_equal(with_rows, by_array)


def test_a_sparse_array_gives_the_same_as_a_dense_one(alike, books):
    sparse = csr_matrix(alike)
    for call in (
        lambda model: nr.recommend(model, n=4, books=books, liked=[3, 8]),
        lambda model: nr.similar(model, 8, n=4, books=books),
    ):
        pd.testing.assert_frame_equal(call(sparse), call(alike))


def test_similar_books_stand_highest_in_the_row_of_the_array(alike, books):
    found = nr.similar(alike, 8, n=3, books=books)
    score = {i: alike[8, i] for i in books.book_id if i != 8}
    assert found.book_id.to_list() == sorted(score, key=lambda i: -score[i])[:3]
    assert "similarity" in found and 8 not in found.book_id.to_list()


def test_similar_takes_towers(towers, books):
    found = nr.similar(towers, 8, n=3, books=books)
    assert found.cosine.is_monotonic_decreasing and 8 not in found.book_id.to_list()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, b: nr.recommend(m, 1, books=b), "exclude=train"),
        (lambda m, b: nr.recommend(m, books=b), "needs a user_id"),
        (lambda m, b: nr.recommend(m, 1, books=b, liked=[2]), "not both"),
        (lambda m, b: nr.recommend(m, books=b, liked=["2"]), "book_id must be a whole number"),
        (lambda m, b: nr.recommend(m, books=b, liked=[31]), "book_id 31 was read.*ends at 30"),
        (lambda m, b: nr.recommend(m, books=b, liked={2: 0.5}), "counts 0.5; give a whole number"),
        (lambda m, b: nr.recommend(m, books=b, liked={2: -1}), "counts -1; give a whole number"),
        (lambda m, b: nr.recommend(m, books=b, liked={2: 0}), "nothing to go by"),
        (lambda m, b: nr.recommend(m, books=b, liked={}), "book_id is an empty list"),
        (lambda m, b: nr.recommend(m[:, :-1], books=b, liked=[2]), "must be square"),
        (lambda m, b: nr.recommend(m[:9, :9], books=b, liked=[2]), "the model ends at 8"),
        (lambda m, b: nr.recommend(lambda rows: rows[:, 1:], books=b, liked=[2]), "wanted is"),
        (lambda m, b: nr.recommend(object(), 1, books=b), "inputs must be named"),
        (lambda m, b: nr.similar(m[:9, :9], 8, books=b), "the array ends at 8"),
        (lambda m, b: nr.similar(lambda rows: rows, 8, books=b), "Its layers are: none"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(alike, books, call, words):
    with pytest.raises(nr.NeurecError, match=words):
        call(alike, books)


def test_a_model_of_readers_cannot_welcome_a_newcomer(books):
    user = keras.Input([1], name="User-Input")
    book = keras.Input([1], name="Book-Input")
    model = keras.Model([user, book], layers.Add()([user, book]))
    with pytest.raises(nr.NeurecError, match="newcomer is not among its readers"):
        nr.recommend(model, books=books, liked=[2])
