"""The networks that can be trained, for tables that several processes share."""

import math

from neurec_helpers.errors import NeurecError

# Rows of the tables, and of a batch, are a multiple of this: 1 to 8 processes can share them, and
# another number of processes can go on with what some have begun.
SHARES = math.lcm(*range(1, 9))
STARS, LISTS = ("lesson", "best"), "lists"
MODELS = (*STARS, LISTS)
NUMBERS, TEMPERATURE = 64, 0.1  # of the two towers
# Readers in a step of the two towers: each is compared with all books hidden in the batch, so
# memory and time grow with the square.
USUAL_READERS, MOST_READERS = 2 * SHARES, 5 * SHARES


def require(model, batch_size=0):
    """Raise NeurecError if there is no such model, or it can't have such batches."""
    if model not in MODELS:
        raise NeurecError(f"there is no model {model!r}. There are: {', '.join(MODELS)}.")
    if model == LISTS and batch_size > MOST_READERS:
        raise NeurecError(
            f"--batch-size {batch_size} is too large for lists: each reader of a batch is compared "
            f"with all its hidden books. Take {MOST_READERS:,} readers at most."
        )


def unit(model):
    """What an epoch is counted in."""
    return "readers" if model == LISTS else "ratings"


def table_rows(count):
    """Rows of a table for ids 1 to `count`: row 0 stays unused, and the last ones may too."""
    return -(-(count + 1) // SHARES) * SHARES


def build(model, n_users, n_books, mean_rating):
    """A new network.

    Parameters
    ----------
    model : str
        "lesson" (notebook 5) or "best" (notebook 7).
    n_users, n_books : int
    mean_rating : float
        In stars; where predictions start.

    Returns
    -------
    keras.Model
        Of [user rows, book rows], each of shape (n, 1), to stars of shape (n, 1).
    """
    make = {"lesson": _lesson, "best": _best}[model]
    return make(table_rows(n_users), table_rows(n_books), mean_rating)


def _inputs():
    from keras.layers import Input

    return Input(shape=[1], name="User-Input"), Input(shape=[1], name="Book-Input")


def _lesson(user_rows, book_rows, mean_rating):
    from keras import Model, initializers
    from keras.layers import Concatenate, Dense, Embedding, Flatten

    user_input, book_input = _inputs()
    users = Flatten()(Embedding(user_rows, 5, name="User-Embedding")(user_input))
    books = Flatten()(Embedding(book_rows, 5, name="Book-Embedding")(book_input))
    hidden = Concatenate()([books, users])
    hidden = Dense(128, activation="relu")(hidden)
    hidden = Dense(32, activation="relu")(hidden)
    stars = Dense(1, bias_initializer=initializers.Constant(mean_rating))(hidden)
    return Model([user_input, book_input], stars)


def _best(user_rows, book_rows, mean_rating):
    from keras import Model, initializers
    from keras.layers import Add, Dot, Embedding, Flatten
    from keras.regularizers import L2

    def table(rows, numbers, price, name):
        start = initializers.RandomNormal(stddev=0.03) if numbers > 1 else "zeros"
        return Embedding(
            rows, numbers, embeddings_initializer=start, activity_regularizer=L2(price), name=name
        )

    user_input, book_input = _inputs()
    vectors = [
        Flatten()(table(user_rows, 64, 0.14, "User-Embedding")(user_input)),
        Flatten()(table(book_rows, 64, 0.14, "Book-Embedding")(book_input)),
    ]
    biases = [
        Flatten()(table(user_rows, 1, 0.06, "User-Bias")(user_input)),
        Flatten()(table(book_rows, 1, 0.06, "Book-Bias")(book_input)),
    ]
    around_mean = Add()([Dot(axes=1)(vectors), *biases])
    # Not by a Rescaling layer, as in the notebook: that needs TensorFlow.
    return Model([user_input, book_input], around_mean + mean_rating)


def learning_rate(model, rate, all_steps):
    """Adam's learning rate: the lesson's stays, those of the others fall along a cosine."""
    from keras.optimizers.schedules import CosineDecay

    if model == "lesson":
        return rate or 0.001
    return CosineDecay(rate or {"best": 0.01, LISTS: 0.005}[model], decay_steps=all_steps)


def rows(settings, metadata):
    """How many rows an epoch has: ratings, or for lists readers."""
    return metadata.n_histories if settings.model == LISTS else metadata.n_train


def batch_size(settings, metadata):
    """Rows of a batch: as asked for, or so many that an epoch has some 240 steps.

    That is what the lesson's ratings have in batches of 4,096. Never more than about 65,000
    ratings, or `USUAL_READERS`; of fewer rows than a batch has, one that 1, 2, 4 or 8 can share.
    """
    if settings.batch_size:
        return settings.batch_size
    count = rows(settings, metadata)
    most = (USUAL_READERS if settings.model == LISTS else 65_520) // SHARES
    size = min(max(count // 240 // SHARES, 1), most) * SHARES
    return size if size <= count else max(count // 8 * 8, 1)
