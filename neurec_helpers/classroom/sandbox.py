"""Where strangers' code runs: no network, nothing to read but what it needs, nothing to keep.

Bubblewrap makes a file system that holds Python, the helper and the ratings, all read-only, and
a few folders in memory that can be written. A program of ours runs in it and answers by a pipe.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.classroom.busy import MOST_BUSY, count_busy
from neurec_helpers.classroom.frames import Broken, Channel, Closed
from neurec_helpers.classroom.memory import BUS, memory_left, memory_used, walled
from neurec_helpers.classroom.seccomp import filter_file
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import VARIABLE, current_language, tr
from neurec_helpers.paths import INSTALLED, LESSON, PACKAGE

MEGABYTE = 1_000_000
# Nobody's: the first number for a process that root starts; one more for each that runs beside it.
FIRST_UID = 64_000
HOME = "/submission"
IN_MEMORY = (HOME, "/tmp", "/dev/shm")
LOOKS = 25  # that how busy it is is averaged over, so 10 seconds
LEAST_MEMORY = 0.04  # share of the machine's memory; below it a sandbox is ended
SYSTEM = (
    "/usr",
    "/bin",
    "/lib",
    "/lib32",
    "/lib64",
    "/sbin",
    "/etc/alternatives",
    "/etc/ld.so.cache",
)
# Reentrant, for a signal may come while it is held.
_live, _lock, _closing = set(), threading.RLock(), threading.Event()


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes
    ----------
    cell_seconds, seconds, call_seconds : float
        For one cell, for one notebook, and for one call of a function that was asked for.
    memory, disk, file, output : int
        Bytes: of all processes together, of each of the folders that can be written, of one file,
        of all that a notebook gives.
    processes : int
        Processes and threads.
    """

    cell_seconds: float = 120
    seconds: float = 300
    call_seconds: float = 30
    memory: int = 4_000 * MEGABYTE
    disk: int = 500 * MEGABYTE
    file: int = 200 * MEGABYTE
    output: int = 20 * MEGABYTE
    processes: int = 300


def require_bubblewrap():
    """Refuse to go on where no sandbox can be had.

    Raises
    ------
    NeurecError
        If bubblewrap is missing or does not work.
    """
    hint = (
        "Without it, whatever students wrote runs with your rights and can read your files. On "
        "Debian and Ubuntu: sudo apt install bubblewrap. To do without all the same, where that "
        "does no harm, as in a throw-away virtual machine: --no-sandbox"
    )
    if shutil.which("bwrap") is None:
        raise NeurecError(f"there is no sandbox here: bubblewrap (bwrap) is not installed. {hint}")
    with filter_file() as calls:
        trial = subprocess.run(
            [*walls(Limits(), {}, 0, calls.fileno()), "/usr/bin/true"],
            capture_output=True,
            text=True,
            check=False,
            pass_fds=[calls.fileno()],
        )
    if trial.returncode:
        raise NeurecError(f"bubblewrap does not work here: {trial.stderr.strip()}. {hint}")


class Sandbox:
    """A program of ours in a sandbox of its own.

    Parameters
    ----------
    module : str
        The program, a module of the helper's.
    limits : Limits
    data : Path, optional
        Folder with ratings to read.
    sandboxed : bool
        False runs it with this user's rights.
    place : int
        Which of those that run side by side it is, from 0.
    arguments : sequence of str
        For the program.

    Raises
    ------
    NeurecError
        If it does not start.
    """

    def __init__(self, module, limits, data=None, sandboxed=True, place=0, arguments=()):
        self.limits, self.sandboxed = limits, sandboxed
        self._looked, self._busy = 0.0, 0.0
        self.home = HOME if sandboxed else tempfile.mkdtemp(prefix="neurec-grade-")
        command = [sys.executable, "-m", module, *arguments]
        if data and not sandboxed:
            os.symlink(data, Path(self.home) / "data")
        # The watch is to come first, for it can say what was too much.
        wall = walled(limits.memory + limits.memory // 4)
        bus = {name: os.environ[name] for name in BUS if wall and name in os.environ}
        # What is said before our program begins; from then on it says nothing here.
        with tempfile.TemporaryFile() as said, filter_file() as calls:
            shown = {data: f"{HOME}/data"} if data else {}
            outer = walls(limits, shown, place, calls.fileno()) if sandboxed else _prlimit(limits)
            self.process = subprocess.Popen(
                [*wall, *outer, *command],
                pass_fds=[calls.fileno()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                env=self._settings() | bus,
                start_new_session=True,
            )
            with _lock:
                _live.add(self)
            if _closing.is_set():
                self.end()
                raise NeurecError("grading is being stopped.")
            self.channel = Channel(
                self.process.stdout.fileno(),
                self.process.stdin.fileno(),
                64 * MEGABYTE,
                self.watch,
            )
            try:
                self.channel.receive(300)
            except Broken as broken:
                self.end()
                said.seek(0)
                last = said.read()[-2_000:].decode(errors="replace").strip().splitlines()[-1:]
                raise NeurecError(
                    f"Python did not start in the sandbox: {'; '.join([str(broken), *last])}. "
                    "`neurec classroom grade --no-sandbox` tells whether it is the sandbox."
                ) from broken

    def _settings(self):
        settings = {
            "PATH": "/usr/bin:/bin",
            "HOME": self.home,
            "TMPDIR": "/tmp" if self.sandboxed else self.home,
            "LANG": "C.UTF-8",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONPATH": str(PACKAGE.parent),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NEUREC_DATASET": f"{self.home}/data/ratings.csv.gz",
            VARIABLE: current_language(),
        }
        return {**settings, "NEUREC_ALONE": "1"} if self.sandboxed else settings

    def watch(self):
        """End the waiting for one that takes more than it may of memory or processors."""
        now = time.monotonic()
        if now - self._looked < 0.4:
            return
        self._looked = now
        folders = IN_MEMORY if self.sandboxed else ()
        used = memory_used(self.process.pid, self.limits.memory, folders, self.limits.disk)
        if used > self.limits.memory:
            most = self.limits.memory / 1e9
            raise Broken(tr("it took more than {most:g} GB of memory", most=most))
        if memory_left() < LEAST_MEMORY and used > self.limits.memory / 4:
            raise Broken(tr("the machine ran out of memory while it ran"))
        self._busy += (count_busy(self.process.pid) - self._busy) / LOOKS
        if self._busy > MOST_BUSY:
            raise Broken(
                tr("it kept more than {most} processes or threads busy at once", most=MOST_BUSY)
            )

    def why(self, broken):
        """Why it can't go on, in words; it is ended."""
        reason = str(broken)
        if isinstance(broken, Closed):
            try:
                self.process.wait(2)
                reason = tr(
                    "all its processes were ended at once, by its own code or by the system"
                )
            except subprocess.TimeoutExpired:
                pass
        self.end()
        return reason

    def end(self):
        """End the sandbox and all that runs in it; nothing of it is left."""
        with _lock:
            if self not in _live:
                return
            _live.discard(self)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        if not self.sandboxed:
            shutil.rmtree(self.home, ignore_errors=True)


def end_all():
    """End every sandbox of this process."""
    with _lock:
        sandboxes = list(_live)
    for sandbox in sandboxes:
        sandbox.end()


@contextlib.contextmanager
def closing():
    """End every sandbox of this process, and let no other start meanwhile."""
    _closing.set()
    try:
        end_all()
        yield
    finally:
        _closing.clear()


def call_in(channel, function, payload, seconds):
    """Call a function of the helper's on bytes from a stranger, in a runner that has started.

    Parameters
    ----------
    channel : frames.Channel
    function : str
        Module and function, as in ``"neurec_helpers.classroom.preflight:inspect_json"``. It takes
        bytes and gives bytes.
    payload : bytes
    seconds : float

    Returns
    -------
    bytes

    Raises
    ------
    frames.Broken
        If it died, took too long, or took too much memory; the message says which.
    """
    channel.send(b"F", function.encode() + b"\n" + payload, seconds)
    kind, body = channel.receive(seconds)
    if kind != b"A":
        raise Broken(body.decode(errors="replace") or tr("it gave nothing"))
    channel.receive(seconds)
    return body


def walls(limits, shown, place, calls):
    """The beginning of a command line whose rest then runs inside the sandbox.

    Parameters
    ----------
    limits : Limits
    shown : dict
        Paths to be seen inside, and what they are called there.
    place : int
        Which of those that run side by side it is, from 0.
    calls : int
        File descriptor of the filter of system calls.
    """
    is_root = os.geteuid() == 0
    # In a user namespace root is the only user there is, and it needs another one: see below.
    apart = ("ipc", "pid", "net", "uts", "cgroup-try") if is_root else ("all",)
    # By its whole path, for what is started gets another PATH.
    command = [shutil.which("bwrap") or "bwrap", *(f"--unshare-{what}" for what in apart)]
    command += ["--die-with-parent", "--new-session"]
    command += ["--seccomp", str(calls)] if os.fstat(calls).st_size else []
    command += ["--size", str(MEGABYTE), "--tmpfs", "/"]
    # First of all, for what follows may lie below /tmp.
    for folder in (HOME, "/tmp"):
        command += ["--perms", "0777", "--size", str(limits.disk), "--tmpfs", folder]
    for folder in SYSTEM:
        path = Path(folder)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), folder]
        elif path.exists():
            command += ["--ro-bind", folder, folder]
    # Python's own folders and the helper; the rest of the file system is not there.
    read = [*map(Path, _pythons()), PACKAGE]
    for folder in dict.fromkeys(above for path in read for above in reversed(path.parents)):
        command += ["--perms", "0755", "--dir", str(folder)]
    for path in read:
        command += ["--ro-bind", str(path), str(path)]
    for folder in _solutions(read) if INSTALLED else []:
        command += ["--size", str(MEGABYTE), "--tmpfs", folder]
    for path, name in dict(shown).items():
        command += ["--ro-bind", str(path), name]
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--perms", "0777", "--size", str(limits.disk), "--tmpfs", "/dev/shm"]
    command += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", HOME]
    if is_root:
        # Root's processes are counted by nobody, so the rest runs as a user of its own.
        uid = str(FIRST_UID + place)
        command += ["--", "setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        command += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    else:
        command += ["--cap-drop", "ALL", "--"]
    return [*command, *_prlimit(limits)]


def _prlimit(limits):
    """A command that sets limits for what follows it; where there is none, nothing."""
    if shutil.which("prlimit") is None:
        return []
    return [
        "prlimit",
        f"--data={limits.memory}",
        f"--fsize={limits.file}",
        f"--nproc={limits.processes}",
        "--core=0",
    ]


def _solutions(shown):
    """The lesson's folder, where the solutions stand, by each way that leads to it."""
    inside = [path for path in shown if LESSON.is_relative_to(path.resolve())]
    return list(dict.fromkeys(str(path / LESSON.relative_to(path.resolve())) for path in inside))


def _pythons():
    """Folders that Python needs, each once, without those that are below another."""
    paths = {Path(path).resolve() for path in (sys.prefix, sys.base_prefix)} | {Path(sys.prefix)}
    for folder in sys.path:
        if folder and Path(folder).is_dir() and "site-packages" in folder:
            paths.add(Path(folder))
    outer = [path for path in paths if not any(other in path.parents for other in paths)]
    return sorted(str(path) for path in outer if not str(path).startswith("/usr"))
