"""Where strangers' code runs: no network, nothing to read but what it needs, nothing to keep.

Bubblewrap makes a file system that holds Python, the helper and the ratings, all read-only, and
one folder in memory that can be written. `runner` runs in it and answers through a pipe.
"""

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT

MEGABYTE = 1_000_000
# Nobody's: the first number for a process that root starts; one more for each that runs beside it.
FIRST_UID = 64_000
HOME = "/submission"
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


@dataclass(frozen=True)
class Limits:
    """What a submission may use.

    Attributes
    ----------
    cell_seconds, seconds : float
        For one cell, and for one notebook.
    memory, disk, file, output : int
        Bytes: of each process, of all files together, of one file, of all that a notebook gives.
    processes : int
        Processes and threads.
    """

    cell_seconds: float = 120
    seconds: float = 300
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
    trial = subprocess.run(
        [*_walls(Limits(), [], 0), "/usr/bin/true"], capture_output=True, text=True, check=False
    )
    if trial.returncode:
        raise NeurecError(f"bubblewrap does not work here: {trial.stderr.strip()}. {hint}")


class Session:
    """A sandbox with a runner in it, for the notebooks of one submission.

    Parameters
    ----------
    data : Path
        Folder with the ratings to be used, ``ratings.csv.gz`` and ``books.csv``.
    limits : Limits
    sandboxed : bool
        False runs the runner with this user's rights.
    place : int
        Which of those that run side by side it is, from 0.

    Attributes
    ----------
    seconds : dict of str to float
        What has gone by so far: "start" for Python and TensorFlow, "cells" for the notebooks.
    """

    def __init__(self, data, limits, sandboxed=True, place=0):
        self.seconds = {"start": 0.0, "cells": 0.0}
        self.limits, self.data, self.place = limits, Path(data), place
        self.sandboxed, self.process, self.rest = sandboxed, None, b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def run(self, name, cells, graded):
        """Run the code cells of a notebook.

        Parameters
        ----------
        name : str
        cells : list of str
            Their sources.
        graded : list of bool
            Which of them check an answer.

        Returns
        -------
        outputs : list of (list of dict or None)
            Of each cell, in the notebook format; None for one that was not reached.
        ended : str
            Why the run ended early; empty if it did not.
        """
        with self._timed("start"):
            if self.process is None:
                self._start()
        with self._timed("cells"):
            return self._run(name, cells, graded)

    @contextlib.contextmanager
    def _timed(self, part):
        began = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] += time.monotonic() - began

    def _run(self, name, cells, graded):
        request = {
            "cells": [
                {"source": source, "graded": is_check}
                for source, is_check in zip(cells, graded, strict=True)
            ],
            "folder": f"{self._home()}/{name}",
            "cell_seconds": self.limits.cell_seconds,
            "seconds": self.limits.seconds,
            "bytes": self.limits.output,
        }
        try:
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
            reply = self._read(self.limits.seconds + 30)
        except BrokenPipeError:
            reply = None
        if reply is None:
            self.end()
            return [None] * len(cells), "the sandbox was ended, most often for want of memory"
        done = reply["outputs"]
        return [done.get(str(place)) for place in range(len(cells))], str(reply["ended"])

    def end(self):
        """End the sandbox and all that runs in it."""
        if self.process is None:
            return
        process, self.process = self.process, None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        process.stdin.close()
        process.stdout.close()
        if not self.sandboxed:
            shutil.rmtree(self._home(), ignore_errors=True)

    def _home(self):
        return HOME if self.sandboxed else f"/tmp/neurec-{os.getpid()}-{self.place}"

    def _start(self):
        python = [sys.executable, "-m", "neurec_helpers.classroom.runner"]
        settings = {
            "PATH": "/usr/bin:/bin",
            "HOME": self._home(),
            "TMPDIR": "/tmp",
            "LANG": "C.UTF-8",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "NEUREC_DATASET": str(self.data / "ratings.csv.gz"),
        }
        if self.sandboxed:
            settings["NEUREC_ALONE"] = "1"
            command = [*_walls(self.limits, [self.data], self.place), *python]
        else:
            command = [*_prlimit(self.limits), *python]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=settings,
            start_new_session=True,
        )
        self.rest = b""
        if self._read(120) != {"ready": True}:
            self.end()
            raise NeurecError(
                "Python did not start in the sandbox. `neurec classroom grade --no-sandbox` tells "
                "whether it is the sandbox."
            )

    def _read(self, seconds):
        """One line of the runner's, or None if none comes in time or too much does."""
        end, most = time.monotonic() + seconds, 2 * self.limits.output
        while b"\n" not in self.rest:
            # Limits of memory hold for each process; many together could still fill the machine.
            if time.monotonic() > end or memory_left() < LEAST_MEMORY:
                return None
            if not select.select([self.process.stdout], [], [], 0.5)[0]:
                continue
            chunk = os.read(self.process.stdout.fileno(), 1 << 20)
            self.rest += chunk
            if not chunk or len(self.rest) > most:
                return None
        line, _, self.rest = self.rest.partition(b"\n")
        try:
            return json.loads(line)
        except ValueError:
            return None


def memory_left():
    """Share of the machine's memory that is free."""
    import psutil

    memory = psutil.virtual_memory()
    return memory.available / memory.total


def _walls(limits, readable, place):
    """The beginning of a command line whose rest then runs inside the sandbox."""
    is_root = os.geteuid() == 0
    # In a user namespace root is the only user there is, and it needs another one: see below.
    apart = ("ipc", "pid", "net", "uts", "cgroup-try") if is_root else ("all",)
    command = ["bwrap", *(f"--unshare-{what}" for what in apart)]
    command += ["--die-with-parent", "--new-session"]
    # First of all, for what follows may lie below /tmp.
    for folder in (HOME, "/tmp"):
        command += ["--perms", "0777", "--size", str(limits.disk), "--tmpfs", folder]
    for folder in SYSTEM:
        path = Path(folder)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), folder]
        elif path.exists():
            command += ["--ro-bind", folder, folder]
    # Python's own folders, the helper and the ratings; the rest of the file system is not there.
    shown = [*map(Path, _pythons()), ROOT / "neurec_helpers", *readable]
    for folder in dict.fromkeys(above for path in shown for above in reversed(path.parents)):
        command += ["--perms", "0755", "--dir", str(folder)]
    for path in shown:
        command += ["--ro-bind", str(path), str(path)]
    command += ["--proc", "/proc", "--dev", "/dev", "--chdir", HOME]
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


def _pythons():
    """Folders that Python needs, each once, without those that are below another."""
    paths = {Path(path).resolve() for path in (sys.prefix, sys.base_prefix)} | {Path(sys.prefix)}
    for folder in sys.path:
        if folder and Path(folder).is_dir() and "site-packages" in folder:
            paths.add(Path(folder))
    outer = [path for path in paths if not any(other in path.parents for other in paths)]
    return sorted(str(path) for path in outer if not str(path).startswith("/usr"))
