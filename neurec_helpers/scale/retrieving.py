"""From a run that has ended to lists of books: for one reader, a newcomer, or all readers."""

import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import replacing
from neurec_helpers.progress import say_seconds
from neurec_helpers.recommending.histories import histories
from neurec_helpers.recommending.lists import recommend
from neurec_helpers.scale import index
from neurec_helpers.scale.networks import LISTS
from neurec_helpers.scale.preparing import ignore
from neurec_helpers.scale.towers import unit

LIGHT = 500  # books read; who has read more is compared with all books, index or not


class Recommender:
    """Makes lists by the network of a run.

    Parameters
    ----------
    finished : finished.Finished
    report : callable
        Called with words, where something takes its time or is not as it could be.
    with_index : bool
        Whether to use an index where there are many books. Building one takes longer than
        comparing a single reader with all books.
    """

    def __init__(self, finished, report=ignore, with_index=False):
        self.n_books = finished.metadata.n_books
        self.books = pd.DataFrame({"book_id": np.arange(1, self.n_books + 1, dtype="int32")})
        self.by_lists, self.index = finished.settings.model == LISTS, None
        self.column = "score" if self.by_lists else "predicted"
        if not self.by_lists:
            self.model = finished.network()
            return
        self.table = np.load(finished.run.table)
        self.vectors = unit(self.table)
        self.model = lambda read: unit(read @ self.table) @ self.vectors.T
        if with_index and self.n_books >= index.FROM:
            self.index = index.find_or_build(finished.run, self.vectors, report)

    def lists(self, users, read, n):
        """The `n` books with the highest scores for each reader, without those read.

        Parameters
        ----------
        users : int array
            Rows of readers.
        read : pandas.DataFrame
            Columns user_id and book_id, rows.
        n : int

        Returns
        -------
        pandas.DataFrame
            Columns user_id, rank, book_id, and `column`; by reader and rank.
        """
        if self.index is None:
            found = recommend(self.model, users, n, books=self.books, exclude=read)
            return found.rename(columns={"score": self.column})
        rows = histories(read, users, self.n_books)
        counts = np.diff(rows.indptr)
        is_light = counts <= LIGHT
        parts = [self._by_index(users[is_light], rows[is_light], n)] if is_light.any() else []
        if not is_light.all():
            heavy = users[~is_light]
            parts.append(recommend(self.model, heavy, n, books=self.books, exclude=read))
        return pd.concat(parts).sort_values(["user_id", "rank"], ignore_index=True)

    def _by_index(self, users, rows, n):
        readers = unit(rows @ self.table)
        found = self.index.search(readers, min(n + int(np.diff(rows.indptr).max()), self.n_books))
        # The index knows vectors roughly: the order is that of the exact scores.
        scores = np.einsum("nd,nkd->nk", readers, self.vectors[found])
        of = np.repeat(np.arange(len(users), dtype="int64"), np.diff(rows.indptr))
        wide = self.n_books + 1
        was_read = np.isin(np.arange(len(users))[:, None] * wide + found, of * wide + rows.indices)
        scores[was_read | (found == 0)] = -np.inf
        order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
        found, scores = (np.take_along_axis(each, order, axis=1) for each in (found, scores))
        row, rank = np.nonzero(scores > -np.inf)
        return pd.DataFrame(
            {
                "user_id": users[row],
                "rank": rank + 1,
                "book_id": found[row, rank],
                "score": scores[row, rank],
            }
        )

    def list_of(self, finished, n, reader=None, liked=None):
        """One list, of a reader or of somebody who likes these books; ids as the source has them.

        Returns
        -------
        pandas.DataFrame
            Columns rank, book (id as text), and `column`.
        """
        if liked is not None and not self.by_lists:
            raise NeurecError(
                f"{finished.run.path} was trained on stars and has numbers for its own readers "
                "only, so it can't tell what a newcomer likes. Take --reader, or train with "
                "--model lists."
            )
        if liked is None:
            user = finished.row_of_reader(reader)
            read = finished.read_by(user)
        else:
            user, rows = 1, finished.rows_of_books(liked)
            read = pd.DataFrame({"user_id": user, "book_id": rows}).astype("int32")
        found = self.lists(np.array([user]), read, n)
        ids = finished.book_ids()
        found["book"] = [str(ids[row - 1]) for row in found["book_id"]]
        return found[["rank", "book", self.column]]


def write_all(finished, recommender, n, path, report=ignore):
    """Write the lists of all readers as Parquet, whole or not at all; some thousands at a time.

    Parameters
    ----------
    finished : finished.Finished
    recommender : Recommender
    n : int
    path : Path
        Columns: the reader's and the book's ids, named and written as in the source, rank, and
        `Recommender.column`.
    report : callable
        Called with (readers done, all readers, note with the time that is left).

    Returns
    -------
    int
        How many lists there are.
    """
    path, done, of = Path(path), 0, finished.metadata.n_users
    if path.is_file() and not _holds_lists(path):
        raise NeurecError(f"{path} is there, and holds no lists. Give another --out, or remove it.")
    books = finished.book_ids().combine_chunks()
    began, file = time.monotonic(), None
    try:
        with replacing(path) as unfinished, ExitStack() as opened:
            for ids, rows, read in finished.all_readers():
                found = recommender.lists(rows, read, n)
                readers = ids.take(pyarrow.array(found["user_id"] - rows[0]))
                scores = pyarrow.array(found[recommender.column], pyarrow.float32())
                table = pyarrow.table(
                    {
                        finished.settings.user: readers,
                        "rank": pyarrow.array(found["rank"], pyarrow.int32()),
                        finished.settings.book: books.take(pyarrow.array(found["book_id"] - 1)),
                        recommender.column: scores,
                    }
                )
                if file is None:
                    writer = pyarrow.parquet.ParquetWriter(unfinished, table.schema)
                    file = opened.enter_context(writer)
                file.write_table(table)
                done += len(rows)
                left = (time.monotonic() - began) / done * (of - done)
                report(done, of, f"{done:,} of {of:,} readers, about {say_seconds(left)} left")
    except OSError as error:
        raise NeurecError(
            f"{path} can't be written: {error.strerror or error}. Nothing was written."
        ) from error
    return done


def _holds_lists(path):
    """Whether a file is one of `write_all`, which may be written anew."""
    try:
        return "rank" in pyarrow.parquet.read_schema(path).names
    except (pyarrow.ArrowException, OSError):
        return False
