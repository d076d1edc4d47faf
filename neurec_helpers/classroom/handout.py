"""The folder that students get: notebooks without solutions, data, helper, and two pages."""

import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from neurec_helpers.classroom import course
from neurec_helpers.classroom.graded import HANDOUT_FILE
from neurec_helpers.classroom.pack import PLACEHOLDER
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, ROOT
from neurec_helpers.tasks.solutions import SOLUTIONS_FILE, solution_in

NAME = "neurec-handout"
LANGUAGES = ("en",)
# What a student needs beside the notebooks; tests, benchmarks' pictures and git stay behind.
FILES = (
    "Makefile",
    "constraints.txt",
    "environment.yml",
    "pyproject.toml",
    "LICENSE",
    "LICENSE-CONTENT",
)
FOLDERS = ("neurec_helpers", "data")
ENDINGS = (".py", ".toml", ".gz", ".csv", ".json", ".md")
CODE_CELLS = ("setup", "check", "pack")
# Zip files hold no years before 1980; the same bytes come out whenever it is built.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Handout:
    """What was built.

    Attributes
    ----------
    folder, archive : Path
        For the students: a folder and the same as one zip file.
    course : Path
        For the grader only: it holds the solutions.
    items : list of course.Item
    given_away : dict of str to list of str
        Tasks whose solution stands all the same in notebooks that are handed out.
    """

    folder: Path
    archive: Path
    course: Path
    items: list
    given_away: dict


def build(
    target, numbers=notebook_files.LESSON, points=None, deadline="", opened=(), language="en"
):
    """Make the students' folder, its zip file and the grader's course folder.

    Parameters
    ----------
    target : Path
        A new or empty folder for all three. It appears whole or not at all.
    numbers : collection of int
        Which notebooks.
    points : dict of str to float, optional
        Points of tasks that are not worth one.
    deadline : str
        Text for the start page.
    opened : collection of str
        Tasks whose solution `nr.solution` shall show in the hand-out.
    language : str

    Returns
    -------
    Handout

    Raises
    ------
    NeurecError
        If `target` holds something, a task or notebook is unknown, nbgrader is missing, or a file
        can't be written.
    """
    if language not in LANGUAGES:
        raise NeurecError(f"there is no edition in {language!r}. There is: {', '.join(LANGUAGES)}.")
    target = Path(target).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NeurecError(
            f"{target} exists and is not empty; it may hold grades. Name another folder, or move "
            "this one away."
        )
    paths = notebook_files.find_notebooks(NOTEBOOKS, numbers)
    notebooks = {path.stem: notebook_files.read_notebook(path) for path in paths}
    items = course.graded_tasks(notebooks, points or {})
    solutions = {item.task: solution_in(notebooks[item.notebook], item.task) for item in items}
    unknown = sorted(set(opened) - set(solutions))
    if unknown:
        raise NeurecError(f"no task {', '.join(unknown)} is handed out; nothing to open.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as made:
            made = Path(made)
            os.chmod(made, 0o755)
            released = course.make_course(made / "course", notebooks, items)
            facts = {"assignment": course.ASSIGNMENT, "deadline": deadline, "language": language}
            _fill(made / NAME, released, items, facts, {task: solutions[task] for task in opened})
            _zip(made / NAME, made / f"{NAME}.zip")
            if target.exists():
                target.rmdir()
            (made / "whole").mkdir()
            for part in (NAME, f"{NAME}.zip", "course"):
                os.replace(made / part, made / "whole" / part)
            os.replace(made / "whole", target)
    except OSError as error:
        raise NeurecError(f"can't make {target}: {error.strerror}. Nothing was made.") from error
    given_away = find_given_away(released, solutions)
    return Handout(target / NAME, target / f"{NAME}.zip", target / "course", items, given_away)


def find_given_away(notebooks, solutions):
    """Names of the notebooks that hold a task's solution, by task; only tasks that have one."""
    found = {}
    for task, solution in solutions.items():
        body = _bare(solution)
        names = [
            name for name, nb in notebooks.items() if any(body in _bare(c.source) for c in nb.cells)
        ]
        if names:
            found[task] = names
    return found


def _bare(text):
    return "".join(text.split())


def _fill(folder, notebooks, items, facts, solutions):
    for name, nb in notebooks.items():
        notebook_files.write_notebook(nb, folder / "notebooks" / f"{name}.ipynb")
    for name in FILES:
        shutil.copyfile(ROOT / name, folder / name)
    for path in sorted(path for name in FOLDERS for path in (ROOT / name).rglob("*")):
        if path.is_file() and path.suffix in ENDINGS:
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    tasks = [_describe(item, notebooks[item.notebook]) for item in items]
    text = json.dumps({**facts, "tasks": tasks}, indent=1, ensure_ascii=False) + "\n"
    write_text(text, folder / HANDOUT_FILE)
    if solutions:
        text = json.dumps(solutions, indent=1, ensure_ascii=False) + "\n"
        write_text(text, folder / SOLUTIONS_FILE)
    titles = {name: _title(nb) for name, nb in notebooks.items()}
    notebook_files.write_notebook(start_page(items, titles, facts), folder / "start.ipynb")
    write_text(readme(items, facts), folder / "README.md")


def _describe(item, nb):
    """An item with what stands in its two cells, as `preflight.Graded` has it."""
    sources = {cell.id: cell.source for cell in nb.cells}
    stub, check = sources[item.solution], sources[item.check]
    return {**asdict(item), "stub": stub, "check_source": check}


def _title(nb):
    return nb.cells[0].source.strip().splitlines()[0].lstrip("# ")


def start_page(items, titles, facts):
    """The first page that a student opens: what there is to do, and whether all is well."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    rows = []
    for name, title in titles.items():
        own = [item for item in items if item.notebook == name]
        tasks = ", ".join(f"{item.task} ({item.points:g})" for item in own) or "none"
        rows.append(f"| [{title}](notebooks/{name}.ipynb) | {tasks} |")
    deadline = f"\n\n**Hand in by:** {facts['deadline']}" if facts["deadline"] else ""
    cells = [
        (
            "title",
            f"# Start here\n\nYou will build a recommender for books: {course.say_worth(items)}. Go "
            f"through the notebooks in their order.{deadline}",
        ),
        ("contents", "| notebook | tasks (points) |\n|---|---|\n" + "\n".join(rows)),
        (
            "setup-why",
            "First see whether this machine is ready: click the next cell and press Shift and "
            "Enter. It should answer with one line that begins with *Ready*.",
        ),
        ("setup", "import sys\n\nimport neurec_helpers as nr\n\nnr.setup()"),
        (
            "how",
            "## How it works\n\n"
            "- Write your answer in place of the `...` in the cell below each task. Run it, then "
            "the cell with `nr.check`: it says at once whether the answer is correct, or which "
            "mistake it is. Try as often as you like.\n"
            '- `nr.hint("5.1")` gives a hint, `nr.hint("5.1", 2)` a bigger one.\n'
            "- Add cells of your own wherever you like. Leave the cells of the tasks where they "
            "are, each once: what is deleted or doubled can't be graded.\n\n"
            "## Handing in\n\n"
            "Save your notebooks. The next cell runs them as the grader will, which takes a few "
            "minutes, and says what would stop them from being graded. The grader uses other "
            "ratings than yours, so compute every number; do not type it in.",
        ),
        ("check", "!{sys.executable} -m neurec_helpers classroom check"),
        (
            "pack-why",
            "This makes the one file that you hand in. Put your name in first, as your teacher "
            "knows it.",
        ),
        (
            "pack",
            f'!{{sys.executable}} -m neurec_helpers classroom pack --name "{PLACEHOLDER}"',
        ),
    ]
    made = [
        (new_code_cell if cell_id in CODE_CELLS else new_markdown_cell)(source, id=cell_id)
        for cell_id, source in cells
    ]
    return notebook_files.normalise(new_notebook(cells=made))


def readme(items, facts):
    """One page that says how to begin and how to hand in."""
    deadline = f"Hand in by: {facts['deadline']}\n\n" if facts["deadline"] else ""
    return (
        "# A recommender for books\n\n"
        f"Notebooks with {course.say_worth(items)}. The ratings in `data` are synthetic.\n\n"
        f"{deadline}"
        "## Begin\n\n"
        "You need Python 3.11, 3.12 or 3.13. In this folder:\n\n"
        "```\nmake lab\n```\n\n"
        "or, without make and on Windows, with conda:\n\n"
        "```\nconda env create -f environment.yml\nconda activate neurec\n"
        "pip install --no-deps --no-build-isolation -e .\nneurec lab\n```\n\n"
        "The first time takes a minute or two. A browser opens on `start.ipynb`, which says the "
        "rest.\n\n"
        "## Hand in\n\n"
        "Save your notebooks. The last cells of `start.ipynb` say what would stop them from being "
        "graded, and make the one zip file that you hand in. The same in a terminal (with make, "
        "write `.venv/bin/neurec` for `neurec`):\n\n"
        "```\nneurec classroom check\nneurec classroom pack\n```\n\n"
        "If something fails: `make doctor` or `neurec doctor`.\n"
    )


def _zip(folder, archive):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(folder).as_posix()}", LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            file.writestr(entry, path.read_bytes())
