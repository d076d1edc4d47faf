"""Stop the grader again and again at random moments: in the end the tables are the same.

::

    python -m tests.helpers.classroom_kills          # ten times
    python -m tests.helpers.classroom_kills 3 7      # three times, moments drawn from the seed 7

A run that comes to its end before its moment is compared, and the next begins with nothing kept.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from neurec_helpers.classroom import handout
from tests.helpers.classroom_submissions import make_all

SUBMISSIONS = ("Correct, Carla", "Typed, Theo", "Killed, Kim", "Bad Json")
TABLES = ("grades.csv", "tasks.csv")
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)


def start(folder, course, out):
    """Start the command that a teacher would type."""
    command = [sys.executable, "-m", "neurec_helpers", "classroom", "grade", str(folder)]
    with open(out.with_suffix(".log"), "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [*command, "--course", str(course), "--out", str(out)],
            stdout=log,
            stderr=log,
            # A shell in the background has its children ignore it.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


def left_over(course):
    """Processes that still speak of this course, after they had time to end."""
    for _ in range(100):
        found = []
        for process in psutil.process_iter():
            try:
                found += [process.pid] if str(course) in " ".join(process.cmdline()) else []
            except psutil.Error:
                continue
        if not found:
            return []
        time.sleep(0.2)
    return found


def compare(whole, stopped):
    """Names of the tables that are not the same."""
    return [name for name in TABLES if (whole / name).read_bytes() != (stopped / name).read_bytes()]


def interrupt(process, moment, how):
    """Stop a run at its moment, if it is not over by then; seconds until it was gone, or None."""
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, how)
        began = time.monotonic()
        process.wait()
        return time.monotonic() - began
    return None


def main(kills=10, seed=None):
    """Grade once to the end, then once with interruptions; 0 if all came out the same."""
    seed = random.randrange(1000) if seed is None else seed
    rng, faults, kept, stopped_so_far = random.Random(seed), [], set(), 0
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        whole, stopped, folder = root / "whole", root / "stopped", root / "handed in"
        built = handout.build(root / "made", [1, 2])
        (root / "outside").mkdir()
        folder.mkdir()
        make_all(built.folder, folder, root / "outside", 9, SUBMISSIONS)
        began = time.monotonic()
        if start(folder, built.course, whole).wait():
            print((root / "whole.log").read_text(encoding="utf-8"))
            return 1
        longest = time.monotonic() - began
        print(f"to the end: {longest:.0f} s; seed {seed}", flush=True)
        while stopped_so_far < kills:
            process = start(folder, built.course, stopped)
            moment, how = rng.uniform(0.1, longest), rng.choice(SIGNALS)
            took = interrupt(process, moment, how)
            results = {path.name for path in stopped.glob("results/*.json")}
            left = left_over(built.course)
            faults += [f"left running: {left}"] if left else []
            faults += [f"lost again: {sorted(kept - results)}"] if kept - results else []
            kept = results
            if took is None:
                different = compare(whole, stopped)
                faults += [f"{name} is another one" for name in different]
                print(f"   to the end; {different or 'the same tables'}", flush=True)
                shutil.rmtree(stopped)
                kept = set()
                continue
            stopped_so_far += 1
            print(
                f"{stopped_so_far}: {how.name} after {moment:.1f} s, gone in {took:.1f} s, exit "
                f"status {process.returncode}, {len(results)} results kept, left running: "
                f"{left or 'nothing'}",
                flush=True,
            )
        if start(folder, built.course, stopped).wait():
            faults.append((root / "stopped.log").read_text(encoding="utf-8")[-2000:])
        different = compare(whole, stopped)
        faults += [f"{name} is another one" for name in different]
        print(f"in the end: {different or 'the same tables'}")
    print(f"{len(faults)} faults", *faults, sep="\n")
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:3]))))
