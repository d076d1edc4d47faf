"""How far long work has come: bars in a terminal, plain lines in a log."""

import time

from neurec_helpers.language import tr

HEARTBEAT = 20.0  # seconds; a log gets a sign of life this often


def say_seconds(seconds):
    """A length of time for people: ``40 s`` or ``3 min``."""
    if seconds < 100:
        return tr("{seconds:.0f} s", seconds=seconds)
    return tr("{minutes:.0f} min", minutes=seconds / 60)


class Progress:
    """Bars in a terminal; elsewhere a line from time to time.

    Parameters
    ----------
    console : rich.console.Console
    """

    def __init__(self, console):
        from rich.progress import BarColumn, Progress, TextColumn

        self.console, self.spoken, self.tasks = console, time.monotonic(), {}
        self.bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[note]}"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self):
        self.bars.start()
        return self

    def __exit__(self, *_):
        self.bars.stop()

    @property
    def is_live(self):
        """Whether there are bars to be seen."""
        return not self.bars.disable

    def show(self, name, done, total, note="", visible=True, words=None):
        """Bring the bar of this name up to date; it is made when it is first named.

        Parameters
        ----------
        name : str
        done, total : float
            In any unit.
        note : str
            Stands behind the bar, for example the time that is left.
        visible : bool
        words : str, optional
            What stands before the bar, where it is not `name`.
        """
        if name not in self.tasks:
            self.tasks[name] = self.bars.add_task(name, total=total, note=note)
        description = words or name
        self.bars.update(
            self.tasks[name],
            completed=done,
            total=total,
            note=note,
            visible=visible,
            description=description,
        )
        if not self.is_live and visible and time.monotonic() - self.spoken > HEARTBEAT:
            self.say(f"{description}: {note}" if note else description)

    def say(self, line):
        """Print a line above the bars."""
        self.console.print(line, soft_wrap=True, highlight=False, markup=False)
        self.spoken = time.monotonic()
