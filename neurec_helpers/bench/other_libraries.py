"""Fit one model of one library, once, in this process, and print what it took as a line of JSON.

Run as ``python -m neurec_helpers.bench.other_libraries NAME``: `neurec bench` starts a fresh
process for each, so that memory is its own, and in another environment's Python where the library
is only there.
"""

import importlib
import importlib.util
import json
import sys
import time

import numpy as np
import pandas as pd

from neurec_helpers.bench.entries import ENTRIES, RELEVANT_FROM, SEED
from neurec_helpers.bench.recipes import peak_bytes
from neurec_helpers.errors import NeurecError
from neurec_helpers.ratings.split import split_ratings

K = 10
# Lists for all readers would take some libraries many minutes; the same readers for each.
READERS = 5_000
# Rows of the table (readers times books) that is scored and sorted at once.
BLOCK = 500


def measure(entry, ratings):
    """Fit, predict the test part, and make lists for a sample of readers.

    Parameters
    ----------
    entry : Entry
    ratings : pandas.DataFrame
        All ratings; they are split as in the lesson.

    Returns
    -------
    dict
        ``fit_seconds`` (with turning the data into the library's own form, without importing it),
        ``predict_seconds`` and ``test_mse`` (None if it only ranks), ``peak_bytes`` (after both,
        before the lists), ``ndcg``, ``coverage``, ``list_seconds``, ``readers``, ``train_rows``,
        ``test_rows``.
    """
    from neurec_helpers.recommending.ranking import ranking_metrics

    train, test = split_ratings(ratings)
    n_users, n_books = int(ratings.user_id.max()), int(ratings.book_id.max())
    start_library(entry.modules)

    start = time.perf_counter()
    fitted = entry.fit(train, n_users, n_books)
    fit_seconds = fitted.seconds or time.perf_counter() - start

    predict_seconds = mse = None
    if fitted.predict:
        start = time.perf_counter()
        predicted = fitted.predict(test)
        predict_seconds = time.perf_counter() - start
        mse = float(np.mean((predicted - test.rating.to_numpy()) ** 2))
    peak = peak_bytes()

    start = time.perf_counter()
    readers = sample_readers(test)
    lists = top_books(fitted.scores, readers, train)
    list_seconds = time.perf_counter() - start
    held_out = test[test.user_id.isin(readers)]
    metrics = ranking_metrics(lists, held_out, n_books, k=K, relevant_from=RELEVANT_FROM)
    return {
        "fit_seconds": fit_seconds,
        "predict_seconds": predict_seconds,
        "test_mse": mse,
        "peak_bytes": peak,
        "ndcg": metrics.ndcg,
        "coverage": metrics.coverage,
        "list_seconds": list_seconds,
        "readers": len(readers),
        "train_rows": len(train),
        "test_rows": len(test),
    }


def start_library(modules):
    """Import a library before the clock runs; Keras only after set-up."""
    if "keras" in modules:
        import neurec_helpers as nr

        nr.setup(seed=SEED)
    for name in modules:
        importlib.import_module(name)


def sample_readers(test, n=READERS):
    """Ids of readers with at least one relevant book in the test part; the same at each call."""
    readers = np.unique(test.user_id[test.rating >= RELEVANT_FROM])
    if len(readers) <= n:
        return readers
    return np.sort(np.random.default_rng(SEED).choice(readers, n, replace=False))


def top_books(scores, readers, train, k=K):
    """The k best books of each reader, without those that the reader has in the training part.

    Parameters
    ----------
    scores : callable
        As in `Fitted`.
    readers : array of int
        User ids, ascending.
    train : pandas.DataFrame
    k : int

    Returns
    -------
    pandas.DataFrame
        user_id, book_id, rank (from 1); ties by book_id.
    """
    from neurec_helpers.recommending.lists import best_places, excluded_pairs

    seen = train[train.user_id.isin(readers)]
    parts = []
    for first in range(0, len(readers), BLOCK):
        block = readers[first : first + BLOCK]
        table = np.array(scores(block), dtype=np.float32)
        books = np.arange(1, table.shape[1] + 1)
        table[excluded_pairs(seen, block, books)] = -np.inf
        best = best_places(table, k)
        allowed = np.isfinite(np.take_along_axis(table, best, axis=1))
        part = pd.DataFrame(
            {
                "user_id": np.repeat(block, best.shape[1]),
                "book_id": best.ravel() + 1,
                "rank": np.tile(np.arange(1, best.shape[1] + 1), len(block)),
            }
        )
        parts.append(part[allowed.ravel()])
    return pd.concat(parts, ignore_index=True)


def is_installed(entry):
    """Whether this Python has a entry's library."""
    return importlib.util.find_spec(entry.modules[0].partition(".")[0]) is not None


def main(name):
    """Print the result as JSON.

    Where the library isn't installed it is ``{"missing": ...}``, a mistake that can be named is
    ``{"error": ...}``.
    """
    entry = ENTRIES[name]
    try:
        from neurec_helpers.ratings.loading import load_ratings

        result = (
            measure(entry, load_ratings()) if is_installed(entry) else {"missing": entry.library}
        )
    except NeurecError as error:
        result = {"error": str(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
