"""Run a notebook in a kernel of this very Python, in memory."""

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from neurec_helpers.language import tr
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import PACKAGE
from neurec_helpers.ratings.sources import GOODBOOKS, SHELF

START = "start"
# Run before the first cell of a notebook that shall speak several languages.
BEGIN = "from neurec_helpers.notebook.twice import show_in; show_in({languages!r}); del show_in"
CELL_TIMEOUT = 600


@dataclass
class Run:
    """A notebook and how far its run has come; filled in while it runs.

    Attributes
    ----------
    path : Path
        The notebook's file, which running never changes.
    nb : nbformat.NotebookNode
        The notebook with the outputs so far.
    cell : str
        Id of the cell that runs now; ``"start"`` while the kernel starts; empty before and after.
    cell_began : float
        Reading of time.monotonic() when that cell began.
    seconds : dict
        Seconds that each cell took, by id; ``"start"`` for the kernel.
    answers : dict
        Values of the expressions asked for, as text; those that can't be had are left out.
    error : str
        Why the run ended early; empty if it did not.
    finished : bool
        Whether the run has ended, either way.
    stopped : bool
        Whether it was told to stop.
    manager : jupyter_client.AsyncKernelManager or None
        The kernel, while there is one.
    """

    path: Path
    nb: object
    cell: str = ""
    cell_began: float = 0.0
    seconds: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    error: str = ""
    finished: bool = False
    stopped: bool = False
    manager: object = None

    @property
    def name(self):
        """The file's name without its ending."""
        return self.path.stem

    @property
    def steps(self):
        """All that takes time: the start of the kernel, then the ids of the cells that run."""
        return [START, *(cell.id for cell in self.nb.cells if _runs(cell))]

    @property
    def total_seconds(self):
        """Seconds so far, the start of the kernel included."""
        return sum(self.seconds.values())

    def verdicts(self):
        """Outcome of each task by its name; ``"no verdict"`` where its check cell gave none."""
        return {task: _verdict(self.nb, task) for task in notebook_files.find_tasks(self.nb)}

    def begin(self, step):
        """Note that a step begins now."""
        self.cell, self.cell_began = step, time.monotonic()

    def end(self):
        """Note that the step that began last has ended."""
        if self.cell:
            self.seconds[self.cell] = time.monotonic() - self.cell_began
        self.cell = ""

    def stop(self):
        """End the kernel now, from another thread; the run then ends by itself."""
        self.stopped = True
        provisioner = getattr(self.manager, "provisioner", None)
        process = getattr(provisioner, "process", None)
        if process is not None:
            process.kill()


def _runs(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def _verdict(nb, task):
    for cell in notebook_files.find_cells(nb, task, "check"):
        for output in cell.get("outputs", []):
            # Set by the verdict itself, whatever language its words are in.
            about = output.get("metadata", {}).get("neurec", {})
            if about.get("task") == task:
                return about["outcome"]
    return "no verdict"


def wrong_verdicts(run):
    """A line for each task of a run whose check did not say "correct"."""
    return [
        tr("{name}: task {task}: {outcome}.", name=run.name, task=task, outcome=outcome)
        for task, outcome in run.verdicts().items()
        if outcome != "correct"
    ]


def load_run(path):
    """A Run of the notebook in a file, not yet started."""
    return Run(Path(path), notebook_files.read_notebook(path))


def kernel_environment():
    """Environment of this process, for a kernel that runs in another folder.

    Paths that a reader gave relative to the folder where the command was typed are made absolute.
    """
    environment = dict(os.environ)
    folder = environment.get("NEUREC_DATA_DIR")
    if folder:
        environment["NEUREC_DATA_DIR"] = os.path.abspath(os.path.expanduser(folder))
    source = environment.get("NEUREC_DATASET")
    named = source in (SHELF, GOODBOOKS)
    if source and not named and os.path.exists(os.path.expanduser(source)):
        environment["NEUREC_DATASET"] = os.path.abspath(os.path.expanduser(source))
    return environment


def run_notebook(
    run,
    *,
    environment=None,
    timeout=CELL_TIMEOUT,
    expressions=None,
    past_errors=False,
    languages=(),
    python=None,
):
    """Run a notebook's cells in order in a fresh kernel, until the end or the first error.

    To be called by `run_all`: in the main thread nbclient would take Ctrl-C for itself.

    Parameters
    ----------
    run : Run
        The notebook; filled in as it goes, so another thread can watch.
    environment : dict, optional
        Environment of the kernel; ``kernel_environment()`` if None.
    timeout : int
        Most seconds that one cell may take.
    expressions : dict, optional
        Names and Python expressions to be evaluated after the last cell, for ``run.answers``.
    past_errors : bool
        Go on after a cell that raises, as a grader does; its error stays among its outputs.
    languages : sequence of str
        Other languages in which all that neurec shows shall be among the outputs; see editions.py.
    python : Path, optional
        Another Python for the kernel, with an ipykernel of any age.

    Returns
    -------
    Run
        The same; an error is told in ``run.error`` rather than raised.
    """
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import (
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    environment = kernel_environment() if environment is None else environment
    try:
        # A loop of our own is closed with all that a dead kernel left pending; sockets need this
        # kind of loop on Windows.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(
                _run_cells(
                    run, environment, timeout, expressions or {}, past_errors, languages, python
                )
            )
    except NoSuchKernel:
        run.error = tr(
            "{name}: there is no kernel named python3, because ipykernel is not installed. "
            "Mend it with: {python} -m pip install ipykernel",
            name=run.name,
            python=sys.executable,
        )
    except CellExecutionError as error:
        run.error = tr(
            "{name}, cell {cell}: {ename}: {reason}",
            name=run.name,
            cell=run.cell,
            ename=error.ename,
            reason=_last_line(error.evalue),
        )
    except CellTimeoutError:
        run.error = tr(
            "{name}, cell {cell}: took more than {timeout} s and was stopped. "
            "Allow it more with --timeout.",
            name=run.name,
            cell=run.cell,
            timeout=timeout,
        )
    except DeadKernelError:
        run.error = tr(
            "{name}, cell {cell}: the kernel died. "
            "Most often memory ran out; `neurec doctor` says how much there is.",
            name=run.name,
            cell=run.cell,
        )
    except (RuntimeError, OSError) as error:
        run.error = tr(
            "{name}: the kernel did not start: {reason}",
            name=run.name,
            reason=_last_line(str(error)),
        )
    finally:
        run.end()
        run.manager = None
    if run.stopped:
        run.error = tr("{name}: stopped.", name=run.name)
    run.finished = True
    return run


def _last_line(text):
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""


async def _run_cells(run, environment, timeout, expressions, past_errors, languages, python):
    from nbclient import NotebookClient

    run.begin(START)
    run.manager = _kernel_manager(python)
    client = NotebookClient(
        run.nb,
        km=run.manager,
        timeout=timeout,
        allow_errors=past_errors,
        record_timing=False,
        coalesce_streams=True,
        store_widget_state=False,
        shutdown_kernel="immediate",
    )
    for cell in run.nb.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    # What a notebook writes must not land among installed packages.
    folder = str(Path.cwd() if run.path.is_relative_to(PACKAGE) else run.path.parent)
    async with client.async_setup_kernel(cleanup_kc=True, cwd=folder, env=environment):
        if languages:
            await _run_unseen(client, BEGIN.format(languages=languages))
        run.end()
        for index, cell in enumerate(run.nb.cells):
            if run.stopped:
                return
            if _runs(cell):
                run.begin(cell.id)
                count = client.code_cells_executed + 1
                await client.async_execute_cell(cell, index, execution_count=count)
                run.end()
        run.answers = await _evaluate(client, expressions)


async def _run_unseen(client, code):
    """Run code that is not a cell of the notebook."""
    reply = await client.async_wait_for_reply(client.kc.execute(code, silent=True))
    if reply is None or reply["content"]["status"] != "ok":
        raise RuntimeError(f"the kernel can't begin: {reply and reply['content']}")


def _kernel_manager(python=None):
    import zmq
    from jupyter_client import AsyncKernelManager
    from jupyter_client.kernelspec import KernelSpecManager

    # With no folders to search, python3 is ipykernel's own spec, which starts sys.executable; a
    # spec of the same name elsewhere might start another Python.
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        transport_encryption="auto" if zmq.has("curve") and python is None else "disabled",
    )
    if python is not None:
        command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        manager.kernel_spec.argv = command
    return manager


async def _evaluate(client, expressions):
    if not expressions:
        return {}
    message = client.kc.execute("", silent=True, user_expressions=expressions)
    reply = await client.async_wait_for_reply(message)
    results = reply["content"].get("user_expressions", {}) if reply else {}
    return {
        name: result["data"]["text/plain"]
        for name, result in results.items()
        if result["status"] == "ok"
    }


def run_all(runs, start, jobs, watch):
    """Run notebooks in threads, each in its own kernel, and watch them from this thread.

    Parameters
    ----------
    runs : list of Run
        Taken up in this order.
    start : callable
        Called with a Run in a thread of its own; it runs the notebook.
    jobs : int
        How many may run at once.
    watch : callable
        Called without arguments about five times a second, and once at the end.

    Raises
    ------
    KeyboardInterrupt
        After all kernels have ended, if the user pressed Ctrl-C.
    """
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(start, run) for run in runs]
        try:
            while wait(futures, timeout=0.2).not_done:
                watch()
        except KeyboardInterrupt:
            for future in futures:
                future.cancel()
            for run in runs:
                run.stop()
            raise
    watch()
    for future in futures:
        future.result()
