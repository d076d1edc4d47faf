"""Run one submission's notebooks and have the judge decide; the grader only passes bytes on."""

import contextlib
import json
import time

from neurec_helpers.classroom.frames import UNREADABLE, Broken
from neurec_helpers.classroom.record import plain
from neurec_helpers.classroom.sandbox import Sandbox, call_in
from neurec_helpers.language import tr

SLACK = 30.0  # seconds beyond the limits that a sandbox keeps itself
JUDGE_SECONDS = 300.0  # for what the judge does for one task, calls not counted
APART_SECONDS = 150.0  # for a call of a function of ours; the runner ends it before
_STATUSES = ("correct", "incorrect", "not attempted", "uncheckable", "error", "not graded")


class Judge:
    """The judge's sandbox. It serves one submission after the other, with fresh state for each.

    Parameters
    ----------
    data : Path
        Folder with the hidden ratings.
    limits : sandbox.Limits
    sandboxed : bool
    place : int
        Which of those that run side by side it is, from 0.
    """

    def __init__(self, data, limits, sandboxed=True, place=0):
        # Never the same user as any submission's sandbox.
        self._make = lambda: Sandbox(
            "neurec_helpers.classroom.judge", limits, data, sandboxed, 500 + place
        )
        self.sandbox = None

    def start(self):
        """Start it, if it isn't running."""
        if self.sandbox is None:
            self.sandbox = self._make()

    def decide(self, task, answer, ask, watch):
        """The verdict on an answer.

        Parameters
        ----------
        task : str
        answer : bytes
            From the student's process, unread.
        ask : callable
            Passes bytes to the student's process and gives its reply.
        watch : callable
            Looks at the student's processes meanwhile, and raises `Broken` if they take too much.

        Returns
        -------
        dict of str to str
            "status", "reason", "mistake", "attempt".
        """
        try:
            self.start()
            channel, end = self.sandbox.channel, time.monotonic() + JUDGE_SECONDS
            channel.watch = _both(self.sandbox.watch, watch)
            channel.send(b"J", json.dumps({"task": task}).encode(), JUDGE_SECONDS)
            channel.send(b"A", answer, JUDGE_SECONDS)
            verdict = None
            while True:
                kind, body = channel.receive(max(end - time.monotonic(), 0.1))
                if kind == b"E":
                    return verdict or _undecided(tr("the judge broke off"))
                if kind == b"V":
                    verdict = _read_verdict(body)
                    continue
                asked = time.monotonic()
                try:
                    reply = ask(body)
                    end += time.monotonic() - asked
                    channel.send(b"A", reply, JUDGE_SECONDS)
                except _Gone:
                    channel.send(b"Z", b"", JUDGE_SECONDS)
                    while channel.receive(JUDGE_SECONDS)[0] != b"E":
                        pass
                    raise
        except _Greedy:
            self.end()
            raise
        except Broken as broken:
            reason = self.sandbox.why(broken)
            self.sandbox = None
            return _undecided(tr("the judge could not decide: {reason}", reason=reason))

    def end(self):
        """End it; the next answer starts it anew."""
        if self.sandbox is not None:
            self.sandbox.end()
            self.sandbox = None


class _Gone(Exception):
    """The student's process is gone while the judge waits for it."""

    def __init__(self, reason, runner_is_fine):
        super().__init__(reason)
        self.runner_is_fine = runner_is_fine


class _Greedy(_Gone):
    """The student's processes took too much while the judge was thinking."""


def _both(own, watch):
    def look():
        own()
        try:
            watch()
        except Broken as broken:
            raise _Greedy(str(broken), False) from broken

    return look


def _undecided(reason):
    return {"status": "not graded", "reason": reason, "mistake": "", "attempt": ""}


def _read_verdict(body):
    found = json.loads(body)
    verdict = {part: plain(found[part]) for part in ("status", "reason", "mistake", "attempt")}
    if verdict["status"] not in _STATUSES:
        raise Broken("the judge gave no verdict")
    return verdict


class Session:
    """The sandbox of one submission, started when it is first needed.

    Parameters
    ----------
    data : Path
        Folder with the ratings to be used, ``ratings.csv.gz`` and ``books.csv``.
    limits : sandbox.Limits
    judge : Judge
    sandboxed : bool
    place : int
        Which of those that run side by side it is, from 0.

    Attributes
    ----------
    seconds : dict of str to float
        What has gone by so far: "start" for Python and TensorFlow, "cells" for the notebooks,
        "judge" for the verdicts, which includes calls of the student's functions.
    """

    def __init__(self, data, limits, judge, sandboxed=True, place=0):
        self.seconds = {"start": 0.0, "cells": 0.0, "judge": 0.0}
        self.limits, self.judge, self.sandbox = limits, judge, None
        self._make = lambda: Sandbox(
            "neurec_helpers.classroom.runner", limits, data, sandboxed, place
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """End the sandbox and all that runs in it."""
        if self.sandbox is not None:
            self.sandbox.end()
            self.sandbox = None

    @contextlib.contextmanager
    def _timed(self, part):
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] += time.monotonic() - began

    def _started(self):
        if self.sandbox is None:
            with self._timed("start"):
                self.sandbox = self._make()
        return self.sandbox

    def apart(self, function, payload):
        """Call a function of ours on a stranger's bytes in this sandbox; see `sandbox.call_in`.

        Call it before the first notebook runs: then no student's code has been there.
        """
        channel = self._started().channel
        try:
            return call_in(channel, function, payload, APART_SECONDS)
        except Broken as broken:
            raise Broken(self._ended_by(broken)) from broken

    def _ended_by(self, broken):
        reason = self.sandbox.why(broken)
        self.sandbox = None
        return reason

    def run(self, cells):
        """Run the code cells of a notebook, and have each answer judged where it is checked.

        Parameters
        ----------
        cells : list of (str, tuple or None)
            The source of each, and for a check its task and the expressions of the answers by
            their names.

        Returns
        -------
        outputs : list of (list of dict or None)
            Of each cell, in the notebook format; None for one that was not reached.
        verdicts : dict of str to dict
            By task.
        ended : str
            Why the run ended early; empty if it did not.
        """
        request = {
            "cells": [{"source": source, "answers": check and check[1]} for source, check in cells],
            "folder": f"{self._started().home}/notebooks",
            "cell_seconds": self.limits.cell_seconds,
            "call_seconds": self.limits.call_seconds,
            "seconds": self.limits.seconds,
        }
        outputs, verdicts = [None] * len(cells), {}
        before = self.seconds["judge"]
        with self._timed("start"):
            self.judge.start()
        with self._timed("cells"):
            try:
                self.sandbox.channel.send(b"R", json.dumps(request).encode(), SLACK)
                ended = self._listen(cells, outputs, verdicts)
            except Broken as broken:
                ended = self._ended_by(broken)
        self.seconds["cells"] -= self.seconds["judge"] - before
        return outputs, verdicts, plain(ended, 500)

    def _listen(self, cells, outputs, verdicts):
        channel, size = self.sandbox.channel, 0
        end = time.monotonic() + self.limits.seconds + SLACK
        while True:
            kind, body = channel.receive(max(end - time.monotonic(), 0.1))
            if kind == b"E":
                return body.decode(errors="replace")
            if kind == b"O":
                size += len(body)
                if size > self.limits.output:
                    raise Broken(tr("it gave more than {most:g} MB", most=self.limits.output / 1e6))
                _take_outputs(body, outputs)
            elif kind == b"A":
                began = time.monotonic()
                try:
                    in_calls = self._judge(body, cells, verdicts, end - began)
                except _Gone as gone:
                    if gone.runner_is_fine:
                        return str(gone)
                    raise Broken(str(gone)) from gone
                # The judge's own time is not the student's; that of calls is.
                end += time.monotonic() - began - in_calls
            else:
                raise Broken(tr(UNREADABLE))

    def _judge(self, body, cells, verdicts, left):
        """Have one answer judged; a second one for the same task changes nothing.

        Returns
        -------
        float
            Seconds that calls of the student's functions took, of those `left`.
        """
        channel, in_calls = self.sandbox.channel, 0.0
        place = _place_in(body)
        check = cells[place][1] if place is not None and place < len(cells) else None
        if check is None:
            raise Broken(tr(UNREADABLE))
        if check[0] not in verdicts:

            def ask(request):
                nonlocal in_calls
                began = time.monotonic()
                try:
                    channel.send(b"C", request, SLACK)
                    wait = min(self.limits.cell_seconds + SLACK, left - in_calls)
                    kind, reply = channel.receive(max(wait, 0.1))
                except Broken as broken:
                    raise _Gone(str(broken), False) from broken
                finally:
                    in_calls += time.monotonic() - began
                if kind == b"E":
                    raise _Gone(reply.decode(errors="replace") or tr("it ended in a call"), True)
                if kind != b"A":
                    raise _Gone(tr(UNREADABLE), False)
                return reply

            with self._timed("judge"):
                verdicts[check[0]] = self.judge.decide(check[0], body, ask, channel.watch)
        channel.send(b"N", b"", SLACK)
        return in_calls


def _place_in(body):
    """The place of the cell that an answer belongs to, without reading the answer itself."""
    head, _, _ = body[:40].partition(b",")
    digits = head.removeprefix(b'{"place": ')
    return int(digits) if digits.isdigit() else None


def _take_outputs(body, outputs):
    try:
        found = json.loads(body)
        place, cell = found["place"], [_fit(output) for output in found["outputs"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Broken(tr(UNREADABLE)) from error
    if isinstance(place, int) and 0 <= place < len(outputs):
        outputs[place] = cell


def _fit(output):
    """An output in the notebook format, rebuilt from text alone."""
    most = 2_000_000
    kind = output["output_type"]
    if kind == "stream":
        name = "stderr" if output["name"] == "stderr" else "stdout"
        return {"output_type": kind, "name": name, "text": plain(output["text"], most)}
    if kind == "display_data":
        data = {plain(k, 80): plain(v, most) for k, v in output["data"].items()}
        return {"output_type": kind, "data": data, "metadata": {}}
    name, text = plain(output["ename"], 200), plain(output["evalue"], 100_000)
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [f"{name}: {text}"]}
