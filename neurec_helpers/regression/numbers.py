"""Numbers in what a cell printed: find them, pair them with the stored ones, tell how far apart."""

import functools
import re
from decimal import Decimal

from neurec_helpers.gpu import device_pattern
from neurec_helpers.language import SOURCE, speaking, tr
from neurec_helpers.startup import READY

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!,?\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\d|\.\d)"
)
MINUS = ("-", "\u2212")
TIME = re.compile(
    NUMBER.pattern
    + r"(?=[ \u00a0\u202f]?(?:ns|µs|μs|us|ms|s|sec|seconds?|min|minutes?|h|hours?|MB)"
    + r"(?![A-Za-z]))"
)
# How many times as fast or slow another machine may be, or how much memory it may take.
MOST_TIMES = 300


@functools.cache
def line_of_setup(language=SOURCE):
    """Pattern of the line that set-up prints: what is before the device, and what is after it."""
    with speaking(language):
        parts, device = map(re.escape, tr(READY).split("{device}")), device_pattern()
    before, after = (re.sub(r"\\{\w+\\}", r"[^\\n]*?", part) for part in parts)
    return re.compile(rf"({before}){device}({after})")


def sanitise(text, free=None):
    """Take out of a text what may differ: the machine, and the numbers that `free` matches."""
    text = line_of_setup().sub(r"\1MACHINE\2", text)
    return text if free is None else free.sub("FREE", text)


def unlike_times(expected, got):
    """Of the times and sizes in two texts, the first two that no two machines print.

    Returns
    -------
    (re.Match, re.Match, str) or None
        The stored one, the one now, and what is wrong with it.
    """
    found = [list(TIME.finditer(text)) for text in (expected, got)]
    if len(found[0]) != len(found[1]):
        return None  # other words, which are told as such
    for stored, now in zip(*found, strict=True):
        if wrong := _why_unlike(stored.group(), now.group()):
            return stored, now, wrong
    return None


def _why_unlike(stored, now):
    # A format or a subtraction may be wrong where the number itself tells nothing.
    if decimals(stored) != decimals(now):
        return "the count of decimals must be the same"
    if _sign(stored) != _sign(now):
        return "the sign must be the same"
    sizes = [abs(_value(number)) for number in (stored, now)]
    # Each is printed to the last digit, so a little may be printed as nothing.
    if max(sizes) > MOST_TIMES * (min(sizes) + _step(stored)):
        return f"more than {MOST_TIMES} times apart"
    return None


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
    return abs(_value(expected) - _value(got))


def _value(number):
    return Decimal(number.replace(",", "").replace("\u2212", "-"))


def within(expected, got, tolerance):
    """Whether two numbers, as printed, agree within an absolute tolerance.

    Integers must be the same, and so must the count of decimals and the way of writing.
    """
    if expected == got:
        return True
    if not (has_decimals(expected) and has_decimals(got)):
        return False
    if decimals(expected) != decimals(got) or not written_alike(expected, got, tolerance):
        return False
    return deviation(expected, got) <= tolerance


def written_alike(expected, got, tolerance):
    """Whether two numbers have the same kind of signs, and of separators between thousands.

    Within a tolerance a number may cross zero, and then its sign may come or go.
    """
    if _sign(expected) != _sign(got):
        crosses = tolerance > 0 and (_sign(expected) in MINUS) != (_sign(got) in MINUS)
        if not crosses:
            return False
    are_long = all(len(re.findall(r"\d", n.partition(".")[0])) > 3 for n in (expected, got))
    return not are_long or ("," in expected) == ("," in got)


def _sign(number):
    return "" if number[0].isdigit() else number[0]


def decimals(number):
    """Count the digits behind the point; None for a number written with an exponent."""
    return None if "e" in number.lower() else len(number.partition(".")[2])


def last_digit(number):
    """One unit of the last digit of a number as printed: 0.001 for 0.711, 0 for an integer."""
    return _step(number) if decimals(number) else Decimal(0)


def _step(number):
    return Decimal(1).scaleb(-(decimals(number) or 0))


def why_not_within(expected, got, tolerance):
    """Say why two numbers don't agree."""
    if not (has_decimals(expected) and has_decimals(got)):
        return "integers must be the same"
    if decimals(expected) != decimals(got):
        return "the count of decimals must be the same"
    if not written_alike(expected, got, tolerance):
        return f"signs and separators must be of the same kind, tolerance {tolerance:f}"
    return f"they are {deviation(expected, got):f} apart, tolerance {tolerance:f}"
