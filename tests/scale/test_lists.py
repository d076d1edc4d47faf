"""`neurec train --model lists`: it learns, resumes to the bit, and is the same on two processes."""

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest

pytest.importorskip("jax", reason="the extra scale is not installed: make scale")
pytest.importorskip("orbax", reason="the extra scale is not installed: make scale")
pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.scale import histories, networks, preparing, streaming, towers
from neurec_helpers.scale.run_folder import RunFolder
from tests.helpers.made_readers import readers
from tests.helpers.scale_faults import (
    start,
    wait_for_intervals,
    wait_until_none_is_left,
    workers_of,
)

EPOCHS = 2
OPTIONS = ["--model=lists", f"--epochs={EPOCHS}", "--patience=9", "--batch-size=40"]
OPTIONS += ["--learning-rate=0.02", "--checkpoint-steps=5"]
LIMIT = 900  # seconds: far more than a run takes, for the machine may be busy


def train(source, out, *options):
    process = start(source, out, *OPTIONS, *options)
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, text
    return RunFolder(out).intervals(), text


def numbers(intervals):
    return [
        [each["epoch"], each["end"], each["loss"], each["held_out_error"]] for each in intervals
    ]


def recalls(intervals):
    errors = [each["held_out_error"] for each in intervals]
    return [1 - error for error in errors if error is not None]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "ratings.parquet"
    readers().to_parquet(path)
    return path


@pytest.fixture(scope="module")
def unbroken(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("unbroken") / "run"
    return out, *train(source, out)


@pytest.mark.slow
def test_it_learns_who_reads_what_and_says_so(unbroken):
    out, intervals, text = unbroken
    found = recalls(intervals)
    # By chance ten of some 108 books; of one's own group ten of some 18.
    assert len(found) == EPOCHS and max(found) > 0.4
    assert f"held-out recall@10 {max(found):.4f}" in text and "readers/s" in text
    assert (out / "model.keras").exists() and np.load(out / "table.npy").shape == (121, 64)


@pytest.mark.slow
def test_from_shuffled_histories_it_learns_nothing(tmp_path):
    readers(shuffled=True).to_parquet(tmp_path / "ratings.parquet")
    intervals, _ = train(tmp_path / "ratings.parquet", tmp_path / "run")
    assert max(recalls(intervals)) < 0.2


@pytest.mark.slow
def test_killed_within_an_epoch_and_resumed_it_is_the_same_run(source, unbroken, tmp_path):
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS)
    assert wait_for_intervals(out, 3, process, LIMIT), process.stdout.read()
    workers_of(out)[0].kill()
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "ended by signal 9" in text
    wait_until_none_is_left(out)
    assert 3 <= len(RunFolder(out).intervals()) < len(unbroken[1])
    intervals, text = train(source, out)
    assert "Going on in" in text
    assert numbers(intervals) == numbers(unbroken[1])
    assert np.array_equal(np.load(out / "table.npy"), np.load(unbroken[0] / "table.npy"))


@pytest.mark.slow
def test_two_processes_are_equal_to_one(source, unbroken, tmp_path):
    intervals, _ = train(source, tmp_path / "run", "--processes=2")
    one, two = (np.array([each["loss"] for each in run]) for run in (unbroken[1], intervals))
    first = sum(each["epoch"] == 1 for each in intervals)
    assert np.abs(one - two)[:first].max() < 1e-5 and np.abs(one - two).max() < 2e-3
    assert recalls(intervals) == pytest.approx(recalls(unbroken[1]), abs=0.02)


@pytest.mark.slow
def test_the_exported_network_gives_the_scores_that_lists_are_made_from(unbroken):
    import keras

    network = keras.models.load_model(unbroken[0] / "model.keras")
    table = np.load(unbroken[0] / "table.npy")
    read = np.array([[3, 50, 7, 0]])
    wanted = towers.unit(table[[3, 50, 7]].sum(axis=0, keepdims=True)) @ towers.unit(table).T
    assert np.abs(network.predict(read, verbose=0) - wanted).max() < 1e-5


# The network, in this process


def test_the_surprise_is_a_softmax_over_what_is_hidden_in_the_batch():
    network = towers.build(30)
    rng = np.random.default_rng(1)
    known, hidden = rng.integers(1, 31, (5, 9)), rng.integers(1, 31, (5, histories.HIDDEN))
    known[0, 4:], hidden[1, 3:], hidden[2] = 0, 0, hidden[3]
    share = rng.uniform(0.01, 0.2, hidden.shape).astype("float32")
    found = network.predict_on_batch([known, hidden, share])

    table = towers.table_of(network, 30).astype("float64")
    reader = towers.unit(np.stack([table[row[row > 0]].mean(axis=0) for row in known]))
    logits = reader @ towers.unit(table[hidden.ravel()]).T / networks.TEMPERATURE
    weights = np.exp(logits) / share.ravel() * (hidden.ravel() > 0)
    surprise = -np.log(weights / weights.sum(axis=1, keepdims=True) + 1e-300)
    wanted = np.stack([surprise[k].reshape(hidden.shape)[k] for k in range(5)])
    assert np.abs(found - np.where(hidden > 0, wanted, 0)).max() < 1e-3


def test_recall_is_that_of_lists_without_the_books_known():
    import keras

    keras.utils.set_random_seed(7)
    network = towers.build(60)
    layer = network.get_layer(towers.TABLE)
    table = layer.get_weights()[0]
    table[[0, 61]] = table[1:13].mean(axis=0)  # what is no book is like many, and in no list
    layer.set_weights([table])
    rng = np.random.default_rng(2)
    known = np.stack([rng.permutation(60)[:12] + 1 for _ in range(40)])
    wanted = np.stack([rng.permutation(60)[:5] + 1 for _ in range(40)])
    known[0, 1:], wanted[1, 2:] = 0, 0
    found = towers.build_judge(network, 60, 5).predict_on_batch([known, wanted])

    table, each = towers.table_of(network, 60), []
    for books, hidden in zip(known, wanted, strict=True):
        read = books[books > 0]
        scores = towers.unit(table) @ towers.unit(table[read].mean(axis=0, keepdims=True))[0]
        scores[[0, *read]] = -np.inf
        theirs = hidden[hidden > 0]
        each.append(np.isin(theirs, np.argsort(-scores)[: towers.TOP]).mean())
    assert found.ravel() == pytest.approx(each)
    assert 0 < np.mean(each) < 1


# Histories


@pytest.fixture
def prepared(source, tmp_path, monkeypatch):
    """Prepared in small groups, so that readers and batches cross their borders."""
    monkeypatch.setattr(histories, "GROUP", 1_000)
    monkeypatch.setattr(histories, "BATCH", 300)
    metadata = preparing.prepare(source, tmp_path / "data", with_histories=True)
    return tmp_path / "data", metadata


def test_a_history_is_what_its_reader_has_read_in_the_training_part(prepared):
    folder, metadata = prepared
    train = pd.read_parquet(folder / preparing.TRAIN)
    wanted = {user: set(books) for user, books in train.groupby("user").book}
    rows = pd.read_parquet(folder / histories.HISTORIES)
    assert {user: set(books) for user, books in zip(rows.user, rows.books, strict=True)} == wanted
    assert len(rows) == rows.user.nunique() == metadata.n_histories == 600
    assert pyarrow.parquet.read_metadata(folder / histories.HISTORIES).num_row_groups > 3
    shares = histories.shares(folder, 840)
    assert shares[5] / shares[9] == pytest.approx((train.book == 5).sum() / (train.book == 9).sum())


def test_groups_end_by_the_data_alone(source, prepared, tmp_path, monkeypatch):
    def sizes(folder):
        file = pyarrow.parquet.read_metadata(folder / histories.HISTORIES)
        return [file.row_group(k).num_rows for k in range(file.num_row_groups)]

    monkeypatch.setattr(histories, "BATCH", 4_000)
    preparing.prepare(source, tmp_path / "again", with_histories=True)
    assert sizes(tmp_path / "again") == sizes(prepared[0])


def test_the_sample_holds_readers_with_what_they_read_and_what_is_held_out(prepared):
    folder, _ = prepared
    held_out = pd.read_parquet(folder / preparing.HELD_OUT)
    sample = pd.read_parquet(folder / histories.SAMPLE).set_index("user")
    assert set(sample.index) == set(held_out.user)
    for user, books in held_out.groupby("user").book:
        assert set(sample.hidden[user]) == set(books)
        assert not set(sample.hidden[user]) & set(sample.books[user])


def test_books_are_dealt_anew_in_each_epoch_and_none_is_known_and_hidden(prepared):
    folder, _ = prepared
    kind = streaming.Histories(histories.shares(folder, 840))

    def batches(epoch, **options):
        path = folder / histories.HISTORIES
        return list(streaming.training_batches(path, 40, epoch, kind=kind, **options))

    one, two = batches(1), batches(2)
    assert len(one) == 15
    for (known, hidden, share), _ in one:
        assert all(not set(a[a > 0]) & set(b) for a, b in zip(known, hidden, strict=True))
        assert np.array_equal(share, kind.shares[hidden])
        n_hidden = (hidden > 0).sum(axis=1)
        n_books = n_hidden + (known > 0).sum(axis=1)
        assert np.array_equal(n_hidden, np.minimum(n_books // 2, hidden.shape[1]))
    assert not np.array_equal(one[0][0][1], two[0][0][1])
    late = batches(1, first=9)
    halves = batches(1, part=(0, 2)), batches(1, part=(1, 2))
    for k in range(15):
        for place in range(3):
            whole = one[k][0][place]
            assert k < 9 or np.array_equal(whole, late[k - 9][0][place])
            both = [half[k][0][place] for half in halves]
            assert np.array_equal(whole, np.concatenate(both))


def test_ratings_from_which_no_list_can_be_learnt_are_refused(tmp_path):
    table = readers(60).drop_duplicates("user_id")
    table.to_parquet(tmp_path / "ratings.parquet")
    with pytest.raises(NeurecError, match="no reader has two books to train on"):
        preparing.prepare(
            tmp_path / "ratings.parquet", tmp_path / "data", held_out=0.3, with_histories=True
        )
    assert not (tmp_path / "data").exists()


def test_a_batch_that_would_not_fit_is_refused():
    with pytest.raises(NeurecError, match="4,200 readers at most"):
        networks.require("lists", 65_520)
