"""Batches of rows from a Parquet file, one group of rows in memory at a time."""

from dataclasses import dataclass

import numpy as np
import pyarrow.parquet

from neurec_helpers.scale import histories


class Ratings:
    """Rows of ratings: ((users, books), stars), int32, int32 and float32 of shape (n, 1)."""

    def read(self, table, rng):
        """The arrays of one group of rows."""
        kinds = ("user", "int32"), ("book", "int32"), ("rating", "float32")
        return [
            table.column(name).to_numpy().astype(kind, copy=False)[:, None] for name, kind in kinds
        ]

    def arrange(self, users, books, stars, *weights):
        """A batch as Keras takes it."""
        return ((users, books), stars, *weights)


@dataclass(frozen=True)
class Histories:
    """Rows of readers: ((known, hidden, share), zeros); see `histories.draw`.

    Attributes
    ----------
    shares : float32 array
        See `histories.shares`; each hidden book has its own beside it, as float32.
    """

    shares: np.ndarray

    def read(self, table, rng):
        """The arrays of one group of rows."""
        known, hidden = histories.draw(*histories.unpack(table.column("books")), rng)
        return [known, hidden, self.shares[hidden]]

    def arrange(self, known, hidden, share):
        """A batch as Keras takes it."""
        return (known, hidden, share), np.zeros((len(known), 1), "float32")


def training_batches(
    path,
    batch_size,
    epoch,
    *,
    seed=42,
    first=0,
    steps=None,
    part=(0, 1),
    kind=Ratings(),  # noqa: B008
):
    """Yield the batches of one epoch, in an order that is this epoch's own.

    The groups of rows come in a random order, and so do the rows in each; both follow from the
    seed and the epoch, so an epoch can be entered at any step. What does not fill a last batch is
    left out, other rows in every epoch.

    Parameters
    ----------
    path : Path
        Parquet file.
    batch_size : int
        Rows of a whole batch.
    epoch, seed : int
    first : int
        The step to begin with, from 0.
    steps : int, optional
        How many; else to the end of the epoch.
    part : (int, int)
        Which part of each batch, and of how many: that of one process among several.
    kind : Ratings or Histories
        What the rows are.

    Yields
    ------
    tuple
        What `kind` makes of the rows of the part.
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
            rng = np.random.default_rng([seed, epoch, group])
            order = rng.permutation(sizes[group])
            arrays = kind.read(file.read_row_group(group, use_threads=False), rng)
            arrays = [array[order][skip:] for array in arrays]
            skip = 0
            if rest:
                arrays = [np.concatenate(pair) for pair in zip(rest, arrays, strict=True)]
            n_whole = len(arrays[0]) // batch_size
            for k in range(min(n_whole, steps)):
                yield _batch(kind, arrays, k * batch_size, batch_size, part)
            steps -= n_whole
            rest = [array[n_whole * batch_size :].copy() for array in arrays]


def held_out_batches(path, batch_size, part=(0, 1)):
    """Yield all ratings once; the last batch is filled up with rows of weight 0.

    Yields
    ------
    ((users, books), stars, weights)
        As `training_batches`, and float32 weights of 1 or 0.
    """
    kind = Ratings()
    with pyarrow.parquet.ParquetFile(path) as file:
        rest = None
        for group in range(file.num_row_groups):
            arrays = kind.read(file.read_row_group(group, use_threads=False), None)
            arrays.append(np.ones((len(arrays[0]), 1), "float32"))
            if rest:
                arrays = [np.concatenate(pair) for pair in zip(rest, arrays, strict=True)]
            n_whole = len(arrays[0]) // batch_size
            for k in range(n_whole):
                yield _batch(kind, arrays, k * batch_size, batch_size, part)
            rest = [array[n_whole * batch_size :] for array in arrays]
        if len(rest[0]):
            yield _batch(kind, filled_up(rest, batch_size), 0, batch_size, part)


def filled_up(arrays, size):
    """Arrays of `size` rows, those that are missing filled with zeros."""
    return [
        np.pad(array, [(0, size - len(array)), *[(0, 0)] * (array.ndim - 1)]) for array in arrays
    ]


def own_part(size, part):
    """Which rows of a batch of this size are those of one process among several."""
    own, of = part
    return slice(own * size // of, (own + 1) * size // of)


def count_held_out_steps(rows, batch_size):
    """Batches of `held_out_batches`."""
    return -(-rows // batch_size)


def _batch(kind, arrays, start, batch_size, part):
    here = own_part(batch_size, part)
    return kind.arrange(*(array[start + here.start : start + here.stop] for array in arrays))
