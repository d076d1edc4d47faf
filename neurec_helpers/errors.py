"""The one error that neurec raises for a mistake it can name."""


class NeurecError(Exception):
    """A mistake that can be named: the message says what, where, and how to mend it.

    In a notebook the message stands alone, without a traceback; on the command line it is
    printed after ``neurec:`` and the exit status is 1.
    """

    def _render_traceback_(self):
        # IPython shows these lines in place of a traceback.
        return [f"neurec: {self}"]
