"""The command `neurec`; each subcommand is a file of its own here."""

import errno
import importlib
import importlib.util
import os
import sys

from neurec_helpers.errors import NeurecError
from neurec_helpers.importing import end_with
from neurec_helpers.language import VARIABLE, choose_language, mark, tr
from neurec_helpers.startup import require_language

try:
    import typer

    from neurec_helpers.cli.helping import Command, Group
except Exception as error:  # whatever a broken package raises
    end_with(error)

app = typer.Typer(
    cls=Group,
    help="Recommender systems by deep learning: the lesson, its data and its tests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

COMMANDS = {
    mark("For students"): ("lab", "practice", "lesson", "shop", "doctor", "data"),
    mark("For teachers"): ("classroom",),
    mark("For many ratings"): ("train", "recommend"),
    mark("For maintainers"): (
        "notebooks",
        "translate",
        "colab",
        "calibrate",
        "ladder",
        "bench",
        "bench_scale",
    ),
}


def _add_commands():
    """Add those commands that are here; a hand-out holds only what a student needs."""
    for panel, names in COMMANDS.items():
        for name in names:
            if importlib.util.find_spec(f"{__name__}.{name}") is None:
                continue
            module = importlib.import_module(f"{__name__}.{name}")
            if hasattr(module, "app"):
                for command in module.app.registered_commands:
                    command.cls = Command
                app.add_typer(module.app, name=name, cls=Group, rich_help_panel=panel)
            else:
                add = app.command(name.replace("_", "-"), cls=Command, rich_help_panel=panel)
                add(getattr(module, name))


def _show_version(wanted: bool):
    if wanted:
        from importlib.metadata import version

        print(f"neurec {version('neurec')}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_show_version, is_eager=True, help="Say the version."
    ),
    language: str = typer.Option(
        "", help="Language to speak: en or ru. Else NEUREC_LANGUAGE, else the system's."
    ),
):
    # Kernels and programs that a command starts speak it too.
    if language:
        os.environ[VARIABLE] = language
    require_language()
    choose_language()


try:
    _add_commands()
except Exception as error:  # whatever a broken package raises
    end_with(error)


def main():
    """Run `neurec`: a mistake that can be named is one line and exit status 1."""
    _mend_streams()
    try:
        app(prog_name="neurec")
    except NeurecError as error:
        print(f"neurec: {error}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        said = NeurecError("no more can be written: {reason}.", reason=error.strerror)
        print(f"neurec: {said}", file=sys.stderr)
        # Not sys.exit, which would try to write what is left.
        os._exit(1)
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what duckdb makes of Ctrl-C
            raise
        print(tr("neurec: stopped."), file=sys.stderr)
        sys.exit(130)
    except SystemExit as end:
        if end.code == 130:
            print(tr("neurec: stopped."), file=sys.stderr)
        raise


def _mend_streams():
    """Let what is said go nowhere if its stream was closed, and be readable in any encoding."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
