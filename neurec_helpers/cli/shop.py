"""neurec shop: a web page that recommends books, from a trained model or from who reads what."""

import time
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import DAMAGED
from neurec_helpers.language import tr
from neurec_helpers.paths import BUILD


def shop(
    model: Annotated[
        Path | None,
        typer.Option(
            help="Saved two towers (.keras) or a square table of similarities (.npy), made from "
            "the data in use. Without it, books are alike that the same readers have read."
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
        progress.show(tr("Loading ratings and books"), 0, 1)
        ratings, books = load_ratings(), load_books()
        progress.show(tr("Loading ratings and books"), 1, 1)
        last = int(ratings["book_id"].max())
        table = _similar(ratings, last, progress) if model is None else load_model(model, last)
        made = make_page(table, books, ratings, file=out or BUILD / "shop.html")
    path = made.path.resolve()
    typer.echo(tr("{path} ({megabytes:.1f} MB)", path=path, megabytes=made.megabytes))
    if model is not None and made.lost:
        typer.echo(made.lost)
    if not no_open and not webbrowser.open(path.as_uri()):
        typer.echo(tr("No browser could be opened here: open this file in one."))


def _similar(ratings, n_books, progress):
    from neurec_helpers.progress import say_seconds
    from neurec_helpers.recommending.co_reading import similar_books

    began = time.monotonic()

    def show(done, total):
        left = (time.monotonic() - began) * (total - done) / done
        progress.show(
            tr("Who has read both of two books"),
            done,
            total,
            tr("{time} left", time=say_seconds(left)),
        )

    return similar_books(ratings, n_books, progress=show)


def load_model(path, n_books):
    """A model from a .keras or .npy file, for book ids up to `n_books`.

    Raises
    ------
    NeurecError
        If it is none, is damaged, or was made from other books.
    """
    import numpy as np

    from neurec_helpers.recommending.histories import is_list_model, size_of

    if not path.is_file():
        raise NeurecError("there is no file {path}.", path=path)
    if path.suffix not in (".keras", ".npy"):
        raise NeurecError("{path} is not a model: give a .keras or a .npy file.", path=path)
    try:
        model = np.load(path) if path.suffix == ".npy" else _load_keras(path)
    except (OSError, TypeError, KeyError, *DAMAGED) as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise NeurecError("{path} can't be loaded: {first}", path=path, first=first) from error
    if is_list_model(model) and size_of(model, None) != n_books:
        raise NeurecError(
            "{path} was made from other data: its book ids end at {end:,}, those in use at "
            "{n_books:,}. NEUREC_DATASET says which data are in use.",
            path=path,
            end=size_of(model, None),
            n_books=n_books,
        )
    return model


def _load_keras(path):
    import keras

    return keras.saving.load_model(path, compile=False)
