"""A tolerance must be shown to bite: break the lesson on purpose and see the comparison fail.

Each sabotage is a mistake that still runs, or nearly, and gives plausible numbers. It is made in a
copy of a notebook by replacing text that must stand there exactly once; the copy ends behind the
last cell that matters.
"""

from dataclasses import dataclass

import nbformat
import pytest

from neurec_helpers.paths import NOTEBOOKS
from tests.helpers.notebook_runs import run_notebooks

NUMBER = "first number that differs"
PICTURE = "image/png differs"
ERROR = "Cell execution caused an exception"


@dataclass(frozen=True)
class Sabotage:
    """A way to break a notebook.

    Attributes
    ----------
    name : str
    notebook : str
        Its file's name without the ending.
    replace : dict of str to str
        Text in the code cells, each exactly once there, and what is put in its place.
    last : str
        Id of the last cell to be run.
    fails : dict of str to tuple
        Ids of the cells that must fail, and words of their messages. All others must pass.
    """

    name: str
    notebook: str
    replace: dict
    last: str
    fails: dict


SABOTAGES = [
    Sabotage(
        "ratings_shuffled",
        "05_training",
        {
            'return rows.rating.to_numpy("float32")': (
                'return np.random.default_rng(0).permutation(rows.rating.to_numpy("float32"))'
            )
        },
        last="curves",
        fails={"fit": (NUMBER,), "curves": (NUMBER, PICTURE)},
    ),
    Sabotage(
        "embeddings_frozen",
        "05_training",
        {
            'name=f"{name}-Embedding")': 'name=f"{name}-Embedding", trainable=False)',
        },
        last="curves",
        fails={"fit": (NUMBER,), "curves": (NUMBER, PICTURE)},
    ),
    Sabotage(
        "test_rows_leaked",
        "05_training",
        {
            "        inputs(train),\n        stars(train),\n": (
                "        inputs(ratings),\n        stars(ratings),\n"
            )
        },
        last="curves",
        fails={"fit": (NUMBER,), "curves": (NUMBER, PICTURE)},
    ),
    Sabotage(
        "inputs_swapped",
        "05_training",
        {
            'return [rows.user_id.to_numpy("int32"), rows.book_id.to_numpy("int32")]': (
                'return [rows.book_id.to_numpy("int32"), rows.user_id.to_numpy("int32")]'
            )
        },
        last="speed",
        # Readers' ids reach beyond the table of books.
        fails={"speed": (ERROR,)},
    ),
    Sabotage(
        "plus_one_dropped",
        "05_training",
        {"Embedding(count + 1, 5": "Embedding(count, 5"},
        last="network",
        fails={"network": (NUMBER, "integers must be the same")},
    ),
    Sabotage(
        "one_layer_missing",
        "05_training",
        {'    hidden = Dense(32, activation="relu")(hidden)\n': ""},
        last="network",
        fails={"network": (NUMBER, "integers must be the same")},
    ),
    Sabotage(
        "another_split",
        "05_training",
        {"nr.split_ratings(ratings)": "nr.split_ratings(ratings.iloc[::-1])"},
        last="load",
        fails={"load": (NUMBER, "integers must be the same")},
    ),
    Sabotage(
        "another_split_seed",
        "01_split",
        {"random_state=42": "random_state=43"},
        last="task-5-1-check",
        fails={"task-5-1-check": ("Task 5.1",)},
    ),
    Sabotage(
        "recommended_ids_off_by_one",
        "07_recommendations",
        {
            "ten = nr.recommend(model, reader, books=books, exclude=train)": (
                "ten = nr.recommend(model, reader, books=books, exclude=train)\n"
                "ten.book_id = ten.book_id % n_books + 1"
            )
        },
        last="judge",
        fails={"judge": (NUMBER,)},
    ),
    Sabotage(
        "similar_ids_off_by_one",
        "07_recommendations",
        {".get_weights()[0][books.book_id]": ".get_weights()[0][books.book_id - 1]"},
        last="neighbours",
        fails={"neighbours": (NUMBER,)},
    ),
    Sabotage(
        "labels_shuffled",
        "07_recommendations",
        {
            'model.fit(inputs(train), train.rating.to_numpy("float32")': (
                "model.fit(inputs(train), "
                'train.rating.sample(frac=1, random_state=0).to_numpy("float32")'
            )
        },
        last="fit",
        fails={"fit": (NUMBER,)},
    ),
    Sabotage(
        "error_on_training_rows",
        "07_recommendations",
        {
            "model.predict(inputs(test), batch_size=32_768": (
                "model.predict(inputs(train), batch_size=32_768"
            ),
            "(predicted - test.rating) ** 2": "(predicted - train.rating) ** 2",
        },
        last="fit",
        fails={"fit": (NUMBER,)},
    ),
    Sabotage(
        "seen_books_not_removed",
        "08_baselines",
        {
            "nr.recommend(rival, readers, books=books, exclude=train)": (
                "nr.recommend(rival, readers, books=books)"
            )
        },
        last="lists",
        fails={"lists": (NUMBER,)},
    ),
    Sabotage(
        "lists_judged_on_training_rows",
        "08_baselines",
        {
            "held_out = test[test.user_id.isin(readers)]": (
                "held_out = train[train.user_id.isin(readers)]"
            )
        },
        last="lists",
        fails={"lists": (NUMBER,)},
    ),
    # That the rest of it passes too is shown by the notebook itself, which pytest runs.
    Sabotage("nothing", "05_training", {}, last="network", fails={}),
]


def sabotage_notebook(notebook, replace, last):
    """Break a notebook: replace text in its code cells and drop the cells behind the last.

    Raises
    ------
    ValueError
        If a text does not stand in the code cells exactly once, or no cell has the id `last`.
    """
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if last not in [cell.id for cell in cells]:
        raise ValueError(f"there is no cell {last}")
    for old, new in replace.items():
        count = sum(cell.source.count(old) for cell in cells)
        if count != 1:
            raise ValueError(f"the text {old!r} stands there {count} times, not once")
        for cell in cells:
            cell.source = cell.source.replace(old, new)
    end = [cell.id for cell in notebook.cells].index(last)
    notebook.cells = notebook.cells[: end + 1]


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda sabotage: sabotage.name)
def test_sabotage_is_noticed(sabotage, tmp_path):
    notebook = nbformat.read(NOTEBOOKS / f"{sabotage.notebook}.ipynb", as_version=4)
    sabotage_notebook(notebook, sabotage.replace, sabotage.last)
    nbformat.write(notebook, tmp_path / f"{sabotage.notebook}.ipynb")

    results = {result.cell: result for result in run_notebooks(tmp_path, timeout=120)}
    failed = {cell_id(cell): r.message for cell, r in results.items() if r.outcome == "failed"}
    passed = {cell_id(cell) for cell, r in results.items() if r.outcome == "passed"}
    assert set(failed) == set(sabotage.fails), "\n".join(failed.values())
    assert len(failed) + len(passed) == len(results)
    for cell, words in sabotage.fails.items():
        for word in words:
            assert word in failed[cell]


def cell_id(name):
    """Take the id from a name such as ``cell 4 (fit)``."""
    return name.partition("(")[2].rstrip(")")


@pytest.mark.parametrize("text", ["no such text", "print"])
def test_a_sabotage_that_would_miss_its_mark_is_refused(text):
    cells = [nbformat.v4.new_code_cell("print(1)\nprint(2)", id="one")]
    with pytest.raises(ValueError, match="times, not once"):
        sabotage_notebook(nbformat.v4.new_notebook(cells=cells), {text: ""}, "one")
