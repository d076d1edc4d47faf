"""Within a kernel: what neurec shows is shown in other languages too, by the same run.

The outputs in the other languages travel in the metadata of the English ones; editions.py parts
them. So no cell is run a second time, and each output is what neurec really shows.
"""

import functools

from neurec_helpers.language import speaking
from neurec_helpers.notebook.editions import OTHERS


def show_in(languages):
    """Show all that follows in these languages too.

    Parameters
    ----------
    languages : list of str
        Codes, without English.
    """
    from IPython import get_ipython

    import neurec_helpers as nr

    formatter = get_ipython().display_formatter
    formatter.format = _formats(formatter.format, languages)
    for name in nr.__all__:
        if name.startswith("plot_"):
            setattr(nr, name, _remembers(getattr(nr, name)))
    nr.show = _shows(nr.show, languages)


def _formats(plain, languages):
    """For what a cell results in or displays: its repr in each language."""

    def formatted(thing, include=None, exclude=None):
        data, metadata = plain(thing, include, exclude)
        if type(thing).__module__.partition(".")[0] != "neurec_helpers":
            return data, metadata
        others = {}
        for language in languages:
            with speaking(language):
                others[language] = plain(thing, include, exclude)
        return data, {**metadata, OTHERS: others}

    return formatted


def _remembers(plot):
    """A function that plots, whose axes know how to be drawn again."""

    @functools.wraps(plot)
    def drawn(*args, **options):
        ax = plot(*args, **options)
        ax.neurec_again = functools.partial(plot, *args, **options)
        return ax

    return drawn


def _shows(show, languages):
    """For plots: they are drawn again, for their words are drawn with them."""
    from IPython.display import display

    @functools.wraps(show)
    def shown(ax):
        outputs = _captured(show, ax)
        others = {}
        for language in languages:
            with speaking(language):
                others[language] = _captured(show, ax.neurec_again())
        for place, output in enumerate(outputs):
            same = {language: (o[place].data, o[place].metadata) for language, o in others.items()}
            display(output.data, metadata={**(output.metadata or {}), OTHERS: same}, raw=True)

    return shown


def _captured(show, ax):
    from IPython.utils.capture import capture_output

    with capture_output(stdout=False, stderr=False) as captured:
        show(ax)
    return captured.outputs
