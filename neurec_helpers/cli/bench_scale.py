"""`neurec bench-scale`: what training takes as the ratings grow a hundredfold."""

import json
import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.bench.scale import (
    BATCH,
    FOLDER,
    MILLIONS,
    N_BOOKS,
    N_USERS,
    judge,
    measure,
    save_picture,
    table_of,
)
from neurec_helpers.paths import ROOT

PICTURE = ROOT / ".github" / "scaling.png"


def bench_scale(
    millions: Annotated[
        list[int] | None, typer.Option(help="Millions of ratings; repeatable. Else 1, 10, 100.")
    ] = None,
    picture: Annotated[Path | None, typer.Option(help="Save the plot here.")] = None,
    index: Annotated[
        list[int] | None,
        typer.Option(help="In place of training: an index of so many made vectors; repeatable."),
    ] = None,
):
    """Measure time and memory of training on 1, 10 and 100 million synthetic ratings."""
    if index:
        _measure_index(index)
        return
    from neurec_helpers.scale.launching import require_packages
    from neurec_helpers.shelf import write_shelf

    require_packages()
    millions = sorted(millions or MILLIONS)
    shutil.rmtree(FOLDER, ignore_errors=True)
    began = time.monotonic()

    def say(words):
        typer.echo(f"[{time.monotonic() - began:4.0f} s] {words}")

    say(f"writing {millions[-1]} million synthetic ratings into {FOLDER}")
    parts = write_shelf(FOLDER / "shelf", millions[-1] * 1_000_000, N_USERS, N_BOOKS)
    rows = []
    for count in millions:
        source = FOLDER / f"{count}"
        source.mkdir()
        for part in parts[:count]:
            (source / part.name).hardlink_to(part)
        rows.append({"millions": count} | measure(source, 1, say))
    two = measure(FOLDER / f"{min(millions[-1], 10)}", 2, say)
    results = {"sizes": rows, "two": two, "batch": BATCH, "users": N_USERS, "books": N_BOOKS}
    (FOLDER / "bench-scale.json").write_text(json.dumps(results, indent=1) + "\n")
    typer.echo("\n" + table_of(results))
    typer.echo("\n" + "\n".join(judge(rows)))
    if picture:
        typer.echo(f"\n{save_picture(results, picture)}")
    for path in FOLDER.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def _measure_index(counts):
    import tempfile

    from neurec_helpers.bench.index import measure, table_of

    rows = []
    for count in counts:
        typer.echo(f"an index of {count:,} made vectors ...", err=True)
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measure(count, Path(folder)))
    typer.echo(table_of(rows))
