"""The two pages of a hand-out that a student reads first."""

from neurec_helpers.classroom import course
from neurec_helpers.classroom.pack import PLACEHOLDER
from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files

CODE_CELLS = ("setup", "check", "pack")


def start_page(items, titles, facts):
    """The first page that a student opens: what there is to do, and whether all is well."""
    from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

    rows = []
    for name, title in titles.items():
        own = [item for item in items if item.notebook == name]
        tasks = ", ".join(f"{item.task} ({item.points:g})" for item in own) or tr("none")
        rows.append(f"| [{title}](notebooks/{name}.ipynb) | {tasks} |")
    deadline = (
        "\n\n" + tr("**Hand in by:** {deadline}", deadline=facts["deadline"])
        if facts["deadline"]
        else ""
    )
    cells = [
        (
            "title",
            tr(
                "# Start here\n\nYou will build a recommender for books: {worth}. "
                "Go through the notebooks in their order.{deadline}",
                worth=course.say_worth(items),
                deadline=deadline,
            ),
        ),
        ("contents", tr("| notebook | tasks (points) |") + "\n|---|---|\n" + "\n".join(rows)),
        (
            "setup-why",
            tr(
                "First see whether this machine is ready: click the next cell and press Shift and "
                "Enter. It should answer with one line that begins with *Ready*."
            ),
        ),
        ("setup", "import sys\n\nimport neurec_helpers as nr\n\nnr.setup()"),
        (
            "how",
            tr(
                "## How it works\n\n"
                "- Write your answer in place of the `...` in the cell below each task. Run it, "
                "then the cell with `nr.check`: it says at once whether the answer is correct, or "
                "which mistake it is. Try as often as you like.\n"
                '- `nr.hint("5.1")` gives a hint, `nr.hint("5.1", 2)` a bigger one.\n'
                "- Add cells of your own wherever you like. Leave the cells of the tasks where "
                "they are, each once: what is deleted or doubled can't be graded.\n\n"
                "## Handing in\n\n"
                "Save your notebooks. The next cell runs them as the grader will, which takes a "
                "few minutes, and says what would stop them from being graded. The grader uses "
                "other ratings than yours, so compute every number; do not type it in."
            ),
        ),
        ("check", "!{sys.executable} -m neurec_helpers classroom check"),
        (
            "pack-why",
            tr(
                "This makes the one file that you hand in. Put your name in first, as your teacher "
                "knows it."
            ),
        ),
        (
            "pack",
            f'!{{sys.executable}} -m neurec_helpers classroom pack --name "{tr(PLACEHOLDER)}"',
        ),
    ]
    made = [
        (new_code_cell if cell_id in CODE_CELLS else new_markdown_cell)(source, id=cell_id)
        for cell_id, source in cells
    ]
    return notebook_files.normalise(new_notebook(cells=made))


def readme(items, facts):
    """One page that says how to begin and how to hand in."""
    deadline = (
        tr("Hand in by: {deadline}", deadline=facts["deadline"]) + "\n\n"
        if facts["deadline"]
        else ""
    )
    return tr(
        "# A recommender for books\n\n"
        "Notebooks with {worth}. The ratings in `data` are synthetic.\n\n"
        "{deadline}"
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
        "If something fails: `make doctor` or `neurec doctor`.\n",
        worth=course.say_worth(items),
        deadline=deadline,
    )
