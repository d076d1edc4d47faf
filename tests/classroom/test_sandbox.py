"""The sandbox itself: its limits, the reasons it gives, and what is left of it."""

import os
import platform
import signal
import struct
import subprocess
import sys
import time

import pytest

from neurec_helpers.classroom import memory, sandbox
from neurec_helpers.classroom.frames import Broken
from neurec_helpers.classroom.seccomp import MACHINES, filter_program
from neurec_helpers.errors import NeurecError
from tests.helpers.classroom_runs import require_sandbox, run_limited

SMALL = sandbox.Limits(memory=400_000_000, disk=50_000_000)
CALL = "neurec_helpers.classroom.runner"
KEYS = MACHINES.get(platform.machine(), MACHINES["x86_64"])[1]["keys"][0]
GREEDY = {
    "a shared map": "import mmap, time\nm = mmap.mmap(-1, 10**9)\n"
    "for k in range(1000): m.write(b'1' * 10**6)\ntime.sleep(30)",
    "memfd": "import os, time\nfor k in range(9): os.write(os.memfd_create('m'), b'1' * 10**8)\n"
    "time.sleep(30)",
    "many processes": "import os, time\nfor k in range(9):\n    if os.fork() == 0:\n"
    "        kept = b'1' * 10**8\n        time.sleep(30)\n        os._exit(0)\ntime.sleep(30)",
}


@pytest.mark.parametrize("code", GREEDY.values(), ids=GREEDY)
def test_memory_counts_by_the_whole_whatever_it_is(code):
    require_sandbox()
    began = time.monotonic()
    with pytest.raises(Broken, match="took more than 0.4 GB of memory"):
        run_limited("builtins:exec", code.encode(), SMALL)
    assert time.monotonic() - began < 30


def test_one_that_keeps_very_many_processes_busy_is_ended(monkeypatch):
    require_sandbox()
    monkeypatch.setattr(sandbox, "LOOKS", 3)
    code = (
        f"import os, time\nfor _ in range({3 * sandbox.MOST_BUSY}):\n    if os.fork() == 0:\n"
        "        os.setsid()\n        while True: pass\ntime.sleep(60)"
    )
    with pytest.raises(Broken, match="processes or threads busy at once"):
        run_limited("builtins:exec", code.encode(), SMALL)


def test_files_in_memory_are_limited_everywhere_and_the_rest_is_read_only():
    require_sandbox()
    code = (
        "b'\\n'.join(fill(place) for place in ('/tmp', '/dev/shm', '/submission', '/', '/dev'))"
        " if not globals().update(fill=lambda place: (lambda done: str(done).encode())("
        "__import__('subprocess').run(['dd', 'if=/dev/zero', 'of=' + place + '/f', 'bs=1M',"
        " 'count=100'], capture_output=True, text=True).stderr)) else b''"
    )
    said = run_limited("builtins:eval", code.encode(), SMALL).decode()
    assert said.count("No space left on device") == 3 and said.count("Read-only") == 2


REFUSED = {
    "a user namespace": "(libc.unshare(0x10000000), ctypes.get_errno())",
    "a keyring": f"(libc.syscall({KEYS}, b'user', b'a', b'b', 1, -4), ctypes.get_errno())",
}


@pytest.mark.skipif(platform.machine() not in MACHINES, reason="no filter for this machine")
@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED)
def test_what_could_hide_memory_or_outlive_a_submission_is_refused(code):
    require_sandbox()
    code = f"(lambda ctypes, libc: {code})(c := __import__('ctypes'), c.CDLL(None, use_errno=True))"
    code = f"repr({code})"
    assert run_limited("builtins:eval", f"{code}.encode()".encode(), SMALL) == b"(-1, 1)"


def test_each_jump_of_the_filter_stays_within_it():
    for machine in MACHINES:
        program = list(struct.iter_unpack("=HBBI", filter_program(machine)))
        ends = [place + 1 + max(ways) for place, (_, *ways, _) in enumerate(program[:-1])]
        assert max(ends) < len(program)
        assert [operation for operation, *_ in program[-3:]] == [6, 6, 6]
    assert filter_program("another") == b""


def test_a_function_gets_bytes_and_gives_bytes():
    require_sandbox()
    assert run_limited("base64:b64encode", b"hello", SMALL) == b"aGVsbG8="


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("__import__('os').kill(-1, 9)", "ended"),
        ("__import__('os').kill(__import__('os').getppid(), 19)", "kept silent"),
        ("__import__('time').sleep(100)", "kept silent"),
        ("1 / 0", "ZeroDivisionError"),
    ],
)
def test_the_reason_is_true(code, reason):
    require_sandbox()
    with pytest.raises(Broken, match=reason):
        run_limited("builtins:eval", code.encode(), SMALL, seconds=4)


def test_sigterm_leaves_nothing(tmp_path):
    require_sandbox()
    program = (
        "import sys, time\n"
        "from neurec_helpers.classroom import batch, sandbox\n"
        "with batch.ended_by_sigterm():\n"
        f"    made = sandbox.Sandbox('{CALL}', sandbox.Limits(), arguments=('light',))\n"
        "    print(made.process.pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env={**os.environ}
    )
    inner = int(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 143
    process.stdout.close()
    assert not os.path.exists(f"/proc/{inner}")


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


SYSTEMD = """#!/bin/sh
echo "$@" >> {log}
[ {answers} = yes ] || exit 1
while [ "$1" != "--" ]; do
  case $1 in MemoryMax=*) most=${{1#*=}} ;; esac
  shift
done
shift
[ {limits} = yes ] && ulimit -v $((most / 1024))
exec "$@"
"""


@pytest.mark.parametrize(
    ("answers", "limits", "used"), [("yes", "yes", True), ("yes", "no", False), ("no", "no", False)]
)
def test_a_control_group_is_used_only_where_it_was_seen_to_limit(
    monkeypatch, tmp_path, answers, limits, used
):
    require_sandbox()
    log = tmp_path / "log"
    stand_in = tmp_path / "systemd-run"
    stand_in.write_text(SYSTEMD.format(log=log, answers=answers, limits=limits))
    stand_in.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/7")
    memory._has_scopes.cache_clear()
    try:
        large = sandbox.Limits(memory=4_000_000_000)
        code = b"str(sorted(__import__('os').environ)).encode()"
        said = run_limited("builtins:eval", code, large).decode()
    finally:
        memory._has_scopes.cache_clear()
    assert "HOME" in said and "XDG_RUNTIME_DIR" not in said
    assert ("MemoryMax=5000000000" in log.read_text()) is used


def test_while_grading_is_being_stopped_no_sandbox_starts():
    require_sandbox()
    with sandbox.closing(), pytest.raises(NeurecError, match="being stopped"):
        sandbox.Sandbox(CALL, SMALL, arguments=("light",))
    assert not sandbox._live
    assert run_limited("base64:b64encode", b"hello", SMALL) == b"aGVsbG8="


def test_a_python_that_does_not_start_says_why():
    require_sandbox()
    with pytest.raises(NeurecError, match="did not start.*No module named neurec_helpers.nowhere"):
        sandbox.Sandbox("neurec_helpers.nowhere", SMALL)
