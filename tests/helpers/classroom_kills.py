"""Stop the grader again and again at random moments: in the end the tables are the same.

::

    python -m tests.helpers.classroom_kills          # ten times
    python -m tests.helpers.classroom_kills 3 7      # three times, moments drawn from the seed 7
"""

import os
import random
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


def start(folder, course, out):
    """Start the command that a teacher would type."""
    command = [sys.executable, "-m", "neurec_helpers", "classroom", "grade", str(folder)]
    with open(out.with_suffix(".log"), "a", encoding="utf-8") as log:
        return subprocess.Popen(
            [*command, "--course", str(course), "--out", str(out)], stdout=log, stderr=log
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


def main(kills=10, seed=None):
    """Grade once to the end, then once with interruptions; 0 if all came out the same."""
    seed = random.randrange(1000) if seed is None else seed
    rng, faults, kept = random.Random(seed), 0, set()
    with tempfile.TemporaryDirectory() as root:
        root = Path(root)
        built = handout.build(root / "made", [1, 2])
        (root / "outside").mkdir()
        folder = root / "handed in"
        folder.mkdir()
        make_all(built.folder, folder, root / "outside", 9, SUBMISSIONS)
        began = time.monotonic()
        if start(folder, built.course, root / "whole").wait():
            print((root / "whole.log").read_text(encoding="utf-8"))
            return 1
        longest = time.monotonic() - began
        print(f"to the end: {longest:.0f} s; seed {seed}")
        for number in range(kills):
            process = start(folder, built.course, root / "stopped")
            moment = rng.uniform(0.1, longest)
            how = rng.choice((signal.SIGKILL, signal.SIGTERM, signal.SIGINT))
            try:
                process.wait(moment)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, how)
            status = process.wait()
            left = left_over(built.course)
            results = {path.name for path in (root / "stopped").glob("results/*.json")}
            faults += bool(left) + bool(kept - results)
            kept = results
            print(
                f"{number + 1}: {how.name} after {moment:.1f} s, exit status {status}, "
                f"{len(results)} results kept, left running: {left or 'nothing'}",
                flush=True,
            )
        faults += bool(start(folder, built.course, root / "stopped").wait())
        for name in TABLES:
            same = (root / "whole" / name).read_bytes() == (root / "stopped" / name).read_bytes()
            faults += not same
            print(f"{name}: {'the same' if same else 'ANOTHER ONE'}")
    print(f"{faults} faults")
    return faults


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:3]))))
