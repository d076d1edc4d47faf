"""`neurec data reference`: how well known predictors do on a data set, beside the real one."""

import time

import numpy as np
from rich.console import Console
from rich.table import Table

from neurec_helpers.ratings.split import split_ratings

# Test MSE on the real edition (goodbooks-10k), by this very command.
REAL = {
    "global mean": 0.9713,
    "book mean": 0.9005,
    "user mean": 0.7858,
    "biases, damping 15 / 10": 0.7201,
    "biases, damping 3 / 3": 0.6986,
    "network, epoch 1": 0.7275,
    "network, epoch 2": 0.7089,
    "network, epoch 3": 0.7080,
    "network, epoch 4": 0.7100,
    "network, epoch 5": 0.7149,
    "deeper, on used embeddings": 0.7631,
    "network, 2 epochs, cosine": 0.7073,
    "dot product, no biases": 1.2384,
    "dot product, biases, L2": 0.6855,
}
BATCH = 4096


def reference(source="shelf", slow=False):
    """Measure known predictors and makers of lists and print them beside the real edition.

    Parameters
    ----------
    source : str or Path
        As for `neurec_helpers.ratings.loading.load_ratings`.
    slow : bool
        Also measure the recipes with 32 rows a step (half an hour or more), and Surprise's SVD
        where that package is installed.
    """
    from neurec_helpers.bench import reference_lists
    from neurec_helpers.ratings.loading import load_books, load_ratings, noise_floor
    from neurec_helpers.startup import setup

    ratings = load_ratings(source)
    floor = noise_floor(source)
    print(setup(), flush=True)
    table = _beside(measure(ratings, slow), "test MSE", REAL)
    if floor is not None:
        table.add_row("noise floor", f"{floor:.4f}", "unknown")
    Console().print(table)
    lists = reference_lists.measure(ratings, load_books(source), source)
    Console().print(_beside(lists, "figure", reference_lists.REAL))


def _beside(measured, what, real_edition):
    """A table of what is measured, printed as it comes, beside the real edition's figures."""
    table = Table("predictor", what, "real edition", "difference", "seconds")
    start = time.perf_counter()
    for name, figure in measured:
        seconds = time.perf_counter() - start
        real = real_edition.get(name)
        beside = ("", "") if real is None else (f"{real:.4f}", f"{figure - real:+.4f}")
        table.add_row(name, f"{figure:.4f}", *beside, f"{seconds:.1f}")
        print(f"{name}: {figure:.4f}", flush=True)
        start = time.perf_counter()
    return table


def measure(ratings, slow=False):
    """Yield (name, test MSE) of each predictor, on the lesson's split."""
    data = Split(ratings)
    yield from simple(data)
    yield from networks(data)
    yield "dot product, no biases", dot_alone(data)
    yield "dot product, biases, L2", dot_with_biases(data)
    if slow:
        yield from networks(data, batch=32)
        yield from surprise_svd(ratings)


class Split:
    """Train and test rows as arrays, split as in the lesson."""

    def __init__(self, ratings):
        train, test = split_ratings(ratings)
        self.n_users = int(ratings["user_id"].max()) + 1
        self.n_books = int(ratings["book_id"].max()) + 1
        self.users, self.books, self.stars = self._columns(train)
        self.test_users, self.test_books, self.test_stars = self._columns(test)
        self.mean = self.stars.mean()
        self.scale = self.stars.min(), self.stars.max()

    @staticmethod
    def _columns(rows):
        ids = rows["user_id"].to_numpy(np.int32), rows["book_id"].to_numpy(np.int32)
        return *ids, rows["rating"].to_numpy(np.float64)

    def mse(self, predicted):
        """Mean squared error of predictions for the test rows."""
        return float(np.mean((predicted - self.test_stars) ** 2))


def simple(data):
    """Means and biases: milliseconds."""
    yield "global mean", data.mse(data.mean)
    books = _means(data.books, data.stars, data.n_books, data.mean)
    yield "book mean", data.mse(books[data.test_books])
    users = _means(data.users, data.stars, data.n_users, data.mean)
    yield "user mean", data.mse(users[data.test_users])
    for user_damping, book_damping in (15, 10), (3, 3):
        name = f"biases, damping {user_damping} / {book_damping}"
        yield name, data.mse(biases(data, user_damping, book_damping))


def _means(ids, stars, n, default):
    count = np.bincount(ids, minlength=n)
    return np.where(count, np.bincount(ids, stars, n) / np.maximum(count, 1), default)


def biases(data, user_damping, book_damping, rounds=10):
    """Predict mean + user bias + book bias, by alternating least squares as Surprise does.

    Source: the documentation of Surprise, "Baselines estimates configuration"; its `reg_u` and
    `reg_i` are the dampings. Predictions are cut off at the ends of the scale, as there.
    """
    user_bias = np.zeros(data.n_users)
    deviation = data.stars - data.mean
    user_count = user_damping + np.bincount(data.users, minlength=data.n_users)
    book_count = book_damping + np.bincount(data.books, minlength=data.n_books)
    for _ in range(rounds):
        rest = deviation - user_bias[data.users]
        book_bias = np.bincount(data.books, rest, data.n_books) / book_count
        rest = deviation - book_bias[data.books]
        user_bias = np.bincount(data.users, rest, data.n_users) / user_count
    predicted = data.mean + user_bias[data.test_users] + book_bias[data.test_books]
    return np.clip(predicted, *data.scale)


def networks(data, batch=BATCH):
    """The lesson's network and its deeper variant, which trains on from the first's embeddings.

    With 32 rows a step as the lesson ran them, otherwise with the output's bias started at the
    mean rating. 5 epochs and then 10.
    """
    start = None if batch == 32 else data.mean
    ending = ", batch 32" if batch == 32 else ""
    model, tables = network(data, start)
    for epoch, mse in enumerate(fit(model, data, epochs=5, batch=batch), start=1):
        yield f"network, epoch {epoch}{ending}", mse
    model, _ = network(data, start, tables, deeper=True)
    *_, mse = fit(model, data, epochs=10, batch=batch)
    yield f"deeper, on used embeddings{ending}", mse
    if batch != 32:
        model, _ = network(data, start)
        *_, mse = fit(model, data, epochs=2, rate=1e-2, cosine=True)
        yield "network, 2 epochs, cosine", mse


def _vectors(data, size, tables=None):
    """Inputs, embedding tables and looked-up vectors; a seed of its own for each model."""
    import keras
    from keras import layers

    if tables is None:
        keras.utils.set_random_seed(42)
        tables = layers.Embedding(data.n_books, size), layers.Embedding(data.n_users, size)
    inputs = keras.Input([1], name="Book-Input"), keras.Input([1], name="User-Input")
    looked_up = [layers.Flatten()(table(ids)) for table, ids in zip(tables, inputs, strict=True)]
    return inputs, tables, looked_up


def network(data, start, tables=None, deeper=False):
    """The network of the lesson; `start` is the first value of the output's bias, or None."""
    import keras
    from keras import layers

    (book, user), tables, vectors = _vectors(data, 5, tables)
    hidden = layers.Concatenate()(vectors)
    for units in (128, 32, 8) if deeper else (128, 32):
        hidden = layers.Dense(units, activation="relu")(hidden)
    bias = keras.initializers.Constant(0.0 if start is None else start)
    out = layers.Dense(1, bias_initializer=bias)(hidden)
    return keras.Model([user, book], out), tables


def dot_alone(data):
    """A dot product of 5 dimensions without biases or penalty, trained until it overfits."""
    import keras

    (book, user), _, vectors = _vectors(data, 5)
    model = keras.Model([user, book], keras.layers.Dot(1)(vectors))
    *_, mse = fit(model, data, epochs=12, rate=3e-2)
    return mse


def dot_with_biases(data, size=32, vector_penalty=0.13, bias_penalty=0.06):
    """A dot product and biases, all pulled towards 0 by a penalty for each rating."""
    import keras
    from keras import layers, ops

    class Sum(layers.Layer):
        def call(self, parts):
            user, book, user_bias, book_bias = parts
            rows = ops.cast(ops.shape(user)[0], "float32")
            self.add_loss(vector_penalty * (ops.sum(user**2) + ops.sum(book**2)) / rows)
            self.add_loss(bias_penalty * (ops.sum(user_bias**2) + ops.sum(book_bias**2)) / rows)
            return data.mean + user_bias + book_bias + ops.sum(user * book, 1, keepdims=True)

    keras.utils.set_random_seed(42)
    book, user = keras.Input([1]), keras.Input([1])
    near_zero = keras.initializers.RandomNormal(stddev=0.1)
    parts = [
        layers.Flatten()(layers.Embedding(n, width, embeddings_initializer=begin)(ids))
        for width, begin in ((size, near_zero), (1, "zeros"))
        for n, ids in ((data.n_users, user), (data.n_books, book))
    ]
    model = keras.Model([user, book], Sum()(parts))
    *_, mse = fit(model, data, epochs=12, rate=1e-2, cosine=True)
    return mse


def fit(model, data, epochs, batch=BATCH, rate=1e-3, cosine=False):
    """Train with Adam; return the test MSE after each epoch.

    Once a seed is set, Keras deals the rows in the same order in every epoch of a `fit`.
    """
    import keras

    steps = -(-len(data.stars) // batch)
    if cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, steps * epochs)
    model.compile(
        optimizer=keras.optimizers.Adam(rate),
        loss="mse",
        metrics=[keras.metrics.MeanSquaredError(name="mse")],
        steps_per_execution=min(steps, 64 if batch >= 1024 else 512),
    )
    test_stars = data.test_stars.astype(np.float32)
    history = model.fit(
        [data.users, data.books],
        data.stars.astype(np.float32),
        batch_size=batch,
        epochs=epochs,
        validation_data=([data.test_users, data.test_books], test_stars),
        validation_batch_size=65_536,
        verbose=0,
    )
    return history.history["val_mse"]


def surprise_svd(ratings):
    """Surprise's matrix factorisation, where that package is installed."""
    try:
        import surprise
    except ImportError:
        print("Surprise is not installed, so its SVD is not measured (pip install scikit-surprise)")
        return
    train, test = split_ratings(ratings)
    columns = ["user_id", "book_id", "rating"]
    reader = surprise.Reader(rating_scale=(ratings["rating"].min(), ratings["rating"].max()))
    train = surprise.Dataset.load_from_df(train[columns], reader).build_full_trainset()
    test = list(test[columns].itertuples(index=False, name=None))
    tuned = {"n_factors": 50, "n_epochs": 40, "lr_all": 0.01, "reg_all": 0.1}
    for name, options in ("Surprise SVD, defaults", {}), ("Surprise SVD, tuned", tuned):
        model = surprise.SVD(random_state=42, **options).fit(train)
        yield name, surprise.accuracy.mse(model.test(test), verbose=False)
