"""In a real browser: a student solves a task of a hand-out, packs it, and the teacher grades it."""

import contextlib
import csv

import nbformat
import pytest

from neurec_helpers.classroom import handout, results
from neurec_helpers.classroom.batch import grade_folder
from neurec_helpers.paths import BUILD
from tests.helpers.browser import LOAD_MS, RUN_MS, browser, listen_for_errors, run_from_menu
from tests.helpers.classroom_runs import LIMITS, require_sandbox
from tests.helpers.lab_server import running_lab

pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")

__all__ = ["browser"]  # the fixture is used here

ANSWER = (
    "from sklearn.model_selection import train_test_split\n\n"
    "train, test = train_test_split(ratings, test_size={}, random_state=42)"
)


def code_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def open_notebook(page, server, path):
    """Open a notebook of the hand-out alone on the page; wait for its kernel."""
    page.goto(f"{server['url']}lab/tree/{path}?reset&token={server['token']}")
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=LOAD_MS)


def rewrite(page, place, source):
    """Write into a code cell what a student would type."""
    page.locator(".jp-CodeCell").nth(place).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(source)


def run_cell(page, place, words):
    """Run a code cell and wait for words in its output."""
    page.locator(".jp-CodeCell").nth(place).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    output = page.locator(".jp-CodeCell").nth(place).locator(".jp-Cell-outputArea")
    output.get_by_text(words).first.wait_for(timeout=RUN_MS)
    return output.text_content()


def save(page):
    page.keyboard.press("Escape")
    page.keyboard.press("Control+S")
    page.wait_for_function("() => !document.querySelector('.jp-mod-dirty')", timeout=LOAD_MS)


def test_from_the_hand_out_to_the_grade(browser, tmp_path):
    require_sandbox()
    built = handout.build(tmp_path / "made", [1])
    private, back = tmp_path / "private", tmp_path / "handed in"
    private.mkdir()
    back.mkdir()
    path = "notebooks/01_split.ipynb"
    cells = code_cells(built.folder / path)
    places = {
        cell.metadata["neurec"]["role"]: place
        for place, cell in enumerate(cells)
        if "role" in cell.metadata.get("neurec", {})
    }
    with (
        running_lab(
            built.folder, private, "--ServerApp.port=0", PYTHONPATH=str(built.folder)
        ) as server,
        contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 1000})) as fresh,
    ):
        page = fresh.new_page()
        errors = listen_for_errors(page)
        try:
            open_notebook(page, server, path)
            run_from_menu(page, cells)
            run_cell(page, places["check"], "not attempted")

            rewrite(page, places["solution"], ANSWER.format(0.25))
            page.keyboard.press("Control+Enter")
            hint = run_cell(page, places["check"], "incorrect")
            assert "3 : 1" in hint

            rewrite(page, places["solution"], ANSWER.format(0.2))
            page.keyboard.press("Control+Enter")
            run_cell(page, places["check"], "Task 5.1: correct.")
            save(page)

            open_notebook(page, server, "start.ipynb")
            run_cell(page, 0, "Ready")
            check = run_cell(page, 1, "Nothing stops them from being graded")
            assert "correct" in check
            refused = run_cell(page, 2, "put your own name")
            assert "Traceback" not in refused
            source = code_cells(built.folder / "start.ipynb")[2].source
            rewrite(page, 2, source.replace("Your Name", "Ada Lovelace"))
            run_cell(page, 2, "Hand in this file")
        finally:
            (BUILD / "browser").mkdir(parents=True, exist_ok=True)
            page.screenshot(path=BUILD / "browser" / "handout.png")
        assert errors == []

    (built.folder / "Ada-Lovelace-neurec.zip").rename(back / "Ada-Lovelace-neurec.zip")
    found = grade_folder(
        back,
        built.course,
        tmp_path / "grades",
        limits=LIMITS,
    )
    results.write_all(found, tmp_path / "grades")
    rows = list(csv.DictReader((tmp_path / "grades" / "grades.csv").open(encoding="utf-8")))
    assert [(row["student"], row["points"]) for row in rows] == [("Ada Lovelace", "1")]
