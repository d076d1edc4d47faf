"""neurec data: what there is, where, and what it holds."""

import gzip

from typer.testing import CliRunner

from neurec_helpers import paths
from neurec_helpers.cli import data as data_command
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings import goodbooks
from neurec_helpers.ratings.loading import load_ratings

GOOD = "book_id,user_id,rating\n1,1,5\n1,2,4\n2,1,3\n2,2,1\n3,2,2\n3,2,4\n"
SMALL = ["--users", 300, "--books", 60, "--ratings", 5000]


def run(*arguments):
    return CliRunner().invoke(data_command.app, [str(argument) for argument in arguments])


def test_verify_finds_what_was_changed(tmp_path):
    run("make", tmp_path, *SMALL)
    made = tmp_path / "ratings.csv.gz"
    assert run("verify", made).exit_code == 0
    (made.parent / "books.csv").write_text("book_id,title\n1,Forged\n")
    forged = run("verify", made)
    assert isinstance(forged.exception, NeurecError)
    assert "books.csv is not the file" in str(forged.exception)
    made.write_bytes(gzip.compress(b"x"))
    assert "ratings.csv.gz is not the file" in str(run("verify", made).exception)


def test_show_describes_a_file(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(GOOD)
    shown = run("show", file).output
    assert "6 ratings, 2 users, 3 books" in shown
    assert "1 (user, book) pairs stand more than once: 1 rows beyond the first" in shown
    file.write_text(GOOD.replace("rating", "stars"))
    other = run("show", file, "--rating", "stars")
    assert "Mean 3.1667" in other.output
    hours = [f"{k % 3 + 1},{k % 5 + 1},{k / 10}\n" for k in range(1_001)]
    file.write_text("book_id,user_id,rating\n" + "".join(hours))
    many = run("show", file, "--scale", 0, 100).output
    assert "95 … 100" in many and len(many.splitlines()) < 50


def test_list_says_what_is_here(monkeypatch, tmp_path):
    monkeypatch.delenv("NEUREC_DATA_DIR", raising=False)
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path)
    listed = run("list").output
    assert "981,756" in listed and "neurec data fetch goodbooks" in listed
    assert goodbooks.ATTRIBUTION in listed


def test_make_never_overwrites_unasked(tmp_path):
    assert run("make", tmp_path, "--seed", 7, *SMALL).exit_code == 0
    table = load_ratings(tmp_path / "ratings.csv.gz")
    assert (len(table), table["user_id"].nunique(), table["book_id"].nunique()) == (5000, 300, 60)
    assert run("verify", tmp_path / "ratings.csv.gz").exit_code == 0
    before = (tmp_path / "ratings.csv.gz").read_bytes()
    again = run("make", tmp_path, "--seed", 8, *SMALL)
    assert isinstance(again.exception, NeurecError) and "--force" in str(again.exception)
    assert (tmp_path / "ratings.csv.gz").read_bytes() == before
    assert run("make", tmp_path, "--seed", 8, "--force", *SMALL).exit_code == 0
    assert (tmp_path / "ratings.csv.gz").read_bytes() != before


def test_fetch_knows_one_name():
    assert "try: goodbooks" in str(run("fetch", "netflix").exception)
