"""What a figure says and draws, read from matplotlib's artists, as a few lines of text.

Pixels within a tolerance can't tell two labels that were swapped, or another colour or marker.
This text can: `show` stores it beside the picture, under a MIME type of its own that notebooks
don't display, and the comparison of notebooks reads it as it reads any text.
"""

from itertools import groupby

import numpy as np
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, StrMethodFormatter

MIME = "text/vnd.neurec.figure"
# Up to so many points are told one by one, more by their number and quartiles.
MOST_POINTS = 12
LINES = {"-": "solid", "--": "dashed", "-.": "dashdot", ":": "dotted"}


def describe_artists(figure):
    """Texts, styles, scales, limits and data of a figure.

    Parameters
    ----------
    figure : matplotlib.figure.Figure

    Returns
    -------
    str
        A line for each thing. Colours are written as ``rgb0072B2``.
    """
    return "\n".join(line for ax in figure.axes for line in _axes(ax))


def _axes(ax):
    yield f"title: {'; '.join(filter(None, map(ax.get_title, ('left', 'center', 'right'))))}"
    if ax.axison:
        yield from _axis("x", ax.xaxis, ax.get_xlabel(), ax.get_xscale(), ax.get_xlim())
        yield from _axis("y", ax.yaxis, ax.get_ylabel(), ax.get_yscale(), ax.get_ylim())
    else:
        yield f"no axes; x {_numbers(ax.get_xlim())}; y {_numbers(ax.get_ylim())}"
    yield from _drawn("lines", ax.lines, _line_style, _line_points)
    bars = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    yield from _drawn("bars", bars, _face_style, _bar_points)
    points = [found for found in ax.collections if isinstance(found, PathCollection)]
    yield from _drawn("points", points, _points_style, lambda found: found.get_offsets())
    strokes = [found for found in ax.collections if isinstance(found, LineCollection)]
    yield from _drawn("strokes", strokes, _strokes_style, _stroke_points)
    yield from map(_text, ax.texts)
    if ax.get_legend() is not None:
        yield from _legend(ax.get_legend())


def _axis(name, axis, label, scale, limits):
    yield f"{name} axis: {label}; {scale}, {_numbers(limits)}"
    formatter = axis.get_major_formatter()
    if isinstance(formatter, StrMethodFormatter):
        yield f"{name} ticks as {formatter.fmt}"
    elif hasattr(axis.units, "_mapping"):  # categories, each a string
        yield f"{name} ticks: {', '.join(axis.units._mapping)}"
    elif isinstance(axis.get_major_locator(), FixedLocator):
        locations = axis.get_major_locator().locs
        yield f"{name} ticks: {', '.join(formatter.format_ticks(locations)) or 'none'}"


def _drawn(kind, artists, style, points):
    """A line of text for each artist; neighbours of one style that bear no label share one."""

    def look(artist):
        label = artist.get_label() or ""
        return f"{style(artist)}", "" if label.startswith("_") else label

    for (styled, label), group in groupby(filter(lambda a: a.get_visible(), artists), look):
        group = list(group)
        name = f'{kind} "{label}"' if label else f"{len(group)} of {kind}"
        data = np.concatenate([np.asarray(points(artist), float) for artist in group])
        yield f"{name} ({styled}): {_data(data)}"


def _line_style(line):
    parts = [_colour(line.get_color()), _dashes(line), _width(line.get_linewidth())]
    if line.get_marker() not in ("None", "none", None, "", " "):
        face = _colour(line.get_markerfacecolor())
        edge = _colour(line.get_markeredgecolor())
        size = _word("size", line.get_markersize())
        parts.append(f"marker {line.get_marker()} {size}, {face} in {edge}")
    return ", ".join(parts)


def _dashes(line):
    # get_linestyle says "--" of any pattern of dashes.
    _, pattern = getattr(line, "_unscaled_dash_pattern", (0, None))
    name = LINES.get(line.get_linestyle(), "no line")
    return "".join([name, *(_word("_", length) for length in pattern or ())])


def _face_style(patch):
    hatch = f", hatch {patch.get_hatch()}" if patch.get_hatch() else ""
    return f"{_colour(patch.get_facecolor())} in {_colour(patch.get_edgecolor())}{hatch}"


def _points_style(points):
    marker = _marker_name(points.get_paths()[0])
    sizes = "/".join(_word("size", size) for size in np.unique(points.get_sizes()))
    face, edge = _colours(points.get_facecolor()), _colours(points.get_edgecolor())
    return f"marker {marker} {sizes}, {face} in {edge}"


def _strokes_style(strokes):
    widths = "/".join(map(_width, strokes.get_linewidth()))
    return f"{_colours(strokes.get_color())}, {widths}"


def _width(points):
    return _word("width", points)


def _word(name, number):
    """A number of a style as a word, such as size6, which no tolerance applies to."""
    return f"{name}{number:g}"


def _marker_name(path):
    for name in Line2D.filled_markers:
        style = MarkerStyle(name)
        known = style.get_path().transformed(style.get_transform()).vertices
        if known.shape == path.vertices.shape and np.allclose(known, path.vertices):
            return name
    return f"of {len(path.vertices)} corners"


def _colours(colours):
    different = dict.fromkeys(map(_colour, colours))
    return "/".join(list(different)[:MOST_POINTS]) or "none"


def _colour(colour):
    """A colour as a word, so that its digits are never taken for a number."""
    if isinstance(colour, str) and colour.lower() == "none":
        return "none"
    red, green, blue, alpha = to_rgba(colour)
    if alpha == 0:
        return "none"
    faint = "" if alpha == 1 else f"alpha{alpha:g}"
    return f"rgb{to_hex((red, green, blue))[1:].upper()}{faint}"


def _line_points(line):
    x, y = line.get_data(orig=False)
    return np.column_stack([np.ravel(x), np.ravel(y)])


def _bar_points(bar):
    return [[bar.get_x() + bar.get_width() / 2, bar.get_y() + bar.get_height()]]


def _stroke_points(strokes):
    return np.concatenate([np.empty((0, 2)), *strokes.get_segments()])


def _text(text):
    words = " / ".join(text.get_text().split("\n"))
    place = getattr(text, "xy", None) or text.get_position()
    parts = [f"text {words!r}", f"at {_numbers(place)}", f"{text.get_ha()} {text.get_va()}"]
    if getattr(text, "arrow_patch", None) is not None:
        parts.append(f"arrow from {_numbers(text.xyann)}")
    return ", ".join([*parts, _colour(text.get_color())])


def _legend(legend):
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        yield f"legend {text.get_text()!r}: {_handle_style(handle)}"


def _handle_style(handle):
    for kind, style in (
        (Line2D, _line_style),
        (Rectangle, _face_style),
        (PathCollection, _points_style),
        (LineCollection, _strokes_style),
    ):
        if isinstance(handle, kind):
            return style(handle)
    return type(handle).__name__


def _data(points):
    x, y = points.T
    if len(points) <= MOST_POINTS:
        return f"x {_numbers(x)}; y {_numbers(y)}"
    quartiles = (f"{n} {_numbers(np.percentile(v, (25, 50, 75)))}" for n, v in (("x", x), ("y", y)))
    return f"{len(points)} points, quartiles {'; '.join(quartiles)}"


def _numbers(values):
    # Always with decimals: a whole number may be a result too, such as the best epoch.
    return ", ".join(
        f"{value:.4f}" if abs(value) < 100 else f"{value:.1f}"
        for value in np.asarray(values, float) + 0.0
    )
