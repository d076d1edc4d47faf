"""The folder of a run: what is damaged is set aside, and what is before it is used."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("filelock", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.scale.integrity import digest_folder, digest_sample, seal, unseal
from neurec_helpers.scale.run_folder import RunFolder, Settings, best_epoch, has_ended

SETTINGS = Settings("somewhere", epochs=5)


@pytest.fixture
def run(tmp_path):
    """A run of two epochs, four intervals: the last two checkpoints, and the first epoch's best."""
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    run.keep(SETTINGS, [])
    for number, error in enumerate((None, 0.8, None, 0.9)):
        interval = {"epoch": number // 2 + 1, "end": number % 2 + 1, "held_out_error": error}
        for folder in [run.checkpoints, *([run.best] if number == 1 else [])]:
            path = folder / str(number)
            path.mkdir(parents=True)
            (path / "weights").write_bytes(bytes([number]) * 1_000)
            name = "best_digest" if folder == run.best else "checkpoint_digest"
            interval[name] = digest_folder(path)
        run.add_interval(interval)
    for number in (0, 1):
        shutil.rmtree(run.checkpoints / str(number))
    return run


def recover(run):
    intervals, lost = run.recover(SETTINGS)
    assert run.intervals() == intervals
    return len(intervals), lost


def flip(path, place=-1):
    content = bytearray(path.read_bytes())
    content[place] ^= 4
    path.write_bytes(content)


def test_what_is_intact_is_left_as_it_is(run):
    before = sorted(run.path.rglob("*"))
    assert recover(run) == (4, None) and sorted(run.path.rglob("*")) == before


def test_a_file_that_was_being_written_is_removed(run):
    (run.path / ".4711.model.keras").write_bytes(b"half a netw")
    before = sorted(run.path.rglob("*"))
    assert recover(run) == (4, None)
    assert [path.name for path in before if not path.exists()] == [".4711.model.keras"]


def test_hidden_files_of_the_readers_own_are_kept(run):
    (run.path / ".2020.notes").write_text("mine")
    (run.path / ".2020.model.keras").mkdir()
    before = sorted(run.path.rglob("*"))
    assert recover(run) == (4, None) and sorted(run.path.rglob("*")) == before


def test_a_folder_whose_name_is_a_digit_but_no_number_is_no_checkpoint(run):
    (run.checkpoints / "²").mkdir()
    assert recover(run) == (4, None)


def test_a_damaged_checkpoint_is_set_aside_and_the_one_before_it_used(run):
    flip(run.checkpoints / "3" / "weights")
    done, lost = recover(run)
    assert done == 3 and "a checkpoint is damaged or gone" in lost and "0-checkpoints-3" in lost
    assert (run.damaged / "0-checkpoints-3" / "weights").is_file()
    assert [path.name for path in run.checkpoints.iterdir()] == ["2"]
    assert recover(run) == (3, None)


@pytest.mark.parametrize("number", [2, 3])
def test_with_both_checkpoints_lost_it_begins_again_and_says_so(run, number):
    shutil.rmtree(run.checkpoints / str(number))
    flip(run.checkpoints / str(5 - number) / "weights")
    done, lost = recover(run)
    assert done == 0 and "damaged" in lost


@pytest.mark.parametrize("how", ["damaged", "removed"])
def test_without_the_best_network_it_begins_again_and_says_so(run, how):
    flip(run.best / "1" / "weights") if how == "damaged" else shutil.rmtree(run.best)
    done, lost = recover(run)
    assert done == 0 and "damaged or gone" in lost
    assert {"checkpoints-2", "checkpoints-3"} <= {p.name[2:] for p in run.damaged.iterdir()}


def test_a_file_in_the_place_of_its_best_network_is_set_aside(run):
    shutil.rmtree(run.best)
    run.best.write_text("mine")
    _, lost = run.recover(SETTINGS)
    assert not run.best.exists() and "a checkpoint is damaged or gone" in lost
    assert any(path.read_text() == "mine" for path in run.damaged.glob("*-best"))


def test_an_ended_run_needs_its_best_network_only(run):
    shutil.rmtree(run.checkpoints)
    intervals = run.intact_intervals(Settings("somewhere", epochs=2))
    assert len(intervals) == 4


@pytest.mark.parametrize("name", ["progress.jsonl", ".progress-copy.jsonl"])
@pytest.mark.parametrize("how", ["removed", "torn", "flipped", "empty"])
def test_one_of_the_two_records_of_progress_is_enough(run, name, how):
    path = run.path / name
    if how == "removed":
        path.unlink()
    elif how == "flipped":
        flip(path, place=20)
    else:
        path.write_bytes(path.read_bytes()[: 0 if how == "empty" else 300])
    assert recover(run) == (4, None)
    assert path.read_text() == (run.path / "progress.jsonl").read_text()


def test_without_any_record_of_progress_it_begins_again_and_says_so(run):
    for name in ("progress.jsonl", ".progress-copy.jsonl"):
        (run.path / name).unlink()
    done, lost = recover(run)
    assert done == 0 and "progress.jsonl is damaged, gone or another" in lost
    assert not list(run.checkpoints.iterdir())


def test_what_was_cut_off_is_cleared_away(run):
    for path in (run.checkpoints / "4", run.best / "4", run.checkpoints / "5.orbax-tmp"):
        path.mkdir()
    for name in ("progress.jsonl", ".progress-copy.jsonl"):
        with open(run.path / name, "a") as file:
            file.write('{"epoch": 3, "e')
    assert recover(run) == (4, None) and not run.damaged.exists()
    assert sorted(path.name for path in run.checkpoints.iterdir()) == ["2", "3"]


@pytest.mark.parametrize("how", ["flipped", "a folder"])
def test_settings_that_are_damaged_are_said_to_be(run, how):
    settings = run.path / "run.json"
    if how == "flipped":
        flip(settings, place=30)
    else:
        settings.unlink()
        settings.mkdir()
    with pytest.raises(NeurecError, match=r"run\.json is damaged"):
        run.settings()


def test_settings_that_may_not_be_read_are_not_called_damaged(run, monkeypatch):
    def closed(path, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_text", closed)
    with pytest.raises(NeurecError, match=r"run\.json can't be read: Permission denied\."):
        run.settings()


def test_links_in_a_circle_are_no_folder(tmp_path):
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    run = RunFolder(tmp_path / "one" / "run")
    with pytest.raises(NeurecError, match=r"run\.json can't be read"):
        run.settings()


def test_settings_written_otherwise_are_those_of_the_same_run(run):
    path = run.path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=1))
    assert len(run.intervals()) == 4


def test_what_another_run_has_made_counts_as_none(run, tmp_path):
    other = RunFolder(tmp_path / "other")
    other.path.mkdir()
    other.keep(replace(SETTINGS, seed=7), [])
    run.model.write_bytes(b"network")
    run.note_export()
    for path in run.path.iterdir():
        if path.name != "run.json":
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, other.path / path.name)
    assert run.is_exported() and not other.is_exported()
    assert len(run.intervals()) == 4 and not other.intervals()
    number, lost = recover(other)
    assert number == 0 and "progress.jsonl is damaged, gone or another" in lost


def test_a_network_that_is_not_as_it_was_written_counts_as_none(run):
    run.model.write_bytes(b"network")
    assert not run.is_exported()
    run.note_export()
    assert run.is_exported()
    flip(run.model)
    assert not run.is_exported()


def test_a_line_is_as_it_was_written_or_no_line():
    line = seal({"name": "Zoë", "value": 0.1})
    assert unseal(line) == {"name": "Zoë", "value": 0.1}
    for text in (line[:-1], line.replace("0.1", "0.2"), json.dumps({"value": 0.1}), "[1]", "null"):
        with pytest.raises(ValueError):
            unseal(text)


@pytest.mark.parametrize("size", [0, 1, 65_536, 5_000_000, 20_000_001])
def test_a_sample_covers_the_ends_of_a_file(tmp_path, size):
    path = tmp_path / "file"
    path.write_bytes(bytes(size))
    before = digest_sample(path)
    for place in {0, size - 1} if size else ():
        path.write_bytes(bytes(size))
        flip(path, place=place)
        assert digest_sample(path) != before


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
    intervals = [each for e in errors for each in ({"held_out_error": None}, {"held_out_error": e})]
    assert has_ended(intervals, SETTINGS) is ended and best_epoch(intervals) == best


def test_other_settings_in_the_same_folder_are_refused(run):
    run.require_same(SETTINGS)
    with pytest.raises(NeurecError, match="holds a run with epochs 5, not 6; seed 42, not 2"):
        run.require_same(Settings("somewhere", epochs=6, seed=2))


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    run = RunFolder(tmp_path)
    with pytest.raises(NeurecError, match="holds thesis.txt, but no run"), run.locked(0):
        run.keep(SETTINGS, [])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
