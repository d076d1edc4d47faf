"""The models that `neurec bench` sets side by side: what each is called, and how it is fitted.

Libraries are imported inside the functions: none of them is a dependency of neurec.
"""

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurec_helpers.bench.recipes import TRAINING, notebook_code
from neurec_helpers.notebook.files import read_notebook
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.recommending.histories import histories, scores_of

SEED = 42
RELEVANT_FROM = 4
BASELINES = NOTEBOOKS / "08_baselines.ipynb"
LISTS = NOTEBOOKS / "09_lists.ipynb"


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
class Entry:
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
    settings : str
        Of what is tuned: the settings and who chose them.
    """

    library: str
    model: str
    modules: tuple
    fit: Callable
    settings: str = ""


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
    """Biases and a dot product, pulled towards 0: the best of notebook 08, by its own code.

    It learns from all training rows, as every library here does; the notebook keeps a tenth of
    them aside, to stop in time.
    """
    notebook = run_notebook_code(BASELINES, ("load", "recipes"))
    start = time.perf_counter()
    rows = notebook["train"]
    notebook["mean"] = rows.rating.mean()
    notebook["learn"], notebook["validation"] = rows, rows.iloc[: len(rows) // 10]
    model = notebook["train_model"](notebook["recipes"]["regularised"])
    return keras_model(model, n_books, time.perf_counter() - start)


def list_model(cells, name):
    """A function that makes a list model of notebook 09, by the notebook's own cells.

    Parameters
    ----------
    cells : tuple of str
        Ids of the cells that make it from the matrix of what was read.
    name : str
        What they call it, or an expression of it.
    """

    def fit(train, n_users, n_books):
        notebook = run_notebook_code(LISTS, ("load",))
        sources = {cell.id: cell.source for cell in read_notebook(LISTS).cells}
        start = time.perf_counter()
        for cell in ("missing", *cells):
            exec(compile(sources[cell], f"{LISTS.name}, cell {cell}", "exec"), notebook)
        model = eval(name, notebook)
        seconds = time.perf_counter() - start

        def scores(user_ids):
            return scores_of(model, histories(train, user_ids, n_books))[:, 1:]

        return Fitted(None, scores, seconds)

    return fit


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


def implicit_als(rows="liked", **options):
    """A function that fits implicit's ALS, which learns from what was read and not from stars.

    Parameters
    ----------
    rows : str
        "liked" (4 stars or more) or "read" (all).
    **options
        Of the library's class.
    """

    def fit(train, n_users, n_books):
        from implicit.als import AlternatingLeastSquares
        from threadpoolctl import threadpool_limits

        used = train[train.rating >= RELEVANT_FROM] if rows == "liked" else train
        table = histories(used, np.arange(n_users + 1), n_books)
        # It runs on all cores by itself, and warns of a slow product that does so too.
        with threadpool_limits(1, "blas"):
            model = AlternatingLeastSquares(random_state=SEED, **options)
            model.fit(table, show_progress=False)
        users, books = np.array(model.user_factors), np.array(model.item_factors)
        return Fitted(None, lambda user_ids: users[user_ids] @ books[1:].T)

    return fit


TUNED_ALS = {"factors": 128, "alpha": 10, "regularization": 0.05}
ALIKE = 'similarity(together).astype("float32")'
TUNED = {"n_factors": 50, "n_epochs": 40, "lr_all": 0.01, "reg_all": 0.1}
LENSKIT = ("lenskit.als", "lenskit.basic", "lenskit.batch")
ENTRIES = {
    "most-read": Entry("neurec", "most read books, no model", ("numpy",), most_read),
    "network": Entry("neurec", "the lesson's network", ("keras",), lesson_network),
    "regularised": Entry("neurec", "regularised dot product", ("keras",), regularised),
    "surprise-baseline": Entry(
        "Surprise", "BaselineOnly", ("surprise",), surprise_model("BaselineOnly", verbose=False)
    ),
    "surprise-svd": Entry(
        "Surprise", "SVD, defaults", ("surprise",), surprise_model("SVD", random_state=SEED)
    ),
    "surprise-svd-tuned": Entry(
        "Surprise",
        "SVD, tuned",
        ("surprise",),
        surprise_model("SVD", random_state=SEED, **TUNED),
        "50 factors, 40 epochs, rate 0.01, penalty 0.1; chosen by neurec's authors",
    ),
    "surprise-svdpp": Entry(
        "Surprise",
        "SVD++, cached",
        ("surprise",),
        surprise_model("SVDpp", random_state=SEED, cache_ratings=True),
    ),
    "lenskit-bias": Entry(
        "LensKit", "bias", LENSKIT, lenskit_model("lenskit.basic", "BiasScorer", damping=5)
    ),
    "lenskit-als": Entry(
        "LensKit", "biased ALS", LENSKIT, lenskit_model("lenskit.als", "BiasedMFScorer")
    ),
    "similar-books": Entry(
        "neurec", "similar books", ("keras", "scipy.sparse"), list_model(("together",), ALIKE)
    ),
    "ease": Entry("neurec", "EASE", ("keras",), list_model(("together", "ease"), "ease")),
    "two-towers": Entry(
        "neurec",
        "two towers",
        ("keras", "keras_rs"),
        list_model(("draw", "towers", "train", "serve"), "towers"),
    ),
    "implicit-als": Entry("implicit", "ALS, defaults", ("implicit.als",), implicit_als()),
    "implicit-als-tuned": Entry(
        "implicit",
        "ALS, tuned",
        ("implicit.als",),
        implicit_als(**TUNED_ALS),
        "liked books, 128 factors, alpha 10, penalty 0.05; chosen by neurec's authors",
    ),
}
