"""How much memory a sandbox takes, with all its processes and all that they share; and a wall.

A watch looks a few times a second and can say what was too much. Where systemd makes a control
group, the kernel also ends what grows too fast for the watch, and counts what no process maps.
"""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")


def memory_used(pid, enough, folders=(), disk=0):
    """Bytes that a process and all below it take together.

    Shared pages count once, files in memory that no process has mapped (memfd, files of a tmpfs)
    count too.

    Parameters
    ----------
    pid : int
        The first process of a sandbox.
    enough : int
        If a quick estimate, which is never too low for what is mapped, stays below this, it is
        given in place of the exact figure.
    folders : iterable of str
        Folders in the sandbox that lie in memory.
    disk : int
        The size of each; one of another size is not the sandbox's own.
    """
    pids = processes_of(pid)
    unmapped = sum(map(_memory_files, pids))
    unmapped += _in_folders(pids, folders, disk)
    quick = sum(map(_resident, pids)) + unmapped
    return quick if quick < enough else sum(map(_proportional, pids)) + unmapped


def processes_of(pid):
    """A process and all below it, by number; none if it has ended."""
    import psutil

    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


# What systemd-run needs to find a user's own systemd; nothing for the sandbox.
BUS = ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")


def walled(most):
    """The beginning of a command line whose rest may take `most` bytes; empty where there is none.

    It is tried out, for a systemd that answers need not be allowed to limit memory.
    """
    return _scope(most) if _has_scopes() else []


def _scope(most):
    whose = [] if os.geteuid() == 0 else ["--user"]
    limits = ["-p", f"MemoryMax={most}", "-p", "MemorySwapMax=0"]
    program = shutil.which("systemd-run") or "systemd-run"
    command = [program, *whose, "--scope", "--quiet", "--collect", *limits, "--", "env"]
    return [*command, *(part for name in BUS for part in ("-u", name))]


@functools.cache
def _has_scopes():
    python = [*_scope(100_000_000), sys.executable, "-S", "-c"]
    return _runs([*python, "1"]) and not _runs([*python, "b'1' * 400_000_000"])


def _runs(command):
    try:
        return not subprocess.run(command, capture_output=True, timeout=30, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False


def memory_left():
    """Share of the machine's memory that is free."""
    import psutil

    memory = psutil.virtual_memory()
    return memory.available / memory.total


def _resident(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError, ValueError):
        return 0


def _proportional(pid):
    """Resident memory, each shared page divided by the number of processes that share it."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return _resident(pid)


def _memory_files(pid):
    """Bytes of open files that exist in memory only and that this process has not mapped."""
    files = {}
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            for entry in entries:
                if os.readlink(entry.path).startswith("/memfd:"):
                    about = os.stat(entry.path)
                    files[about.st_dev, about.st_ino] = about.st_blocks * 512
    except OSError:
        pass
    if not files:
        return 0
    mapped = 0
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss_Shmem:"):
                mapped = int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return max(0, sum(files.values()) - mapped)


def _in_folders(pids, folders, disk):
    """Bytes in folders of the sandbox that lie in memory."""
    total = 0
    for folder in folders:
        for pid in reversed(pids):
            try:
                about = os.statvfs(f"/proc/{pid}/root{folder}")
            except OSError:
                continue
            if about.f_blocks * about.f_frsize <= disk:
                total += (about.f_blocks - about.f_bfree) * about.f_frsize
            break
    return total
