"""`neurec train`: train on more ratings than a notebook holds."""

import os
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError


def train(
    source: Annotated[
        str, typer.Argument(help="Parquet or CSV: a file, a folder, or a pattern in quotes.")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of the run; the same command goes on there.")
    ] = Path("run"),
    model: Annotated[
        str,
        typer.Option(help="For stars: lesson (notebook 5), best (7). For lists: lists (9)."),
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
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of all that is random.")] = 42,
    checkpoint_steps: Annotated[
        int, typer.Option(min=1, help="Keep a checkpoint after so many steps, and each epoch.")
    ] = 1000,
    user: Annotated[str, typer.Option(help="Name of the column of users.")] = "user_id",
    book: Annotated[str, typer.Option(help="Name of the column of books.")] = "book_id",
    rating: Annotated[str, typer.Option(help="Name of the column of ratings.")] = "rating",
    scale: Annotated[
        tuple[float, float], typer.Option(help="The lowest and the highest rating there can be.")
    ] = (0.5, 5),
    sep: Annotated[
        str, typer.Option(help="What parts the columns of a CSV file; \\t is a tab.")
    ] = ",",
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
    from neurec_helpers.ratings.sources import refuse_address
    from neurec_helpers.scale.display import Display, outcome
    from neurec_helpers.scale.launching import Launch, launch
    from neurec_helpers.scale.run_folder import RunFolder, Settings

    if not source:
        raise NeurecError(
            "the source is empty, as where a variable is not set. Name a file, a folder or a "
            "pattern; . is this folder."
        )
    refuse_address(source)
    settings = Settings(
        source=os.path.realpath(source),
        user=user,
        book=book,
        rating=rating,
        sep=sep.replace("\\t", "\t"),
        scale=scale,
        model=model,
        epochs=epochs,
        batch_size=batch_size,
        patience=patience,
        seed=seed,
        learning_rate=learning_rate,
        held_out=held_out,
        checkpoint_steps=checkpoint_steps,
    )
    how = Launch(processes, coordinator, process_id, launcher, restarts)
    run = RunFolder(out)
    with Display(model, epochs) as display:
        launch(run, settings, how, display)
    typer.echo("Done; process 0 exports the network." if process_id else outcome(run))
