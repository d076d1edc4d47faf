"""What the site does beside Sphinx: which pages it has, how notebooks are read, languages."""

import nbformat
from sphinx.locale import get_translation
from sphinx.util.osutil import relative_uri

LANGUAGES = {"en": "English", "ru": "Русский"}
READMES = ["data", "neurec_helpers/bench", "neurec_helpers/classroom", "neurec_helpers/scale"]
_ = get_translation("site")


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
            told["code_prompt_show"] = str(_("Show the solution"))
            told["code_prompt_hide"] = str(_("Hide the solution"))
        for output in cell.outputs:
            output.get("data", {}).pop("text/vnd.neurec.figure", None)  # what the regression reads
            alt = output.get("metadata", {}).get("image/png", {}).get("alt")
            if alt:  # MyST-NB takes an alt text from the cell, not from the output
                told["image"] = {"alt": alt}
    return nb


def connect(app):
    """Have Sphinx call what stands below."""
    app.add_message_catalog("site", app.config.locale_dirs[0])
    app.connect("source-read", _lead_to_own_language)
    app.connect("html-page-context", _name_folds)
    app.connect("html-page-context", _link_languages)
    app.connect("html-page-context", _put_colab_first, priority=900)  # after the theme's buttons


def _notebooks(language):
    return "notebooks" if language == "en" else f"notebooks/{language}"


def _readme(root, language):
    translated = f"README.{language}"
    return translated if (root / f"{translated}.md").exists() else "README"


def _lead_to_own_language(app, page, source):
    """The pages of docs/ name the English notebooks and README."""
    language = app.config.language
    if page.startswith("docs/"):
        source[0] = source[0].replace("../notebooks/", f"../{_notebooks(language)}/")
        source[0] = source[0].replace("../README", f"../{_readme(app.srcdir, language)}")


def _name_folds(app, page, template, context, doctree):
    """MyST-NB tells a screen reader that every fold is called "Toggle hidden content"."""
    if "body" in context:
        context["body"] = context["body"].replace(' aria-label="Toggle hidden content"', "")


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
                button["text"] = str(_("Binder (2 GB of memory)"))
        buttons.sort(key=lambda button: button.get("text") != "Colab")
