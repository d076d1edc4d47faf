"""neurec shop: a page from what is at hand, or from a saved model."""

import json
import re

import numpy as np
import pytest
from typer.testing import CliRunner

from neurec_helpers.cli import app
from neurec_helpers.cli import shop as command
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.loading import load_books, load_ratings
from neurec_helpers.recommending.co_reading import similar_books
from neurec_helpers.recommending.shop.tables import tables_of


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A reader's own ratings: ids are text, and titles look like HTML."""
    rng = np.random.default_rng(1)
    ids = [f"b'{n:02d}" for n in range(40)]
    rows = {f"u{rng.integers(60)},{ids[rng.integers(40)]},{rng.integers(1, 6)}" for _ in range(900)}
    (tmp_path / "my.csv").write_text("user_id,book_id,rating\n" + "\n".join(sorted(rows)) + "\n")
    titles = "".join(f"{each},<b>{each}</b>\n" for each in ids)
    (tmp_path / "books.csv").write_text("book_id,title\n" + titles)
    monkeypatch.setenv("NEUREC_DATASET", str(tmp_path / "my.csv"))
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    addresses = []
    monkeypatch.setattr(command.webbrowser, "open", lambda url: not addresses.append(url))
    return addresses


def neurec(*arguments):
    return CliRunner().invoke(app, ["shop", *arguments])


def data_of(path):
    page = path.read_text(encoding="utf-8")
    return json.loads(re.search(r'type="application/json" id="data">(.*?)</script>', page)[1])


def test_without_a_model_books_are_alike_by_their_readers(own, opened):
    done = neurec()
    assert done.exit_code == 0, done.output
    path = own / "build" / "shop.html"
    assert f"{path} (0.0 MB)" in done.stdout.replace("\n", "")
    assert opened == [path.as_uri()]
    data, ratings = data_of(path), load_ratings()
    assert data["titles"] == load_books().title.to_list() and "<b>b'00</b>" in data["titles"]
    assert data["authors"] is None and sum(data["readers"]) == len(
        ratings.drop_duplicates(["user_id", "book_id"])
    )
    table = similar_books(ratings, 40)
    assert data["tables"] == tables_of(table, np.arange(1, 41))[0]


def test_a_saved_table_is_taken_and_no_browser_is_opened(own, opened):
    table = np.random.default_rng(2).random((41, 41), np.float32)
    np.save(own / "table.npy", table)
    done = neurec("--model", str(own / "table.npy"), "--out", str(own / "p.html"), "--no-open")
    assert done.exit_code == 0, done.output
    assert data_of(own / "p.html")["tables"] == tables_of(table, np.arange(1, 41))[0]
    assert opened == []


def test_where_there_is_no_browser_it_says_so(own, monkeypatch):
    monkeypatch.setattr(command.webbrowser, "open", lambda url: False)
    assert "No browser could be opened" in neurec().stdout


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.npy", None, "there is no file"),
        ("table.csv", b"1,2", "give a .keras or a .npy file"),
        ("table.npy", b"damaged", "can't be loaded"),
        ("towers.keras", b"damaged", "can't be loaded"),
        ("other.npy", np.ones((9, 9)), "its book ids end at 8, those in use at 40"),
        ("flat.npy", np.ones(9), "the page can work with"),
    ],
)
def test_what_is_no_model_is_refused_and_nothing_is_written(own, opened, name, content, words):
    if isinstance(content, bytes):
        (own / name).write_bytes(content)
    elif content is not None:
        np.save(own / name, content)
    done = neurec("--model", str(own / name))
    assert isinstance(done.exception, NeurecError) and words in str(done.exception)
    assert not (own / "build").exists() and opened == []
