"""Where things are: in a checkout or a hand-out beside the package, in a wheel within it."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
FOLDER = "neurec-notebooks"

_IN_WHEEL = PACKAGE / "_lesson"
INSTALLED = _IN_WHEEL.is_dir()


def _own_folder():
    """Where an installed neurec puts what it makes: never among the installed packages."""
    here = Path.cwd()
    return here if any(here.glob("notebooks/[0-9][0-9]_*.ipynb")) else here / FOLDER


# LESSON holds what ships and is only read; ROOT is the user's.
LESSON, ROOT = (_IN_WHEEL, _own_folder()) if INSTALLED else (PACKAGE.parent, PACKAGE.parent)
DATA = LESSON / "data"
NOTEBOOKS = LESSON / "notebooks"
PRACTICE = ROOT / "practice"
HANDOUT_FILE = "handout.json"  # in a hand-out: what it says of itself
BUILD = ROOT / "build"


def how_to_restore(name):
    """The command that brings back a file or folder that ships, such as ``"data"``."""
    if INSTALLED:
        return "pip install --force-reinstall --no-deps neurec"
    return f"git checkout -- {name}"


def cache_dir() -> Path:
    """Folder for downloaded files, by the conventions of the operating system."""
    import platformdirs

    return platformdirs.user_cache_path("neurec")
