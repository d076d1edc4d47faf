"""Whether a cell is Python, said without running it and in time that grows with its length only.

IPython's own transformation of a cell looks through all of it again for each magic in it.
"""

import ast
import re
import warnings

from neurec_helpers.classroom.strangers import shown

PYTHON_INSIDE = {"time", "timeit", "capture", "prun"}
# A line magic, a shell command, a question, alone or behind an assignment.
MAGIC = re.compile(
    r"^(?P<indent>[ \t]*)(?:(?P<name>[\w.,\[\]'\" \t]{1,80}=)[ \t]*)?(?:%[A-Za-z_]|!|\?).*$"
    r"|^(?P<asked>[ \t]*)%?[\w.*]{1,80}\?{1,2}[ \t]*$",
    re.MULTILINE,
)


def fault_in(source):
    """What is wrong with a cell's source, in a few words; empty if it is Python.

    Parameters
    ----------
    source : str
        Lines that only IPython knows are passed over.
    """
    body = _body(source)
    fault = _fault(body)
    if fault and MAGIC.search(body):
        fault = _fault(MAGIC.sub(_in_python, body))
    return fault


def python_of(source):
    """A cell's source as Python reads it: what only IPython knows is None there."""
    body = _body(source)
    return MAGIC.sub(_in_python, body) if _fault(body) else body


def _body(source):
    """A cell without the magic that is about all of it; nothing if its rest is not valid Python."""
    first, _, rest = source.lstrip().partition("\n")
    if not first.startswith("%%"):
        return source
    return "\n" + rest if first[2:].split(" ")[0] in PYTHON_INSIDE else ""


def _in_python(match):
    indent = match["indent"] or match["asked"] or ""
    return f"{indent}{match['name']} None" if match["name"] else f"{indent}None"


def _fault(source):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # What IPython allows in a cell, and a module does not.
            compile(source, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    except (RecursionError, MemoryError):
        return "nested too deeply"
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f"line {line}, " if line else ""
        return where + shown(getattr(error, "msg", error), 120)
    return ""
