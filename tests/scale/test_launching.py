"""How a run begins and goes on, up to its training: what it refuses, and data that have changed."""

import os
import shutil
import sys
from dataclasses import replace

import pandas as pd
import pytest

pytest.importorskip("jax", reason="the extra scale is not installed: make scale")
pytest.importorskip("orbax", reason="the extra scale is not installed: make scale")
pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.scale import launching, networks, preparing
from neurec_helpers.scale.launching import Launch, launch
from neurec_helpers.scale.run_folder import RunFolder, Settings
from tests.helpers.made_ratings import made
from tests.helpers.scale_faults import LIMIT, start


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    path = tmp_path_factory.mktemp("source") / "ratings.parquet"
    made(60_000).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--processes=11"], "can't be shared by 11 processes"),
        (["--processes=2", "--batch-size=35"], "a batch of 35 can't be shared by 2"),
        (["--batch-size=840000"], "more than the"),
        (["--model=deeper"], "there is no model 'deeper'"),
        (["--process-id=1"], "needs --coordinator"),
        (["--processes=2", "--coordinator=host0"], "such as host0:9876"),
        (["--user=reader"], "has no column 'reader'"),
        (["--scale", "1", "4"], "5 is outside the scale; ratings from 1 to 4 are accepted"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(source, tmp_path, options, words):
    process = start(source, tmp_path / "run", *options)
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    (line,) = [line for line in text.splitlines() if line.startswith("neurec: ")]
    assert words in line and "Traceback" not in text


def test_an_address_is_no_source(tmp_path):
    process = start("https://example.org/ratings.csv", tmp_path / "run")
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "ratings.csv is an address. Download the file" in text


def test_no_name_is_no_source(tmp_path):
    process = start("", tmp_path / "run")
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "the source is empty, as where a variable" in text


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such name")
def test_no_run_is_kept_in_a_folder_whose_name_is_in_another_encoding(source, tmp_path):
    run = RunFolder(tmp_path / os.fsdecode(b"B\xfccher"))
    with pytest.raises(NeurecError, match="this name is not in UTF-8"):
        launch(run, Settings(str(source)))
    assert not run.path.exists()


def test_a_source_of_links_in_a_circle_is_said(tmp_path):
    (tmp_path / "one.csv").symlink_to(tmp_path / "two.csv")
    (tmp_path / "two.csv").symlink_to(tmp_path / "one.csv")
    process = start(tmp_path / "one.csv", tmp_path / "run")
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "one.csv is not a file: a link to nothing" in text


@pytest.fixture
def untrained(monkeypatch):
    """All of `launch` but the processes that train and export."""
    monkeypatch.setattr("neurec_helpers.scale.launching._run", lambda *_: None)


def messages_of(run, settings, how=Launch()):  # noqa: B008 - it is frozen
    messages = []
    launch(run, settings, how, messages.append)
    return " ".join(message["stage"] for message in messages)


def test_a_run_that_could_not_be_prepared_can_be_asked_for_otherwise(source, tmp_path, untrained):
    run = RunFolder(tmp_path / "run")
    with pytest.raises(NeurecError, match="outside the scale"):
        launch(run, Settings(str(source), scale=(1, 4)))
    assert not run.path.exists()
    launch(run, Settings(str(source)))
    assert preparing.find_damage(run.data, run.identity()) is None


def test_a_source_that_is_none_leaves_no_folder(tmp_path):
    process = start(tmp_path / "nope", tmp_path / "new" / "run")
    text, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == 1 and "names no file" in text
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_said_to_be_one(source, tmp_path):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(NeurecError, match=r"can't be a folder, for a file of that name"):
        launch(RunFolder(tmp_path / "run"), Settings(str(source)))
    assert (tmp_path / "run").read_text() == "mine"


def test_an_apostrophe_in_the_folders_name(source, tmp_path, untrained):
    run = RunFolder(tmp_path / "it's" / "Zoë's run")
    launch(run, Settings(str(source)))
    assert preparing.find_damage(run.data, run.identity()) is None


@pytest.mark.parametrize("name", ["br[x]", "br[x]/run"])
def test_square_brackets_in_the_path_are_refused_before_anything_is_made(source, tmp_path, name):
    with pytest.raises(NeurecError, match="square brackets stand in its path. Give another --out"):
        launch(RunFolder(tmp_path / name), Settings(str(source)))
    assert not list(tmp_path.iterdir())


def test_the_folder_may_lie_within_that_of_the_source(tmp_path, untrained):
    made(9_000).to_parquet(tmp_path / "ratings.parquet")
    for _ in range(2):
        launch(RunFolder(tmp_path / "run"), Settings(str(tmp_path)))
    assert preparing.read_metadata(tmp_path / "run" / "data").n_users == 900


def test_a_file_that_is_there_twice_is_said_to_be(tmp_path, untrained):
    for name in ("ratings.parquet", "ratings (1).parquet"):
        made(9_000).to_parquet(tmp_path / name)
    said = messages_of(RunFolder(tmp_path / "run"), Settings(str(tmp_path)))
    assert "ratings.parquet holds the same as" in said
    assert "ratings (1).parquet; both are read." in said
    (tmp_path / "ratings (1).parquet").unlink()
    assert "the same" not in messages_of(RunFolder(tmp_path / "one"), Settings(str(tmp_path)))


@pytest.fixture
def own(tmp_path, untrained):
    """A run that has its data, and its source: a folder of two files."""
    folder = tmp_path / "ratings"
    folder.mkdir()
    for number in range(2):
        made(9_000, seed=number).to_parquet(folder / f"{number}.parquet")
    run = RunFolder(tmp_path / "run")
    settings = Settings(str(folder))
    launch(run, settings)
    return run, settings, folder


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("shortened", r"1\.parquet has changed since the run began: it had [\d,]+ bytes, and has"),
        ("flipped", r"1\.parquet has changed since the run began: its content is another"),
        ("added", r"2\.parquet was not there when the run began"),
    ],
)
def test_a_source_that_has_changed_is_noticed(own, how, words):
    run, settings, folder = own
    path = folder / "1.parquet"
    if how == "shortened":
        made(8_000, seed=1).to_parquet(path)
    elif how == "added":
        shutil.copy(path, folder / "2.parquet")
    else:
        stamp, content = path.stat(), bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    with pytest.raises(NeurecError, match=words):
        launch(run, settings)


def test_a_source_written_again_as_it_was_is_the_same(own):
    run, settings, folder = own
    (folder / "0.parquet").touch()
    assert "parquet" not in messages_of(run, settings)


def test_a_source_that_is_gone_is_said_to_be_and_the_runs_own_copy_serves(own):
    run, settings, folder = own
    shutil.rmtree(folder)
    assert "0.parquet is gone; this run has its own copy" in messages_of(run, settings)
    (run.data / preparing.TRAIN).write_bytes(b"damaged")
    with pytest.raises(NeurecError, match=r"train\.parquet is damaged or gone, and .* is gone"):
        launch(run, settings)


@pytest.mark.parametrize("name", [preparing.TRAIN, preparing.USERS, preparing.METADATA])
def test_damaged_data_are_prepared_again(own, name):
    run, settings, _ = own
    before = (run.data / name).read_bytes()
    (run.data / name).write_bytes(before[:-9])
    assert f"{name} was damaged, gone or another run's: preparing" in messages_of(run, settings)
    assert preparing.find_damage(run.data, run.identity()) is None
    assert pd.read_parquet(run.data / preparing.TRAIN).rating.between(0.5, 5).all()


def test_data_of_another_run_are_prepared_again(own, tmp_path, untrained):
    run, settings, _ = own
    other = RunFolder(tmp_path / "other")
    launch(other, replace(settings, seed=7))
    shutil.rmtree(run.data)
    shutil.copytree(other.data, run.data)
    assert "metadata.json was damaged, gone or another run's: preparing" in messages_of(
        run, settings
    )
    assert preparing.find_damage(run.data, run.identity()) is None


def test_without_the_extra_the_cure_is_named(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(NeurecError, match="make scale"):
        launching.require_packages()


@pytest.mark.parametrize("count", [1, 839, 840, 53_424])
def test_tables_have_a_row_for_each_id_and_can_be_shared_by_1_to_8(count):
    rows = networks.table_rows(count)
    assert rows > count and all(rows % processes == 0 for processes in range(1, 9))
