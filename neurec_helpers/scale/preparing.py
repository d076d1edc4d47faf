"""Ratings of any size and any ids made ready for training, without ever being in memory at once.

duckdb reads the source, numbers users and books, deals the rows in random order, and writes two
Parquet files: rows to train on and rows that are held out.
"""

import glob
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text

ENDINGS = (".parquet", ".csv", ".csv.gz")
TRAIN, HELD_OUT, FACTS = "train.parquet", "held_out.parquet", "facts.json"
USERS, BOOKS = "users.parquet", "books.parquet"
GROUP = 500_000  # rows that are read, and shuffled anew in each epoch, at a time
MEMORY = "800MB"  # beyond it duckdb works on disk
SHARES = 1_000_000  # the held-out share is told in these


@dataclass(frozen=True)
class Columns:
    """Names of the columns of users, books and ratings."""

    user: str = "user_id"
    book: str = "book_id"
    rating: str = "rating"


@dataclass(frozen=True)
class Facts:
    """What a prepared data set holds.

    Attributes
    ----------
    n_users, n_books : int
        They are numbered from 1 in the order of their ids: rows of the embeddings. Ids that are
        whole numbers from 1 without gaps keep theirs.
    n_train, n_held_out : int
        Rows.
    mean_rating : float
        Of the rows to train on.
    """

    n_users: int
    n_books: int
    n_train: int
    n_held_out: int
    mean_rating: float


def find_files(source):
    """The files of a source.

    Parameters
    ----------
    source : str or Path
        A file, a folder, or a pattern such as ``ratings/*.parquet``.

    Returns
    -------
    list of Path
        All of one kind: Parquet or CSV.

    Raises
    ------
    NeurecError
        If there is none, or they are of both kinds.
    """
    path = Path(source)
    if path.is_dir():
        found = [p for p in sorted(path.rglob("*")) if p.name.lower().endswith(ENDINGS)]
    elif path.exists():
        found = [path]
    else:
        found = [Path(name) for name in sorted(glob.glob(str(source), recursive=True))]
    found = [p for p in found if p.is_file()]
    if not found:
        raise NeurecError(
            f"{source} names no file. Give a Parquet or CSV file, a folder of them, or a pattern "
            "in quotes, such as 'ratings/*.parquet'."
        )
    kinds = {p.name.lower().endswith(".parquet") for p in found}
    if len(kinds) > 1:
        raise NeurecError(f"{source} holds both Parquet and CSV files. Name one kind: '*.parquet'.")
    return [p.resolve() for p in found]


def prepare(source, folder, columns=Columns(), held_out=0.05, seed=42, say=print):
    """Make a source ready for training; it appears in the folder whole or not at all.

    Parameters
    ----------
    source : str or Path
        See `find_files`.
    folder : Path
        New folder for what is made.
    columns : Columns
    held_out : float
        Share of the pairs of user and book that are kept from training.
    seed : int
        Of the order of the rows and of what is held out.
    say : callable
        Told in words what is going on.

    Returns
    -------
    Facts

    Raises
    ------
    NeurecError
        If a file is damaged, lacks a column or holds rows without a user, book or rating, or if
        the disk is full.
    """
    import duckdb

    folder, files = Path(folder), find_files(source)
    made = folder.with_name(f".{folder.name}-unfinished")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    try:
        with duckdb.connect() as db:
            db.execute(f"SET memory_limit = '{MEMORY}'")
            db.execute(f"SET temp_directory = '{made / 'spill'}'")
            db.execute("SET enable_progress_bar = false")
            facts = _prepare(db, files, made, columns, held_out, seed, say)
        shutil.rmtree(made / "spill", ignore_errors=True)
        write_text(json.dumps(asdict(facts), indent=1) + "\n", made / FACTS)
        made.rename(folder)
    except duckdb.Error as error:
        raise NeurecError(f"{_blame(files, columns, error)} Nothing was made.") from error
    except OSError as error:
        raise NeurecError(
            f"{folder} can't be made: {error.strerror or error}. Nothing was made."
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return facts


def read_facts(folder):
    """Facts of a prepared folder, or None if there is none."""
    try:
        return Facts(**json.loads((Path(folder) / FACTS).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _prepare(db, files, made, columns, held_out, seed, say):
    for file in files:
        _require_columns(db, file, columns)
    user, book, rating = (_quoted(name) for name in (columns.user, columns.book, columns.rating))
    db.execute(
        f"CREATE VIEW source AS SELECT {user} AS user, {book} AS book, "
        f"TRY_CAST({rating} AS FLOAT) AS rating FROM {_reader(files)}"
    )
    say("counting")
    rows, bad = db.execute(
        "SELECT count(*), count(*) FILTER (WHERE user IS NULL OR book IS NULL OR rating IS NULL "
        "OR NOT isfinite(rating)) FROM source"
    ).fetchone()
    if bad:
        raise NeurecError(
            f"{bad:,} of {rows:,} rows lack a user, a book or a rating that is a number"
            f"{_first_bad(db, files, columns)}. Mend them or leave them out."
        )
    say(f"numbering the users and books of {rows:,} ratings")
    for what, path in (("user", USERS), ("book", BOOKS)):
        db.execute(
            f"CREATE TABLE {what}s AS SELECT CAST(row_number() OVER (ORDER BY id) AS INTEGER) AS "
            f"row, id FROM (SELECT DISTINCT {what} AS id FROM source)"
        )
        db.execute(f"COPY (SELECT id, row FROM {what}s ORDER BY row) TO '{made / path}'")
    db.execute(
        "CREATE VIEW numbered AS SELECT users.row AS user, books.row AS book, rating FROM source "
        "JOIN users ON source.user = users.id JOIN books ON source.book = books.id"
    )
    # By the pair, so that no pair that stands there twice is in both parts.
    is_held_out = f"hash(user, book, {seed}) % {SHARES} < {round(held_out * SHARES)}"
    for path, condition in ((HELD_OUT, is_held_out), (TRAIN, f"NOT ({is_held_out})")):
        say(f"dealing rows into {path}")
        db.execute(
            f"COPY (SELECT * FROM numbered WHERE {condition} "
            f"ORDER BY hash(user, book, rating, {seed} + 1), user, book, rating) "
            f"TO '{made / path}' (ROW_GROUP_SIZE {GROUP})"
        )
    train = f"'{made / TRAIN}'"
    n_train, mean = db.execute(f"SELECT count(*), avg(rating) FROM {train}").fetchone()
    counts = [
        db.execute(f"SELECT count(*) FROM {what}").fetchone()[0] for what in ("users", "books")
    ]
    if not n_train or n_train == rows:
        raise NeurecError(
            f"of {rows:,} ratings {n_train:,} are left to train on and {rows - n_train:,} are held "
            "out; both need some. Give more ratings, or another --held-out."
        )
    return Facts(*counts, n_train, rows - n_train, mean)


def _quoted(name):
    return '"' + name.replace('"', '""') + '"'


def _reader(files):
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    kind = "parquet" if files[0].name.lower().endswith(".parquet") else "csv"
    return f"read_{kind}([{names}])"


def _require_columns(db, file, columns):
    import duckdb

    try:
        found = [row[0] for row in db.execute(f"DESCRIBE FROM {_reader([file])}").fetchall()]
    except duckdb.Error as error:
        raise NeurecError(
            f"{file} can't be read: {_first_line(error)} Nothing was made."
        ) from error
    missing = [name for name in asdict(columns).values() if name not in found]
    if missing:
        raise NeurecError(
            f"{file} has no column {missing[0]!r}. It has: {', '.join(found)}. Say which is which "
            "with --user, --book and --rating."
        )


def _first_bad(db, files, columns):
    """Where the first bad row is, as far as it can be told."""
    user, book, rating = (_quoted(name) for name in asdict(columns).values())
    for file in files:
        found = db.execute(
            f"SELECT {user}, {book}, {rating} FROM {_reader([file])} WHERE {user} IS NULL OR "
            f"{book} IS NULL OR TRY_CAST({rating} AS FLOAT) IS NULL OR "
            f"NOT isfinite(TRY_CAST({rating} AS FLOAT)) LIMIT 1"
        ).fetchone()
        if found:
            shown = ", ".join("nothing" if value is None else str(value) for value in found)
            return f", in {file.name} for example: {shown}"
    return ""


def _blame(files, columns, error):
    """Which file is damaged, if one is: each is read alone."""
    import duckdb

    names = ", ".join(_quoted(name) for name in asdict(columns).values())
    for file in files:
        try:
            with duckdb.connect() as db:
                db.execute(f"SELECT max(hash({names})) FROM {_reader([file])}").fetchall()
        except duckdb.Error as own:
            return f"{file} is damaged: {_first_line(own)} Fetch or write it again."
    return f"the ratings can't be prepared: {_first_line(error)}"


def _first_line(error):
    return str(error).strip().splitlines()[0].rstrip(".") + "."
