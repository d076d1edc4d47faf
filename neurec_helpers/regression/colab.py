"""A stand-in for Colab: an environment with its versions, in which the branch's notebooks run.

It is a simulation. Colab's own machine, front end and settings are not in it.
"""

import shutil
import subprocess
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.notebook.colab import CELL
from neurec_helpers.paths import BUILD, NOTEBOOKS
from neurec_helpers.regression import numbers
from neurec_helpers.regression.compare import flatten
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.tolerance import ELSEWHERE, Tolerance

VERSIONS = Path(__file__).with_name("colab.txt")
ENVIRONMENT = BUILD / "colab-environment"


@dataclass(frozen=True)
class Outcome:
    """How one notebook fared.

    Attributes
    ----------
    name : str
    error : str
        Why it ended early; empty if it did not.
    correct, tasks : int
        Checks that said "correct", and checks in all.
    within, errors : int
        Printed mean squared errors within the notebook's tolerances, and all of them.
    farthest : float
        The largest distance of such a number from the stored one.
    seconds : float
    """

    name: str
    error: str
    correct: int
    tasks: int
    within: int
    errors: int
    farthest: float
    seconds: float

    @property
    def is_well(self):
        """Whether all came out as stored."""
        return not self.error and self.correct == self.tasks and self.within == self.errors


def make_environment(python="3.13", folder=ENVIRONMENT):
    """Make an environment with Colab's versions, or set one back to them; its Python.

    Raises
    ------
    NeurecError
        If uv is missing, or can't make it.
    """
    if shutil.which("uv") is None:
        raise NeurecError("this needs uv, which makes the environment with Colab's versions.")
    program = folder / "bin" / "python"
    _uv("venv", "--quiet", "--allow-existing", "--python", python, str(folder))
    there = ("--quiet", "--python", str(program))
    _uv("pip", "install", "--compile-bytecode", *there, "--requirement", str(VERSIONS))
    # Colab has none of them; an earlier run has left them.
    _uv("pip", "uninstall", *there, "neurec", "keras-rs", "faiss-cpu")
    return program


def _uv(*arguments):
    done = subprocess.run(["uv", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise NeurecError(f"uv {' '.join(arguments[:2])} failed:\n{done.stderr.strip()}")


def load_run(path):
    """A run of a notebook of the branch, with the solutions put in where students write theirs."""
    run = running.load_run(path)
    stored = notebook_files.read_notebook(NOTEBOOKS / path.name)
    solutions = {
        cell.id: cell.source for cell in notebook_files.find_cells(stored, None, "solution")
    }
    for cell in run.nb.cells:
        cell.source = solutions.get(cell.id, cell.source)
    return run


def install(path, python):
    """Run the first code cell of a notebook, which installs what Colab lacks.

    Raises
    ------
    NeurecError
        If it fails.
    """
    run = running.load_run(path)
    run.nb.cells = [cell for cell in run.nb.cells if cell.id == CELL]
    run_notebook(run, python)
    if run.error:
        raise NeurecError(f"the first cell does not install: {run.error}")


def run_notebook(run, python, timeout=running.CELL_TIMEOUT):
    """Run it as Colab would, in a kernel of that Python."""
    environment = standard_environment(
        PIP_DISABLE_PIP_VERSION_CHECK="1", PYDEVD_DISABLE_FILE_VALIDATION="1"
    )
    # Nothing leads to the checkout, or to the environment that this runs in.
    for name in ("PYTHONPATH", "VIRTUAL_ENV", "PIP_CONSTRAINT"):
        environment.pop(name, None)
    running.run_notebook(run, environment=environment, timeout=timeout, python=python)


def judge(run):
    """Compare what came out with what is stored.

    Versions of TensorFlow, pandas and matplotlib differ from those of the stored outputs, so
    neither tables nor pictures are compared, only errors, verdicts and mean squared errors.

    Returns
    -------
    Outcome
    """
    stored = {
        cell.id: cell for cell in notebook_files.read_notebook(NOTEBOOKS / run.path.name).cells
    }
    distances = []
    for cell in run.nb.cells:
        if cell.cell_type == "code" and cell.id in stored:
            tolerance = Tolerance.of(stored[cell.id], ELSEWHERE)
            distances += compare_errors(stored[cell.id].outputs, cell.outputs, tolerance)
    verdicts = run.verdicts().values()
    return Outcome(
        run.name,
        run.error,
        sum(verdict == "correct" for verdict in verdicts),
        len(verdicts),
        sum(within for within, _ in distances),
        len(distances),
        max((far for _, far in distances), default=0.0),
        run.total_seconds,
    )


def compare_errors(expected, got, tolerance):
    """For each printed number beside a mean squared error: is it within, and how far off is it.

    Parameters
    ----------
    expected, got : list of nbformat outputs
    tolerance : Tolerance

    Returns
    -------
    list of tuple of (bool, float)
        For the numbers with decimals of each text that names the MSE. A text that is missing, or
        has other words, counts once and is infinitely far.
    """
    found = []
    for kind in ("stdout", "text/plain"):
        stored, now = (
            [value for each, value in flatten(outputs) if each == kind]
            for outputs in (expected, got)
        )
        for one, other in zip_longest(stored, now, fillvalue=""):
            if "MSE" in one:
                found += _compare_text(kind, one, other, tolerance)
    return found


def _compare_text(kind, expected, got, tolerance):
    free = tolerance.free(kind)
    pairs = numbers.pair_numbers(numbers.sanitise(expected, free), numbers.sanitise(got, free))
    if pairs is None:
        return [(False, float("inf"))]
    return [
        (
            numbers.within(one, other, tolerance.of_number(kind, one)),
            float(numbers.deviation(one, other)),
        )
        for (one, _), (other, _) in pairs
        if numbers.has_decimals(one)
    ]
