"""Tiny notebooks for tests, written as the real ones are, without data or TensorFlow."""

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from neurec_helpers.notebook import files as notebook_files

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    "AAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
VERDICT = (
    'from neurec_helpers.tasks.checks import Verdict\nVerdict("{task}", "{outcome}", "Well split.")'
)


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
    source = (
        "from IPython.display import display\n"
        f"pixel = {PIXEL!r}\n"
        "display({'image/png': pixel, 'text/plain': 'One dot.'}, raw=True,\n"
        "        metadata={'image/png': {'alt': 'One <dot>.'}})"
    )
    return notebook(
        markdown("title", "# Train the network"),
        code("train", "test_mse = 0.71194"),
        code("plot", source),
        *task_cells("5.6", "x = ...", "x = 1"),
    )


def stream(text, name="stdout"):
    """An output as print gives it."""
    return new_output("stream", name=name, text=text)


def picture():
    """An output as nr.show gives it, with alt text that has to be escaped in HTML."""
    data = {"image/png": PIXEL, "text/plain": "One dot."}
    return new_output("display_data", data=data, metadata={"image/png": {"alt": "One <dot>."}})


def executed(nb):
    """The same notebook with its code cells numbered as by a run in order."""
    codes = (cell for cell in nb.cells if cell.cell_type == "code")
    for number, cell in enumerate(codes, start=1):
        cell.execution_count = number
    return nb


def save(nb, path):
    """Write a fixture as nbformat does and return its path."""
    nbformat.validate(nb)
    path.write_bytes(notebook_files.notebook_text(nb).encode("utf-8"))
    return path
