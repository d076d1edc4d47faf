"""Fit one model of one library, once, in this process, and print what it took as a line of JSON.

Run as ``python -m neurec_helpers.bench.other_libraries NAME``: `neurec bench` starts a fresh process for each,
so that memory is its own, and in another environment's Python where the library is only there.
Libraries are imported inside the functions: none of them is a dependency of neurec.
"""

import importlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurec_helpers.bench.recipes import TRAINING, notebook_code, peak_bytes
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.ratings.split import split_ratings

SEED = 42
K = 10
RELEVANT_FROM = 4
# Lists for all readers would take some libraries many minutes; the same readers for each.
READERS = 5_000
# Rows of the table (readers times books) that is scored and sorted at once.
BLOCK = 500
BASELINES = NOTEBOOKS / "08_baselines.ipynb"


@dataclass(frozen=True)
class Fitted:
    """A fitted model.

    Attributes
    ----------
    predict : callable or None
        From a frame with user_id and book_id to predicted stars; None if it only ranks.
    scores : callable
        From an array of user ids to an array (readers, books): the higher, the sooner is a book
        recommended. Books are in order of their ids, from 1.
    seconds : float, optional
        What fitting took, where not all that was done for it was fitting.
    """

    predict: Callable | None
    scores: Callable
    seconds: float | None = None


@dataclass(frozen=True)
class Peer:
    """One line of the comparison.

    Attributes
    ----------
    library : str
        The name that people know it by.
    model : str
        The model and its settings, in a few words.
    modules : tuple of str
        What to import before the clock runs; the first has to be there.
    fit : callable
        From (training rows, number of users, number of books) to `Fitted`.
    """

    library: str
    model: str
    modules: tuple
    fit: Callable


def measure(peer, ratings):
    """Fit, predict the test part, and make lists for a sample of readers.

    Parameters
    ----------
    peer : Peer
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
    start_library(peer.modules)

    start = time.perf_counter()
    fitted = peer.fit(train, n_users, n_books)
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


@dataclass(frozen=True)
class Factors:
    """Scores that are a sum of biases and a dot product, which most of these models have.

    Attributes
    ----------
    mean : float
    user_bias, book_bias : array
        Lengths n_users + 1 and n_books + 1; whoever is not in the training part has 0.
    users, books : array or None
        Shapes (n_users + 1, d) and (n_books + 1, d).
    """

    mean: float
    user_bias: np.ndarray
    book_bias: np.ndarray
    users: np.ndarray | None = None
    books: np.ndarray | None = None

    def scores(self, user_ids):
        """Array (readers, books)."""
        table = self.mean + self.user_bias[user_ids, None] + self.book_bias[None, 1:]
        if self.users is not None:
            table = table + self.users[user_ids] @ self.books[1:].T
        return table


def by_id(values, ids, n):
    """Rows of a library, in its own order, as a table with a row for each id from 0 to n."""
    table = np.zeros((n + 1, *np.shape(values)[1:]), dtype=np.float32)
    table[np.asarray(ids)] = values
    return table


def most_read(train, n_users, n_books):
    """Recommend to everyone what most have read: the rival of every list."""
    counts = np.bincount(train.book_id, minlength=n_books + 1)[1:]
    return Fitted(None, lambda user_ids: np.tile(counts, (len(user_ids), 1)))


def lesson_network(train, n_users, n_books):
    """The network of notebook 05, by the notebook's own code: five epochs."""
    notebook = run_notebook_code(TRAINING, ("load", "arrays"))
    start = time.perf_counter()
    model, _ = notebook["train_network"](5)
    return keras_model(model, n_books, time.perf_counter() - start)


def regularised(train, n_users, n_books):
    """Biases and a dot product, pulled towards 0: the best of notebook 08, by its own code."""
    notebook = run_notebook_code(BASELINES, ("load", "recipes"))
    start = time.perf_counter()
    notebook["mean"] = notebook["train"].rating.mean()
    make, how = notebook["recipes"]["regularised"]
    model = notebook["train_model"](make, **how)
    return keras_model(model, n_books, time.perf_counter() - start)


def run_notebook_code(path, whole):
    """The names that a notebook's imports, data and functions define, as `notebook_code` has them.

    The notebook loads the ratings again and splits them in the same way.
    """
    import neurec_helpers as nr

    notebook = {"nr": nr}
    exec(compile(notebook_code(path, whole), str(path), "exec"), notebook)
    return notebook


def keras_model(model, n_books, fit_seconds):
    """A Keras model that takes user and book."""
    import neurec_helpers as nr

    books = np.arange(1, n_books + 1)

    def predict(rows):
        ids = {"User-Input": rows.user_id, "Book-Input": rows.book_id}
        inputs = [ids[each.name].to_numpy("int32") for each in model.inputs]
        return model.predict(inputs, batch_size=32_768, verbose=0)[:, 0]

    return Fitted(predict, lambda user_ids: nr.scores(model, user_ids, books), fit_seconds)


def surprise_model(name, **options):
    """A function that fits a model of Surprise."""

    def fit(train, n_users, n_books):
        import surprise

        scale = train.rating.min(), train.rating.max()
        columns = train[["user_id", "book_id", "rating"]]
        data = surprise.Dataset.load_from_df(columns, surprise.Reader(rating_scale=scale))
        train_set = data.build_full_trainset()
        model = getattr(surprise, name)(**options).fit(train_set)

        def predict(rows):
            triples = rows[["user_id", "book_id", "rating"]].itertuples(index=False, name=None)
            return np.array([prediction.est for prediction in model.test(triples)])

        # Surprise makes no lists but from single predictions, hours for these many; they are the
        # same from its arrays.
        return Fitted(predict, surprise_factors(model, n_users, n_books).scores)

    return fit


def surprise_factors(model, n_users, n_books):
    """What Surprise's BaselineOnly, SVD or SVDpp has learnt."""
    train = model.trainset
    users = [train.to_raw_uid(row) for row in train.all_users()]
    books = [train.to_raw_iid(row) for row in train.all_items()]
    biases = by_id(model.bu, users, n_users), by_id(model.bi, books, n_books)
    if not hasattr(model, "pu"):
        return Factors(train.global_mean, *biases)
    tastes = np.array(model.pu)
    if hasattr(model, "yj"):
        # SVD++ adds to a reader's vector one for each book read, whatever the rating.
        implied = np.array(model.yj)
        for row, read in train.ur.items():
            tastes[row] += implied[[book for book, _ in read]].sum(axis=0) / np.sqrt(len(read))
    tables = by_id(tastes, users, n_users), by_id(model.qi, books, n_books)
    return Factors(train.global_mean, *biases, *tables)


def lenskit_model(module, name, **options):
    """A function that fits a scorer of LensKit in its pipeline for predictions."""

    def fit(train, n_users, n_books):
        from lenskit import batch, predict
        from lenskit.data import ItemList, ItemListCollection, from_interactions_df
        from lenskit.pipeline import predict_pipeline
        from lenskit.training import TrainingOptions

        # It takes one rating of a pair, and few pairs have more.
        rows = lenskit_rows(train).drop_duplicates(["user_id", "item_id"])
        scorer = getattr(importlib.import_module(module), name)(**options)
        pipeline = predict_pipeline(scorer)
        pipeline.train(from_interactions_df(rows), TrainingOptions(rng=SEED))
        books = np.arange(1, n_books + 1)

        def predict_rows(rows):
            asked = lenskit_rows(rows)[["user_id", "item_id"]].drop_duplicates()
            asked = ItemListCollection.from_df(asked, ["user_id"])
            found = batch.predict(pipeline, asked, n_jobs=1).to_df()
            keys = pd.MultiIndex.from_frame(found[["user_id", "item_id"]])
            scores = pd.Series(found.score.to_numpy(), index=keys)
            return scores.loc[pd.MultiIndex.from_frame(rows[["user_id", "book_id"]])].to_numpy()

        def scores(user_ids):
            items = ItemList(item_ids=books)
            return np.stack([predict(pipeline, user, items).scores() for user in user_ids])

        return Fitted(predict_rows, scores)

    return fit


def lenskit_rows(rows):
    """Ratings with LensKit's names of columns."""
    return rows[["user_id", "book_id", "rating"]].rename(columns={"book_id": "item_id"})


def implicit_als(train, n_users, n_books):
    """Implicit's ALS, which learns from what was liked and not from stars."""
    from implicit.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix
    from threadpoolctl import threadpool_limits

    liked = train[train.rating >= RELEVANT_FROM].drop_duplicates(["user_id", "book_id"])
    ones = np.ones(len(liked), dtype=np.float32)
    shape = n_users + 1, n_books + 1
    table = csr_matrix((ones, (liked.user_id, liked.book_id)), shape)
    # It runs on all cores by itself, and warns of a slow product that does so too.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(random_state=SEED)
        model.fit(table, show_progress=False)
    users, books = np.array(model.user_factors), np.array(model.item_factors)
    return Fitted(None, lambda user_ids: users[user_ids] @ books[1:].T)


TUNED = {"n_factors": 50, "n_epochs": 40, "lr_all": 0.01, "reg_all": 0.1}
LENSKIT = ("lenskit.als", "lenskit.basic", "lenskit.batch")
PEERS = {
    "most-read": Peer("neurec", "most read books, no model", ("numpy",), most_read),
    "network": Peer("neurec", "the lesson's network", ("keras",), lesson_network),
    "regularised": Peer("neurec", "regularised dot product", ("keras",), regularised),
    "surprise-baseline": Peer(
        "Surprise", "BaselineOnly", ("surprise",), surprise_model("BaselineOnly", verbose=False)
    ),
    "surprise-svd": Peer(
        "Surprise", "SVD, defaults", ("surprise",), surprise_model("SVD", random_state=SEED)
    ),
    "surprise-svd-tuned": Peer(
        "Surprise", "SVD, tuned", ("surprise",), surprise_model("SVD", random_state=SEED, **TUNED)
    ),
    "surprise-svdpp": Peer(
        "Surprise",
        "SVD++, cached",
        ("surprise",),
        surprise_model("SVDpp", random_state=SEED, cache_ratings=True),
    ),
    "lenskit-bias": Peer(
        "LensKit", "bias", LENSKIT, lenskit_model("lenskit.basic", "BiasScorer", damping=5)
    ),
    "lenskit-als": Peer(
        "LensKit", "biased ALS", LENSKIT, lenskit_model("lenskit.als", "BiasedMFScorer")
    ),
    "implicit-als": Peer("implicit", "ALS on liked books", ("implicit.als",), implicit_als),
}


def is_installed(peer):
    """Whether this Python has a peer's library."""
    return importlib.util.find_spec(peer.modules[0].partition(".")[0]) is not None


def main(name):
    """Print the result as JSON.

    Where the library isn't installed it is ``{"missing": ...}``, a mistake that can be named is
    ``{"error": ...}``.
    """
    peer = PEERS[name]
    try:
        from neurec_helpers.ratings.loading import load_ratings

        result = measure(peer, load_ratings()) if is_installed(peer) else {"missing": peer.library}
    except NeurecError as error:
        result = {"error": str(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
