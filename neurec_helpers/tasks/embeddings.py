"""Notebook 03: the readers' branch, from an id to a vector."""

import numpy as np

from neurec_helpers.tasks.base import Answer, Given, Mistake, Task, Uncheckable, kind_of
from neurec_helpers.tasks.functions import first_line

DIMENSIONS = 5


def judge_user_branch(rng, n_users, user_input, user_vector) -> str:
    n_users = _whole(n_users)
    branch = _branch(user_input, user_vector)
    tables = [weight for weight in branch.weights if len(weight.shape) == 2]
    if not tables:
        raise Mistake("no table")
    rows, width = tables[0].shape
    if len(branch.weights) > 1:
        raise Mistake("more than a table", count=len(branch.weights))
    if rows == n_users:
        raise Mistake("no plus one", rows=rows, n_users=n_users)
    if rows < n_users:
        raise Mistake("too few rows", rows=rows, n_users=n_users)
    if rows > n_users + 1:
        raise Mistake("too many rows", rows=rows, needed=n_users + 1)
    if width != DIMENSIONS:
        raise Mistake("another width", width=width)
    if tuple(user_vector.shape) != (None, DIMENSIONS):
        raise Mistake("not flattened", shape=tuple(user_vector.shape))
    _require_lookup(branch, tables[0], n_users)
    return f"{rows:,} rows of {DIMENSIONS} numbers, and each reader finds the right one."


def _whole(n_users) -> int:
    if isinstance(n_users, (int, np.integer)) and n_users > 0:
        return int(n_users)
    raise Uncheckable(
        f"`n_users` should be the number of readers, but it is {kind_of(n_users)}. "
        "Run the cell that counts them."
    )


def _branch(user_input, user_vector):
    import keras

    if isinstance(user_vector, keras.Layer):
        raise Mistake("a layer")
    for value, name in ((user_input, "user_input"), (user_vector, "user_vector")):
        if not isinstance(value, keras.KerasTensor):
            raise Uncheckable(
                f"`{name}` should be what a Keras layer returned, but it is {kind_of(value)}."
            )
    try:
        return keras.Model(user_input, user_vector)
    except ValueError as error:
        raise Mistake("not connected", error=first_line(error)) from error


def _require_lookup(branch, table, n_users):
    # Nudging one row must move that reader's vector and nobody else's.
    ids = np.unique([1, (n_users + 1) // 2, n_users]).reshape(-1, 1)
    before = branch.predict_on_batch(ids)
    rows = table.numpy()
    original = rows.copy()
    rows[n_users] += 1
    table.assign(rows)
    moved = np.abs(branch.predict_on_batch(ids) - before).sum(axis=1) > 0
    table.assign(original)
    if not np.array_equal(moved, ids[:, 0] == n_users):
        raise Mistake("not a lookup")


USER_BRANCH = Task(
    id="5.4",
    title="Build the readers' branch",
    values=(
        Given("n_users", lambda ratings: ratings.user_id.nunique(), "number"),
        Answer("user_input", "tensor"),
        Answer("user_vector", "tensor"),
    ),
    judge=judge_user_branch,
    mistakes={
        "a layer": "`user_vector` is the layer itself. A layer is a function: call it with what "
        "it gets, as in `Flatten(…)(user_rows)`.",
        "not connected": "`user_vector` does not come from `user_input`. Each layer must be called "
        "with the result of the one before. (Keras: {error})",
        "no table": "There is no embedding between `user_input` and `user_vector`, so nothing "
        "can be learnt about a reader.",
        "more than a table": "Only the embedding should learn something here; this branch has "
        "{count} sets of weights. Dense layers come in the next notebook.",
        "no plus one": "The table has {rows:,} rows, numbered 0 to {rows:,} - 1, but the ids go "
        "from 1 to {n_users:,}. The last reader has no row: add `+ 1`.",
        "too few rows": "The table has {rows:,} rows for {n_users:,} readers. Were the books "
        "counted instead?",
        "too many rows": "The table has {rows:,} rows; {needed:,} are enough: one for each "
        "reader, and row 0, which stays unused.",
        "another width": "Each reader gets {width} numbers here. The lesson uses 5.",
        "not flattened": "`user_vector` has the shape {shape}. The embedding returns a list of "
        "one row; `Flatten` turns it into the row itself, (None, 5).",
        "not a lookup": "Changing the last reader's row in the table did not change that reader's "
        "vector alone. Only a lookup should stand between the id and the vector.",
    },
    hints=(
        "Take the books' branch as the model: three lines, the same three layers.",
        "What changes: the names, and how many rows the table needs. Ids start at 1, rows at 0.",
        "The table is `Embedding(n_users + 1, 5, …)`, called with `user_input`; then `Flatten`.",
    ),
)
