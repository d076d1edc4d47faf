"""Numbers in what a cell printed: find them, pair them with the stored ones, tell how far apart."""

import re
from decimal import Decimal

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!,?\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\d|\.\d)"
)
TIME = re.compile(
    NUMBER.pattern
    + r"(?=[ \u00a0\u202f]?(?:ns|µs|μs|us|ms|s|sec|seconds?|min|minutes?|h|hours?|MB|GB)"
    + r"(?![A-Za-z]))"
)
MACHINE = re.compile(r"(Ready: [^\n]*? on )[^\n]*?(\. Seed )")


def sanitise(text, free=None):
    """Take out of a text what may differ: the machine, and the numbers that `free` matches."""
    text = MACHINE.sub(r"\1MACHINE\2", text)
    return text if free is None else free.sub("FREE", text)


def pair_numbers(expected, got):
    """Pair the numbers of two texts that agree in all else but spaces.

    Returns
    -------
    list of ((str, int), (str, int)) or None
        Each number of either text with its position; None if the texts differ in more than that.
    """
    if _without_numbers(expected) != _without_numbers(got):
        return None
    found = ([(m.group(), m.start()) for m in NUMBER.finditer(text)] for text in (expected, got))
    return list(zip(*found, strict=True))


def _without_numbers(text):
    # Columns are padded to the width of their numbers, so the spaces beside numbers don't count.
    return [re.sub(r"[ \t]+", " ", part).strip(" \t") for part in NUMBER.split(text)]


def has_decimals(number):
    """Whether a number, as printed, is one that a tolerance applies to."""
    return any(character in number for character in ".eE")


def deviation(expected, got):
    """Distance of two numbers as printed, in exact decimal arithmetic."""
    first, second = (Decimal(n.replace(",", "").replace("\u2212", "-")) for n in (expected, got))
    return abs(first - second)


def within(expected, got, tolerance):
    """Whether two numbers, as printed, agree within an absolute tolerance.

    Integers must be the same, and so must the count of decimals.
    """
    if expected == got:
        return True
    if not (has_decimals(expected) and has_decimals(got)):
        return False
    return decimals(expected) == decimals(got) and deviation(expected, got) <= tolerance


def decimals(number):
    """Count the digits behind the point; None for a number written with an exponent."""
    return None if "e" in number.lower() else len(number.partition(".")[2])


def last_digit(number):
    """One unit of the last digit of a number as printed: 0.001 for 0.711, 0 for an integer."""
    count = decimals(number)
    return Decimal(1).scaleb(-count) if count else Decimal(0)


def why_not_within(expected, got, tolerance):
    """Say why two numbers don't agree."""
    if not (has_decimals(expected) and has_decimals(got)):
        return "integers must be the same"
    if decimals(expected) != decimals(got):
        return "the count of decimals must be the same"
    return f"they are {deviation(expected, got):f} apart, tolerance {tolerance:f}"
