"""No sentence that a student may meet is written in code without a mark for the catalogue."""

import ast
import re

import pytest

from neurec_helpers.paths import PACKAGE
from neurec_helpers.tasks import TASKS
from neurec_helpers.translating.extracting import MARKS

SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")
# Rooms and files that students meet. What is in WORDS and in a Task is found without marks.
FILES = sorted(
    path
    for pattern in (
        "*.py",
        "plotting/*.py",
        "ratings/*.py",
        "recommending/**/*.py",
        "tasks/*.py",
        "notebook/copies.py",
        "notebook/progress.py",
        "notebook/report.py",
        "notebook/running.py",
        "classroom/checking.py",
        "classroom/feedback.py",
        "classroom/pack.py",
        "classroom/preflight.py",
        "classroom/start_page.py",
        "cli/data.py",
        "cli/doctor.py",
        "cli/examinations.py",
        "cli/lab.py",
        "cli/lesson.py",
        "cli/practice.py",
        "cli/shop.py",
    )
    for path in PACKAGE.glob(pattern)
    if path.name != "artists.py"  # what a figure says, for the comparison of notebooks
)
UNMARKED_CALLS = {"Task", "Option", "Argument", "Typer"}
# Dictionaries that extracting.py reads as they are.
CATALOGUES = {"COMMON", "_MISTAKES", "WORDS"}
MISTAKES = {name for task in TASKS.values() for name in task.mistakes}
# What begins so is no sentence for a student: commands, code, what other programs say, and what
# only a maintainer or a notebook's file is told.
NO_WORDS = (
    " -m ",
    '" -m ',
    "!{sys.executable}",
    "# How neurec reads",
    ". Written by: neurec",
    ": the solution markers",
    "<div",
    "EOF inside string",
    "Exception encountered when",
    "from neurec_helpers.notebook.twice",
    "import sys",
    "indices",
    "make clean doctor",
    "not handed in",
    "neurec data fetch",
    "the dot product is not of",
    "the kernel can't begin",
    "too many cells",
    "unexpected end of data",
    "uv ",
    "\n{%- extends",
)


def unmarked(source):
    """Sentences of a Python source that no mark stands around: (line, words)."""
    tree = ast.parse(source)
    around = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        is_sentence = SENTENCE.search(node.value) and not node.value.startswith(NO_WORDS)
        if is_sentence and node.value not in MISTAKES and not _is_marked(node, around):
            yield node.lineno, node.value


def _is_marked(node, around):
    parent = around.get(id(node))
    if isinstance(parent, ast.Expr):  # a docstring
        return True
    while parent is not None:
        name = getattr(getattr(parent, "func", None), "attr", "") or getattr(
            getattr(parent, "func", None), "id", ""
        )
        if name in MARKS or name in UNMARKED_CALLS:
            return True
        if isinstance(parent, ast.Assign) and getattr(parent.targets[0], "id", "") in CATALOGUES:
            return True
        parent = around.get(id(parent))
    return False


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_sentence_is_marked(path):
    assert list(unmarked(path.read_text(encoding="utf-8"))) == []


def test_a_sentence_without_a_mark_is_found():
    source = (
        '"""A docstring of words."""\ntr("words that are marked")\nprint("words that are not")\n'
    )
    assert list(unmarked(source)) == [(3, "words that are not")]
