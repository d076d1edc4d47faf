"""Who wrote alike: lines of code compared without names, spaces, comments and quotes."""

import ast
import builtins
import json
import keyword
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

from neurec_helpers.classroom.syntax import python_of

# Two submissions are named as alike if this many lines of their own are the same, and this share.
ALIKE_LINES, ALIKE_SHARE = 4, 0.6
MOST_CODE = 300_000  # characters of one student; all notebooks together have a fifth of it
SHORTEST = 8  # characters; shorter lines are the same in many answers
COMMON = 0.2  # share of the class that writes a line before it says nothing
KEPT = {*keyword.kwlist, *dir(builtins)}


@dataclass(frozen=True)
class Pair:
    """Two students whose code is alike.

    Attributes
    ----------
    first, second : str
        Keys of the two.
    lines : int
        Lines of their own that both have.
    share : float
        Of the lines of the one who has fewer.
    own : tuple of list of (str, bool)
        Of each, its own lines as written, with whether the other has them too.
    """

    first: str
    second: str
    lines: int
    share: float
    own: tuple


class _Rename(ast.NodeTransformer):
    """Every name that is bound in a notebook becomes the same one; docstrings go."""

    def __init__(self, bound):
        self.bound = bound

    def visit_Name(self, node):  # noqa: D102 - ast calls it by this name
        node.id = "v" if node.id in self.bound else node.id
        return node

    def visit_arg(self, node):  # noqa: D102
        node.arg, node.annotation = "v", None
        return node

    def visit_FunctionDef(self, node):  # noqa: D102
        node.name = "f"
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


def normal_lines(sources):
    """Lines of code by what they do, each with how it was written.

    Parameters
    ----------
    sources : list of str
        Of a notebook's code cells.

    Returns
    -------
    dict of str to str
        The normalised line, and the original of one such line.
    """
    trees = []
    for source in sources:
        try:
            trees.append(ast.parse(python_of(source)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    found, bound = {}, set().union(*map(_bound, trees)) - KEPT
    for tree in trees:
        try:
            originals = ast.unparse(tree).splitlines()
            renamed = ast.unparse(_Rename(bound).visit(tree)).splitlines()
        except (RecursionError, ValueError):  # a number may be too long to be written
            continue
        if len(originals) != len(renamed):
            originals = renamed  # a docstring is gone
        for line, original in zip(renamed, originals, strict=True):
            if len(line.strip()) >= SHORTEST and "import " not in line:
                found.setdefault(line.strip(), original)
    return found


def _bound(tree):
    names = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    functions = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return names | functions | {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}


def read_sources(folder):
    """Sources of the code cells of all notebooks in a folder, by notebook."""
    found, room = {}, MOST_CODE
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            found[path.stem] = []
            for cell in cells:
                if cell["cell_type"] != "code":
                    continue
                source = "".join(cell["source"])
                room -= len(source)
                if room > 0:
                    found[path.stem].append(source)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found


def find_alike(results, executed=None, known_folders=()):
    """Pairs of students with many lines of their own in common.

    A line of one's own stands neither in the hand-out nor in the reference solution, and not in the
    work of many others either.

    Parameters
    ----------
    results : list of dict
        From `batch.grade_folder`.
    executed : Path, optional
        Folder of the notebooks as they ran, by key; else the answers alone are compared.
    known_folders : list of Path
        Of the hand-out's and the reference's notebooks.

    Returns
    -------
    list of Pair
        Those with the most lines in common first.
    """
    known = set()
    for folder in known_folders:
        for sources in read_sources(folder).values():
            known |= set(normal_lines(sources))
    own = {}
    for result in results:
        notebooks = read_sources(executed / result["key"]) if executed else {}
        if not notebooks:
            notebooks = {"": [grade["answer"] for grade in result["grades"]]}
        lines = {}
        for sources in notebooks.values():
            lines |= normal_lines(sources)
        own[result["key"]] = {k: v for k, v in lines.items() if k not in known}
    counts = Counter(line for lines in own.values() for line in lines)
    common = {line for line, n in counts.items() if n > max(3, COMMON * len(own))}
    own = {key: {k: v for k, v in lines.items() if k not in common} for key, lines in own.items()}
    pairs = [pair for pair in map(_compare, combinations(own.items(), 2)) if pair]
    return sorted(pairs, key=lambda pair: -pair.lines)


def _compare(two):
    (first, lines), (second, others) = two
    both = lines.keys() & others.keys()
    least = min(len(lines), len(others))
    if len(both) < ALIKE_LINES or len(both) < ALIKE_SHARE * least:
        return None
    shown = tuple([(text, line in both) for line, text in own.items()] for own in (lines, others))
    return Pair(first, second, len(both), len(both) / least, shown)
