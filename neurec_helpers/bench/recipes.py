"""Train by one recipe, once, in this process, and print what it took as one line of JSON.

Run as ``python -m neurec_helpers.bench.recipes RECIPE EPOCHS SEED``: `neurec bench` starts a fresh
process for each, so that no recipe profits from the one before, and memory is its own. The seed of
the lesson's recipe may be ``none``.
"""

import ast
import json
import sys
import time

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS

TRAINING = NOTEBOOKS / "05_training.ipynb"


def train_neurec(epochs, seed):
    """Train the network as notebook 05 does: set-up and code are the notebook's own.

    Parameters
    ----------
    epochs : int
    seed : int

    Returns
    -------
    dict
        ``epoch_seconds`` (each with the test error measured in it, the first with compiling),
        ``test_mse`` after each epoch, ``cpu_seconds`` of all epochs, ``setup_seconds``,
        ``threads``, ``train_rows``, ``test_rows``, ``peak_bytes``.
    """
    import neurec_helpers as nr

    start = time.perf_counter()
    ready = nr.setup(seed=seed)
    setup_seconds = time.perf_counter() - start

    notebook = {"nr": nr}
    exec(compile(notebook_code(TRAINING), str(TRAINING), "exec"), notebook)
    with Stopwatch() as clock:
        _, history = notebook["train_network"](epochs)
    return {
        **clock.result(),
        "test_mse": [float(mse) for mse in history.history["val_loss"]],
        "setup_seconds": setup_seconds,
        "threads": ready.threads,
        "train_rows": len(notebook["train"]),
        "test_rows": len(notebook["test"]),
        "peak_bytes": peak_bytes(),
    }


def train_lesson(epochs, seed):
    """Train the network as the lesson does: Keras' batch of 32, TensorFlow as it comes.

    The error on the test part is measured once, after the last epoch, as in the lesson.

    Parameters
    ----------
    epochs : int
    seed : int or None
        None is as the lesson does: it sets no seed. Once a seed is set, Keras 3 (with TensorFlow)
        deals the rows in one and the same order in every epoch, and so many small steps in one
        order overfit more.

    Returns
    -------
    dict
        As `train_neurec`, without set-up; and ``start_up_seconds``, what the first epoch takes
        before it trains, measured on one batch of another such network.
    """
    import neurec_helpers as nr

    ratings = nr.load_ratings()
    import keras
    from keras.layers import Concatenate, Dense, Embedding, Flatten, Input
    from keras.models import Model

    train, test = nr.split_ratings(ratings)
    n_books = int(ratings.book_id.max())
    n_users = int(ratings.user_id.max())

    def lesson_network():
        book_input = Input(shape=[1], name="Book-Input")
        book_embedding = Embedding(n_books + 1, 5, name="Book-Embedding")(book_input)
        book_vector = Flatten(name="Flatten-Books")(book_embedding)
        user_input = Input(shape=[1], name="User-Input")
        user_embedding = Embedding(n_users + 1, 5, name="User-Embedding")(user_input)
        user_vector = Flatten(name="Flatten-Users")(user_embedding)
        both = Concatenate()([book_vector, user_vector])
        hidden = Dense(128, activation="relu")(both)
        hidden = Dense(32, activation="relu")(hidden)
        model = Model([user_input, book_input], Dense(1)(hidden))
        model.compile("adam", "mean_squared_error")
        return model

    def fit(model, rows, epochs):
        # The lesson also draws a progress bar; without one it is a little faster.
        return model.fit([rows.user_id, rows.book_id], rows.rating, epochs=epochs, verbose=0)

    for _ in range(2):  # the first also wakes TensorFlow, which is no part of an epoch
        start = time.perf_counter()
        fit(lesson_network(), train.head(32), 1)
        start_up_seconds = time.perf_counter() - start
    if seed is not None:
        keras.utils.set_random_seed(seed)
    model = lesson_network()
    with Stopwatch() as clock:
        fit(model, train, epochs)
    mse = model.evaluate([test.user_id, test.book_id], test.rating, verbose=0)
    return {
        **clock.result(),
        "test_mse": [float(mse)],
        "start_up_seconds": start_up_seconds,
        "train_rows": len(train),
        "test_rows": len(test),
        "peak_bytes": peak_bytes(),
    }


RECIPES = {"neurec": train_neurec, "lesson": train_lesson}


def notebook_code(path, whole=("load", "arrays")):
    """Python text of a notebook's imports, data and functions, without what it does with them.

    Parameters
    ----------
    path : Path
    whole : tuple of str
        Ids of the cells that are taken whole; of the others only the functions are.

    Raises
    ------
    NeurecError
        If the notebook can't be read.
    """
    parts = []
    for cell in notebook_files.read_notebook(path).cells:
        if cell.cell_type != "code":
            continue
        tree = ast.parse(cell.source)
        if cell.id not in whole:
            tree.body = [part for part in tree.body if isinstance(part, ast.FunctionDef)]
        parts.append(ast.unparse(tree))
    return "\n".join(parts)


class Stopwatch:
    """While it is entered, note when each epoch of any Keras model's `fit` ends."""

    def __enter__(self):
        import keras

        self.fit = keras.Model.fit
        self.marks = []
        watch = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: self._mark())

        def timed_fit(model, *args, callbacks=(), **options):
            return self.fit(model, *args, callbacks=[*(callbacks or ()), watch], **options)

        keras.Model.fit = timed_fit
        self._mark()
        return self

    def __exit__(self, *_):
        import keras

        keras.Model.fit = self.fit

    def _mark(self):
        self.marks.append((time.perf_counter(), time.process_time()))

    def result(self):
        """Seconds of each epoch, the first from entering on, and CPU seconds of all threads."""
        walls = [wall for wall, _ in self.marks]
        return {
            "epoch_seconds": [end - begin for begin, end in zip(walls, walls[1:], strict=False)],
            "cpu_seconds": self.marks[-1][1] - self.marks[0][1],
        }


def peak_bytes():
    """The most memory that this process has held at once (resident), in bytes."""
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main(recipe, epochs, seed):
    """Print the result as JSON; a mistake that can be named is ``{"error": ...}``."""
    try:
        result = RECIPES[recipe](int(epochs), None if seed == "none" else int(seed))
    except NeurecError as error:
        result = {"error": str(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
