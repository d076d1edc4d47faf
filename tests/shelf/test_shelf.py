"""The Shelf: what ships is what is generated, counts like the real file, and its truth is true."""

import gzip
import hashlib
import json
import re

import numpy as np
import pandas as pd
import pytest

import neurec_helpers as nr
from neurec_helpers import paths
from neurec_helpers.bench.reference import REAL, Split, simple
from neurec_helpers.classroom import handout
from neurec_helpers.errors import NeurecError
from neurec_helpers.shelf import make_shelf, opinion, save_shelf
from neurec_helpers.shelf.saving import csv_bytes
from neurec_helpers.shelf.titles import read_words

QUANTILES = [0, 0.25, 0.5, 0.75, 0.95, 0.99, 1]


@pytest.fixture(scope="module")
def small():
    return make_shelf(seed=7, n_users=200, n_books=60, n_ratings=4_000)


def repeats(ratings):
    pairs = ratings.groupby(["user_id", "book_id"])["rating"].agg(["size", "nunique"])
    return pairs[pairs["size"] > 1]


# What ships


def test_the_committed_files_are_what_the_generator_makes(shelf):
    facts = json.loads((paths.DATA / "shelf.json").read_text())
    ratings, books = csv_bytes(shelf.ratings), csv_bytes(shelf.books)
    assert gzip.decompress((paths.DATA / "ratings.csv.gz").read_bytes()) == ratings
    assert (paths.DATA / "books.csv").read_bytes() == books
    assert facts == {
        "synthetic": True,
        "seed": 42,
        "n_users": 53_424,
        "n_books": 10_000,
        "n_ratings": 981_756,
        "noise_floor": round(shelf.noise_floor, 6),
        "sha256": {
            "ratings.csv": hashlib.sha256(ratings).hexdigest(),
            "books.csv": hashlib.sha256(books).hexdigest(),
        },
    }
    assert (paths.DATA / "ratings.csv.gz").stat().st_size < 5_000_000


def test_the_data_card_says_first_that_the_data_is_synthetic():
    first = (paths.DATA / "README.md").read_text(encoding="utf-8").splitlines()[0]
    assert "synthetic" in first.lower()


# Counts, as in the lesson's file


def test_rows_ids_and_order(shelf):
    ratings = shelf.ratings
    assert list(ratings.columns) == ["book_id", "user_id", "rating"]
    assert set(map(str, ratings.dtypes)) == {"int64"}
    assert len(ratings) == 981_756
    assert sorted(ratings["user_id"].unique()) == list(range(1, 53_425))
    assert sorted(ratings["book_id"].unique()) == list(range(1, 10_001))
    assert ratings.equals(ratings.sort_values(["book_id", "user_id"], kind="stable"))


def test_the_histogram_is_exactly_the_real_one(shelf):
    counts = shelf.ratings["rating"].value_counts().sort_index()
    assert counts.to_dict() == {1: 19_575, 2: 63_231, 3: 248_623, 4: 357_366, 5: 292_961}


def test_activity_has_the_real_quantiles(shelf):
    users = shelf.ratings["user_id"].value_counts()
    books = shelf.ratings["book_id"].value_counts()
    assert users.quantile(QUANTILES).tolist() == [2, 3, 8, 22, 71, 134, 200]
    assert books.quantile(QUANTILES).tolist() == [8, 99, 100, 100, 100, 100, 100]
    assert (users == 2).sum() == 8_302
    assert (books == 100).sum() == 7_456
    assert (round(users.mean(), 2), round(books.mean(), 2)) == (18.38, 98.18)


def test_repeated_pairs_are_as_many_as_in_the_real_file(shelf):
    pairs = repeats(shelf.ratings)
    assert len(pairs) == 2_209
    assert (pairs["size"] - 1).sum() == 2_278
    assert (pairs["nunique"] > 1).sum() == 633
    assert pairs["size"].max() == 5


# Truth


def test_the_truth_errs_by_the_noise_floor(shelf, card):
    errors = (shelf.ratings["rating"] - shelf.expected) ** 2
    # The mean of 981,756 squared errors is known to about 0.0006.
    assert errors.mean() == pytest.approx(shelf.noise_floor, abs=0.002)
    assert 0.3 < shelf.noise_floor < min(made for _, made in card["errors"].values())


def test_the_truth_is_calibrated(shelf):
    """Of the ratings whose truth is 3.5 stars, the mean is 3.5 stars, and so at every level."""
    level = pd.qcut(shelf.expected, 20, labels=False)
    means = pd.DataFrame({"truth": shelf.expected, "stars": shelf.ratings["rating"]})
    means = means.groupby(level).mean()
    assert (means["truth"] - means["stars"]).abs().max() < 0.02


def test_any_wrong_truth_errs_more(shelf):
    rng = np.random.default_rng(0)
    shaken = shelf.expected + 0.1 * rng.standard_normal(len(shelf.expected))
    worse = np.mean((shelf.ratings["rating"] - shaken) ** 2)
    assert worse == pytest.approx(shelf.noise_floor + 0.01, abs=0.002)


def test_mean_and_variance_of_stars_agree_with_a_simulation():
    rng = np.random.default_rng(0)
    cuts = np.array([-2.0, -1.3, -0.4, 0.6])
    feeling, noise = np.array([-1.5, 0.0, 0.5, 2.0]), np.array([0.3, 0.7, 1.2, 0.5])
    felt = feeling + noise * rng.standard_normal((400_000, 4))
    stars = np.searchsorted(cuts, felt) + 1
    mean, variance = opinion.expected_stars(feeling, noise, cuts)
    assert np.abs(mean - stars.mean(axis=0)).max() < 0.006
    assert np.abs(variance - stars.var(axis=0)).max() < 0.006


def test_expect_knows_rated_and_unrated_pairs(small):
    ratings = small.ratings
    again = small.expect(ratings["user_id"], ratings["book_id"])
    assert np.allclose(again, small.expected)
    everything = small.expect(np.arange(1, 201)[:, None], np.arange(1, 61))
    assert everything.shape == (200, 60)
    assert 1 <= everything.min() and everything.max() <= 5
    assert isinstance(float(small.expect(1, 1)), float)


@pytest.mark.parametrize("pair", [(0, 1), (1, 61), (201, 1), (1, 0)])
def test_expect_refuses_ids_that_the_shelf_does_not_have(small, pair):
    with pytest.raises(NeurecError, match="This shelf has (user_id 1 to 200|book_id 1 to 60)"):
        small.expect(*pair)


def test_readers_read_the_genres_they_like(shelf):
    """Readers of warm tastes read more romance, and so for each trait and its foremost genre."""
    genre = shelf.truth_books.genre[shelf.ratings["book_id"] - 1]
    readers = shelf.ratings["user_id"].to_numpy() - 1
    for trait, name in enumerate(("Fantasy", "Mystery", "Romance", "Humour")):
        mine = genre == shelf.genres.index(name)
        share = np.bincount(readers, mine) / np.bincount(readers)
        liking = shelf.truth_readers.tastes[:, trait]
        assert np.corrcoef(liking, share)[0, 1] > 0.1, name


def test_the_truth_and_the_books_file_name_the_same_genres(shelf):
    named = np.array(shelf.genres)[shelf.truth_books.genre]
    assert (shelf.books["genre"] == named).all()
    assert shelf.books["genre"].value_counts().min() > 300


# Other seeds and sizes


def test_the_same_seed_makes_the_same_shelf_and_another_one_does_not(small):
    again = make_shelf(seed=7, n_users=200, n_books=60, n_ratings=4_000)
    other = make_shelf(seed=8, n_users=200, n_books=60, n_ratings=4_000)
    assert again.ratings.equals(small.ratings) and again.books.equals(small.books)
    assert again.noise_floor == small.noise_floor
    assert not other.ratings.equals(small.ratings)
    assert not set(other.books["title"]) >= set(small.books["title"])


@pytest.mark.parametrize(
    "n_users, n_books, n_ratings",
    [
        (200, 60, 4_000),
        (50, 20, 150),
        (50, 20, 350),
        (1_000, 20, 7_000),
        (1_000, 20, 5_000),
        (100, 5_000, 40_000),
        (1_000, 300, 90_000),
        (20_000, 4_000, 360_000),
    ],
)
def test_other_sizes_have_the_same_shape(n_users, n_books, n_ratings):
    shelf = make_shelf(seed=3, n_users=n_users, n_books=n_books, n_ratings=n_ratings)
    ratings = shelf.ratings
    assert len(ratings) == n_ratings
    assert sorted(ratings["user_id"].unique()) == list(range(1, n_users + 1))
    assert sorted(ratings["book_id"].unique()) == list(range(1, n_books + 1))
    share = ratings["rating"].value_counts(normalize=True).sort_index()
    assert np.allclose(share, opinion.HISTOGRAM / opinion.HISTOGRAM.sum(), atol=1 / n_ratings)
    assert ratings["user_id"].value_counts().min() >= 2
    assert (repeats(ratings)["size"] - 1).sum() <= 0.004 * n_ratings
    errors = (ratings["rating"] - shelf.expected) ** 2
    spread = errors.std() / np.sqrt(n_ratings)
    assert abs(errors.mean() - shelf.noise_floor) < 5 * spread + 0.002
    assert shelf.books["title"].is_unique


def test_a_hidden_shelf_is_as_hard():
    shelf = make_shelf(seed=2_024, n_users=20_000, n_books=4_000, n_ratings=367_528)
    for name, mse in simple(Split(shelf.ratings)):
        assert abs(mse - REAL[name]) < 0.04, name
    pairs = repeats(shelf.ratings)
    assert len(pairs) == pytest.approx(827, abs=3)
    assert (pairs["nunique"] > 1).sum() == pytest.approx(237, abs=2)


@pytest.mark.parametrize(
    "sizes, says",
    [
        ({"n_users": 49}, "n_users=49: give a whole number of at least 50"),
        ({"n_books": 0}, "n_books=0: give a whole number of at least 20"),
        ({"n_books": 60.0}, "n_books=60.0"),
        ({"n_users": True}, "n_users=True"),
        ({"n_users": "many"}, "n_users='many'"),
        ({"n_ratings": 599}, "n_ratings=599 .* from 600 .* to 4,200"),
        ({"n_ratings": 4_201}, "n_ratings=4,201 .* from 600 .* to 4,200"),
        ({"n_ratings": None}, "n_ratings=None"),
        ({"n_ratings": -1}, "n_ratings=-1"),
        ({"n_users": 10**6, "n_books": 20, "n_ratings": 10**7}, "from 3,000,000 .* to 7,000,000"),
        ({"seed": -1}, "seed=-1: give a whole number from 0 up"),
        ({"seed": 4.2}, "seed=4.2"),
        ({"seed": None}, "seed=None"),
    ],
)
def test_sizes_that_no_shelf_can_have(sizes, says):
    given = {"n_users": 200, "n_books": 60, "n_ratings": 4_000} | sizes
    with pytest.raises(NeurecError, match=says):
        make_shelf(**given)


# Books


def test_titles_are_distinct_and_tidy(shelf):
    books = shelf.books
    assert list(books.columns) == ["book_id", "title", "author", "genre", "year"]
    assert books["title"].is_unique
    assert books["book_id"].tolist() == list(range(1, 10_001))
    text = " ".join(books["title"]) + " ".join(books["author"])
    assert text.isascii()
    assert not re.search(r"[{}_]|  |\bA [AEIO][a-z]", text)
    assert books["title"].str.len().max() < 110
    assert books["year"].between(1900, 2024).all()
    # The words before the series are distinct too: no book is told from another by a number.
    bare = books["title"].str.replace(r" \(.*\)$", "", regex=True)
    assert bare.is_unique


def test_authors_write_several_books_mostly_in_one_genre(shelf):
    by_author = shelf.books.groupby("author")["genre"].agg(["size", "nunique"])
    assert (by_author["size"] > 1).mean() > 0.5
    assert (by_author["nunique"] == 1).mean() > 0.99


def test_every_genre_has_words():
    genres = read_words()["genres"]
    assert set(opinion.GENRES) == set(genres)
    assert len(opinion.APPEAL) == len(opinion.GENRES)
    for genre, known in genres.items():
        assert len(known["titles"]) >= 20 and known["series"], genre
        assert 1900 < known["years"][0] < known["years"][1], genre
        for name, choices in known["words"].items():
            assert len(set(choices)) == len(choices) and "" not in choices, (genre, name)


def test_the_words_go_wherever_the_code_goes():
    assert ".toml" in handout.ENDINGS


# Files


def test_saved_files_are_the_same_to_the_byte_each_time(small, tmp_path):
    save_shelf(small, tmp_path / "one")
    save_shelf(small, tmp_path / "two" / "deep")
    for name in ("ratings.csv.gz", "books.csv", "shelf.json"):
        one, two = tmp_path / "one" / name, tmp_path / "two" / "deep" / name
        assert one.read_bytes() == two.read_bytes()
    assert sorted(p.name for p in (tmp_path / "one").iterdir()) == [
        "books.csv",
        "ratings.csv.gz",
        "shelf.json",
    ]


def test_saved_ratings_load_again(small, tmp_path):
    from neurec_helpers.ratings.loading import load_books, load_ratings, noise_floor

    save_shelf(small, tmp_path)
    file = tmp_path / "ratings.csv.gz"
    assert load_ratings(file)[["book_id", "user_id", "rating"]].equals(small.ratings)
    assert load_books(file)["title"].tolist() == small.books["title"].tolist()
    assert noise_floor(file) == pytest.approx(small.noise_floor, abs=1e-6)


def test_a_failed_save_leaves_the_old_files_and_nothing_else(small, tmp_path, monkeypatch):
    save_shelf(small, tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def no_room(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neurec_helpers.files.os.replace", no_room)
    other = make_shelf(seed=8, n_users=200, n_books=60, n_ratings=4_000)
    with pytest.raises(OSError, match="No space left"):
        save_shelf(other, tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_shelf_describes_itself(small):
    assert re.fullmatch(
        r"Shelf\(4,000 ratings, 200 users, 60 books, seed 7, noise floor 0\.\d{4}\)", repr(small)
    )


def test_the_truth_behind_a_made_file_is_found_again(tmp_path):
    made = nr.make_shelf(seed=7, n_users=600, n_books=80, n_ratings=9_000)
    nr.save_shelf(made, tmp_path)
    truth = nr.load_truth(tmp_path / "ratings.csv.gz")
    users, books = np.arange(1, 601), np.resize(np.arange(1, 81), 600)
    assert np.array_equal(truth.expect(users, books), made.expect(users, books))


def test_no_truth_is_claimed_of_other_ratings(tmp_path):
    pd.DataFrame({"user_id": [1, 2], "book_id": [1, 1], "rating": [3, 4]}).to_csv(
        tmp_path / "mine.csv", index=False
    )
    assert nr.load_truth(tmp_path / "mine.csv") is None
