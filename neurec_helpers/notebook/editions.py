"""The notebooks in other languages: made from the English ones, which are run once for all.

Code cells are the same to the byte. The prose comes from the catalogue; what neurec shows is shown
in each language by the one kernel that runs the cells (twice.py).
"""

import copy

from neurec_helpers.language import SOURCE, languages, speaking, tr
from neurec_helpers.notebook.prose import translated

OTHERS = "neurec-languages"  # in an output's metadata: the same output in other languages


def other_languages():
    """Codes of the languages that the notebooks are translated into."""
    return [language for language in languages() if language != SOURCE]


def edition_of(path, language):
    """Path of the edition of a notebook in a language: ``ru/05_training.ipynb`` beside it."""
    return path.parent / language / path.name


def editions_of(path):
    """{language: path} of the editions of a notebook that are there."""
    paths = {language: edition_of(path, language) for language in other_languages()}
    return {language: other for language, other in paths.items() if other.is_file()}


def source_of(path):
    """(language, path of the English notebook) for an edition's path; None for any other."""
    folder = path.parent
    if folder.name in other_languages() and (folder.parent / path.name).is_file():
        return folder.name, folder.parent / path.name
    return None


def in_language(nb, language):
    """A notebook with its prose in another language; outputs and all else as they are.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        In English; stays unchanged.
    language : str

    Returns
    -------
    nbformat.NotebookNode
        It stands one folder deeper, so links that lead out of the folder lead one further.
    """
    nb = copy.deepcopy(nb)
    with speaking(language):
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                cell.source = translated(cell.source, tr).replace("](../", "](../../")
    return nb


def lifted(nb):
    """An edition with its links as they are one folder higher, where English notebooks stand."""
    nb = copy.deepcopy(nb)
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../../", "](../")
    return nb


def take_apart(outputs):
    """Part the outputs of a cell that was run by a kernel which shows all in each language.

    Parameters
    ----------
    outputs : list of nbformat outputs
        Stay unchanged.

    Returns
    -------
    dict of str to list of outputs
        By language, English among them.
    """
    return {
        language: [_said_in(output, language) for output in outputs] for language in languages()
    }


def _said_in(output, language):
    output = copy.deepcopy(output)
    others = output.get("metadata", {}).pop(OTHERS, {})
    if language in others:
        data, metadata = others[language]
        output["data"], output["metadata"] = type(output)(data), type(output)(metadata)
    return output


def editions(nb):
    """An executed notebook in each language.

    Parameters
    ----------
    nb : nbformat.NotebookNode
        In English, run by a kernel that shows all in each language; stays unchanged.

    Returns
    -------
    dict of str to nbformat.NotebookNode
        By language, English among them.
    """
    found = {}
    for language in languages():
        found[language] = in_language(nb, language) if language != SOURCE else copy.deepcopy(nb)
        for cell in found[language].cells:
            if cell.cell_type == "code":
                cell.outputs = take_apart(cell.outputs)[language]
    return found


def faults_of_edition(nb, edition, language):
    """What is not up to date in a stored edition of a notebook; a line for each fault."""
    where = f"edition {language}"
    made = in_language(nb, language)
    if [cell.id for cell in made.cells] != [cell.id for cell in edition.cells]:
        return [f"{where}: other cells: run `neurec notebooks`"]
    faults = []
    for wanted, there in zip(made.cells, edition.cells, strict=True):
        if wanted.source != there.source:
            faults.append(f"{where}, cell {there.id}: not up to date: run `neurec notebooks`")
        if wanted.metadata != there.metadata or wanted.cell_type != there.cell_type:
            faults.append(f"{where}, cell {there.id}: other metadata: run `neurec notebooks`")
    return faults
