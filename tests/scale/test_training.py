"""`neurec train`: killed and resumed, on one process and two, is equal to an unbroken run."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

for package in ("jax", "orbax", "duckdb"):
    pytest.importorskip(package, reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT
from neurec_helpers.scale import networks, preparing
from neurec_helpers.scale.run_folder import RunFolder, Settings, best_epoch, has_ended
from tests.helpers.made_ratings import made

ROWS, EPOCHS = 120_000, 2
# Five checkpoints in each epoch, so that a run can be ended within one.
OPTIONS = (f"--epochs={EPOCHS}", "--batch-size=840", "--checkpoint-steps=30")
END = 90  # seconds within which all must have ended once one was killed


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "ratings.parquet"
    made(ROWS).to_parquet(path)
    return path


def start(source, out, *options):
    return subprocess.Popen(
        [sys.executable, "-m", "neurec_helpers", "train", str(source), f"--out={out}", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def train(source, out, *options):
    """Train to the end; the legs."""
    process = start(source, out, *OPTIONS, *options)
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text + logs(out)
    return RunFolder(out).legs()


def logs(out):
    return "".join(path.read_text()[-2_000:] for path in Path(out).glob("*.log"))


def wait_for_legs(out, count, process):
    """Wait until a run has passed so many checkpoints."""
    end = time.monotonic() + 240
    while len(RunFolder(out).legs()) < count:
        assert process.poll() is None, process.stdout.read() + logs(out)
        assert time.monotonic() < end, logs(out)
        time.sleep(0.02)


def workers_of(out):
    """Processes that train in this folder, by their number."""
    found = {}
    for process in psutil.process_iter(["cmdline"]):
        command = process.info["cmdline"] or []
        if "neurec_helpers.scale.worker" in command and str(out) in command:
            with contextlib.suppress(psutil.Error):
                number = process.environ().get("KERAS_DISTRIBUTION_PROCESS_ID", "0")
                found[int(number)] = process
    return found


def wait_until_none_is_left(out):
    end = time.monotonic() + 10
    while workers_of(out):
        assert time.monotonic() < end, "a process was left"
        time.sleep(0.1)


def numbers(legs):
    """What must not depend on how a run went: for each leg, where it ended and its errors."""
    return [[leg["epoch"], leg["end"], leg["loss"], leg["held_out_mse"]] for leg in legs]


def assert_equal(legs, others, tolerance=0.0):
    assert len(legs) == len(others)
    for leg, other in zip(numbers(legs), numbers(others), strict=True):
        assert leg[:2] == other[:2]
        for one, two in zip(leg[2:], other[2:], strict=True):
            assert one == two if None in (one, two) else abs(one - two) <= tolerance, (leg, other)


@pytest.fixture(scope="module")
def unbroken(source, tmp_path_factory):
    """A run on one process to its end: its folder and its legs."""
    out = tmp_path_factory.mktemp("unbroken") / "run"
    return out, train(source, out)


def test_an_unbroken_run_learns_and_says_how_far_it_came(unbroken):
    out, legs = unbroken
    steps = preparing.read_facts(out / "data").n_train // 840
    ends = [30, 60, 90, 120, steps]
    assert [[leg["epoch"], leg["end"]] for leg in legs] == [[e, s] for e in (1, 2) for s in ends]
    assert legs[-1]["loss"] < legs[0]["loss"]
    assert all((leg["held_out_mse"] is None) is (leg["end"] != steps) for leg in legs)


def test_killed_within_an_epoch_and_resumed_it_is_the_same_run(source, unbroken, tmp_path):
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS)
    wait_for_legs(out, 2, process)
    workers_of(out)[0].kill()
    text, _ = process.communicate(timeout=END)
    assert process.returncode == 1 and "ended by signal 9" in text
    assert "The same command goes on from the last checkpoint, in epoch 1 after step" in text
    done = len(RunFolder(out).legs())
    assert 2 <= done < 10

    process = start(source, out, *OPTIONS)
    wait_for_legs(out, done + 1, process)
    process.kill()  # this time what has started the worker, which must not outlive it
    process.communicate(timeout=END)
    wait_until_none_is_left(out)
    assert_equal(train(source, out), unbroken[1])


def test_what_a_run_left_half_written_is_put_right(source, unbroken, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(unbroken[0], out)
    (out / "model.keras").unlink()
    lines = (out / "progress.jsonl").read_text().splitlines(keepends=True)
    # A line cut off, a checkpoint that has no line yet, and one that was never finished.
    (out / "progress.jsonl").write_text("".join(lines[:-1]) + lines[-1][:20])
    (out / "checkpoints" / "11.orbax-checkpoint-tmp").mkdir()
    assert_equal(train(source, out), unbroken[1])
    assert (out / "model.keras").exists()


@pytest.fixture(scope="module")
def shared(source, tmp_path_factory):
    """A run on two processes to its end."""
    out = tmp_path_factory.mktemp("shared") / "run"
    return out, train(source, out, "--processes=2")


def test_two_processes_are_equal_to_one(unbroken, shared):
    assert_equal(shared[1], unbroken[1], tolerance=1e-5)


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
    wait_for_legs(out, 3, process)
    workers_of(out)[1].kill()
    text, _ = process.communicate(timeout=END)
    assert process.returncode == 1 and "All of them were stopped" in text
    wait_until_none_is_left(out)
    assert_equal(train(source, out), unbroken[1], tolerance=1e-5)


@pytest.mark.parametrize("killed", [0, 1])
def test_a_killed_peer_ends_the_other_host_with_a_message(source, tmp_path, killed):
    out = tmp_path / "run"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"--coordinator=127.0.0.1:{free.getsockname()[1]}"
    options = ["--epochs=200", "--patience=200", "--batch-size=840", "--processes=2", coordinator]
    hosts = [start(source, out, *options, f"--process-id={k}") for k in (0, 1)]
    wait_for_legs(out, 1, hosts[0])
    workers = workers_of(out)
    assert sorted(workers) == [0, 1]
    # A host that is lost: the worker and what has started it.
    hosts[killed].kill()
    workers[killed].kill()
    began, other = time.monotonic(), hosts[1 - killed]
    text, _ = other.communicate(timeout=END)
    hosts[killed].communicate(timeout=10)
    assert time.monotonic() - began < END
    assert other.returncode == 1 and f"process {1 - killed}, one of 2, failed" in text, text
    (message,) = [line for line in text.splitlines() if line.startswith("neurec: ")]
    assert "connection to another process" in message and "Traceback" not in text
    wait_until_none_is_left(out)


def test_ray_starts_again_what_has_died(source, unbroken, tmp_path):
    pytest.importorskip("ray", reason="the extra ray is not installed: make ray")
    out = tmp_path / "run"
    process = start(source, out, *OPTIONS, "--processes=2", "--launcher=ray", "--restarts=1")
    wait_for_legs(out, 2, process)
    ours = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if "TrainWorker" in " ".join(child.cmdline())
    ]
    assert len(ours) >= 2
    ours[0].kill()
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text
    assert_equal(RunFolder(out).legs(), unbroken[1], tolerance=1e-5)
    assert not [each for each in ours if each.is_running()]


def test_a_second_run_in_the_same_folder_is_refused(source, tmp_path):
    out = tmp_path / "run"
    first = start(source, out, *OPTIONS)
    wait_for_legs(out, 1, first)
    second = start(source, out, *OPTIONS)
    text, _ = second.communicate(timeout=60)
    assert second.returncode == 1 and "another run is at work" in text
    first.send_signal(signal.SIGINT)
    text, _ = first.communicate(timeout=60)
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
    assert len(RunFolder(kept).legs()) >= 2
    text = (tmp_path / "second.txt").read_text()
    assert "Best epoch" in text, text
    legs = [json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines()]
    assert_equal(legs, unbroken[1])


PREDICT = """
import sys, numpy, keras
users, books = numpy.load(sys.argv[2])
model = keras.models.load_model(sys.argv[1])
numpy.save(sys.argv[3], model.predict([users, books], batch_size=8192, verbose=0))
"""


def test_the_export_predicts_the_same_on_tensorflow_and_on_jax(unbroken, tmp_path):
    facts = preparing.read_facts(unbroken[0] / "data")
    rng = np.random.default_rng(0)
    ids = [rng.integers(1, n + 1, 5_000) for n in (facts.n_users, facts.n_books)]
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
    assert found["tensorflow"].std() > 0.01
    # What it predicts for the rows that were held out has the error that the run reported.
    rows = pd.read_parquet(unbroken[0] / "data" / preparing.HELD_OUT)
    np.save(tmp_path / "ids.npy", rows[["user", "book"]].to_numpy("int32").T[..., None])
    subprocess.run(
        [sys.executable, "-c", PREDICT, unbroken[0] / "model.keras", tmp_path / "ids.npy", result],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        check=True,
    )
    error = np.mean((np.load(result)[:, 0] - rows.rating.to_numpy()) ** 2)
    reported = [leg["held_out_mse"] for leg in unbroken[1] if leg["held_out_mse"] is not None]
    assert error == pytest.approx(min(reported), abs=1e-5)


def test_the_best_model_too(source, tmp_path):
    process = start(source, tmp_path / "run", "--model=best", "--epochs=1", "--processes=2")
    text, _ = process.communicate(timeout=300)
    assert process.returncode == 0, text + logs(tmp_path / "run")
    assert (tmp_path / "run" / "model.keras").exists()
    shards = json.loads((tmp_path / "run" / "shards-0.json").read_text())
    assert len(shards) == 12 and all(s["here"][0] * 2 == s["shape"][0] for s in shards.values())


# What needs no training


def settings(**changes):
    values = dict.fromkeys(("user", "book", "rating"), "x") | {
        "source": "somewhere",
        "model": "lesson",
        "epochs": 5,
        "batch_size": 0,
        "patience": 2,
        "seed": 1,
        "learning_rate": 0.0,
        "held_out": 0.05,
        "checkpoint_steps": 9,
    }
    return Settings(**(values | changes))


@pytest.mark.parametrize(
    ("errors", "ended", "best"),
    [
        ([], False, 0),
        ([0.9], False, 1),
        ([0.9, 0.8, 0.81], False, 2),
        ([0.9, 0.8, 0.81, 0.82], True, 2),
        ([0.9, 0.8, 0.7, 0.6, 0.5], True, 5),
    ],
)
def test_training_ends_early_when_the_held_out_error_gets_no_better(errors, ended, best):
    legs = [leg for e in errors for leg in ({"held_out_mse": None}, {"held_out_mse": e})]
    assert has_ended(legs, settings()) is ended and best_epoch(legs) == best


def test_other_settings_in_the_same_folder_are_refused(tmp_path):
    run = RunFolder(tmp_path)
    run.keep(settings())
    run.keep(settings())
    with pytest.raises(NeurecError, match="holds a run with epochs 5, not 6; seed 1, not 2"):
        run.keep(settings(epochs=6, seed=2))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(NeurecError, match="holds thesis.txt, but no run"):
        RunFolder(tmp_path).keep(settings())
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--processes=11"], "can't be shared by 11 processes"),
        (["--processes=2", "--batch-size=35"], "a batch of 35 can't be shared by 2"),
        (["--batch-size=840000"], "more than the"),
        (["--model=deeper"], "there is no model 'deeper'"),
        (["--process-id=1"], "needs --coordinator"),
        (["--user=reader"], "has no column 'reader'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(source, tmp_path, options, words):
    process = start(source, tmp_path / "run", *options)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    (line,) = [line for line in text.splitlines() if line.startswith("neurec: ")]
    assert words in line and "Traceback" not in text


def test_a_run_that_could_not_be_prepared_can_be_asked_for_otherwise(source, tmp_path):
    for user, words in (("reader", "has no column"), ("user_id", "held-out MSE")):
        process = start(source, tmp_path / "run", f"--user={user}", "--epochs=1")
        text, _ = process.communicate(timeout=120)
        assert words in text


def test_a_run_that_has_ended_is_not_begun_again(source, unbroken, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(unbroken[0], out)
    before = (out / "progress.jsonl").read_text()
    process = start(source, out, *OPTIONS)
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "Best epoch" in text
    assert (out / "progress.jsonl").read_text() == before
    other = start(
        source, out, *OPTIONS, "--processes=2", "--coordinator=127.0.0.1:9", "--process-id=1"
    )
    text, _ = other.communicate(timeout=60)
    assert other.returncode == 0 and "process 0 exports" in text


def test_without_the_extra_the_cure_is_named(monkeypatch):
    from neurec_helpers.scale import launching

    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NeurecError, match="make scale"):
        launching.require_packages()


@pytest.mark.parametrize("count", [1, 839, 840, 53_424])
def test_tables_have_a_row_for_each_id_and_can_be_shared_by_1_to_8(count):
    rows = networks.table_rows(count)
    assert rows > count and all(rows % processes == 0 for processes in range(1, 9))
