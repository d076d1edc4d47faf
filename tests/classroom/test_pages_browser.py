"""What teachers and students are shown of the grades, in a real browser: anybody can read it."""

from neurec_helpers.classroom import marking
from neurec_helpers.classroom.feedback import feedback_page
from neurec_helpers.classroom.report import report_page
from tests.helpers.axe import open_page, violations
from tests.helpers.browser import browser

__all__ = ["browser"]  # the fixture is used here


def graded():
    """One student with a task of each kind."""
    found = [
        ("5.1", 1.0, "correct", "", ""),
        ("5.2", 0.0, "incorrect", "That is typed in.", "typed in"),
        ("5.3", None, "not graded", "a damaged file", ""),
    ]
    grades = [
        {"task": task, "points": points, "maximum": 1.0, "status": status, "reason": reason,
         "mistake": mistake, "answer": "share = 0.3"}
        for task, points, status, reason, mistake in found
    ]  # fmt: skip
    return {"student": "Ada", "key": "Ada-1", "ids": {}, "grades": grades, "notes": ["a note"],
            "late": True, "days_late": 1, "doubts": ["a doubt"], "undecided": ""}  # fmt: skip


def test_anybody_can_read_the_grades(browser, tmp_path):
    results, _ = marking.apply([graded()], marking.Rules())
    page = open_page(browser)
    for name, text in {
        "report": report_page(results, problems=["a problem"]),
        "feedback": feedback_page(results[0]),
    }.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, encoding="utf-8")
        assert violations(page, path.as_uri()) == []
