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
        ("x 0.5000, 600", "x (English)0.5000, 600"),
        ("TensorFlow 2.21.0, строк: 10.", "TensorFlow 2.21.0, строк: 10."),
        ("4,3 МБ за -0.5 s", "4.3 MB за (English)-0.5 s(English)"),
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


def test_all_notebooks_have_editions_in_the_same_folders():
    for language in other_languages():
        there = {path.name for path in files.find_notebooks(NOTEBOOKS / language)}
        assert there == {path.name for path in files.find_notebooks()}
