"""A real browser for tests, and what a user does with a notebook in it.

Without Chromium these tests are skipped; with NEUREC_REQUIRE_BROWSER=1, as in continuous
integration, they fail instead.
"""

import os
import shutil

import pytest

LOAD_MS = 120_000
RUN_MS = 300_000
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
# No sandbox, since in a container there is none; the rest keeps Chromium off the network.
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ALL_RUN_OR_ERROR = """count => {
    const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputArea-prompt")];
    const done = prompts.filter(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent.trim()));
    const errors = document.querySelectorAll("[data-mime-type='application/vnd.jupyter.error']");
    return done.length === count || errors.length > 0;
}"""


def browser_is_missing(reason):
    """Skip, or fail where a browser is required."""
    if os.environ.get("NEUREC_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason}, and NEUREC_REQUIRE_BROWSER=1 requires it")
    pytest.skip(f"{reason}: the notebooks are not tried in a browser")


@pytest.fixture(scope="module")
def browser():
    """Chromium, started once for a module."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser_is_missing("Playwright is not installed")
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        browser_is_missing(f"there is no Chromium on PATH (tried {', '.join(CHROMIUM)})")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=OPTIONS)
        yield chromium
        chromium.close()


def is_folded(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def listen_for_errors(page):
    """Collect what the browser's console reports as an error."""
    errors = []
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda r: r.status < 400 or errors.append(f"{r.status} {r.url}"))
    return errors


def run_from_menu(page, cells):
    """Choose Run, Run All Cells; wait until all cells have run, or one has failed.

    A folded cell shows no number; the cells about it do.
    """
    count = sum(not is_folded(cell) for cell in cells)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=LOAD_MS)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ALL_RUN_OR_ERROR, arg=count, timeout=RUN_MS)
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for(timeout=LOAD_MS)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=LOAD_MS)
