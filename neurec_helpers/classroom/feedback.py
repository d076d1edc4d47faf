"""A page for one student: what was checked, what it earned, and which mistake it was."""

from neurec_helpers.classroom import course
from neurec_helpers.classroom.pages import bullets, page, text
from neurec_helpers.classroom.tables import say_late, say_number
from neurec_helpers.tasks import TASKS

MOST_ANSWER = 5_000  # characters


def say_total(result):
    """``7 of 9 points``, and how many tasks are still open."""
    said = f"{say_number(result['earned'])} of {course.say_points(result['maximum'])}"
    if result["penalty"]:
        said += f" ({say_number(result['penalty'])} taken for being late)"
    count = len(result["open"])
    return f"{said}; {count} could not be graded" if count else said


def feedback_page(result):
    """The page's HTML.

    Parameters
    ----------
    result : dict
        From `marking.apply`.
    """
    late = say_late(result)
    parts = [f"<p>{text(say_total(result))}{f' (handed in {text(late)})' if late else ''}</p>"]
    if result["comment"]:
        parts.append(f"<p>{text(result['comment'])}</p>")
    if result["notes"]:
        parts.append(bullets(map(text, result["notes"])))
    for grade in result["grades"]:
        earned = grade["points"]
        points = "" if earned is None else f" ({say_number(earned)} of {grade['maximum']:g})"
        parts.append(f"<h2>Task {text(grade['task'])}: {text(grade['status'])}{points}</h2>")
        if grade["task"] in TASKS:
            parts.append(f"<p>Asked for: {text(TASKS[grade['task']].title)}.</p>")
        for said in (grade["reason"], grade["comment"]):
            if said:
                parts.append(f"<p>{text(said)}</p>")
        if grade["answer"]:
            parts.append(f"<p>Your answer:</p><pre>{text(grade['answer'][:MOST_ANSWER])}</pre>")
    return page(result["student"], parts)
