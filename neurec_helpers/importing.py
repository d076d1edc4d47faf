"""Which package it is that is installed and can't be imported."""

import importlib
import json
import sys
import traceback
from importlib.metadata import packages_distributions

from neurec_helpers import paths
from neurec_helpers.errors import in_one_line
from neurec_helpers.language import choose_language, tr

MARK = "import:"
OWN = ("neurec_helpers", "__main__", "importlib", "_frozen_importlib")


def broken_package(error):
    """The distribution in which an import ended with this error; None if it was in our own code."""
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    names = [frame.f_globals.get("__name__", "").partition(".")[0] for frame in frames]
    others = [name for name in names if name not in OWN]
    module = others[-1] if others else (getattr(error, "name", None) or "").partition(".")[0]
    return packages_distributions().get(module, [module])[0] or None


def end_with(error):
    """End the program with the name of the package that could not be imported, and the cure."""
    if (name := broken_package(error)) is None:
        raise error
    choose_language()
    make = "" if paths.INSTALLED else tr("make clean doctor, or ")
    sys.exit(
        tr(
            "neurec: {name} can't be imported: {error}. Install it again: {make}"
            "pip install --force-reinstall {name}",
            name=name,
            error=say(error),
            make=make,
        )
    )


def say(error):
    """The error's kind and the first line of what it says."""
    return f"{type(error).__name__}: {in_one_line(error)}"


def try_imports():
    """Import the modules that the command line gives as JSON, by the names of their distributions.

    A line of JSON is printed before each: its name; and one after those that fail: whose fault it
    is, and the error.
    """
    for name, module in json.loads(sys.argv[1]).items():
        print(MARK + json.dumps([name, None]), flush=True)
        try:
            importlib.import_module(module)
        except (Exception, SystemExit) as error:
            print(MARK + json.dumps([broken_package(error) or name, say(error)]), flush=True)
