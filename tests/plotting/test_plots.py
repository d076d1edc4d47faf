"""Every plot: axes in and out, title, labels, legend, markers, and its text twin."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import neurec_helpers as nr
from tests.helpers.plots import HISTORY, PLOTS, PREDICTED, RATINGS


@pytest.fixture(autouse=True)
def plain_figures():
    """Matplotlib's own style, whatever another test set."""
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        matplotlib.use("agg")
        yield
        plt.close("all")


def test_every_public_plot_is_tested_here():
    public = {name for name in nr.__all__ if name.startswith("plot_")}
    defined = {name for name in nr.__all__ if name.startswith("plot_")}
    assert public == defined == set(PLOTS)


@pytest.mark.parametrize("name", PLOTS)
def test_draws_on_the_axes_it_is_given(name):
    _, (left, right) = plt.subplots(1, 2)
    assert PLOTS[name](ax=right) is right
    assert right.get_title()
    assert not left.get_title()


# A diagram and a map have no units.
@pytest.mark.parametrize(
    "name", [name for name in PLOTS if name not in ("plot_network", "plot_map")]
)
def test_has_title_and_labels_with_units(name):
    ax = PLOTS[name]()
    assert ax.get_title()
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    if "error" in ax.get_ylabel():
        assert "stars²" in ax.get_ylabel()


@pytest.mark.parametrize("name", PLOTS)
def test_lines_differ_without_colour(name):
    ax = PLOTS[name]()
    lines = [line for line in ax.lines if not line.get_label().startswith("_")]
    looks = [(line.get_marker(), line.get_linestyle()) for line in lines]
    assert len(set(looks)) == len(looks)
    if len(lines) > 1:
        assert ax.get_legend() is not None


@pytest.mark.parametrize("name", PLOTS)
def test_text_twin_holds_a_sentence_and_a_table(name):
    description = nr.describe(PLOTS[name]())
    assert description.sentence.endswith(".")
    assert len(description.table) >= 2
    assert str(description).startswith(description.sentence)
    assert "<table" in description._repr_html_()


@pytest.fixture
def shell():
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def test_show_gives_picture_alternative_text_and_words(shell):
    with capture_output() as shown:
        nr.show(nr.plot_ratings(RATINGS))
    picture, folded = shown.outputs
    sentence = picture.metadata["image/png"]["alt"]
    assert sentence.startswith("Bar chart of 500 ratings")
    assert picture.data["text/plain"].startswith(sentence)
    assert "<details>" in folded.data["text/html"]
    assert not plt.get_fignums()


def test_very_many_different_ratings_are_shown_in_intervals():
    """Such as Jester's, from -10 to 10 with two decimals."""
    stars = np.linspace(-10, 10, 2_001)
    found = nr.describe(nr.plot_ratings(pd.DataFrame({"rating": [*stars, 9.5, 9.6]})))
    assert found.sentence.startswith("Bar chart of 2,003 ratings: those from 9 to 10 stars are")
    assert found.table["stars"].tolist()[:2] == ["-10 … -9", "-9 … -8"]
    assert found.table["ratings"].tolist() == [100] * 19 + [103]


def test_show_explains_itself_for_other_axes():
    _, ax = plt.subplots()
    with pytest.raises(nr.NeurecError, match=r"plt\.show"):
        nr.show(ax)


def test_learning_curves_mark_the_best_epoch_and_the_noise_floor():
    ax = nr.plot_learning_curves(HISTORY, noise_floor=0.5)
    best = next(line for line in ax.lines if line.get_label() == "best epoch")
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 0.75)
    assert any("noise floor 0.500" in text.get_text() for text in ax.texts)
    sentence = nr.describe(ax).sentence
    assert "test error is lowest at 0.750 and ends at 0.770" in sentence


def test_learning_curves_of_several_networks():
    ax = nr.plot_learning_curves({"shallow": HISTORY, "deep": {"loss": [1.0], "val_loss": [2.0]}})
    table = nr.describe(ax).table
    assert list(table.columns) == [
        "epoch",
        "shallow, training",
        "shallow, test",
        "deep, training",
        "deep, test",
    ]
    assert table.iloc[2].to_list() == [3, "0.600", "0.770", "-", "-"]


@pytest.mark.parametrize("history", [None, [], 3, {}, {"first": {"accuracy": [1]}}])
def test_learning_curves_without_a_history(history):
    with pytest.raises(nr.NeurecError):
        nr.plot_learning_curves(history)


@pytest.mark.parametrize("plot", [nr.plot_predicted, nr.plot_error_by_rating])
def test_predictions_may_be_a_column_but_not_of_another_length(plot):
    as_column = nr.describe(plot(RATINGS.rating, PREDICTED.reshape(-1, 1))).table
    flat = nr.describe(plot(RATINGS.rating, PREDICTED)).table
    pd.testing.assert_frame_equal(as_column, flat)
    with pytest.raises(nr.NeurecError, match="500 true ratings and 499 predictions"):
        plot(RATINGS.rating, PREDICTED[:-1])


def test_numbers_in_words_are_right():
    table = nr.describe(nr.plot_error_by_rating([1, 1, 5], [2, 3, 5])).table
    assert table["mean squared error"].to_list() == ["2.50", "0.00"]
    activity = nr.describe(
        nr.plot_activity(pd.DataFrame({"user_id": [1, 1, 1, 2], "book_id": [1, 2, 3, 3]}))
    ).table
    assert activity.set_index("each").loc["reader", ["least", "most"]].to_list() == [1, 3]


def test_network_needs_inputs():
    with pytest.raises(nr.NeurecError, match="functional models"):
        nr.plot_network("a network")


def test_drawing_leaves_the_style_alone():
    before = dict(matplotlib.rcParams)
    for plot in PLOTS.values():
        plot()
    assert dict(matplotlib.rcParams) == before


def test_growth_is_drawn_from_0_with_the_line_of_least_squares():
    """Of a plot of times the comparison of notebooks can't see where its points lie."""
    series = {"streamed": [3.0, 7.0, 21.0], "read": [4.25, 8.25, 22.25]}
    ax = nr.plot_growth([1e6, 3e6, 10e6], series, "Growth", "s")
    points, line, others, other_line = ax.lines
    assert points.get_xydata().tolist() == [[1, 3], [3, 7], [10, 21]]
    assert others.get_xydata().tolist() == [[1, 4.25], [3, 8.25], [10, 22.25]]
    assert np.allclose(line.get_xydata(), [[0, 1], [10, 21]])
    assert np.allclose(other_line.get_xydata(), [[0, 2.25], [10, 22.25]])
    assert ax.get_xlim()[0] == ax.get_ylim()[0] == 0
    told = nr.describe(ax)
    assert "streamed 3.0 s to 21.0 s; read 4.2 s to 22.2 s." in told.sentence
    assert told.table.iloc[1].tolist() == ["3 million", "7.0 s", "8.2 s"]


def test_the_legend_of_a_map_stands_beside_it_and_shows_its_markers():
    """Of a map the comparison of notebooks can't see where its legend is: its points may move."""
    ax = PLOTS["plot_map"]()
    ax.figure.canvas.draw()
    legend = ax.get_legend()
    assert legend.get_window_extent().x0 >= ax.get_window_extent().x1
    assert {text.get_fontsize() for text in legend.get_texts()} == {9}
    assert legend.get_title().get_text() == ""
    assert {width for points in ax.collections for width in points.get_linewidths()} == {0.8}
