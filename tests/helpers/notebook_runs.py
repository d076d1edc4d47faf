"""Run notebooks under the regression plugin in a pytest of their own, and read its verdicts."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

TIMEOUT_SECONDS = 600
# A cell with a tolerance on x86 too: OpenBLAS chooses its code by the processor.
VARIES_ON_X86 = {("07_recommendations", "map-tsne")}

# Cells that measure seconds or memory, whose numbers with a unit, and pictures, may be any.
MEASURE = {
    ("05_training", "speed"),
    ("08_baselines", "seconds"),
    *(("10_scaling", cell) for cell in ("ways", "grow", "grow-time", "grow-memory", "step")),
    *(("10_scaling", cell) for cell in ("calculator", "index-build", "index-cells")),
}


@dataclass(frozen=True)
class CellResult:
    """What pytest said of one cell: passed, failed or skipped, and the message."""

    notebook: str
    cell: str
    outcome: str
    message: str


def run_notebooks(folder, *options, timeout=60, environment=None):
    """Run the notebooks of a folder that is not in the checkout.

    Parameters
    ----------
    folder : pathlib.Path
    *options : str
        More options for pytest.
    timeout : float
        Seconds that a cell may take.
    environment : dict, optional
        Variables to set, as a user might have.

    Returns
    -------
    list of CellResult
    """
    (folder / "pytest.ini").write_text("[pytest]\n")
    report = folder / "report.xml"
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "--nbval", "--nbval-current-env"]
    command += ["-p", "neurec_helpers.regression.plugin", f"--nbval-cell-timeout={timeout}"]
    command += [f"--junitxml={report.name}", "--tolerances=x86", *options, "."]
    run = subprocess.run(
        command,
        cwd=folder,
        env={**_outside_pytest(), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
    )
    if not report.exists():
        raise AssertionError(f"pytest gave no report:\n{run.stdout}\n{run.stderr}")
    return [_read(case) for case in ElementTree.parse(report).iter("testcase")]


def _outside_pytest():
    # The inner pytest must not think that it is a worker of the outer one.
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST_", "NEUREC_"))
    }


def _read(case):
    found = case.find("failure"), case.find("error"), case.find("skipped")
    verdict = next((element for element in found if element is not None), None)
    if verdict is None:
        outcome, message = "passed", ""
    else:
        outcome = "skipped" if verdict.tag == "skipped" else "failed"
        message = verdict.text if outcome == "failed" else verdict.get("message")
    return CellResult(case.get("classname"), case.get("name"), outcome, message or "")
