"""`neurec recommend`: lists are those of the network, with an index and without."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.cli import app
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.checking import Form
from neurec_helpers.ratings.own import BookTable, write_note
from neurec_helpers.scale import index, networks, preparing, sources
from neurec_helpers.scale.finished import Finished
from neurec_helpers.scale.retrieving import Recommender, write_all
from neurec_helpers.scale.run_folder import RunFolder, Settings
from neurec_helpers.scale.towers import unit
from tests.helpers.made_readers import readers


def run_of(folder, model):
    """A run that has its data, and no network yet."""
    source = folder / "ratings.parquet"
    readers(count=200).to_parquet(source)
    run = RunFolder(folder / "run")
    run.path.mkdir()
    run.keep(Settings(str(source), model=model), sources.fingerprint([source]))
    preparing.prepare(source, run.data, with_histories=model == "lists")
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of lists with vectors of chance; every other book has a title."""
    run = run_of(tmp_path_factory.mktemp("lists"), "lists")
    rng = np.random.default_rng(3)
    np.save(run.table, rng.standard_normal((121, 64)).astype("float32"))
    run.model.write_bytes(b"not looked at for lists")
    run.note_export()
    ids = [f"b{k:03d}" for k in range(0, 120, 2)]
    titles = pd.DataFrame({"book_id": ids, "title": [f"Title of {each}" for each in ids]})
    titles.assign(author="N. N.").to_csv(run.path.parent / "books.csv", index=False)
    return run


@pytest.fixture(scope="module")
def stars(tmp_path_factory):
    run = run_of(tmp_path_factory.mktemp("stars"), "lesson")
    metadata = preparing.read_metadata(run.data)
    network = networks.build("lesson", metadata.n_users, metadata.n_books, 3.0)
    network.save(run.model)
    run.note_export()
    return run


def wanted(run, read, n=10):
    """The best books for who has read these, by their ids: the plain way."""
    table = np.load(run.table)
    rows = [int(book[1:]) + 1 for book in read]
    scores = unit(table) @ unit(table[rows].mean(axis=0, keepdims=True))[0]
    scores[[0, *rows]] = -np.inf
    best = np.argsort(-scores)[:n]
    return [f"b{row - 1:03d}" for row in best], scores[best]


def recommend(*arguments):
    return CliRunner().invoke(app, ["recommend", *map(str, arguments)])


def books_read(reader):
    table = readers(count=200)
    return table.book_id[table.user_id == reader].tolist()


def test_a_readers_list_is_that_of_the_towers_without_what_was_read(run):
    done = recommend(run.path, "--reader=103")
    best, scores = wanted(run, books_read(103))
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()[:10]
    for rank, (line, book, score) in enumerate(zip(lines, best, scores, strict=True), 1):
        title = f"Title of {book}, N. N." if int(book[1:]) % 2 == 0 else book
        assert line.split(maxsplit=2) == [str(rank), f"{score:.2f}", title]


def test_titles_are_joined_by_the_books_column_or_as_the_note_says(tmp_path):
    made = run_of(tmp_path, "lists")
    made.table.write_bytes(b"not looked at for titles")
    made.note_export()
    books = tmp_path / "books.csv"
    books.write_text("user_id,book_id,title\nb001,b000,First\nb000,b001,Second\n")
    assert dict(Finished(made.path).titles()) == {"b000": "First", "b001": "Second"}
    (tmp_path / "films.csv").write_text("film;name\nb000;Solaris\n")
    source = tmp_path / "ratings.parquet"
    write_note(source, Form(), BookTable("films.csv", id="film", title="name", sep=";"))
    assert dict(Finished(made.path).titles()) == {"b000": "Solaris"}


def test_a_newcomers_list_needs_nothing_but_the_books(run):
    found = Recommender(Finished(run.path)).list_of(Finished(run.path), 7, liked=["b004", "b051"])
    best, scores = wanted(run, ["b004", "b051"], 7)
    assert found.book.tolist() == best and found["score"].to_numpy() == pytest.approx(scores)
    done = recommend(run.path, "--liked", "b004, b051", "-n", 7)
    assert done.exit_code == 0 and len([x for x in done.stdout.splitlines() if x[:3].strip()]) >= 7


@pytest.fixture(params=["brute force", "index"])
def way(request, monkeypatch):
    if request.param == "index":
        pytest.importorskip("faiss", reason="the extra scale is not installed: make scale")
        monkeypatch.setattr(index, "FROM", 1)
    return request.param


def test_lists_for_all_readers_are_those_of_each(run, way, tmp_path, monkeypatch):
    # Small portions, so that readers and rows cross their borders; and some who have read much.
    monkeypatch.setattr("neurec_helpers.scale.finished.READERS", 17)
    monkeypatch.setattr("neurec_helpers.scale.finished.BATCH", 100)
    said, far = [], []
    finished = Finished(run.path)
    recommender = Recommender(finished, said.append, with_index=True)
    assert (recommender.index is not None) == (way == "index")
    write_all(finished, recommender, 10, tmp_path / "lists.parquet", lambda *how: far.append(how))
    found = pd.read_parquet(tmp_path / "lists.parquet")
    assert list(found) == ["user_id", "rank", "book_id", "score"]
    assert found.user_id.nunique() == 200 and len(found) == 2_000 and far[-1][:2] == (200, 200)
    for reader, rows in found.groupby("user_id"):
        best, scores = wanted(run, books_read(reader))
        assert rows.book_id.tolist() == best and rows["rank"].tolist() == list(range(1, 11))
        assert rows["score"].to_numpy() == pytest.approx(scores, abs=1e-5)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_who_has_read_much_is_compared_with_all_books(run, monkeypatch):
    pytest.importorskip("faiss", reason="the extra scale is not installed: make scale")
    monkeypatch.setattr(index, "FROM", 1)
    monkeypatch.setattr("neurec_helpers.scale.retrieving.LIGHT", 3)
    recommender = Recommender(Finished(run.path), with_index=True)
    read = pd.DataFrame({"user_id": [1, 1, 2, 2, 2, 2], "book_id": [3, 9, 4, 5, 6, 7]})
    found = recommender.lists(np.array([1, 2]), read.astype("int32"), 5)
    for user, ids in ((1, ["b002", "b008"]), (2, ["b003", "b004", "b005", "b006"])):
        theirs = found[found.user_id == user]
        assert [f"b{row - 1:03d}" for row in theirs.book_id] == wanted(run, ids, 5)[0]


def test_the_index_is_kept_and_built_again_where_it_is_damaged(run, monkeypatch):
    pytest.importorskip("faiss", reason="the extra scale is not installed: make scale")
    monkeypatch.setattr(index, "FROM", 1)
    path = run.path / "books.faiss"
    for spoil, is_built in ((path.unlink, True), (lambda: None, False)):
        if path.exists():
            spoil()
        said = []
        Recommender(Finished(run.path), said.append, with_index=True)
        assert any("Building" in words for words in said) == is_built
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    said = []
    Recommender(Finished(run.path), said.append, with_index=True)
    assert said == ["Building an index of 120 books ..."]


def test_without_faiss_lists_are_made_by_brute_force_and_it_is_said(run, monkeypatch):
    monkeypatch.setattr(index, "FROM", 1)
    monkeypatch.setitem(__import__("sys").modules, "faiss", None)
    said = []
    assert Recommender(Finished(run.path), said.append, with_index=True).index is None
    assert "faiss-cpu is not installed" in said[0] and "all 120 books" in said[0]


def test_an_index_finds_nearly_all_of_the_true_ten():
    pytest.importorskip("faiss", reason="the extra scale is not installed: make scale")
    from neurec_helpers.bench.index import brute_force, made_vectors

    books, asking = made_vectors(20_000)
    true, found = brute_force(books, asking), index.build(books).search(asking, 10) - 1
    recall = np.mean([np.isin(*each).mean() for each in zip(true, found, strict=True)])
    assert recall >= 0.95
    few = index.build(books)
    few.cells.nprobe = 1  # and looking into one cell only would be noticed
    found = few.search(asking, 10) - 1
    assert np.mean([np.isin(*each).mean() for each in zip(true, found, strict=True)]) < 0.95


@pytest.mark.slow
def test_a_run_of_stars_recommends_by_predicted_stars(stars, tmp_path):
    import keras

    done = recommend(stars.path, "--all", "--out", tmp_path / "lists.parquet", "-n", 5)
    assert done.exit_code == 0, done.output
    found = pd.read_parquet(tmp_path / "lists.parquet")
    assert list(found) == ["user_id", "rank", "book_id", "predicted"] and len(found) == 1_000
    network, table = keras.models.load_model(stars.model), readers(count=200)
    for place, reader in ((0, 100), (150, 550)):
        ids = np.arange(1, 121)[:, None]
        predicted = network.predict([np.full_like(ids, place + 1), ids], verbose=0).ravel()
        predicted[[int(book[1:]) for book in table.book_id[table.user_id == reader]]] = -np.inf
        best = np.argsort(-predicted)[:5]
        rows = found[found.user_id == reader]
        assert [int(book[1:]) for book in rows.book_id] == best.tolist()
        assert rows.predicted.to_numpy() == pytest.approx(predicted[best], abs=1e-5)
    one = recommend(stars.path, "--reader=550", "-n", 5)
    assert [line.split()[-1] for line in one.stdout.splitlines()[:5]] == rows.book_id.tolist()
    with pytest.raises(NeurecError, match="was trained on stars"):
        Recommender(Finished(stars.path)).list_of(Finished(stars.path), 5, liked=["b001"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--reader=101"], "there is no reader '101' in"),
        (["--liked=b001,b999"], "there is no book 'b999' in"),
        ([], "say for whom"),
        (["--reader=103", "--all"], "say for whom"),
        (["--all"], "--all and --out go together"),
        (["--reader=103", "--out=lists.parquet"], "--all and --out go together"),
        (["--all", "--out=/nowhere/lists.parquet"], "/nowhere is not a folder"),
        (["--liked=,"], "--liked names no book"),
        (["--reader=\udcff"], r"there is no reader '\udcff' in"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(run, options, words):
    error = recommend(run.path, *options).exception
    assert isinstance(error, NeurecError) and words in str(error) and "\n" not in str(error)


def test_lists_take_the_place_of_lists_alone(run, tmp_path):
    mine, lists = tmp_path / "ratings.parquet", tmp_path / "lists.parquet"
    readers(count=9).to_parquet(mine)
    before = mine.read_bytes()
    error = recommend(run.path, "--all", f"--out={mine}").exception
    assert isinstance(error, NeurecError) and "is there, and holds no lists" in str(error)
    assert mine.read_bytes() == before
    for n in (1, 2):
        assert recommend(run.path, "--all", f"--out={lists}", "-n", n).exit_code == 0
        assert len(pd.read_parquet(lists)) == 200 * n


def test_no_run_and_an_unfinished_one_and_a_damaged_one_are_told_apart(run, tmp_path):
    with pytest.raises(NeurecError, match="holds no run"):
        Finished(tmp_path / "nothing")
    unfinished = run_of(tmp_path, "lists")
    with pytest.raises(NeurecError, match="is not trained to the end. Give the same neurec train"):
        Finished(unfinished.path)
    np.save(unfinished.table, np.zeros((121, 64), "float32"))
    unfinished.model.write_bytes(b"a network")
    unfinished.note_export()
    Finished(unfinished.path)
    (unfinished.data / preparing.TRAIN).write_bytes(b"damaged")
    with pytest.raises(NeurecError, match=r"train\.parquet is damaged, gone or another"):
        Finished(unfinished.path)


def test_a_network_that_may_not_be_read_is_said(run, monkeypatch):
    def closed(self):
        raise PermissionError(13, "Permission denied", str(self.table))

    monkeypatch.setattr(RunFolder, "is_exported", closed)
    with pytest.raises(NeurecError, match=r"table\.npy can't be read: Permission denied\."):
        Finished(run.path)
