"""Loading ratings and books: what can be used is, unchanged; what can't is refused clearly."""

import gzip
import hashlib
import io
import json
import random
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.loading import load_books, load_ratings, noise_floor
from neurec_helpers.ratings.summary import summarise

HEADER = "book_id,user_id,rating\n"
GOOD = HEADER + "1,1,5\n1,2,4\n2,1,3\n2,2,1\n3,2,2\n3,2,4\n"
OWN = {"book": "isbn", "user": "reader", "rating": "stars"}


@pytest.fixture
def file(tmp_path):
    """Write text or bytes to a file, and return its path."""

    def write(content, name="mine.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


@pytest.fixture(autouse=True)
def no_choice_from_outside(monkeypatch):
    monkeypatch.delenv("NEUREC_DATASET", raising=False)


def refusal(source, **form):
    with pytest.raises(NeurecError) as caught:
        load_ratings(source, **form)
    return str(caught.value)


def zipped(**members):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "."), text)
    return packed.getvalue()


def parquet(frame):
    packed = io.BytesIO()
    frame.to_parquet(packed, index=False)
    return packed.getvalue()


# What can be used


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv", str.encode),
        ("a.csv.gz", lambda text: gzip.compress(text.encode())),
        ("a.zip", lambda text: zipped(a__csv=text, readme__txt="hello")),
        ("a.parquet", lambda text: parquet(pd.read_csv(io.StringIO(text)))),
        ("misnamed.csv", lambda text: gzip.compress(text.encode())),
        ("bom.csv", lambda text: b"\xef\xbb\xbf" + text.encode()),
        ("dos.csv", lambda text: text.replace("\n", "\r\n").encode()),
        ("mac.csv", lambda text: text.replace("\n", "\r").encode()),
        ("no_last_newline.csv", lambda text: text.rstrip().encode()),
        ("blank_lines.csv", lambda text: text.replace("\n", "\n\n").encode()),
        ("quoted.csv", lambda text: text.replace("5", '"5"').encode()),
        ("spaced.csv", lambda text: re.sub(r"(\d),", r"\1, ", text).encode()),
    ],
)
def test_one_table_from_every_kind_of_file(file, name, pack):
    table = load_ratings(file(pack(GOOD), name))
    assert list(table) == ["book_id", "user_id", "rating"]
    assert set(table.dtypes) == {np.dtype("int64")}
    assert table.values.tolist() == pd.read_csv(io.StringIO(GOOD)).values.tolist()


def test_file_order_and_duplicates_are_kept(file):
    rows = [(3, 1, 5), (1, 2, 4), (3, 1, 5), (3, 1, 2), (2, 2, 1), (1, 1, 3)]
    table = load_ratings(file(HEADER + "".join("{},{},{}\n".format(*row) for row in rows)))
    assert [tuple(row) for row in table.to_numpy().tolist()] == rows
    found = summarise(table).duplicates
    assert (found.pairs, found.rows_beyond_first) == (1, 2)
    assert (found.pairs_that_differ, found.worst) == (1, 3)


@pytest.mark.parametrize(
    ("books", "users", "kind"),
    [
        (["0439023483", "978-0-1", "0439023483"], ["zoë", "al", "bo"], "O"),
        (["10", "20", "70"], ["1", "3", "4"], "i"),
        (["-5", "0", "12"], ["1", "2", "-9223372036854775808"], "i"),
        (["9223372036854775807", "1", "2"], ["5", "6", "7"], "i"),
        (["18446744073709551615", "0", "7"], ["18446744073709551614", "1", "2"], "u"),
        (["36893488147419103232", "1", "2"], ["36893488147419103233", "1", "2"], "O"),
        (["007", "7", "07"], ["a", "A", "a b"], "O"),
        (["007", "7", "08"], ["01", "1", "2"], "O"),
        (["1.0", "2.0", "3.0"], ["1", "2", "3"], "O"),
        (["1.0", "1", "01"], ["None", "True", "1e3"], "O"),
    ],
)
def test_ids_are_numbered_in_sorted_order_and_the_originals_kept(file, books, users, kind):
    rows = [(b, u, 1 + i % 5) for i, (b, u) in enumerate(zip(books * 3, users * 3, strict=True))]
    table = load_ratings(file(HEADER + "".join("{},{},{}\n".format(*row) for row in rows)))
    for name, given in (("book_id", books), ("user_id", users)):
        original = table[f"original_{name}"]
        assert table[name].dtype == "int64"
        assert original.astype(str).tolist() == given * 3
        order = sorted(set(original))
        assert table[name].tolist() == [order.index(value) + 1 for value in original]
    assert np.asarray(table["original_book_id"]).dtype.kind == kind
    assert table["rating"].tolist() == [row[2] for row in rows]


def test_a_gap_in_one_column_is_closed(file):
    table = load_ratings(file(HEADER + "1,1,1\n2,1,2\n4,2,3\n4,2,4\n1,1,5\n"))
    assert table["book_id"].tolist() == [1, 2, 3, 3, 1]
    assert table["original_book_id"].tolist() == [1, 2, 4, 4, 1]
    assert table["original_user_id"].tolist() == table["user_id"].tolist()


def test_half_stars_and_other_scales(file):
    half = load_ratings(file(GOOD.replace("1,1,5", "1,1,4.5")))
    assert half["rating"].dtype == "float64"
    assert half["rating"].tolist()[0] == 4.5
    assert load_ratings(file(GOOD.replace("1,1,5", "1,1,5.0")))["rating"].dtype == "int64"
    ten = load_ratings(file(GOOD.replace("1,1,5", "1,1,10")), scale=(1, 10))
    assert ten["rating"].max() == 10


def test_other_names_separators_and_encodings_are_told_not_guessed(file):
    text = "when;isbn;stars;reader\n" + "".join(
        f"now;{isbn};{stars};{reader}\n"
        for isbn, stars, reader in [("é", 1, "x"), ("b", 2, "y"), ("é", 3, "y"), ("b", 4, "x")] * 2
    )
    table = load_ratings(file(text, encoding="latin-1"), sep=";", encoding="latin-1", **OWN)
    assert table["original_book_id"].tolist()[:2] == ["é", "b"]
    assert table["rating"].tolist()[:4] == [1, 2, 3, 4]
    wide = load_ratings(file(GOOD, encoding="utf-16"), encoding="utf-16")
    assert wide["rating"].tolist() == [5, 4, 3, 1, 2, 4]


def test_parquet_of_other_types(file):
    frame = pd.DataFrame(
        {
            "isbn": ["b", "a", "b", "a", "c"],
            "reader": np.array([10.0, 20.0, 10.0, 20.0, 30.0]),
            "stars": np.array([0.5, 1, 2, 3, 5], dtype="float32"),
            "note": "x",
        }
    )
    table = load_ratings(file(parquet(frame), "a.parquet"), **OWN)
    assert table["book_id"].tolist() == [2, 1, 2, 1, 3]
    assert table["original_user_id"].tolist() == [10, 20, 10, 20, 30]
    assert table["rating"].tolist() == [0.5, 1, 2, 3, 5]


def test_the_careful_way_and_the_quick_way_read_the_same(file):
    draw = random.Random(1)
    rows = [f"{draw.randint(1, 40)},{draw.randint(1, 60)},{draw.randint(1, 5)}" for _ in range(999)]
    quick = load_ratings(file(HEADER + "\n".join(rows)))
    careful = load_ratings(file(HEADER + "\n".join([*rows[:-1], rows[-1].replace(",", " ,")])))
    pd.testing.assert_frame_equal(quick, careful)


# What can't


UNUSABLE = [
    ("", "is empty"),
    (" \n\n", "is empty"),
    (gzip.compress(b""), "holds an empty file"),
    (HEADER, "a header and no ratings"),
    ("1,2,3,4\n" * 9, "row 1: '1,2,3,4' holds numbers where the names"),
    ("1,2,3,5\n" * 9, "in their order: 4 names with ',' between them, and among them 'book_id'"),
    ("isbn,reader,stars\n" + "1,2,3\n" * 9, "book='isbn', user='reader', rating='stars'"),
    ("book_id,user_id\n1,2\n", "no column 'rating'; its header names 'book_id', 'user_id'"),
    ("book_id,user_id\n1,3\n", "Each row must say which user rated which book, and how. Say"),
    ("book_id,user_id,rating,rating\n1,2,3,4\n", "more than one column 'rating'"),
    (GOOD.replace(",", ";"), "sep=';'"),
    (GOOD.replace(",", "\t"), r"sep='\t'"),
    (HEADER + "1,1,5\n\n2,2,five\n", "row 4, column 'rating': 'five' is not a number"),
    (HEADER + "1,1,5\n2,2,NaN\n2,2,\n", "row 3, column 'rating': 'NaN' stands where a rating"),
    (HEADER + "1,1,5\n2,2,\n", "row 3, column 'rating': nothing stands where a rating"),
    (HEADER + "1,1,5\n2,2\n", "row 3, column 'rating': nothing stands where a rating"),
    (HEADER + "1,1,5\n2,2,inf\n", "row 3, column 'rating': 'inf' is infinite"),
    (HEADER + "1,1,5\n2,2,-Infinity\n", "row 3, column 'rating': '-Infinity' is infinite"),
    (HEADER + "1,1,5\n2,2,7\n", "row 3, column 'rating': 7 is outside the scale; ratings from"),
    (HEADER + "1,1,5\n2,2,0\n3,3,9\n", "row 3, column 'rating': 0 is outside"),
    (HEADER + "1,1,5\n2,2,-1\n", "from 0.5 to 5 are accepted"),
    (HEADER + '1,1,5\n2,2,"4,5"\n', "Write the decimal point as a point"),
    (HEADER + "1,1,5\n2,2,4,5\n", "row 3: 4 cells where the header has 3: '2,2,4,5'"),
    (HEADER + "1,1,5,\n2,2,4,\n", "row 2: 4 cells where the header has 3"),
    (HEADER + "1,1,5\n,2,4\n", "row 3, column 'book_id': no id stands here"),
    (HEADER + "1,1,5\n1,nan,4\n", "row 3, column 'user_id': no id stands here"),
    (HEADER + '1,1,5\n"2,2,4\n', "row 3: a double quote opens and never closes"),
    (HEADER + "1,1,5\n", "ratings of one user only"),
    (HEADER + "1,7,5\n2,7,4\n3,7,4\n4,7,4\n5,7,4\n", "ratings of one user only (rows: 5)"),
    (HEADER + "7,1,5\n7,2,4\n7,3,4\n7,4,4\n7,5,4\n", "ratings of one book only"),
    (HEADER + "1,1,5\n2,2,4\n", "has 2 ratings"),
    (GOOD.encode("utf-16"), "is UTF-16 text"),
    (GOOD.encode("utf-16-le"), "is UTF-16 text"),
    (HEADER.encode() + b"1,1,5\n2,Zo\xeb,4\n", "row 3: byte 0xeb is not utf-8"),
    (gzip.compress(GOOD.encode() * 99)[:-20], "damaged or cut short"),
    (gzip.compress(GOOD.encode())[:-6] + b"xxxxxx", "damaged or cut short"),
    (zipped(a__csv=GOOD)[:-30], "damaged or cut short"),
    (zipped(a__csv=GOOD).replace(b"a.csv", b"", 1)[:-1] + b"\0", "damaged or cut short"),
    (zipped(a__csv=GOOD, b__csv=GOOD), "holds 2 csv files (a.csv, b.csv)"),
    (zipped(a__txt=GOOD), "holds no csv file, only a.txt"),
    (zipped(**{"xl/workbook__xml": ""}), "is an Excel workbook"),
    (b"BZh91AY&SY", "packed in a way that isn't read here"),
    (b"PAR1\x15\4 and then nothing good", "can't be read as parquet"),
]


@pytest.mark.parametrize(("content", "says"), UNUSABLE, ids=[says for _, says in UNUSABLE])
def test_what_cannot_be_used_gets_one_clear_message(file, content, says):
    path = file(content)
    message = refusal(path)
    assert message.startswith(str(path))
    assert says in message
    assert "\n" not in message


def test_rows_are_counted_as_a_person_counts_lines(file):
    text = 'title,book_id,user_id,rating\n"Two\nlines",1,1,5\n\nOne,2,2,oops\nTwo,2,2,oops\n'
    message = refusal(file(text))
    assert "row 5, column 'rating': 'oops' is not a number" in message
    assert message.endswith("(1 more like it.)")


def test_rows_of_parquet_count_from_one(file):
    frame = pd.DataFrame({"book_id": [1, 2], "user_id": [1, 2], "rating": [1.0, np.nan]})
    message = refusal(file(parquet(frame), "a.parquet"))
    assert "row 2, column 'rating': nothing stands" in message
    frame = pd.DataFrame({"book_id": [1, None], "user_id": [1, 2], "rating": [1.0, 2]})
    assert "row 2, column 'book_id': no id" in refusal(file(parquet(frame), "a.parquet"))


def test_a_rating_out_of_range_deep_in_a_packed_file_is_located(file):
    text = HEADER + "".join(f"{1 + i % 7},{1 + i % 9},{1 + i % 5}\n" for i in range(5000))
    text += "1,1,6\n"
    assert "row 5002, column 'rating': 6 is outside" in refusal(file(gzip.compress(text.encode())))


def test_missing_files_suggest_what_is_near(file, tmp_path):
    file(GOOD, "ratings.csv")
    assert "Did you mean ratings.csv" in refusal(tmp_path / "raitngs.csv")
    assert "It holds ratings.csv." in refusal(tmp_path / "other.parquet")
    assert "Nor does its folder" in refusal(tmp_path / "nowhere" / "ratings.csv")
    folder = refusal(tmp_path)
    assert "is a folder, not a file" in folder and "It holds ratings.csv." in folder


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(5, "I/O")])
def test_a_file_that_cannot_be_read(file, monkeypatch, error):
    """Simulated: the superuser, who may run the tests, can read everything."""
    path = file(GOOD)

    def refuse(self):
        raise error

    monkeypatch.setattr("pathlib.Path.read_bytes", refuse)
    assert refusal(path).startswith(f"{path} can't be read: {error.strerror}")


@pytest.mark.parametrize(
    "form",
    [
        {"sep": "::"},
        {"sep": ""},
        {"book": ""},
        {"book": "user_id"},
        {"encoding": "klingon"},
        {"scale": 5},
        {"scale": (5, 1)},
        {"scale": (1, float("inf"))},
    ],
)
def test_a_form_that_makes_no_sense(file, form):
    assert next(iter(form)) + "=" in refusal(file(GOOD), **form)


# Which data


@pytest.mark.parametrize("source", ["shelff", "good books", 3, "", b"x"])
def test_a_source_that_is_none(source):
    assert "goodbooks" in refusal(source)


def test_the_environment_chooses(file, monkeypatch):
    path = file(GOOD)
    monkeypatch.setenv("NEUREC_DATASET", str(path))
    assert len(load_ratings()) == 6
    monkeypatch.setenv("NEUREC_DATASET", "shlef")
    assert refusal(None).startswith("NEUREC_DATASET=shlef is neither shelf, goodbooks, nor a file")


def test_a_relative_path_in_the_environment_is_found_from_the_checkout_too(
    file, monkeypatch, tmp_path
):
    path = file(GOOD)
    elsewhere = tmp_path / "notebooks"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("NEUREC_DATASET", path.name)
    assert len(load_ratings()) == 6
    assert "doesn't exist" in refusal(path.name)  # but an argument means what it says


def test_a_missing_shelf_says_how_to_get_it_back(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "DATA", tmp_path)
    for load in (load_ratings, load_books, noise_floor):
        with pytest.raises(NeurecError, match="git checkout -- data"):
            load()


def test_the_shelf_loads_from_any_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    table = load_ratings()
    assert (len(table), table["user_id"].nunique()) == (981_756, 53_424)
    books = load_books()
    assert list(books) == ["book_id", "title", "author", "year", "genre"]
    assert set(books["book_id"]) == set(table["book_id"])
    assert 0.2 < noise_floor() < 0.7


# Books and the noise floor of a file


def test_books_join_ids_that_were_numbered_anew(file):
    path = file("isbn,reader,stars\nx9,1,1\nx2,2,2\nx9,3,3\nx2,1,4\nx9,2,5\n")
    file(
        "book_id,title,year,colour\nx9,Nine,1999,red\nx5,Unread,1,blue\nx2,Two,2002,red\n",
        "books.csv",
    )
    table, books = load_ratings(path, **OWN), load_books(path, **OWN)
    assert books.to_dict("list") == {
        "book_id": [1, 2],
        "title": ["Two", "Nine"],
        "year": [2002, 1999],
        "original_book_id": ["x2", "x9"],
    }
    assert table.merge(books, on="book_id")["title"].tolist() == ["Nine", "Two"] * 2 + ["Nine"]


def test_books_that_cannot_be_had(file):
    path = file(HEADER + "10,1,1\n20,2,2\n10,3,3\n20,1,4\n10,2,5\n")
    for content, says in [
        ("id,name\n1,x\n", "no column 'book_id' and no column 'title'"),
        ("book_id,title\n1,x\n", "Use the same ids"),
        ("book_id,title\n1,\xe9\n".encode("latin-1"), "byte 0xe9 is not utf-8"),
        ("", "is empty"),
        ('book_id,title\n1,"x\n', "books.csv, row 2: a double quote opens and never closes"),
        ("book_id,title\n1,x\n2,y,z\n", "books.csv, row 3: 3 cells where the header has 2"),
        # In each row, so that pandas would take the first column for an index.
        ("book_id,title,author\n10,10,x,\n20,20,y,\n", "row 2: 4 cells where the header has 3"),
        ("book_id;title\n10;x, y\n20;z\n", "has no ',' between its columns. If ';' parts them"),
    ]:
        file(content, "books.csv")
        with pytest.raises(NeurecError, match=re.escape(says)):
            load_books(path)


@pytest.fixture
def made(file):
    """A small shelf: ratings, books and what shelf.json says of them."""
    books = "book_id,title\n1,A\n2,B\n3,C\n"
    hashes = {
        "ratings.csv": hashlib.sha256(GOOD.encode()).hexdigest(),
        "books.csv": hashlib.sha256(books.encode()).hexdigest(),
    }
    file(books, "books.csv")
    file(json.dumps({"noise_floor": 0.5, "sha256": hashes}), "shelf.json")
    return file(gzip.compress(GOOD.encode()), "ratings.csv.gz")


def test_the_noise_floor_is_known_only_for_the_very_file(made, file):
    assert noise_floor(made) == 0.5
    assert noise_floor(file(GOOD, "copy.csv")) == 0.5
    assert noise_floor(file(GOOD.replace("5", "4"), "changed.csv")) is None
    assert noise_floor(file(gzip.compress(GOOD.encode())[:-9], "cut.csv.gz")) is None
    assert noise_floor("goodbooks") is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "can't be read"),
        ("[]", "can't be read"),
        ('{"noise_floor": 1}', "doesn't say 'sha256'"),
    ],
)
def test_a_damaged_shelf_json_is_named(made, file, text, says):
    file(text, "shelf.json")
    with pytest.raises(NeurecError, match=f"shelf.json {says}"):
        noise_floor(made)


def test_no_shelf_json_no_noise_floor(file):
    assert noise_floor(file(GOOD)) is None
