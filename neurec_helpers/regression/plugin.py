"""The pytest plugin that runs the notebooks and compares their outputs within tolerances.

It sits on nbval, which starts kernels, runs cells and collects outputs. Three things are other
here: what is stored must be fit to compare with (stored.py), outputs are compared within
tolerances (compare.py, tolerance.py), and a kernel that dies is noticed at once. It relies on the
insides of nbval, so it refuses any version but the one it was written for.
"""

import os
import re
import time
from queue import Empty
from unittest import mock

import nbval
import pytest
from nbval import plugin as nbval_plugin
from nbval.kernel import RunningKernel

from neurec_helpers.regression import compare, pictures
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.stored import find_faults
from neurec_helpers.regression.tolerance import PLACES, Tolerance, place_of_this_machine

NBVAL_VERSION = "0.11.0"
RELIED_ON = {
    nbval_plugin: (
        "RunningKernel",
        "NbCellError",
        "comment_markers",
        "metadata_tags",
        "coalesce_streams",
    ),
    nbval_plugin.IPyNbFile: ("setup", "collect", "teardown"),
    nbval_plugin.IPyNbCell: ("setup", "runtest", "repr_failure", "compare_outputs"),
    RunningKernel: ("get_message", "interrupt", "is_alive"),
}
POLL_SECONDS = 0.5
INTERRUPT_SECONDS = 6
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class KernelDied(Exception):
    """The kernel's process is gone."""


class StoredFaults(Exception):
    """The notebook as stored is not fit to compare with."""


def pytest_addoption(parser):
    """Add the setting that orders the files, and the option that chooses the tolerances."""
    parser.addini("longest_first", "files to start first, longest first", type="linelist")
    parser.addoption(
        "--tolerances",
        choices=PLACES,
        default=place_of_this_machine(),
        help="whose tolerances to compare notebooks within, by default those of this machine",
    )


def pytest_configure(config):
    """Refuse an nbval that this plugin was not written for."""
    if nbval.__version__ != NBVAL_VERSION:
        raise pytest.UsageError(
            f"neurec's regression tests need nbval {NBVAL_VERSION}, not {nbval.__version__}: "
            f"install the pinned version (pip install nbval=={NBVAL_VERSION})"
        )
    missing = [
        f"{getattr(owner, '__name__', owner)}.{name}"
        for owner, names in RELIED_ON.items()
        for name in names
        if not hasattr(owner, name)
    ]
    if missing:
        raise pytest.UsageError(
            f"neurec's regression tests rely on {', '.join(missing)}, which nbval "
            f"{nbval.__version__} lacks here: install nbval again from the pins"
        )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put our collector in the place of nbval's."""
    collectors = yield
    return [
        NotebookFile.from_parent(parent, path=file_path)
        if type(collector) is nbval_plugin.IPyNbFile
        else collector
        for collector in collectors
    ]


def pytest_collection_modifyitems(config, items):
    """Start the longest files first, so that no worker is left with one at the end."""
    longest = config.getini("longest_first")
    ranks = {config.rootpath / name: rank for rank, name in enumerate(longest)}
    items.sort(key=lambda item: ranks.get(item.path, len(longest)))


class WatchedKernel(RunningKernel):
    """A kernel whose death is noticed while it is waited for, not at the timeout."""

    interrupted_at = None

    def get_message(self, stream, timeout=None):
        """Wait for a message in short steps, looking after each whether the kernel lives."""
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while True:
            if self._ignores_interrupt():
                raise Empty
            step = max(0.0, min(POLL_SECONDS, end - time.monotonic()))
            try:
                return super().get_message(stream, timeout=step)
            except Empty:
                if not self.is_alive():
                    raise KernelDied(f"the kernel died{self._how()}") from None
                if time.monotonic() >= end:
                    raise

    def interrupt(self):
        """Interrupt the cell, and remember when."""
        self.interrupted_at = time.monotonic()
        super().interrupt()

    def _ignores_interrupt(self):
        # A cell that catches the interrupt and prints on would be listened to for ever.
        since = self.interrupted_at
        return since is not None and time.monotonic() > since + INTERRUPT_SECONDS

    def _how(self):
        process = getattr(self.km.provisioner, "process", None)
        status = None if process is None else process.returncode
        if status is None:
            return ""
        if status < 0:
            return f", killed by signal {-status} (9 is often a lack of memory)"
        return f" with exit status {status}"


class NotebookFile(nbval_plugin.IPyNbFile):
    """A notebook: its cells are run one after the other in one kernel."""

    stopped = None
    faults = ()

    def collect(self):
        """Give one item for each code cell, and look for faults in what is stored."""
        cells = list(super().collect())
        self.faults = find_faults(self.nb)
        for number, cell in enumerate(cells, start=1):
            yield NotebookCell.from_parent(
                self,
                name=f"cell {number} ({cell.cell.get('id', 'no id')})",
                cell_num=number,
                cell=cell.cell,
                options=cell.options,
            )

    def setup(self):
        """Start the kernel, on the Shelf, with seed 42."""
        if self.faults:
            return
        environment = standard_environment()
        with (
            mock.patch.object(nbval_plugin, "RunningKernel", WatchedKernel),
            mock.patch.dict(os.environ, environment, clear=True),
        ):
            super().setup()


class NotebookCell(nbval_plugin.IPyNbCell):
    """A code cell: run it and compare its outputs with the stored ones."""

    differences = ()

    def setup(self):
        """Replace nbval's, which would excuse the cells after a timeout as expected failures."""

    def runtest(self):
        """Run the cell; what stops the notebook is told once, and the cells after it skipped."""
        notebook = self.parent
        if notebook.stopped:
            pytest.skip(notebook.stopped)
        if notebook.faults:
            notebook.stopped = "not run: what is stored in this notebook has faults, see above"
            raise StoredFaults(*notebook.faults)
        try:
            super().runtest()
        except Exception:
            if not self.differences:
                notebook.stopped = f"not run: the notebook stopped at {self.name}, see above"
            raise

    def compare_outputs(self, test, ref, skip_compare=None):
        """Compare within the cell's tolerance; keep the differences for the report."""
        tolerance = Tolerance.of(self.cell, self.config.getoption("tolerances"))
        self.differences = compare.compare_outputs(ref, test, tolerance)
        self.comparison_traceback = []
        return not self.differences

    def repr_failure(self, excinfo):
        """Say in which notebook and cell, what was expected, what came, and the tolerance."""
        if excinfo.errisinstance(StoredFaults):
            faults = "\n".join(f"  {fault}" for fault in excinfo.value.args)
            return f"{self._notebook()}: what is stored is not fit to compare with\n{faults}"
        where = f"{self._notebook()}, {self.name}"
        if self.differences:
            return "\n".join(self._report(where, n, d) for n, d in enumerate(self.differences, 1))
        if excinfo.errisinstance(nbval_plugin.NbCellError):
            traceback = COLOURS.sub("", excinfo.value.inner_traceback or "")
            return f"{where}: {excinfo.value}\n{self.cell.source}\n{traceback}"
        if excinfo.errisinstance(KernelDied):
            return f"{where}: {excinfo.value}\n{self.cell.source}"
        return super().repr_failure(excinfo)

    def _notebook(self):
        path, root = self.path, self.config.rootpath
        return str(path.relative_to(root) if path.is_relative_to(root) else path)

    def _report(self, where, number, difference):
        message = difference.message.replace("\n", "\n  ")
        report = f"{where}: {difference.kind} differs\n  {message}"
        if difference.expected_image is None:
            return report
        return f"{report}\n  see {self._save_images(number, difference)}"

    def _save_images(self, number, difference):
        folder = self.config.rootpath / "build" / "regression"
        folder.mkdir(parents=True, exist_ok=True)
        expected, got = difference.expected_image, difference.got_image
        images = {"expected": expected, "got": got}
        if pictures.png_rms(expected, got) is not None:
            images["difference"] = pictures.difference_png(expected, got)
        stem = f"{self.path.stem}-{self.cell.get('id', self.cell_num)}-{number}"
        for name, image in images.items():
            (folder / f"{stem}-{name}.png").write_bytes(image)
        return folder / f"{stem}-{{{','.join(images)}}}.png"
