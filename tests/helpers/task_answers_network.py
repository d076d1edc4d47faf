"""Answers to the task of notebook 04, as in task_answers_first.py."""

from tests.helpers.task_answers_first import wrong

FUNCTIONAL = """
def build_network(n_users, n_books):
    reader, book = Input((1,)), Input((1,))
    reader_vector = Reshape((5,))(Embedding(n_users + 1, 5)(reader))
    book_vector = Reshape((5,))(Embedding(n_books + 1, 5)(book))
    x = keras.ops.concatenate([reader_vector, book_vector], axis=-1)
    x = keras.layers.ReLU()(Dense(128)(x))
    x = Dense(32, activation=keras.activations.relu)(x)
    return Model(inputs=[reader, book], outputs=Dense(1, activation="linear")(x))
"""

SUBCLASSED = """
class Recommender(keras.Model):
    def __init__(self, n_users, n_books):
        super().__init__()
        self.readers = Embedding(n_users + 1, 5)
        self.books = Embedding(n_books + 1, 5)
        self.flatten = Flatten()
        self.join = Concatenate()
        self.first = Dense(128, activation="relu")
        self.second = Dense(32, activation="relu")
        self.last = Dense(1)

    def call(self, ids):
        reader, book = ids
        vectors = [self.flatten(self.readers(reader)), self.flatten(self.books(book))]
        return self.last(self.second(self.first(self.join(vectors))))

def build_network(n_users, n_books):
    return Recommender(n_users, n_books)
"""

NETWORK = """
def build_network(n_users, n_books):
    user_input, book_input = Input([1]), Input([1])
    users, books = Embedding(n_users + 1, 5), Embedding(n_books + 1, 5)
    user_vector, book_vector = Flatten()(users(user_input)), Flatten()(books(book_input))
    hidden = Concatenate()([book_vector, user_vector])
    hidden = Dense(128, activation="relu")(hidden)
    hidden = Dense(32, activation="relu")(hidden)
    return Model([user_input, book_input], Dense(1)(hidden))
"""


def network(*changes):
    """The lesson's network with pieces of its code changed."""
    code = NETWORK
    for old, new in changes:
        assert code.count(old) == 1, old
        code = code.replace(old, new)
    return code


RIGHT = {
    "5.5": {
        "functional": FUNCTIONAL,
        "subclassed": SUBCLASSED,
        "seeded": FUNCTIONAL.replace("):\n", "):\n    keras.utils.set_random_seed(42)\n", 1),
        "with dropout": FUNCTIONAL.replace(
            "    x = Dense(32", "    x = keras.layers.Dropout(0.2)(x)\n    x = Dense(32"
        ),
        "counted from 0": FUNCTIONAL.replace("_users + 1, 5)(reader)", "_users, 5)(reader - 1)"),
        "side by side by hstack": FUNCTIONAL.replace(
            "concatenate([reader_vector, book_vector], axis=-1)",
            "hstack([reader_vector, book_vector])",
        ),
        "ReLU by where": FUNCTIONAL.replace(
            "x = keras.layers.ReLU()(Dense(128)(x))",
            "x = Dense(128)(x)\n    x = keras.ops.where(x > 0, x, 0)",
        ),
        "reader first in the middle": FUNCTIONAL.replace(
            "[reader_vector, book_vector]", "[book_vector, reader_vector]"
        ),
    },
}

WRONG = {
    "5.5": {
        "raises": wrong(
            network(("n_users + 1", "number_of_users + 1")),
            network(("[book_vector, user_vector]", "book_vector, user_vector")),
        ),
        "inputs": wrong(
            network(
                ("[user_input, book_input], Dense", "[user_input, book_input, Input([1])], Dense")
            )
        ),
        "one table": wrong(
            network(
                ("Embedding(n_books + 1, 5)", "None"), ("books(book_input)", "users(book_input)")
            )
        ),
        "no plus one": wrong(
            network(("n_users + 1", "n_users")),
            network(("n_books + 1", "n_books")),
            network(("n_users + 1", "n_users"), ("n_books + 1", "n_books")),
        ),
        "tables": wrong(
            network(("n_users + 1", "53425")),
            network(("n_users + 1", "min(n_users, 1000) + 1")),
            network(
                ("n_users + 1", "n_books + 1"),
                ("Embedding(n_books + 1, 5)\n", "Embedding(n_users + 2, 5)\n"),
            ),
        ),
        "another width": wrong(
            network(("n_users + 1, 5", "n_users + 1, 50")),
            network(("n_books + 1, 5", "n_books + 1, 6")),
        ),
        "frozen": wrong(
            network(("n_users + 1, 5", "n_users + 1, 5, trainable=False")),
            network(
                ('Dense(32, activation="relu")', 'Dense(32, activation="relu", trainable=False)')
            ),
        ),
        "inputs swapped": wrong(
            network(("[user_input, book_input], Dense", "[book_input, user_input], Dense")),
            network(
                ("users(user_input)", "users(book_input)"),
                ("books(book_input)", "books(user_input)"),
            ),
        ),
        "no dense layers": wrong(
            network(
                ('hidden = Dense(128, activation="relu")(hidden)', "pass"),
                ('hidden = Dense(32, activation="relu")(hidden)', "pass"),
                ("Dense(1)(hidden)", "keras.ops.sum(hidden, axis=1, keepdims=True)"),
            ),
        ),
        "not concatenated": wrong(
            network(
                ("Concatenate()([book_vector, user_vector])", "Dot(1)([book_vector, user_vector])")
            ),
            network(("Concatenate()([book_vector, user_vector])", "book_vector * user_vector")),
        ),
        "output width": wrong(network(("Dense(1)(hidden)", "Dense(5)(hidden)"))),
        "layer missing": wrong(
            network(('hidden = Dense(32, activation="relu")(hidden)', "pass")),
            network(('hidden = Dense(128, activation="relu")(hidden)', "pass")),
        ),
        "layer too many": wrong(
            network(("Dense(1)(hidden)", "Dense(1)(Dense(8, activation='relu')(hidden))"))
        ),
        "other widths": wrong(network(("Dense(128", "Dense(64"))),
        "no bias": wrong(network(("Dense(1)", "Dense(1, use_bias=False)"))),
        "output bent": wrong(
            network(("Dense(1)", "Dense(1, activation='relu')")),
            network(("Dense(1)", "Dense(1, activation='sigmoid')")),
            network(("Dense(1)(hidden)", "keras.ops.clip(Dense(1)(hidden), -50, 50)")),
        ),
        "hidden straight": wrong(
            network(('Dense(128, activation="relu")', "Dense(128)")),
            network(('Dense(32, activation="relu")', "Dense(32)")),
        ),
        "another activation": wrong(
            network(('Dense(32, activation="relu")', 'Dense(32, activation="relu6")')),
            network(('Dense(32, activation="relu")', 'Dense(32, activation="tanh")')),
            network(('Dense(128, activation="relu")', 'Dense(128, activation="sigmoid")')),
            network(('Dense(128, activation="relu")', 'Dense(128, activation="tanh")')),
            network(('Dense(128, activation="relu")', 'Dense(128, activation="leaky_relu")')),
            network(
                (
                    'Dense(32, activation="relu")(hidden)',
                    "keras.layers.ReLU(max_value=100.0)(Dense(32)(hidden))",
                )
            ),
            network(
                (
                    'Dense(128, activation="relu")(hidden)',
                    "keras.layers.LeakyReLU(negative_slope=2e-5)(Dense(128)(hidden))",
                )
            ),
        ),
        "all alike": wrong(
            NETWORK.replace(
                'activation="relu"', 'activation="relu", kernel_initializer="zeros"'
            ).replace("Dense(1)", 'Dense(1, kernel_initializer="zeros")')
        ),
        "arguments swapped": wrong(
            network(("n_users + 1, 5", "5, n_users + 1"), ("n_books + 1, 5", "5, n_books + 1")),
        ),
        "not flattened": wrong(
            network(
                (
                    "Flatten()(users(user_input)), Flatten()(books(book_input))",
                    "users(user_input), books(book_input)",
                ),
            ),
        ),
        "parameters swapped": wrong(network(("(n_users, n_books)", "(n_books, n_users)"))),
        "shared layers": wrong(
            "import functools\n@functools.cache" + NETWORK,
            "first, second, last = Dense(128, 'relu'), Dense(32, 'relu'), Dense(1)\n"
            + network(
                ('Dense(128, activation="relu")(hidden)', "first(hidden)"),
                ('Dense(32, activation="relu")(hidden)', "second(hidden)"),
                ("Dense(1)(hidden)", "last(hidden)"),
            ),
        ),
        "more weights": wrong(
            network(("Dense(1)(hidden)", "Dense(1)(keras.layers.BatchNormalization()(hidden))"))
        ),
        "another function": wrong(
            network(("Concatenate()(", "2 * Concatenate()(")),
            network(("Flatten()(users(user_input))", "-Flatten()(users(user_input))")),
            network(("Input([1]), Input([1])", "Input([1], dtype='int16'), Input([1])")),
        ),
    },
}
