"""neurec shop: a web page that recommends books, from a trained model or from who reads what."""

import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import BUILD


def shop(
    model: Annotated[
        Path | None,
        typer.Option(
            help="Saved two towers (.keras), or a square table of similarities (.npy). Without "
            "it, books are similar that the same readers have read."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The file; else build/shop.html.")] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open a browser.")] = False,
):
    """Write one web page that recommends books and works without a network; open it."""
    from rich.console import Console

    from neurec_helpers.progress import Progress
    from neurec_helpers.ratings.loading import load_books, load_ratings
    from neurec_helpers.recommending.shop.making import shop as make_page

    with Progress(Console(stderr=True)) as progress:
        progress.show("Loading ratings and books", 0, 1)
        ratings, books = load_ratings(), load_books()
        progress.show("Loading ratings and books", 1, 1)
        table = _similar(ratings, progress) if model is None else load_model(model)
        made = make_page(table, books, ratings, file=out or BUILD / "shop.html")
    path = made.path.resolve()
    typer.echo(f"{path} ({made.megabytes:.1f} MB)")
    if model is not None and made.lost:
        typer.echo(made.lost)
    if not no_open and not webbrowser.open(path.as_uri()):
        typer.echo("No browser could be opened here: open this file in one.")


def _similar(ratings, progress):
    from neurec_helpers.progress import say_seconds
    from neurec_helpers.recommending.co_reading import similar_books

    began = time.monotonic()

    def show(done, total):
        left = (time.monotonic() - began) * (total - done) / done
        progress.show("Who has read both of two books", done, total, f"{say_seconds(left)} left")

    return similar_books(ratings, int(ratings["book_id"].max()), progress=show)


def load_model(path):
    """A model from a file: .keras or .npy.

    Raises
    ------
    NeurecError
        If it is none, or damaged.
    """
    import numpy as np

    if not path.is_file():
        raise NeurecError(f"there is no file {path}.")
    if path.suffix not in (".keras", ".npy"):
        raise NeurecError(f"{path} is no model: give a .keras or a .npy file.")
    try:
        if path.suffix == ".npy":
            return np.load(path, mmap_mode="r")
        import keras

        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
        first = str(error).strip().splitlines()[0]
        raise NeurecError(f"{path} can't be loaded: {first}") from error
