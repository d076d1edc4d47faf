"""Notebook 02: how many books and readers there are."""

from neurec_helpers.language import Message, mark
from neurec_helpers.ratings.split import split_ratings
from neurec_helpers.tasks.base import RATINGS, Answer, Mistake, Task, Uncheckable, array_of, kind_of

_THERE_ARE = {
    "book_id": mark("There are {n:,} books."),
    "user_id": mark("There are {n:,} readers."),
}


def _judge_n_books(rng, ratings, n_books) -> Message:
    return _judge_count(ratings, n_books, "n_books", "book_id", "user_id")


def _judge_n_users(rng, ratings, n_users) -> Message:
    return _judge_count(ratings, n_users, "n_users", "user_id", "book_id")


def _judge_count(ratings, count, name, column, other_column) -> Message:
    value = _whole_number(count, name, ratings[column])
    expected = ratings[column].nunique()
    if value == expected:
        return Message(_THERE_ARE[column], n=expected)
    wrong = {
        "rows": len(ratings),
        "cells": ratings.size,
        "the other column": ratings[other_column].nunique(),
        "one too many": expected + 1,
        "largest id": ratings[column].max(),
        "largest count": ratings[column].value_counts().max(),
        "training part only": _in_training_part(ratings, column),
    }
    for mistake, wrong_value in wrong.items():
        if value == wrong_value:
            raise Mistake(mistake, value=value, column=column, name=name)
    raise Mistake("another number", value=value, column=column, name=name)


def _whole_number(count, name, ids) -> int:
    if isinstance(count, str):
        raise Mistake("text", value=count, name=name, column=ids.name)
    if hasattr(count, "columns"):
        raise Uncheckable(
            "`{name}` should be a whole number, but it is {kind}.", name=name, kind=kind_of(count)
        )
    values = array_of(list(count) if isinstance(count, (set, frozenset, dict)) else count, name)
    if values.ndim and values.size == ids.nunique() and values.size > 1:
        raise Mistake("ids", value=values.size, name=name, column=ids.name)
    if isinstance(count, int) and abs(count) >= 2**63:
        raise Uncheckable("`{name}` has far too many digits for a count.", name=name)
    if values.ndim or values.dtype.kind not in "fiu" or float(values) % 1:
        raise Uncheckable(
            "`{name}` should be a whole number, but it is {kind}.", name=name, kind=kind_of(count)
        )
    return int(values)


def _in_training_part(ratings, column) -> int:
    return split_ratings(ratings[column])[0].nunique()


_MISTAKES = {
    "rows": "{value:,} is the number of ratings. The same id stands in many of them; count each "
    "one once.",
    "cells": "{value:,} is the number of ratings times the number of columns. Take the column "
    "`{column}` alone, and count each of its values once.",
    "the other column": "{value:,} counts the other column. Here it is `{column}` that counts.",
    "one too many": "{value:,} is one too many. The `+ 1` belongs to the embedding, as the next "
    "notebook shows, not to the count.",
    "largest id": "{value:,} is the largest id. Ids may have gaps, so it need not be how many "
    "there are. Count the different ones.",
    "largest count": "{value:,} is how often the most frequent id occurs. Count how many "
    "different ids there are.",
    "training part only": "{value:,} is what the training part holds. Some ids occur only in the "
    "test part: count in `ratings`.",
    "text": "`{name}` is text, not a number. Let Python count, and keep the number as it comes.",
    "ids": "`{name}` holds the {value:,} ids themselves. How many are they? Wrap it in `len(…)`.",
    "another number": "{value:,} is not the number of different values in the column `{column}`.",
}

BOOKS = Task(
    id="5.2",
    title="Count the books",
    values=(RATINGS, Answer("n_books", "number")),
    judge=_judge_n_books,
    mistakes=_MISTAKES,
    hints=(
        "The same id stands in many rows, and each shall count once.",
        "Take the column of book ids alone. pandas has a method that lists its different values, "
        "and another that counts them.",
        "The method's name is made of *n* and *unique*. Call it on the column, with `()`.",
    ),
)

USERS = Task(
    id="5.3",
    title="Count the readers",
    values=(RATINGS, Answer("n_users", "number")),
    judge=_judge_n_users,
    mistakes=_MISTAKES,
    hints=(
        "It goes as for the books.",
        "Which column holds the readers?",
        "The same method as for the books, called on the column `user_id`.",
    ),
)
