"""The files of a source: their exact types, and which of a folder's files are ratings."""

import os
import shutil
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.scale import sources
from neurec_helpers.scale.preparing import prepare
from tests.helpers.prepared import by_row

IDS = range(1, 300)
NEAR = {
    "decimals of two scales": (
        pa.array([Decimal("4.1")] * 299, pa.decimal128(3, 1)),
        pa.array([Decimal("4.125")] * 299, pa.decimal128(6, 3)),
        "rating",
    ),
    "int8 and int64": (
        pa.array([k % 100 for k in IDS], pa.int8()),
        pa.array([k + 10**10 for k in IDS]),
        "user_id",
    ),
    "int32 and int64": (
        pa.array(IDS, pa.int32()),
        pa.array([k + 3 * 10**9 for k in IDS]),
        "user_id",
    ),
    "decimal and text": (
        pa.array([Decimal(k) for k in IDS], pa.decimal128(5, 0)),
        pa.array([f"u{k}" for k in IDS]),
        "user_id",
    ),
}


@pytest.mark.parametrize("case", NEAR)
def test_no_digit_is_lost_where_files_differ_in_their_exact_types(tmp_path, case):
    *columns, name = NEAR[case]
    (tmp_path / "source").mkdir()
    expected = []
    for number, column in enumerate(columns):
        whole = {"user_id": pa.array(IDS), "book_id": [k % 9 for k in IDS], "rating": [4] * 299}
        table = pa.table(whole | {name: column})
        parquet.write_table(table, tmp_path / "source" / f"{number}.parquet")
        expected += [
            (str(row["user_id"]), str(row["book_id"]), float(row["rating"]))
            for row in table.to_pylist()
        ]
    prepare(tmp_path / "source", tmp_path / "data")
    found = [(str(user), str(book), rating) for user, book, rating in by_row(tmp_path / "data")]
    assert sorted(found) == sorted(expected)


def test_decimals_with_more_digits_than_duckdb_keeps_are_refused(tmp_path):
    ids = pa.array([Decimal(10**45 + k) for k in IDS], pa.decimal256(60, 0))
    table = pa.table({"user_id": ids, "book_id": [k % 9 for k in IDS], "rating": [4] * 299})
    parquet.write_table(table, tmp_path / "ratings.parquet")
    with pytest.raises(NeurecError, match=r"'user_id': it is of type decimal256.*to text"):
        prepare(tmp_path / "ratings.parquet", tmp_path / "data")


ROWS = "user_id,book_id,rating\n" + "".join(f"{k},{k % 7 + 1},4\n" for k in range(1, 200))


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "ratings.csv").write_text(ROWS)
    return folder


def prepared(folder):
    """What is said while a folder is made ready, in which ratings.csv alone is of ratings."""
    said = []
    found = prepare(folder, folder.parent / "data", report=lambda each: said.append(each["stage"]))
    assert found.n_train + found.n_held_out == 199
    return said


@pytest.mark.parametrize("name", ["b.tsv", "b.txt", "b.csv.zst", "b.csv.zip", "b.csv.bz2", "b"])
def test_files_of_a_folder_that_are_not_read_are_said(folder, name):
    (folder / "below").mkdir()
    (folder / "below" / name).write_text(ROWS)
    assert prepared(folder)[0].startswith(f"not read in {folder}: below/{name}. Of a folder, ")


def test_a_folder_that_is_a_link_is_said_and_hidden_files_runs_and_notes_are_not(folder):
    for name in ("other", "source/run"):
        (folder.parent / name).mkdir()
        (folder.parent / name / "b.csv").write_text(ROWS)
    (folder / "run" / "run.json").write_text("{}")
    (folder / "ratings.csv.neurec.toml").write_text("")
    (folder / ".b.tsv").write_text(ROWS)
    assert "not read" not in prepared(folder)[0]
    (folder / "linked").symlink_to(folder.parent / "other")
    assert f"not read in {folder}: linked." in sources.left_aside(folder)


def test_what_spark_has_not_finished_is_not_read(folder):
    for name in ("_temporary", "_year=1999"):
        (folder / name).mkdir()
        shutil.copy(folder / "ratings.csv", folder / name)
    assert {path.parent.name for path in sources.find_files(folder)} == {"source", "_year=1999"}
    assert f"not read in {folder}: _temporary. Of a folder, " in sources.left_aside(folder)


def test_a_folder_that_may_not_be_read_is_said(folder, monkeypatch):
    def closed(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "iterdir", closed)
    with pytest.raises(NeurecError, match=r"can't be read: Permission denied\."):
        sources.find_files(folder)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such name")
def test_a_name_in_another_encoding_is_said(tmp_path):
    path = tmp_path / os.fsdecode(b"b\xfccher.csv")
    path.write_text(ROWS)
    with pytest.raises(NeurecError, match="this name is not in UTF-8"):
        sources.find_files(tmp_path)


def test_titles_beside_the_ratings_are_no_ratings(folder):
    (folder / "books.csv").write_text('"book_id","title"\n1,One\n')
    assert f"not read in {folder}: books.csv." in prepared(folder)[0]
    (folder / "books.csv").write_text(ROWS)
    assert len(sources.find_files(folder)) == 2 and sources.left_aside(folder) is None
