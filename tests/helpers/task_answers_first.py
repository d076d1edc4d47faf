"""Answers to the tasks of notebooks 01 to 03: right ones in other styles, and wrong ones.

WRONG[task][mistake] lists pieces of code; `data` names the data set on which the mistake shows,
where it does not show on every one.
"""


def wrong(*codes, data="small"):
    return [{"code": code, "data": data} for code in codes]


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
        "one-hot times a matrix": """
user_input = Input((1,), dtype="int32")
one_hot = keras.ops.one_hot(user_input[:, 0], n_users + 1)
user_vector = Dense(5, use_bias=False)(one_hot)
""",
        "reshape for flatten": """
user_input = Input((1,), dtype="int32")
user_vector = Reshape((5,))(Embedding(n_users + 1, 5)(user_input))
""",
    },
}

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
            "rows = np.random.RandomState(42).permutation(len(ratings))\n"
            "cut = int(0.8 * len(rows))\n"
            "train, test = ratings.iloc[rows[:cut]], ratings.iloc[rows[cut:]]",
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
        "frozen": wrong(
            "user_input = Input([1])\n"
            "user_vector = Flatten()(Embedding(n_users + 1, 5, trainable=False)(user_input))"
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
}
