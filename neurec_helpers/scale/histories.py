"""What each reader has read, as rows: written once, and dealt anew into known and hidden books.

A game for a model of lists: some of a reader's books are hidden, and have to be found from the
others. `write` groups ratings by reader without ever holding them all; `draw` deals one group of
readers.
"""

import numpy as np
import pyarrow
import pyarrow.parquet

from neurec_helpers.errors import NeurecError

HISTORIES, COUNTS, SAMPLE = "histories.parquet", "counts.parquet", "sample.parquet"
KNOWN, HIDDEN = 64, 8  # books of a reader in a step, at most
SAMPLED, LONGEST = 2_000, 256  # readers on whom lists are tried, and books of each, at most
GROUP = 500_000  # books that are read, and dealt anew in each epoch, at a time
BATCH = 1 << 17  # rows taken from duckdb at a time
SCHEMA = pyarrow.schema({"user": pyarrow.int32(), "books": pyarrow.list_(pyarrow.int32())})


def write(db, train, held_out, folder, seed):
    """Write the histories of all readers, how many have read each book, and the sample.

    Parameters
    ----------
    db : duckdb.DuckDBPyConnection
    train, held_out : str
        What `preparing` has written, as duckdb reads it, with the columns user and book.
    folder : Path
    seed : int
        Of the order of the readers and of who is sampled.

    Returns
    -------
    int
        How many readers have two books or more, so that one can be hidden.

    Raises
    ------
    NeurecError
        If none has, or no reader in the histories has a book that is held out.
    """
    db.execute(
        f"COPY (SELECT book, count(DISTINCT user)::INTEGER AS readers FROM {train} GROUP BY book "
        f"ORDER BY book) TO '{_escaped(folder / COUNTS)}' (FORMAT parquet)"
    )
    # The order of the rows in a file follows from the data alone, whatever duckdb does at once.
    pairs = db.sql(
        f"SELECT DISTINCT hash(user, {seed} + 2) AS place, user, book FROM {train} "
        "ORDER BY place, user, book"
    ).to_arrow_reader(BATCH)
    n_histories = _write_groups(pairs, folder / HISTORIES)
    db.execute(
        f"CREATE TABLE sampled AS SELECT DISTINCT h.user AS reader FROM {held_out} h "
        f"SEMI JOIN {train} t ON h.user = t.user ORDER BY hash(reader, {seed} + 3), reader "
        f"LIMIT {SAMPLED}"
    )
    db.execute(
        f"COPY (SELECT t.user, t.books, h.books AS hidden FROM ({_lists(train)}) t JOIN "
        f"({_lists(held_out)}) h ON t.user = h.user ORDER BY t.user) "
        f"TO '{_escaped(folder / SAMPLE)}' (FORMAT parquet)"
    )
    if not n_histories or not pyarrow.parquet.read_metadata(folder / SAMPLE).num_rows:
        raise NeurecError(
            "no reader has two books to train on and one that is held out, so no list can be "
            "learnt. Give more ratings, or another --held-out."
        )
    return n_histories


def _lists(rows):
    return (
        f"SELECT r.user, list(DISTINCT book ORDER BY book) AS books FROM {rows} r "
        "JOIN sampled ON r.user = reader GROUP BY r.user"
    )


def _escaped(path):
    return str(path).replace("'", "''")


def _write_groups(pairs, path):
    """Write sorted pairs as a row for each reader with two books or more; how many there are."""
    users, books, n_histories = np.empty(0, "int32"), np.empty(0, "int32"), 0
    with pyarrow.parquet.ParquetWriter(path, SCHEMA) as file:

        def keep(count):
            """Write the first so many books, which are those of whole readers."""
            starts = _starts(users[:count])
            lengths = np.diff(np.append(starts, count))
            chosen = lengths >= 2
            offsets = np.concatenate([[0], np.cumsum(lengths[chosen])]).astype("int32")
            theirs = books[:count][np.repeat(chosen, lengths)]
            lists = pyarrow.ListArray.from_arrays(offsets, theirs)
            table = pyarrow.table([users[starts][chosen], lists], schema=SCHEMA)
            if len(table):
                file.write_table(table, row_group_size=len(table))
            return len(table)

        for batch in pairs:
            users = np.concatenate([users, batch["user"].to_numpy()])
            books = np.concatenate([books, batch["book"].to_numpy()])
            # Groups end by the data alone: duckdb's batches are now longer, now shorter.
            while len(users) > GROUP:
                starts = _starts(users)
                if (count := starts[starts <= GROUP][-1]) == 0:
                    if len(starts) == 1:
                        break  # one reader's books only, and more may come
                    count = starts[1]
                n_histories += keep(count)
                users, books = users[count:], books[count:]
        return n_histories + keep(len(users))


def _starts(users):
    """Where in sorted rows each reader begins."""
    return np.flatnonzero(np.diff(users, prepend=-1))


def shares(folder, rows):
    """How large a share of all that was read each book is.

    Parameters
    ----------
    folder : Path
        Where `write` has written.
    rows : int
        Of the table of books.

    Returns
    -------
    float32 array, shape (rows,)
        A book that nobody has read in training counts as read once.
    """
    table = pyarrow.parquet.read_table(folder / COUNTS)
    times = np.ones(rows)
    times[table["book"].to_numpy()] = table["readers"].to_numpy()
    return (times / times.sum()).astype("float32")


def read_sample(folder, seed):
    """The readers on whom lists are tried.

    Returns
    -------
    (int32 array of shape (n, a), int32 array of shape (n, b))
        What they have read, and what is held out; at most `LONGEST` of each, drawn at random.
    """
    table = pyarrow.parquet.read_table(folder / SAMPLE)
    rng = np.random.default_rng(seed)
    found = []
    for name in ("books", "hidden"):
        values, lengths = unpack(table.column(name))
        width = min(int(lengths.max()), LONGEST)
        found.append(padded(shuffled(values, lengths, rng), lengths, width))
    return found


def shuffled(values, lengths, rng):
    """The values of each list in another order."""
    row = np.repeat(np.arange(len(lengths)), lengths)
    return values[np.lexsort([rng.random(len(values)), row])]


def unpack(column):
    """A column of lists as (all values, length of each list)."""
    lists = column.combine_chunks()
    return lists.flatten().to_numpy(), lists.value_lengths().to_numpy()


def draw(values, lengths, rng):
    """Deal each reader's books into some that are known and some that are hidden.

    Parameters
    ----------
    values : int32 array
        The books of one reader after the other.
    lengths : int array, shape (n,)
        How many are whose; two or more.
    rng : numpy.random.Generator

    Returns
    -------
    (int32 array of shape (n, KNOWN), int32 array of shape (n, HIDDEN))
        Known and hidden books, no book in both; 0 is no book. Half of a short history is hidden.
    """
    values = shuffled(values, lengths, rng)
    hide = np.minimum(HIDDEN, lengths // 2)
    return padded(values, lengths, KNOWN, start=hide), padded(values, lengths, HIDDEN, end=hide)


def padded(values, lengths, width, start=0, end=None):
    """Lists as a table filled up with zeros: of each, the places from `start` to below `end`."""
    row = np.repeat(np.arange(len(lengths)), lengths)
    start = np.broadcast_to(start, lengths.shape)
    end = np.minimum(lengths if end is None else end, start + width)
    place = np.arange(len(values)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    here = (place >= start[row]) & (place < end[row])
    table = np.zeros((len(lengths), width), "int32")
    table[row[here], (place - start[row])[here]] = values[here]
    return table
