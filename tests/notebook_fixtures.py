"""Tiny notebooks for tests, written as the real ones are, without data or TensorFlow."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from neurec_helpers import notebook_files

VERDICT = 'print("Task {task}: {outcome}. Well split.")'


def code(cell_id, source, **neurec):
    """A code cell; keyword arguments are its neurec metadata."""
    return new_code_cell(source, id=cell_id, metadata={"neurec": neurec} if neurec else {})


def markdown(cell_id, source, **neurec):
    """A markdown cell; keyword arguments are its neurec metadata."""
    return new_markdown_cell(source, id=cell_id, metadata={"neurec": neurec} if neurec else {})


def task_cells(task, stub, solution, outcome="correct"):
    """The three cells of a task whose check prints a verdict as nr.check does."""
    name = f"task-{task.replace('.', '-')}"
    source = f"{stub}\n### BEGIN SOLUTION\n{solution}\n### END SOLUTION"
    solved = code(f"{name}-solution", source, task=task, role="solution")
    solved.metadata["jupyter"] = {"source_hidden": True}
    verdict = VERDICT.format(task=task, outcome=outcome)
    return [
        markdown(name, f"## Task {task}\n\nDo it.", task=task, role="task"),
        solved,
        code(f"{name}-check", verdict, task=task, role="check"),
    ]


def notebook(*cells):
    """A notebook of these cells, normalised."""
    return notebook_files.normalise(new_notebook(cells=list(cells)))


def split_notebook(outcome="correct"):
    """A stand-in for 01_split: its names and its task."""
    return notebook(
        markdown("title", "# Split the ratings\n\nNext: [two](02_two.ipynb)."),
        code("load", 'ratings = list(range(10))\nprint("ten", end=" ")\nprint("rows")'),
        *task_cells(
            "5.1", "train, test = ..., ...", "train, test = ratings[:8], ratings[8:]", outcome
        ),
        markdown("closing", "## What you learnt\n\nTo split."),
    )


def training_notebook():
    """A stand-in for 05_training: a test MSE and a picture with alt text."""
    picture = (
        "from base64 import b64decode\n"
        "from IPython.display import display\n"
        "PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='\n"
        "display({'image/png': PIXEL, 'text/plain': 'One dot.'}, raw=True,\n"
        "        metadata={'image/png': {'alt': 'One dot.'}})"
    )
    return notebook(
        markdown("title", "# Train the network"),
        code("train", "test_mse = 0.71194"),
        code("plot", picture),
        *task_cells("5.6", "x = ...", "x = 1"),
    )


def save(nb, path):
    """Write a fixture as nbformat does and return its path."""
    nbformat.validate(nb)
    path.write_bytes(notebook_files.notebook_text(nb).encode("utf-8"))
    return path
