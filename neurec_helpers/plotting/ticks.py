"""Numbers beside the axes, as the reader's language writes them."""

from matplotlib.ticker import ScalarFormatter, StrMethodFormatter

from neurec_helpers.language import number_words


class NumberFormatter(StrMethodFormatter):
    """Formats ticks by a format string, such as ``"{x:,.0f}"``."""

    def __call__(self, x, pos=None):
        """The words for the tick at `x`."""
        return number_words(super().__call__(x, pos))


class _PlainFormatter(ScalarFormatter):
    def __call__(self, x, pos=None):
        return number_words(super().__call__(x, pos))


def translate_ticks(ax):
    """Give axes that matplotlib numbers by itself the language's decimal sign."""
    for axis in (ax.xaxis, ax.yaxis):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(_PlainFormatter())
