"""A student's own copies of the notebooks: made where there are none, never written over."""

import os
import re
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import create_text
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import INSTALLED, LESSON, PACKAGE

PAGE = re.compile(r"\]\((\.\./[^)#]+\.md)")


def make_copies(source, target, tasks_open=False):
    """Copy a folder of notebooks, and the pages they link to; never touch a file that exists.

    Parameters
    ----------
    source, target : Path
        Folder of the notebooks, and folder for the copies. Pages outside `source`, such as
        ``../data/README.md``, come to lie beside `target` in the same way.
    tasks_open : bool
        Leave out solutions and outputs.

    Returns
    -------
    new, kept : list of Path
        Notebooks that were copied, and those that were there already.

    Raises
    ------
    NeurecError
        If a notebook can't be read or stripped (then nothing is made), or a folder can't be
        written (then the copies made so far are whole).
    """
    copies, pages = {}, {}
    for path in notebook_files.find_notebooks(source):
        nb = notebook_files.read_notebook(path)
        for link in (link for cell in nb.cells for link in PAGE.findall(cell.source)):
            page = _find_page(Path(os.path.normpath(source / link)))
            if page.is_file():
                copy = Path(os.path.normpath(target / link))
                pages[copy] = page.read_text(encoding="utf-8")
        if tasks_open:
            text = notebook_files.notebook_text(notebook_files.strip_solutions(nb, path.name))
        else:
            text = path.read_text(encoding="utf-8")
        copies[target / path.name] = text
    for folder in {path.parent for path in (*copies, *pages)}:
        _make_folder(folder)
    new, kept = [], []
    for path, text in copies.items():
        (new if create_text(text, path) else kept).append(path)
    for path, text in pages.items():
        create_text(text, path)
    return new, kept


def _find_page(path):
    """A page where a checkout has it; in a wheel those of the package lie outside the lesson."""
    if INSTALLED and path.is_relative_to(LESSON) and not path.is_file():
        return PACKAGE.parent / path.relative_to(LESSON)
    return path


def _make_folder(folder):
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NeurecError(
            "can't make the folder {folder}: {reason}.", folder=folder, reason=error.strerror
        ) from error


def say_copies(new, kept):
    """What became of each notebook, as lines to print."""
    lines = [tr("new   {name}", name=path.name) for path in new]
    lines += [tr("kept  {name}", name=path.name) for path in kept]
    lines.append(tr("Your copies are in {folder}.", folder=(new or kept)[0].parent))
    if kept:
        lines.append(tr("Kept copies are as you left them. To begin one anew, rename yours first."))
    return lines
