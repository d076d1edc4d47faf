"""Notebook 03: the readers' branch, from an id to a vector."""

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Given, Mistake, Task, Uncheckable, called, kind_of
from neurec_helpers.tasks.networks import network_between

DIMENSIONS = 5


def _judge_user_branch(rng, n_users, user_input, user_vector) -> Message:
    n_users = _whole(n_users)
    branch = network_between(user_input, user_vector, ("user_input", "user_vector"))
    weights = branch.get_weights()
    tables = [weight for weight in weights if weight.ndim == 2]
    if not tables:
        raise Mistake("no table")
    if len(weights) > 1:
        raise Mistake("more than a table", count=len(weights))
    rows, width = tables[0].shape
    if rows <= DIMENSIONS < width:
        raise Mistake("arguments swapped", rows=rows, width=width)
    if rows < n_users:
        raise Mistake("too few rows", rows=rows, n_users=n_users)
    if rows > n_users + 1:
        raise Mistake("too many rows", rows=rows, needed=n_users + 1)
    if width != DIMENSIONS:
        raise Mistake("another width", width=width)
    if branch.is_frozen:
        raise Mistake("frozen")
    try:
        ids = np.unique([1, n_users, *rng.integers(1, n_users + 1, 60)])
        vectors, table = _look_up(rng, branch, ids, rows)
    finally:
        branch.set_weights(weights)
    _require_rows(vectors, table, ids)
    return Message(
        "{rows:,} rows of {dimensions} numbers, and each reader finds the right one.",
        rows=rows,
        dimensions=DIMENSIONS,
    )


def _whole(n_users) -> int:
    if isinstance(n_users, (int, np.integer)) and n_users > 0:
        return int(n_users)
    raise Uncheckable(
        "`n_users` should be the number of readers, but it is {kind}. "
        "Run the cell that counts them.",
        kind=kind_of(n_users),
    )


def _look_up(rng, branch, ids, rows):
    """Put numbers into the table that tell its rows apart, and ask for some readers."""
    table = rng.random((rows, DIMENSIONS)).astype("float32")
    branch.set_weights([table])
    try:
        return called(branch.predict, ids.reshape(-1, 1)), table
    except Mistake as raised:  # TensorFlow refuses an id that has no row
        name = "no plus one" if rows == ids[-1] else "not a lookup"
        raise Mistake(name, rows=rows, n_users=ids[-1]) from raised


def _require_rows(vectors, table, ids):
    if vectors.shape != (len(ids), DIMENSIONS):
        raise Mistake("not flattened", shape=(None, *vectors.shape[1:]))
    # Row 0 may be the one for reader 1 if that is how the ids are looked up.
    for shift in (0, 1):
        wanted = ids - shift
        if wanted[-1] < len(table) and np.allclose(vectors, table[wanted], atol=1e-5):
            return
    if len(table) == ids[-1] and np.allclose(vectors[:-1], table[ids[:-1]], atol=1e-5):
        raise Mistake("no plus one", rows=len(table), n_users=ids[-1])
    raise Mistake("not a lookup")


USER_BRANCH = Task(
    id="5.4",
    title="Build the readers' branch",
    values=(
        Given("n_users", lambda ratings: ratings.user_id.nunique(), "number"),
        Answer("user_input", "tensor"),
        Answer("user_vector", "tensor"),
    ),
    judge=_judge_user_branch,
    mistakes={
        "a layer": "`{name}` is a layer, not what it returns. A layer is a function: call it with "
        "what it gets, as in `Flatten(…)(user_rows)`.",
        "not connected": "`user_vector` does not come from `user_input`. Each layer must be called "
        "with the result of the one before. (Keras: {error})",
        "no table": "There is no embedding between `user_input` and `user_vector`, so nothing "
        "can be learnt about a reader.",
        "more than a table": "Only the embedding should learn something here; this branch has "
        "{count} sets of weights. Dense layers come in the next notebook.",
        "arguments swapped": "The table has {rows:,} rows of {width:,} numbers. `Embedding` takes "
        "how many rows there are first, then how many numbers each has.",
        "no plus one": "The table has {rows:,} rows, numbered 0 to {rows:,} - 1, but the ids go "
        "from 1 to {n_users:,}. The last reader has no row: add `+ 1`.",
        "too few rows": "The table has {rows:,} rows for {n_users:,} readers. Each of them needs "
        "one.",
        "too many rows": "The table has {rows:,} rows; {needed:,} are enough: one for each "
        "reader, and row 0, which stays unused.",
        "another width": "Each reader gets {width} numbers here. The lesson uses 5.",
        "frozen": "The table is not to be trained (`trainable=False`), so the readers' numbers "
        "would stay as they were drawn. Leave that out: they are what is learnt here.",
        "not flattened": "`user_vector` has the shape {shape}. The embedding returns a list of "
        "one row; `Flatten` turns it into the row itself, (None, 5).",
        "not a lookup": "`user_vector` is not the reader's row as it stands in the table. Only a "
        "lookup should stand between the id and the vector.",
    },
    hints=(
        "Take the books' branch as the model: the same three layers in the same order.",
        "What changes is the names, and how many rows the table needs. Ids start at 1, rows at 0: "
        "which row does the last reader get?",
        "`Input`, then an `Embedding` with a row for each id from 0 to `n_users`, then `Flatten`: "
        "each called with what the one before returned.",
    ),
)
