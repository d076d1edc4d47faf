"""`neurec recommend`: lists of books from a run of `neurec train`."""

import functools
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError


def recommend(
    run: Annotated[Path, typer.Argument(help="Folder of a run that has ended.")],
    reader: Annotated[
        str | None, typer.Option(help="A reader's id, as the ratings have it.")
    ] = None,
    liked: Annotated[
        str | None,
        typer.Option(help="In place of a reader: ids of books, as ID,ID. For --model lists."),
    ] = None,
    everybody: Annotated[
        bool, typer.Option("--all", help="Lists for all readers, into the file --out.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="With --all: a Parquet file.")] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Books in a list.")] = 10,
    exact: Annotated[
        bool, typer.Option(help="With --all: compare with all books, where an index would be used.")
    ] = False,
):
    """Recommend books that a reader has not read, by the network of a run."""
    from neurec_helpers.scale.finished import Finished
    from neurec_helpers.scale.launching import require_packages
    from neurec_helpers.scale.retrieving import Recommender

    if [reader is not None, liked is not None, everybody].count(True) != 1:
        raise NeurecError("say for whom: --reader ID, --liked ID,ID, or --all with --out FILE.")
    if everybody != (out is not None):
        raise NeurecError("--all and --out go together: --all --out lists.parquet.")
    if out is not None and not out.absolute().parent.is_dir():
        raise NeurecError(f"{out} can't be written: {out.absolute().parent} is not a folder.")
    books = None if liked is None else [each.strip() for each in liked.split(",") if each.strip()]
    if books == []:
        raise NeurecError("--liked names no book: give ids of books, as 1,2.")
    require_packages()
    finished = Finished(run)
    if reader is not None:
        finished.row_of_reader(reader)  # an id that is none is said before anything is loaded
    say = functools.partial(typer.echo, err=True)
    recommender = Recommender(finished, say, with_index=everybody and not exact)
    if everybody:
        _write(finished, recommender, n, out)
    else:
        _print(finished, recommender.list_of(finished, n, reader, books), recommender.column)


def _print(finished, found, column):
    titles = finished.titles()
    for rank, book, score in found.itertuples(index=False):
        title = titles.get(book) if titles is not None else None
        typer.echo(f"{rank:3}  {score:.2f}  {title or book}")
    what = "predicted stars" if column == "predicted" else "score, from -1 to 1"
    typer.echo(f"(rank, {what}, {'book' if titles is None else 'title'})", err=True)


def _write(finished, recommender, n, out):
    from rich.console import Console

    from neurec_helpers.progress import Progress
    from neurec_helpers.scale.retrieving import write_all

    with Progress(Console(stderr=True)) as progress:
        count = write_all(
            finished, recommender, n, out, lambda *how_far: progress.show("lists", *how_far)
        )
    typer.echo(f"{out}: lists of {n} for {count:,} readers.")
