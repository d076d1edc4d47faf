"""The README's plots of test error and of NDCG against seconds, one point for each model."""

from neurec_helpers.bench.side_by_side import say_time
from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT
from neurec_helpers.plotting.style import COLOURS, MARKERS, STYLE

PICTURE = ROOT / ".github" / "error-against-seconds.png"
LISTS_PICTURE = ROOT / ".github" / "lists-against-seconds.png"
# What is drawn against seconds: title and label of the axis.
MEASURES = {
    "test_mse": ("Test error against time", "test MSE (squared stars)"),
    "ndcg": ("Quality of lists against time", "NDCG@10"),
}
DPI = 160
# Of the names, in points: the least distance between two lines, the width of a letter, and the
# distance from the marker.
LINE, LETTER, GAP = 13, 5.5, 9
# Lists below this NDCG find next to nothing: such models share one name, or theirs would overlap.
FAINT = 0.01
FAINT_NAME = f"those that learn stars: below {FAINT}"


def save_picture(results, data, floor=None, file=PICTURE, measure="test_mse"):
    """Draw the models and save the picture.

    Parameters
    ----------
    results : list of dict
        As `side_by_side.measure_entry` gives them.
    data : str
        The data in a line.
    floor : float, optional
        The noise floor, where it is known.
    file : Path
    measure : str
        Key of `MEASURES`.

    Returns
    -------
    str
        The picture in words, its alternative text.

    Raises
    ------
    NeurecError
        If no model has been measured so.
    """
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    points = drawn(results, measure)
    if not points:
        what = "predicts stars" if measure == "test_mse" else "makes lists"
        raise NeurecError(f"no model was measured that {what}, so there is nothing to draw.")
    with plt.rc_context(STYLE):
        figure, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
        plot_against_seconds(points, data, floor, ax, measure)
        figure.savefig(file, dpi=DPI)
        plt.close(figure)
    return say_picture(points, data, measure)


def drawn(results, measure="test_mse"):
    """Those results that have what is drawn, if there was something to fit."""
    return [
        result
        for result in results
        if result.get(measure) is not None and result["fit_seconds"] > 0.01
    ]


def plot_against_seconds(points, data, floor, ax, measure="test_mse"):
    """Each model's test error or NDCG over the seconds of its fit; a marker and a colour a library.

    Returns
    -------
    matplotlib.axes.Axes
    """
    from matplotlib.ticker import LogLocator, NullFormatter

    libraries = list(dict.fromkeys(point["library"] for point in points))
    for library, marker, colour in zip(libraries, MARKERS, COLOURS, strict=False):
        own = [point for point in points if point["library"] == library]
        ax.plot(
            [point["fit_seconds"] for point in own],
            [point[measure] for point in own],
            linestyle="",
            marker=marker,
            markersize=9,
            color=colour,
            label=library,
            zorder=3,
        )
    if floor is not None:
        ax.axhline(floor, color="#444444", linestyle=":", label="noise floor")
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter("{x:g}")
    ax.xaxis.set_minor_formatter(NullFormatter())
    title, label = MEASURES[measure]
    ax.set_title(title, pad=24)
    ax.text(0, 1.03, data, transform=ax.transAxes, fontsize="small", color="#444444")
    ax.set(xlabel="seconds to fit (log scale)", ylabel=label)
    ax.margins(x=0.08, y=0.15)
    ax.figure.legend(loc="outside lower center", ncols=len(libraries) + 1, fontsize="small")
    name_points(points, ax, measure)
    return ax


def name_points(points, ax, measure):
    """Write each model's name beside its point: right of it, left of it or, in a crowd, lower."""
    ax.figure.canvas.draw()
    scale = 72 / ax.figure.dpi
    spots = {
        point["name"]: ax.transData.transform(where(point, measure)) * scale for point in points
    }
    taken = [(x - GAP / 2, x + GAP / 2, y) for x, y in spots.values()]
    edges = ax.bbox.x0 * scale, ax.bbox.x1 * scale
    faint = [point for point in points if measure == "ndcg" and point[measure] < FAINT]
    if faint:
        least = min(faint, key=lambda point: point["fit_seconds"])
        ax.annotate(
            FAINT_NAME,
            where(least, measure),
            (0, GAP),
            textcoords="offset points",
            va="bottom",
            fontsize="small",
        )
    named = [point for point in points if point not in faint]
    for point in sorted(named, key=lambda point: -point[measure]):
        width = LETTER * len(point["model"])
        side, drop = free_place(*spots[point["name"]], width, taken, edges)
        ax.annotate(
            point["model"],
            where(point, measure),
            (side * GAP, -drop),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize="small",
        )


def free_place(x, y, width, taken, edges):
    """The side of a point (1 or -1) and the drop where its name has room; `taken` gets it."""
    for drop in range(0, 100, LINE // 2):
        for side in (1, -1):
            begin, end = sorted((x + side * GAP, x + side * (GAP + width)))
            clear = all(
                end < left or begin > right or abs(y - drop - height) >= LINE
                for left, right, height in taken
            )
            if clear and edges[0] < begin and end < edges[1]:
                taken.append((begin, end, y - drop))
                return side, drop
    return 1, 0


def where(point, measure):
    """A model's place in the plot."""
    return point["fit_seconds"], point[measure]


def say_picture(points, data, measure):
    """The picture in words."""
    ordered = sorted(points, key=lambda point: point[measure], reverse=measure == "ndcg")
    each = "; ".join(
        f"{point['library']}, {point['model']}: {point[measure]:.3f} in "
        f"{say_time(point['fit_seconds'])}"
        for point in ordered
    )
    name = MEASURES[measure][1].partition(" (")[0]
    name = name[0].upper() + name[1:]
    return f"{name} against the seconds to fit, on {data}, best first. {each}."
