"""The lesson's report in a real browser: anybody can read it."""

from neurec_helpers.notebook.files import LESSON, find_notebooks, read_notebook
from neurec_helpers.notebook.report import make_report
from tests.helpers.axe import open_page, violations
from tests.helpers.browser import browser

__all__ = ["browser"]  # the fixture is used here


def test_anybody_can_read_the_report(browser, tmp_path):
    notebooks = {path.stem: read_notebook(path) for path in find_notebooks(numbers=LESSON)}
    report = tmp_path / "lesson.html"
    report.write_text(make_report(notebooks, [("Data", "the Shelf (synthetic)")]), encoding="utf-8")
    assert violations(open_page(browser), report.as_uri()) == []
