"""neurec ladder: run the race of notebook 08 with several seeds and keep means and spreads."""

from typing import Annotated

import typer

from neurec_helpers.bench.ladder import run_races, summarise


def ladder(
    seeds: Annotated[int, typer.Option(min=2, help="How many seeds: 42, 1, 2, 3 and so on.")] = 5,
):
    """Run the race of notebook 08 with several seeds: mean and spread of each model's test error.

    For the Shelf and the real edition (NEUREC_DATASET=goodbooks) the results are kept in
    data/ladder.json, where notebook 08 finds them.
    """
    from rich.console import Console
    from rich.table import Table

    from neurec_helpers.recommending.ladder import keep_ladder

    chosen = [42, *range(1, seeds)]
    rows = summarise(run_races(chosen))
    table = Table("model", "test MSE", "spread", "seconds", "parameters")
    for row in rows:
        spread, seconds = row["spread"], row["seconds"]
        table.add_row(
            row["model"],
            f"{row['test MSE']:.4f}",
            "" if spread is None else f"{spread:.4f}",
            "" if seconds is None else f"{seconds:.1f}",
            f"{row['parameters']:,}",
        )
    Console().print(table)
    file = keep_ladder(rows, chosen)
    print(f"Kept in {file}." if file else "Not kept: this is a data set of your own.")
