"""The real edition: found, verified, downloaded; and one clear message when it can't be had.

The servers are real ones on loopback. The data set itself is read where it is at hand.
"""

import dataclasses
import errno
import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from neurec_helpers import paths
from neurec_helpers.cli import data as data_command
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings import goodbooks
from neurec_helpers.ratings.loading import load_books, load_ratings, noise_floor
from neurec_helpers.ratings.summary import summarise
from tests.helpers.mirrors import CONTENT, ZIPPED, Handler, Server, sha256, zipped

OTHER_EDITION = b"user_id,book_id,rating\n" + b"1,258,5\n" * 2000
SHORT = {"timeout": (2, 1), "patience": 20}  # seconds


@pytest.fixture(scope="module")
def server():
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wanted(server):
    """Make a record of the file, with mirrors on the server by name."""
    server.asked.clear()

    def record(*names):
        mirrors = []
        for name in names:
            packed = name.endswith("_zip")
            url = name if "://" in name else f"{server.url}/{name}"
            kind, expected = ("zip", ZIPPED) if packed else ("plain", CONTENT)
            mirrors.append(goodbooks.Mirror(url, kind, sha256(expected)))
        return dataclasses.replace(
            goodbooks.RATINGS, sha256=sha256(CONTENT), size=len(CONTENT), mirrors=tuple(mirrors)
        )

    return record


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache; no folder given."""
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path / "cache")
    monkeypatch.delenv("NEUREC_DATA_DIR", raising=False)
    monkeypatch.delenv("NEUREC_DATASET", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "cache" / "goodbooks-10k"


def refusal(file, **options):
    with pytest.raises(NeurecError) as caught:
        goodbooks.fetch(file, **(SHORT | options))
    return str(caught.value)


def left_in(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


# Downloading


@pytest.mark.parametrize("name", ["good", "good_zip", "redirected", "in_pieces"])
def test_a_download_that_works(wanted, cache, server, name):
    file = wanted(name)
    path = goodbooks.fetch(file, **SHORT)
    as_sent = ("ratings.csv.zip", ZIPPED) if name == "good_zip" else ("ratings.csv", CONTENT)
    assert (path.name, path.read_bytes()) == as_sent
    assert left_in(cache) == [path.name]
    asked = len(server.asked)
    assert goodbooks.read(file) == CONTENT
    assert len(server.asked) == asked  # the second time nobody is asked


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("missing", "answered 404 Not Found"),
        ("broken", "answered 500 Internal Server Error"),
        ("truncated", "broke off half-way"),
        ("corrupted", "SHA-256 differs"),
        ("died", "broke off half-way"),
        ("silent", "no answer in time"),
        ("endless", "sends more than"),
    ],
)
def test_a_download_that_fails_falls_back_to_the_next(wanted, cache, server, name, says):
    message = refusal(wanted(name))
    assert f"{server.url}/{name}: " in message and says in message
    assert left_in(cache) == []
    server.asked.clear()
    path = goodbooks.fetch(wanted(name, "good"), **SHORT)
    assert path.read_bytes() == CONTENT
    assert server.asked[0] == f"/{name}" and server.asked[-1] == "/good"
    assert left_in(cache) == ["ratings.csv"]


def test_a_download_slower_than_patience_is_given_up(wanted, cache, server):
    message = refusal(wanted("trickling"), patience=1)
    assert "too slow: not done after 1 s" in message
    assert left_in(cache) == []


def test_when_all_fail_one_message_lists_what_was_tried(wanted, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUREC_DATA_DIR", str(tmp_path / "nowhere"))
    closed = "http://127.0.0.1:9/ratings.csv"
    lines = refusal(wanted("missing", "corrupted", closed)).splitlines()
    tried = [line.removeprefix("  - ") for line in lines if line.startswith("  - ")]
    assert tried[0] == f"NEUREC_DATA_DIR={tmp_path / 'nowhere'}: no such folder"
    assert tried[1] == f"cache {cache / 'ratings.csv'}: not there yet"
    assert tried[2].endswith("/missing: answered 404 Not Found")
    assert tried[3].endswith("/corrupted: sent other bytes (its SHA-256 differs)")
    assert tried[4] == f"{closed}: no connection"
    assert len(tried) == 5
    assert "set NEUREC_DATA_DIR" in lines[-1] and "the Shelf needs no network" in lines[-1]


def test_progress_ends_at_the_size_of_the_file(wanted):
    class Bar:
        total = done = 0
        closed = False

        def update(self, n):
            self.done += n

        def close(self):
            self.closed = True

    bar = Bar()
    goodbooks.fetch(wanted("in_pieces"), progress=bar, **SHORT)
    assert (bar.total, bar.done, bar.closed) == (len(CONTENT), len(CONTENT), True)


def test_a_zip_that_is_as_announced_but_holds_other_ratings(wanted, server, monkeypatch):
    other = zipped(OTHER_EDITION)
    monkeypatch.setattr(Handler, "good_zip", lambda self: self.answer(other))
    file = wanted("good_zip")
    mirror = dataclasses.replace(file.mirrors[0], sha256=sha256(other))
    message = refusal(dataclasses.replace(file, mirrors=(mirror,)))
    assert "it is that of the other edition" in message


# The cache


def test_a_damaged_cache_is_downloaded_afresh(wanted, cache):
    cache.mkdir(parents=True)
    (cache / "ratings.csv").write_bytes(CONTENT[:100])
    message = refusal(wanted("missing"))
    assert f"cache {cache / 'ratings.csv'}: its SHA-256 differs (100 bytes" in message
    assert (cache / "ratings.csv").read_bytes() == CONTENT[:100]
    assert goodbooks.read(wanted("good")) == CONTENT
    assert (cache / "ratings.csv").read_bytes() == CONTENT


def test_a_damaged_file_does_not_hide_a_whole_one(wanted, cache, server):
    cache.mkdir(parents=True)
    (cache / "ratings.csv").write_bytes(CONTENT[:100])
    assert goodbooks.read(wanted("good_zip")) == CONTENT
    found, _ = goodbooks.find(wanted("good_zip"))
    assert found.path == cache / "ratings.csv.zip"
    assert server.asked == ["/good_zip"]


def test_what_a_killed_download_left_is_cleared_away_after_a_day(wanted, cache):
    cache.mkdir(parents=True)
    for name, age in [("tmpold", 2), ("tmpnew", 0)]:
        (cache / name).write_bytes(b"half")
        then = time.time() - age * 24 * 3600
        os.utime(cache / name, (then, then))
    goodbooks.fetch(wanted("good"), **SHORT)
    assert left_in(cache) == ["ratings.csv", "tmpnew"]


FETCH = """
import sys
from pathlib import Path
from neurec_helpers import paths
from neurec_helpers.ratings import goodbooks
paths.cache_dir = lambda: Path(sys.argv[1])
mirror = goodbooks.Mirror(sys.argv[2], "plain", sys.argv[3])
file = goodbooks.DataFile("ratings.csv", sys.argv[3], int(sys.argv[4]), (mirror,), "x")
sys.stdout.write(str(len(goodbooks.read(file))))
"""


def test_two_processes_at_once(cache, server):
    server.asked.clear()
    arguments = [str(cache.parent), f"{server.url}/together", sha256(CONTENT), str(len(CONTENT))]
    command = [sys.executable, "-c", FETCH, *arguments]
    started = [
        subprocess.Popen(
            command, cwd=paths.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for _ in range(2)
    ]
    try:
        said = [process.communicate(timeout=30)[0] for process in started]
    finally:
        for process in started:
            process.kill()
    assert said == [str(len(CONTENT))] * 2  # and nothing else, as in a notebook that loads
    assert server.asked == ["/together"] * 2  # neither found the other's
    assert (cache / "ratings.csv").read_bytes() == CONTENT
    assert left_in(cache) == ["ratings.csv"]


def test_the_cache_cannot_be_made_because_a_file_is_in_its_place(wanted, cache, server):
    cache.parent.write_text("in the way")
    message = refusal(wanted("good"))
    assert message.startswith(f"The cache folder {cache} can't be written to: ")
    assert "set NEUREC_DATA_DIR" in message
    assert server.asked == []  # no download that could not be kept


def test_a_read_only_cache_simulated(wanted, cache, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    assert "can't be written to: Permission denied" in refusal(wanted("good"))
    assert left_in(cache) == []


def test_a_full_disk_simulated_at_the_last_step(wanted, cache, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    cache.mkdir(parents=True)
    (cache / "ratings.csv").write_bytes(b"old")
    monkeypatch.setattr("shutil.move", refuse)
    assert "No space left on device" in refusal(wanted("good"))
    monkeypatch.undo()
    assert left_in(cache) == ["ratings.csv"]
    assert (cache / "ratings.csv").read_bytes() == b"old"


# A folder of one's own


@pytest.fixture
def own(tmp_path, monkeypatch):
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("NEUREC_DATA_DIR", str(folder))
    return folder


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ratings.csv", CONTENT),
        ("ratings.csv.zip", ZIPPED),
        ("archive.zip", zipped(CONTENT, "data/ratings.csv")),
        ("ratings.csv", ZIPPED),
    ],
    ids=["plain", "zip", "Kaggle's archive", "misnamed"],
)
def test_a_folder_of_ones_own_comes_first(wanted, own, cache, server, name, content):
    (own / name).write_bytes(content)
    file = wanted("good")
    assert goodbooks.fetch(file) == own / name
    assert goodbooks.read(file) == CONTENT
    assert server.asked == [] and left_in(cache) == [] and left_in(own) == [name]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ratings.csv", OTHER_EDITION, "it is that of the other edition"),
        ("ratings.csv.zip", zipped(OTHER_EDITION), "it is that of the other edition"),
        ("ratings.csv", CONTENT + b"3,3,3\n", "its SHA-256 differs (48,029 bytes"),
        ("ratings.csv", b"", "its SHA-256 differs (0 bytes"),
        ("ratings.csv.zip", ZIPPED[:-40], "damaged or cut short"),
        ("ratings.csv.zip", zipped(CONTENT, "x.csv"), "holds 0 files called ratings.csv"),
        ("ratings.csv.zip", zipped(bytes(2_000_000)), "in the zip has 2,000,000 bytes"),
    ],
)
def test_a_folder_with_another_file_is_named_at_once(wanted, own, server, name, content, says):
    (own / name).write_bytes(content)
    message = refusal(wanted("good"))
    assert message.startswith(f"{own / name} is not the lesson's ratings.csv: ")
    assert says in message and "Get the first edition from https://" in message
    assert server.asked == []


def test_the_list_of_data_names_a_wrong_file_and_goes_on(own):
    (own / "ratings.csv").write_bytes(OTHER_EDITION)
    listed = CliRunner().invoke(data_command.app, ["list"])
    assert listed.exit_code == 0
    assert "other edition" in listed.output and "books.csv" in listed.output


def test_a_folder_without_the_file_is_passed_over(wanted, own):
    assert "holds neither ratings.csv nor ratings.csv.zip" in refusal(wanted("missing"))
    assert goodbooks.read(wanted("good")) == CONTENT


def test_a_relative_folder_is_found_from_the_checkout_too(wanted, own, monkeypatch, tmp_path):
    (own / "ratings.csv").write_bytes(CONTENT)
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setenv("NEUREC_DATA_DIR", "own")
    elsewhere = tmp_path / "notebooks"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert goodbooks.read(wanted()) == CONTENT


# What is built in


def test_built_in_mirrors_are_pinned_and_use_https():
    for file in goodbooks.FILES:
        assert file.mirrors
        for mirror in file.mirrors:
            assert mirror.url.startswith("https://")
            assert any(len(part) == 40 for part in mirror.url.split("/"))  # a commit, no branch
            assert len(mirror.sha256) == len(file.sha256) == 64
            assert (mirror.sha256 == file.sha256) == (mirror.kind == "plain")


def test_fetch_on_the_command_line(wanted, cache, monkeypatch):
    monkeypatch.setattr(goodbooks, "FILES", (wanted("missing", "in_pieces"),))
    done = CliRunner().invoke(data_command.app, ["fetch", "goodbooks"])
    assert done.exit_code == 0
    assert f"ratings.csv: verified, {cache / 'ratings.csv'}" in done.output
    assert goodbooks.ATTRIBUTION in done.output
    assert CliRunner().invoke(data_command.app, ["verify", "goodbooks"]).exit_code == 0


# The data set itself


@pytest.fixture
def real(monkeypatch):
    """The folder with the real edition, where there is one."""
    given = GIVEN or paths.ROOT.parent / "shared" / "data" / "goodbooks-10k"
    folder = Path(given)
    if not any((folder / name).is_file() for name in ("ratings.csv", "ratings.csv.zip")):
        pytest.skip("the real edition is not at hand; set NEUREC_DATA_DIR to try it")
    monkeypatch.setenv("NEUREC_DATA_DIR", str(folder))
    return folder


GIVEN = os.environ.get("NEUREC_DATA_DIR")


def test_the_real_ratings(real):
    ratings = load_ratings("goodbooks")
    assert list(ratings) == ["book_id", "user_id", "rating"]
    facts = summarise(ratings)
    assert (facts.rows, facts.users, facts.books) == (981_756, 53_424, 10_000)
    assert list(facts.histogram.items()) == [
        (1, 19_575),
        (2, 63_231),
        (3, 248_623),
        (4, 357_366),
        (5, 292_961),
    ]
    assert (round(facts.mean, 4), round(facts.sd, 4)) == (3.8565, 0.9839)
    user, book = facts.per_user, facts.per_book
    assert (user.least, user.most, user.with_least) == (2, 200, 8_302)
    assert user.quantiles == {"Q1": 3, "median": 8, "Q3": 22, "p95": 71, "p99": 134}
    assert (book.least, book.most, book.with_most) == (8, 100, 7_456)
    assert dataclasses.astuple(facts.duplicates) == (2_209, 2_278, 633, 5)
    assert noise_floor("goodbooks") is None


def test_the_real_books_join_on_id(real):
    """On the wrong column, books.book_id, the correlation would vanish."""
    ratings, books = load_ratings("goodbooks"), load_books("goodbooks")
    assert list(books)[:3] == ["book_id", "title", "author"]
    assert set(books["book_id"]) == set(range(1, 10_001))
    found = goodbooks.read(goodbooks.BOOKS)
    rated = pd.read_csv(io.BytesIO(found), usecols=["id", "average_rating"])
    joined = books.merge(rated, left_on="book_id", right_on="id").set_index("book_id")
    ours = ratings.groupby("book_id")["rating"].mean()
    assert ours.corr(joined["average_rating"]) == pytest.approx(0.879, abs=0.0005)


@pytest.mark.parametrize("name", ["ratings.csv", "books.csv"])
def test_the_real_zips_are_those_of_the_mirrors(real, name):
    path = real / f"{name}.zip"
    if not path.is_file():
        pytest.skip(f"there is no {name}.zip in the folder")
    file = next(file for file in goodbooks.FILES if file.name == name)
    packed = next(mirror for mirror in file.mirrors if mirror.kind == "zip")
    assert sha256(path.read_bytes()) == packed.sha256
    assert len(goodbooks.read(file)) == file.size
