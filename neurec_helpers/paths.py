"""Where things are: every path is derived from the checkout, never from the working directory."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
NOTEBOOKS = ROOT / "notebooks"
PRACTICE = ROOT / "practice"
BUILD = ROOT / "build"


def cache_dir() -> Path:
    """Folder for downloaded files, by the conventions of the operating system."""
    import platformdirs

    return platformdirs.user_cache_path("neurec")
