"""Files as people have them: each is read as it is written, or refused in one true sentence."""

import bz2
import gzip
import io
import os
import subprocess
import sys
import tarfile
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.loading import load_ratings

HEADER = "book_id,user_id,rating\n"
ROWS = [(1, 1, 5), (1, 2, 4), (2, 1, 3), (2, 2, 1), (3, 2, 2), (3, 2, 4)]
GOOD = HEADER + "".join("{},{},{}\n".format(*row) for row in ROWS)
MANY = HEADER + "".join(f"{i % 50 + 1},{i % 77 + 1},{i % 5 + 1}\n" for i in range(60_000))
BOOKS, USERS, STARS = ([row[i] for row in ROWS] for i in range(3))
BOM = b"\xef\xbb\xbf"


def table(**columns):
    whole = {"book_id": BOOKS, "user_id": USERS, "rating": STARS} | columns
    packed = io.BytesIO()
    parquet.write_table(pa.table(whole), packed)
    return packed.getvalue()


def zipped(name, data, **flags):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, data)
    made = bytearray(packed.getvalue())
    central = made.find(b"PK\x01\x02")
    for local, offset in {"locked": (6, 8), "method": (8, 10)}.items():
        if local in flags:
            made[offset[0]] = made[central + offset[1]] = flags[local]
    return bytes(made)


def tar(mode):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:
        member = tarfile.TarInfo("ratings.csv")
        member.size = len(GOOD)
        archive.addfile(member, io.BytesIO(GOOD.encode()))
    return packed.getvalue()


REFUSED = {
    # Parquet
    "list": (table(rating=[[5]] * 6), "column 'rating': it is of type list<element: int64>"),
    "struct": (table(book_id=[{"a": 1}] * 6), "column 'book_id': it is of type struct<a: int64>"),
    "binary ids": (table(user_id=[b"a", b"b"] * 3), "column 'user_id': it is of type binary"),
    "bools": (table(rating=[True, False] * 3), "it is of type bool, where numbers should stand"),
    "dates": (table(rating=pa.array([1] * 6, pa.date32())), "it is of type date32[day]"),
    "times": (table(book_id=pa.array([1] * 6, pa.timestamp("s"))), "whole numbers or text"),
    "nothing": (table(book_id=pa.nulls(6)), "row 1, column 'book_id': no id"),
    "null": (table(rating=[1, 2, None, 3, 4, 5]), "row 3, column 'rating': nothing stands"),
    "NaN": (table(rating=[1, 2, float("nan"), 3, 4, 5]), "row 3, column 'rating': 'nan' stands"),
    "infinity": (table(rating=[1, 2, float("inf"), 3, 4, 5]), "row 3, column 'rating': 'inf' is"),
    "cut": (table()[:-20], "damaged or cut short"),
    # Packed
    "gzip of gzip": (gzip.compress(gzip.compress(GOOD.encode())), "is packed twice"),
    "gzipped Parquet": (gzip.compress(table()), "holds a Parquet file, packed once more"),
    "gzip in zip": (zipped("a.csv", gzip.compress(GOOD.encode())), "is packed twice"),
    "bz2 in gzip": (gzip.compress(bz2.compress(GOOD.encode())), "is packed twice"),
    "junk after gzip": (gzip.compress(GOOD.encode()) + b"junk", "damaged or cut short"),
    "locked zip": (zipped("a.csv", GOOD, locked=1), "is locked with a password"),
    "odd zip": (zipped("a.csv", GOOD, method=99), "packed in a way that isn't read here"),
    "tar": (tar("w"), "is a tar archive"),
    "tar.gz": (tar("w:gz"), "is a tar archive"),
    # Not text in UTF-8
    "UTF-32": (GOOD.encode("utf-32"), "is UTF-32 text"),
    "UTF-32, unmarked": (GOOD.encode("utf-32-be"), "encoding='utf-32-be'"),
    "UTF-16, unmarked": (GOOD.encode("utf-16-be"), "encoding='utf-16-be'"),
    "a zero byte": (GOOD + "4,\0,3\n", "row 8: a zero byte stands here"),
    "random bytes": (np.random.default_rng(0).bytes(5000), "a zero byte stands here"),
    # No table
    "web page": ("\n<!DOCTYPE html><html><body>404", "is a page for a browser"),
    "JSON": ('[{"book_id": 1}]', "is JSON"),
    "lines of JSON": ('{"book_id": 1}\n' * 9, "is JSON"),
    "Git LFS": ("version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "old Excel": (b"\xd0\xcf\x11\xe0" + bytes(500), "is an Excel workbook"),
    "SQLite": (b"SQLite format 3\0" + bytes(99), "is an SQLite database"),
    "encrypted Parquet": (b"PARE\x31\x02\0\0" + bytes(99), "is an encrypted Parquet file"),
    # Headers and separators
    "spaces": (GOOD.replace(",", " "), "sep=' '"),
    "two colons": (GOOD.replace(",", "::"), "more than one character between its columns"),
    "blanks above a name": ("  " + GOOD, "has no column 'book_id'; its header names '  book_id'"),
    "capitals": (GOOD.replace("book_id,user", "Book_ID,User"), "book='Book_ID', user='User_id'"),
    "the names of roles": (GOOD.replace("_id", ""), "book='book', user='user'"),
    "a name on two lines": (GOOD.replace("rating", '"rating\n(stars)"'), "row 1: a double quote"),
    "marks only": (BOM, "is empty"),
    "marks only, packed": (gzip.compress(BOM), "holds an empty file"),
    "header again": (GOOD + GOOD, "row 8, column 'rating': the header stands here once more"),
    "BOM amid": (GOOD.encode() + BOM + b"4,1,3\n", "row 8, column 'book_id': an invisible byte"),
    "one cell more": (GOOD.replace("\n", "\n0,").rstrip("0,"), "row 2: 4 cells where the header"),
    "comma at the end": (GOOD.replace("\n", ",\n").replace("g,", "g", 1), "row 2: 4 cells"),
    # Cells
    "decimal comma": (GOOD + "3,1,4,5\n", "row 8: 4 cells"),
    "total": (GOOD + "Total: 6\n", "row 8, column 'user_id': no id"),
    "commas": (GOOD + ",,\n", "row 8, column 'book_id': no id"),
    "end of file": (GOOD + "\x1a", "row 8, column 'user_id': no id"),
    "overflow": (GOOD + "3,1,1e999\n", "row 8, column 'rating': '1e999' is infinite"),
    "underscore": (GOOD + "3,1,0_4\n", "'0_4' is not a number"),
    "hexadecimal": (GOOD + "3,1,0x4\n", "'0x4' is not a number"),
    "other digits": (GOOD + "3,1,٤\n", "'٤' is not a number"),
    "fraction": (GOOD + "3,1,4/5\n", "'4/5' is not a number"),
    "asterisks": (GOOD + "3,1,****\n", "'****' is not a number"),
    "date": (GOOD + "3,1,2020-01-01\n", "'2020-01-01' is not a number"),
    "truth": (GOOD + "3,1,True\n", "'True' is not a number"),
    "single quotes": (GOOD + "3,1,'4'\n", "is not a number"),
    "per cent": (GOOD.replace("1,1,5", "1,1,500"), "500 is outside the scale"),
    "spaces for an id": (GOOD + " ,1,4\n", "row 8, column 'book_id': no id"),
    "after a line break": (GOOD + '"a\nb",1,4\n3,1,9\n', "row 10, column 'rating': 9 is outside"),
    "after a huge cell": (GOOD + "x" * 200_000 + ",1,4\n3,1,9\n", "column 'rating': 9 is outside"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(tmp_path, name):
    content, says = REFUSED[name]
    path = tmp_path / "mine.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(NeurecError) as refused:
        load_ratings(path)
    message = str(refused.value)
    assert message.startswith(str(path)) and says in message and "\n" not in message


NAMED = {"book": "parent_asin"}
MUSTARD = "book_id,user_id,rating,note\n1,1,5,".ljust(256, "x") + "mustard\n" + GOOD[29:]
READ = {
    "a name that begins as Parquet": (GOOD.replace("book_id", "parent_asin").encode(), NAMED),
    "a name that is Parquet's mark": (GOOD.replace("book_id", "PAR1").encode(), {"book": "PAR1"}),
    "a name that begins with it": (GOOD.replace("book_id", "PAR1é").encode(), {"book": "PAR1é"}),
    "a name that begins as Arrow": (GOOD.replace("book_id", "Arrow1").encode(), {"book": "Arrow1"}),
    "a name that begins as bzip2": (GOOD.replace("book_id", "BZh").encode(), {"book": "BZh"}),
    "mustard where tar has ustar": (MUSTARD.encode(), {}),
    "a column of a year": (GOOD.replace("rating\n", "rating,2020\n").encode(), {}),
    "two BOMs": (BOM + BOM + GOOD.encode(), {}),
    "two gzips": (gzip.compress(HEADER.encode()) + gzip.compress(GOOD[23:].encode()), {}),
    "zeros after gzip": (gzip.compress(GOOD.encode()) + bytes(10), {}),
    "in a folder in a zip": (zipped("data/ratings.csv", GOOD), {}),
    "UTF-32": (GOOD.encode("utf-32"), {"encoding": "utf-32"}),
    "section signs": (GOOD.replace(",", "§").encode(), {"sep": "§"}),
    "double spaces": (GOOD.replace(",", "  ").encode(), {"sep": " "}),
    "line ends of all kinds": (GOOD.replace("\n", "\r\n", 3).encode() + b"\n  \n\n", {}),
    "an index": (("," + GOOD.replace("\n", "\n0,").rstrip("0,")).encode(), {}),
    "a comma more everywhere": (GOOD.replace("\n", ",\n").encode(), {}),
    "signs and points": (GOOD.replace(",5\n", ",+5.\n").replace(",4\n", ",04e0\n").encode(), {}),
    "dictionaries": (table(rating=pa.array(STARS).dictionary_encode()), {}),
    "decimals": (table(rating=pa.array(STARS).cast(pa.decimal128(22, 2))), {}),
    "short floats": (table(user_id=pa.array(USERS, pa.float32())), {}),
    "numbers as text": (table(rating=[str(star) for star in STARS]), {}),
    "a point in a name": (table(**{"b.id": BOOKS}), {"book": "b.id"}),
}


@pytest.mark.parametrize("name", READ)
def test_what_is_read(tmp_path, name):
    content, form = READ[name]
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    read = load_ratings(path, **form)
    assert [tuple(row) for row in read[["book_id", "user_id", "rating"]].to_numpy()] == ROWS
    assert read["rating"].dtype == "int64"


@pytest.mark.parametrize(
    ("ids", "kept"),
    [
        (["0007", "7", "07"], ["0007", "7", "07"]),
        (["1", "1.0", "1e0"], ["1", "1.0", "1e0"]),
        (["-0", "0", "+0"], ["-0", "0", "+0"]),
        (["9" * 5000, "8", "7"], ["9" * 5000, "8", "7"]),
        (["True", "False", "NA"], ["True", "False", "NA"]),
        ([" a", "a", "\u00a0a"], [" a", "a", "\u00a0a"]),
        ([" 7", "7", "x"], [" 7", "7", "x"]),
        ([" 7", "8 ", "\u00a09"], [7, 8, 9]),
        (['"a ""b"""', 'c"d', "'e'"], ['a "b"', 'c"d', "'e'"]),
    ],
)
def test_ids_stay_as_they_are_written(tmp_path, ids, kept):
    path = tmp_path / "mine.csv"
    path.write_text(HEADER + "".join(f"{book},{i + 1},3\n" for i, book in enumerate(ids * 2)))
    assert load_ratings(path)["original_book_id"].tolist() == kept * 2


def test_ids_of_parquet_stay_as_they_are_written(tmp_path):
    path = tmp_path / "mine.parquet"
    for ids, kept in [
        ([17.4, 17.0, 3.0] * 2, ["17.4", "17", "3"] * 2),
        (pa.array([5.0, 7.0, 9.0] * 2, pa.float32()), [5, 7, 9] * 2),
        (pa.array([2**64 - 1, 0, 1] * 2, pa.uint64()), [2**64 - 1, 0, 1] * 2),
    ]:
        path.write_bytes(table(book_id=ids))
        assert load_ratings(path)["original_book_id"].tolist() == kept


@pytest.mark.parametrize("end", ["1,1,3.5\n", '"0007",1,3\n'])
def test_what_comes_late_counts_as_well(tmp_path, end):
    path = tmp_path / "mine.csv"
    path.write_text(MANY + end)
    read = load_ratings(path)
    assert len(read) == 60_001
    if "3.5" in end:
        assert read["rating"].iloc[-1] == 3.5
    else:
        assert read["original_book_id"].iloc[[-1, 6]].tolist() == ["0007", "7"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("a\0b.csv", "'a\\x00b.csv' holds a NUL character"),
        ("\ud800.csv", "holds what no path may hold"),
        ("/dev/zero", "is a device or a pipe"),
        ("~nosuchuser/x.csv", "there is no such user"),
        ("x" * 300, "neither shelf, goodbooks, nor a file"),
        ("x" * 300 + ".csv", "File name too long"),
        ("https://example.org/ratings.csv", "is an address. Download the file"),
    ],
)
def test_a_path_that_is_none(path, says):
    with pytest.raises(NeurecError) as refused:
        load_ratings(path)
    assert says in str(refused.value)


def test_a_link_to_itself(tmp_path):
    os.symlink("loop.csv", tmp_path / "loop.csv")
    with pytest.raises(NeurecError, match="Too many levels|can't be read"):
        load_ratings(tmp_path / "loop.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    """In a process of its own, which can be ended if it waits."""
    os.mkfifo(tmp_path / "pipe.csv")
    code = (
        "import sys; from neurec_helpers.ratings.loading import load_ratings\n"
        "try: load_ratings(sys.argv[1])\n"
        "except Exception as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "pipe.csv")]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, timeout=60)
    assert "pipe.csv is a device or a pipe, not a file." in done.stdout


@pytest.mark.parametrize("encoding", ["base64", "rot13", "ut\0f"])
def test_an_encoding_that_is_none_of_text(tmp_path, encoding):
    (tmp_path / "mine.csv").write_text(GOOD)
    with pytest.raises(NeurecError, match="encoding="):
        load_ratings(tmp_path / "mine.csv", encoding=encoding)
