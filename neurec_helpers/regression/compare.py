"""Compare what a cell printed and drew with what is stored, within the cell's tolerances.

Text and integers are compared exactly. Numbers with decimals may differ by an absolute tolerance,
of the cell or of the number's own, PNGs by a root mean square. Both tolerances stand in the cell's metadata, under
``neurec.tolerance``, and are put there by ``neurec calibrate``.
"""

import base64
import io
import re
from dataclasses import dataclass, replace
from decimal import Decimal

# On a plot of 640 x 480 pixels, one digit changed in a label gives a root mean square of 1.5,
# a line of 1.4 points in place of 1.5 gives 0.8; the same plot drawn twice gives 0.0, since
# matplotlib brings its own font and its own FreeType. 0.5 forgives a level of grey here and there.
PNG_LIMIT = 0.5

# Where a plot may move, pixels say little: a thin line that has moved by its own width differs as
# much as one drawn elsewhere. So a tolerance counts the means of squares of so many pixels a side.
# For learning curves with other seeds, pixels differ by up to 25 and squares by up to 5; with test
# rows leaked into training, by 29 and by 11.
PNG_SQUARE = 16

NUMBER = re.compile(
    r"(?<![\w.])[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?!,?\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\d|\.\d)"
)
TIME = re.compile(
    NUMBER.pattern
    + r"(?=[ \u00a0\u202f]?(?:ns|µs|μs|us|ms|s|sec|seconds?|min|minutes?|h|hours?|MB|GB)"
    + r"(?![A-Za-z]))"
)
MACHINE = re.compile(r"(Ready: [^\n]*? on )[^\n]*?(\. Seed )")
IMAGES = ("image/png",)


@dataclass(frozen=True)
class Tolerance:
    """How far a cell's outputs may be from the stored ones.

    Attributes
    ----------
    number : Decimal or tuple of Decimal
        Largest absolute difference of a number with decimals; 0 means that it must be the same.
        A tuple has one for each of them, in the order in which `flatten` lists the cell's outputs.
    png : float or None
        Largest root mean square over the squares of a picture (see `PNG_SQUARE`), on the scale 0
        to 255. None means that the picture must be the same, but for `PNG_LIMIT` over its pixels.
    timing : bool
        The cell measures seconds or memory: a number before a unit of time, MB or GB must be there
        but may be any number, and a picture must have the same size but may show anything.
    """

    number: Decimal | tuple = Decimal(0)
    png: float | None = None
    timing: bool = False

    @classmethod
    def of(cls, cell):
        """Read the tolerance from a cell's metadata."""
        neurec = cell.metadata.get("neurec", {})
        tolerance = neurec.get("tolerance", {})
        number = tolerance.get("number", 0)
        if isinstance(number, list):
            number = tuple(Decimal(str(one)) for one in number)
        else:
            number = Decimal(str(number))
        timing = bool(neurec.get("timing", False))
        return cls(number=number, png=tolerance.get("png"), timing=timing)

    def limits(self, numbers):
        """The largest difference for each of some numbers, as printed; 0 for an integer."""
        own = iter(self.number) if isinstance(self.number, tuple) else None
        for number in numbers:
            if not has_decimals(number):
                yield Decimal(0)
            else:
                yield self.number if own is None else next(own, Decimal(0))

    def behind(self, kind, expected):
        """The tolerance for the outputs that follow one that is stored as `expected`."""
        if not isinstance(self.number, tuple):
            return self
        return replace(self, number=self.number[count_decimals(kind, expected, self.timing) :])


@dataclass(frozen=True)
class Difference:
    """One output that is not what is stored: its kind, what differs, and the pictures if any."""

    kind: str
    message: str
    expected_image: bytes | None = None
    got_image: bytes | None = None


def compare_outputs(expected, got, tolerance):
    """Compare the outputs of one cell.

    Parameters
    ----------
    expected, got : list of nbformat outputs
        What is stored and what the cell has given now. Streams must be coalesced.
    tolerance : Tolerance

    Returns
    -------
    list of Difference
        Empty if the outputs agree.
    """
    expected, got = flatten(expected), flatten(got)
    if [kind for kind, _ in expected] != [kind for kind, _ in got]:
        return [Difference("what is given", _other_outputs(expected, got))]
    found = []
    for (kind, stored), (_, now) in zip(expected, got, strict=True):
        found.append(compare_value(kind, stored, now, tolerance))
        tolerance = tolerance.behind(kind, stored)
    return [difference for difference in found if difference is not None]


def compare_value(kind, expected, got, tolerance):
    """Compare one output, for example the text on stdout, or a PNG; None if it agrees."""
    if kind in IMAGES:
        return _compare_images(kind, expected, got, tolerance)
    if isinstance(expected, str) and isinstance(got, str):
        message = compare_text(expected, got, tolerance)
    else:
        message = None if expected == got else f"expected: {expected!r}\ngot:      {got!r}"
    return None if message is None else Difference(kind, message)


def flatten(outputs):
    """List a cell's outputs as pairs (kind, value), streams first.

    A stream's place among the other outputs depends on when it was flushed, so only its text
    counts. Tracebacks hold paths, so an error counts by its name and its message.
    """
    streams, others = [], []
    for output in outputs:
        if output["output_type"] == "stream":
            streams.append((output["name"], output["text"]))
        elif output["output_type"] == "error":
            others.append(("error", f"{output['ename']}: {output['evalue']}"))
        else:
            others += sorted(output["data"].items())
            others += _alt_texts(output)
    return sorted(streams) + others


def _alt_texts(output):
    metadata = output.get("metadata", {})
    return [
        ("alt text", metadata[kind]["alt"])
        for kind in IMAGES
        if isinstance(metadata.get(kind), dict) and "alt" in metadata[kind]
    ]


def compare_text(expected, got, tolerance):
    """Say how two texts differ beyond the tolerance; None if they agree."""
    expected, got = (sanitise(text, tolerance.timing) for text in (expected, got))
    if expected == got:
        return None
    pairs = pair_numbers(expected, got)
    if pairs is None:
        return _first_line_that_differs(expected, got)
    limits = tolerance.limits(number for (number, _), _ in pairs)
    for (stored, now), limit in zip(pairs, limits, strict=True):
        if not within(stored[0], now[0], limit):
            return _number_that_differs(expected, got, stored, now, limit)
    spacing_may_follow_numbers = tolerance.timing or any(a[0] != b[0] for a, b in pairs)
    return None if spacing_may_follow_numbers else _first_line_that_differs(expected, got)


def sanitise(text, timing=False):
    """Take out of a text what may differ: the machine, and in a timing cell what it measured."""
    text = MACHINE.sub(r"\1MACHINE\2", text)
    return TIME.sub("TIME", text) if timing else text


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


def count_decimals(kind, output, timing=False):
    """Count the numbers in an output that a tolerance applies to; 0 if it is no text."""
    if kind in IMAGES or not isinstance(output, str):
        return 0
    return sum(map(has_decimals, NUMBER.findall(sanitise(output, timing))))


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


def png_rms(expected, got, square=1):
    """Root mean square over pixels and colours (0 to 255) of two pictures.

    Parameters
    ----------
    expected, got : bytes
        Two files in any format that Pillow reads.
    square : int
        Compare the means of squares of so many pixels a side.

    Returns
    -------
    float or None
        None if the pictures have different sizes.
    """
    import numpy as np

    if _pixels(expected).shape != _pixels(got).shape:
        return None
    first, second = _pixels(expected, square), _pixels(got, square)
    return float(np.sqrt(np.mean((first - second) ** 2)))


def difference_png(expected, got):
    """Draw where two pictures of one size differ: white where they agree, black at the most."""
    import numpy as np
    from PIL import Image

    apart = np.abs(_pixels(expected) - _pixels(got)).max(axis=2)
    file = io.BytesIO()
    Image.fromarray((255 - apart).astype("uint8")).save(file, format="PNG")
    return file.getvalue()


def _pixels(picture, square=1):
    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        page = Image.new("RGBA", image.size, "white")
        page.alpha_composite(image.convert("RGBA"))
    return np.asarray(page.convert("RGB").reduce(square), dtype=float)


def _compare_images(kind, expected, got, tolerance):
    expected, got = base64.b64decode(expected), base64.b64decode(got)
    square, limit = (1, PNG_LIMIT) if tolerance.png is None else (PNG_SQUARE, tolerance.png)
    rms = png_rms(expected, got, square)
    if rms is None:
        sizes = " x ".join(map(str, _size(expected))), " x ".join(map(str, _size(got)))
        message = f"the picture has another size: expected {sizes[0]} pixels, got {sizes[1]}"
    elif tolerance.timing or rms <= limit:
        return None
    else:
        what = "pixels" if square == 1 else f"squares of {square} pixels a side"
        message = f"root mean square over {what}: {rms:.3g} of 255, limit {limit:g}"
    return Difference(kind, message, expected, got)


def _size(picture):
    height, width, _ = _pixels(picture).shape
    return width, height


def _number_that_differs(expected, got, stored, now, limit):
    lines = (
        f"expected: {_line_at(expected, stored[1])}",
        f"got:      {_line_at(got, now[1])}",
        f"first number that differs: expected {stored[0]}, got {now[0]}; "
        + _why_not_within(stored[0], now[0], limit),
    )
    return "\n".join(lines)


def _why_not_within(expected, got, tolerance):
    if not (has_decimals(expected) and has_decimals(got)):
        return "integers must be the same"
    if decimals(expected) != decimals(got):
        return "the count of decimals must be the same"
    return f"they are {deviation(expected, got):f} apart, tolerance {tolerance:f}"


def _line_at(text, position):
    start = text.rfind("\n", 0, position) + 1
    return text[start:].partition("\n")[0]


def _first_line_that_differs(expected, got):
    old, new = expected.split("\n"), got.split("\n")
    for number, (first, second) in enumerate(zip(old, new, strict=False), start=1):
        if first != second:
            return f"expected: {first}\ngot:      {second}\n(line {number})"
    if len(new) > len(old):
        return f"got a line more than expected: {new[len(old)]!r}"
    return f"a line is missing: {old[len(new)]!r}"


def _other_outputs(expected, got):
    lines = [f"expected: {_kinds(expected)}", f"got:      {_kinds(got)}"]
    stored, now = ([kind for kind, _ in outputs] for outputs in (expected, got))
    lines += [f"missing {k}{_shown(k, v)}" for k, v in expected if stored.count(k) > now.count(k)]
    lines += [f"extra {k}{_shown(k, v)}" for k, v in got if now.count(k) > stored.count(k)]
    return "\n".join(lines)


def _kinds(outputs):
    return ", ".join(kind for kind, _ in outputs) or "no output"


def _shown(kind, value):
    if kind in IMAGES:
        return ""
    text = str(value).strip()
    return f": {text}" if len(text) <= 200 else f": {text[:200]} ..."
