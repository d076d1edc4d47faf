"""`neurec data`: the data sets, where they are, whether they are what they should be."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.ratings import goodbooks

app = typer.Typer(help="List, fetch, verify, make, adopt and describe data.", no_args_is_help=True)

Source = Annotated[
    str, typer.Argument(help="shelf, goodbooks, or the path of a file of ratings", metavar="SOURCE")
]


@app.command("list")
def list_data():
    """Say what there is, where, whether it is verified, and how many ratings it has."""
    table = Table(tr("name"), tr("what"), tr("where"), tr("verified"), tr("ratings"))
    for row in (_shelf_row(), *map(_goodbooks_row, goodbooks.FILES)):
        table.add_row(*row)
    _console().print(table)
    _print(
        tr(
            "The Shelf is synthetic. The real edition: {attribution}.",
            attribution=goodbooks.ATTRIBUTION,
        )
    )
    _print(goodbooks.HOMEPAGE)


def _shelf_row():
    from neurec_helpers.ratings.loading import load_ratings

    file = paths.DATA / "ratings.csv.gz"
    if not file.is_file():
        missing = tr("missing ({cure})", cure=paths.how_to_restore("data"))
        return "shelf", tr("ratings, books"), missing, tr("no"), ""
    verified = _shelf_faults(file) == []
    rows = number(len(load_ratings("shelf")), ",") if verified else ""
    return "shelf", tr("ratings, books"), str(paths.DATA), tr("yes") if verified else tr("no"), rows


def _goodbooks_row(file):
    rows = number(981_756, ",") if file is goodbooks.RATINGS else ""
    try:
        found, _ = goodbooks.find(file)
    except NeurecError as error:
        return "goodbooks", file.name, str(error), tr("no"), ""
    if found:
        return "goodbooks", file.name, str(found.path), tr("yes"), rows
    return "goodbooks", file.name, tr("not here (neurec data fetch goodbooks)"), "", rows


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="goodbooks", metavar="NAME")]):
    """Download the real edition into the cache, and verify it."""
    if name != "goodbooks":
        raise NeurecError("There is nothing called {name!r} to fetch; try: goodbooks", name=name)
    for file in goodbooks.FILES:
        with _Bar(file) as bar:
            path = goodbooks.fetch(file, progress=bar)
        _print(tr("{name}: verified, {path}", name=file.name, path=path))
    _print(f"{goodbooks.ATTRIBUTION}.")


class _Bar:
    """A progress bar of rich, in the form that `goodbooks.fetch` asks for."""

    def __init__(self, file):
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            "{task.description}",
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task(file.name, total=None)
        self._total = None

    def __enter__(self):
        self._progress.start()
        return self

    def __exit__(self, *_):
        self._progress.stop()

    @property
    def total(self):
        return self._total

    @total.setter
    def total(self, size):  # once for each mirror that answers
        self._total = size
        self._progress.reset(self._task, total=size or None)

    def update(self, n):
        self._progress.update(self._task, advance=n)

    def close(self):
        self._progress.update(self._task, completed=self._total)


@app.command()
def verify(source: Source = "shelf"):
    """Check that a data set is, to the byte, what it should be."""
    from neurec_helpers.ratings.sources import shelf_file

    if source == "goodbooks":
        faults = _goodbooks_faults()
    else:
        faults = _shelf_faults(shelf_file() if source == "shelf" else Path(source))
    if faults:
        raise NeurecError(
            tr("{source} is not as it should be.\n", source=source) + "\n".join(faults)
        )
    _print(tr("{source}: as it should be.", source=source))


def _goodbooks_faults():
    faults = []
    for file in goodbooks.FILES:
        found, tried = goodbooks.find(file)
        if not found:
            faults += [f"{file.name}: {line}" for line in tried]
    return [*faults, tr("Get it with: neurec data fetch goodbooks")] if faults else []


def _shelf_faults(file):
    from neurec_helpers.ratings.shelf_json import read_shelf_json, shelf_faults

    said = read_shelf_json(file)
    if said is None:
        raise NeurecError(
            "{file} has no shelf.json beside it, so there is nothing to verify it by. "
            "Its rows are checked whenever it is loaded: neurec data show",
            file=file,
        )
    return shelf_faults(file, said)


@app.command()
def make(
    folder: Annotated[Path, typer.Argument(help="where to put it")],
    seed: Annotated[int, typer.Option(help="another seed makes another shelf")] = 42,
    users: Annotated[int, typer.Option(help="number of users")] = 53_424,
    books: Annotated[int, typer.Option(help="number of books")] = 10_000,
    n_ratings: Annotated[int, typer.Option("--ratings", help="number of ratings")] = 981_756,
    force: Annotated[bool, typer.Option(help="overwrite what is there")] = False,
):
    """Make a shelf of other taste or size: ratings.csv.gz, books.csv, shelf.json."""
    from neurec_helpers.shelf import make_shelf, save_shelf

    there = [n for n in ("ratings.csv.gz", "books.csv", "shelf.json") if (folder / n).exists()]
    if there and not force:
        raise NeurecError(
            "{folder} holds {names} already. Name another folder, or say --force.",
            folder=folder,
            names=", ".join(there),
        )
    shelf = make_shelf(seed=seed, n_users=users, n_books=books, n_ratings=n_ratings)
    try:
        save_shelf(shelf, folder)
    except OSError as error:
        raise NeurecError(
            "{folder} can't be written to: {reason}. Name another folder.",
            folder=folder,
            reason=error.strerror or error,
        ) from error
    _print(
        tr(
            "{folder}: {ratings:,} ratings, seed {seed}.",
            folder=folder,
            ratings=len(shelf.ratings),
            seed=seed,
        )
    )


@app.command("make-large")
def make_large(
    folder: Annotated[Path, typer.Argument(help="new folder for it")],
    n_ratings: Annotated[
        int, typer.Option("--ratings", min=1, help="number of ratings")
    ] = 10_000_000,
    users: Annotated[int, typer.Option(help="number of users")] = 100_000,
    books: Annotated[int, typer.Option(help="number of books")] = 20_000,
    seed: Annotated[int, typer.Option(help="another seed makes another shelf")] = 42,
):
    """Make a shelf of any length: Parquet files of a million synthetic ratings each."""
    from neurec_helpers.shelf import write_shelf

    parts = write_shelf(folder, n_ratings, users, books, seed)
    _print(
        tr(
            "{folder}: {n_ratings:,} synthetic ratings in {files} files, seed {seed}.",
            folder=folder,
            n_ratings=n_ratings,
            files=len(parts),
            seed=seed,
        )
    )


Name = Annotated[str | None, typer.Option(help="name of the column")]
Separator = Annotated[str | None, typer.Option(help="the character between columns; \\t is a tab")]
Encoding = Annotated[str | None, typer.Option(help="how the text is stored")]
Scale = Annotated[tuple[float, float] | None, typer.Option(help="lowest and highest rating")]


def _form(**given):
    """What was given of the form of a file."""
    form = {name: value for name, value in given.items() if value is not None}
    return form | ({"sep": form["sep"].replace("\\t", "\t")} if "sep" in form else {})


@app.command()
def adopt(
    file: Annotated[Path, typer.Argument(help="your file of ratings")],
    book: Name = None,
    user: Name = None,
    rating: Name = None,
    sep: Separator = None,
    encoding: Encoding = None,
    scale: Scale = None,
    books: Annotated[str | None, typer.Option(help="file with the titles")] = None,
    id: Annotated[str | None, typer.Option(help="its column of ids, as in the ratings")] = None,
    title: Annotated[str | None, typer.Option(help="its column of titles")] = None,
    author: Annotated[str | None, typer.Option(help="its column of authors")] = None,
    year: Annotated[str | None, typer.Option(help="its column of years")] = None,
    genre: Annotated[str | None, typer.Option(help="its column of genres")] = None,
    books_sep: Separator = None,
    books_encoding: Encoding = None,
):
    """Look at a file of your own, say what is in it, and note beside it how to read it."""
    from neurec_helpers.ratings.adopting import adopt as look_at

    form = _form(book=book, user=user, rating=rating, sep=sep, encoding=encoding, scale=scale)
    table = _form(file=books, id=id, title=title, author=author, year=year, genre=genre)
    table |= _form(sep=books_sep, encoding=books_encoding)
    adopted = look_at(file, form, table)
    for line in adopted.found:
        _print(line)
    _print(tr("Noted in {note}.", note=adopted.note))
    _print(tr("To run the notebooks on it, start them in a terminal where this was said before:"))
    _print(f"  export NEUREC_DATASET={shlex.quote(str(file.expanduser().resolve()))}")


@app.command()
def show(
    source: Annotated[
        str | None,
        typer.Argument(
            help="shelf, goodbooks, or the path of a file; else what NEUREC_DATASET names",
            metavar="SOURCE",
        ),
    ] = None,
    book: Name = None,
    user: Name = None,
    rating: Name = None,
    sep: Separator = None,
    encoding: Encoding = None,
    scale: Scale = None,
):
    """Describe a data set: counts, histogram, quantiles, duplicates."""
    from neurec_helpers.ratings.loading import load_ratings, noise_floor
    from neurec_helpers.ratings.sources import resolve_source
    from neurec_helpers.ratings.summary import frequencies, summarise

    form = _form(book=book, user=user, rating=rating, sep=sep, encoding=encoding, scale=scale)
    name = source or resolve_source(None)
    table = load_ratings(source, **form)
    summary = summarise(table)
    console = _console()
    _print(
        tr(
            "{name}: {rows:,} ratings, {users:,} users, {books:,} books.",
            name=name,
            rows=summary.rows,
            users=summary.users,
            books=summary.books,
        )
    )
    _print(tr("Mean {mean:.4f}, sd {sd:.4f}.", mean=summary.mean, sd=summary.sd))
    console.print(_histogram(frequencies(table["rating"])))
    console.print(_activity(summary))
    _print(_duplicates(summary.duplicates))
    floor = noise_floor(source)
    if floor is not None:
        _print(
            tr(
                "Noise floor: {floor:.4f}; no model can have a lower mean squared error.",
                floor=floor,
            )
        )
    if "original_user_id" in table:
        _print(
            tr("Ids were numbered anew; the originals stand in original_user_id, original_book_id.")
        )
    if name == "goodbooks":
        _print(f"{goodbooks.ATTRIBUTION}.")


def _histogram(found):
    table = Table(tr("rating"), tr("count"), tr("share"), "", title=tr("Ratings"))
    counts = [count for *_, count in found]
    rows, most = sum(counts), max(counts)
    for low, high, count in found:
        rating = number(low, "g") + ("" if low == high else f" … {number(high, 'g')}")
        share = f"{number(100 * count / rows, '.1f')} %"
        table.add_row(rating, number(count, ","), share, "#" * round(24 * count / most))
    return table


def _activity(summary):
    names = list(summary.per_user.quantiles)
    table = Table(
        "",
        tr("min"),
        *map(tr, names),
        tr("mean"),
        tr("max"),
        tr("at min"),
        tr("at max"),
        title=tr("Ratings per"),
    )
    for name, activity in ((tr("user"), summary.per_user), (tr("book"), summary.per_book)):
        quantiles = [number(value, "g") for value in activity.quantiles.values()]
        ends = number(activity.with_least, ","), number(activity.with_most, ",")
        mean = number(activity.mean, ".2f")
        table.add_row(name, f"{activity.least}", *quantiles, mean, f"{activity.most}", *ends)
    return table


def _duplicates(found):
    if not found.pairs:
        return tr("No (user, book) pair stands more than once.")
    return tr(
        "{pairs:,} (user, book) pairs stand more than once: {rows_beyond_first:,} "
        "rows beyond the first, {pairs_that_differ:,} pairs with differing ratings, the "
        "worst pair {worst} times. All are kept.",
        pairs=found.pairs,
        rows_beyond_first=found.rows_beyond_first,
        pairs_that_differ=found.pairs_that_differ,
        worst=found.worst,
    )


@app.command()
def reference(
    source: Source = "shelf",
    slow: Annotated[
        bool, typer.Option("--slow", help="Also the lesson's own recipe; half an hour or more.")
    ] = False,
):
    """Test mean squared errors of known predictors, to compare a model with."""
    try:
        from neurec_helpers.bench.reference import reference as run
    except ModuleNotFoundError as error:
        raise NeurecError(
            "this copy of neurec has no benchmarks ({error}).", error=error
        ) from error
    run(source, slow)


def _console():
    """Tables are as wide as the terminal, or wide enough for whole paths in a pipe."""
    return Console(width=None if sys.stdout.isatty() else 160)


def _print(text):
    Console(soft_wrap=True, highlight=False, markup=False).print(text)
