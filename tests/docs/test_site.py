"""The site: built without a warning, whole, linked, and the same each time."""

import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

import neurec_helpers as nr
from neurec_helpers.notebook.files import find_notebooks, read_notebook
from neurec_helpers.paths import ROOT
from tests.helpers.axe import PHONE, open_page, violations
from tests.helpers.browser import browser

pytest.importorskip("sphinx", reason="the site's packages are not installed: make site")

__all__ = ["browser"]  # the fixture is used here

FETCHED = {"link", "script", "img", "iframe", "source"}


def build(folder, *options, source=ROOT):
    """Build the site as `make site` does, but in a folder of the test's."""
    command = [sys.executable, "-m", "sphinx", "--nitpicky", "--fail-on-warning", "--quiet"]
    doctrees = folder.parent / "doctrees"
    command += ["--conf-dir", source / "docs", "--doctree-dir", doctrees, *options]
    ended = subprocess.run([*command, source, folder], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site in both languages, as `make site` leaves it."""
    made = tmp_path_factory.mktemp("made")
    site = build(made / "en" / "html")
    build(made / "ru" / "html", "--tag", "ru").rename(site / "ru")
    return site


class Page(HTMLParser):
    """What a page links to, loads, shows and can be linked to."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loaded, self.pictures, self.ids = [], [], [], set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids.add(attributes.get("id"))
        address = attributes.get("href") or attributes.get("src")
        if address:
            self.links.append(address)
            if tag in FETCHED:
                self.loaded.append(address)
        if tag == "img":
            self.pictures.append(attributes)


@pytest.fixture(scope="module")
def both(site):
    """The pages in both languages."""
    return {
        path: Page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts
    }


@pytest.fixture(scope="module")
def pages(site, both):
    """The English pages."""
    return {path: page for path, page in both.items() if not path.is_relative_to(site / "ru")}


def problem(address, path, pages):
    """Why a relative link leads nowhere; empty if it leads somewhere."""
    parts = urlsplit(address)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return f"{path.name}: there is no {address}"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return f"{path.name}: there is no place {address}"
    return ""


def test_relative_links_lead_somewhere(both):
    links = [
        (address, path)
        for path, page in both.items()
        for address in page.links
        if not urlsplit(address).scheme
    ]
    assert len(links) > 1000
    assert [why for address, path in links if (why := problem(address, path, both))] == []


def test_a_broken_link_is_noticed(site, pages):
    path = site / "docs" / "index.html"
    assert problem("nowhere.html", path, pages)
    assert problem("reference.html#nowhere", path, pages)
    assert not problem("reference.html#ratings", path, pages)


def test_nothing_is_fetched_from_elsewhere(pages):
    assert [a for page in pages.values() for a in page.loaded if urlsplit(a).netloc] == []


def test_every_notebook_is_there_with_its_pictures_and_solutions(site, pages):
    for notebook in find_notebooks():
        cells = read_notebook(notebook).cells
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        said = [o.metadata["image/png"]["alt"] for o in outputs if "image/png" in o.get("data", {})]
        folded = sum(cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells)
        path = site / "notebooks" / f"{notebook.stem}.html"
        text = path.read_text(encoding="utf-8")
        assert [p["alt"] for p in pages[path].pictures if "_images" in p["src"]] == said
        assert text.count("Show the solution") == folded
        assert (site / "_sources" / "notebooks" / notebook.name).exists()


def test_all_pictures_have_words(pages):
    assert [p for page in pages.values() for p in page.pictures if not p.get("alt")] == []


def test_the_reference_holds_all_that_notebooks_may_use(site, pages):
    described = pages[site / "docs" / "reference.html"].ids
    lacking = [name for name in nr.__all__ if f"neurec_helpers.{name}" not in described]
    assert lacking == [], "name them in docs/reference.md"


def test_the_first_page_leads_to_all_others(site, pages):
    front = site / "docs" / "index.html"
    linked = {(front.parent / unquote(urlsplit(a).path)).resolve() for a in pages[front].links}
    others = {front, site / "index.html", site / "search.html", site / "docs" / "shop-window.html"}
    assert set(pages) - others <= linked


def test_built_again_it_is_the_same(site, tmp_path):
    again = build(tmp_path / "again" / "html")
    english = [p for p in site.rglob("*") if p.is_file() and not p.is_relative_to(site / "ru")]
    files = {p.relative_to(site): p.read_bytes() for p in english}
    others = {p.relative_to(again): p.read_bytes() for p in again.rglob("*") if p.is_file()}
    assert files.keys() == others.keys()
    assert [str(name) for name in files if files[name] != others[name]] == []


def test_another_language_has_an_edition_of_its_own(site, both):
    page = site / "ru" / "notebooks" / "ru" / "01_split.html"
    assert '<html lang="ru"' in page.read_text(encoding="utf-8")
    assert "../../../notebooks/01_split.html" in both[page].links
    assert "../notebooks/ru/01_split.html" in both[site / "ru" / "docs" / "index.html"].links
    assert "Показать решение" in page.read_text(encoding="utf-8")
    assert not (site / "ru" / "notebooks" / "01_split.html").exists()


def test_anybody_can_read_it(site, pages, browser):
    page = open_page(browser)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    leads_elsewhere = site / "index.html"
    russian = [site / "ru" / name for name in ("docs/index.html", "notebooks/ru/05_training.html")]
    looked_at = [path for path in (*pages, *russian) if path != leads_elsewhere]
    found = [v for path in looked_at for v in violations(page, path.as_uri())]
    assert found == []
    assert not [url for url in asked if urlsplit(url).scheme not in ("file", "data", "blob")]


def test_no_page_is_wider_than_a_phone(site, both, browser):
    page = open_page(browser)
    page.set_viewport_size(PHONE)
    wide = []
    lead_elsewhere = {site / "index.html", site / "ru" / "index.html"}
    for path in both.keys() - lead_elsewhere:
        page.goto(path.as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > PHONE["width"]:
            wide.append(f"{path.relative_to(site)}: {width} px")
    assert wide == []


def test_what_cannot_be_read_is_noticed(browser, tmp_path):
    bad = tmp_path / "bad.html"
    grey = '<p style="color: #aaa">pale</p><span style="color: #bbb">paler</span><img src="x.png">'
    bad.write_text(f"<!doctype html><html><body>{grey}</body></html>", encoding="utf-8")
    rules = Counter(found.split(": ")[1] for found in violations(open_page(browser), bad.as_uri()))
    assert rules["color-contrast"] == 4  # two words, in light and in dark
    assert {"document-title", "html-has-lang", "image-alt"} <= rules.keys()
