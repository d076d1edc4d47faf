"""How far the results of a notebook move from seed to seed, and the tolerances that follow."""

import base64
import re
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from neurec_helpers.regression import compare

# A tolerance is the largest deviation that was seen, times this: twenty seeds do not show the
# farthest that a twenty-first may go. It is then rounded up to two significant digits.
MARGIN = Decimal("1.25")

# The set-up cell names its seed, which is meant to differ here.
SEED = re.compile(r"(Ready: [^\n]*\. Seed )\d+")


@dataclass
class Spread:
    """How far the outputs of one cell moved from the stored ones, over all runs.

    Attributes
    ----------
    numbers : list of Decimal
        Largest absolute deviation of each number with decimals, in the order of the outputs.
    png : float
        Largest root mean square over the squares of a picture, 0 to 255.
    pixels : float
        The same over its pixels, which tells whether the cell needs a tolerance at all.
    problems : list of str
        What no tolerance can cover: a text, an integer or the size of a picture that differs.
    """

    numbers: list = field(default_factory=list)
    png: float = 0.0
    pixels: float = 0.0
    problems: list = field(default_factory=list)

    @property
    def tolerance(self):
        """The tolerance for the cell's metadata; empty if it needs none.

        Each number has its own, so that a model which hardly moves is not excused by another that
        moves a lot.
        """
        found = {}
        if any(self.numbers):
            limits = [float(round_up(number * MARGIN)) for number in self.numbers]
            found["number"] = limits if len(limits) > 1 else limits[0]
        if self.pixels * float(MARGIN) > compare.PNG_LIMIT:
            found["png"] = float(round_up(Decimal(repr(self.png)) * MARGIN))
        return found

    def add(self, stored, got, timing=False):
        """Take the outputs of one more run into account.

        Parameters
        ----------
        stored, got : list of nbformat outputs
        timing : bool
            The cell measures seconds, so its times and its pictures are free.
        """
        stored, got = compare.flatten(stored), compare.flatten(got)
        kinds, now = [kind for kind, _ in stored], [kind for kind, _ in got]
        if kinds != now:
            self.problems.append(f"gave {', '.join(now)} in place of {', '.join(kinds)}")
            return
        place = 0
        for (kind, expected), (_, value) in zip(stored, got, strict=True):
            if kind in compare.IMAGES:
                self._add_picture(expected, value, timing)
            elif isinstance(expected, str):
                self._add_text(kind, expected, value, timing, place)
                place += compare.count_decimals(kind, expected, timing)
            elif expected != value:
                self.problems.append(f"{kind} differs")
        self.numbers += [Decimal(0)] * (place - len(self.numbers))

    def _add_picture(self, expected, got, timing):
        pictures = base64.b64decode(expected), base64.b64decode(got)
        pixels = compare.png_rms(*pictures)
        if pixels is None:
            self.problems.append("the picture has another size")
        elif not timing:
            self.pixels = max(self.pixels, pixels)
            self.png = max(self.png, compare.png_rms(*pictures, square=compare.PNG_SQUARE))

    def _add_text(self, kind, expected, got, timing, place):
        expected, got = (
            compare.sanitise(SEED.sub(r"\g<1>0", text), timing) for text in (expected, got)
        )
        pairs = compare.pair_numbers(expected, got)
        if pairs is None:
            difference = compare.compare_text(expected, got, compare.Tolerance())
            self.problems.append(f"the text differs ({kind}):\n{difference}")
            return
        for (first, _), (second, _) in pairs:
            if not compare.within(first, second, Decimal("Infinity")):
                self.problems.append(f"prints {second} where {first} is stored ({kind})")
            elif compare.has_decimals(first):
                self.numbers += [Decimal(0)] * (place + 1 - len(self.numbers))
                moved = compare.deviation(first, second)
                self.numbers[place] = max(self.numbers[place], moved)
            place += compare.has_decimals(first)


def round_up(number, digits=2):
    """Round a Decimal of 0 or more up to some significant digits."""
    if not number:
        return Decimal(0)
    return number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_CEILING)


def set_tolerance(cell, tolerance, seeds, threads):
    """Put a tolerance into a cell's metadata with how it was found, or take it out if empty."""
    neurec = dict(cell.metadata.get("neurec", {}))
    neurec.pop("tolerance", None)
    neurec.pop("calibrated", None)
    if tolerance:
        neurec["tolerance"] = tolerance
        neurec["calibrated"] = {"seeds": seeds, "threads": threads}
    if neurec:
        cell.metadata["neurec"] = neurec
    else:
        cell.metadata.pop("neurec", None)
