"""What the site does beside Sphinx: which pages it has, how notebooks are read, languages."""

import gettext
import re

import nbformat
from sphinx.locale import get_translator
from sphinx.util.osutil import relative_uri

from neurec_helpers.language import mark, tr
from neurec_helpers.notebook.prose import translated

LANGUAGES = {"en": "English", "ru": "Русский"}
READMES = ["data", "neurec_helpers/bench", "neurec_helpers/classroom", "neurec_helpers/scale"]
NOTEBOOK_LINK = re.compile(r"\bnotebooks/(?=[0-9[])")
# What stands at the left of each page: captions, and pages with their titles, if not their own.
CONTENTS = {
    mark("The lesson"): {"../notebooks/0[1-6]_*": ""},
    mark("Further"): {"../notebooks/0[7-9]_*": "", "../notebooks/[1-9][0-9]_*": ""},
    mark("Use it"): {
        "../README": mark("Install and run"),
        "everywhere": "",
        "shop": mark("The shop window"),
        "../neurec_helpers/classroom/README": mark("For teachers"),
        "../neurec_helpers/scale/README": mark("Beyond a notebook"),
    },
    mark("Look it up"): {
        "reference": mark("The helper"),
        "../data/README": mark("Data card"),
        "../neurec_helpers/bench/README": mark("Benchmarks"),
        "../CONTRIBUTING": mark("Contributing"),
    },
}

# What the theme's own catalogues lack in other languages.
THEME = (mark("Back to top"), mark("Color mode"), mark("System Settings"))


def sources(root, language):
    """Files that become pages; what has no translation stays English.

    Returns
    -------
    list of str
        Patterns, relative to the repository's root.
    """
    return [
        "docs/*.md",
        f"{_readme(root, language)}.md",
        f"{_notebooks(language)}/*.ipynb",
        "CONTRIBUTING.md",
        *(f"{folder}/README.md" for folder in READMES),
    ]


def read_notebook(text):
    """Read a notebook as JupyterLab shows it: solutions folded, each plot with its words."""
    nb = nbformat.reads(text, as_version=4)
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        told = cell.metadata.setdefault("mystnb", {})
        if cell.metadata.get("jupyter", {}).get("source_hidden"):
            cell.metadata.setdefault("tags", []).append("hide-input")
            told["code_prompt_show"] = tr("Show the solution")
            told["code_prompt_hide"] = tr("Hide the solution")
        for output in cell.outputs:
            output.get("data", {}).pop("text/vnd.neurec.figure", None)  # what the regression reads
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            if alt:  # MyST-NB takes an alt text from the cell, not from the output
                told["image"] = {"alt": alt}
    return nb


def connect(app):
    """Have Sphinx call what stands below."""
    app.connect("builder-inited", _make_shop_window)
    app.connect("builder-inited", _teach_theme)
    app.connect("source-read", _put_into_own_language)
    app.connect("html-page-context", _name_folds)
    app.connect("html-page-context", _say_that_it_is_english)
    app.connect("html-page-context", _link_languages)
    app.connect("html-page-context", _put_colab_first, priority=900)  # after the theme's buttons


def _make_shop_window(app):
    """The page that docs/shop.md embeds, on the Shelf whatever data are in use."""
    from neurec_helpers.ratings.loading import load_books, load_ratings
    from neurec_helpers.recommending.co_reading import similar_books
    from neurec_helpers.recommending.shop.making import shop

    ratings, books = load_ratings("shelf"), load_books("shelf")
    alike = similar_books(ratings, int(books["book_id"].max()))
    file = app.outdir / "docs" / "shop-window.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    shop(alike, books, ratings, file=file, source="shelf")


class _OurWords(gettext.NullTranslations):
    def gettext(self, message):
        return tr(message)


def _teach_theme(app):
    get_translator().add_fallback(_OurWords())


def _notebooks(language):
    return "notebooks" if language == "en" else f"notebooks/{language}"


def _readme(root, language):
    translated = f"README.{language}"
    return translated if (root / f"{translated}.md").exists() else "README"


# The first line of a README leads to the other language; the site has a switch for that.
OTHER_README = re.compile(r"^\[[^]]+\]\(README(\.\w+)?\.md\)\n\n", re.M)


def _put_into_own_language(app, page, source):
    """Pages that are written once name the English notebooks, and those of docs/ speak English."""
    if page.startswith("notebooks/"):
        # What notebook 09 writes is on the site as a page of its own.
        window = "../" * page.count("/") + "docs/shop-window.html"
        source[0] = source[0].replace('href=\\"shop.html\\"', f'href=\\"{window}\\"')
        return
    text = OTHER_README.sub("", source[0])
    if page.startswith("docs/"):
        text = translated(text, tr)
        if page == app.config.root_doc:
            text += "".join(_contents(caption, pages) for caption, pages in CONTENTS.items())
            if app.config.language != "en":
                text = text.replace("curves.png", f"curves.{app.config.language}.png")
        text = text.replace("../README", f"../{_readme(app.srcdir, app.config.language)}")
    source[0] = NOTEBOOK_LINK.sub(f"{_notebooks(app.config.language)}/", text)


def _contents(caption, pages):
    lines = [f"{tr(title)} <{page}>" if title else page for page, title in pages.items()]
    options = [f":caption: {tr(caption)}", ":hidden:", ":glob:"]
    return "\n".join(["\n```{toctree}", *options, "", *lines, "```\n"])


def _name_folds(app, page, template, context, doctree):
    """MyST-NB tells a screen reader that every fold is called "Toggle hidden content"."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


def _say_that_it_is_english(app, page, template, context, doctree):
    """Tell readers, and their screen readers, that a page has no translation."""
    here = app.config.language
    own = ("docs/", "notebooks/", _readme(app.srcdir, here))
    if here != "en" and "body" in context and not page.startswith(own):
        note = tr("There is this page in English only.")
        context["body"] = f'<p><em>{note}</em></p><div lang="en">{context["body"]}</div>'


def _link_languages(app, page, template, context, doctree):
    """Links from a page to the same page in the other languages, for the header."""
    here = app.config.language
    context["other_languages"] = [
        (code, name, relative_uri(_address(here, page), _address(code, there)))
        for code, name in LANGUAGES.items()
        if code != here and any((app.srcdir / _notebooks(code)).glob("*.ipynb"))
        for there in [_same_page(app.srcdir, page, here, code)]
    ]


def _same_page(root, page, here, there):
    if page == _readme(root, here):
        return _readme(root, there)
    return page.replace(f"{_notebooks(here)}/", f"{_notebooks(there)}/")


def _address(language, page):
    """Where a page lies below the site's root."""
    return f"{page}.html" if language == "en" else f"{language}/{page}.html"


def _put_colab_first(app, page, template, context, doctree):
    """Colab stands before Binder, with the reason; its notebooks are on a branch of their own."""
    for group in context.get("header_buttons", []):
        buttons = group.get("buttons", [])
        for button in buttons:
            if button.get("text") == "Colab":
                button["url"] = button["url"].replace("/blob/main/", "/blob/colab/")
            elif button.get("text") == "Binder":
                button["text"] = tr("Binder (2 GB of memory)")
        buttons.sort(key=lambda button: button.get("text") != "Colab")
