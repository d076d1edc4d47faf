"""The look of every plot: opaque white, so that it can be read in a light and a dark notebook.

The colours are those of Okabe and Ito (https://jfly.uni-koeln.de/color/), less the yellow, which
is lost on white. Each colour comes with a line style of its own, so that no plot relies on colour.
"""

from cycler import cycler

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P")

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#444444",
    "axes.facecolor": "white",
    "axes.grid": True,
    "axes.labelcolor": "#222222",
    "axes.prop_cycle": cycler(color=COLOURS) + cycler(linestyle=LINES),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "figure.dpi": 100,
    "figure.facecolor": "white",
    "figure.figsize": (7, 4),
    # DejaVu Sans comes with matplotlib, so that text has the same size on every machine.
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "grid.color": "#dddddd",
    "image.cmap": "cividis",
    "legend.facecolor": "white",
    "legend.framealpha": 1.0,
    "lines.linewidth": 2,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "text.color": "#222222",
    "xtick.color": "#222222",
    "ytick.color": "#222222",
}

# Told apart by marker and dash as well as by colour.
SERIES = [
    {"color": colour, "linestyle": line, "marker": marker}
    for colour, line, marker in zip(COLOURS, LINES, MARKERS, strict=True)
]
