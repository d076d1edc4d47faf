"""A page for one student: what was checked, what it earned, and which mistake it was."""

from neurec_helpers.classroom.pages import bullets, page, prose, text
from neurec_helpers.language import current_language, mark, number, tr
from neurec_helpers.tasks import TASKS
from neurec_helpers.tasks.checks import say_outcome

MOST_ANSWER = 5_000  # characters

# What came of a task beside the outcomes of its check.
STATUSES = {
    "error": mark("error"),
    "not handed in": mark("not handed in"),
    "not graded": mark("not graded"),
    "by hand": mark("by hand"),
}


def say_total(result):
    """``7 of 9 points``, and how many tasks are still open."""
    said = tr(
        "{earned} of {n:g} point",
        "{earned} of {n:g} points",
        n=result["maximum"],
        earned=number(round(result["earned"], 2), "g"),
    )
    if result["penalty"]:
        said += tr(
            " ({penalty} taken for being late)", penalty=number(round(result["penalty"], 2), "g")
        )
    count = len(result["open"])
    return tr("{said}; {count} could not be graded", said=said, count=count) if count else said


def feedback_page(result):
    """The page's HTML.

    Parameters
    ----------
    result : dict
        From `marking.apply`.
    """
    parts = [f"<p>{text(say_total(result))}{text(_say_late(result))}</p>"]
    if result["comment"]:
        parts.append(f"<p>{text(result['comment'])}</p>")
    if result["notes"]:
        parts.append(bullets(map(prose, result["notes"])))
    for grade in result["grades"]:
        heading = tr(
            "Task {task}: {status}", task=grade["task"], status=say_status(grade["status"])
        )
        if grade["points"] is not None:
            heading += tr(
                " ({points} of {maximum:g})",
                points=number(round(grade["points"], 2), "g"),
                maximum=grade["maximum"],
            )
        parts.append(f"<h2>{text(heading)}</h2>")
        if grade["task"] in TASKS:
            asked = tr("Asked for: {title}.", title=tr(TASKS[grade["task"]].title))
            parts.append(f"<p>{text(asked)}</p>")
        for said in (grade["reason"], grade["comment"]):
            if said:
                parts.append(f"<p>{prose(said[0].upper() + said[1:])}</p>")
        if grade["answer"]:
            parts.append(
                f"<p>{tr('Your answer:')}</p><pre>{text(grade['answer'][:MOST_ANSWER])}</pre>"
            )
    return page(result["student"], parts, current_language())


def say_status(status):
    """What came of a task, in the reader's language."""
    return tr(STATUSES[status]) if status in STATUSES else say_outcome(status)


def _say_late(result):
    if result.get("days_late"):
        return tr(" (handed in late by {days:.1f} days)", days=result["days_late"])
    return tr(" (handed in late)") if result.get("late") else ""
