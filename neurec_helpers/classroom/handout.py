"""The folder that students get: notebooks without solutions, data, helper, and two pages."""

import json
import os
import shutil
import tempfile
import zipfile
from dataclasses import asdict, dataclass
from pathlib import Path

from neurec_helpers.classroom import course
from neurec_helpers.classroom.start_page import readme, start_page
from neurec_helpers.errors import NeurecError
from neurec_helpers.files import write_text
from neurec_helpers.language import CATALOGUES, SOURCE, languages, speaking
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook.editions import lifted
from neurec_helpers.paths import DATA, HANDOUT_FILE, LESSON, NOTEBOOKS, PACKAGE
from neurec_helpers.tasks.solutions import SOLUTIONS_FILE, solution_in

NAME = "neurec-handout"
# What a student needs beside the notebooks; tests, benchmarks' pictures and git stay behind.
FILES = (
    "Makefile",
    "constraints.txt",
    "environment.yml",
    "hatch_build.py",
    "pyproject.toml",
    "LICENSE",
    "LICENSE-CONTENT",
)
# Of the helper: the rooms that notebooks import, and what the students' commands need.
ROOMS = ("ratings", "plotting", "recommending", "tasks", "shelf")
PARTS = {
    ".": (
        "__init__",
        "__main__",
        "errors",
        "files",
        "gpu",
        "importing",
        "language",
        "paths",
        "progress",
        "startup",
    ),
    "cli": (
        "__init__",
        "classroom",
        "data",
        "doctor",
        "examinations",
        "helping",
        "installed",
        "lab",
        "shop",
    ),
    "notebook": ("__init__", "copies", "files", "progress", "running"),
    "classroom": (
        "__init__",
        "checking",
        "graded",
        "pack",
        "preflight",
        "strangers",
        "syntax",
    ),
}
# What a notebook beyond the lesson's six needs more, by its number.
MORE = {10: (("scale",), {"cli": ("train", "recommend")})}
ENDINGS = (".py", ".toml", ".gz", ".csv", ".json", ".md", ".html", ".css", ".js", ".po")
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
        That of the notebooks, and of all that students are told.

    Returns
    -------
    Handout

    Raises
    ------
    NeurecError
        If `target` holds something, a task or notebook is unknown, nbgrader is missing, or a file
        can't be written.
    """
    folder = NOTEBOOKS if language == SOURCE else NOTEBOOKS / language
    if language not in languages() or not folder.is_dir():
        there = [code for code in languages() if code == SOURCE or (NOTEBOOKS / code).is_dir()]
        raise NeurecError(f"there is no edition in {language!r}. There is: {', '.join(there)}.")
    target = Path(target).resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NeurecError(
            f"{target} exists and is not empty; it may hold grades. Name another folder, or move "
            "this one away."
        )
    paths = notebook_files.find_notebooks(folder, numbers)
    notebooks = {path.stem: lifted(notebook_files.read_notebook(path)) for path in paths}
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
            with speaking(language):
                shown = {task: solutions[task] for task in opened}
                _fill(made / NAME, released, items, facts, shown)
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
    sources = {name: [_bare(cell.source) for cell in nb.cells] for name, nb in notebooks.items()}
    found = {
        task: [name for name, cells in sources.items() if any(body in cell for cell in cells)]
        for task, body in ((task, _bare(solution)) for task, solution in solutions.items())
    }
    return {task: names for task, names in found.items() if names}


def _bare(text):
    return "".join(text.split())


def _fill(folder, notebooks, items, facts, solutions):
    for name, nb in notebooks.items():
        notebook_files.write_notebook(nb, folder / "notebooks" / f"{name}.ipynb")
    for path in files_needed(map(notebook_files.number_of, notebooks)):
        above = LESSON if path.is_relative_to(LESSON) else PACKAGE.parent
        copy = folder / path.relative_to(above)
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


def files_needed(numbers):
    """Files that ship and that a student needs beside the notebooks, each once.

    Parameters
    ----------
    numbers : iterable of int
        The notebooks that are handed out.

    Returns
    -------
    list of Path
    """
    rooms, parts = list(ROOMS), [(room, name) for room in PARTS for name in PARTS[room]]
    for number in numbers:
        more_rooms, more_parts = MORE.get(number, ((), {}))
        rooms += more_rooms
        parts += [(room, name) for room, names in more_parts.items() for name in names]
    found = [LESSON / name for name in FILES]
    found += [PACKAGE / room / f"{name}.py" for room, name in parts]
    folders = [DATA, CATALOGUES, *(PACKAGE / room for room in rooms)]
    found += [path for folder in folders for path in folder.rglob("*") if path.suffix in ENDINGS]
    return sorted({path for path in found if path.is_file()})


def _describe(item, nb):
    """An item with what stands in its two cells, as `preflight.Graded` has it."""
    sources = {cell.id: cell.source for cell in nb.cells}
    stub, check = sources[item.solution], sources[item.check]
    return {**asdict(item), "stub": stub, "check_source": check}


def _title(nb):
    return nb.cells[0].source.strip().splitlines()[0].lstrip("# ")


def _zip(folder, archive):
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(folder).as_posix()}", LONG_AGO)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            file.writestr(entry, path.read_bytes())
