"""Compare what a cell printed and drew with what is stored, within the cell's tolerances.

Text and integers are compared exactly, also in what a figure says (plotting/artists.py). Numbers
with decimals may differ by an absolute tolerance, pictures by a root mean square; see
tolerance.py.
"""

import base64
from dataclasses import dataclass

from neurec_helpers.notebook.editions import OTHERS
from neurec_helpers.regression import numbers, pictures
from neurec_helpers.regression.pictures import IMAGES


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
    tolerance : neurec_helpers.regression.tolerance.Tolerance

    Returns
    -------
    list of Difference
        Empty if the outputs agree.
    """
    arranged = _arranged(expected), _arranged(got)
    expected, got = flatten(expected), flatten(got)
    if [kind for kind, _ in expected] != [kind for kind, _ in got]:
        return [Difference("what is given", _other_outputs(expected, got))]
    found = [
        compare_value(kind, stored, now, tolerance)
        for (kind, stored), (_, now) in zip(expected, got, strict=True)
    ]
    found = [difference for difference in found if difference is not None]
    if not found and arranged[0] != arranged[1]:
        return [Difference("what is given", "expected: {}\ngot:      {}".format(*arranged))]
    return found


def compare_value(kind, expected, got, tolerance):
    """Compare one output, for example the text on stdout, or a PNG; None if it agrees."""
    if kind in IMAGES:
        return _compare_images(kind, expected, got, tolerance)
    if isinstance(expected, str) and isinstance(got, str):
        message = compare_text(kind, expected, got, tolerance)
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
            others += _metadata(output)
    return sorted(streams) + others


def _arranged(outputs):
    """Which kinds belong to one output, and which outputs are results, with Out[n] before them."""
    others = [output for output in outputs if output["output_type"] != "stream"]
    return "; ".join(
        f"{output['output_type']} of {', '.join(sorted(output.get('data', ())))}"
        for output in others
    )


def _metadata(output):
    """What an output says about itself: the pictures' texts, and all the rest as a table."""
    alt_texts, rest = [], {}
    for kind, about in sorted(output.get("metadata", {}).items()):
        if kind == OTHERS:  # the same output in other languages, compared by itself
            continue
        if kind in IMAGES and isinstance(about, dict):
            alt_texts += [("alt text", about["alt"])] if "alt" in about else []
            about = {name: value for name, value in about.items() if name != "alt"}
        if about or kind not in IMAGES:
            rest[kind] = about
    return alt_texts + ([("metadata", rest)] if rest else [])


def compare_text(kind, expected, got, tolerance):
    """Say how two texts differ beyond the tolerance; None if they agree."""
    free = tolerance.free(kind)
    if free is numbers.TIME and (unlike := numbers.unlike_times(expected, got)):
        return _time_that_differs(expected, got, *unlike)
    expected, got = (numbers.sanitise(text, free) for text in (expected, got))
    if expected == got:
        return None
    pairs = numbers.pair_numbers(expected, got)
    if pairs is None:
        return first_line_that_differs(expected, got)
    for stored, now in pairs:
        limit = tolerance.of_number(kind, stored[0])
        if not numbers.within(stored[0], now[0], limit):
            return _number_that_differs(expected, got, stored, now, limit)
    spacing_may_follow_numbers = tolerance.timing or any(a[0] != b[0] for a, b in pairs)
    return None if spacing_may_follow_numbers else first_line_that_differs(expected, got)


def _compare_images(kind, expected, got, tolerance):
    expected, got = base64.b64decode(expected), base64.b64decode(got)
    square, limit = 1, pictures.PNG_LIMIT
    if kind in tolerance.limits:
        square, limit = pictures.PNG_SQUARE, float(tolerance.limits[kind])
    rms = pictures.png_rms(expected, got, square)
    if rms is None:
        sizes = (" x ".join(map(str, pictures.size(picture))) for picture in (expected, got))
        message = "the picture has another size: expected {} pixels, got {}".format(*sizes)
    elif tolerance.timing or rms <= limit:
        return None
    else:
        what = "pixels" if square == 1 else f"squares of {square} pixels a side"
        message = f"root mean square over {what}: {rms:.3g} of 255, limit {limit:g}"
    return Difference(kind, message, expected, got)


def _number_that_differs(expected, got, stored, now, limit):
    lines = (
        f"expected: {_line_at(expected, stored[1])}",
        f"got:      {_line_at(got, now[1])}",
        f"first number that differs: expected {stored[0]}, got {now[0]}; "
        + numbers.why_not_within(stored[0], now[0], limit),
    )
    return "\n".join(lines)


def _time_that_differs(expected, got, stored, now, wrong):
    lines = (
        f"expected: {_line_at(expected, stored.start())}",
        f"got:      {_line_at(got, now.start())}",
        f"first time or size that differs: expected about {stored.group()}, got {now.group()}; "
        f"{wrong}",
    )
    return "\n".join(lines)


def _line_at(text, position):
    start = text.rfind("\n", 0, position) + 1
    return text[start:].partition("\n")[0]


def first_line_that_differs(expected, got):
    """Say where two texts differ first."""
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
