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

from neurec_helpers.language import SOURCE, VARIABLE
from neurec_helpers.notebook.editions import editions_of, source_of, take_apart
from neurec_helpers.notebook.files import read_notebook
from neurec_helpers.notebook.running import BEGIN
from neurec_helpers.regression import compare
from neurec_helpers.regression.editions import EditionCell, EditionFaults
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.in_english import in_english
from neurec_helpers.regression.reporting import (
    StoredFaults,
    tell_differences,
    tell_faults,
    where_it_is,
)
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
UNSEEN_SECONDS = 60
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class KernelDied(Exception):
    """The kernel's process is gone."""


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
    """Put our collector in the place of nbval's.

    An edition in another language is compared by the run of the English notebook (its cells are
    the same), unless it is named on the command line: then it is run by itself.
    """
    collectors = yield
    if source_of(file_path) and str(file_path) not in named_files(parent.config):
        return []
    return [
        NotebookFile.from_parent(parent, path=file_path)
        if type(collector) is nbval_plugin.IPyNbFile
        else collector
        for collector in collectors
    ]


def named_files(config):
    """Paths of the files that were named on the command line, as text."""
    folder = config.invocation_params.dir
    return {os.path.normpath(folder / str(arg).split("::")[0]) for arg in config.args}


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
    editions = {}

    def collect(self):
        """Give one item for each code cell and each language, and look for faults."""
        cells = list(super().collect())
        self.shown = {}
        self.faults = find_faults(self.nb)
        self.editions = {
            language: read_notebook(path) for language, path in editions_of(self.path).items()
        }
        for number, cell in enumerate(cells, start=1):
            yield NotebookCell.from_parent(
                self,
                name=f"cell {number} ({cell.cell.get('id', 'no id')})",
                cell_num=number,
                cell=cell.cell,
                options=cell.options,
            )
        for language, edition in self.editions.items():
            yield EditionFaults.from_parent(self, name=f"{language}: stored", language=language)
            for cell in edition.cells:
                if cell.cell_type == "code":
                    name = f"{language}: cell {cell.id}"
                    yield EditionCell.from_parent(self, name=name, language=language, cell=cell)

    def setup(self):
        """Start the kernel, on the Shelf, with seed 42."""
        if self.faults:
            return
        edition = source_of(self.path)
        environment = standard_environment(**{VARIABLE: edition[0]} if edition else {})
        with (
            mock.patch.object(nbval_plugin, "RunningKernel", WatchedKernel),
            mock.patch.dict(os.environ, environment, clear=True),
        ):
            super().setup()
        if self.editions:
            self._run_unseen(BEGIN.format(languages=list(self.editions)))

    def _run_unseen(self, code):
        """Run code that is no cell of the notebook."""
        reply = self.kernel.kc.execute(code, silent=True, reply=True, timeout=UNSEEN_SECONDS)
        if reply["content"]["status"] != "ok":
            raise RuntimeError("\n".join(reply["content"]["traceback"]))


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
        edition = source_of(self.path)
        if edition:
            test, ref = (in_english(outputs, edition[0]) for outputs in (test, ref))
        else:
            self.parent.shown[self.cell.get("id")] = take_apart(test)
            test = self.parent.shown[self.cell.get("id")][SOURCE]
        self.differences = compare.compare_outputs(ref, test, tolerance)
        self.comparison_traceback = []
        return not self.differences

    def repr_failure(self, excinfo):
        """Say in which notebook and cell, what was expected, what came, and the tolerance."""
        notebook = where_it_is(self)
        if excinfo.errisinstance(StoredFaults):
            return tell_faults(notebook, excinfo.value.args)
        where = f"{notebook}, {self.name}"
        if self.differences:
            stem = f"{self.path.stem}-{self.cell.get('id', self.cell_num)}"
            return tell_differences(self, where, self.differences, stem)
        if excinfo.errisinstance(nbval_plugin.NbCellError):
            traceback = COLOURS.sub("", excinfo.value.inner_traceback or "")
            return f"{where}: {excinfo.value}\n{self.cell.source}\n{traceback}"
        if excinfo.errisinstance(KernelDied):
            return f"{where}: {excinfo.value}\n{self.cell.source}"
        return super().repr_failure(excinfo)
