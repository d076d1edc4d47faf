"""Made submissions of all the lesson's notebooks, and answers to all tasks.

As a command it grades honest ones and says where the time goes::

    python tests/helpers/classroom_lesson.py 40 2    # forty, two at once
"""

import sys
import tempfile
import time
from pathlib import Path

import nbformat

from neurec_helpers.classroom import handout
from neurec_helpers.classroom.progress import Watch, say_where_time_went
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.tasks import TASKS, solutions
from tests.helpers.task_answers import RIGHT, WRONG

# What answers in another style need beside what the notebooks import.
IMPORTS = """\
import keras
import numpy as np
import pandas as pd
from keras.layers import Concatenate, Dense, Dot, Embedding, Flatten, Input, Reshape
from keras import Model
from sklearn.model_selection import train_test_split
import neurec_helpers as nr
"""
# What answers use of the cells above them.
DATA = """\
ratings = nr.load_ratings()
train, test = nr.split_ratings(ratings)
n_books, n_users = ratings.book_id.nunique(), ratings.user_id.nunique()
"""


def lesson_solutions():
    """The lesson's own solution of each of its tasks."""
    paths = notebook_files.find_notebooks(NOTEBOOKS, notebook_files.LESSON)
    notebooks = [notebook_files.read_notebook(path) for path in paths]
    return {
        task: solutions.solution_in(nb, task)
        for nb in notebooks
        for task in notebook_files.find_tasks(nb)
    }


def honest_answers(number):
    """Right answers to all tasks, in a style that depends on the submission's number."""
    answers = {}
    for task, solution in lesson_solutions().items():
        styles = [solution, *RIGHT[task].values()]
        answers[task] = styles[number % len(styles)]
    return answers


def rounds(number):
    """One answer to every task: (name of its mistake or "", code), by task.

    Parameters
    ----------
    number : int
        0 gives right answers, 1 the first mistake of each task, -1 the last one. Mistakes that
        show on special ratings only are left out: on the hidden shelf they are right.
    """
    made = {}
    for task in TASKS:
        mistakes = [
            (name, pieces[-1]["code"])
            for name, pieces in WRONG[task].items()
            if pieces[-1]["data"] == "small"
        ]
        known = [("", next(iter(RIGHT[task].values()))), *mistakes]
        made[task] = known[number] if -len(known) < number < len(known) else known[0]
    return made


def right_rounds():
    """One right answer to each task that has so many, as `rounds` has them, for each style."""
    longest = max(map(len, RIGHT.values()))
    for number in range(longest):
        yield {
            task: ("", list(answers.values())[number])
            for task, answers in RIGHT.items()
            if number < len(answers)
        }


def expected_of(mistake):
    """Status and mistake that must come of an answer."""
    return ("incorrect", mistake) if mistake else ("correct", "")


def notebook_of(answers):
    """Cells, as `session.Session.run` takes them, that hold nothing but these answers."""
    cells = [(f"{IMPORTS}\n{DATA}", None)]
    for task, (_, code) in answers.items():
        names = {value.name: value.name for value in TASKS[task].values if not hasattr(value, "of")}
        cells += [(DATA, None), (code, None), (TASKS[task].call, (task, names))]
    return cells


def write_submission(notebooks, folder, answers, whole=True):
    """Answer the notebooks of a hand-out and put them into a new folder.

    Parameters
    ----------
    notebooks, folder : Path
    answers : dict of str to str
        Code by task.
    whole : bool
        False leaves out what no answer needs, as a student may: training above all.
    """
    folder.mkdir(parents=True)
    for path in notebook_files.find_notebooks(notebooks):
        nb = notebook_files.read_notebook(path)
        tasks = notebook_files.find_tasks(nb)
        if not whole:
            needed = notebook_files.find_cells(nb)
            nb.cells = [c for c in nb.cells if c.id in ("setup", "load") or c in needed]
        for task in tasks:
            (cell,) = notebook_files.find_cells(nb, task, "solution")
            cell.source = answers[task]
        nb.cells.insert(0, nbformat.v4.new_code_cell(IMPORTS, id="own-imports"))
        notebook_files.write_notebook(nb, folder / path.name)


def main(students, jobs):
    """Grade honest submissions of all notebooks and say what it took."""
    from rich.console import Console

    from neurec_helpers.classroom.batch import grade_folder

    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        built = handout.build(folder / "made")
        for number in range(students):
            write_submission(
                built.folder / "notebooks",
                folder / "handed in" / f"Student {number + 1:02d}",
                honest_answers(number),
            )
        watch = Watch(console, jobs)
        began = time.monotonic()
        results = grade_folder(
            folder / "handed in", built.course, folder / "grades", jobs=jobs, watch=watch
        )
        console.print(f"in all, the reference included: {time.monotonic() - began:.0f} s")
    lost = [
        (result["student"], grade["task"], grade["reason"])
        for result in results
        for grade in result["grades"]
        if grade["status"] != "correct"
    ]
    console.print(f"{len(results)} submissions, {len(lost)} answers without full points: {lost}")
    console.print(say_where_time_went(results, jobs))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
