"""The notebooks for Colab: tasks open, one cell in front that installs, links that lead somewhere.

They are a branch of the repository, `colab`, which is made anew each time and never checked out.
"""

import posixpath
import re
import subprocess
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import LESSON, NOTEBOOKS, ROOT

BRANCH = "colab"
CELL = "colab-install"
# What neurec needs and Colab has not, or has too old. Its other packages are left as they are:
# a newer ipykernel, for one, would break the kernel that the cell runs in.
WANTED = ("keras", "keras-rs")
FOR_SCALE = ("duckdb", "faiss-cpu")  # and where a notebook asks for `make scale`
LINK = re.compile(r"\]\((?!\w+:|#|/)([^)\s]+)\)")


def find_repository(given=""):
    """OWNER/NAME of the public repository: what is given, else what pyproject.toml says.

    Raises
    ------
    NeurecError
        If neither says it, or not in this form.
    """
    repository = given or _project().get("urls", {}).get("Repository", "")
    repository = repository.removeprefix("https://github.com/").removesuffix(".git").rstrip("/")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise NeurecError(
            "the repository's public address is not known. Name it, make colab "
            "REPOSITORY=owner/name, or put it into pyproject.toml, [project.urls], Repository."
        )
    return repository


def _project():
    return tomllib.loads((LESSON / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def wheel_address(repository, name):
    """Where the branch's own wheel can be downloaded."""
    return f"https://raw.githubusercontent.com/{repository}/{BRANCH}/{name}"


def colab_notebook(path, wheel, repository):
    """One notebook as the branch has it.

    Parameters
    ----------
    path : Path
        Of the executed notebook.
    wheel : str
        Address, or path, of the wheel that the first cell installs.
    repository : str
        OWNER/NAME.

    Returns
    -------
    nbformat.NotebookNode
    """
    from nbformat.v4 import new_code_cell

    nb = notebook_files.read_notebook(path)
    # Colab folds no cell that says so for JupyterLab, so a solution would stand open.
    nb = notebook_files.strip_solutions(nb, path.name)
    folder = path.parent.relative_to(LESSON).as_posix()
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            cell.source = absolute_links(cell.source, repository, folder)
    project, wanted = _project(), WANTED
    asked = project["dependencies"]
    if any("make scale" in cell.source for cell in nb.cells):
        wanted, asked = wanted + FOR_SCALE, asked + project["optional-dependencies"]["scale"]
    asked = map(Requirement, asked)
    needed = " ".join(f'"{one.name}{one.specifier}"' for one in asked if one.name in wanted)
    source = (
        "#@title Run this cell first: it installs what Colab lacks\n"
        f"%pip install --quiet --no-deps {wheel}\n%pip install --quiet {needed}"
    )
    first = new_code_cell(source, id=CELL, metadata={"cellView": "form"})
    nb.cells.insert(1, first)
    nb.metadata["colab"] = {"toc_visible": True}
    return nb


def absolute_links(text, repository, folder):
    """Make links to notebooks lead to Colab, and other relative ones to the repository."""
    return LINK.sub(lambda found: f"]({_address(repository, folder, found[1])})", text)


def _address(repository, folder, link):
    page, mark, place = link.partition("#")
    target = posixpath.normpath(posixpath.join(folder, page))
    if target.endswith(".ipynb"):
        start = f"https://colab.research.google.com/github/{repository}/blob/{BRANCH}/"
    else:
        start = f"https://github.com/{repository}/blob/main/"
    return start + target + mark + place


def make_notebooks(target, wheel, repository, source=NOTEBOOKS):
    """Write the notebooks for Colab into a folder; their paths."""
    made = []
    for path in notebook_files.find_notebooks(source):
        copy = Path(target) / path.relative_to(LESSON)
        notebook_files.write_notebook(colab_notebook(path, wheel, repository), copy)
        made.append(copy)
    return made


def commit_branch(folder, message, checkout=ROOT):
    """Make a folder the one commit of the branch `colab`; the work tree and index stay untouched.

    Raises
    ------
    NeurecError
        If git refuses, or the branch is the one that is checked out.

    Returns
    -------
    str
        The commit.
    """
    if _git(checkout, "branch", "--show-current") == BRANCH:
        raise NeurecError(f"the branch {BRANCH} is checked out, and would be replaced. Leave it.")
    entries = {}
    for path in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
        blob = _git(checkout, "hash-object", "-w", "--no-filters", str(path.resolve()))
        entries[path.relative_to(folder).as_posix()] = blob
    tree = _write_tree(checkout, entries)
    commit = _git(checkout, "commit-tree", tree, "-m", message)
    _git(checkout, "update-ref", f"refs/heads/{BRANCH}", commit)
    return commit


def _write_tree(checkout, entries):
    """A git tree of {path: blob}; folders first become trees of their own."""
    lines, folders = [], {}
    for name, blob in entries.items():
        top, _, rest = name.partition("/")
        if rest:
            folders.setdefault(top, {})[rest] = blob
        else:
            lines.append(f"100644 blob {blob}\t{top}")
    for name, inner in folders.items():
        lines.append(f"040000 tree {_write_tree(checkout, inner)}\t{name}")
    return _git(checkout, "mktree", given="\n".join(lines) + "\n")


def _git(checkout, *arguments, given=None):
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=checkout, input=given, capture_output=True, text=True)
    except OSError as error:
        raise NeurecError(f"git can't be run ({error.strerror}); is it installed?") from error
    if done.returncode:
        raise NeurecError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()
