"""Numbers in what a cell printed: find them, pair them with the stored ones, tell how far apart."""

import re
from decimal import Decimal

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!,?\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\d|\.\d)"
)
MINUS = ("-", "\u2212")
TIME = re.compile(
    NUMBER.pattern
    + r"(?=[ \u00a0\u202f]?(?:ns|µs|μs|us|ms|s|sec|seconds?|min|minutes?|h|hours?|MB|GB)"
    + r"(?![A-Za-z]))"
)
# All that name_device (gpu.py) can say. The words of a GPU's name begin with a capital or a digit:
# NVIDIA GeForce RTX 3060 Laptop GPU.
GPU = r"[A-Z0-9][\w()/.+-]*(?: [A-Z0-9(][\w()/.+-]*| with Max-Q(?: Design)?){0,9}"
GPUS = rf"(?:a GPU|{GPU})(?: and (?:a GPU|{GPU}))*"
DEVICE = rf"(?:CPU with (?:1 core|(?!1 )[1-9]\d* cores)|{GPUS})"
MACHINE = re.compile(rf"(Ready: [^\n]*? on ){DEVICE}(\. Seed )")


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
    count = decimals(number)
    return Decimal(1).scaleb(-count) if count else Decimal(0)


def why_not_within(expected, got, tolerance):
    """Say why two numbers don't agree."""
    if not (has_decimals(expected) and has_decimals(got)):
        return "integers must be the same"
    if decimals(expected) != decimals(got):
        return "the count of decimals must be the same"
    if not written_alike(expected, got, tolerance):
        return f"signs and separators must be of the same kind, tolerance {tolerance:f}"
    return f"they are {deviation(expected, got):f} apart, tolerance {tolerance:f}"
