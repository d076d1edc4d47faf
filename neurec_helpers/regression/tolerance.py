"""How far the outputs of a cell may be from the stored ones, on this machine.

Results repeat to the bit for a seed, on any number of threads, and on Linux on every x86 processor
but for a few cells whose linear algebra OpenBLAS chooses by the processor. Other systems and
processors add up in another order, and training makes more of it. So a cell has up to two
tolerances in its metadata, for ``x86`` (Linux on x86-64) and for ``elsewhere``; each gives limits
by kind of output. ``neurec calibrate`` measures them.
"""

import platform
from dataclasses import dataclass, field
from decimal import Decimal

from neurec_helpers.regression import numbers

X86, ELSEWHERE = PLACES = ("x86", "elsewhere")


@dataclass(frozen=True)
class Tolerance:
    """How far a cell's outputs may be from the stored ones.

    Attributes
    ----------
    limits : dict of str to Decimal
        By kind of output, such as ``stdout`` or ``text/html``: the largest absolute difference of
        a number with decimals. For ``image/png``: the largest root mean square over the squares of
        a picture, 0 to 255; a picture without a limit must be the same.
    last_digit : bool
        Every number with decimals may differ by one unit of its last digit.
    timing : bool
        The cell measures seconds or memory: a number before a unit of time or MB must be there, of
        the same sign and count of decimals, but may be nearly any number, as may those in what a
        figure says; a picture must have the same size but may show anything.
    """

    limits: dict = field(default_factory=dict)
    last_digit: bool = False
    timing: bool = False

    @classmethod
    def of(cls, cell, place):
        """Read a cell's tolerance for a place, `X86` or `ELSEWHERE`, from its metadata."""
        neurec = cell.metadata.get("neurec", {})
        stored = neurec.get("tolerance", {}).get(place, {})
        limits = {kind: Decimal(str(limit)) for kind, limit in stored.items()}
        return cls(limits, place == ELSEWHERE, bool(neurec.get("timing", False)))

    def of_number(self, kind, number):
        """The largest difference of one number, as printed, in an output of this kind."""
        if not numbers.has_decimals(number):
            return Decimal(0)
        floor = numbers.last_digit(number) if self.last_digit else Decimal(0)
        return max(self.limits.get(kind, Decimal(0)), floor)

    def free(self, kind):
        """The pattern of the numbers that may be any, in an output of this kind; None if none."""
        return free_numbers(kind, self.timing)


def free_numbers(kind, timing):
    """Numbers of an output that may be any: those measured by a cell that measures seconds."""
    from neurec_helpers.plotting.artists import MIME as FIGURE

    if not timing:
        return None
    return numbers.NUMBER if kind == FIGURE else numbers.TIME


def place_of_this_machine():
    """Whose tolerances hold on this machine."""
    on_x86 = platform.system() == "Linux" and platform.machine() in ("x86_64", "AMD64")
    return X86 if on_x86 else ELSEWHERE
