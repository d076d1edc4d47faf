"""Judge answers; this program runs in a sandbox of its own, which no student's code ever enters.

It holds the hidden ratings, takes answers as data, calls functions through the grader, and says
what came of each task. Each task is judged in a fork, so that no answer meets what another left.
"""

import json
import os

import numpy as np

from neurec_helpers.classroom.answers import Decoder, Malformed, Unfit
from neurec_helpers.classroom.calls import Forged, RemoteFunction, unpack
from neurec_helpers.classroom.frames import Broken, Channel
from neurec_helpers.language import tr
from neurec_helpers.tasks.functions import CallLost

LONGEST = 64_000_000  # bytes of one message
PATCHED = "`nr.check` had been changed when task {task} was checked"


def main():
    """Serve requests until standard input ends."""
    channel = Channel(os.dup(0), os.dup(1), LONGEST)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    ratings = warm_up()
    channel.send(b"!")
    while True:
        try:
            _, body = channel.receive()
        except Broken:
            return
        child = os.fork()
        if child == 0:
            try:
                verdict = judge(json.loads(body)["task"], channel, ratings)
                channel.send(b"V", json.dumps(verdict).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        channel.send(b"E")


def warm_up():
    """Start TensorFlow and load the hidden ratings."""
    import neurec_helpers as nr
    from neurec_helpers.classroom import networks
    from neurec_helpers.tasks import checks

    nr.setup()
    assert networks and checks
    return nr.load_ratings()


def judge(task, channel, ratings):
    """The verdict on one task: "status", "reason", "mistake" and "attempt".

    Parameters
    ----------
    task : str
    channel : frames.Channel
        The first message is the answer; what is asked then goes to the student's process.
    ratings : DataFrame
        The judge's own.
    """
    from neurec_helpers.tasks import TASKS, checks

    def ask(body):
        channel.send(b"C", body)
        kind, reply = channel.receive()
        if kind != b"A":
            raise CallLost(tr("it never came back"))
        return reply

    attempt = ""
    try:
        _, body = channel.receive()
        message = unpack(body)
        attempt = PATCHED.format(task=task) if message.get("patched") is True else ""
        answers = _answers(TASKS[task], message, ask)
        values = [
            value.of(ratings.copy()) if hasattr(value, "of") else answers[value.name]
            for value in TASKS[task].values
        ]
        verdict = checks.verdict_on(TASKS[task], values, np.random.default_rng())
        return _said(verdict.outcome, verdict.message, verdict.mistake or "", attempt)
    except _Missing as missing:
        return _said("error", str(missing), attempt=attempt)
    except Unfit as unfit:
        return _said(
            "uncheckable", tr("The answer can't be judged: {unfit}.", unfit=unfit), attempt=attempt
        )
    except (Malformed, Forged) as error:
        return _said(
            "uncheckable", tr("What came is not an answer."), attempt=f"a forged message ({error})"
        )
    except CallLost as lost:
        return _said("not graded", str(lost))
    # A fault of the judge's own, or a value that no judge expects: it decides about nothing.
    except Exception as error:
        error = f"{type(error).__name__}: {error}"
        return _said("not graded", tr("the judge broke off ({error})", error=error))


class _Missing(Exception):
    """An answer was never defined, or its expression fails."""


def _answers(task, message, ask):
    """The values of a task by name, as the judge sees them."""
    missing = message.get("missing")
    if isinstance(missing, list) and missing:
        names = ", ".join(f"`{str(name)[:60]}`" for name in missing[:5])
        raise _Missing(tr("your answer did not define {names}.", names=names))
    if message.get("unfit"):
        raise Unfit(tr("its process says “{reason}”", reason=str(message["unfit"])[:300]))
    if message.get("broken"):
        raise Unfit(tr("reading it stopped with {reason}", reason=str(message["broken"])[:300]))
    values = Decoder(lambda node: RemoteFunction(node, ask)).decode(message.get("values"))
    names = {value.name for value in task.values if not hasattr(value, "of")}
    if not isinstance(values, dict) or set(values) != names:
        raise Malformed("other values than were asked for")
    return values


def _said(status, reason, mistake="", attempt=""):
    reason = "" if status == "correct" else reason
    return {"status": status, "reason": reason, "mistake": mistake, "attempt": attempt}


if __name__ == "__main__":
    main()
