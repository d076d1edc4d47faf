"""Run notebooks of one submission; this program runs inside the sandbox.

TensorFlow is started once; each notebook then runs in a fork of this process, so that no notebook
meets what another has left in memory, and what a notebook breaks is gone with its fork. This
program passes on what the fork says, and ends what takes too long. With the argument ``light`` it
starts no TensorFlow and serves calls of functions only.
"""

import importlib
import json
import os
import select
import signal
import socket
import sys
import time

from neurec_helpers.classroom.frames import UNREADABLE, Broken, Channel, Closed
from neurec_helpers.language import tr

GRACE = 5.0  # seconds from the interruption of a cell that takes too long to its end by force
FUNCTION_SECONDS = 120  # for a function of ours; a large notebook takes one, on an idle machine
LONGEST = 64_000_000  # bytes of one message


def main():
    """Serve requests until standard input ends."""
    channel = Channel(os.dup(0), os.dup(1), LONGEST)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if sys.argv[1:] != ["light"]:
        warm_up()
    channel.send(b"!")
    while True:
        try:
            kind, body = channel.receive()
        except Broken:
            return
        if kind == b"F":
            _apart(channel, lambda own, body=body: _call(body, own), {"seconds": FUNCTION_SECONDS})
        elif kind == b"R":
            from neurec_helpers.classroom.cells import run_cells

            request = json.loads(body)
            _apart(channel, lambda own, request=request: run_cells(request, own), request)


def warm_up():
    """Start TensorFlow and import what notebooks need."""
    import neurec_helpers as nr

    nr.setup()
    for name in (
        "IPython",
        "matplotlib.pyplot",
        "nbformat",
        "pandas",
        "sklearn.model_selection",
        "neurec_helpers.classroom.cells",
        "neurec_helpers.tasks.checks",
    ):
        importlib.import_module(name)


def _call(body, channel):
    """Call a function of the helper's with bytes; its bytes are the reply."""
    where, _, payload = body.partition(b"\n")
    module, name = where.decode().split(":")
    channel.send(b"A", getattr(importlib.import_module(module), name)(payload))
    channel.send(b"D")


def _apart(channel, work, limits):
    """Do some work in a fork, and end it by force where it does not end by itself."""
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(channel.reader)
            os.close(channel.writer)
            ours.close()
            os.setpgid(0, 0)
            own = Channel(theirs.fileno(), theirs.fileno(), LONGEST)
            try:
                work(own)
                status = 0
            except BaseException as error:
                # Whatever ends a student's run, also what the student's code does to this program.
                text = f"{type(error).__name__}: {error}"
                own.send(b"X", text[:1000].encode(errors="replace"))
        finally:
            os._exit(status)
    theirs.close()
    own = Channel(ours.fileno(), ours.fileno(), LONGEST)
    try:
        ended = _pass_on(own, channel, limits, child)
    except Broken as broken:
        ended = str(broken)
    finally:
        _end_all(child)
        ours.close()
    channel.send(b"E", ended.encode(errors="replace"))


def _pass_on(own, channel, limits, child):
    """Pass messages to and fro until the fork has finished or has to be ended; why, if early."""
    end = time.monotonic() + limits["seconds"]
    cell_end, what, asked = end, tr("the notebook"), None
    while True:
        # While the judge thinks, the student's clocks stand still; the grader limits the judge.
        wait = min(end, cell_end) - time.monotonic() if asked is None else 600
        ready = select.select([own.reader, channel.reader], [], [], max(wait, 0))[0]
        if wait <= 0 or not ready:
            if end <= cell_end:
                what, most = tr("the notebook"), limits["seconds"]
            else:
                most = limits["cell_seconds"]
            return tr("{what} took more than {most:g} s", what=what, most=most)
        if channel.reader in ready:
            kind, body = channel.receive()
            if asked is not None:
                end, cell_end, asked = end + time.monotonic() - asked, end, None
            own.send(kind, body, GRACE)
            if kind == b"C":
                what, cell_end = tr("a call"), time.monotonic() + limits["cell_seconds"] + GRACE
            continue
        try:
            kind, body = own.receive(max(wait, 0.1))
        except Closed:
            return tr("{what}: Python was ended ({how})", what=what, how=_how_ended(child))
        if kind == b"D":
            return ""
        if kind == b"X":
            error = body[:1000].decode(errors="replace")
            return tr("{what}: it broke off, saying “{error}”", what=what, error=error)
        if kind == b"B":
            what = tr("cell {number}", number=int(body[:9]) + 1) if body[:9].isdigit() else "?"
            cell_end = time.monotonic() + limits["cell_seconds"] + GRACE
            continue
        if kind not in (b"A", b"O"):
            return tr(UNREADABLE)
        if kind == b"A":
            asked = time.monotonic()
        channel.send(kind, body)


def _how_ended(child):
    for _ in range(50):
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            code = os.waitstatus_to_exitcode(status)
            if code < 0:
                return tr("signal {number}", number=-code)
            return tr("exit status {number}", number=code)
        time.sleep(0.02)
    return tr("it has closed its pipe")


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


if __name__ == "__main__":
    main()
