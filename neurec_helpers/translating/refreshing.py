"""The stored editions of the notebooks, brought up to date in what needs no run."""

from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.editions import edition_of, in_language
from neurec_helpers.paths import NOTEBOOKS


def refresh_prose(language, folder=NOTEBOOKS):
    """Put the catalogue's prose into the editions of a language; outputs stay as they are.

    Returns
    -------
    changed, stale : list of Path
        Editions that were changed, and those that `neurec notebooks` has to run anew, since a
        code cell differs or there is none yet.
    """
    changed, stale = [], []
    for path in notebook_files.find_notebooks(folder):
        other = edition_of(path, language)
        made = in_language(notebook_files.read_notebook(path), language)
        there = notebook_files.read_notebook(other) if other.is_file() else None
        if there is None or _code(made) != _code(there):
            stale.append(other)
            continue
        outputs = {cell.id: cell.outputs for cell in there.cells if cell.cell_type == "code"}
        for cell in made.cells:
            if cell.cell_type == "code":
                cell.outputs = outputs[cell.id]
        text = notebook_files.notebook_text(notebook_files.normalise(made))
        if text != other.read_text(encoding="utf-8"):
            notebook_files.write_text(text, other)
            changed.append(other)
    return changed, stale


def _code(nb):
    return [(cell.id, cell.source) for cell in nb.cells if cell.cell_type == "code"]
