"""The shop's page as a file: what is in it, what is refused, and what the tables lose."""

import base64
import json
import re

import keras
import numpy as np
import pandas as pd
import pytest
from keras import layers, ops
from scipy.sparse import csr_matrix

import neurec_helpers as nr
from neurec_helpers.cli.shop import load_model
from neurec_helpers.recommending.shop import tables as shop_tables
from neurec_helpers.recommending.shop.tables import tables_of
from neurec_helpers.recommending.shop.words import WORDS

N_BOOKS = 30


@pytest.fixture(scope="module")
def books():
    ids = np.random.default_rng(3).permutation(np.arange(2, N_BOOKS + 1, 2))
    return pd.DataFrame({"book_id": ids, "title": [f"Title of {i}" for i in ids]})


@pytest.fixture(scope="module")
def alike():
    return np.random.default_rng(5).random((N_BOOKS + 1, N_BOOKS + 1), np.float32)


def towers(numbers=8, of_reader=False, of_book=True, unit_reader=True, bias=0.0, end=None):
    """Two towers; which vectors are brought to length 1 is for the caller to say."""
    keras.utils.set_random_seed(1)
    start = keras.initializers.RandomNormal(stddev=1.0)
    unit = layers.UnitNormalization()
    read = keras.Input([None], dtype="int32", name="Books-Read")
    table = layers.Embedding(N_BOOKS + 1, numbers, start, mask_zero=True, name="Book-Embedding")
    vectors = unit(table(read)) if of_reader else table(read)
    reader = layers.GlobalAveragePooling1D()(vectors)
    reader = unit(reader) if unit_reader else reader
    reader = layers.Dense(numbers)(reader) if end else reader
    weights = table.get_weights()[0]
    if of_book:
        weights = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return keras.Model(read, ops.matmul(reader, ops.transpose(weights)) * 20 + bias)


def test_towers_can_be_saved_and_taken_by_the_command(tmp_path):
    model = towers()
    model.save(tmp_path / "towers.keras")
    ids = np.arange(1, N_BOOKS + 1)
    again = load_model(tmp_path / "towers.keras", N_BOOKS)
    assert tables_of(again, ids) == tables_of(model, ids)


def data_of(path):
    page = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(found[1])


def numbers(tables, name, kind):
    return np.frombuffer(base64.b64decode(tables[name]), kind)


def rows_of(tables):
    kind = {16: np.int16, 8: np.int8}[tables["bits"]]
    whole = numbers(tables, "values", kind).reshape(-1, tables["numbers"])
    return whole * numbers(tables, "steps", np.float32)[:, None]


@pytest.mark.parametrize("of_reader", [False, True])
@pytest.mark.parametrize("of_book", [False, True])
@pytest.mark.parametrize("unit_reader", [False, True])
def test_towers_are_kept_as_the_model_uses_them(books, of_reader, of_book, unit_reader):
    model = towers(8, of_reader, of_book, unit_reader)
    ids = np.sort(books.book_id)
    tables, lost = tables_of(model, ids)
    rows = rows_of(tables)
    of_books = rows * numbers(tables, "ofBook", np.float32)[:, None]
    of_readers = rows * numbers(tables, "ofReader", np.float32)[:, None]
    for liked in ({2: 4}, {4: 1, 8: 4, 30: 2}):
        mean = sum(weight * of_readers[ids == book][0] for book, weight in liked.items())
        scores = dict(zip(ids, of_books @ mean, strict=True))
        wanted = nr.recommend(model, books=books, liked=liked, n=N_BOOKS)
        found = sorted((i for i in ids if i not in liked), key=lambda i: -scores[i])
        assert wanted.book_id.to_list() == found
    assert lost == ""


@pytest.mark.parametrize(("numbers_", "bits"), [(128, 16), (129, 8)])
def test_long_vectors_are_kept_with_fewer_digits(numbers_, bits):
    table = towers(numbers_)
    tables, _ = tables_of(table, np.arange(1, N_BOOKS + 1))
    vectors = table.get_layer("Book-Embedding").get_weights()[0][1:]
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert tables["bits"] == bits
    far = np.abs(rows_of(tables) - directions).max()
    assert far <= 0.51 * np.abs(directions).max() / (2 ** (bits - 1) - 1)


def test_of_a_table_the_highest_neighbours_are_kept_and_the_loss_is_said(alike, monkeypatch):
    ids = np.array([3, 5, 8, 13, 21])
    tables, lost = tables_of(alike, ids)
    assert lost == ""
    rows, which = rows_of(tables), numbers(tables, "which", np.uint16).reshape(5, -1)
    whole = np.zeros((5, 5))
    np.put_along_axis(whole, which.astype(int), rows, axis=1)
    np.testing.assert_allclose(whole, alike[np.ix_(ids, ids)], atol=1e-4)

    monkeypatch.setattr(shop_tables, "NEIGHBOURS", 2)
    small, lost = tables_of(csr_matrix(alike), ids)
    assert "keeps the 2 highest" in str(lost)
    wanted = np.sort(alike[np.ix_(ids, ids)], axis=1)[:, -2:]
    np.testing.assert_allclose(np.sort(rows_of(small), axis=1), wanted, atol=1e-4)


def star_model():
    user, book = keras.Input([1], name="User-Input"), keras.Input([1], name="Book-Input")
    return keras.Model([user, book], layers.Add()([user, book]))


def without_table():
    read = keras.Input([None], dtype="int32", name="Books-Read")
    return keras.Model(read, layers.Embedding(N_BOOKS + 1, 4, name="Other")(read))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (star_model, "this model is neither"),
        (lambda: lambda rows: rows, "this model is neither"),
        (without_table, "no layer 'Book-Embedding'"),
        (lambda: towers(bias=np.arange(N_BOOKS + 1.0)), "scores are made in another way"),
        (lambda: towers(end="dense"), "scores are made in another way"),
        (lambda: np.ones((9, 9)), "holds book_id 30; the model ends at 8"),
        (lambda: np.ones((9, 8)), "must be square"),
        (lambda: np.full((31, 31), np.inf), "not finite"),
    ],
)
def test_a_model_that_a_page_cannot_work_with_is_refused(books, model, words, tmp_path):
    with pytest.raises(nr.NeurecError, match=words):
        nr.shop(model(), books, file=tmp_path / "shop.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (lambda b: b[["title"]], "book_id is missing"),
        (lambda b: b.iloc[:0], "whole numbers from 1"),
        (lambda b: b.assign(book_id=b.book_id.astype(str)), "whole numbers from 1"),
        (lambda b: pd.concat([b, b]), "more than once"),
    ],
)
def test_books_that_cannot_be_used_are_refused(books, alike, frame, words, tmp_path):
    with pytest.raises(nr.NeurecError, match=words):
        nr.shop(alike, frame(books), file=tmp_path / "shop.html")


def test_a_page_is_one_file_that_asks_for_no_other(books, alike, tmp_path):
    made = nr.shop(alike, books, file=tmp_path / "deep" / "shop.html", source="shelf")
    page = made.path.read_text(encoding="utf-8")
    assert made.megabytes == pytest.approx(made.path.stat().st_size / 1e6)
    assert "{{" not in page and "default-src 'none'" in page
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!data:)|url\(|@import|https?://", page)


def test_what_is_known_of_books_is_taken_as_it_is(alike, tmp_path):
    odd = pd.DataFrame(
        {
            "book_id": [3, 1, 2],
            "title": ["</script><b>", None, 1984],
            "author": [np.nan, "Ann Ø", "Ω"],
            "year": pd.array([1950, None, -800], dtype="Int64"),
            "genre": ["a", "", "a"],
            "original_book_id": ["x'1", "y", "z"],
        }
    )
    ratings = pd.DataFrame({"user_id": [1, 1, 2, 3], "book_id": [2, 2, 2, 3]})
    data = data_of(nr.shop(alike, odd, ratings, file=tmp_path / "shop.html", source="shelf").path)
    assert data["ids"] == [1, 2, 3]
    assert data["titles"] == ["Book 1", "1984", "</script><b>"]
    assert data["authors"] == ["Ann Ø", "Ω", ""]
    assert data["years"] == [None, -800, 1950]
    assert [data["genreNames"][i] for i in data["genres"]] == ["", "a", "a"]
    assert data["readers"] == [0, 2, 1]


def test_a_page_of_ids_alone_can_be_made(alike, tmp_path):
    data = data_of(nr.shop(alike, pd.DataFrame({"book_id": [7]}), file=tmp_path / "p.html").path)
    assert data["titles"] == ["Book 7"]
    assert [data[name] for name in ("authors", "years", "genres", "readers")] == [None] * 4


def test_synthetic_books_are_called_so_and_real_ones_credited(books, alike, tmp_path):
    def page(source):
        return nr.shop(alike, books, file=tmp_path / "p.html", source=source).path.read_text()

    own = tmp_path / "own.csv"
    own.write_text("book_id,user_id,rating\n1,1,5\n")
    assert f"<strong>{WORDS['synthetic']}</strong>" in page("shelf")
    assert "Zygmunt Zając, licence CC BY-SA 4.0</p>" in page("goodbooks")
    assert "<footer>\n\n<p>" in page(own)


def test_words_can_be_others(books, alike, tmp_path):
    words = {"language": "ru", "heading": "Что <почитать>?"}
    made = nr.shop(alike, books, file=tmp_path / "p.html", words=words)
    page = made.path.read_text(encoding="utf-8")
    assert '<html lang="ru">' in page and "<h1>Что &lt;почитать&gt;?</h1>" in page
    assert data_of(made.path)["words"]["heading"] == "Что <почитать>?"


def test_a_notebook_shows_a_link(books, alike, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = nr.shop(alike, books)
    assert repr(made) == "shop.html (0.0 MB): open it in a browser."
    assert '<a href="shop.html" target="_blank">shop.html</a>' in made._repr_html_()


def test_every_word_is_used_and_every_word_used_is_there():
    folder = shop_tables.__file__.replace("tables.py", "")
    code = "".join(
        open(folder + name, encoding="utf-8").read() for name in ("page.js", "page.html")
    )
    making = open(folder + "making.py", encoding="utf-8").read()
    for name in WORDS:
        assert (
            f'"{name}"' in code
            or f"{{{{{name}}}}}" in code
            or f'words["{name}"]' in making
            or (f"words.{name}" in code)
        ), name
    assert set(re.findall(r'say\("(\w+)"', code)) <= set(WORDS)
