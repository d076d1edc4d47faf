"""The command `neurec`; each subcommand is a file of its own here."""

import importlib
import sys

import typer

from neurec_helpers.errors import NeurecError

app = typer.Typer(
    help="Recommender systems by deep learning: the lesson, its data and its tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    "lesson",
    "practice",
    "lab",
    "doctor",
    "data",
    "notebooks",
    "bench",
    "calibrate",
    "ladder",
    "classroom",
    "train",
    "bench_scale",
)
for name in COMMANDS:
    module = importlib.import_module(f"{__name__}.{name}")
    if hasattr(module, "app"):
        app.add_typer(module.app, name=name)
    else:
        app.command(name.replace("_", "-"))(getattr(module, name))


def main():
    """Run `neurec`: a mistake that can be named is one line and exit status 1."""
    try:
        app(prog_name="neurec")
    except NeurecError as error:
        print(f"neurec: {error}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as end:
        if end.code == 130:
            print("neurec: stopped.", file=sys.stderr)
        raise
