"""The notebooks in other languages: made from the English ones, and compared as they are."""

import copy

import pytest
from nbformat.v4 import new_output

from neurec_helpers.language import SOURCE
from neurec_helpers.notebook import editions, files
from neurec_helpers.notebook.editions import OTHERS, edition_of, other_languages
from neurec_helpers.notebook.prose import paragraphs, translated
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.regression.in_english import in_english, plain
from neurec_helpers.translating.refreshing import refresh_prose
from tests.helpers.notebook_fixtures import code, markdown, notebook
from tests.helpers.notebook_runs import run_notebooks

TEXT = """# Title

Some prose with `code`,
on two lines.

```python
not = prose

nor = this
```

$$x^2$$

<details><summary>An answer</summary>

- one
- two

</details>"""


def test_one_message_a_paragraph_and_no_code():
    prose = [piece for piece, is_prose in paragraphs(TEXT) if is_prose]
    assert prose == [
        "# Title",
        "Some prose with `code`,\non two lines.",
        "<details><summary>An answer</summary>",
        "- one\n- two",
    ]
    assert "".join(piece for piece, _ in paragraphs(TEXT)) == TEXT
    assert translated("  a\n\n\nb\n", str.upper) == "  A\n\n\nB\n"


def test_an_edition_has_the_same_code_and_links_one_folder_deeper():
    nb = notebook(
        markdown("title", "[data](../data/README.md) and [two](02_two.ipynb)"),
        code("load", "x = '](../data'"),
    )
    made = editions.in_language(nb, "ru")
    assert made.cells[0].source == "[data](../../data/README.md) and [two](02_two.ipynb)"
    assert made.cells[1] == nb.cells[1]
    assert editions.lifted(made).cells[0].source == nb.cells[0].source


def test_what_is_stale_is_told():
    nb = notebook(markdown("title", "Words."), code("load", "x = 1"))
    made = editions.in_language(nb, "ru")
    assert editions.faults_of_edition(nb, made, "ru") == []
    for place in (0, 1):
        stale = copy.deepcopy(made)
        stale.cells[place].source += " # changed"
        (fault,) = editions.faults_of_edition(nb, stale, "ru")
        assert f"cell {nb.cells[place].id}: not up to date" in fault
    del made.cells[1]
    assert "other cells" in editions.faults_of_edition(nb, made, "ru")[0]


def test_prose_is_renewed_without_a_run(tmp_path):
    nb = notebook(markdown("title", "Words."), code("load", "x = 1"))
    old = editions.in_language(nb, "ru")
    old.cells[0].source = "Stale words."
    old.cells[1].outputs = [new_output("stream", name="stdout", text="one")]
    files.write_notebook(nb, tmp_path / "01_one.ipynb")
    files.write_notebook(nb, tmp_path / "02_two.ipynb")
    files.write_notebook(old, tmp_path / "ru" / "01_one.ipynb")
    changed, stale = refresh_prose("ru", tmp_path)
    assert ([path.name for path in changed], [path.name for path in stale]) == (
        ["01_one.ipynb"],
        ["02_two.ipynb"],
    )
    renewed = files.read_notebook(tmp_path / "ru" / "01_one.ipynb")
    assert [cell.source for cell in renewed.cells] == [cell.source for cell in nb.cells]
    assert renewed.cells[1].outputs == old.cells[1].outputs


def test_outputs_are_parted_by_language():
    said = new_output(
        "execute_result",
        data={"text/plain": "one"},
        metadata={"neurec": {}, OTHERS: {"ru": [{"text/plain": "один"}, {"neurec": {}}]}},
    )
    printed = new_output("stream", name="stdout", text="x")
    parted = editions.take_apart([said, printed])
    assert [output.get("data") for output in parted[SOURCE]] == [{"text/plain": "one"}, None]
    assert [output.get("data") for output in parted["ru"]] == [{"text/plain": "один"}, None]
    assert all(OTHERS not in outputs[0].metadata for outputs in parted.values())


@pytest.mark.parametrize(
    ("russian", "english"),
    [
        ("785\u00a0404 строки, 0,71", "785,404 строки, 0.71"),
        ("12,5\u00a0% из 1, 2, 3", "12.5\u00a0% из 1, 2, 3"),
        ("x 0.5000, 0.6000", "x 0.5000, 0.6000"),
    ],
)
def test_numbers_are_compared_as_in_english(russian, english):
    assert plain(russian, "ru") == english


def test_only_texts_of_what_is_shown_are_put_into_english():
    shown = new_output(
        "display_data",
        data={"text/plain": "0,5", "image/png": "0,5"},
        metadata={"image/png": {"alt": "0,7"}},
    )
    printed = new_output("stream", name="stdout", text="a 1,5")
    first, second = in_english([shown, printed], "ru")
    assert first.data == {"text/plain": "0.5", "image/png": "0,5"}
    assert first.metadata["image/png"]["alt"] == "0.7"
    assert second.text == "a 1,5"


@pytest.mark.parametrize("language", other_languages())
@pytest.mark.parametrize("path", files.find_notebooks(), ids=lambda path: path.stem)
def test_the_lessons_editions_are_there_and_up_to_date(path, language):
    edition = files.read_notebook(edition_of(path, language))
    assert editions.faults_of_edition(files.read_notebook(path), edition, language) == []


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


def _stale_prose(nb):
    nb.cells[0].source = "# 1 · Разбить иначе"


@pytest.mark.parametrize(
    ("change", "cell", "words"),
    [
        (_other_words, "ru: cell hint", "Намёк"),
        (_english_plot, "ru: cell plot", "text/html"),
        (_stale_prose, "ru: stored", "not up to date"),
    ],
)
def test_a_change_in_an_edition_alone_is_noticed(stored, tmp_path, change, cell, words):
    _copy(stored, tmp_path, change)
    failed = [each for each in run_notebooks(tmp_path) if each.outcome != "passed"]
    assert [each.cell for each in failed] == [cell]
    assert words in failed[0].message and "ru/01_split.ipynb" in failed[0].message


def test_all_notebooks_have_editions_in_the_same_folders():
    for language in other_languages():
        there = {path.name for path in files.find_notebooks(NOTEBOOKS / language)}
        assert there == {path.name for path in files.find_notebooks()}
