"""Show a plot in a notebook, and tell it in words."""

import base64
import html
import io
from dataclasses import dataclass

import matplotlib.pyplot as plt
import pandas as pd

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import SOURCE, current_language, number, tr
from neurec_helpers.plotting import artists
from neurec_helpers.plotting.ticks import translate_ticks

DPI = 100


@dataclass(frozen=True)
class Description:
    """A plot in words: what it shows, and the numbers behind it.

    Attributes
    ----------
    sentence : str
        One sentence; it serves as the picture's alternative text.
    table : pandas.DataFrame
        A few rows of numbers.
    """

    sentence: str
    table: pd.DataFrame

    def __str__(self):
        return f"{self.sentence}\n{self.table.to_string(index=False, float_format=_floats())}"

    def __repr__(self):
        return str(self)

    def _repr_html_(self):
        table = self.table.to_html(index=False, border=0, float_format=_floats())
        return f"<p>{html.escape(self.sentence)}</p>{table}"


def _floats():
    """How tables write numbers with decimals: pandas' own way in English."""
    return None if current_language() == SOURCE else lambda value: number(value, "g")


def describe(ax) -> Description:
    """What a plot of neurec shows, in words.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes returned by one of the ``plot_…`` functions.
    """
    try:
        return ax.neurec_description
    except AttributeError:
        raise NeurecError(
            "describe() and show() know the plots made by neurec's plot_… functions. "
            "For a plot of your own, use plt.show()."
        ) from None


def show(ax) -> None:
    """Show a plot in the notebook, with its description folded below it.

    The picture's text form is its description, so that screen readers, terminals and the
    comparison of notebooks all read the same words. What is drawn, and in which style, is stored
    beside it for that comparison. The figure is closed.
    """
    from IPython.display import HTML, display

    description = describe(ax)
    buffer = io.BytesIO()
    ax.figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    drawn = artists.describe_artists(ax.figure)
    plt.close(ax.figure)
    display(
        {
            "image/png": base64.b64encode(buffer.getvalue()).decode(),
            "text/plain": str(description),
            artists.MIME: drawn,
        },
        metadata={"image/png": {"alt": description.sentence}},
        raw=True,
    )
    display(
        HTML(
            f"<details><summary>{tr('The plot in words')}</summary>"
            f"{description._repr_html_()}</details>"
        )
    )


def new_axes(ax, height=4.0):
    """`ax`, or axes of their own in a new figure, `height` inches high."""
    if ax is None:
        _, ax = plt.subplots(figsize=(7, height), layout="constrained")
    return ax


def described(ax, sentence, table):
    """`ax` with its description, for `describe` and `show`."""
    if current_language() != SOURCE:
        translate_ticks(ax)
    ax.neurec_description = Description(sentence, pd.DataFrame(table))
    return ax
