"""`neurec train`: killed and resumed, on one process and two, is equal to an unbroken run."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

pytest.importorskip("jax", reason="the extra scale is not installed: make scale")
pytest.importorskip("orbax", reason="the extra scale is not installed: make scale")
pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.paths import ROOT
from neurec_helpers.scale import networks, preparing
from neurec_helpers.scale.run_folder import RunFolder, held_out_errors
from tests.helpers.made_ratings import made
from tests.helpers.scale_faults import (
    start,
    wait_for_intervals,
    wait_until_none_is_left,
    workers_of,
)

ROWS, EPOCHS = 60_000, 3
# Five checkpoints in each epoch, so that a run can be ended within one.
OPTIONS = (f"--epochs={EPOCHS}", "--batch-size=840", "--checkpoint-steps=15")
# Seconds: far more than a run takes, for the machine may be busy.
LIMIT, RAYS_LIMIT = 600, 1_200


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "ratings.parquet"
    made(ROWS).to_parquet(path)
    return path


def train(source, out, *options):
    """Train to the end; the intervals."""
    process = start(source, out, *OPTIONS, *options)
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, text + logs(out)
    return RunFolder(out).intervals()


def logs(out):
    return "".join(path.read_text()[-2_000:] for path in Path(out).glob("*.log"))


def wait_for(out, count, process):
    assert wait_for_intervals(out, count, process, LIMIT), process.stdout.read() + logs(out)


def numbers(intervals):
    """What must not depend on how a run went: for each interval, where it ended and its errors."""
    return [
        [interval["epoch"], interval["end"], interval["loss"], interval["held_out_error"]]
        for interval in intervals
    ]


def assert_equal(intervals, others, tolerance=0.0):
    assert len(intervals) == len(others)
    for interval, other in zip(numbers(intervals), numbers(others), strict=True):
        assert interval[:2] == other[:2]
        for one, two in zip(interval[2:], other[2:], strict=True):
            assert one == two if None in (one, two) else abs(one - two) <= tolerance, (
                interval,
                other,
            )


@pytest.fixture(scope="module")
def unbroken(source, tmp_path_factory):
    """A run on one process to its end: its folder and its intervals."""
    out = tmp_path_factory.mktemp("unbroken") / "run"
    return out, train(source, out)


def test_an_unbroken_run_learns_and_says_how_far_it_came(unbroken):
    out, intervals = unbroken
    steps = preparing.read_metadata(out / "data").n_train // 840
    ends = [15, 30, 45, 60, steps]
    assert [[interval["epoch"], interval["end"]] for interval in intervals] == [
        [epoch, end] for epoch in (1, 2, 3) for end in ends
    ]
    assert intervals[-1]["loss"] < intervals[0]["loss"]
    assert all(
        (interval["held_out_error"] is None) is (interval["end"] != steps) for interval in intervals
    )


def test_killed_within_an_epoch_and_resumed_it_is_the_same_run(source, unbroken, tmp_path):
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS)
    wait_for(out, 2, process)
    workers_of(out)[0].kill()
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "ended by signal 9" in text
    assert "The same command goes on from the last checkpoint, in epoch 1 after step" in text
    done = len(RunFolder(out).intervals())
    assert 2 <= done < 15

    process = start(source, out, *OPTIONS)
    wait_for(out, done + 1, process)
    process.kill()  # this time what has started the worker, which must not outlive it
    process.communicate(timeout=LIMIT)
    wait_until_none_is_left(out)
    assert_equal(train(source, out), unbroken[1])


@pytest.fixture(scope="module")
def shared(source, tmp_path_factory):
    """A run on two processes to its end."""
    out = tmp_path_factory.mktemp("shared") / "run"
    return out, train(source, out, "--processes=2")


def assert_near(intervals, others):
    """Equal but for the order of sums.

    The ratings are pure chance here, so from the second epoch on, when the same rows come again
    and are learnt by heart, the least difference grows fast.
    """
    first = sum(interval["epoch"] == 1 for interval in others)
    assert_equal(intervals[:first], others[:first], tolerance=1e-6)
    assert_equal(intervals, others, tolerance=2e-3)


def test_two_processes_are_equal_to_one(unbroken, shared):
    assert_near(shared[1], unbroken[1])


def test_tables_and_what_adam_keeps_are_shared_by_rows(unbroken, shared):
    for out, of in ((unbroken[0], 1), (shared[0], 2)):
        for process in range(of):
            shards = json.loads((out / f"shards-{process}.json").read_text())
            assert len(shards) == 6  # two tables, and two numbers of Adam's for each weight
            for shard in shards.values():
                rows, width = shard["shape"]
                assert rows % networks.SHARES == 0 and shard["here"] == [rows // of, width]


def test_a_run_on_two_processes_goes_on_on_one(source, unbroken, tmp_path):
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS, "--processes=2")
    wait_for(out, 3, process)
    workers_of(out)[1].kill()
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "All of them were stopped" in text
    wait_until_none_is_left(out)
    assert_near(train(source, out), unbroken[1])


@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_peer_ends_the_other_host_with_a_message(source, tmp_path, killed):
    out = tmp_path / "run"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"--coordinator=127.0.0.1:{free.getsockname()[1]}"
    options = ["--epochs=200", "--patience=200", "--batch-size=840", "--processes=2", coordinator]
    hosts = [start(source, out, *options, f"--process-id={k}") for k in (0, 1)]
    wait_for(out, 1, hosts[0])
    workers = workers_of(out)
    assert sorted(workers) == [0, 1]
    # A host that is lost: the worker and what has started it.
    hosts[killed].kill()
    workers[killed].kill()
    other = hosts[1 - killed]
    text, _ = other.communicate(timeout=LIMIT)
    hosts[killed].communicate(timeout=LIMIT)
    assert other.returncode == 1 and f"process {1 - killed}, one of 2, failed" in text, text
    (message,) = [line for line in text.splitlines() if line.startswith("neurec: ")]
    assert "connection to another process" in message and "Traceback" not in text
    wait_until_none_is_left(out)


def test_ray_starts_again_what_has_died(source, unbroken, tmp_path):
    pytest.importorskip("ray", reason="the extra ray is not installed: make ray")
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS, "--processes=2", "--launcher=ray", "--restarts=1")
    wait_for(out, 2, process)
    ours = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "TrainWorker" in " ".join(child.cmdline())
    ]
    assert len(ours) >= 2
    ours[0].kill()
    text, _ = process.communicate(timeout=RAYS_LIMIT)
    assert process.returncode == 0, text
    assert_near(RunFolder(out).intervals(), unbroken[1])
    assert not [each for each in ours if each.is_running()]


def test_a_second_run_in_the_same_folder_is_refused(source, tmp_path):
    out = tmp_path / "run"
    first = start(source, out, *OPTIONS)
    wait_for(out, 1, first)
    second = start(source, out, *OPTIONS)
    text, _ = second.communicate(timeout=LIMIT)
    assert second.returncode == 1 and "another run is at work" in text
    first.send_signal(signal.SIGINT)
    text, _ = first.communicate(timeout=LIMIT)
    assert first.returncode == 130 and "stopped" in text
    wait_until_none_is_left(out)


def test_a_full_disk_costs_the_new_checkpoint_at_most(source, unbroken, tmp_path):
    if shutil.which("bwrap") is None:
        pytest.skip("a small disk is made with bubblewrap, which is not installed")
    small, kept = "/tmp/small", tmp_path / "kept"
    # On a disk of 8 MB, a part of which is taken by something else after the second checkpoint.
    script = f"""
    train="{sys.executable} -m neurec_helpers train {source} --out={small}/run {" ".join(OPTIONS)}"
    $train > {tmp_path}/first.txt 2>&1 &
    until [ "$(wc -l < {small}/run/progress.jsonl 2>/dev/null || echo 0)" -ge 2 ]; do
        sleep 0.05
    done
    head -c 8000000 /dev/zero > {small}/filler 2>/dev/null
    wait $!
    echo $? > {tmp_path}/status
    rm {small}/filler
    cp -r {small}/run {kept}
    $train > {tmp_path}/second.txt 2>&1
    cp {small}/run/progress.jsonl {tmp_path}/progress.jsonl
    """
    walls = ["bwrap", "--dev-bind", "/", "/", "--size", "8000000", "--tmpfs", small]
    done = subprocess.run(
        [*walls, "--chdir", str(ROOT), "bash", "-c", script], check=False, capture_output=True
    )
    first = (tmp_path / "first.txt").read_text()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "status").read_text().strip() == "1", first
    assert "the disk is full, so the new checkpoint was not kept" in first, first
    assert len(RunFolder(kept).intervals()) >= 2
    text = (tmp_path / "second.txt").read_text()
    assert "Best epoch" in text, text
    intervals = [
        json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()
    ]
    assert_equal(intervals, unbroken[1])


PREDICT = """
import sys, numpy, keras
users, books = numpy.load(sys.argv[2])
model = keras.models.load_model(sys.argv[1])
numpy.save(sys.argv[3], model.predict([users, books], batch_size=8192, verbose=0))
"""


def test_the_export_predicts_the_same_on_tensorflow_and_on_jax(unbroken, tmp_path):
    metadata = preparing.read_metadata(unbroken[0] / "data")
    rng = np.random.default_rng(0)
    ids = [rng.integers(1, n + 1, 5_000) for n in (metadata.n_users, metadata.n_books)]
    np.save(tmp_path / "ids.npy", np.array(ids, "int32")[..., None])
    found = {}
    for backend in ("tensorflow", "jax"):
        result = tmp_path / f"{backend}.npy"
        subprocess.run(
            [
                sys.executable,
                "-c",
                PREDICT,
                unbroken[0] / "model.keras",
                tmp_path / "ids.npy",
                result,
            ],
            env={**os.environ, "KERAS_BACKEND": backend},
            check=True,
        )
        found[backend] = np.load(result)
    assert np.abs(found["tensorflow"] - found["jax"]).max() < 1e-5
    assert found["tensorflow"].std() > 0.001  # a hundred times what the two may differ by
    # What it predicts for the rows that were held out has the error that the run reported.
    rows = pd.read_parquet(unbroken[0] / "data" / preparing.HELD_OUT)
    np.save(tmp_path / "ids.npy", rows[["user", "book"]].to_numpy("int32").T[..., None])
    subprocess.run(
        [sys.executable, "-c", PREDICT, unbroken[0] / "model.keras", tmp_path / "ids.npy", result],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        check=True,
    )
    error = np.mean((np.load(result)[:, 0] - rows.rating.to_numpy()) ** 2)
    reported = [
        interval["held_out_error"]
        for interval in unbroken[1]
        if interval["held_out_error"] is not None
    ]
    assert error == pytest.approx(min(reported), abs=1e-5)


def test_the_best_model_too(source, tmp_path):
    process = start(source, tmp_path / "run", "--model=best", "--epochs=1", "--processes=2")
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0, text + logs(tmp_path / "run")
    assert (tmp_path / "run" / "model.keras").exists()
    shards = json.loads((tmp_path / "run" / "shards-0.json").read_text())
    assert len(shards) == 12 and all(s["here"][0] * 2 == s["shape"][0] for s in shards.values())


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        ("1e+30", "no longer a finite number"),
        ("30", "and always predicting the middle of the scale has 5.1 at most"),
    ],
)
def test_a_network_of_no_use_ends_the_run_and_is_not_exported(source, tmp_path, rate, words):
    out = tmp_path / "run"
    for _ in range(2):
        process = start(source, out, *OPTIONS, f"--learning-rate={rate}")
        text, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 1 and words in text, text
        assert f"A learning rate of {rate} is most likely too high" in text
        assert "Nothing was exported" in text and not (out / "model.keras").exists()


def test_a_run_that_has_ended_is_not_begun_again(source, unbroken, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(unbroken[0], out)
    before = (out / "progress.jsonl").read_text()
    process = start(source, out, *OPTIONS)
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 0 and "Best epoch" in text
    mean_error = preparing.read_metadata(out / "data").mean_error
    assert f"(the mean rating for all: MSE {mean_error:.4f})" in text
    best = min(held_out_errors(unbroken[1]))
    assert ("It is no better than that" in text) is (best >= mean_error)
    assert "has ended before; nothing is left to train" in text and "Going on" not in text
    assert (out / "progress.jsonl").read_text() == before
    other = start(
        source, out, *OPTIONS, "--processes=2", "--coordinator=127.0.0.1:9", "--process-id=1"
    )
    text, _ = other.communicate(timeout=LIMIT)
    assert other.returncode == 0 and "process 0 exports" in text
