"""Ratings of any form made ready for training: numbered, dealt, nothing lost, bad ones named."""

import os

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("duckdb", reason="the extra scale is not installed: make scale")

from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.checking import Form
from neurec_helpers.scale import preparing, sources, streaming
from tests.helpers.made_ratings import made


def prepare(source, folder, **options):
    return preparing.prepare(source, folder, **options)


def read(folder):
    """All rows of a prepared folder under their old ids, and which are held out."""
    parts = {name: pd.read_parquet(folder / name) for name in (preparing.TRAIN, preparing.HELD_OUT)}
    rows = pd.concat(
        [part.assign(held_out=name == preparing.HELD_OUT) for name, part in parts.items()]
    )
    for what, file in (("user", preparing.USERS), ("book", preparing.BOOKS)):
        ids = pd.read_parquet(folder / file).set_index("row").id
        rows[f"{what}_id"] = rows[what].map(ids)
    return rows


@pytest.fixture
def source(tmp_path):
    """A folder of three Parquet files."""
    folder = tmp_path / "ratings"
    folder.mkdir()
    for number, part in enumerate(np.array_split(np.arange(30_000), 3)):
        made().iloc[part].to_parquet(folder / f"part-{number}.parquet")
    return folder


def in_order(table):
    columns = ["user_id", "book_id", "rating"]
    return table[columns].sort_values(columns).reset_index(drop=True)


def test_no_row_is_lost_and_ids_come_back(source, tmp_path):
    metadata = prepare(source, tmp_path / "data")
    rows = read(tmp_path / "data")
    pd.testing.assert_frame_equal(in_order(rows), in_order(made()), check_dtype=False)
    assert (metadata.n_users, metadata.n_books) == (made().user_id.nunique(), 150)
    assert sorted(rows.user.unique()) == list(range(1, metadata.n_users + 1))
    assert metadata == preparing.read_metadata(tmp_path / "data")
    assert metadata.mean_rating == pytest.approx(rows[~rows.held_out].rating.mean())


def test_numbers_follow_the_order_of_the_ids(source, tmp_path):
    prepare(source, tmp_path / "data")
    for file in (preparing.USERS, preparing.BOOKS):
        table = pd.read_parquet(tmp_path / "data" / file)
        assert table.id.is_monotonic_increasing and table.row.to_list() == list(
            range(1, len(table) + 1)
        )


def test_a_pair_is_held_out_as_a_whole_and_the_share_is_kept(source, tmp_path):
    prepare(source, tmp_path / "data", held_out=0.2)
    rows = read(tmp_path / "data")
    assert (rows.groupby(["user", "book"]).held_out.nunique() == 1).all()
    assert 0.18 < rows.held_out.mean() < 0.22


def test_rows_are_dealt_in_another_order_than_they_came(tmp_path):
    table = made().sort_values("book_id")
    table.to_csv(tmp_path / "sorted.csv", index=False)
    prepare(tmp_path / "sorted.csv", tmp_path / "data")
    books = pd.read_parquet(tmp_path / "data" / preparing.TRAIN).book.to_numpy(dtype=float)
    assert abs(np.corrcoef(books, np.arange(len(books)))[0, 1]) < 0.03


@pytest.mark.parametrize("form", ["file.parquet", "file.csv", "file.csv.gz", "pattern"])
def test_the_form_of_the_source_makes_no_difference(source, tmp_path, form):
    table = made()
    if form == "pattern":
        path = f"{source}/part-*.parquet"
    else:
        path = tmp_path / form
        table.to_parquet(path) if form.endswith("parquet") else table.to_csv(path, index=False)
    assert prepare(path, tmp_path / "one") == prepare(source, tmp_path / "two")
    one, two = (pd.read_parquet(tmp_path / name / preparing.TRAIN) for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two)


def test_ids_from_1_without_gaps_keep_theirs(tmp_path):
    table = made().assign(user_id=np.arange(30_000) % 500 + 1, book_id=np.arange(30_000) % 77 + 1)
    table.to_parquet(tmp_path / "plain.parquet")
    prepare(tmp_path / "plain.parquet", tmp_path / "data")
    rows = read(tmp_path / "data")
    assert (rows.user == rows.user_id).all() and (rows.book == rows.book_id).all()


def test_columns_of_other_names(source, tmp_path):
    table = made().rename(columns={"user_id": 'the "reader"', "book_id": "item", "rating": "stars"})
    table.to_parquet(tmp_path / "named.parquet")
    form = Form(book="item", user='the "reader"', rating="stars")
    metadata = prepare(tmp_path / "named.parquet", tmp_path / "data", form=form)
    assert metadata == prepare(source, tmp_path / "other")


def test_a_file_that_was_cut_off_is_named(source, tmp_path):
    path = source / "part-1.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(NeurecError, match=r"part-1\.parquet is damaged or cut short"):
        prepare(source, tmp_path / "data")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ratings"]


def test_a_file_that_is_damaged_inside_is_named(source, tmp_path):
    path = source / "part-2.parquet"
    content = bytearray(path.read_bytes())
    content[40:4_000] = b"\xff" * 3_960
    path.write_bytes(content)
    with pytest.raises(NeurecError, match=r"part-2\.parquet is damaged or cut short"):
        prepare(source, tmp_path / "data")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ratings"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_that_is_removed_while_it_is_read_is_not_called_damaged(tmp_path, form):
    source = tmp_path / f"ratings.{form}"
    made().to_csv(source, index=False) if form == "csv" else made().to_parquet(source)

    def remove(_):
        source.unlink(missing_ok=True)

    with pytest.raises(NeurecError, match="was removed while it was read"):
        prepare(source, tmp_path / "data", report=remove)
    assert not list(tmp_path.iterdir())


def test_what_only_duckdb_stumbles_over_is_said_with_the_source(source, tmp_path, monkeypatch):
    import duckdb

    def stumble(*_):
        raise duckdb.Error("Invalid data\nin a page")

    monkeypatch.setattr(preparing, "_prepare", stumble)
    with pytest.raises(NeurecError) as refused:
        prepare(source, tmp_path / "data")
    assert str(refused.value) == (
        f"the ratings of {source} can't be prepared: Invalid data. Nothing was made. "
        "If a file is damaged, copy or download it again."
    )


def test_what_a_killed_preparation_left_is_cleared_away(source, tmp_path):
    left = tmp_path / ".data-unfinished"
    left.mkdir()
    (left / preparing.TRAIN).write_text("cut off")
    prepare(source, tmp_path / "data")
    assert len(read(tmp_path / "data")) == 30_000
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "ratings"]


def test_sources_that_are_none_are_refused(source, tmp_path):
    with pytest.raises(NeurecError, match="names no file"):
        prepare(tmp_path / "nothing", tmp_path / "data")
    with pytest.raises(NeurecError, match="File name too long"):
        prepare(tmp_path / ("x" * 300), tmp_path / "data")
    with pytest.raises(NeurecError, match="has no column 'stars'; its header names 'user_id'"):
        prepare(source, tmp_path / "data", form=Form(rating="stars"))
    made(rows=10).to_csv(source / "more.csv")
    with pytest.raises(NeurecError, match="both Parquet and CSV"):
        prepare(source, tmp_path / "data")
    made(rows=3).iloc[:1].to_csv(tmp_path / "one.csv", index=False)
    with pytest.raises(NeurecError, match="both need some"):
        prepare(tmp_path / "one.csv", tmp_path / "data")


@pytest.mark.parametrize("name", sorted(("train.parquet", "users.parquet", "metadata.json")))
def test_what_is_no_longer_as_it_was_written_is_found(source, tmp_path, name):
    prepare(source, tmp_path / "data")
    assert preparing.find_damage(tmp_path / "data") is None
    path = tmp_path / "data" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert preparing.find_damage(tmp_path / "data") == name
    path.unlink()
    assert preparing.find_damage(tmp_path / "data") == name


# What was stored is what was given

WHOLE = [str(number) for number in range(1, 400)]
PLAIN = pd.DataFrame(
    {
        "user_id": WHOLE * 5,
        "book_id": [str(k % 40 + 1) for k in range(1995)],
        "rating": [str(k % 5 + 1) for k in range(1995)],
    }
)
LATE = PLAIN.assign(rating=[*PLAIN.rating[:1900], *["4.5", "0.5", "3.7", "2.25", "1e0"] * 19])
TEXT = {
    "zeros": [*PLAIN.user_id[:-2], "0007", "007"],
    "decimals": [*PLAIN.user_id[:-3], "17.4", "17.0", "1.0"],
    "words": [*PLAIN.user_id[:-3], "Zoë", 'the "reader", she', " 7"],
    "huge": [*PLAIN.user_id[:-2], "9223372036854775808", "18446744073709551616"],
    "signs": [*PLAIN.user_id[:-3], "-4", "+4", "-0"],
}
CASES = {"plain": PLAIN, "late half stars": LATE} | {
    name: PLAIN.assign(user_id=ids) for name, ids in TEXT.items()
}


def stored(folder):
    rows = read(folder)
    return sorted(zip(rows.user_id, rows.book_id, rows.rating, strict=True), key=str)


def given(*tables):
    rows = pd.concat(tables)
    return sorted(zip(rows.user_id, rows.book_id, rows.rating, strict=True), key=str)


def as_text(rows):
    return sorted(((str(user), str(book), rating) for user, book, rating in rows), key=str)


def with_numbers(table):
    return table.assign(rating=table.rating.astype(float))


@pytest.mark.parametrize("form", ["one.csv", "one.csv.gz", "a folder", "crlf.csv", "mixed.csv"])
@pytest.mark.parametrize("case", CASES)
def test_csv_is_stored_as_it_is_written_row_by_row(tmp_path, case, form):
    table, path = CASES[case], tmp_path / form
    if form == "a folder":
        path.mkdir()
        for number, part in enumerate(np.array_split(np.arange(len(table)), 3)):
            order = ["rating", "user_id", "book_id"] if number == 1 else list(table.columns)
            table.iloc[part][order].to_csv(path / f"{number}.csv", index=False)
    elif form == "crlf.csv":
        table.to_csv(path, index=False, lineterminator="\r\n")
    elif form == "mixed.csv":
        text = table.to_csv(index=False, lineterminator="\r\n")
        path.write_text(text[:5_000] + text[5_000:].replace("\r\n", "\n"), newline="")
    else:
        table.to_csv(path, index=False)
    metadata = prepare(path, tmp_path / "data")
    assert as_text(stored(tmp_path / "data")) == given(with_numbers(table))
    assert metadata.n_users == table.user_id.nunique()


NUMBERED = PLAIN.astype({"user_id": "int64", "book_id": "int64", "rating": "int64"})
PARQUET = {
    "whole": [NUMBERED],
    "half stars in the second file": [NUMBERED, NUMBERED.assign(rating=NUMBERED.rating - 0.5)],
    "float32": [NUMBERED.assign(rating=(NUMBERED.rating - 0.3).astype("float32"))],
    "decimal ids": [NUMBERED.assign(user_id=NUMBERED.user_id + 0.4)],
    "int32 and int64": [NUMBERED.astype({"user_id": "int32"}), NUMBERED],
    "beyond int64": [NUMBERED.assign(user_id=NUMBERED.user_id.astype("uint64") + 2**63)],
    "text": [PLAIN.assign(rating=NUMBERED.rating)],
    "text with zeros": [PLAIN.assign(user_id=TEXT["zeros"], rating=NUMBERED.rating)],
    "categories": [NUMBERED.assign(user_id=PLAIN.user_id.astype("category"))],
}


@pytest.mark.parametrize("case", PARQUET)
def test_parquet_is_stored_as_it_is_given_row_by_row(tmp_path, case):
    folder = tmp_path / "source"
    folder.mkdir()
    for number, table in enumerate(PARQUET[case]):
        table.to_parquet(folder / f"{number}.parquet")
    prepare(folder, tmp_path / "data")
    assert stored(tmp_path / "data") == given(*PARQUET[case])


@pytest.mark.parametrize(
    "other",
    [PLAIN.assign(user_id=TEXT["zeros"]), NUMBERED.assign(user_id=NUMBERED.user_id + 0.4)],
    ids=["whole and text", "whole and decimal"],
)
def test_where_schemas_differ_ids_are_text_as_each_file_has_them(tmp_path, other):
    folder = tmp_path / "source"
    folder.mkdir()
    tables = [NUMBERED, other.assign(rating=NUMBERED.rating)[["rating", "book_id", "user_id"]]]
    for number, table in enumerate(tables):
        table.to_parquet(folder / f"{number}.parquet")
    prepare(folder, tmp_path / "data")
    expected = [row for table in tables for row in given(table)]
    assert as_text(stored(tmp_path / "data")) == as_text(expected)


def test_names_that_hold_quotes_and_patterns_are_only_names(tmp_path):
    folder = tmp_path / "it's [all] *mine*"
    folder.mkdir()
    PLAIN.to_csv(folder / "a[1]'s.csv", index=False)
    prepare(folder, folder / "da'ta")
    assert as_text(stored(folder / "da'ta")) == given(with_numbers(PLAIN))


def test_of_a_folder_only_the_readers_own_files_count_and_each_once(source, tmp_path):
    """Not a link to one of them, what JupyterLab keeps aside, or what a run keeps for itself."""
    files = sources.find_files(source)
    (source / "again.parquet").symlink_to(files[0])
    kept = source / "run"
    for folder in (source / ".ipynb_checkpoints", kept, kept / "data"):
        folder.mkdir()
        made(9).to_parquet(folder / "part-0.parquet")
    (kept / "run.json").write_text("{}")
    assert sources.find_files(source) == files


@pytest.mark.parametrize("what", ["link", "pipe"])
def test_what_is_no_file_is_not_passed_over_and_not_waited_for(source, what):
    path = source / "part-9.parquet"
    os.mkfifo(path) if what == "pipe" else path.symlink_to(source / "gone")
    for named in (source, path):
        with pytest.raises(NeurecError, match="part-9.parquet is not a file"):
            sources.find_files(named)


def test_quotes_that_only_duckdb_does_not_take_are_no_fault(tmp_path):
    lines = ["user_id,book_id,rating", *(f"{k % 7},{k},4" for k in range(200))]
    lines[100] = '"a \\" b",1,5'
    (tmp_path / "ratings.csv").write_text("\n".join(lines))
    found = prepare(tmp_path / "ratings.csv", tmp_path / "data")
    assert found.n_train + found.n_held_out == 200 and found.n_users == 8


# Batches


@pytest.fixture
def groups(tmp_path, monkeypatch):
    """A file of 10,000 rows in groups of uneven size; each row's rating is its number."""
    import pyarrow
    import pyarrow.parquet

    numbers, path = np.arange(10_000), tmp_path / "rows.parquet"
    table = pyarrow.table(
        {
            "user": (numbers % 700).astype("int32"),
            "book": (numbers % 31).astype("int32"),
            "rating": numbers.astype("float32"),
        }
    )
    with pyarrow.parquet.ParquetWriter(path, table.schema) as file:
        for start, size in ((0, 3_000), (3_000, 70), (3_070, 4_930), (8_000, 2_000)):
            file.write_table(table.slice(start, size))
    return path


def ratings_of(batches):
    return [batch[1][:, 0].astype(int) for batch in batches]


def test_an_epoch_gives_each_row_at_most_once_and_leaves_out_less_than_a_batch(groups):
    batches = list(streaming.training_batches(groups, 840, epoch=1))
    assert len(batches) == 10_000 // 840
    rows = np.concatenate(ratings_of(batches))
    assert len(np.unique(rows)) == len(rows) == 11 * 840
    for (users, books), ratings in batches:
        assert users.shape == books.shape == ratings.shape == (840, 1)
        assert users.dtype == books.dtype == "int32" and ratings.dtype == "float32"
        assert (users == ratings % 700).all() and (books == ratings % 31).all()


def test_each_epoch_has_its_own_order_and_each_seed_too(groups):
    def order(epoch, seed=42):
        return np.concatenate(ratings_of(streaming.training_batches(groups, 840, epoch, seed=seed)))

    assert (order(1) == order(1)).all()
    assert (order(1) == order(2)).mean() < 0.01 and (order(1) == order(1, seed=43)).mean() < 0.01
    assert abs(np.corrcoef(order(1), np.arange(9_240))[0, 1]) < 0.5


@pytest.mark.parametrize("first", [0, 1, 3, 4, 5, 9, 11])
@pytest.mark.parametrize("steps", [None, 1, 4])
def test_an_epoch_can_be_entered_at_any_step_and_left_after_any(groups, first, steps):
    whole = ratings_of(streaming.training_batches(groups, 840, epoch=5))
    part = ratings_of(streaming.training_batches(groups, 840, epoch=5, first=first, steps=steps))
    expected = whole[first:] if steps is None else whole[first : first + steps]
    assert len(part) == len(expected)
    assert all((one == other).all() for one, other in zip(part, expected, strict=True))


def test_parts_of_a_batch_together_are_the_batch(groups):
    for batches in (
        lambda part: streaming.training_batches(groups, 840, epoch=1, part=part),
        lambda part: streaming.held_out_batches(groups, 840, part=part),
    ):
        whole = ratings_of(batches((0, 1)))
        parts = zip(*(ratings_of(batches((own, 3))) for own in range(3)), strict=True)
        for one, three in zip(whole, parts, strict=True):
            assert (np.concatenate(three) == one).all()


def test_held_out_rows_come_once_each_and_what_fills_the_last_batch_has_no_weight(groups):
    batches = list(streaming.held_out_batches(groups, 840))
    assert len(batches) == streaming.count_held_out_steps(10_000, 840) == 12
    assert all(len(ratings) == 840 for _, ratings, _ in batches)
    rows = np.concatenate([ratings[weights > 0] for _, ratings, weights in batches])
    assert (rows == np.arange(10_000)).all()
