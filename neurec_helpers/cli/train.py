"""`neurec train`: train on more ratings than a notebook holds."""

import time
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook.progress import say_seconds

QUIET = 20  # seconds between two words on how far it is


def train(
    source: Annotated[
        str, typer.Argument(help="Parquet or CSV: a file, a folder, or a pattern in quotes.")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of the run; the same command goes on there.")
    ] = Path("run"),
    model: Annotated[
        str, typer.Option(help="lesson (notebook 5), or best (notebook 7, regularised).")
    ] = "lesson",
    epochs: Annotated[int, typer.Option(min=1, help="The most epochs.")] = 5,
    batch_size: Annotated[
        int, typer.Option(min=0, help="Ratings in a step; 0 lets their number decide.")
    ] = 0,
    learning_rate: Annotated[float, typer.Option(min=0, help="0 for the model's own.")] = 0,
    held_out: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Share that is kept from training.")
    ] = 0.05,
    patience: Annotated[
        int, typer.Option(min=1, help="End after so many epochs without a better held-out error.")
    ] = 2,
    seed: Annotated[int, typer.Option(min=0, help="Of all that is random.")] = 42,
    checkpoint_steps: Annotated[
        int, typer.Option(min=1, help="Keep a checkpoint after so many steps, and each epoch.")
    ] = 1000,
    user: Annotated[str, typer.Option(help="Name of the column of users.")] = "user_id",
    book: Annotated[str, typer.Option(help="Name of the column of books.")] = "book_id",
    rating: Annotated[str, typer.Option(help="Name of the column of ratings.")] = "rating",
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share batches and tables.")
    ] = 1,
    coordinator: Annotated[
        str | None,
        typer.Option(help="host:port of process 0, where each host starts its own process."),
    ] = None,
    process_id: Annotated[
        int, typer.Option(min=0, help="With --coordinator: which process this is, from 0.")
    ] = 0,
    launcher: Annotated[
        str, typer.Option(help="own, or ray, which starts processes again that have died.")
    ] = "own",
    restarts: Annotated[
        int, typer.Option(min=0, help="With --launcher ray: how often all may be started again.")
    ] = 3,
):
    """Train on ratings of any number, streamed from disk; resumes, and exports one .keras file."""
    from neurec_helpers.scale import networks
    from neurec_helpers.scale.launching import train as launch
    from neurec_helpers.scale.run_folder import (
        RunFolder,
        Settings,
        best_epoch,
        held_out_errors,
    )

    if model not in networks.MODELS:
        raise NeurecError(f"there is no model {model!r}. There are: {', '.join(networks.MODELS)}.")
    if launcher not in ("own", "ray"):
        raise NeurecError(f"there is no launcher {launcher!r}. There are: own, ray.")
    if launcher == "ray" and coordinator:
        raise NeurecError("--launcher ray finds its processes itself; leave --coordinator out.")
    if process_id >= processes or (process_id and coordinator is None):
        raise NeurecError(
            f"--process-id {process_id} needs --coordinator, and --processes above {process_id}."
        )
    settings = Settings(
        str(Path(source).resolve()),
        user,
        book,
        rating,
        model,
        epochs,
        batch_size,
        patience,
        seed,
        learning_rate,
        held_out,
        checkpoint_steps,
    )
    run = RunFolder(out)
    known = run.legs()
    if known:
        last = known[-1]
        typer.echo(f"Going on in {run.path}, from epoch {last['epoch']}, step {last['end']:,}.")
    with Teller(epochs) as tell:
        ray_restarts = restarts if launcher == "ray" else None
        made = launch(run, settings, processes, coordinator, process_id, tell, ray_restarts)
    if made is None:
        typer.echo("Done; process 0 exports the network.")
        return
    legs = run.legs()
    best = best_epoch(legs)
    error = min(held_out_errors(legs))
    peak = max(leg["peak_bytes"] for leg in legs)
    typer.echo(f"Best epoch: {best}, held-out MSE {error:.4f}. Peak memory {peak / 1e9:.2f} GB.")
    typer.echo(f"The network:            {made}")
    typer.echo(f"Its rows for your ids:  {run.data}/users.parquet, books.parquet")


class Teller:
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
        self.spoken, self.first, self.sums = time.monotonic(), None, []

    def __enter__(self):
        self.bar.start()
        return self

    def __exit__(self, *_):
        self.bar.stop()

    def __call__(self, message):
        if "stage" in message:
            self._say(message["stage"].capitalize() + " ...")
        elif "step" in message:
            self._step(**message)
        elif "leg" in message:
            self._leg(**message["leg"])

    def _say(self, words):
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
        if self.bar.disable and now - self.spoken > QUIET:
            self.spoken = now
            self._say(f"epoch {epoch}, step {step:,} of {of:,}: {note}")

    def _leg(self, epoch, mse, held_out_mse, seconds, rows, **_):
        self.sums.append((mse * rows, rows, seconds))
        if held_out_mse is None:
            return
        total, all_rows, all_seconds = (sum(values) for values in zip(*self.sums, strict=True))
        self.sums.clear()
        self._say(
            f"epoch {epoch} of {self.epochs}: training MSE {total / all_rows:.4f}, held-out MSE "
            f"{held_out_mse:.4f}, {all_seconds:.1f} s, {all_rows / all_seconds:,.0f} ratings/s"
        )
