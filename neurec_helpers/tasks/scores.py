"""Notebook 07: a score for every book."""

import time

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, answer_of, array_of, numbers_of

_ROWS, _WIDTH, _N, _MANY = 2_400, 3, 16, 2_048
# Calling the model once takes as long for 16 books as for one; 16 calls take 16 times as long.
_SLOWER = 5


def _judge_predict_all(rng, predict_all) -> Message:
    users, books = (rng.normal(size=(_ROWS, _WIDTH)).astype("float32") for _ in range(2))
    model = _model(users, books)
    reader, another = (int(id_) for id_ in rng.choice(np.arange(200, 300), 2, replace=False))
    ids = rng.permutation(np.arange(100, 200))[:_N]
    answer = answer_of(predict_all, model, reader, ids)
    got = _scores_from(answer, _N)
    other = _scores_from(answer_of(predict_all, model, another, ids), _N)
    _explain(got, users, books, reader, ids)
    if _alike(got, other):
        raise Mistake("same for everyone")
    for scores, user in ((got, reader), (other, another)):
        if not _alike(scores, books[ids] @ users[user]):
            raise Mistake("other scores")
    if _is_one_by_one(predict_all, model, reader, ids):
        raise Mistake("one by one", n=_N)
    many = rng.permutation(np.arange(100, _ROWS))[:_MANY]
    try:
        scores = _scores_from(answer_of(predict_all, model, reader, many), _MANY)
    except Mistake as mistake:
        # In grading a call may not take long.
        if "TimeoutError" in str(mistake.facts.get("error", "")):
            raise Mistake("one by one", n=_MANY) from mistake
        raise
    if not _alike(scores, books[many] @ users[reader]):
        raise Mistake("other scores")
    calls = _seconds_of_calls(_model(users, books), _MANY)
    if _is_quick_one_by_one(predict_all, model, reader, many, calls):
        raise Mistake("one by one", n=_MANY)
    shape = array_of(answer, "predict_all(...)").shape
    if len(shape) > 1:
        raise Mistake("column", shape=shape)
    return Message("One call, one score for each book, in the order of the ids.")


def _model(users, books):
    """A model made of Keras's own layers, that knows a score for every pair of ids."""
    import keras

    inputs = [keras.Input([1], name=name) for name in ("User-Input", "Book-Input")]
    tables = [keras.layers.Embedding(_ROWS, _WIDTH) for _ in inputs]
    vectors = [
        keras.layers.Flatten()(table(ids)) for table, ids in zip(tables, inputs, strict=True)
    ]
    model = keras.Model(inputs, keras.layers.Dot(1)(vectors))
    for table, rows in zip(tables, (users, books), strict=True):
        table.set_weights([rows])
    return model


def _alike(some, others):
    return np.allclose(some, others, atol=1e-4)


def _scores_from(answer, n):
    scores = numbers_of(answer, "predict_all(...)")
    if scores.size == 1:
        raise Mistake("one number", n=n)
    if scores.size != n or scores.ndim > 2:
        raise Mistake("another length", n=n, shape=scores.shape)
    return scores.reshape(-1)


def _explain(got, users, books, reader, ids):
    places = np.arange(len(ids))
    if _alike(got, users[ids] @ books[reader]):
        raise Mistake("inputs swapped")
    if any(_alike(got, books[places + first] @ users[reader]) for first in (0, 1)):
        raise Mistake("positions")
    for others in (places, places + 1, ids):
        if _alike(got, (users[others] * books[ids]).sum(axis=1)):
            raise Mistake("other readers")
    right = books[ids] @ users[reader]
    if _alike(np.sort(got), np.sort(right)) and not _alike(got, right):
        raise Mistake("order changed")


def _is_one_by_one(predict_all, model, reader, ids):
    def seconds(books):
        return _seconds(lambda: answer_of(predict_all, model, reader, books))

    seconds(ids[:1])  # Keras prepares a model anew for another number of rows
    one = min(seconds(ids[:1]) for _ in range(2))
    # Whatever else the machine does may slow it down once, hardly twice.
    return all(seconds(ids) > _SLOWER * one for _ in range(2))


def _is_quick_one_by_one(predict_all, model, reader, ids, calls):
    """Some ways of calling a model are so quick that 16 calls don't show; this looks at many."""

    def is_slow():
        one, many = (
            _seconds(lambda books=books: answer_of(predict_all, model, reader, books))
            for books in (ids[:1], ids)
        )
        return many - one > calls / 2

    return is_slow() and is_slow()


def _seconds_of_calls(model, n):
    """How long `n` calls of a model take in the quickest way that Keras has."""
    pair = [np.ones((1, 1), "int32")] * 2
    model.predict_on_batch(pair)
    few = 50
    return _seconds(lambda: [model.predict_on_batch(pair) for _ in range(few)]) / few * n


def _seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


PREDICT_ALL = Task(
    id="7.1",
    title="A score for every book",
    values=(Answer("predict_all", "function", "predict_all(model, user_id, book_ids)", "array"),),
    judge=_judge_predict_all,
    mistakes={
        "raises": "`predict_all(model, user_id, book_ids)` stopped: {error} The model takes a list "
        "of two arrays of the same length, first the readers, then the books.",
        "one number": "It gives a single number for {n} books. Each book needs a score of its own: "
        "has something summed over all of them?",
        "column": "The right scores, but in a table of the shape {shape}, as `model.predict` gives "
        "them. Sorting it would sort each row, one number, and change nothing. Make it flat: "
        "`[:, 0]`.",
        "another length": "For {n} books it gives an array of the shape {shape}; {n} scores are "
        "wanted.",
        "order changed": "These are the right scores, but in another order: score and id no longer "
        "belong together. Leave sorting for later.",
        "inputs swapped": "The model gets the books where it expects the reader. Its inputs are "
        "[readers, books].",
        "positions": "The model is asked for books 0, 1, 2, ..., which are positions. Hand it "
        "`book_ids`.",
        "other readers": "Not every row asks for the reader wanted. The same reader's id has to "
        "stand in each row.",
        "same for everyone": "Two readers get the same scores. Does `user_id` reach the model?",
        "other scores": "The scores are not those that `model` gives for this reader and these "
        "books. They should be handed on as they are. (Is it `model`, the one in the brackets, "
        "that is asked?)",
        "one by one": "The right scores, but {n} books take many times as long as one: is the "
        "model called for each book? One call with all the rows is a thousand times faster.",
    },
    hints=(
        "The model wants one row for each pair of reader and book. Who is the reader in each row?",
        "Both inputs are arrays of the same length: one is `book_ids`, the other holds the same "
        "reader again and again. And what shape does `model.predict` return?",
        "`np.full` makes an array of one value. Hand both arrays to `model.predict` in a list, the "
        "readers first, and take the only column of what comes back.",
    ),
)
