"""The files of a source: their exact types, and which of a folder's files are ratings."""

from decimal import Decimal

import pyarrow as pa
import pytest
from pyarrow import parquet

pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
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
