"""What a task is: an id, hints, a catalogue of mistakes, and a function that looks for them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np


class Mistake(Exception):
    """The answer holds a catalogued mistake.

    Parameters
    ----------
    name : str
        Key of the mistake in the task's catalogue.
    **facts
        Values that the message of that mistake mentions.
    """

    def __init__(self, name: str, /, **facts):
        super().__init__(name)
        self.name = name
        self.facts = facts


class Uncheckable(Exception):
    """The answer can't be judged; the message says why and what is expected."""


class NotAttempted(Exception):
    """The answer is still the stub."""


@dataclass(frozen=True)
class Task:
    """One exercise of a notebook.

    Attributes
    ----------
    id : str
        As students see it, for example ``"5.1"``.
    title : str
        What is to be done, in a few words.
    takes : tuple of str
        What :func:`neurec_helpers.check` is handed after the id, in this order.
    judge : callable
        Called with the answer. Returns one sentence that confirms it, or raises
        :class:`Mistake` or :class:`Uncheckable`.
    mistakes : mapping of str to str
        The catalogue: the name of each mistake and the message that mends it.
    hints : tuple of str
        From a nudge to almost the answer.
    """

    id: str
    title: str
    takes: tuple[str, ...]
    judge: Callable[..., str]
    mistakes: Mapping[str, str]
    hints: tuple[str, ...]

    @property
    def call(self) -> str:
        """The line of code that checks this task."""
        return f'nr.check("{self.id}", {", ".join(self.takes)})'


def answer_of(function: Callable, *arguments):
    """Call a student's function; what it raises becomes the mistake ``raises``.

    A stub returns None or Ellipsis; that means "not attempted".
    """
    try:
        result = function(*arguments)
    # Whatever a student's code raises is an answer to be explained, not a fault of the check.
    except Exception as error:
        raise Mistake("raises", error=f"{type(error).__name__}: {first_line(error)}") from error
    if result is None or result is Ellipsis:
        raise NotAttempted
    return result


def require_function(value, name: str, signature: str) -> None:
    """Raise Uncheckable unless `value` can be called."""
    if not callable(value):
        raise Uncheckable(
            f"`{name}` should be a function, written as `def {signature}:`, "
            f"but it is {kind_of(value)}."
        )


def number_of(value, name: str) -> float:
    """A single number as float: Python's, numpy's, or a tensor of one element."""
    array = array_of(value, name)
    if array.size != 1:
        raise Mistake("array", name=name, shape=array.shape)
    try:
        return float(array.reshape(()))
    except (TypeError, ValueError) as error:
        raise Uncheckable(f"`{name}` should give a number, but gives {kind_of(value)}.") from error


def array_of(value, name: str) -> np.ndarray:
    """`value` as an array; Uncheckable if its parts have different lengths."""
    try:
        return np.asarray(value)
    except ValueError as error:
        raise Uncheckable(
            f"`{name}` is {kind_of(value)} whose parts have different lengths."
        ) from error


def kind_of(value) -> str:
    """`value`'s type as a student would say it."""
    return {
        "DataFrame": "a table (DataFrame)",
        "Series": "a column (Series)",
        "ndarray": "an array",
        "str": "text",
        "int": "a whole number",
        "float": "a number",
        "list": "a list",
        "tuple": "a tuple",
        "function": "a function",
        "builtin_function_or_method": "a function that was not called: add ()",
        "method": "a method that was not called: add ()",
        "NoneType": "nothing (None)",
    }.get(type(value).__name__, f"of the type {type(value).__name__}")


def first_line(error: Exception) -> str:
    """The first line of an error's text, at most 200 characters."""
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no message"
