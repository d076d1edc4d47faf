"""A run that has ended: its network, which row is whose, and what each reader has read."""

import contextlib
import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet

from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.books import read_books
from neurec_helpers.ratings.checking import Form
from neurec_helpers.ratings.own import read_note
from neurec_helpers.scale import preparing
from neurec_helpers.scale.run_folder import RunFolder
from neurec_helpers.startup import quietly

READERS = 4_096  # whose books are read at a time, where lists are made for all
BATCH = 1 << 17  # rows taken from duckdb at a time


class Finished:
    """What lists are made from.

    Parameters
    ----------
    path : str or Path
        Folder of a run.

    Raises
    ------
    NeurecError
        If it holds no run, or one that has not ended or is damaged.
    """

    def __init__(self, path):
        self.run = RunFolder(path)
        self.settings = self.run.settings()
        if self.settings is None:
            raise NeurecError(
                f"{self.run.path} holds no run. Name the folder that neurec train was given as "
                "--out; it is called run if it was given none."
            )
        again = "Give the same neurec train command again"
        try:
            if not self.run.is_exported():
                has_ended = self.run.has_ended()
                what = "is missing or damaged" if has_ended else "is not trained to the end"
                raise NeurecError(f"the network in {self.run.path} {what}. {again}.")
        except OSError as error:
            where = error.filename or self.run.path
            raise NeurecError(f"{where} can't be read: {error.strerror or error}.") from error
        if damage := preparing.find_damage(self.run.data, self.run.identity()):
            raise NeurecError(
                f"{self.run.data / damage} is damaged, gone or another run's. {again}."
            )
        self.metadata = preparing.read_metadata(self.run.data)

    def network(self):
        """The trained network, on Keras' own backend."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        with quietly():
            import keras

        return keras.models.load_model(self.run.model)

    # Ids

    def row_of_reader(self, reader):
        """The row of a reader, whose id is given as the source has it."""
        return self._rows(preparing.USERS, [reader], "reader", self.settings.user)[0]

    def rows_of_books(self, books):
        """The rows of books."""
        return self._rows(preparing.BOOKS, books, "book", self.settings.book)

    def _rows(self, name, ids, what, column):
        # A byte of another encoding can't be asked for, and stands in no source.
        sought = [each.encode(errors="replace").decode() for each in ids]
        found = self._ask(
            f"SELECT id::VARCHAR, row FROM {self._file(name)} WHERE id::VARCHAR IN "
            f"(SELECT unnest(?))",
            [sought],
        )
        rows = dict(found)
        for each in ids:
            if each not in rows:
                ((first,),) = self._ask(f"SELECT id::VARCHAR FROM {self._file(name)} LIMIT 1")
                raise NeurecError(
                    f"there is no {what} {each!r} in {self.run.path}. Ids are those of the column "
                    f"{column} of {self.settings.source}, such as {first}."
                )
        return [rows[each] for each in ids]

    def book_ids(self):
        """Ids of all books, by row; the first belongs to row 1."""
        return pyarrow.parquet.read_table(self.run.data / preparing.BOOKS, columns=["id"])["id"]

    def titles(self):
        """Titles by id as text, or None.

        They are those of the table that `neurec data adopt` was told of, else of books.csv beside
        the ratings or in their folder.
        """
        source, settings = Path(self.settings.source), self.settings
        form = Form(book=settings.book, user=settings.user, rating=settings.rating)
        table = read_note(source)[1]
        for place in (source / "ratings", source):
            if table is not None and place != source:
                continue
            if (books := read_books(place, table, form)) is not None:
                books = books.drop_duplicates("book_id").set_index("book_id")
                by = ", " + books["author"] if "author" in books else ""
                return books["title"] + by
        return None

    # What was read

    def read_by(self, row):
        """All that one reader has read, held out or not: a table of user_id and book_id, rows."""
        rows = self._ask(f"SELECT DISTINCT book FROM {self._ratings()} WHERE user = {row}")
        return reading([row] * len(rows), sorted(book for (book,) in rows))

    def all_readers(self):
        """Yield (ids, rows, what was read) of some thousand readers at a time, in order."""
        with self._connected() as db:
            stream = db.sql(
                f"SELECT DISTINCT user, book FROM {self._ratings()} ORDER BY user, book"
            ).to_arrow_reader(BATCH)
            users, books = np.empty(0, "int32"), np.empty(0, "int32")
            with pyarrow.parquet.ParquetFile(self.run.data / preparing.USERS) as file:
                for readers in file.iter_batches(READERS, columns=["id", "row"]):
                    rows = readers["row"].to_numpy()
                    while not len(users) or users[-1] <= rows[-1]:
                        if (batch := next(stream, None)) is None:
                            break
                        users = np.concatenate([users, batch["user"].to_numpy()])
                        books = np.concatenate([books, batch["book"].to_numpy()])
                    here = np.searchsorted(users, rows[-1], side="right")
                    yield readers["id"], rows, reading(users[:here], books[:here])
                    users, books = users[here:], books[here:]

    def _ratings(self):
        return (
            f"(FROM {self._file(preparing.TRAIN)} UNION ALL FROM {self._file(preparing.HELD_OUT)})"
        )

    def _file(self, name):
        return f"read_parquet('{_escaped(self.run.data / name)}')"

    @contextlib.contextmanager
    def _connected(self):
        import duckdb

        spill = self.run.path / ".spill"
        try:
            with duckdb.connect() as db:
                db.execute(f"SET memory_limit = '{preparing.MEMORY}'")
                db.execute("SET enable_progress_bar = false")
                db.execute(f"SET temp_directory = '{_escaped(spill)}'")
                yield db
        finally:
            shutil.rmtree(spill, ignore_errors=True)

    def _ask(self, query, values=None):
        with self._connected() as db:
            return db.execute(query, values).fetchall()


def _escaped(path):
    return str(path).replace("'", "''")


def reading(users, books):
    """A table of who has read what."""
    return pd.DataFrame({"user_id": users, "book_id": books}).astype("int32")
