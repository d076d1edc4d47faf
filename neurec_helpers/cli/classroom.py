"""`neurec classroom`: check and pack notebooks, and, for teachers, hand out and grade."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr
from neurec_helpers.paths import ROOT

app = typer.Typer(help="For classes: hand out, check, hand in, and grade.", no_args_is_help=True)
TEACHING = "neurec_helpers.cli.classroom_teaching"
if importlib.util.find_spec(TEACHING):  # a hand-out holds the students' commands only
    app.registered_commands += importlib.import_module(TEACHING).app.registered_commands


@app.command()
def check(
    notebook: Annotated[
        list[str] | None, typer.Argument(help="Notebooks to check, e.g. 05; all if none is named.")
    ] = None,
    run: Annotated[
        bool, typer.Option("--run/--no-run", help="Also run them, as the grader will.")
    ] = True,
):
    """Say what would stop your notebooks from being graded, and what they would earn here."""
    from neurec_helpers.classroom import checking
    from neurec_helpers.classroom.graded import read_handout

    handout = read_handout(ROOT)
    console = checking.make_console()
    found = checking.look_through(ROOT, handout, notebook)
    outcomes = checking.run_found(ROOT, found, console) if run else {}
    console.print(checking.outcome_table(handout, found, outcomes))
    for line in checking.say_notes(found):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    stops = checking.say_faults(found)
    if stops:
        raise NeurecError("\n  ".join([tr("this would stop them from being graded:"), *stops]))
    console.print(tr("Nothing stops them from being graded. Hand in with: neurec classroom pack"))


@app.command()
def pack(
    name: Annotated[
        str, typer.Option(prompt="Your name", help="Your name, as your teacher knows it.")
    ],
    folder: Annotated[Path, typer.Option(help="Where to put the file.")] = Path("."),
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Pack even what can't be graded.")
    ] = False,
):
    """Make the one file to hand in."""
    from neurec_helpers.classroom import checking
    from neurec_helpers.classroom.graded import read_handout
    from neurec_helpers.classroom.pack import pack as make_file

    handout = read_handout(ROOT)
    found = checking.look_through(ROOT, handout)
    for line in checking.say_notes(found):
        typer.echo(line)
    stops = checking.say_faults(found)
    if stops and not anyway:
        raise NeurecError(
            "\n  ".join(
                [
                    tr("nothing was packed, because this would stop it from being graded:"),
                    *stops,
                    tr("Mend it, or pack it all the same with --anyway."),
                ]
            )
        )
    made = make_file(ROOT, handout, name, folder)
    typer.echo(tr("Hand in this file: {path}", path=made.resolve()))
