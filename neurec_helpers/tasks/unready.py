"""One clear line for a check that runs before the cell which defines its answer."""

import ast
import linecache

from neurec_helpers.language import Message

# IPython keeps the source of each cell in linecache under the name that tracebacks show.


def explain_unready_checks(shell):
    """Show `Task 5.1: uncheckable …` in place of the traceback of a too early `nr.check`.

    The cell fails all the same, with its NameError; only what is shown differs. Every other
    NameError is shown as usual.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The shell of the running kernel.
    """
    shell.set_custom_exc((NameError,), _show_name_error)


def _show_name_error(shell, kind, error, traceback, tb_offset=None):
    task = _task_checked_at(traceback)
    if task is not None:
        line = Message(
            "Task {task}: uncheckable. `{name}` is not defined yet: run the cell above first.",
            task=task,
            name=error.name,
        )
        # IPython shows what this returns instead of a traceback.
        error._render_traceback_ = lambda: [str(line)]
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _task_checked_at(traceback):
    """The task of the `check` call whose arguments failed, or None if nothing of that kind did."""
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    code = traceback.tb_frame.f_code
    if code.co_name != "<module>":
        return None
    source = "".join(linecache.getlines(code.co_filename))
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a cell with magics in it
        return None
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and call.lineno <= traceback.tb_lineno <= call.end_lineno:
            name = getattr(call.func, "attr", getattr(call.func, "id", None))
            first = call.args[0] if call.args else None
            if name == "check" and isinstance(first, ast.Constant):
                return first.value
    return None
