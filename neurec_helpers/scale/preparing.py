"""Ratings of any size and any ids made ready for training, without ever being in memory at once.

duckdb reads the source, numbers users and books, deals the rows in random order, and writes two
Parquet files: rows to train on and rows that are held out. Nothing is altered: ids stay as they
are written, ratings keep all their digits, and types come from a look at every row.
"""

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from neurec_helpers.errors import NeurecError, in_one_line
from neurec_helpers.files import write_text
from neurec_helpers.ratings.checking import NOT_GIVEN, NUMBER, WHOLE, Form
from neurec_helpers.scale import histories, sources
from neurec_helpers.scale.faults import find_fault, is_read_otherwise, write_anew
from neurec_helpers.scale.integrity import digest_file, seal, unseal
from neurec_helpers.scale.sources import CSV, ROLES

TRAIN, HELD_OUT, METADATA = "train.parquet", "held_out.parquet", "metadata.json"
USERS, BOOKS = "users.parquet", "books.parquet"
FORM = Form()
GROUP = 500_000  # rows that are read, and shuffled anew in each epoch, at a time
MEMORY = "800MB"  # beyond it duckdb works on disk
SHARES = 1_000_000  # the held-out share is told in these
FULL = ("No space left", "Disk quota", "File too large")
IDS, TEXT = ("user", "book"), (CSV, "VARCHAR")
BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001))))  # what Python strips


@dataclass(frozen=True)
class Metadata:
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
    mean_error : float
        Mean squared error of predicting that for all held-out rows.
    n_histories : int
        Readers with two books or more to train on; 0 if nobody asked for histories.
    """

    n_users: int
    n_books: int
    n_train: int
    n_held_out: int
    mean_rating: float
    mean_error: float
    n_histories: int = 0


def ignore(message):
    """Take a message and do nothing with it."""


def prepare(
    source,
    folder,
    form=FORM,
    held_out=0.05,
    seed=42,
    report=ignore,
    with_histories=False,
    origin=None,
):
    """Make a source ready for training; it appears in the folder whole or not at all.

    Parameters
    ----------
    source : str or Path
        See `sources.find_files`.
    folder : Path
        New folder for what is made.
    form : ratings.checking.Form
        Names of the columns, the separator of CSV files and the scale of the ratings.
    held_out : float
        Share of the pairs of user and book that are kept from training.
    seed : int
        Of the order of the rows and of what is held out.
    report : callable
        Called with {"stage": words} for each step.
    with_histories : bool
        Whether to write what each reader has read, too: see `histories`.
    origin : str, optional
        Kept beside what is made: see `find_damage`.

    Returns
    -------
    Metadata

    Raises
    ------
    NeurecError
        If a file is damaged, lacks a column or holds rows without a user, book or rating, or if
        the disk is full.
    """
    import duckdb

    folder, how = Path(folder), (held_out, seed, report, with_histories)
    tables = sources.look_at(sources.find_files(source, form), form)
    if aside := sources.left_aside(source, form):
        report({"stage": aside})
    made = folder.with_name(f".{folder.name}-unfinished")
    try:
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        spill = made / "spill"
        # What duckdb alone would take, or take otherwise, is looked at row by row.
        tables = [
            _explain(table, form, "", spill) if is_read_otherwise(table, form.sep) else table
            for table in tables
        ]
        try:
            metadata = _prepare(tables, made, spill, form, *how)
        except duckdb.Error as error:
            # What duckdb alone stumbles over, such as line ends of two kinds, is written anew.
            tables = [_explain(table, form, error, spill) for table in tables]
            metadata = _prepare(tables, made, spill, form, *how)
        shutil.rmtree(spill, ignore_errors=True)
        digests = {path.name: digest_file(path) for path in sorted(made.iterdir())}
        noted = asdict(metadata) | {"digests": digests, "origin": origin}
        write_text(seal(noted) + "\n", made / METADATA)
        made.rename(folder)
    except duckdb.Error as error:
        raise _failed(source, error) from error
    except OSError as error:
        raise NeurecError(
            f"{folder} can't be made: {error.strerror or error}. Nothing was made."
        ) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return metadata


def read_metadata(folder):
    """Metadata of a prepared folder, or None if there is none that is as it was written."""
    return (found := _read(folder)) and found[0]


def find_damage(folder, origin=None):
    """Name of the first file in a prepared folder that is not as it was written, or None.

    Metadata that were written for another origin, such as another run, count as damaged.
    """
    if (found := _read(folder)) is None or found[2] not in (None, origin):
        return METADATA
    for name, digest in found[1].items():
        path = Path(folder) / name
        if not path.is_file() or digest_file(path) != digest:
            return name
    return None


def _read(folder):
    try:
        content = unseal((Path(folder) / METADATA).read_text(encoding="utf-8"))
        digests, origin = content.pop("digests"), content.pop("origin", None)
        return Metadata(**content), digests, origin
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _prepare(tables, made, spill, form, *how):
    import duckdb

    with duckdb.connect() as db:
        db.execute(f"SET memory_limit = '{MEMORY}'")
        db.execute(f"SET temp_directory = {_text(spill)}")
        db.execute("SET enable_progress_bar = false")
        return _number_and_deal(db, tables, made, form, *how)


def _number_and_deal(db, tables, made, form, held_out, seed, report, with_histories):
    report({"stage": "looking at every row"})
    rows, orders = _check(db, tables, form)
    report({"stage": f"numbering the users and books of {rows:,} ratings"})
    for role, path in (("user", USERS), ("book", BOOKS)):
        _number(db, role, orders[role], made / path)
    db.execute(
        "CREATE VIEW numbered AS SELECT users.row AS user, books.row AS book, rating FROM source "
        "JOIN users ON source.user = users.id JOIN books ON source.book = books.id"
    )
    # By the pair, so that no pair that stands there twice is in both parts.
    is_held_out = f"hash(user, book, {seed}) % {SHARES} < {round(held_out * SHARES)}"
    for path, condition in ((HELD_OUT, is_held_out), (TRAIN, f"NOT ({is_held_out})")):
        report({"stage": f"dealing rows into {path}"})
        db.execute(
            f"COPY (SELECT * FROM numbered WHERE {condition} "
            f"ORDER BY hash(user, book, rating::FLOAT, {seed} + 1), user, book, rating) "
            f"TO {_text(made / path)} (FORMAT parquet, ROW_GROUP_SIZE {GROUP})"
        )
    metadata = _metadata(db, made, rows)
    if with_histories:
        report({"stage": "grouping what is read by reader"})
        parts = (f"read_parquet({_text(made / path)})" for path in (TRAIN, HELD_OUT))
        metadata = replace(metadata, n_histories=histories.write(db, *parts, made, seed))
    return metadata


def _metadata(db, made, rows):
    def ask(what):
        return db.execute(f"SELECT {what}").fetchone()

    (n_train, mean), (n_held_out,) = (
        ask(f"{what} FROM read_parquet({_text(made / path)})")
        for what, path in (("count(*), avg(rating)", TRAIN), ("count(*)", HELD_OUT))
    )
    if n_train + n_held_out != rows:
        raise NeurecError(
            f"of {rows:,} ratings {n_train + n_held_out:,} arrived: the source was changed while "
            "it was read, or a file is damaged. Give the command again when it is at rest, or copy "
            "the files again. Nothing was made."
        )
    if not n_train or not n_held_out:
        raise NeurecError(
            f"of {rows:,} ratings {n_train:,} are left to train on and {n_held_out:,} are held "
            "out; both need some. Give more ratings, or another --held-out."
        )
    counts = [ask(f"count(*) FROM {what}")[0] for what in ("users", "books")]
    (error,) = ask(f"avg((rating - {mean}) ** 2) FROM read_parquet({_text(made / HELD_OUT)})")
    return Metadata(*counts, n_train, n_held_out, mean, error)


def _number(db, role, order, path):
    """Number the ids of a role from 1 in their order."""
    db.execute(
        f"CREATE TABLE {role}s AS SELECT CAST(row_number() OVER (ORDER BY {order}) AS INTEGER) "
        f"AS row, id FROM (SELECT DISTINCT {role} AS id FROM source)"
    )
    db.execute(f"COPY (SELECT id, row FROM {role}s ORDER BY row) TO {_text(path)} (FORMAT parquet)")


# Reading what is there, and nothing else


def _check(db, tables, form):
    """Look at every row and make the view `source`.

    Returns
    -------
    (int, dict)
        The number of rows, and what the ids of each role are sorted by.
    """
    import duckdb

    types = {role: _common_type({table.types[role] for table in tables}) for role in IDS}
    rows, is_whole = 0, dict.fromkeys(IDS, True)
    low, high = map(float, form.scale)
    for table in tables:
        n, *bad, books, users = db.execute(
            f"SELECT count(*), count(*) FILTER ({_is_bad_id('book', types)}), "
            f"count(*) FILTER ({_is_bad_id('user', types)}), "
            f"count(*) FILTER (NOT coalesce(rating BETWEEN {low} AND {high}, false)), "
            f"bool_and({_is_whole('book', types)}), bool_and({_is_whole('user', types)}) "
            f"FROM ({_select([table], form, types)})"
        ).fetchone()
        if any(bad):
            counts = dict(zip(ROLES, bad, strict=True))
            raise find_fault(table, form, counts) or duckdb.Error(
                f"{table.path}: {sum(bad):,} cells are read as no id or no rating"
            )
        rows += n
        for role, found in (("book", books), ("user", users)):
            is_whole[role] &= found is not False
    if not rows:
        raise NeurecError(f"{tables[0].path} has a header and no ratings below it.")
    # CSV tells no types: whole numbers are stored as such if all are written so.
    cells = [
        f"{_bare(role)}{'::BIGINT' if types[role] == CSV else ''} AS {role}"
        if types[role] in TEXT and is_whole[role]
        else role
        for role in IDS
    ]
    db.execute(
        f"CREATE VIEW source AS SELECT {', '.join(cells)}, rating "
        f"FROM ({_select(tables, form, types)})"
    )
    return rows, {role: "id::BIGINT" if is_whole[role] else "id" for role in IDS}


def _common_type(types):
    """The type that holds all: files' own where they agree, else text as each is written."""
    return types.pop() if len(types) == 1 else "VARCHAR"


def _select(tables, form, types):
    """Rows of files in the columns user and book, as they are written, and rating, or NULL."""
    alike = {}
    for table in tables:
        # Of Parquet files that it reads together, duckdb casts all to the types of the first.
        key = table.packing, table.names, table.blank, table.exact
        alike.setdefault(key, []).append(table)
    return " UNION ALL ".join(_select_alike(group, form, types) for group in alike.values())


def _select_alike(tables, form, types):
    first = tables[0]
    paths = "[" + ", ".join(_text(sources.literal(table.path)) for table in tables) + "]"
    # By place: to duckdb "rating" and "Rating" are one name. And no column comes from a folder's.
    columns = [f"c{k}" for k in range(len(first.names))]
    book, user, rating = (columns[first.names.index(getattr(form, role))] for role in ROLES)
    if first.packing == "parquet":
        named = ", ".join(columns)
        reader = f"read_parquet({paths}, hive_partitioning = false) AS parquet({named})"
    else:
        named = ", ".join(f"{column}: 'VARCHAR'" for column in columns)
        reader = (
            f"read_csv({paths}, columns = {{{named}}}, auto_detect = false, header = true, "
            f"delim = {_text(form.sep)}, quote = '\"', escape = '\"', "
            f"compression = '{first.packing}', skip = {first.blank}, hive_partitioning = false)"
        )
    ids = ", ".join(
        f"{name}{'' if types[role] == CSV else '::' + types[role]} AS {role}"
        for name, role in ((user, "user"), (book, "book"))
    )
    return f"SELECT {ids}, {_rating(rating, first.types['rating'])} AS rating FROM {reader}"


def _rating(name, kind):
    """A rating as a number, NULL where it is none."""
    if kind not in TEXT:
        return f"{name}::DOUBLE"
    cell = _bare(f"{name}::VARCHAR")
    return (
        f"CASE WHEN regexp_full_match({cell}, {_text(NUMBER)}) THEN TRY_CAST({cell} AS DOUBLE) END"
    )


def _is_bad_id(role, types):
    if types[role] in TEXT:
        missing = ", ".join(map(_text, NOT_GIVEN))
        return f"{role} IS NULL OR {_bare(role)} IN ({missing}) OR contains({role}, '\ufeff')"
    is_number = f" OR isnan({role})" if types[role] in ("FLOAT", "DOUBLE") else ""
    return f"{role} IS NULL{is_number}"


def _is_whole(role, types):
    """Whether an id is a whole number, written as such."""
    if types[role] not in TEXT:
        return "true" if types[role] == "BIGINT" else "false"
    cell = _bare(role)
    return f"regexp_full_match({cell}, {_text(WHOLE)}) AND TRY_CAST({cell} AS BIGINT) IS NOT NULL"


def _bare(cell):
    # Ten times as fast as trim, which is slow where a blank has more than one byte.
    return f"regexp_replace({cell}, {_text(f'^[{BLANKS}]+|[{BLANKS}]+$')}, '', 'g')"


def _text(value):
    return "'" + str(value).replace("'", "''") + "'"


def _explain(table, form, error, spill):
    """A table that duckdb can read for one that it can't; NeurecError where the fault is known."""
    if any(words in str(error) for words in (*FULL, "Out of Memory")):
        return table
    if not table.path.exists():
        raise NeurecError(
            f"{table.path} was removed while it was read. Give the command again when the source "
            "is at rest. Nothing was made."
        )
    if fault := find_fault(table, form, error=str(error)):
        raise fault from (error or None)
    if table.packing == "parquet":
        return table
    spill.mkdir(exist_ok=True)
    return write_anew(table, form, spill / f"{len(list(spill.iterdir()))}.csv")


def _failed(source, error):
    full = any(words in str(error) for words in FULL)
    cure = (
        " Make room on the disk." if full else " If a file is damaged, copy or download it again."
    )
    return NeurecError(
        f"the ratings of {source} can't be prepared: {in_one_line(error)}. Nothing was made.{cure}"
    )
