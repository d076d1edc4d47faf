"""Small changes to Python code, made by rules: what a regression should notice.

Each rule looks at one node of the syntax tree and gives the text to put in its place. The rest of
the source stays as it is.
"""

import ast
from dataclasses import dataclass

COMPARISONS = {
    ast.Lt: ">=",
    ast.LtE: ">",
    ast.Gt: "<=",
    ast.GtE: "<",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
OPERATORS = {ast.Add: "-", ast.Sub: "+", ast.Mult: "/", ast.Div: "*", ast.FloorDiv: "*"}
# Keywords that only raise, where something is wrong.
GUARDS = {"strict"}
# Functions that give the same whichever argument comes first.
SYMMETRIC = {"minimum", "maximum", "array_equal"}
# Names that a tired hand takes for each other.
NAMES = {
    one: other
    for pair in (
        ("train", "test"),
        ("user_id", "book_id"),
        ("n_users", "n_books"),
        ("min", "max"),
        ("mean", "median"),
        ("head", "tail"),
        ("loss", "val_loss"),
        ("xlabel", "ylabel"),
    )
    for one, other in (pair, pair[::-1])
}


@dataclass(frozen=True)
class Change:
    """A rule's change to a source.

    Attributes
    ----------
    rule : str
    line : int
        Where, counted from 1.
    old, new : str
        What stood there and what stands there now.
    source : str
        The whole source with the change.
    """

    rule: str
    line: int
    old: str
    new: str
    source: str


def find_changes(source):
    """Every change that a rule makes to a source, in the order of the source.

    Parameters
    ----------
    source : str
        A module, or a cell of a notebook.

    Returns
    -------
    list of Change
    """
    tree = ast.parse(source)
    skipped = set(_left_alone(tree))
    found = []
    for node in ast.walk(tree):
        for rule in RULES:
            for place, new in rule(node):
                if place in skipped or not hasattr(place, "lineno"):
                    continue
                start, end = _span(source, place)
                changed = source[:start] + new + source[end:]
                if _compiles(changed) and ast.dump(ast.parse(changed)) != ast.dump(tree):
                    name = rule.__name__.strip("_").replace("_", " ")
                    found.append(Change(name, place.lineno, source[start:end], new, changed))
    return sorted(found, key=lambda change: change.line)


def _left_alone(tree):
    """What is no mutant: what never runs, or would only stop the run.

    Docstrings, imports (a crash), stubs (the solution takes their place), and guards (no notebook
    runs into them).
    """
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Raise)) or _is_guard(node):
            yield from ast.walk(node)
        if isinstance(node, ast.Assign) and getattr(node.value, "value", None) is Ellipsis:
            yield from ast.walk(node)
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield from ast.walk(first)


def _is_guard(node):
    if isinstance(node, ast.If):
        return isinstance(node.body[-1], ast.Raise)
    if isinstance(node, ast.keyword):
        return node.arg in GUARDS
    call = node.value if isinstance(node, ast.Expr) else None
    name = getattr(getattr(call, "func", None), "id", "")
    return name.lstrip("_").startswith("require")


def _span(source, node):
    lines = source.splitlines(keepends=True)

    def offset(line, column):
        in_line = len(lines[line - 1].encode()[:column].decode())
        return sum(map(len, lines[: line - 1])) + in_line

    return offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset)


def _compiles(source):
    try:
        compile(source, "<mutant>", "exec")
    except SyntaxError:
        return False
    return True


def _change_a_number(node):
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield node, repr(node.value + 1 if type(node.value) is int else node.value * 1.1 + 0.01)


def _flip_a_boolean(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, repr(not node.value)


def _swap_a_name(node):
    if isinstance(node, ast.Name) and node.id in NAMES:
        yield node, NAMES[node.id]
    elif isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield node, f"{ast.unparse(node.value)}.{NAMES[node.attr]}"
    elif isinstance(node, ast.Constant) and node.value in NAMES:
        yield node, repr(NAMES[node.value])
    elif isinstance(node, ast.Call) and any(word.arg in NAMES for word in node.keywords):
        words = [ast.keyword(NAMES.get(word.arg, word.arg), word.value) for word in node.keywords]
        yield node, ast.unparse(ast.Call(node.func, node.args, words))


def _drop_an_argument(node):
    if isinstance(node, ast.Call):
        for left_out in node.keywords:
            if left_out.arg in GUARDS:
                continue
            words = [word for word in node.keywords if word is not left_out]
            yield node, ast.unparse(ast.Call(node.func, node.args, words))


def _swap_two_arguments(node):
    if isinstance(node, ast.Call) and len(node.args) > 1 and not _is_symmetric(node.func):
        first, second, *rest = node.args
        yield node, ast.unparse(ast.Call(node.func, [second, first, *rest], node.keywords))


def _is_symmetric(function):
    return getattr(function, "attr", "") in SYMMETRIC


def _swap_two_labels(node):
    if isinstance(node, ast.Call):
        texts = [word for word in node.keywords if _is_text(word.value)]
        for one, other in zip(texts, texts[1:], strict=False):
            values = {one: other.value, other: one.value}
            words = [ast.keyword(w.arg, values.get(w, w.value)) for w in node.keywords]
            yield node, ast.unparse(ast.Call(node.func, node.args, words))


def _is_text(node):
    return isinstance(node, ast.JoinedStr) or isinstance(getattr(node, "value", None), str)


def _flip_a_comparison(node):
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield node, f"{left} {COMPARISONS[type(node.ops[0])]} {right}"


def _change_an_operator(node):
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        left, right = ast.unparse(node.left), ast.unparse(node.right)
        yield node, f"({left}) {OPERATORS[type(node.op)]} ({right})"


def _drop_a_line(node):
    if isinstance(node, (ast.Expr, ast.AugAssign)) and not isinstance(node.value, ast.Constant):
        yield node, "pass"
    elif isinstance(node, ast.Assign) and _reassigns(node):
        yield node, "pass"


def _reassigns(node):
    # Without a first assignment the next line is a NameError, which anything notices.
    names = {target.id for target in node.targets if isinstance(target, ast.Name)}
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node.value))


RULES = (
    _change_a_number,
    _flip_a_boolean,
    _swap_a_name,
    _drop_an_argument,
    _swap_two_arguments,
    _swap_two_labels,
    _flip_a_comparison,
    _change_an_operator,
    _drop_a_line,
)
