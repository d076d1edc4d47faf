"""In a real browser: a student opens JupyterLab and runs notebook 05 from the menu."""

import contextlib
import re
import socket
import urllib.request

import nbformat
import pytest

from neurec_helpers.paths import BUILD, NOTEBOOKS
from tests.helpers.browser import browser, is_folded, listen_for_errors, run_from_menu
from tests.helpers.lab_server import running_lab

__all__ = ["browser"]  # the fixture is used here

NOTEBOOK = NOTEBOOKS / "05_training.ipynb"
TASKS = ("5.6", "5.7")


@pytest.fixture
def folders(tmp_path):
    """A copy of the notebooks without their outputs, and a folder for the server."""
    root, private = tmp_path / "notebooks", tmp_path / "private"
    private.mkdir()
    root.mkdir()
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(notebook, root / NOTEBOOK.name)
    return root, private


def code_cells():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


def test_notebook_05_runs_from_the_menu(browser, folders):
    cells = code_cells()
    with (
        running_lab(*folders, "--ServerApp.port=0") as server,
        contextlib.closing(browser.new_context(viewport={"width": 1280, "height": 1000})) as fresh,
    ):
        page = fresh.new_page()
        errors = listen_for_errors(page)
        page.goto(f"{server['url']}lab/tree/{NOTEBOOK.name}?token={server['token']}")
        try:
            run_from_menu(page, cells)
            check_outputs(page, cells)
        finally:
            save_screenshot(page)
        assert errors == []


def check_outputs(page, cells):
    """Every cell has run, in order; the learning curves and the verdicts are to be seen."""
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt").all_text_contents()
    failed = page.locator("[data-mime-type='application/vnd.jupyter.error']").all_text_contents()
    assert failed == []
    numbers = [f"[{n}]:" for n, cell in enumerate(cells, start=1) if not is_folded(cell)]
    assert [prompt.strip() for prompt in prompts] == numbers
    assert page.locator(".jp-InputPlaceholder").count() == len(cells) - len(numbers)

    curves = outputs_of(page, cells, "curves").locator("img")
    curves.scroll_into_view_if_needed()
    assert curves.count() == 1
    assert curves.is_visible()
    assert curves.evaluate("image => image.complete && image.naturalWidth") > 300

    for task in TASKS:
        verdict = outputs_of(page, cells, f"task-{task.replace('.', '-')}-check")
        verdict.scroll_into_view_if_needed()
        assert verdict.is_visible()
        assert re.search(rf"{re.escape(task)}\W+correct\b", verdict.text_content())


def outputs_of(page, cells, cell_id):
    """The output area of a code cell: JupyterLab shows no ids, so it is found by its place."""
    place = [cell.id for cell in cells].index(cell_id)
    return page.locator(".jp-CodeCell").nth(place).locator(".jp-Cell-outputArea")


def save_screenshot(page):
    folder = BUILD / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    images = page.locator(".jp-OutputArea-output img")
    if images.count():
        images.first.scroll_into_view_if_needed()
    page.screenshot(path=folder / f"{NOTEBOOK.stem}.png")


def test_jupyter_takes_another_port_where_8888_is_taken(folders):
    with contextlib.ExitStack() as stack:
        taken = stack.enter_context(socket.socket())
        with contextlib.suppress(OSError):  # then somebody else has taken it, which serves as well
            taken.bind(("127.0.0.1", 8888))
            taken.listen()
        server = stack.enter_context(running_lab(*folders))
        assert server["port"] != 8888
        with urllib.request.urlopen(f"{server['url']}api/status?token={server['token']}") as answer:
            assert answer.status == 200
