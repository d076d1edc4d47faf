"""What a task is: its values, a judge, a catalogue of mistakes, and hints."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from neurec_helpers.language import Message, mark
from neurec_helpers.tasks.functions import CallLost, Function, Raised, first_line, function_of

COMMON = {
    "nothing": "`{name}` is None, that is nothing. `print` only shows a value and returns nothing, "
    "and so does what works in place. Assign the value itself.",
    "no return": "`{name}` returned nothing: is `return` missing? `print` shows a value, but only "
    "`return` hands it on.",
    "overwrites": "The result is right, but the function changes `{argument}` itself, which the "
    "cells below still need. Let it work on a copy: `{argument} = {argument}.copy()`.",
}
"""Mistakes that can be made in every task."""


class Mistake(Exception):
    """The answer holds a catalogued mistake.

    Parameters
    ----------
    name : str
        Key of the mistake in the task's catalogue, or in `COMMON`.
    **facts
        Values that the message of that mistake mentions.
    """

    def __init__(self, name: str, /, **facts):
        super().__init__(name)
        self.name = name
        self.facts = facts


class Uncheckable(Exception):
    """The answer can't be judged; the message says why and what is expected.

    Parameters
    ----------
    text : str
        In English; put into the reader's language when it is shown, see `language.tr`.
    **facts
        What the text, as a format string, names.
    """

    def __init__(self, text, /, **facts):
        super().__init__(text)
        self.message = Message(text, **facts)

    def __str__(self):
        return str(self.message)


class NotAttempted(Exception):
    """The answer is still the stub."""


@dataclass(frozen=True)
class Given:
    """A value of the check call that the judge has of its own.

    Attributes
    ----------
    name : str
        As in the notebook.
    of : callable
        Computes it from the table of ratings, where the notebook's own is not to be trusted.
    kind : str
        "table" or "number".
    """

    name: str
    of: Callable
    kind: str = "table"


@dataclass(frozen=True)
class Answer:
    """A value of the check call that the student defines.

    Attributes
    ----------
    name : str
        As in the notebook.
    kind : str
        "number", "table", "array", "tensor" or "function". All tensors of a task together make
        one network, from the first to the last.
    signature : str
        Of a function: its head, for example ``"best_epoch(history)"``.
    gives : str
        Of a function: "number", "array" (also a list or a column) or "network".
    """

    name: str
    kind: str
    signature: str = ""
    gives: str = ""


RATINGS = Given("ratings", lambda ratings: ratings)


@dataclass(frozen=True)
class Task:
    """One exercise of a notebook.

    Attributes
    ----------
    id : str
        As students see it, for example ``"5.1"``.
    title : str
        What is to be done, in a few words.
    values : tuple of Given and Answer
        What :func:`neurec_helpers.check` is handed after the id, in this order.
    judge : callable
        Called with a `numpy.random.Generator` and the values, tables and functions as `plain`
        makes them. Returns a `Message` that confirms the answer, or raises :class:`Mistake`,
        :class:`Uncheckable` or :class:`NotAttempted`.
    mistakes : mapping of str to str
        The catalogue: the name of each mistake and the message that mends it.
    hints : tuple of str
        A nudge, the idea, almost the answer.
    """

    id: str
    title: str
    values: tuple[Given | Answer, ...]
    judge: Callable[..., Message]
    mistakes: Mapping[str, str]
    hints: tuple[str, ...]

    @property
    def takes(self) -> tuple[str, ...]:
        """Names of the values."""
        return tuple(value.name for value in self.values)

    @property
    def call(self) -> str:
        """The line of code that checks this task."""
        return f'nr.check("{self.id}", {", ".join(self.takes)})'

    def message(self, mistake: Mistake) -> Message:
        """The message of a mistake, with its facts."""
        text = self.mistakes.get(mistake.name) or COMMON[mistake.name]
        return Message(text, **mistake.facts)

    def judged(self, values, rng) -> Message:
        """Judge an answer.

        Parameters
        ----------
        values : sequence
            As `self.values` names them.
        rng : numpy.random.Generator
            What functions are called with is drawn from it.

        Returns
        -------
        Message
            A sentence that confirms the answer.

        Raises
        ------
        Mistake, Uncheckable, NotAttempted
            If it is not correct.
        functions.CallLost
            If a call of a function, made in another process, never came back.
        """
        if any(value is Ellipsis for value in values):
            raise NotAttempted
        ready = [plain(value, spec) for value, spec in zip(values, self.values, strict=True)]
        sentence = self.judge(rng, *ready)
        for function in ready:
            if isinstance(function, Function) and function.overwritten:
                raise Mistake("overwrites", argument=sorted(function.overwritten)[0])
        return sentence


def plain(value, spec):
    """A value as judges want it.

    Tables become plain DataFrames, functions become `Function`; all else is left to the judge.
    """
    if value is None:
        if isinstance(spec, Given):
            raise Uncheckable(
                "`{name}` is nothing (None): run the cell that makes it.", name=spec.name
            )
        raise Mistake("nothing", name=spec.name)
    if spec.kind == "table":
        return table_of(value, spec.name)
    if spec.kind == "function":
        if isinstance(value, type) or not callable(value):
            raise Uncheckable(
                "`{name}` should be a function, written as `def {signature}:`, but it is {kind}.",
                name=spec.name,
                signature=spec.signature,
                kind=kind_of(value),
            )
        return function_of(value, spec.name)
    return value


def answer_of(function: Function, *arguments):
    """Call a student's function; what it raises becomes the mistake ``raises``.

    A stub returns None or Ellipsis; that means "not attempted". None from any other body is the
    mistake ``no return``.
    """
    result = called(function, *arguments)
    if result is Ellipsis or (result is None and function.is_stub):
        raise NotAttempted
    if result is None:
        raise Mistake("no return", name=function.name)
    return result


def called(function: Callable, *arguments):
    """Call what a student wrote; what it raises becomes the mistake ``raises``."""
    try:
        return function(*arguments)
    except (CallLost, Uncheckable):
        raise
    except Raised as error:
        raise Mistake("raises", error=_sentence(str(error))) from error
    # Whatever a student's code raises is an answer to be explained, not a fault of the check.
    except Exception as error:
        said = f"{type(error).__name__}: {first_line(error)}"
        raise Mistake("raises", error=_sentence(said)) from error


def _sentence(text: str) -> str:
    """The text with a full stop, for a sentence follows."""
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def number_of(value, name: str) -> float:
    """A single number as float: Python's, numpy's, or a tensor of one element."""
    array = array_of(value, name)
    if array.size != 1:
        raise Mistake("array", name=name, shape=array.shape)
    if _is_text(array):
        raise Uncheckable("`{name}` should give a number, but gives text.", name=name)
    try:
        return float(array.reshape(()))
    except (TypeError, ValueError, OverflowError) as error:
        raise Uncheckable(
            "`{name}` should give a number, but gives {kind}.", name=name, kind=kind_of(value)
        ) from error


def array_of(value, name: str) -> np.ndarray:
    """A copy of `value` as a plain array; Uncheckable if it can't be one."""
    try:
        return np.array(value, subok=False)
    except ValueError as error:
        raise Uncheckable(
            "`{name}` is {kind} whose parts have different lengths.", name=name, kind=kind_of(value)
        ) from error
    # `__array__` and `__len__` of an object may raise anything.
    except Exception as error:
        raise Uncheckable(
            "`{name}` is {kind}, which can't be read as numbers.", name=name, kind=kind_of(value)
        ) from error


def numbers_of(value, name: str) -> np.ndarray:
    """A copy of `value` as a plain array of floats; Uncheckable if it holds no numbers."""
    array = array_of(value, name)
    try:
        if array.dtype.kind in "fiuO" and not _is_text(array):
            return array.astype(float)
    except (TypeError, ValueError, OverflowError):
        pass
    raise Uncheckable(
        "`{name}` should give numbers, but gives {kind}.", name=name, kind=kind_of(value)
    )


IDS = {
    "not flat": mark(
        "The right ids, but in a table of the shape {shape}. Wanted is a flat list of ids: "
        "`np.ravel` makes one."
    ),
    "not whole": mark(
        "The right numbers, but with a decimal point. Ids are whole numbers: "
        "`.astype(int)` makes them so."
    ),
}
"""Mistakes of those who list the right ids in another form; see `require_ids`."""


def require_ids(answer, name: str):
    """Refuse right ids that are no flat list of whole numbers: no table can be asked for them."""
    array = array_of(answer, name)
    if array.ndim != 1:
        raise Mistake("not flat", shape=array.shape)
    if not all(isinstance(id_, (int, np.integer)) for id_ in array.tolist()):
        raise Mistake("not whole")


COLUMNS = ["book_id", "user_id", "rating"]


def table_of(value, name: str) -> pd.DataFrame:
    """A plain table with the three columns of ratings, floats; from a table or an array."""
    try:
        columns = list(value.columns) if hasattr(value, "columns") else None
        if columns is None:
            rows = numbers_of(value, name)
            if rows.ndim == 2 and rows.shape[1] == len(COLUMNS):
                return pd.DataFrame(rows, columns=COLUMNS)
        elif missing := [column for column in COLUMNS if column not in columns]:
            raise Uncheckable(
                "`{name}` lacks the column {column}; all three are needed.",
                name=name,
                column=missing[0],
            )
        else:
            return pd.DataFrame({c: _numbers_in(value, c, name) for c in COLUMNS})
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Uncheckable(
            "The columns of `{name}` should hold numbers ({error}).", name=name, error=error
        ) from error
    raise Uncheckable(
        "`{name}` should be a table of the three columns {columns}, but it is {kind}.",
        name=name,
        columns=", ".join(COLUMNS),
        kind=kind_of(value),
    )


def _numbers_in(table, column, name):
    values = np.asarray(table[column])
    if _is_text(values):
        raise Uncheckable(
            "The columns of `{name}` should hold numbers, but {column} holds text.",
            name=name,
            column=column,
        )
    return values.astype(float).ravel()


def _is_text(array):
    """Whether it holds text, which may look like numbers and would become some."""
    return array.dtype.kind in "SU" or (
        array.dtype.kind == "O" and any(isinstance(part, (str, bytes)) for part in array.flat)
    )


def kind_of(value) -> Message:
    """`value`'s type as a student would say it."""
    name = getattr(value, "type_name", type(value).__name__)
    return _KINDS.get(name) or Message("something of the type {name}", name=name)


_KINDS = {
    "DataFrame": Message("a table (DataFrame)"),
    "Series": Message("a column (Series)"),
    "ndarray": Message("an array"),
    "str": Message("text"),
    "int": Message("a whole number"),
    "float": Message("a number"),
    "list": Message("a list"),
    "tuple": Message("a tuple"),
    "type": Message("a class"),
    "function": Message("a function"),
    "builtin_function_or_method": Message("a function that was not called: add ()"),
    "method": Message("a method that was not called: add ()"),
    "NoneType": Message("nothing (None)"),
}
