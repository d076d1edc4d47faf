"""Check an answer, ask for a hint, see a solution."""

import html
from dataclasses import dataclass

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import Message, tr
from neurec_helpers.tasks import TASKS
from neurec_helpers.tasks.base import Mistake, NotAttempted, Task, Uncheckable

_SEED = 42  # so that a verdict in words is the same each time the lesson asks for it
_MARKS = {"correct": "✓", "incorrect": "✗", "not attempted": "…", "uncheckable": "?"}
_OUTCOMES = {
    "correct": Message("correct"),
    "incorrect": Message("incorrect"),
    "not attempted": Message("not attempted"),
    "uncheckable": Message("uncheckable"),
}


def say_outcome(outcome):
    """An outcome in the reader's language; any other word as it is."""
    return str(_OUTCOMES.get(outcome, outcome))


@dataclass(frozen=True)
class Verdict:
    """What a check found.

    Attributes
    ----------
    task : str
        Id of the task.
    outcome : str
        ``"correct"``, ``"incorrect"``, ``"not attempted"`` or ``"uncheckable"``.
    said : Message
        Why, and what to do next.
    mistake : str or None
        Name of the catalogued mistake, if it was one.
    """

    task: str
    outcome: str
    said: Message
    mistake: str | None = None

    @property
    def message(self):
        """Why, and what to do next, in the reader's language."""
        return str(self.said)

    def __repr__(self):
        return f"{self._heading()} {self.message}"

    def _repr_html_(self):
        return _box(f"{_MARKS[self.outcome]} {self._heading()}", self.message)

    def _heading(self):
        return tr("Task {task}: {outcome}.", task=self.task, outcome=say_outcome(self.outcome))

    def _repr_mimebundle_(self, include=None, exclude=None):
        # Programs read the outcome from an output's metadata, whatever language the words are in.
        about = {"task": self.task, "outcome": self.outcome, "mistake": self.mistake}
        return {}, {"neurec": about}


@dataclass(frozen=True)
class Note:
    """A hint or a solution, shown as text or, in a notebook, as a box.

    Attributes
    ----------
    heading : Message
    lines : tuple of Message or str
    is_code : bool
    """

    heading: Message
    lines: tuple
    is_code: bool = False

    @property
    def text(self):
        """What stands below the heading, in the reader's language."""
        return "\n".join(map(str, self.lines))

    def __repr__(self):
        return f"{self.heading}\n{self.text}"

    def _repr_html_(self):
        return _box(str(self.heading), self.text, self.is_code)


def check(task: str, *answer) -> Verdict:
    """Check the answer to a task.

    Parameters
    ----------
    task : str
        Id of the task, for example ``"5.1"``.
    *answer
        What the task asks for, in the order that its check cell shows.

    Returns
    -------
    Verdict
        One of four outcomes. A wrong answer never raises.

    Raises
    ------
    NeurecError
        If there is no such task.
    """
    task = _find(task)
    if len(answer) != len(task.takes):
        return Verdict(
            task.id,
            "uncheckable",
            Message(
                "This task is checked with `{call}`: {expected} values are expected, {came} came.",
                call=task.call,
                expected=len(task.takes),
                came=len(answer),
            ),
        )
    return verdict_on(task, answer, np.random.default_rng(_SEED))


def verdict_on(task: Task, answer, rng) -> Verdict:
    """Judge an answer and put what was found into words.

    Parameters
    ----------
    task : Task
    answer : sequence
        As many values as the task takes.
    rng : numpy.random.Generator
        What functions are called with is drawn from it.

    Returns
    -------
    Verdict

    Raises
    ------
    functions.CallLost
        If a call of a function, made in another process, never came back.
    """
    try:
        return Verdict(task.id, "correct", task.judged(answer, rng))
    except NotAttempted:
        return Verdict(
            task.id,
            "not attempted",
            Message(
                'Replace the `...` in the cell above. `nr.hint("{id}")` gives a hint.', id=task.id
            ),
        )
    except Uncheckable as reason:
        return Verdict(task.id, "uncheckable", reason.message)
    except Mistake as mistake:
        return Verdict(task.id, "incorrect", task.message(mistake), mistake.name)


def hint(task: str, level: int = 1) -> Note:
    """A hint for a task; a higher level tells more.

    Parameters
    ----------
    task : str
        Id of the task.
    level : int
        From 1 up to the number of hints that the task has.
    """
    task = _find(task)
    last = len(task.hints)
    if not isinstance(level, int) or not 1 <= level <= last:
        raise NeurecError(
            "Task {id} has hints of level 1 to {last}; {level!r} was asked.",
            id=task.id,
            last=last,
            level=level,
        )
    more = (
        Message('More: `nr.hint("{id}", {next})`', id=task.id, next=level + 1)
        if level < last
        else Message('After this there is only `nr.solution("{id}")`.', id=task.id)
    )
    return Note(
        Message("Hint {level} of {last} for task {id}", level=level, last=last, id=task.id),
        (Message(task.hints[level - 1]), more),
    )


def solution(task: str) -> Note:
    """The solution of a task, read from the lesson's own notebook.

    A hand-out made for a class holds no solutions; there the answer is to ask the teacher, unless
    the teacher has opened it.
    """
    from neurec_helpers.tasks.solutions import opened_solution, solution_source

    task = _find(task)
    source = solution_source(task.id) or opened_solution(task.id)
    heading = Message("Solution of task {id}", id=task.id)
    if source is None:
        return Note(heading, (Message("Not in this copy: ask your teacher."),))
    return Note(heading, (source,), is_code=True)


def _find(task) -> Task:
    try:
        return TASKS[str(task)]
    except KeyError:
        raise NeurecError(
            "There is no task {task!r}. The tasks: {tasks}.", task=task, tasks=", ".join(TASKS)
        ) from None


def _box(heading: str, text: str, is_code: bool = False) -> str:
    # The border takes the colour of the text, so the box reads in light and dark themes.
    body = html.escape(text)
    if is_code:
        body = f"<pre>{body}</pre>"
    else:
        parts = body.replace("\n", "<br>").split("`")
        body = "".join(
            f"<code>{part}</code>" if position % 2 else part for position, part in enumerate(parts)
        )
    return (
        '<div style="border-left: 4px solid currentColor; padding: 2px 12px">'
        f"<b>{html.escape(heading)}</b> {body}</div>"
    )
