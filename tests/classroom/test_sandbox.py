"""The sandbox itself: where memory runs short, and where there is no bubblewrap."""

import time

import pytest

from neurec_helpers.classroom import sandbox
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT
from tests.helpers.classroom_runs import LIMITS, require_sandbox


def test_one_that_takes_the_machines_memory_is_ended_and_the_next_starts_anew(monkeypatch):
    require_sandbox()
    with sandbox.Session(ROOT / "data", LIMITS) as session:
        ((output,),), ended = session.run("first", ["print(1 + 1)"], [False])
        assert output["text"] == "2\n" and ended == ""
        first = session.process.pid

        began, left = time.monotonic(), [0.5, 0.5, 0.01]
        monkeypatch.setattr(sandbox, "memory_left", lambda: left.pop(0) if left else 0.01)
        outputs, ended = session.run("greedy", ["import time; time.sleep(50)"], [False])
        assert outputs == [None] and "want of memory" in ended
        assert time.monotonic() - began < 10 and session.process is None

        monkeypatch.undo()
        ((output,),), ended = session.run("next", ["print(2 + 2)"], [False])
        assert output["text"] == "4\n" and session.process.pid != first


def test_seconds_are_told_apart():
    require_sandbox()
    with sandbox.Session(ROOT / "data", LIMITS) as session:
        session.run("sleeper", ["import time; time.sleep(1.5)"], [False])
    assert session.seconds["start"] > 1 and 1.5 < session.seconds["cells"] < 5


def test_without_bubblewrap_the_cure_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NeurecError, match=r"bwrap\) is not installed.*--no-sandbox"):
        sandbox.require_bubblewrap()


def test_a_bubblewrap_that_does_not_work_is_named_with_its_own_words(monkeypatch, tmp_path):
    false = tmp_path / "bwrap"
    false.write_text("#!/bin/sh\necho no namespaces for you >&2\nexit 1\n")
    false.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(NeurecError, match="does not work here: no namespaces for you"):
        sandbox.require_bubblewrap()
