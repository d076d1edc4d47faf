"""Scores, lists and similar books: right for every kind of model, and never a mix-up of ids."""

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers

import neurec_helpers as nr
from neurec_helpers.recommending import scores as score_grid

N_USERS, N_BOOKS = 30, 45


def entrances(book_first=False):
    user = keras.Input([1], name="User-Input")
    book = keras.Input([1], name="Book-Input")
    return user, book, [book, user] if book_first else [user, book]


def vector(ids, rows, numbers, name):
    start = keras.initializers.RandomNormal(stddev=0.5)
    return layers.Flatten()(layers.Embedding(rows + 1, numbers, start, name=name)(ids))


def best_model(book_first=False):
    user, book, inputs = entrances(book_first)
    vectors = [
        vector(user, N_USERS, 8, "User-Embedding"),
        vector(book, N_BOOKS, 8, "Book-Embedding"),
    ]
    biases = [vector(user, N_USERS, 1, "User-Bias"), vector(book, N_BOOKS, 1, "Book-Bias")]
    total = layers.Add()([layers.Dot(axes=1)(vectors), *biases])
    return keras.Model(inputs, layers.Rescaling(1.0, offset=3.8)(total))


def network(widths=(128, 32), user_first=False, end=None):
    user, book, inputs = entrances()
    vectors = [
        vector(book, N_BOOKS, 5, "Book-Embedding"),
        vector(user, N_USERS, 5, "User-Embedding"),
    ]
    hidden = layers.Concatenate()(vectors[::-1] if user_first else vectors)
    for width in widths:
        hidden = layers.Dense(width, activation="relu")(hidden)
    return keras.Model(inputs, layers.Dense(1, activation=end)(hidden))


def dot_alone(book_first=False):
    user, book, inputs = entrances()
    vectors = [
        vector(user, N_USERS, 5, "User-Embedding"),
        vector(book, N_BOOKS, 5, "Book-Embedding"),
    ]
    return keras.Model(inputs, layers.Dot(axes=1)(vectors[::-1] if book_first else vectors))


def dot_and_more(numbers, end):
    """A dot product of vectors, and what `end` makes of it and the reader's vector."""
    user, book, inputs = entrances()
    one, other = vector(user, N_USERS, numbers, "u"), vector(book, N_BOOKS, numbers, "b")
    return keras.Model(inputs, end(layers.Dot(axes=1)([one, other]), one))


def unknown_layer():
    """A layer that no grid knows, so that all pairs are computed as rows."""
    user, book, inputs = entrances()
    both = layers.Multiply()([vector(user, N_USERS, 5, "u"), vector(book, N_BOOKS, 5, "b")])
    return keras.Model(inputs, layers.Dense(1)(layers.LayerNormalization()(both)))


def dropout_between():
    user, book, inputs = entrances()
    both = layers.Concatenate()([vector(user, N_USERS, 5, "u"), vector(book, N_BOOKS, 5, "b")])
    return keras.Model(inputs, layers.Dense(1)(layers.Dropout(0.2)(both)))


def plus_signs():
    user, book, inputs = entrances()
    biases = vector(user, N_USERS, 1, "u"), vector(book, N_BOOKS, 1, "b")
    return keras.Model(inputs, 3.8 + biases[0] + biases[1])


MODELS = {
    "best model": best_model,
    "best model, book first": lambda: best_model(book_first=True),
    "the lesson's network": network,
    "reader's vector first": lambda: network(user_first=True),
    "deeper": lambda: network((128, 32, 8)),
    "sigmoid": lambda: network(end="sigmoid"),
    "dot product": dot_alone,
    "dot product, book first": lambda: dot_alone(book_first=True),
    "unknown layer": unknown_layer,
    "dropout after a concatenation": dropout_between,
    "plus signs": plus_signs,
    "one number each": lambda: dot_and_more(1, lambda dot, user: layers.Add()([dot, user])),
    "bias behind a Dense layer": lambda: dot_and_more(
        4, lambda dot, user: layers.Add()([layers.Dense(1, "tanh")(dot), layers.Dense(1)(user)])
    ),
    "the vector twice": lambda: dot_and_more(
        4, lambda dot, user: layers.Dense(1)(layers.Concatenate()([dot, user]))
    ),
}


@pytest.fixture(scope="module")
def books():
    """Books whose ids have gaps and stand in no order, under an index that is no id."""
    ids = np.random.default_rng(3).permutation(np.arange(2, N_BOOKS + 1, 2))
    titles = [f"Title of {i}" for i in ids]
    return pd.DataFrame({"title": titles, "book_id": ids}, index=np.arange(len(ids)) + 500)


@pytest.fixture(scope="module")
def seen():
    rng = np.random.default_rng(4)
    pairs = {"user_id": rng.integers(1, N_USERS + 1, 300)}
    return pd.DataFrame(pairs | {"book_id": rng.integers(1, N_BOOKS + 1, 300), "rating": 4})


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return best_model()


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_what_the_model_predicts(name):
    keras.utils.set_random_seed(2)
    model = MODELS[name]()
    users, books = np.array([7, 1, N_USERS]), np.array([N_BOOKS, 3, 2, 11])
    columns = {"User-Input": np.repeat(users, 4), "Book-Input": np.tile(books, 3)}
    wanted = model.predict([columns[each.name] for each in model.inputs], verbose=0)
    got = nr.scores(model, users, books)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, wanted.reshape(3, 4), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("best model", "_Product"),
        ("dot product", "_Product"),
        ("one number each", "_Product"),
        ("bias behind a Dense layer", "_Product"),
        ("the vector twice", "_Pairs"),
        ("unknown layer", "_Pairs"),
        ("the lesson's network", "_Pairs"),
    ],
)
def test_only_a_dot_product_is_worked_out_as_one(name, kind):
    assert type(score_grid.score_grid(MODELS[name](), np.array([1]))).__name__ == kind


def test_scores_do_not_depend_on_how_many_readers_are_worked_on_at_once(model, monkeypatch):
    users, books = np.arange(1, N_USERS + 1), np.arange(1, N_BOOKS + 1)
    at_once = nr.scores(model, users, books)
    monkeypatch.setattr("neurec_helpers.recommending.lists.CELLS", 4 * N_BOOKS)
    np.testing.assert_array_equal(nr.scores(model, users, books).argmax(1), at_once.argmax(1))
    np.testing.assert_allclose(nr.scores(model, users, books), at_once, rtol=1e-5)


def test_ids_come_back_with_their_own_titles_and_scores(model, books, seen):
    found = nr.recommend(model, 5, n=6, books=books, exclude=seen)
    assert found.columns.to_list() == ["rank", "book_id", "predicted", "title"]
    assert found["title"].to_list() == [f"Title of {i}" for i in found["book_id"]]
    np.testing.assert_allclose(
        found["predicted"], nr.scores(model, 5, found["book_id"])[0], rtol=1e-5
    )


def test_the_list_is_the_sorted_list_of_unread_books(model, books, seen):
    read = set(seen.loc[seen.user_id == 5, "book_id"])
    unread = [i for i in sorted(books.book_id) if i not in read]
    score = dict(zip(unread, nr.scores(model, 5, unread)[0], strict=True))
    wanted = sorted(unread, key=lambda i: -score[i])[:7]
    found = nr.recommend(model, 5, n=7, books=books, exclude=seen)
    assert found["book_id"].to_list() == wanted
    assert found["rank"].to_list() == [1, 2, 3, 4, 5, 6, 7]


def test_books_already_read_are_never_recommended(model, books, seen):
    found = nr.recommend(model, range(1, N_USERS + 1), n=100, books=books, exclude=seen)
    pairs = set(zip(found.user_id, found.book_id, strict=True))
    assert not pairs & set(zip(seen.user_id, seen.book_id, strict=True))
    # And nothing else is missing.
    read = seen.drop_duplicates(["user_id", "book_id"])
    read = read[read.book_id.isin(books.book_id)]
    assert len(found) == N_USERS * len(books) - len(read)


def test_one_reader_gets_the_same_alone_and_among_many(model, books, seen):
    many = nr.recommend(model, [9, 4, 9, 21], n=5, books=books, exclude=seen)
    assert many["user_id"].to_list() == [9] * 5 + [4] * 5 + [9] * 5 + [21] * 5
    for number, user in enumerate([9, 4, 9, 21]):
        alone = nr.recommend(model, user, n=5, books=books, exclude=seen)
        block = many.iloc[5 * number : 5 * number + 5].reset_index(drop=True)
        pd.testing.assert_frame_equal(block.drop(columns="user_id"), alone, rtol=1e-5)


def test_readers_of_different_tastes_get_different_lists(model, books):
    one, other = (nr.recommend(model, user, n=5, books=books) for user in (1, 2))
    assert one["book_id"].to_list() != other["book_id"].to_list()


def test_of_equal_scores_the_smaller_id_comes_first(books):
    same = best_model()
    for layer in same.layers:
        if layer.get_weights():
            layer.set_weights([np.zeros_like(layer.get_weights()[0])])
    found = nr.recommend(same, 1, n=4, books=books)
    assert found["book_id"].to_list() == [2, 4, 6, 8]


def test_similar_books_are_those_of_the_largest_cosine(model, books):
    table = model.get_layer("Book-Embedding").get_weights()[0]
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    cosine = {i: float(unit[i] @ unit[8]) for i in books.book_id if i != 8}
    found = nr.similar(model, 8, n=5, books=books)
    assert found["book_id"].to_list() == sorted(cosine, key=lambda i: -cosine[i])[:5]
    assert found["title"].to_list() == [f"Title of {i}" for i in found["book_id"]]
    np.testing.assert_allclose(found["cosine"], sorted(cosine.values())[:-6:-1], rtol=1e-5)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda m, b: nr.recommend(m, "5", books=b), "user_id must be a whole number"),
        (lambda m, b: nr.recommend(m, [], books=b), "user_id is an empty list"),
        (lambda m, b: nr.recommend(m, 5.0, books=b), "user_id must be a whole number"),
        (lambda m, b: nr.recommend(m, True, books=b), "user_id must be a whole number"),
        (lambda m, b: nr.recommend(m, 0, books=b), "user_id counts from 1"),
        (lambda m, b: nr.recommend(m, 31, books=b), "id 31 has no row in an Embedding"),
        (lambda m, b: nr.recommend(m, 1, n=0, books=b), "n=0"),
        (lambda m, b: nr.recommend(m, 1, books=b.title), "book_id"),
        (lambda m, b: nr.recommend(m, 1, books=b, exclude=b), "user_id is missing"),
        (lambda m, b: nr.recommend(m, 1, books=pd.concat([b, b])), "more than once"),
        (lambda m, b: nr.scores(m, 1, [46]), "id 46 has no row in an Embedding"),
        (lambda m, b: nr.similar(m, 8, n=0, books=b), "n=0"),
        (lambda m, b: nr.similar(m, [8, 10], books=b), "one book_id"),
        (lambda m, b: nr.similar(m, 7, books=b), "book_id 7 does not stand"),
        (lambda m, b: nr.similar(m, 8, books=b, layer="Books"), "no layer 'Books'"),
        (lambda m, b: nr.scores(keras.Sequential(), 1, 1), "User-Input"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(model, books, call, words):
    with pytest.raises(nr.NeurecError, match=words):
        call(model, books)


def test_a_model_that_was_trained_in_several_steps_at_a_time_on_flat_rows():
    """Keras' own predict fails on rows of another shape than those that such a model has seen."""
    ids, model = np.arange(1, 9, dtype="int32"), network()
    model.compile("adam", "mse", steps_per_execution=3)
    model.fit([ids, ids], ids / 8, batch_size=2, verbose=0)
    expected = model.predict([ids, ids], verbose=0)[:, 0]
    catalogue = pd.DataFrame({"book_id": ids, "title": [f"Book {n}" for n in ids]})
    lists = nr.recommend(model, ids, 8, books=catalogue)
    own = lists[lists.user_id == lists.book_id].sort_values("user_id")
    assert np.allclose(own.predicted, expected, atol=1e-6)
