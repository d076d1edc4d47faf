"""How far the results of a notebook move from processor to processor, and what follows from it."""

import base64
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from neurec_helpers.regression import compare, numbers, pictures
from neurec_helpers.regression.tolerance import free_numbers

# A tolerance is the largest deviation that was seen, times this, rounded up to two digits: a run
# or two do not show the farthest that another processor may go.
MARGIN = 2


@dataclass
class Spread:
    """How far the outputs of one cell moved from the stored ones, over some runs.

    All numbers of an output share one deviation, the largest: where a result is chaotic, which of
    them moved most in one run says nothing of the next.

    Attributes
    ----------
    moved : dict of str to Decimal
        By kind of output: the largest absolute deviation of a number with decimals; of a picture,
        the largest root mean square over its squares, 0 to 255, where its pixels differ by more
        than `pictures.PNG_LIMIT` allows.
    problems : list of str
        What no tolerance can cover: a text, an integer or the size of a picture that differs.
    """

    moved: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    @property
    def tolerance(self):
        """Limits by kind of output, for the cell's metadata; empty if nothing moved."""
        return {kind: float(round_up(far * MARGIN)) for kind, far in sorted(self.moved.items())}

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
        for (kind, expected), (_, value) in zip(stored, got, strict=True):
            if kind in pictures.IMAGES:
                self._add_picture(kind, expected, value, timing)
            elif isinstance(expected, str):
                self._add_text(kind, expected, value, timing)
            elif expected != value:
                self.problems.append(f"{kind} differs")

    def _move(self, kind, far):
        if far:
            self.moved[kind] = max(self.moved.get(kind, Decimal(0)), far)

    def _add_picture(self, kind, expected, got, timing):
        both = base64.b64decode(expected), base64.b64decode(got)
        pixels = pictures.png_rms(*both)
        if pixels is None:
            self.problems.append("the picture has another size")
        elif not timing and pixels > pictures.PNG_LIMIT:
            squares = pictures.png_rms(*both, square=pictures.PNG_SQUARE)
            self._move(kind, Decimal(repr(squares)))

    def _add_text(self, kind, expected, got, timing):
        free = free_numbers(kind, timing)
        expected, got = (numbers.sanitise(text, free) for text in (expected, got))
        pairs = numbers.pair_numbers(expected, got)
        if pairs is None:
            difference = compare.first_line_that_differs(expected, got)
            self.problems.append(f"the text differs ({kind}):\n{difference}")
            return
        for (first, _), (second, _) in pairs:
            if not numbers.within(first, second, Decimal("Infinity")):
                self.problems.append(f"prints {second} where {first} is stored ({kind})")
            elif numbers.has_decimals(first):
                self._move(kind, numbers.deviation(first, second))


def round_up(number, digits=2):
    """Round a Decimal of 0 or more up to some significant digits."""
    if not number:
        return Decimal(0)
    return number.quantize(Decimal(1).scaleb(number.adjusted() - digits + 1), ROUND_CEILING)


def set_tolerance(cell, tolerance):
    """Put a cell's tolerances, by place, into its metadata; take them out if there are none."""
    neurec = dict(cell.metadata.get("neurec", {}))
    neurec.pop("tolerance", None)
    neurec.pop("calibrated", None)  # as older versions wrote
    tolerance = {place: limits for place, limits in tolerance.items() if limits}
    if tolerance:
        neurec["tolerance"] = tolerance
    if neurec:
        cell.metadata["neurec"] = neurec
    else:
        cell.metadata.pop("neurec", None)
