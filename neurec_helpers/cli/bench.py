"""neurec bench: the lesson's recipe beside neurec's, other times, and other libraries' models."""

import json
import os
from typing import Annotated

import typer

from neurec_helpers.bench.figures import make_figures
from neurec_helpers.bench.steps import (
    ALL,
    EPOCHS,
    OTHERS_ONLY,
    describe_data,
    describe_machine,
    plan_steps,
    print_markdown,
    print_table,
    run_steps,
    say_conditions,
    say_machine,
)
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.paths import BUILD
from neurec_helpers.ratings.loading import noise_floor


def bench(
    full: Annotated[
        bool, typer.Option("--full", help="All five epochs of the lesson's recipe (minutes).")
    ] = False,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help="Runs of both recipes; else 5 of neurec's, 1 of the lesson's."),
    ] = None,
    with_lesson: Annotated[
        bool, typer.Option("--lesson/--no-lesson", help="Also time `neurec lesson`.")
    ] = True,
    nbval: Annotated[
        bool, typer.Option("--nbval/--no-nbval", help="Also time nbval over the notebooks.")
    ] = True,
    peers: Annotated[
        bool, typer.Option("--peers/--no-peers", help="Also measure other libraries' models.")
    ] = True,
    only_peers: Annotated[
        bool, typer.Option("--only-peers", help="Measure nothing but these.")
    ] = False,
    peer_minutes: Annotated[
        float, typer.Option(min=0.1, help="The most that each of these models may take.")
    ] = 6,
    peers_python: Annotated[
        str | None,
        typer.Option(help="Python of another environment, for libraries that this one lacks."),
    ] = None,
    picture: Annotated[
        bool, typer.Option("--picture", help="Draw the two pictures against-seconds in .github/.")
    ] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the tables in Markdown.")
    ] = False,
):
    """Measure the lesson's recipe beside neurec's on the data at hand, and compare with the goals.

    Then models of other libraries beside neurec's (`make peers` installs some). It takes about
    eight minutes on two cores and ten more with those; nothing else should run meanwhile.
    """
    from rich.console import Console

    from neurec_helpers.bench import side_by_side

    if picture and not (peers or only_peers):
        raise NeurecError("--picture draws what --no-peers leaves out: leave away one of the two.")
    console = Console(stderr=True)
    source = os.environ.get("NEUREC_DATASET") or "shelf"
    machine = describe_machine()
    say_conditions(machine, console)
    steps = []
    if not only_peers:
        steps += plan_steps(EPOCHS if full else 1, seeds or 1, seeds or 5, with_lesson, nbval)
    if peers or only_peers:
        steps += side_by_side.plan_other_libraries(peer_minutes, peers_python)
        for line in side_by_side.missing_libraries(peers_python):
            console.print(line, highlight=False, soft_wrap=True)
    results = run_steps(steps, console)
    figures = [] if only_peers else make_figures(results, source)
    report = {
        "data": describe_data(source, results),
        "machine": machine,
        "figures": [figure.as_dict() for figure in figures],
        "results": results,
    }
    path = BUILD / (OTHERS_ONLY if only_peers else ALL)
    write_text(json.dumps(report, indent=1) + "\n", path)
    if figures:
        show = print_markdown if markdown else print_table
        show(figures, report["data"], say_machine(machine))
    if results["other_libraries"]:
        show = side_by_side.print_markdown if markdown else side_by_side.print_table
        show(results["other_libraries"], report["data"], say_machine(machine))
    if picture:
        from neurec_helpers.bench.side_by_side_plot import LISTS_PICTURE, save_picture

        measured, data = results["other_libraries"], report["data"]
        error = save_picture(measured, data, noise_floor(source))
        lists = save_picture(measured, data, file=LISTS_PICTURE, measure="ndcg")
        console.print(error, lists, sep="\n", highlight=False, soft_wrap=True)
    missed = [figure.name for figure in figures if figure.reached is False]
    if missed:
        console.print(f"Goals missed: {'; '.join(missed)}.", soft_wrap=True, highlight=False)
    console.print(f"All figures: {path}", soft_wrap=True, highlight=False)
