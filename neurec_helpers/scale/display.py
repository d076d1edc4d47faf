"""How far a training run is, for people: a bar in a terminal, else a line from time to time."""

import time

from neurec_helpers.progress import Progress, say_seconds
from neurec_helpers.scale.networks import LISTS, unit
from neurec_helpers.scale.preparing import read_metadata
from neurec_helpers.scale.run_folder import best_epoch, held_out_errors


class Display:
    """Shows how far a run is: a bar in a terminal, else a line from time to time."""

    def __init__(self, model, epochs):
        from rich.console import Console

        self.model, self.unit = model, unit(model)
        self.epochs, self.progress = epochs, Progress(Console())
        self.first, self.sums = None, []

    def __enter__(self):
        self.progress.__enter__()
        return self

    def __exit__(self, *_):
        self.progress.__exit__()

    def __call__(self, message):
        """Take one message of `launching.launch`."""
        if "stage" in message:
            words = message["stage"]
            self.progress.say(
                f"{words[0].upper()}{words[1:]}{'' if words.endswith('.') else ' ...'}"
            )
        elif "step" in message:
            self._step(**message)
        elif "interval" in message:
            self._interval(**message["interval"])

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
        note = f"{pace * batch:,.0f} {self.unit}/s{left}" if pace else ""
        if not note:
            return
        where = f"epoch {epoch} of {self.epochs}"
        words = where if self.progress.is_live else f"{where}, step {step:,} of {of:,}"
        self.progress.show("run", step, of, note, words=words)

    def _interval(self, epoch, training_error, held_out_error, seconds, rows, **_):
        self.sums.append((training_error * rows, rows, seconds))
        if held_out_error is None:
            return
        total, all_rows, all_seconds = (sum(values) for values in zip(*self.sums, strict=True))
        self.sums.clear()
        measure = "loss" if self.model == LISTS else "MSE"
        self.progress.say(
            f"epoch {epoch} of {self.epochs}: training {measure} {total / all_rows:.4f}, held-out "
            f"{_say_error(self.model, held_out_error)}, {all_seconds:.1f} s, "
            f"{all_rows / all_seconds:,.0f} {self.unit}/s"
        )


def _say_error(model, error):
    return f"recall@10 {1 - error:.4f}" if model == LISTS else f"MSE {error:.4f}"


def outcome(run):
    """What a run that has ended came to, and whether that is better than no network."""
    intervals, model = run.intervals(), run.settings().model
    best = min(held_out_errors(intervals))
    peak = max(interval["peak_bytes"] for interval in intervals)
    metadata = read_metadata(run.data)
    if model == LISTS:
        least, without = 1 - 10 / max(metadata.n_books, 10), "ten books drawn by lot"
    else:
        least, without = metadata.mean_error, "the mean rating for all"
    verdict = "" if best < least else "It is no better than that: it has learnt nothing of use.\n"
    return (
        f"Best epoch: {best_epoch(intervals)}, held-out {_say_error(model, best)} ({without}: "
        f"{_say_error(model, least)}). Peak memory {peak / 1e9:.2f} GB.\n{verdict}"
        f"The network:            {run.model}\n"
        f"Its rows for your ids:  {run.data}/users.parquet, books.parquet"
    )
