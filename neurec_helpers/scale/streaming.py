"""Batches of ratings from a Parquet file, one group of rows in memory at a time."""

import numpy as np
import pyarrow.parquet


def training_batches(path, batch_size, epoch, *, seed=42, first=0, steps=None, part=(0, 1)):
    """Yield the batches of one epoch, in an order that is this epoch's own.

    The groups of rows come in a random order, and so do the rows in each; both follow from the
    seed and the epoch, so an epoch can be entered at any step. What does not fill a last batch is
    left out, other rows in every epoch.

    Parameters
    ----------
    path : Path
        Parquet file with the columns user, book, rating.
    batch_size : int
        Rows of a whole batch.
    epoch, seed : int
    first : int
        The step to begin with, from 0.
    steps : int, optional
        How many; else to the end of the epoch.
    part : (int, int)
        Which part of each batch, and of how many: that of one process among several.

    Yields
    ------
    ((users, books), ratings)
        int32, int32 and float32, each of shape (rows of the part, 1).
    """
    with pyarrow.parquet.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(k).num_rows for k in range(file.num_row_groups)]
        steps = sum(sizes) // batch_size - first if steps is None else steps
        skip, rest = first * batch_size, None
        for group in np.random.default_rng([seed, epoch]).permutation(len(sizes)):
            if steps <= 0:
                return
            if skip >= sizes[group]:
                skip -= sizes[group]
                continue
            order = np.random.default_rng([seed, epoch, group]).permutation(sizes[group])
            columns = [column[order][skip:] for column in _read(file, group)]
            skip = 0
            if rest:
                columns = [np.concatenate(pair) for pair in zip(rest, columns, strict=True)]
            n_whole = len(columns[0]) // batch_size
            for k in range(min(n_whole, steps)):
                yield _batch(columns, k * batch_size, batch_size, part)
            steps -= n_whole
            rest = [column[n_whole * batch_size :].copy() for column in columns]


def held_out_batches(path, batch_size, part=(0, 1)):
    """Yield all rows once; the last batch is filled up with rows of weight 0.

    Yields
    ------
    ((users, books), ratings, weights)
        As `training_batches`, and float32 weights of 1 or 0.
    """
    with pyarrow.parquet.ParquetFile(path) as file:
        rest = None
        for group in range(file.num_row_groups):
            columns = [*_read(file, group)]
            columns.append(np.ones(len(columns[0]), "float32"))
            if rest:
                columns = [np.concatenate(pair) for pair in zip(rest, columns, strict=True)]
            n_whole = len(columns[0]) // batch_size
            for k in range(n_whole):
                yield _batch(columns, k * batch_size, batch_size, part)
            rest = [column[n_whole * batch_size :] for column in columns]
        missing = batch_size - len(rest[0])
        if missing < batch_size:
            yield _batch([np.pad(column, (0, missing)) for column in rest], 0, batch_size, part)


def count_held_out_steps(rows, batch_size):
    """Batches of `held_out_batches`."""
    return -(-rows // batch_size)


def _read(file, group):
    table = file.read_row_group(group, columns=["user", "book", "rating"], use_threads=False)
    for name, kind in (("user", "int32"), ("book", "int32"), ("rating", "float32")):
        yield table.column(name).to_numpy().astype(kind, copy=False)


def _batch(columns, start, batch_size, part):
    own, of = part
    width = batch_size // of
    start += own * width
    users, books, *others = (column[start : start + width, None] for column in columns)
    return ((users, books), *others)
