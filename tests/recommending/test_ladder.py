"""neurec ladder: the race of notebook 08 is found, summed up, kept, and belongs to its ratings."""

import json

import numpy as np
import pytest

import neurec_helpers as nr
from neurec_helpers import paths
from neurec_helpers.bench import ladder
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.ratings.shelf_json import read_shelf_json
from neurec_helpers.ratings.sources import shelf_file
from neurec_helpers.recommending import ladder as ladder_results

RACES = [
    {"mean": (0.97, None, 1), "network": (0.70, 5.0, 1000)},
    {"mean": (0.97, None, 1), "network": (0.74, 7.0, 1000)},
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data folder with nothing but what shelf.json says of the ratings in use."""
    facts = read_shelf_json(shelf_file())
    monkeypatch.delenv("NEUREC_DATASET", raising=False)
    monkeypatch.setattr(paths, "DATA", tmp_path)
    monkeypatch.setattr(
        "neurec_helpers.ratings.sources.shelf_file", lambda: tmp_path / "ratings.csv.gz"
    )
    (tmp_path / "shelf.json").write_text(json.dumps(facts))
    return tmp_path


def test_the_race_is_split_from_what_comes_before_it_without_the_checks():
    before, race = ladder.race_code(ladder.BASELINES)
    assert "def regularised()" in before and "recipes = {" in before
    assert "nr.check" not in before and "for name, make in recipes.items()" in race


def test_mean_and_spread_over_seeds_and_none_for_what_has_no_seed():
    mean, network = ladder.summarise(RACES)
    assert (mean["test MSE"], mean["spread"], mean["seconds"]) == (0.97, None, None)
    assert network["test MSE"] == 0.72 and network["seconds"] == 6.0
    assert network["spread"] == pytest.approx(np.std([0.70, 0.74], ddof=1), abs=1e-4)
    assert network["parameters"] == 1000


def test_what_was_kept_comes_back_with_the_best_last(folder):
    assert ladder_results.keep_ladder(ladder.summarise(RACES), [42, 1]) == folder / "ladder.json"
    table = nr.stored_ladder()
    assert table["model"].to_list() == ["mean", "network"]
    assert table["test MSE"].to_list() == [0.97, 0.72]
    assert np.isnan(table["spread"][0])


def test_a_ladder_of_other_ratings_is_not_shown(folder, monkeypatch):
    ladder_results.keep_ladder(ladder.summarise(RACES), [42, 1])
    facts = json.loads((folder / "shelf.json").read_text())
    facts["sha256"]["ratings.csv"] = "0" * 64
    (folder / "shelf.json").write_text(json.dumps(facts))
    assert nr.stored_ladder() is None
    monkeypatch.setenv("NEUREC_DATASET", "my.csv")
    assert nr.stored_ladder() is None
    assert ladder_results.keep_ladder(ladder.summarise(RACES), [42, 1]) is None


def test_a_damaged_file_is_named_with_the_cure(folder):
    (folder / "ladder.json").write_text("{")
    with pytest.raises(nr.NeurecError, match="ladder.json is damaged.*git checkout"):
        nr.stored_ladder()


def test_the_ladder_that_ships_was_measured_on_the_shelf_that_ships():
    table = nr.stored_ladder()
    code = "\n".join(cell.source for cell in notebook_files.read_notebook(ladder.BASELINES).cells)
    assert table is not None and len(table) == 12
    assert all(f'"{name}"' in code for name in table["model"])
