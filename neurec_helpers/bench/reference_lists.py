"""`neurec data reference`: how good lists are on a data set, and who reads what on it.

A list holds ten of all books but those in the reader's training part; relevant is what the reader
gave 4 stars or more in the test part. The readers are those of `neurec bench`.
"""

import os
import re
from contextlib import contextmanager

import numpy as np
import pandas as pd

from neurec_helpers.bench import other_libraries
from neurec_helpers.bench.entries import ENTRIES, RELEVANT_FROM
from neurec_helpers.ratings.split import split_ratings
from neurec_helpers.recommending.histories import histories
from neurec_helpers.recommending.ranking import ranking_metrics

# On the real edition (goodbooks-10k), by this very command.
REAL = {
    "most read, NDCG@10": 0.0002,
    "ALS, tuned, NDCG@10": 0.1613,
    "two towers, NDCG@10": 0.1964,
    "cosine, NDCG@10": 0.2046,
    "EASE, NDCG@10": 0.2356,
    "cosine of neighbour 1": 0.2774,
    "cosine of neighbour 10": 0.1276,
    "cosine of neighbour 100": 0.0483,
    "of a volume's readers, read the next": 0.5615,
}
RANKS = 1, 10, 100
SHRINKAGE = 10  # added to the denominator of a cosine
PENALTY = 60  # of EASE
VOLUME = re.compile(r"\((.+?),? #(\d+)\)$")
ENTRIES_HERE = {
    "most read, NDCG@10": "most-read",
    "ALS, tuned, NDCG@10": "implicit-als-tuned",
    "two towers, NDCG@10": "two-towers",
}


def measure(ratings, books=None, source=None):
    """Yield (name, figure): NDCG@10 of makers of lists, then how books hang together.

    Parameters
    ----------
    ratings : pandas.DataFrame
    books : pandas.DataFrame, optional
        With book_id and title, for the figures of series.
    source : str or Path, optional
        Where the ratings come from: the two towers are those of notebook 09, which loads them
        itself.
    """
    train, test = split_ratings(ratings)
    n_users, n_books = int(ratings["user_id"].max()), int(ratings["book_id"].max())
    for name, entry in ENTRIES_HERE.items():
        entry = ENTRIES[entry]
        if not other_libraries.is_installed(entry):
            print(f"{entry.library} is not installed, so {entry.model!r} is not measured")
            continue
        with _in_use(source):
            other_libraries.start_library(entry.modules)
            scores = entry.fit(train, n_users, n_books).scores
        yield name, ndcg(scores, train, test, n_books)
    liked = train[train["rating"] >= RELEVANT_FROM]
    for name, weights in ("cosine", cosine), ("EASE", ease):
        scores = from_neighbours(weights(together(liked, n_users, n_books)), liked, n_books)
        yield f"{name}, NDCG@10", ndcg(scores, train, test, n_books)
    alike = cosine(together(train, n_users, n_books))
    for rank, mean in neighbour_fall(alike).items():
        yield f"cosine of neighbour {rank}", mean
    if books is not None and (share := next_volume_share(ratings, books)) is not None:
        yield "of a volume's readers, read the next", share


@contextmanager
def _in_use(source):
    """Make `source` the data set in use, for notebooks that load it themselves."""
    before = os.environ.get("NEUREC_DATASET")
    if source is not None:
        os.environ["NEUREC_DATASET"] = str(source)
    try:
        yield
    finally:
        if source is not None:
            os.environ.pop("NEUREC_DATASET")
            if before is not None:
                os.environ["NEUREC_DATASET"] = before


def ndcg(scores, train, test, n_books):
    """Mean NDCG@10 of the lists that `scores`, as of `Fitted`, makes."""
    readers = other_libraries.sample_readers(test)
    lists = other_libraries.top_books(scores, readers, train)
    held_out = test[test["user_id"].isin(readers)]
    return ranking_metrics(lists, held_out, n_books, relevant_from=RELEVANT_FROM).ndcg


def together(rows, n_users, n_books):
    """How many readers each pair of books shares, by id; on the diagonal, how many it has."""
    table = histories(rows, np.arange(1, n_users + 1), n_books).astype("float32")
    return (table.T @ table).toarray()


def cosine(shared):
    """Shared readers by the root of the product of both books' readers, shrunk; diagonal 0."""
    readers = np.sqrt(shared.diagonal())
    alike = shared / (np.outer(readers, readers) + SHRINKAGE)
    np.fill_diagonal(alike, 0)
    return alike


def ease(shared):
    """Weights that predict who reads a book from all other books (Steck, WWW 2019)."""
    shared[np.diag_indices_from(shared)] += PENALTY
    inverse = np.linalg.inv(shared)
    weights = inverse / -inverse.diagonal()
    np.fill_diagonal(weights, 0)
    return weights


def from_neighbours(weights, rows, n_books):
    """Scores of a reader: the rows of `weights` of the reader's books, added up."""

    def scores(user_ids):
        return (histories(rows, user_ids, n_books) @ weights)[:, 1:]

    return scores


def neighbour_fall(alike):
    """Mean similarity of books to their first, tenth and hundredth neighbour."""
    table = alike[1:, 1:]
    ranks = [rank for rank in RANKS if rank < len(table)]
    nearest = np.partition(table, [len(table) - rank for rank in ranks], axis=1)
    return {rank: float(nearest[:, -rank].mean()) for rank in ranks}


def next_volume_share(ratings, books):
    """Of the readers of a volume that has a next one, the share who read that too.

    None where no title ends in "(Series, #n)", with a next one.
    """
    found = books["title"].str.extract(VOLUME)
    volumes = pd.DataFrame({"book_id": books["book_id"], "series": found[0], "volume": found[1]})
    volumes = volumes.dropna().astype({"volume": int}).drop_duplicates(["series", "volume"])
    following = volumes.assign(volume=volumes["volume"] - 1)
    pairs = volumes.merge(following, on=["series", "volume"], suffixes=("", "_next"))
    if not len(pairs):
        return None
    read = ratings[["user_id", "book_id"]].drop_duplicates()
    first = read.merge(pairs, on="book_id")
    both = first.merge(read, left_on=["user_id", "book_id_next"], right_on=["user_id", "book_id"])
    return len(both) / len(first)
