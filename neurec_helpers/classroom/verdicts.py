"""What the cells of a graded notebook call where it is graded."""

from neurec_helpers import checks


def require_correct(task, *answer):
    """Fail with the verdict in words unless the answer is correct.

    Raises
    ------
    AssertionError
        Its text is that of the verdict, ``Task 5.1: incorrect. ...``.
    """
    verdict = checks.check(task, *answer)
    if verdict.outcome != "correct":
        raise AssertionError(repr(verdict))
