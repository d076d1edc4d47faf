"""The notebooks on data of another character than the Shelf's, and prose that fits both.

Here run some of them on a small table. All of them on all kinds of data is a command of its own:
`python -m tests.helpers.other_data`.
"""

import re

import pytest

from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.ratings.books import BOOK_COLUMNS
from neurec_helpers.ratings.loading import load_books, load_ratings
from tests.helpers import other_data

IN_CI = (1, 2, 5, 7)
# A paragraph that says whose results it tells of.
NAMED = re.compile(r"Shelf|real edition|lesson|Goodreads")
FIGURE = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.]|\*\*| ·)")
VERDICT = re.compile(
    r"\b(beats?|beaten|wins?|won(?!')|loses?|lost|worse|repairs?|fails|harms?|nothing at all)\b"
)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
# Paragraphs that hold such figures and words, and tell no result of the data at hand.
NO_RESULT = {
    ("03", "plus-one-seen"),  # an error on a GPU
    ("04", "order-question"),  # inputs in the wrong order
    ("05", "where-seen"),  # predictions of about 3.5
    ("07", "fit-seen"),  # a version of Keras
    ("08", "best-seen"),  # a table of the real edition's
    ("08", "lists-why"),  # what NDCG counts
    ("09", "judge-why"),  # what a margin is
}


def paragraphs():
    for path in notebook_files.find_notebooks(NOTEBOOKS, range(1, 10)):
        for cell in notebook_files.read_notebook(path).cells:
            place = path.stem[:2], cell.id
            if cell.cell_type == "markdown" and place not in NO_RESULT:
                for text in CODE.sub("", cell.source).split("\n\n"):
                    yield place, re.sub(r"\bTask \d\.\d", "Task", text)


def test_results_are_told_of_data_by_name_or_asked_for():
    """Else they stand beside contrary output as soon as a reader takes other data."""
    found = [
        (place, text)
        for place, text in paragraphs()
        if not NAMED.search(text) and (FIGURE.search(text) or _judges(text))
    ]
    assert not found


def _judges(text):
    sentences = re.split(r"(?<=[.!?])\s", text)
    return any(
        VERDICT.search(each) and not re.search(r"\?|\b(if|where|can|may|whether)\b", each.lower())
        for each in sentences
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The network does not beat two damped biases: it loses even to the mean.",
        "Worse. And stopping in time repairs it.",
        "Give or take 0.8 stars.",
        "*Most read* finds nothing at all.",
    ],
)
def test_such_sentences_would_be_found(sentence):
    assert FIGURE.search(sentence) or _judges(sentence.lower())


def test_every_notebook_says_that_the_shelf_is_synthetic_and_not_that_other_data_are():
    for path in notebook_files.find_notebooks(NOTEBOOKS, range(1, 10)):
        first = notebook_files.read_notebook(path).cells[0].source
        assert "which is synthetic, unless you have chosen others" in first
        assert "The data are synthetic" not in first


@pytest.mark.parametrize(
    ("kind", "users", "books", "known"),
    [
        ("films", 943, 1_682, ["title", "genre"]),
        ("half", 600, 2_500, ["title"]),
        ("goodreads", 3_788, 5_000, ["title", "author", "year"]),
        ("popular", 250, 120, ["title"]),
    ],
)
def test_data_are_adopted_as_they_are(tmp_path, kind, users, books, known):
    path = other_data.KINDS[kind](tmp_path)
    ratings, titles = load_ratings(path), load_books(path)
    assert (ratings.user_id.nunique(), ratings.book_id.nunique()) == (users, books)
    assert [name for name in BOOK_COLUMNS if name in titles and name != "book_id"] == known


@pytest.mark.slow
def test_notebooks_run_whole_on_small_dense_data_driven_by_popularity(tmp_path):
    paths = notebook_files.find_notebooks(NOTEBOOKS, IN_CI)
    ratings = other_data.popular(tmp_path)
    assert other_data.run_together(paths, ratings) == []
