"""Faults made on purpose in `neurec train`: `python -m tests.helpers.scale_faults 100`.

After each fault the same command is given again. What it then says is either the numbers and the
network of a run that nothing happened to, to the bit, or one message that is true of this fault.
"""

import argparse
import collections
import contextlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from neurec_helpers.paths import ROOT
from neurec_helpers.scale.run_folder import RunFolder
from tests.helpers.made_ratings import made

OPTIONS = ("--epochs=3", "--batch-size=840", "--checkpoint-steps=3")
LIMIT = 900  # seconds after which a run counts as hanging; it takes about ten
KINDS = {"kill": 40, "disk": 10, "flip": 30, "remove": 10, "source": 10}  # of a hundred
HALF = 7  # intervals, of fifteen
SMALL = "/tmp/small"


def command(source, out, *options):
    neurec = [sys.executable, "-m", "neurec_helpers", "train", str(source), f"--out={out}"]
    return [*neurec, *(options or OPTIONS)]


def start(source, out, *options):
    return subprocess.Popen(
        command(source, out, *options),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def workers_of(out):
    """Processes that train in this folder, by their number."""
    found = {}
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if "neurec_helpers.scale.worker" in line and str(out) in line:
            with contextlib.suppress(psutil.Error):
                number = process.environ().get("KERAS_DISTRIBUTION_PROCESS_ID", "0")
                found[int(number)] = process
    return found


def wait_for_intervals(out, count, process, limit=LIMIT):
    """Wait until a run has passed so many checkpoints; False if it ended before."""
    end = time.monotonic() + limit
    while len(RunFolder(out).intervals()) < count:
        if process.poll() is not None:
            return False
        assert time.monotonic() < end, f"{out} has not come to interval {count}"
        time.sleep(0.01)
    return True


def wait_until_none_is_left(out, limit=120):
    end = time.monotonic() + limit
    while workers_of(out):
        assert time.monotonic() < end, "a process was left"
        time.sleep(0.05)


def numbers(out):
    """What must not depend on how a run went: ends of intervals, their errors, the weights."""
    intervals = [
        [each["epoch"], each["end"], each["loss"], each["held_out_error"]]
        for each in RunFolder(out).intervals()
    ]
    return intervals, weights(Path(out) / "model.keras")


def weights(path):
    import h5py

    found = {}

    def take(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = item[()].tobytes()

    with tempfile.TemporaryDirectory() as folder:
        shutil.unpack_archive(path, folder, "zip")
        with h5py.File(f"{folder}/model.weights.h5") as file:
            file.visititems(take)
    return found


@dataclass
class Outcome:
    kind: str
    what: str
    verdict: str
    words: str = ""


class Faults:
    """Makes faults in copies of a run that nothing happened to."""

    def __init__(self, folder, seed):
        self.folder, self.random = Path(folder), random.Random(seed)
        self.source = self.folder / "ratings.parquet"
        made(13_000).to_parquet(self.source)
        self.finished, self.half, self.begun = (
            self.folder / name / "run" for name in ("finished", "half", "begun")
        )
        self._run_once()
        self.expected = numbers(self.finished)

    def _run_once(self):
        """A run to its end; copies of its folder as `kill -9` would leave it on its way."""
        process = start(self.source, self.finished)
        for count, copy in ((1, self.begun), (HALF, self.half)):
            assert wait_for_intervals(self.finished, count, process), process.stdout.read()
            (worker,) = workers_of(self.finished).values()
            worker.suspend()
            shutil.copytree(self.finished, copy)
            worker.resume()
        text, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 0, text

    def make(self, kind):
        """Make one fault of a kind, give the command again, and judge what comes."""
        out = self.folder / "trial" / "run"
        shutil.rmtree(out.parent, ignore_errors=True)
        what, true_words = getattr(self, f"_{kind}")(out)
        try:
            return self._judge(out, kind, what, true_words)
        finally:
            if kind == "source":
                shutil.copy2(self.folder / "kept.parquet", self.source)

    def _judge(self, out, kind, what, true_words):
        process = start(self.source, out)
        try:
            text, _ = process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            return Outcome(kind, what, "hang")
        if process.returncode == 0:
            if true_words is not None and kind == "source" and "gone" not in true_words:
                return Outcome(kind, what, "wrong: the fault was not noticed", text)
            is_same = numbers(out) == self.expected
            return Outcome(kind, what, "survived" if is_same else "wrong numbers", text)
        lines = [line for line in text.splitlines() if line.startswith("neurec: ")]
        is_true = true_words is not None and len(lines) == 1 and true_words in lines[0]
        is_true = is_true and "Traceback" not in text
        return Outcome(kind, what, "refused" if is_true else "wrong: no true message", text)

    # Kinds of faults: what was done, and the words of the one message that would be true

    def _kill(self, out):
        state = self.random.choice([None, self.begun, self.half])
        if state:
            shutil.copytree(state, out)
        done = len(RunFolder(out).intervals()) if state else 0
        count = self.random.randint(done, 14)
        delay, whom = self.random.random() * 0.3, self.random.choice(["launcher", "worker", "both"])
        process = start(self.source, out)
        wait_for_intervals(out, count, process)
        time.sleep(delay)  # the moment is random; nothing is waited for
        workers = list(workers_of(out).values())
        if whom != "launcher":
            for worker in workers:
                with contextlib.suppress(psutil.Error):
                    worker.kill()
        if whom != "worker" or not workers:
            process.kill()
        process.communicate(timeout=LIMIT)
        wait_until_none_is_left(out)
        return f"{whom} killed {delay:.2f} s after interval {count}", None

    def _disk(self, out):
        """A disk that is too small for the whole run, by chance for its data already."""
        size = self.random.randrange(150_000, 2_500_000)
        if shutil.which("bwrap"):
            script = (
                f"{subprocess.list2cmdline(command(self.source, f'{SMALL}/run'))}; "
                f"cp -r {SMALL}/run {out.parent}/ || true"
            )
            out.parent.mkdir(parents=True)
            walls = ["bwrap", "--dev-bind", "/", "/", "--size", str(size), "--tmpfs", SMALL]
            run = [*walls, "--chdir", str(ROOT), "bash", "-c", script]
        else:  # no file may be larger
            run = [
                "bash",
                "-c",
                f"ulimit -f {size // 16_384}; {' '.join(command(self.source, out))}",
            ]
        subprocess.run(run, cwd=ROOT, timeout=LIMIT, check=False, capture_output=True)
        return f"{size:,} bytes of disk", None

    def _state(self, out):
        state = self.random.choice([self.half, self.half, self.finished])
        shutil.copytree(state, out)
        return "finished" if state is self.finished else "half"

    def _flip(self, out):
        state = self._state(out)
        kinds = collections.defaultdict(list)
        for path in sorted(out.rglob("*")):
            if path.is_file() and path.stat().st_size and not path.name.startswith(".lock"):
                kinds[path.relative_to(out).parts[0]].append(path)
        path = self.random.choice(kinds[self.random.choice(sorted(kinds))])
        content = bytearray(path.read_bytes())
        begin, width = self.random.randrange(len(content)), self.random.choice([1, 8, 200])
        for k in range(begin, min(begin + width, len(content))):
            content[k] ^= self.random.randint(1, 255)
        path.write_bytes(content)
        name = path.relative_to(out).as_posix()
        true = "run.json is damaged" if name == "run.json" else None
        return f"{state}: {width} bytes from {begin} in {name}", true

    def _remove(self, out):
        state = self._state(out)
        there = sorted(p for p in out.iterdir() if not p.name.startswith(".lock"))
        path = self.random.choice(
            [*there, out / "data" / "train.parquet", out / "data/users.parquet"]
        )
        is_torn = path.is_file() and self.random.random() < 0.5
        if path.is_dir():
            shutil.rmtree(path)
        elif is_torn:
            path.write_bytes(path.read_bytes()[: self.random.randrange(path.stat().st_size)])
        else:
            path.unlink()
        true = None
        if path.name == "run.json":
            true = "is damaged" if is_torn else "but no run"
        return f"{state}: {'torn' if is_torn else 'removed'} {path.relative_to(out)}", true

    def _source(self, out):
        state = self._state(out)
        shutil.copy2(self.source, self.folder / "kept.parquet")
        how = self.random.choice(["changed", "shortened", "grown", "removed", "flipped", "touched"])
        if how == "removed":
            self.source.unlink()
            return f"{state}: source {how}", "is gone"
        if how == "touched":
            self.source.touch()
            return f"{state}: source {how}", None
        rows = {"shortened": 9_000, "grown": 14_000}.get(how, 13_000)
        content = self.source.read_bytes()
        if how == "flipped":
            place = self.random.randrange(len(content))
            content = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
            self.source.write_bytes(content)
        else:
            made(rows, seed=self.random.randrange(99) + 5).to_parquet(self.source)
        return f"{state}: source {how}", "has changed since the run began"


def table_of(outcomes):
    """Faults made, survived, refused with a true message, wrong, hanging, by their kind."""
    columns = ("survived", "refused", "wrong", "hang")
    lines = [f"{'fault':10}{'made':>6}" + "".join(f"{name:>10}" for name in columns)]
    kinds = [kind for kind in KINDS if any(each.kind == kind for each in outcomes)]
    for kind in [*kinds, "all"]:
        ours = [each for each in outcomes if kind in (each.kind, "all")]
        counts = [sum(each.verdict.startswith(name) for each in ours) for name in columns]
        lines.append(f"{kind:10}{len(ours):6}" + "".join(f"{count:10}" for count in counts))
    return "\n".join(lines)


def plan(count, seed):
    """Kinds of so many faults, in their shares, in a random order."""
    shares = [kind for kind, share in KINDS.items() for _ in range(share)]
    random.Random(seed).shuffle(shares)
    return [shares[k % len(shares)] for k in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS, help="only faults of this kind")
    options = parser.parse_args()
    outcomes = []
    for number in (signal.SIGTERM,):
        signal.signal(number, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory() as folder:
        faults = Faults(folder, options.seed)
        kinds = [options.kind] * options.count if options.kind else None
        for kind in kinds or plan(options.count, options.seed):
            outcomes.append(faults.make(kind))
            last = outcomes[-1]
            print(f"{len(outcomes):4} {last.kind:8}{last.what}: {last.verdict}", flush=True)
            if last.verdict not in ("survived", "refused"):
                print(last.words, flush=True)
    print(f"\n{table_of(outcomes)}\n\nseed {options.seed}: {json.dumps(KINDS)} of a hundred")
    sys.exit(any(each.verdict not in ("survived", "refused") for each in outcomes))


if __name__ == "__main__":
    main()
