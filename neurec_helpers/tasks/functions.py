"""A student's function, called from outside."""

import copy
import dis
import inspect
import re

import numpy as np
import pandas as pd

from neurec_helpers.language import tr

_ONLY_A_CONSTANT = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}


class Raised(Exception):
    """A function that runs in another process raised; the text is ``"ValueError: no such id"``."""


class CallLost(Exception):
    """A call made in another process never came back; the message says why."""


class Function:
    """A student's function and what a judge may know about it.

    Attributes
    ----------
    name : str
        As the task calls it.
    parameters : tuple of str
        Names of its parameters; empty where they can't be told.
    is_stub : bool
        Whether its body does nothing at all.
    overwritten : set of str
        Arguments that a call so far has changed in place.
    """

    def __init__(self, call, name, parameters=(), is_stub=False):
        self._call = call
        self.name, self.parameters, self.is_stub = name, tuple(parameters), is_stub
        self.overwritten = set()

    def __call__(self, *arguments):
        """Call it with copies of `arguments`, plain data or a Keras model.

        Raises
        ------
        Raised
            From another process: what the function raised. Here its own exception comes through.
        CallLost
            From another process: it never came back.
        """
        copies = [_copy(argument) for argument in arguments]
        result = self._call(*copies)
        names = self.parameters if len(self.parameters) == len(arguments) else ()
        for place, (before, after) in enumerate(zip(arguments, copies, strict=True)):
            if not _kept(before, after):
                self.overwritten.add(
                    names[place] if names else tr("argument {place}", place=place + 1)
                )
        return result


def function_of(value, name) -> Function:
    """Wrap anything that can be called."""
    if isinstance(value, Function):
        return value
    try:
        parameters = tuple(inspect.signature(value).parameters)
    except (TypeError, ValueError):  # some written in C don't tell
        parameters = ()
    return Function(value, name, parameters, _is_stub(value))


def _is_stub(function):
    code = getattr(function, "__code__", None)
    if not hasattr(code, "co_code"):
        return False
    return all(step.opname in _ONLY_A_CONSTANT for step in dis.get_instructions(code))


def _copy(argument):
    if isinstance(argument, (np.ndarray, pd.DataFrame, pd.Series, list, dict, set)):
        return copy.deepcopy(argument)
    return argument


def _kept(before, after):
    """Whether all that was there still is; a new column in a table does no harm."""
    if isinstance(before, pd.DataFrame):
        there = set(before.columns) <= set(after.columns)
        return there and before.equals(after[list(before.columns)])
    if isinstance(before, pd.Series):
        return before.equals(after)
    if isinstance(before, np.ndarray):
        return np.array_equal(before, after)
    return before is after or before == after


def first_line(error: Exception) -> str:
    """The first line that says something of an error's text, at most 200 characters."""
    try:
        text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
        lines = [line.strip() for line in text.splitlines() if line.strip()]
    # An exception of the student's own may raise where it is put into words.
    except Exception:
        lines = []
    # Keras says first in which layer, and only then what went wrong.
    if len(lines) > 1 and lines[0].startswith("Exception encountered when calling"):
        lines = lines[1:]
    return lines[0][:200] if lines else tr("no message")
