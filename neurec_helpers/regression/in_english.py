"""What neurec shows in another language, written so that it can be compared as English is.

Numbers, units and the line of set-up, whose machine may differ, are what the comparison reads in a
text; all other words are compared as they stand.
"""

import functools
import re

from neurec_helpers.language import number_words, speaking, tr
from neurec_helpers.regression import numbers

UNITS = ("s", "MB")
# Stands beside what is in English already, so that "0.7 s" is not taken for "0,7 с".
ENGLISH = "(English)"


def in_english(outputs, language):
    """Outputs of a cell with the numbers and units of their texts as English has them.

    Parameters
    ----------
    outputs : list of nbformat outputs
        Stay unchanged.
    language : str
        That of the outputs.

    Returns
    -------
    list of nbformat outputs
    """
    return [_output(output, language) for output in outputs]


def _output(output, language):
    if output["output_type"] not in ("display_data", "execute_result"):
        return output
    data = {
        kind: plain(text, language) if isinstance(text, str) and kind.startswith("text/") else text
        for kind, text in output["data"].items()
    }
    metadata = {
        kind: {**about, "alt": plain(about["alt"], language)} if "alt" in about else about
        for kind, about in output.get("metadata", {}).items()
    }
    return type(output)({**output, "data": data, "metadata": metadata})


def plain(text, language):
    """A text with its numbers, its units and the name of the machine as English has them."""
    group, decimal, units = _forms(language)
    text = numbers.line_of_setup(language).sub(r"\1MACHINE\2", text)
    text = numbers.NUMBER.sub(_marked, text)
    # The decimal sign first: it may be what English has between thousands.
    text = re.sub(rf"(?<=\d){decimal}(?=\d)", ".", text)
    text = re.sub(rf"(?<=\d){group}(?=\d{{3}})", ",", text)
    for pattern, unit in units:
        text = re.sub(rf"(?<=\d[ \u00a0]){unit}(?!\w)", unit + ENGLISH, text)
        text = pattern.sub(unit, text)
    return text


def _marked(number):
    number = number.group()
    return ENGLISH + number if numbers.decimals(number) else number


@functools.cache
def _forms(language):
    with speaking(language):
        group, decimal = (re.escape(number_words(sign)) for sign in ",.")
        words = [(tr(unit), unit) for unit in UNITS]
    units = [
        (re.compile(rf"(?<=\d[ \u00a0]){re.escape(said)}(?!\w)"), unit) for said, unit in words
    ]
    return group, decimal, units
