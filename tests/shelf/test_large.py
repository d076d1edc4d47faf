"""Shelves of any length: the same readers and books, part by part."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import neurec_helpers as nr
from neurec_helpers.cli import app
from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf import large

SIZES = {"n_users": 2_000, "n_books": 400}


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(large, "PART", 20_000)


def test_a_longer_shelf_begins_with_the_shorter_one(small_parts, tmp_path):
    long = nr.write_shelf(tmp_path / "long", 50_000, **SIZES)
    short = nr.write_shelf(tmp_path / "short", 30_000, **SIZES)
    assert [path.name for path in long] == [f"part-000{k}.parquet" for k in range(3)]
    tables = [pd.concat(map(pd.read_parquet, paths)) for paths in (long, short)]
    assert [len(table) for table in tables] == [50_000, 30_000]
    assert np.array_equal(tables[0].head(30_000), tables[1])


def test_parts_differ_and_so_do_seeds(small_parts, tmp_path):
    first, second = map(pd.read_parquet, nr.write_shelf(tmp_path / "one", 40_000, **SIZES))
    (other,) = map(pd.read_parquet, nr.write_shelf(tmp_path / "two", 20_000, seed=7, **SIZES))
    for table in (second, other):
        assert (table.user_id.to_numpy() == first.user_id.to_numpy()).mean() < 0.1


def test_readers_books_and_stars_are_those_of_a_shelf(small_parts, tmp_path):
    paths = nr.write_shelf(tmp_path / "shelf", 100_000, **SIZES)
    table = pd.concat(map(pd.read_parquet, paths))
    assert table.dtypes.astype(str).to_list() == ["int32", "int32", "float32"]
    assert table.user_id.between(1, 2_000).all() and table.book_id.between(1, 400).all()
    shelf = nr.make_shelf(42, 2_000, 400, 20_000)
    shares = [t.rating.value_counts(normalize=True).sort_index() for t in (table, shelf.ratings)]
    assert np.abs(shares[0].to_numpy() - shares[1].to_numpy()).max() < 0.05
    # Stars come from what readers truly feel: the truth predicts them better than the mean does.
    expected = shelf.expect(table.user_id, table.book_id)
    assert np.mean((table.rating - expected) ** 2) < 0.85 * table.rating.var()


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(NeurecError, match="is not empty"):
        nr.write_shelf(tmp_path, 10)
    with pytest.raises(NeurecError, match="can't be written to"):
        nr.write_shelf(tmp_path / "thesis.txt", 10)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_the_command_says_that_it_is_synthetic(small_parts, tmp_path):
    options = ["--ratings", "30000", "--users", "2000", "--books", "400"]
    result = CliRunner().invoke(app, ["data", "make-large", str(tmp_path / "made"), *options])
    assert result.exit_code == 0
    assert "30,000 synthetic ratings in 2 files" in " ".join(result.output.split())
