"""Small notebooks with a graded task each, as a hand-out holds them."""

import nbformat

from neurec_helpers.classroom import preflight
from neurec_helpers.classroom.graded import nbgrader_metadata
from neurec_helpers.notebook import files as notebook_files

NAME, OTHER = "01_first", "02_second"
STUB, ANSWER = "total = ...", "total = 6"


def graded_cells(task, stub=STUB, points=1):
    number = task.replace(".", "-")
    answer = nbformat.v4.new_code_cell(stub, id=f"task-{number}-solution")
    answer.metadata["nbgrader"] = nbgrader_metadata(answer.id, solution=True)
    check = nbformat.v4.new_code_cell(f'nr.check("{task}", total)', id=f"task-{number}-check")
    check.metadata["nbgrader"] = nbgrader_metadata(check.id, grade=True, points=points)
    for cell, role in ((answer, "solution"), (check, "check")):
        cell.metadata["neurec"] = {"task": task, "role": role}
    return answer, check


def notebook(task):
    why = nbformat.v4.new_markdown_cell("Add them up.", id="why")
    cells = [why, nbformat.v4.new_code_cell("values = [1, 2, 3]", id="values"), *graded_cells(task)]
    return notebook_files.normalise(nbformat.v4.new_notebook(cells=cells))


def graded(task, name):
    answer, check = graded_cells(task)
    return preflight.Graded(task, name, 1, answer.id, check.id, STUB, check.source)


TASKS = [graded("1.1", NAME), graded("2.1", OTHER)]


def answered(task="1.1"):
    nb = notebook(task)
    nb.cells[2].source = ANSWER
    return nb
