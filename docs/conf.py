"""Settings of the site, for Sphinx: `make site`. Nothing is run, and nothing is fetched."""

import os
import sys
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
sys.path[:0] = [str(HERE), str(ROOT)]

import site_pages  # noqa: E402  (it lies beside this file)

from neurec_helpers.language import choose_language, tr  # noqa: E402

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# The one place that knows the repository's address. Without one the site has no buttons to it.
REPOSITORY = PROJECT.get("urls", {}).get("Repository", "")
LANGUAGE = "ru" if tags.has("ru") else "en"  # noqa: F821  (Sphinx hands it over)

project = "neurec"
author = "The neurec authors"
copyright = f"2026, {author}"
release = PROJECT["version"]
language = LANGUAGE
os.environ["NEUREC_LANGUAGE"] = LANGUAGE
choose_language()

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.githubpages",
    "sphinx_copybutton",
]
root_doc = "docs/index"
include_patterns = site_pages.sources(ROOT, LANGUAGE)
templates_path = ["_templates"]

nb_execution_mode = "off"
nb_custom_formats = {".ipynb": "site_pages.read_notebook"}
nb_merge_streams = True
myst_heading_anchors = 3
myst_enable_extensions = ["attrs_block", "attrs_inline"]

add_module_names = False
autodoc_mock_imports = ["keras", "tensorflow"]
numpydoc_show_class_members = False

# Its rules are those of one language, and pages without a translation are English.
smartquotes = LANGUAGE == "en"

html_theme = "sphinx_book_theme"
html_title = "neurec"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["root"]  # index.html, which leads to the front page
html_show_sourcelink = False
html_use_index = False  # the reference is one page
html_theme_options = {
    "article_header_end": ["languages.html", "article-header-buttons.html"],
    "home_page_in_toc": True,
    "navbar_persistent": [],
    "repository_url": REPOSITORY,
    "search_bar_text": tr("Search..."),
    "use_download_button": True,
    "use_edit_page_button": bool(REPOSITORY),
    "use_issues_button": bool(REPOSITORY),
    "use_repository_button": bool(REPOSITORY),
    "launch_buttons": {
        "colab_url": "https://colab.research.google.com",
        "binderhub_url": "https://mybinder.org",
        "notebook_interface": "jupyterlab",
    }
    if REPOSITORY
    else {},
}


def setup(app):
    """Connect what this site does beside Sphinx."""
    site_pages.connect(app)
