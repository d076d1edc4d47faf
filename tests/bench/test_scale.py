"""The benchmark of scaling: what it runs measures what it says, and the table and plot tell it."""

import pandas as pd
import pytest

from neurec_helpers.bench import scale
from tests.helpers.made_ratings import made

ONE = {"rows": 950_000, "seconds": 2.0, "peak": 8e8, "mse": [0.8, 0.7]}
RESULTS = {
    "sizes": [
        {
            "millions": millions,
            "prepare": {"rows": millions * 1e6, "seconds": millions, "peak": 3e8},
            "stream": {"rows": millions * 1e6, "seconds": millions / 20, "peak": 3e8},
            "pandas": {"rows": millions * 1e6, "seconds": millions, "peak": millions * 2e8},
            "train": {**ONE, "rows": millions * 95e4, "seconds": 2.0 * millions**1.1},
        }
        for millions in (1, 10)
    ],
    "two": {"train": {**ONE, "rows": 9.5e6, "seconds": 30.0}},
}


def test_the_table_has_a_row_for_each_size_and_one_for_two_processes():
    rows = scale.table_of(RESULTS).splitlines()[2:]
    assert [row.split(" | ")[0] for row in rows] == ["| 1 M", "| 10 M", "| 10 M, two processes"]
    assert "20.0 M/s" in rows[0] and "475,000" in rows[0] and "2.00 GB" in rows[1]
    assert len({row.count("|") for row in rows}) == 1


def test_growth_is_told_as_it_was_measured():
    (line,) = scale.judge(RESULTS["sizes"])
    assert line == "1 to 10 million: peak memory x 1.00, time per rating x 1.26"


def test_the_picture_is_told_in_words(tmp_path):
    words = scale.save_picture(RESULTS, tmp_path / "picture.png")
    assert "10 million: 25.2 s an epoch, 0.80 GB, with pandas 2.00 GB" in words
    assert (tmp_path / "picture.png").stat().st_size > 10_000


def test_preparing_streaming_and_reading_are_measured_in_processes_of_their_own(tmp_path):
    pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")
    source = tmp_path / "source"
    source.mkdir()
    for part in range(2):
        made(70_000, seed=part).to_parquet(source / f"{part}.parquet")
    prepared = scale.run_step("prepare", source, tmp_path / "data")
    train = tmp_path / "data" / "train.parquet"
    streamed = scale.run_step("stream", train)
    assert prepared["rows"] == 140_000
    assert streamed["rows"] == len(pd.read_parquet(train)) // 65_520 * 65_520
    table = made(70_000).assign(book_id=1).to_parquet
    table(tmp_path / "numbers.parquet")
    read = scale.run_step("read_with_pandas", tmp_path / "numbers.parquet")
    assert read["rows"] == 70_000
    for one in (prepared, streamed, read):
        assert 0 < one["seconds"] < 60 and one["peak"] >= one["base"] > 5e7
