"""Run the cells of a notebook as Jupyter would, and give answers away where they are checked."""

import contextlib
import io
import json
import os
import signal
import sys

from neurec_helpers.classroom.calls import Callee, pack, unpack
from neurec_helpers.classroom.frames import Unfit

TEXT_LIMIT = 100_000  # characters kept of what a cell prints
DATA_LIMIT = 2_000_000  # characters kept of one picture or table


class CellTimeout(BaseException):
    """A cell took longer than it may; no `except Exception` of a student catches it."""


class CappedText(io.TextIOBase):
    """A text stream that keeps only its beginning, however much is written."""

    def __init__(self):
        self.parts, self.room = [], TEXT_LIMIT

    def write(self, text):
        """Keep what there is room for."""
        text = str(text)
        if self.room > 0:
            self.parts.append(text[: self.room])
        self.room -= len(text)
        return len(text)

    def writable(self):
        """It can be written to."""
        return True

    def value(self):
        """What was kept, and whether there was more."""
        cut = "\n... (more was printed)\n" if self.room < 0 else ""
        return "".join(self.parts) + cut


def run_cells(request, channel):
    """Run the cells of a notebook; nothing that is reported from here on is to be believed.

    Parameters
    ----------
    request : dict
        "cells": list of {"source", "answers"}, where "answers" is None or, for a check, the
        expression of each answer by its name; "folder"; "cell_seconds", "call_seconds".
    channel : frames.Channel
    """
    os.makedirs(request["folder"], exist_ok=True)
    os.chdir(request["folder"])
    # A notebook may import what it has written beside itself; last, so that it hides nothing.
    sys.argv, sys.path[:] = ["notebook"], [*filter(None, sys.path), request["folder"]]
    shell = _make_shell()
    signal.signal(signal.SIGALRM, _time_is_up)
    check, code = _check_of_lesson()
    for place, cell in enumerate(request["cells"]):
        channel.send(b"B", str(place).encode())
        try:
            with _limit(request["cell_seconds"]):
                outputs = _run_cell(shell, cell["source"])
        except CellTimeout:
            outputs = [_error("CellTimeout", f"more than {request['cell_seconds']:g} s")]
        body = json.dumps({"place": place, "outputs": outputs})
        channel.send(b"O", body.encode(errors="replace"))
        if cell["answers"] is not None:
            patched = _check_of_lesson() != (check, code) or check.__code__ is not code
            _give_answers(shell, place, cell["answers"], patched, request, channel)
    channel.send(b"D")


def _check_of_lesson():
    import neurec_helpers

    check = neurec_helpers.check
    return check, getattr(check, "__code__", None)


@contextlib.contextmanager
def _limit(seconds):
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _limited_call(seconds):
    quiet = CappedText()
    try:
        with _limit(seconds), contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
            yield
    except CellTimeout:
        raise TimeoutError(f"it took more than {seconds:g} s") from None


def _time_is_up(*_):
    raise CellTimeout


def _give_answers(shell, place, expressions, patched, request, channel):
    """Send the answers of one task, and serve calls until the judge has heard enough."""
    callee, values, missing, broken = Callee(), {}, [], ""
    for name, expression in expressions.items():
        try:
            values[name] = eval(expression, shell.user_ns)
        except NameError:
            missing.append(name)
        # An expression of the check's cell may do anything with what the student defined.
        except Exception as error:
            broken = f"{type(error).__name__}: {error}"
    message = {"place": place, "missing": missing, "patched": patched, "broken": broken[:300]}
    try:
        with _limited_call(request["call_seconds"]):
            message |= callee.encode(values)
    except Unfit as unfit:
        message["unfit"] = str(unfit)
    # Reading a value runs the student's code too: `__array__`, `__iter__`, `columns`. The time may
    # be up on the way out of the limit as well.
    except (Exception, CellTimeout) as error:
        message["broken"] = f"{type(error).__name__}: {error}"[:300]
    channel.send(b"A", pack(message))
    while True:
        kind, body = channel.receive()
        if kind != b"C":
            return
        reply = callee.answer(unpack(body), _limited_call(request["call_seconds"]))
        channel.send(b"A", pack(reply))


def _make_shell():
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config, colors="NoColor")
    # IPython would keep all that is printed in its history, 1 GB if that is what is printed.
    shell._tee = lambda channel: contextlib.nullcontext()
    shell.showtraceback = shell.showsyntaxerror = lambda *_, **__: None
    return shell


def _run_cell(shell, source):
    """Run one cell; its outputs in the notebook format."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import RichOutput, capture_output

    values = []
    shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=values)
    texts = {"stdout": CappedText(), "stderr": CappedText()}
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = texts["stdout"], texts["stderr"]
    try:
        with capture_output(stdout=False, stderr=False, display=True) as shown:
            result = shell.run_cell(source, store_history=True)
    finally:
        sys.stdout, sys.stderr = kept
    outputs = [
        {"output_type": "stream", "name": name, "text": text.value()}
        for name, text in texts.items()
        if text.parts
    ]
    outputs += [_rich(output) for output in (*shown.outputs, *(RichOutput(**v) for v in values))]
    error = result.error_before_exec or result.error_in_exec
    if isinstance(error, CellTimeout):
        raise error
    if error is not None:
        outputs.append(_error(type(error).__name__, str(error)))
    return outputs


def _rich(output):
    data = {
        kind: value
        for kind, value in output.data.items()
        if isinstance(value, str) and len(value) <= DATA_LIMIT
    }
    return {"output_type": "display_data", "data": data, "metadata": {}}


def _error(name, text):
    text = text[:TEXT_LIMIT]
    return {
        "output_type": "error",
        "ename": name,
        "evalue": text,
        "traceback": [f"{name}: {text}"],
    }
