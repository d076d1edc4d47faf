"""What a figure says is told exactly: no label, style or number changes without a word."""

import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import neurec_helpers as nr
from neurec_helpers.plotting.artists import MOST_POINTS, describe_artists
from neurec_helpers.plotting.style import STYLE

HISTORY = {"loss": [0.83, 0.68, 0.65], "val_loss": [0.72, 0.70, 0.71]}
CHANCE = np.random.default_rng(0)
TRUE = CHANCE.integers(1, 6, 500)
PREDICTED = 3 + TRUE / 5 + CHANCE.normal(scale=0.3, size=500)
POINTS, LABELS = CHANCE.normal(size=(400, 2)), np.repeat(["Humour", "Horror"], 200)


@pytest.fixture(autouse=True)
def style():
    with matplotlib.rc_context(STYLE):
        yield
    plt.close("all")


def said(ax):
    ax.figure.savefig(io.BytesIO())
    return describe_artists(ax.figure)


def curves():
    return nr.plot_learning_curves(HISTORY, noise_floor=0.443)


def predicted():
    return nr.plot_predicted(TRUE, PREDICTED)


def errors():
    return nr.plot_error_by_rating(TRUE, PREDICTED)


def book_map():
    return nr.plot_map(POINTS, LABELS)


def swap_labels(ax):
    x, y = ax.get_xlabel(), ax.get_ylabel()
    ax.set(xlabel=y, ylabel=x)


def swap_legend(ax):
    first, second, *_ = ax.get_legend().get_texts()
    one, other = first.get_text(), second.get_text()
    first.set_text(other)
    second.set_text(one)


def swap_legend_labels(ax):
    first, second, *_ = ax.lines
    one, other = first.get_label(), second.get_label()
    first.set_label(other)
    second.set_label(one)
    ax.legend()


SABOTAGES = {
    "axis labels swapped": (predicted, swap_labels),
    "legend swapped": (curves, swap_legend),
    "labels of lines swapped": (curves, swap_legend_labels),
    "legend gone": (curves, lambda ax: ax.get_legend().remove()),
    "another title": (curves, lambda ax: ax.set_title("Curves", loc="left")),
    "another colour": (curves, lambda ax: ax.lines[0].set_color("#0072B3")),
    "another marker": (curves, lambda ax: ax.lines[1].set_marker("D")),
    "another dash": (curves, lambda ax: ax.lines[1].set_linestyle(":")),
    "a thinner line": (curves, lambda ax: ax.lines[1].set_linewidth(1.9)),
    "another noise floor": (curves, lambda ax: ax.texts[0].set_text("noise floor 0.453")),
    "a line moved": (curves, lambda ax: ax.lines[0].set_ydata([0.83, 0.68, 0.651])),
    "a line gone": (curves, lambda ax: ax.lines[0].remove()),
    "another limit": (curves, lambda ax: ax.set_ylim(0)),
    "log scale": (curves, lambda ax: ax.set_yscale("log")),
    "a bar of another colour": (errors, lambda ax: ax.patches[0].set_facecolor("#D55E00")),
    "a bar of another height": (errors, lambda ax: ax.patches[0].set_height(0.5)),
    "a bar label swapped": (errors, lambda ax: ax.texts[0].set_text(ax.texts[1].get_text())),
    "other tick labels": (predicted, lambda ax: ax.set_xticklabels(list("54321"))),
    "points of another colour": (
        book_map,
        lambda ax: ax.collections[0].set_edgecolor("#D55E00"),
    ),
    "points moved": (book_map, lambda ax: ax.collections[0].set_offsets(POINTS[:200])),
    "points of another size": (book_map, lambda ax: ax.collections[0].set_sizes([17])),
}


@pytest.mark.parametrize("name", SABOTAGES)
def test_what_was_changed_is_told(name):
    draw, sabotage = SABOTAGES[name]
    before = said(draw())
    ax = draw()
    assert said(ax) == before
    sabotage(ax)
    assert said(ax) != before


def test_points_of_another_marker_are_told():
    one, other = (plt.subplots()[1].scatter([1, 2], [3, 4], marker=marker).axes for marker in "os")
    assert "marker o" in said(one) and "marker s" in said(other)


def test_every_plot_is_told_in_few_words():
    ladder = pd.DataFrame({"model": ["a", "b"], "test MSE": [1.0, 0.7], "spread": [0.1, 0.01]})
    ratings = pd.DataFrame({"user_id": [1, 1, 2], "book_id": [1, 2, 2], "rating": [1, 5, 4]})
    for ax in (
        curves(),
        predicted(),
        errors(),
        book_map(),
        nr.plot_ladder(ladder, noise_floor=0.4),
        nr.plot_ratings(ratings),
        nr.plot_activity(ratings),
        nr.plot_growth([1e6, 2e6], {"epoch": [1, 2]}, "Growth", "s"),
    ):
        text = said(ax)
        assert ax.get_title(loc="left") in text
        assert len(text) < 2000


def test_many_points_are_told_by_their_quartiles():
    _, ax = plt.subplots()
    ax.plot(np.arange(MOST_POINTS + 1), label="many")
    assert 'lines "many" ' in said(ax)
    quartiles = "3.0000, 6.0000, 9.0000"
    assert f"{MOST_POINTS + 1} points, quartiles x {quartiles}; y {quartiles}" in said(ax)


def test_no_number_of_a_style_is_taken_for_a_result():
    """A tolerance applies to numbers with decimals, so a style must not look like one."""
    from neurec_helpers.regression import numbers

    _, ax = plt.subplots()
    ax.plot([1, 2], [1, 2], "--", color="#009E73", linewidth=1.5, markersize=2.5, marker="o")
    styles = said(ax).partition("(")[2].partition(")")[0]
    assert "rgb009E73" in styles and "width1.5" in styles and "size2.5" in styles
    assert not any(map(numbers.has_decimals, numbers.NUMBER.findall(styles)))


def test_notebooks_as_pages_do_not_show_it():
    from nbconvert import HTMLExporter
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    from neurec_helpers.plotting.artists import MIME

    data = {"text/plain": "a plot in words", MIME: "rgb0072B2"}
    cell = new_code_cell("1", outputs=[new_output("display_data", data=data)])
    page, _ = HTMLExporter().from_notebook_node(new_notebook(cells=[cell]))
    assert "a plot in words" in page
    assert "rgb0072B2" not in page
