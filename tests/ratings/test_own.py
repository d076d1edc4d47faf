"""A reader's own data: what the environment or a note says of them, and `neurec data adopt`."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from neurec_helpers.cli import data as data_command
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.adopting import adopt
from neurec_helpers.ratings.checking import Form
from neurec_helpers.ratings.loading import load_books, load_ratings
from neurec_helpers.ratings.own import BookTable, note_beside, read_note, write_note

ROWS = [(7, 1, 5), (7, 2, 4), (20, 1, 3), (20, 2, 1), (31, 2, 2), (31, 3, 4)]
FILMS = "movieId,userId,rating,timestamp\n" + "".join(f"{b},{u},{r},97\n" for b, u, r in ROWS)


@pytest.fixture(autouse=True)
def no_choice_from_outside(monkeypatch):
    for name in ("DATASET", "BOOK", "USER", "RATING"):
        monkeypatch.delenv(f"NEUREC_{name}", raising=False)


@pytest.fixture
def films(tmp_path):
    path = tmp_path / "films.csv"
    path.write_text(FILMS)
    return path


def run(*arguments):
    return CliRunner().invoke(data_command.app, [str(argument) for argument in arguments])


# The environment


def test_the_environment_names_the_columns(films, monkeypatch):
    monkeypatch.setenv("NEUREC_DATASET", str(films))
    monkeypatch.setenv("NEUREC_USER", "userId")
    with pytest.raises(NeurecError, match="no column 'book_id'"):
        load_ratings()
    monkeypatch.setenv("NEUREC_BOOK", "movieId")
    assert load_ratings()["original_book_id"].tolist() == [row[0] for row in ROWS]
    assert len(load_ratings(films)) == 6  # the same file by its path
    with pytest.raises(NeurecError, match="no column 'x'"):
        load_ratings(book="x")  # an argument goes before the environment
    monkeypatch.delenv("NEUREC_DATASET")
    assert len(load_ratings()) == 981_756  # the Shelf's columns are its own
    with pytest.raises(NeurecError, match="no columns 'book_id', 'user_id'"):
        load_ratings(films)  # the environment spoke of another file


def test_what_is_advised_works(films, monkeypatch):
    with pytest.raises(NeurecError) as refused:
        load_ratings(films)
    call, command = re.search(
        r"(load_ratings\(.*?\)), or, once for all notebooks: neurec data adopt (.*)$",
        str(refused.value),
    ).groups()
    assert len(eval(call)) == 6
    assert run("adopt", *command.split()).exit_code == 0
    assert len(load_ratings(films)) == 6


# The note


@pytest.mark.parametrize("name", ["my ratings.csv", "it's.csv", 'q"uote.csv', "ü\\n\x07.csv"])
def test_a_note_is_read_as_it_was_written(tmp_path, name):
    form = Form('a "b"', "c\\d", "é\t", ";", "latin-1", (0, 10.5))
    books = BookTable("dir/b.csv", id="x\x7f", title="t", author="a")
    write_note(tmp_path / name, form, books)
    assert read_note(tmp_path / name) == (form, books)
    write_note(tmp_path / name, form)
    assert read_note(tmp_path / name) == (form, None)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("book = ", "can't be read as TOML"),
        (b"book = '\xff'", "can't be read as TOML"),
        ("bok = 'x'", "says bok, which means nothing here. Did you mean book?"),
        ("colour = 'x'", "It may say: book, user"),
        ("book = 7", "book = 7 must be text"),
        ("book = 'rating'", "three different columns"),
        ("scale = 5", "scale=5"),
        ("books = 'x'", r"\[books\] must be a table"),
        ("[books]\ntitle = 'x'", r"\[books\] must name a file"),
        ("", "is empty"),
    ],
)
def test_a_note_that_makes_no_sense(films, text, says):
    note = note_beside(films)
    note.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NeurecError, match=says) as refused:
        load_ratings(films)
    assert str(refused.value).startswith(str(note))


# Titles


def test_without_a_table_titles_are_made_from_ids_and_a_warning_says_so(films):
    columns = {"book": "movieId", "user": "userId"}
    with pytest.warns(UserWarning, match="no table of books.*'Book 7'.*neurec data adopt"):
        books = load_books(films, **columns)
    assert books.to_dict("list") == {
        "book_id": [1, 2, 3],
        "title": ["Book 7", "Book 20", "Book 31"],
        "original_book_id": [7, 20, 31],
    }


def test_titles_that_are_missing_are_made_from_ids(films):
    (films.parent / "books.csv").write_text("movieId,title,authors\n7,Seven,A\n31,Last,\n99,No,B\n")
    with pytest.warns(UserWarning, match="1 of 3 books have no title.*'Book 20'"):
        books = load_books(films, book="movieId", user="userId")
    assert books["title"].tolist() == ["Seven", "Book 20", "Last"]
    assert books["author"].tolist() == ["A", "", ""]  # Goodreads calls them authors


def test_ids_of_books_stay_as_they_are_written(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text(
        "book_id,user_id,rating\n"
        + "".join(f"{b},{u},3\n" for b in ("007", "7", "08") for u in (1, 2))
    )
    (tmp_path / "books.csv").write_text(
        "book_id,title,year\n7,B,1999\n007,A,\n08,C,about 5\n7,D,1\n"
    )
    books = load_books(path)
    assert books["original_book_id"].tolist() == ["007", "08", "7"]
    assert books["title"].tolist() == ["A", "C", "B"]
    assert books["year"].tolist()[2] == 1999 and books["year"].isna().sum() == 2


def test_a_table_with_other_ids_is_refused(tmp_path):
    """As that of goodbooks-10k, whose column book_id is the number of the Goodreads page."""
    path = tmp_path / "mine.csv"
    path.write_text("book_id,user_id,rating\n1,1,5\n2,1,4\n3,2,3\n3,1,2\n1,2,2\n")
    table = tmp_path / "books.csv"
    table.write_text("id,book_id,title\n1,2767052,A\n2,3,B\n3,41865,C\n")
    with pytest.raises(NeurecError, match="Only 1 of 3 books .* --id COLUMN"):
        load_books(path)
    assert run("adopt", path, "--books", table, "--id", "id").exit_code == 0
    assert load_books(path)["title"].tolist() == ["A", "B", "C"]


# neurec data adopt


def test_adopt_says_what_it_found_and_what_it_took(films, monkeypatch):
    (films.parent / "movies.csv").write_text(
        "movieId,title,genres\n7,Seven,x\n20,Twenty,y\n31,Last,z\n"
    )
    done = run("adopt", films)
    for text in (
        "Columns: 'movieId', 'userId', 'rating', 'timestamp'",
        "book is 'movieId', user is 'userId', rating is 'rating'",
        "6 ratings of 3 users and 3 books",
        "Ratings: 1, 2, 3, 4, 5; mean 3.167",
        "gaps (3 ids from 7 to 31)",
        "No pair of user and book stands more than once",
        "from movies.csv (id is 'movieId', title is 'title'), such as 'Seven'",
        f"export NEUREC_DATASET={films}",
    ):
        assert text in done.output
    monkeypatch.setenv("NEUREC_DATASET", str(films))
    assert len(load_ratings()) == 6
    assert load_books()["title"].tolist() == ["Seven", "Twenty", "Last"]
    assert "6 ratings, 3 users, 3 books" in run("show").output


def test_adopt_takes_the_form_that_it_is_told(tmp_path, monkeypatch):
    path = tmp_path / "data" / "bx.csv"
    path.parent.mkdir()
    rows = "".join(f"{u}\t{b}\t{r * 2}\n" for b, u, r in ROWS)
    path.write_bytes(f"Läser\tISBN\tPoäng\n{rows}".encode("latin-1"))
    (path.parent / "b.csv").write_bytes("isbn|name|who\n7|Ä|X\n20|B|Y\n31|C|Z\n".encode("latin-1"))
    monkeypatch.chdir(tmp_path)
    options = "--user Läser --rating Poäng --encoding latin-1 --scale 1 10 --sep \\t".split()
    table = "--books data/b.csv --id isbn --title name --author who --books-sep |".split()
    done = run("adopt", "data/bx.csv", *options, *table, "--books-encoding", "latin-1")
    assert done.exit_code == 0, done.exception
    assert load_ratings(path)["rating"].max() == 10
    monkeypatch.chdir("/")
    books = load_books(path)
    assert (books["title"].tolist(), books["author"].tolist()) == (["Ä", "B", "C"], ["X", "Y", "Z"])


def test_adopt_reads_parquet(tmp_path):
    path = tmp_path / "mine.parquet"
    pd.DataFrame(ROWS, columns=["item", "person", "stars"]).to_parquet(path)
    pd.DataFrame({"item": [7, 20, 31], "title": ["A", "B", "C"]}).to_parquet(tmp_path / "t.parquet")
    adopted = adopt(path, books={"file": "t.parquet"})
    assert adopted.form.columns == ["item", "person", "stars"]
    assert load_books(path)["title"].tolist() == ["A", "B", "C"]


def test_adopt_finds_a_separator_and_ids_that_only_differ_in_writing(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("book_id;user_id;rating\n" + "0007;1;3\n7;1;3\n7.0;2;2\n8;2;1\n8;2;4\n")
    adopted = adopt(path)
    assert adopted.form.sep == ";"
    text = " ".join(adopted.found)
    assert "'0007', '7', '7.0' count as different" in text
    assert "1 pairs of user and book stand more than once" in text
    assert "titles" in text or "made from the ids" in text


@pytest.mark.parametrize(
    ("text", "options", "says"),
    [
        (
            FILMS.replace(",97", ",97,1").replace("timestamp", "film_id,t"),
            {},
            "could be 'movieId', 'film_id'",
        ),
        (FILMS, {"book": "x"}, "no column 'x'"),
        (FILMS.replace(",97", "0,97"), {}, "add: --scale 10 50"),
        (
            FILMS.replace(",97", ".123456789012,97"),
            {},
            "add: --scale 1.123456789012 5.123456789012",
        ),
        ("book_id,user_id,rating\n" + "1,1,7\n2,2,7\n" * 5, {}, "are 7, and"),
        (FILMS, {"scale": (3, 5)}, "row 5, column 'rating': 1 is outside"),
        ("a,b,c\n1,2,3\n", {}, "no columns 'book_id', 'user_id', 'rating'"),
        ("1\t2\t3\t874965758\n" * 9, {}, r"in their order: 4 names with '\t' between them"),
        ("", {}, "is empty"),
        (FILMS.replace(",", "::"), {}, "more than one character between its columns"),
        (FILMS.replace("rating,", '"rating\n(stars)",'), {}, "row 1: a double quote opens"),
    ],
)
def test_adopt_writes_nothing_where_it_is_not_clear(tmp_path, text, options, says):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(NeurecError, match=re.escape(says)):
        adopt(path, options)
    assert not note_beside(path).exists()


def test_adopt_refuses_names_that_no_note_can_hold(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.csv")
    Path(path).write_text(FILMS)
    with pytest.raises(NeurecError, match="this name is not in UTF-8.*Rename the file"):
        adopt(path)


@pytest.mark.parametrize(("scale", "share"), [((0, 1), "0.0 %"), ((0, 10), "50.0 %")])
def test_adopt_says_what_counts_as_relevant_on_another_scale(tmp_path, scale, share):
    path = tmp_path / "mine.csv"
    high = scale[1]
    path.write_text("user_id,book_id,rating\n" + f"1,1,{high}\n1,2,0\n2,1,{high}\n2,2,0\n" * 3)
    said = " ".join(adopt(path, {"scale": scale}).found)
    assert f"relevant from 4 on, as {share} of these ratings are" in said


@pytest.mark.parametrize(("books", "says"), [(12_000, ""), (20_000, "takes about 19 GB of memory")])
def test_adopt_says_how_much_memory_many_books_take(tmp_path, books, says):
    path = tmp_path / "mine.csv"
    ids = range(1, books + 1)
    path.write_text(
        "user_id,book_id,rating\n"
        + "".join(f"{book % 2 + 1},{book},{book % 5 + 1}\n" for book in ids)
    )
    said = " ".join(adopt(path).found)
    assert says in said and ("memory" in said) == bool(says)


def test_adopt_says_that_nothing_counts_as_relevant_on_the_lessons_scale(tmp_path):
    """As where what people chose is a list of ones."""
    path = tmp_path / "mine.csv"
    path.write_text("user_id,book_id,rating\n" + "1,1,1\n1,2,1\n2,1,1\n2,2,1\n" * 3)
    assert "from 4 on, as 0.0 % of these ratings are" in " ".join(adopt(path).found)
    path.write_text("user_id,book_id,rating\n" + "1,1,5\n1,2,1\n2,1,1\n2,2,1\n" * 3)
    assert "from 4 on" not in " ".join(adopt(path).found)


def test_adopt_takes_no_address():
    with pytest.raises(NeurecError, match="is an address. Download the file"):
        adopt("https://example.org/ratings.csv")


def test_adopt_needs_a_place_for_its_note(films):
    note_beside(films).mkdir()
    assert "can't write" in str(run("adopt", films).exception)


@pytest.mark.parametrize(("sep", "says"), [("::", "must be one"), (",", "no ',' between")])
def test_adopt_says_what_is_wrong_with_the_separator_of_titles(films, sep, says):
    films.with_name("titles.dat").write_text("movieId;title\n1;One\n")
    with pytest.raises(NeurecError, match=says):
        adopt(films, books={"file": "titles.dat", "sep": sep})
