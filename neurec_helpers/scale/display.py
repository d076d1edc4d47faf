"""How far a training run is, for people: a bar in a terminal, else a line from time to time."""

import time

from neurec_helpers.notebook.progress import say_seconds
from neurec_helpers.scale.run_folder import best_epoch, held_out_errors

QUIET = 20  # seconds between two lines on how far it is


class Display:
    """Shows how far a run is: a bar in a terminal, else a line from time to time."""

    def __init__(self, epochs):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.epochs, self.console = epochs, Console()
        self.bar = Progress(
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"),
            console=self.console, transient=True, disable=not self.console.is_terminal,
        )  # fmt: skip
        self.task = self.bar.add_task("", total=None, note="")
        self.printed, self.first, self.sums = time.monotonic(), None, []

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def __call__(self, message):
        """Take one message of `launching.launch`."""
        if "stage" in message:
            words = message["stage"]
            self._print(f"{words[0].upper()}{words[1:]}{'' if words.endswith('.') else ' ...'}")
        elif "step" in message:
            self._step(**message)
        elif "interval" in message:
            self._interval(**message["interval"])

    def _print(self, words):
        self.console.print(words, highlight=False, soft_wrap=True, markup=False)

    def _step(self, epoch, step, of, batch):
        now = time.monotonic()
        done = (epoch - 1) * of + step
        if self.first is None:
            self.first = now, done
        began, before = self.first
        pace = (done - before) / (now - began) if done > before else None
        left = (
            f", about {say_seconds((self.epochs * of - done) / pace)} left at most" if pace else ""
        )
        note = f"{pace * batch:,.0f} ratings/s{left}" if pace else ""
        self.bar.update(
            self.task, description=f"epoch {epoch} of {self.epochs}", total=of, completed=step,
            note=note,
        )  # fmt: skip
        if self.bar.disable and note and now - self.printed > QUIET:
            self.printed = now
            self._print(f"epoch {epoch}, step {step:,} of {of:,}: {note}")

    def _interval(self, epoch, mse, held_out_mse, seconds, rows, **_):
        self.sums.append((mse * rows, rows, seconds))
        if held_out_mse is None:
            return
        total, all_rows, all_seconds = (sum(values) for values in zip(*self.sums, strict=True))
        self.sums.clear()
        self._print(
            f"epoch {epoch} of {self.epochs}: training MSE {total / all_rows:.4f}, held-out MSE "
            f"{held_out_mse:.4f}, {all_seconds:.1f} s, {all_rows / all_seconds:,.0f} ratings/s"
        )


def outcome(run):
    """What a run that has ended came to, in three lines."""
    intervals = run.intervals()
    error = min(held_out_errors(intervals))
    peak = max(interval["peak_bytes"] for interval in intervals)
    return (
        f"Best epoch: {best_epoch(intervals)}, held-out MSE {error:.4f}. "
        f"Peak memory {peak / 1e9:.2f} GB.\n"
        f"The network:            {run.model}\n"
        f"Its rows for your ids:  {run.data}/users.parquet, books.parquet"
    )
