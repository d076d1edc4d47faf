"""Right answers in other styles, and wrong answers that students give, for each task.

WRONG[task][mistake] lists pieces of code; `data` names the data set on which the mistake shows,
where it does not show on every one.
"""


def wrong(*codes, data="small"):
    return [{"code": code, "data": data} for code in codes]


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

RIGHT = {
    "5.1": {
        "train_size": "train, test = train_test_split(ratings, train_size=0.8, random_state=42)",
        "numpy": "train, test = train_test_split(ratings.to_numpy(), test_size=1/5, random_state=42)",
        "split of row numbers": """
rows, other_rows = train_test_split(np.arange(len(ratings)), test_size=0.2, random_state=42)
train, test = ratings.iloc[rows], ratings.iloc[other_rows]
""",
        "index thrown away": """
train, test = train_test_split(ratings, test_size=0.2, random_state=42)
train, test = train.reset_index(drop=True), test.reset_index(drop=True)
""",
    },
    "5.2": {
        "len of unique": "n_books = len(ratings.book_id.unique())",
        "numpy": "n_books = np.unique(ratings['book_id']).size",
        "set": "n_books = len(set(ratings.book_id))",
        "groupby": "n_books = ratings.groupby('book_id').ngroups",
        "numpy integer": "n_books = np.int64(ratings.book_id.nunique())",
    },
    "5.3": {
        "len of value_counts": "n_users = len(ratings.user_id.value_counts())",
        "drop_duplicates": "n_users = ratings['user_id'].drop_duplicates().count()",
    },
    "5.4": {
        "own names": """
user_input = Input((1,))
user_vector = Flatten()(Embedding(input_dim=n_users + 1, output_dim=5)(user_input))
""",
        "counted from 0": """
user_input = Input((1,))
user_vector = Flatten()(Embedding(n_users, 5)(user_input - 1))
""",
        "a slice for flatten": """
user_input = Input((1,), dtype="int32")
user_vector = Embedding(n_users + 1, 5)(user_input)[:, 0, :]
""",
        "a scalar in": """
user_input = Input(())
user_vector = Embedding(n_users + 1, 5, embeddings_initializer="he_normal")(user_input)
""",
        "reshape for flatten": """
user_input = Input((1,), dtype="int32")
user_vector = Reshape((5,))(Embedding(n_users + 1, 5)(user_input))
""",
    },
    "5.5": {
        "functional": FUNCTIONAL,
        "subclassed": SUBCLASSED,
        "seeded": FUNCTIONAL.replace("):\n", "):\n    keras.utils.set_random_seed(42)\n", 1),
        "with dropout": FUNCTIONAL.replace(
            "    x = Dense(32", "    x = keras.layers.Dropout(0.2)(x)\n    x = Dense(32"
        ),
        "counted from 0": FUNCTIONAL.replace("_users + 1, 5)(reader)", "_users, 5)(reader - 1)"),
        "reader first in the middle": FUNCTIONAL.replace(
            "[reader_vector, book_vector]", "[book_vector, reader_vector]"
        ),
    },
    "5.6": {
        "keras": """
def mean_squared_error(true, predicted):
    return keras.ops.mean((np.asarray(true) - predicted[:, 0] if predicted.ndim > 1 else
                           np.asarray(true) - predicted) ** 2)
""",
        "loop": """
def mean_squared_error(true, predicted):
    total = 0
    for t, p in zip(true, np.asarray(predicted).flatten()):
        total += (t - p) ** 2
    return total / len(true)
""",
        "first column": "mean_squared_error = lambda t, p: np.mean((t - p[:, 0]) ** 2)",
        "a column of true": """
def mean_squared_error(true, predicted):
    return ((np.array(true)[:, None] - predicted) ** 2).mean()
""",
        "Keras's own": """
def mean_squared_error(true, predicted):
    return keras.losses.MeanSquaredError()(np.array(true), predicted).numpy()
""",
        "flatten": """
def mean_squared_error(true, predicted):
    error = pd.Series(predicted.flatten()) - pd.Series(np.asarray(true))
    return sum(error ** 2) / len(error)
""",
        "scikit-learn": """
from sklearn.metrics import mean_squared_error
""",
    },
    "5.7": {
        "numpy": """
def baseline_mse(train, test):
    guess = np.full(len(test), np.mean(train["rating"]))
    return np.mean(np.square(test["rating"].to_numpy() - guess))
""",
        "pandas": """
def baseline_mse(training, testing):
    return testing.rating.sub(training.rating.mean()).pow(2).mean()
""",
    },
    "5.8": {
        "index": """
def best_epoch(history):
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1
""",
        "pandas": """
def best_epoch(history):
    table = pd.DataFrame(history, index=range(1, len(history["loss"]) + 1))
    return table.val_loss.idxmin()
""",
    },
}


def count_mistakes(name, column, other):
    return {
        "rows": wrong(f"{name} = len(ratings)", f"{name} = ratings.shape[0]"),
        "cells": wrong(f"{name} = ratings.size"),
        "the other column": wrong(f"{name} = ratings.{other}.nunique()"),
        "one too many": wrong(f"{name} = ratings.{column}.nunique() + 1"),
        "largest id": wrong(f"{name} = ratings.{column}.max()", data="ids with a gap"),
        "largest count": wrong(f"{name} = ratings.{column}.value_counts().max()"),
        "training part only": wrong(f"{name} = train.{column}.nunique()", data="rare ids"),
        "text": wrong(f"{name} = '150'", f"{name} = 'many'"),
        "ids": wrong(
            f"{name} = ratings.{column}.unique()",
            f"{name} = set(ratings.{column})",
            f"{name} = ratings.{column}.value_counts()",
        ),
        "another number": wrong(f"{name} = 12345", f"{name} = -1"),
    }


SPLIT = "train, test = train_test_split(ratings, test_size=0.2, random_state=42)"

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


def mse(expression):
    return f"def mean_squared_error(true, predicted):\n    return {expression}"


def baseline(expression):
    return f"def baseline_mse(train, test):\n    return {expression}"


def epoch(expression):
    return f"def best_epoch(history):\n    return {expression}"


FLAT = "(np.ravel(true) - np.ravel(predicted))"

WRONG = {
    "5.1": {
        "swapped": wrong("test, train = train_test_split(ratings, test_size=0.2, random_state=42)"),
        "rows lost": wrong(
            "train, test = train_test_split(ratings, test_size=0.2, random_state=42)\n"
            "train = train.dropna().head(100)",
            "train, test = train_test_split(ratings.drop_duplicates('user_id'), test_size=0.2)",
        ),
        "rows twice": wrong(
            "train, test = ratings, ratings.sample(frac=0.2, random_state=42)",
            "train = ratings.sample(frac=0.8, random_state=42)\n"
            "test = ratings.sample(frac=0.2, random_state=1)",
        ),
        "a quarter": wrong(
            "train, test = train_test_split(ratings, test_size=0.25, random_state=42)",
            "train, test = train_test_split(ratings, random_state=42)",
        ),
        "another share": wrong(
            "train, test = train_test_split(ratings, test_size=0.4, random_state=42)",
            "train, test = train_test_split(ratings, train_size=0.2, random_state=42)",
        ),
        "not shuffled": wrong(
            "train, test = train_test_split(ratings, test_size=0.2, shuffle=False)",
            "cut = len(ratings) * 4 // 5\ntrain, test = ratings.iloc[:cut], ratings.iloc[cut:]",
        ),
        "changed rows": wrong(
            f"{SPLIT}\ntrain, test = train.assign(rating=train.rating / 5), test",
            f"{SPLIT}\ntrain = train.assign(user_id=train.user_id + 1)",
        ),
        "another order": wrong(
            f"{SPLIT}\ntrain, test = train.sort_index(), test.sort_index()",
            f"{SPLIT}\ntrain = train.sort_values(['user_id', 'book_id'])",
            # `sample` draws the very rows of the test part, and `drop` leaves the others in order.
            "test = ratings.sample(frac=0.2, random_state=42)\ntrain = ratings.drop(test.index)",
        ),
        "stratified": wrong(SPLIT.replace("42)", "42, stratify=ratings.rating)")),
        "sampled": wrong(
            "train = ratings.sample(frac=0.8, random_state=42)\ntest = ratings.drop(train.index)",
            "mixed = ratings.sample(frac=1, random_state=42)\n"
            "cut = int(0.8 * len(mixed))\ntrain, test = mixed[:cut], mixed[cut:]",
        ),
        "another seed": wrong(
            "train, test = train_test_split(ratings, test_size=0.2)",
            "train, test = train_test_split(ratings, test_size=0.2, random_state=0)",
            # What an unseeded split gives right after set-up.
            "keras.utils.set_random_seed(42)\nnp.random.random(10)\n"
            "train, test = train_test_split(ratings, test_size=0.2)",
            "train, test = train_test_split(ratings[::-1], test_size=0.2, random_state=42)",
        ),
    },
    "5.2": count_mistakes("n_books", "book_id", "user_id"),
    "5.3": count_mistakes("n_users", "user_id", "book_id"),
    "5.4": {
        "a layer": wrong(
            "user_input = Input([1])\nuser_vector = Flatten()",
            "user_input = keras.layers.InputLayer([1])\nuser_vector = Flatten()",
            "user_input = Input([1])\n"
            "user_vector = Model(user_input, Flatten()(Embedding(n_users + 1, 5)(user_input)))",
        ),
        "not connected": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_users + 1, 5)(Input([1])))"
        ),
        "no table": wrong("user_input = Input([1])\nuser_vector = Flatten()(user_input)"),
        "more than a table": wrong(
            "user_input = Input([1])\n"
            "user_vector = Dense(5)(Flatten()(Embedding(n_users + 1, 5)(user_input)))"
        ),
        "arguments swapped": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(5, n_users + 1)(user_input))"
        ),
        "no plus one": wrong(
            "user_input = Input([1])\nuser_vector = Flatten()(Embedding(n_users, 5)(user_input))"
        ),
        "too few rows": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_books + 1, 5)(user_input))"
        ),
        "too many rows": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(len(ratings), 5)(user_input))"
        ),
        "another width": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_users + 1, 50)(user_input))"
        ),
        "not flattened": wrong(
            "user_input = Input([1])\nuser_vector = Embedding(n_users + 1, 5)(user_input)"
        ),
        "not a lookup": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_users + 1, 5)(user_input * 0))",
            "user_input = Input([1])\n"
            "user_vector = 2 * Flatten()(Embedding(n_users + 1, 5)(user_input))",
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_users + 1, 5)(user_input + 1))",
        ),
    },
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
            network(
                ("n_users + 1", "n_books + 1"),
                ("Embedding(n_books + 1, 5)\n", "Embedding(n_users + 2, 5)\n"),
            ),
        ),
        "another width": wrong(
            network(("n_users + 1, 5", "n_users + 1, 50")),
            network(("n_books + 1, 5", "n_books + 1, 6")),
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
            "first, second, last = Dense(128, 'relu'), Dense(32, 'relu'), Dense(1)\n"
            + network(
                ('Dense(128, activation="relu")(hidden)', "first(hidden)"),
                ('Dense(32, activation="relu")(hidden)', "second(hidden)"),
                ("Dense(1)(hidden)", "last(hidden)"),
            )
        ),
        "more weights": wrong(
            network(("Dense(1)(hidden)", "Dense(1)(keras.layers.BatchNormalization()(hidden))"))
        ),
        "another function": wrong(
            network(("Concatenate()(", "2 * Concatenate()(")),
            network(("Flatten()(users(user_input))", "-Flatten()(users(user_input))")),
        ),
    },
    "5.6": {
        "raises": wrong(
            mse("(true - prediction) ** 2"),
            mse("np.mean((true - predicted) ** 2) if true.shape == predicted.shape else 1 / 0"),
        ),
        "array": wrong(mse(f"{FLAT} ** 2")),
        "root": wrong(mse(f"np.sqrt(np.mean({FLAT} ** 2))")),
        "absolute": wrong(mse(f"np.mean(np.abs({FLAT}))")),
        "sum": wrong(mse(f"np.sum({FLAT} ** 2)")),
        "not squared": wrong(mse(f"np.mean({FLAT})")),
        "squared too late": wrong(mse(f"np.mean({FLAT}) ** 2")),
        "every pair": wrong(mse("np.mean((np.asarray(true) - predicted) ** 2)")),
        "half": wrong(mse(f"np.mean({FLAT} ** 2) / 2")),
        "variance": wrong(mse(f"np.var({FLAT})"), mse(f"pd.Series({FLAT}).var()")),
        "rounded": wrong(mse(f"round(np.mean({FLAT} ** 2), 2)")),
        "another number": wrong(mse(f"np.mean({FLAT} ** 2) / 3"), mse("1.23456")),
    },
    "5.7": {
        "raises": wrong(baseline("np.mean((test - mean) ** 2)")),
        "array": wrong(baseline("(test.rating - train.rating.mean()) ** 2")),
        "mean of the test part": wrong(
            baseline("np.mean((test.rating - test.rating.mean()) ** 2)"),
            baseline("test.rating.var(ddof=0)"),
        ),
        "mean of all ratings": wrong(
            baseline("np.mean((test.rating - pd.concat([train, test]).rating.mean()) ** 2)")
        ),
        "measured on training rows": wrong(
            baseline("np.mean((train.rating - train.rating.mean()) ** 2)")
        ),
        "root": wrong(baseline("np.mean((test.rating - train.rating.mean()) ** 2) ** 0.5")),
        "absolute": wrong(baseline("np.mean(np.abs(test.rating - train.rating.mean()))")),
        "sum": wrong(baseline("np.sum((test.rating - train.rating.mean()) ** 2)")),
        "the mean itself": wrong(baseline("train.rating.mean()")),
        "constant": wrong(baseline("0.97"), baseline("np.mean((ratings.rating - 4) ** 2)")),
        "median": wrong(baseline("np.mean((test.rating - train.rating.median()) ** 2)")),
        "most frequent": wrong(baseline("np.mean((test.rating - train.rating.mode()[0]) ** 2)")),
        "mean of means": wrong(
            baseline("((test.rating - train.groupby('book_id').rating.mean().mean()) ** 2).mean()"),
            baseline("((test.rating - train.groupby('user_id').rating.mean().mean()) ** 2).mean()"),
        ),
        "a typed number": wrong(
            baseline("((test.rating - 3) ** 2).mean()"), baseline("np.mean((test.rating - 4) ** 2)")
        ),
        "parts exchanged": wrong(
            "def baseline_mse(test, train):\n"
            "    return np.mean((test.rating - train.rating.mean()) ** 2)"
        ),
        "squared too late": wrong(baseline("(test.rating.mean() - train.rating.mean()) ** 2")),
        "rounded": wrong(baseline("round(np.mean((test.rating - train.rating.mean()) ** 2), 3)")),
        "another number": wrong(
            baseline("np.mean((test.rating - 3.84) ** 2)"),
            baseline("np.mean((test.rating - train.user_id.mean()) ** 2)"),
        ),
    },
    "5.8": {
        "raises": wrong(epoch('history.history["val_loss"]'), epoch('history["validation"]')),
        "array": wrong(epoch('history["val_loss"]')),
        "from zero": wrong(epoch('np.argmin(history["val_loss"])')),
        "training loss": wrong(epoch('np.argmin(history["loss"]) + 1')),
        "training loss, from zero": wrong(epoch('np.argmin(history["loss"])')),
        "last": wrong(epoch('len(history["val_loss"])')),
        "worst": wrong(epoch('np.argmax(history["val_loss"]) + 1')),
        "the loss itself": wrong(epoch('min(history["val_loss"])')),
        "smallest gap": wrong(
            epoch('np.argmin(np.subtract(history["val_loss"], history["loss"])) + 1')
        ),
        "constant": wrong(epoch("3")),
        "first rise": wrong(
            "def best_epoch(history):\n"
            "    losses = history['val_loss']\n"
            "    for i in range(1, len(losses)):\n"
            "        if losses[i] > losses[i - 1]:\n"
            "            return i\n"
            "    return len(losses)"
        ),
        "another epoch": wrong(
            epoch('len(history["loss"]) // 2'), epoch('np.argmin(history["val_loss"]) + 2')
        ),
    },
}
