"""One run of a notebook saves it in each language and compares it in each language."""

import pytest

from neurec_helpers.notebook import files
from neurec_helpers.notebook.editions import OTHERS
from tests.helpers.notebook_fixtures import code, markdown, notebook
from tests.helpers.notebook_runs import run_notebooks

HINT = "import neurec_helpers as nr\n\nnr.hint('5.1')"
PLOT = (
    "import pandas as pd\n\n"
    "table = pd.DataFrame({'rating': [1, 2, 2, 5] * 1000})\n"
    "nr.show(nr.plot_ratings(table))"
)
PRINT = "print('one')"


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A notebook that shows a hint and a plot, run once and saved in each language."""
    from neurec_helpers.cli.notebooks import save_notebooks

    folder = tmp_path_factory.mktemp("stored")
    cells = code("hint", HINT), code("plot", PLOT), code("print", PRINT)
    nb = notebook(markdown("title", "# 1 · Split the ratings"), *cells)
    files.write_notebook(nb, folder / "01_split.ipynb")
    save_notebooks([folder / "01_split.ipynb"])
    return folder


def _copy(stored, folder, change=None):
    for name in ("01_split.ipynb", "ru/01_split.ipynb"):
        nb = files.read_notebook(stored / name)
        if change and name.startswith("ru"):
            change(nb)
        files.write_notebook(nb, folder / name)


def test_one_run_saves_each_language(stored):
    english = files.read_notebook(stored / "01_split.ipynb")
    russian = files.read_notebook(stored / "ru" / "01_split.ipynb")
    assert OTHERS not in (stored / "01_split.ipynb").read_text(encoding="utf-8")
    hints = [nb.cells[1].outputs[0].data["text/plain"] for nb in (english, russian)]
    assert hints[0].startswith("Hint 1 of 3") and hints[1].startswith("Подсказка 1 из 3")
    plots = [nb.cells[2].outputs for nb in (english, russian)]
    assert "4,000 ratings" in plots[0][0].data["text/plain"]
    assert "4\u00a0000" in plots[1][0].data["text/plain"]
    assert plots[0][0].data["image/png"] != plots[1][0].data["image/png"]
    assert "The plot in words" not in plots[1][1].data["text/html"]
    assert english.cells[3] == russian.cells[3]


def test_the_english_run_compares_the_editions_too(stored, tmp_path):
    _copy(stored, tmp_path)
    results = {each.cell: each.outcome for each in run_notebooks(tmp_path)}
    assert set(results.values()) == {"passed"}
    assert {"ru: stored", "ru: cell hint", "ru: cell plot", "ru: cell print"} < set(results)


def test_an_edition_named_alone_is_run_in_its_language(stored, tmp_path):
    _copy(stored, tmp_path)
    results = run_notebooks(tmp_path, "ru/01_split.ipynb", "--ignore=01_split.ipynb")
    assert [each.outcome for each in results] == ["passed"] * 3


def _other_words(nb):
    data = nb.cells[1].outputs[0].data
    data["text/plain"] = data["text/plain"].replace("Подсказка", "Намёк")


def _english_plot(nb):
    html = nb.cells[2].outputs[1].data["text/html"]
    nb.cells[2].outputs[1].data["text/html"] = html.replace("Столбчатая", "Другая") + " "


def _english_number(nb):
    about = nb.cells[2].outputs[0].metadata["image/png"]
    assert "2,50" in about["alt"]
    about["alt"] = about["alt"].replace("2,50", "2.50")


def _stale_prose(nb):
    nb.cells[0].source = "# 1 · Разбить иначе"


@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        (_other_words, "ru: cell hint", "Намёк"),
        (_english_plot, "ru: cell plot", "text/html"),
        (_english_number, "ru: cell plot", "(English)2.50"),
        (_stale_prose, "ru: stored", "not up to date"),
    ],
)
def test_a_change_in_an_edition_alone_is_noticed(stored, tmp_path, change, cell, words):
    _copy(stored, tmp_path, change)
    failed = [each for each in run_notebooks(tmp_path) if each.outcome != "passed"]
    assert [each.cell for each in failed] == [cell]
    assert words in failed[0].message and "ru/01_split.ipynb" in failed[0].message
