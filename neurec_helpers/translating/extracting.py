"""All that is to be translated, from where it is written."""

import ast
import json
from dataclasses import dataclass

from neurec_helpers.notebook.prose import paragraphs
from neurec_helpers.paths import NOTEBOOKS, ROOT

# What takes words in English, first of all; `tr` and `Message` may take a plural after them.
MARKS = ("tr", "mark", "Message", "NeurecError", "Uncheckable")
# What only teachers and maintainers meet stays in English.
ENGLISH = ("bench", "regression", "scale", "translating")
# Commands whose --help is translated, and those of which one line stands in the list.
HELPED = ("__init__", "lab", "practice", "lesson", "shop", "doctor", "data")
LISTED = ("train", "recommend", "classroom")


@dataclass(frozen=True)
class Found:
    """Words to be translated.

    Attributes
    ----------
    id : str or tuple of str
        The words, or singular and plural.
    where : str
        File, from the top of the checkout.
    line : int
        In a notebook 0: the comment names the cell.
    comment : str
    """

    id: str | tuple
    where: str
    line: int = 0
    comment: str = ""


def all_messages():
    """Everything to be translated, in the order of files.

    Returns
    -------
    list of Found
    """
    return [
        *in_code(),
        *in_help(),
        *in_tasks(),
        *in_shop(),
        *in_code(ROOT / "docs"),
        *in_pages(),
        *in_notebooks(),
    ]


def in_code(folder=ROOT / "neurec_helpers"):
    """What is marked in the code of the rooms that students meet, or of the site."""
    for path in sorted(folder.rglob("*.py")):
        if path.relative_to(folder).parts[0] not in ENGLISH:
            where = str(path.relative_to(folder.parent))
            yield from in_source(path.read_text(encoding="utf-8"), where)


def in_source(source, where):
    """What is marked in a Python source.

    Parameters
    ----------
    source : str
    where : str
        Its file.
    """
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        if name not in MARKS or not call.args:
            continue
        plural = _texts(call.args[1]) if len(call.args) > 1 else []
        for text in _texts(call.args[0]):
            yield Found((text, plural[0]) if plural else text, where, call.lineno)


def _texts(node):
    if isinstance(node, ast.IfExp):
        return _texts(node.body) + _texts(node.orelse)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
    return [node.value] if is_text else []


def in_help(folder=ROOT / "neurec_helpers" / "cli"):
    """What ``--help`` says of the commands that students meet."""
    for name in (*HELPED, *LISTED):
        where = f"neurec_helpers/cli/{name}.py"
        for node in ast.walk(ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))):
            texts = []
            if isinstance(node, ast.Call) and (name in HELPED or _is_app(node)):
                helps = [each.value for each in node.keywords if each.arg == "help"]
                texts = [text for value in helps for text in _texts(value)]
            elif isinstance(node, ast.FunctionDef):
                if node.name == name or (name in HELPED and node.decorator_list):
                    texts = [ast.get_docstring(node) or ""]
            yield from (Found(text, where, node.lineno) for text in texts if text)


def _is_app(call):
    return getattr(call.func, "attr", "") == "Typer"


def in_tasks():
    """Titles, messages and hints of the tasks, which are put into words when they are shown."""
    from neurec_helpers.tasks import TASKS
    from neurec_helpers.tasks.base import COMMON

    for name, text in COMMON.items():
        yield Found(text, "neurec_helpers/tasks/base.py", comment=f"every task, mistake: {name}")
    for task in TASKS.values():
        where = f"neurec_helpers/tasks/{task.judge.__module__.rpartition('.')[2]}.py"
        yield Found(task.title, where, comment=f"task {task.id}, title")
        for name, text in task.mistakes.items():
            yield Found(text, where, comment=f"task {task.id}, mistake: {name}")
        for level, text in enumerate(task.hints, start=1):
            yield Found(text, where, comment=f"task {task.id}, hint {level}")


def in_shop():
    """The words of the page that recommends books."""
    from neurec_helpers.recommending.shop.words import WORDS

    for name, text in WORDS.items():
        words = text if isinstance(text, str) else (text["one"], text["other"])
        yield Found(words, "neurec_helpers/recommending/shop/words.py", comment=f"page: {name}")


def in_pages(folder=ROOT / "docs"):
    """The prose of the site's own pages."""
    for path in sorted(folder.glob("*.md")):
        for piece, is_prose in paragraphs(path.read_text(encoding="utf-8")):
            if is_prose:
                yield Found(piece.strip(), f"docs/{path.name}")


def in_notebooks(folder=NOTEBOOKS):
    """The prose of the notebooks, and what their code hands to neurec's plots."""
    for path in sorted(folder.glob("[0-9][0-9]_*.ipynb")):
        nb = json.loads(path.read_text(encoding="utf-8"))
        for cell in nb["cells"]:
            source, comment = "".join(cell["source"]), f"cell {cell['id']}"
            if cell["cell_type"] == "markdown":
                texts = [piece.strip() for piece, is_prose in paragraphs(source) if is_prose]
            else:
                texts = list(words_for_plots(source))
            for text in texts:
                yield Found(text, f"notebooks/{path.name}", comment=comment)


def words_for_plots(source):
    """Strings within calls of ``nr.plot_…`` in a cell: titles and names in the legend."""
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics in it
        return
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "").startswith("plot_"):
            for node in ast.walk(call):
                is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
                if is_text and any(map(str.isalpha, node.value)):
                    yield node.value
