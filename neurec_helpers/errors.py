"""The one error that neurec raises for a mistake it can name."""

from neurec_helpers.language import tr


class NeurecError(Exception):
    """A mistake that can be named: the message says what, where, and how to mend it.

    In a notebook the message stands alone, without a traceback; on the command line it is
    printed after ``neurec:`` and the exit status is 1.

    Parameters
    ----------
    text : str
        In English; put into the reader's language when it is shown, see `language.tr`.
    **facts
        What the text, as a format string, names.
    """

    def __init__(self, text, /, **facts):
        super().__init__(text)
        self.facts = facts

    def __str__(self):
        return tr(str(self.args[0]), **self.facts)

    def _render_traceback_(self):
        # IPython shows these lines in place of a traceback.
        return [f"neurec: {self}"]


def in_one_line(error):
    """The first line of another library's message, without a stop at its end."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(".")
