"""Run notebooks of one submission; this program runs inside the sandbox.

It reads one request a line from standard input and writes what comes of it to standard output,
both as JSON. TensorFlow is started once; each notebook then runs in a fork of this process, so
that no notebook meets what another has left, and what a notebook breaks is gone with its fork.
"""

import contextlib
import io
import json
import os
import select
import signal
import sys
import time

GRACE = 5.0  # seconds from the interruption of a cell that takes too long to its end by force
TEXT_LIMIT = 100_000  # characters kept of what a cell prints
DATA_LIMIT = 2_000_000  # characters kept of one picture or table
OWN = "neurec_helpers"


class CellTimeout(BaseException):
    """A cell took longer than it may; no `except Exception` of a student catches it."""


class CappedText(io.TextIOBase):
    """A text stream that keeps only its beginning, however much is written."""

    def __init__(self):
        self.parts, self.room = [], TEXT_LIMIT

    def write(self, text):
        text = str(text)
        if self.room > 0:
            self.parts.append(text[: self.room])
        self.room -= len(text)
        return len(text)

    def writable(self):
        return True

    def value(self):
        cut = "\n... (more was printed)\n" if self.room < 0 else ""
        return "".join(self.parts) + cut


def main():
    """Serve requests until standard input ends."""
    out, inbox = os.dup(1), os.fdopen(os.dup(0), "rb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    pristine = warm_up()
    _send(out, {"ready": True})
    for line in inbox:
        _send(out, run_apart(json.loads(line), pristine))


def warm_up():
    """Start TensorFlow, and load the helper twice: once for students, once for the grader.

    Returns
    -------
    dict
        The grader's copy of the helper's modules, which no student's code has touched.
    """
    import importlib

    def load():
        module = importlib.import_module(OWN)
        importlib.import_module(f"{OWN}.classroom.verdicts")
        return module

    load().setup()
    for name in ("IPython", "matplotlib.pyplot", "pandas", "sklearn.model_selection"):
        importlib.import_module(name)
    theirs = _take_own_modules()
    load()
    pristine = _take_own_modules()
    sys.modules.update(theirs)
    return pristine


def _take_own_modules():
    names = [name for name in sys.modules if name == OWN or name.startswith(f"{OWN}.")]
    return {name: sys.modules.pop(name) for name in names}


def run_apart(request, pristine):
    """Run one notebook in a fork, and end it by force where it does not end by itself.

    Parameters
    ----------
    request : dict
        "cells": list of {"source", "graded"}; "folder"; "cell_seconds", "seconds", "bytes".
    pristine : dict
        From `warm_up`.

    Returns
    -------
    dict
        "outputs": those of each cell that ended, by its place; "ended": "" or why it ended early.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        status = 1
        try:
            _run_cells(request, pristine, write)
            status = 0
        except BaseException as error:
            # Whatever ends a student's run, also what the student's code does to this program.
            _send(write, {"failed": f"{type(error).__name__}: {error}"[:1000]})
        finally:
            os._exit(status)
    os.close(write)
    try:
        outputs, ended = _listen(read, request, child)
    finally:
        _end_all(child)
        os.close(read)
    return {"outputs": outputs, "ended": ended}


def _listen(read, request, child):
    """Collect what the fork reports, until it has finished, died, or used up what it may."""
    outputs, cell, rest, size = {}, 0, b"", 0
    end = time.monotonic() + request["seconds"]
    cell_end = end
    while True:
        wait = min(end, cell_end) - time.monotonic()
        if wait <= 0 or not select.select([read], [], [], wait)[0]:
            limit = request["seconds" if end <= cell_end else "cell_seconds"]
            what = "the notebook" if end <= cell_end else f"cell {cell + 1}"
            return outputs, f"{what} took more than {limit:g} s"
        chunk = os.read(read, 1 << 16)
        size += len(chunk)
        if size > request["bytes"]:
            return outputs, f"cell {cell + 1} gave more than {request['bytes'] / 1e6:g} MB"
        if not chunk:
            return outputs, f"Python was ended in cell {cell + 1} ({_how_ended(child)})"
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line)
            if "done" in message:
                return outputs, ""
            if "failed" in message:
                return outputs, f"it broke off in cell {cell + 1} ({message['failed']})"
            if "begin" in message:
                cell = message["begin"]
                cell_end = time.monotonic() + request["cell_seconds"] + GRACE
            else:
                outputs[str(message["end"])] = message["outputs"]


def _how_ended(child):
    for _ in range(50):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            return f"signal {-code}" if code < 0 else f"exit status {code}"
        time.sleep(0.02)
    return "it closed its pipe"


def _end_all(child):
    """End the fork and whatever it has started: all that runs here but this program itself."""
    if os.environ.get("NEUREC_ALONE") == "1":
        # In a sandbox there are no others; those that fork while being ended need a second round.
        for _ in range(20):
            try:
                os.kill(-1, signal.SIGKILL)
            except ProcessLookupError:
                break
            time.sleep(0.01)
    else:
        try:
            os.killpg(child, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(child, signal.SIGKILL)
    try:
        while os.waitpid(-1, 0):
            pass
    except ChildProcessError:
        return


def _run_cells(request, pristine, write):
    os.setpgid(0, 0)
    os.makedirs(request["folder"], exist_ok=True)
    os.chdir(request["folder"])
    sys.argv, sys.path[:] = ["notebook"], [path for path in sys.path if path]
    shell = _make_shell()
    signal.signal(signal.SIGALRM, _time_is_up)
    for place, cell in enumerate(request["cells"]):
        _send(write, {"begin": place})
        signal.setitimer(signal.ITIMER_REAL, request["cell_seconds"])
        try:
            outputs = _run_cell(shell, cell, pristine)
        except CellTimeout:
            outputs = [_error("CellTimeout", f"more than {request['cell_seconds']:g} s")]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        _send(write, {"end": place, "outputs": outputs})
    _send(write, {"done": True})


def _time_is_up(*_):
    raise CellTimeout


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


def _run_cell(shell, cell, pristine):
    """Run one cell as Jupyter would; its outputs in the notebook format."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.utils.capture import RichOutput, capture_output

    values = []
    shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=values)
    texts = {"stdout": CappedText(), "stderr": CappedText()}
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = texts["stdout"], texts["stderr"]
    theirs = _take_own_modules() if cell["graded"] else {}
    sys.modules.update(pristine if cell["graded"] else {})
    try:
        with capture_output(stdout=False, stderr=False, display=True) as shown:
            result = shell.run_cell(cell["source"], store_history=True)
    finally:
        sys.stdout, sys.stderr = kept
        if cell["graded"]:
            _take_own_modules()
            sys.modules.update(theirs)
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


def _send(descriptor, message):
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


if __name__ == "__main__":
    main()
