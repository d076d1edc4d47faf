"""What the cells of a graded notebook call where it is graded."""

from neurec_helpers.tasks import checks

MISTAKE = "Mistake: "


def require_correct(task, *answer):
    """Fail with the verdict in words unless the answer is correct.

    Raises
    ------
    AssertionError
        Its text is that of the verdict, ``Task 5.1: incorrect. ...``, and on a line of its own the
        catalogue's name of the mistake, if it is one.
    """
    verdict = checks.check(task, *answer)
    if verdict.outcome != "correct":
        name = f"\n{MISTAKE}{verdict.mistake}" if verdict.mistake else ""
        raise AssertionError(f"{verdict!r}{name}")
