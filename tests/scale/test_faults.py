"""One voice with `load_ratings`: the same mistake in a file has the same message, with its row."""

import bz2
import gzip
import re

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.loading import load_ratings
from neurec_helpers.scale.preparing import prepare
from tests.helpers.prepared import by_row

HEADER = "user_id,book_id,rating\n"
ROWS = "".join(f"{k},{k % 7 + 1},{k % 5 + 1}\n" for k in range(1, 40))
WRONG = {
    "outside the scale": HEADER + "1,2,100\n3,4,500\n",
    "two columns of one name": "user_id,user_id,book_id,rating\n1,1,2,3\n",
    "no header": ROWS,
    "the header once more": HEADER + ROWS + HEADER + ROWS,
    "a line of totals": HEADER + ROWS + "Total,,\n",
    "a line of words": HEADER + ROWS + "39 rows selected\n",
    "a cell too many": HEADER + ROWS + "40,1,4,5\n" + ROWS,
    "a decimal comma": HEADER + ROWS + '40,1,"4,5"\n',
    "nan": HEADER + ROWS + "40,1,nan\n41,1,NaN\n",
    "infinite": HEADER + ROWS + "40,1,inf\n",
    "no rating": HEADER + ROWS + "40,1,\n",
    "no user": HEADER + ROWS + ",1,5\n",
    "a word": HEADER + ROWS + "40,1,good\n",
    "an underscore": HEADER + ROWS + "40,1,1_0\n",
    "an open quote": HEADER + ROWS + '40,"1,5\n41,1,5\n',
    "a header only": HEADER,
    "line ends only": "\n\n",
    "lines of commas": HEADER + ROWS + ",,\n,,\n",
    "a second table": HEADER + ROWS + "\nbook_id;title\n1;One\n",
    "an empty cell too many": HEADER + ROWS + "40,1,4,\n" + ROWS,
    "empty cells too many": HEADER + ROWS + "40,1,4,,,",
    "an empty cell in quotes too many": HEADER + ROWS + '40,1,4,""\n',
    "empty cells at all ends": HEADER + ROWS.replace("\n", ",\n"),
    "a blank before a quote": HEADER + ROWS + '40, "Smith, J.",4\n',
    "a rating before an id": HEADER + "1,1,9\n1,,5\n",
}
ODD = {
    "blank lines above, CR": "\r\r" + (HEADER + ROWS * 9).replace("\n", "\r"),
    "blank lines above": "\n \n" + HEADER + ROWS * 9,
    "a huge cell": HEADER.strip() + ",note\n" + ROWS * 9 + "40,1,5," + "x" * 3_000_000,
    "a huge quoted cell": HEADER.strip()
    + ",note\n"
    + ROWS * 9
    + '40,1,5,"'
    + "x,\n" * 900_000
    + '"',
    "zeros after gzip": gzip.compress((HEADER + ROWS * 9).encode()) + bytes(64),
    "blanks around ids": HEADER + ROWS.replace(",", " , ") * 9,
    "ids apart by blanks": HEADER + ROWS * 9 + " 7,a,5\n7,a ,5\n7, a,5\n",
    "blanks of other kinds": HEADER + ROWS * 9 + "\u00a07,a,\u20034\u00a0\n",
    "blanks before quotes": HEADER + ROWS * 9 + '7, "a",5\n7,"a",5\n7,  "a",5\n',
    "blanks after quotes": HEADER + ROWS * 9 + '7,"a" ,5\n7,"a",5\n"7" ,"a"  ,5\n',
    "a second byte order mark": "\ufeff\ufeff" + HEADER + ROWS * 9,
    "an empty column at the end": HEADER.replace("\n", ",\n") + ROWS.replace("\n", ",\n") * 9,
    "infinite ids": HEADER + ROWS * 9 + "inf,1,5\n",
}


def told(read, *arguments, **options):
    with pytest.raises(NeurecError) as caught:
        read(*arguments, **options)
    return str(caught.value)


def cause(message):
    """A message without how to tell of another scale, which each program has in its own way."""
    return re.sub(r"say what the scale is.*--scale 1 10\.", "", message)


@pytest.mark.parametrize("case", WRONG)
def test_csv_has_the_message_of_load_ratings(tmp_path, case):
    path = tmp_path / "ratings.csv"
    path.write_text(WRONG[case])
    ours = told(prepare, path, tmp_path / "data")
    theirs = told(load_ratings, str(path))
    assert cause(ours) == cause(theirs) and str(path) in ours
    assert [p.name for p in tmp_path.iterdir()] == ["ratings.csv"]


@pytest.mark.parametrize("case", ODD)
def test_odd_csv_is_read_as_load_ratings_reads_it(tmp_path, case):
    path, content = tmp_path / "ratings.csv", ODD[case]
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    prepare(path, tmp_path / "data", held_out=0.3)
    rows = load_ratings(path)
    ids = ["original_user_id", "original_book_id"]
    names = ids if ids[0] in rows else ["user_id", "book_id"]
    assert by_row(tmp_path / "data") == sorted(rows[[*names, "rating"]].itertuples(index=False))


@pytest.mark.parametrize("names", [("RATING", "rating"), ("rating", "RATING")])
def test_parquet_columns_that_differ_in_case_alone_are_two(tmp_path, names):
    """And in a folder whose name looks like a column and its value."""
    folder = tmp_path / "user_id=3"
    folder.mkdir()
    right = pd.DataFrame(
        {"user_id": range(200), "book_id": [k % 7 for k in range(200)], "rating": 4.0}
    )
    table = right.assign(RATING=1.0)[[*names, "user_id", "book_id"]]
    table.to_parquet(folder / "ratings.parquet")
    prepare(folder, tmp_path / "data", held_out=0.3)
    assert by_row(tmp_path / "data") == sorted(right.itertuples(index=False))


@pytest.mark.parametrize(
    ("column", "value"),
    [("user_id", None), ("book_id", None), ("rating", None), ("rating", np.inf), ("rating", 9.0)],
)
def test_parquet_has_the_message_of_load_ratings(tmp_path, column, value):
    table = pd.DataFrame(
        {"user_id": [f"u{k}" for k in range(40)], "book_id": ["a", "b"] * 20, "rating": 4.0}
    )
    table.loc[[7, 9], column] = value
    table.to_parquet(tmp_path / "ratings.parquet")
    ours = told(prepare, tmp_path / "ratings.parquet", tmp_path / "data")
    theirs = told(load_ratings, str(tmp_path / "ratings.parquet"))
    assert cause(ours) == cause(theirs) and "row 8" in ours


def test_a_row_that_is_longer_than_any_is_named(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(HEADER + ROWS * 9 + "x" * 3_000_000 + ",1,5\n")
    says = "row 353: user, book and rating have more than 2,000,000"
    with pytest.raises(NeurecError, match=says):
        prepare(path, tmp_path / "data")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"PK\3\4" + bytes(99), "or save the sheet as CSV"), (bz2.compress(b"x"), "pack it as gz.")],
    ids=["zip", "bz2"],
)
def test_how_to_unpack_is_advised_as_it_works_here(tmp_path, content, words):
    path = tmp_path / "ratings.csv"
    path.write_bytes(content)
    with pytest.raises(NeurecError, match=words):
        prepare(path, tmp_path / "data")


def test_ids_that_become_text_late_are_no_damage(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text(HEADER + ROWS * 2_000 + "B00A,1,5\n")
    assert prepare(path, tmp_path / "data").n_users == 40


def test_a_file_of_several_is_named_with_its_row(tmp_path):
    folder = tmp_path / "ratings"
    folder.mkdir()
    (folder / "1.csv").write_text(HEADER + ROWS)
    (folder / "2.csv").write_text("rating,book_id,user_id\n5,1,1\n\n6,1,2\n")
    assert "2.csv, row 4, column 'rating': 6 is outside" in told(prepare, folder, tmp_path / "data")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress((HEADER + ROWS * 99).encode())[:-40], "damaged or cut short: it can't be"),
        ((HEADER + ROWS).encode() + b"4\xff,1,5\n", "row 41: byte 0xff is not utf-8"),
        ((HEADER + ROWS).encode("utf-16"), "is UTF-16 text. Save it as CSV in UTF-8"),
        ((HEADER + ROWS).encode("utf-32"), "is UTF-32 text. Save it as CSV in UTF-8"),
        ((HEADER + ROWS).encode() + b"4,\0001,5\n", "row 41: a zero byte stands here"),
        (gzip.compress(gzip.compress(HEADER.encode())), "is packed twice"),
        (gzip.compress(b"PAR1\x15\4"), "holds a Parquet file, packed once more"),
        ((HEADER + ROWS).replace(",", ";").encode(), "--sep ';'"),
        (b"PK\x03\x04", "Unpack it, or save"),
        (b"", "empty"),
    ],
)
def test_what_is_no_text_in_utf8_is_said(tmp_path, content, words):
    (tmp_path / "ratings.csv").write_bytes(content)
    assert words in told(prepare, tmp_path / "ratings.csv", tmp_path / "data")
