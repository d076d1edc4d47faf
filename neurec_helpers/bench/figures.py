"""From what `neurec bench` measured to the figures in its table, each beside its goal."""

from dataclasses import asdict, dataclass
from itertools import accumulate
from statistics import fmean, median, stdev

from neurec_helpers.ratings.shelf_json import read_shelf_json
from neurec_helpers.ratings.sources import shelf_file

# What the lesson printed after its five epochs, on the real edition.
PRINTED_MSE = 0.7119
# What its recipe ends with on the Shelf of this SHA-256, as `neurec bench --full` measures it.
SHELF_MSE = 0.7224
SHELF_SHA256 = "cd7c4bc61c2a54a96d5a99cc9f432916c20da101d10c169cee683b3324f02b96"


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes
    ----------
    name : str
        What was measured.
    value : float or None
        None where it could not be had; `note` then says why.
    unit : str
        "s", "GB", "times", or "" for errors in squared stars.
    limit : float or None
        The goal, if there is one.
    at_least : bool
        Whether the value is to be at least the limit, rather than below it.
    note : str
        How it was measured, and how far it moved.
    """

    name: str
    value: float | None
    unit: str = ""
    limit: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def reached(self):
        """Whether the goal is reached; None where there is none, or nothing to compare."""
        if self.limit is None or self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value < self.limit

    @property
    def measured(self):
        """The value in words."""
        return "not measured" if self.value is None else with_unit(self.value, self.unit)

    @property
    def goal(self):
        """The goal in words; empty if there is none."""
        if self.limit is None:
            return ""
        sign = "at least" if self.at_least else "under"
        return f"{sign} {self.limit:g} {self.unit}".rstrip()

    @property
    def verdict(self):
        """``reached``, ``missed``, ``open`` where it could not be measured, or empty."""
        if self.limit is None:
            return ""
        return {True: "reached", False: "missed", None: "open"}[self.reached]

    def as_dict(self):
        """All of it, for JSON."""
        return {**asdict(self), "reached": self.reached}


def with_unit(value, unit):
    """A value with as many digits as mean something."""
    if not unit:
        return f"{value:.4f}"
    digits = 3 if value < 0.1 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:.{digits}f} {unit}"


def make_figures(results, source):
    """Figures from the results of all measurements.

    Parameters
    ----------
    results : dict
        "lesson_recipe" and "neurec_recipe": lists of what `recipes` printed; "import_seconds";
        "lesson" and "nbval", where they were run: {"seconds": ..., "problem": ...}.
    source : str
        The data's name, as NEUREC_DATASET has it.

    Returns
    -------
    list of Figure
    """
    theirs, ours = results["lesson_recipe"], results["neurec_recipe"]
    their_epoch = median(steady_epoch(run) for run in theirs)
    our_epoch = median(steady_epoch(run) for run in ours)
    totals = [sum(run["epoch_seconds"]) for run in ours]
    epochs = len(ours[0]["epoch_seconds"])
    target, whose = lesson_mse(theirs, source)
    figures = [
        Figure(
            "The lesson's recipe: one epoch",
            their_epoch,
            "s",
            note=f"start-up excluded; {say_epochs(theirs)}",
        ),
        Figure(
            "neurec's recipe: first epoch",
            median(run["epoch_seconds"][0] for run in ours),
            "s",
            note="compiling and the test error included",
        ),
        Figure(
            "neurec's recipe: one epoch",
            our_epoch,
            "s",
            1,
            note=f"the test error included; median of epochs 2 to {epochs}",
        ),
        Figure(
            "neurec's recipe: five epochs",
            median(totals),
            "s",
            6,
            note=f"compiling included, loading excluded; {say_range(totals, 's')}",
        ),
        Figure(
            "How many times faster an epoch is",
            their_epoch / our_epoch,
            "times",
            40,
            at_least=True,
            note="start-up excluded from both",
        ),
        *error_figures(ours, target, whose),
        Figure("Peak memory, the lesson's recipe", peak(theirs), "GB"),
        Figure("Peak memory, neurec's recipe", peak(ours), "GB", 1.5),
        Figure(
            "import neurec_helpers",
            min(results["import_seconds"]),
            "s",
            0.1,
            note=f"fastest of {len(results['import_seconds'])} fresh processes",
        ),
        Figure(
            "nr.setup(), which starts TensorFlow",
            min(run["setup_seconds"] for run in ours),
            "s",
            note=f"fastest of {len(ours)} fresh processes",
        ),
    ]
    for key, name, limit in (
        ("lesson", "neurec lesson", 90),
        ("nbval", "nbval over the six notebooks", 150),
    ):
        if key in results:
            seconds, problem = results[key]["seconds"], results[key]["problem"]
            note = f"{problem} (after {seconds:.0f} s)" if problem else ""
            figures.append(Figure(name, None if problem else seconds, "s", limit, note=note))
    return figures


def error_figures(ours, target, whose):
    """The test error after the last epoch, beside the lesson's recipe's where that is known."""
    last = [run["test_mse"][-1] for run in ours]
    spread = f", standard deviation {stdev(last):.4f}" if len(last) > 1 else ""
    figures = [
        Figure(
            "Test MSE, neurec's recipe",
            fmean(last),
            note=f"mean of {say_count(last, 'seed')}{spread}",
        )
    ]
    if target is None:
        missing = "unknown here: `--full` measures the lesson's recipe's five epochs"
        above = Figure("Test MSE above the lesson's recipe's", None, "", 0.01, note=missing)
        return [*figures, above]
    times = [seconds_to(run, target) for run in ours]
    got_there = [seconds for seconds in times if seconds is not None]
    return [
        *figures,
        Figure("Test MSE, the lesson's recipe", target, note=whose),
        Figure(
            "Test MSE above the lesson's recipe's",
            fmean(last) - target,
            limit=0.01,
            note="below zero where neurec's is the better",
        ),
        Figure(
            "neurec's recipe: until that MSE",
            median(got_there) if got_there else None,
            "s",
            note=f"compiling included; {len(got_there)} of {say_count(times, 'seed')} got there",
        ),
    ]


def lesson_mse(theirs, source):
    """The test error that the lesson's recipe ends with, and where it is from.

    Returns
    -------
    mse : float or None
    whose : str
    """
    if len(theirs[0]["epoch_seconds"]) == 5:
        return fmean(run["test_mse"][-1] for run in theirs), (
            f"measured now, {say_count(theirs, 'run')}"
        )
    if source == "goodbooks":
        return PRINTED_MSE, "what the lesson printed after its five epochs"
    if source == "shelf" and read_shelf_json(shelf_file())["sha256"]["ratings.csv"] == SHELF_SHA256:
        return SHELF_MSE, "measured once, five epochs, one run; `--full` measures it again"
    return None, ""


def steady_epoch(run):
    """Seconds of an epoch once the training runs, in seconds.

    With one epoch only, it is that one without what starting up took on another network.
    """
    first, *rest = run["epoch_seconds"]
    return median(rest) if rest else max(first - run.get("start_up_seconds", 0.0), 0.0)


def seconds_to(run, target):
    """Seconds from the start to the end of the first epoch with a test error of `target` or less.

    None if no epoch had.
    """
    for seconds, mse in zip(accumulate(run["epoch_seconds"]), run["test_mse"], strict=True):
        if mse <= target:
            return seconds
    return None


def peak(runs):
    """Largest peak memory of some runs, in GB of 10**9 bytes."""
    return max(run["peak_bytes"] for run in runs) / 1e9


def say_count(things, noun):
    """``1 seed``, ``5 seeds``."""
    return f"{len(things)} {noun}" + ("" if len(things) == 1 else "s")


def say_epochs(runs):
    """How many epochs and runs there were, in words."""
    epochs = runs[0]["epoch_seconds"]
    return f"{say_count(epochs, 'epoch')}, {say_count(runs, 'run')}"


def say_range(values, unit):
    """The smallest and largest of some values."""
    if len(values) == 1:
        return "1 seed"
    return f"{len(values)} seeds, {with_unit(min(values), unit)} to {with_unit(max(values), unit)}"
