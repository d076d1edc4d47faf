"""axe-core in the browser: what on a page breaks WCAG 2.2, levels A and AA.

axe-core finds a part of what WCAG asks for; what it reports is wrong for certain.
"""

import pytest

from tests.helpers.browser import LOAD_MS

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
DESKTOP = {"width": 1300, "height": 1000}
PHONE = {"width": 390, "height": 844}
# Colours take nearly all of axe's time, so it looks at one of all words that look the same: same
# colour, size and weight, on the same grounds. The other rules see every element.
RUN = """([levels, colours]) => {
    const look = e => {
        const style = getComputedStyle(e);
        const grounds = [];
        for (let a = e; a; a = a.parentElement) {
            const ground = getComputedStyle(a);
            grounds.push(ground.backgroundColor, ground.backgroundImage, ground.opacity);
        }
        return [style.color, style.fontSize, style.fontWeight, ...grounds].join();
    };
    const seen = new Set();
    const isRepeated = e => {
        const size = seen.size;
        return !e.firstElementChild && seen.add(look(e)).size === size;
    };
    const words = [...document.querySelectorAll("span, td, th")];
    const off = {enabled: false};
    const run = colours
        ? axe.run({exclude: words.filter(isRepeated)},
                  {runOnly: {type: "rule", values: ["color-contrast", "link-in-text-block"]}})
        : axe.run({runOnly: levels, rules: {"color-contrast": off, "link-in-text-block": off}});
    return run.then(results => results.violations);
}"""


def open_page(browser):
    """A page without moving parts, which would be measured halfway.

    Returns
    -------
    playwright.sync_api.Page
    """
    page = browser.new_context(reduced_motion="reduce").new_page()
    page.set_default_timeout(LOAD_MS)
    return page


def violations(page, address):
    """Violations on one page, as a desktop's in light and dark, and as a phone's.

    Returns
    -------
    list of str
        View, rule, element and cause of each.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="make site").Axe()
    found = []
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.goto(address)
        page.evaluate(axe.axe_script)
        found += _run(page, f"{address}, {size['width']} px", colours=False)
    for scheme in ("light", "dark"):  # no colour depends on the width
        page.emulate_media(color_scheme=scheme)
        found += _run(page, f"{address}, {scheme}", colours=True)
    return found


def _run(page, view, colours):
    return [
        f"{view}: {violation['id']}: {node['html'][:200]} {_cause(node)}"
        for violation in page.evaluate(RUN, [LEVELS, colours])
        for node in violation["nodes"]
    ]


def _cause(node):
    return "; ".join(check["message"] for check in node["any"] + node["all"] + node["none"])
