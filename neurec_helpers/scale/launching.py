"""Starts the processes of a training run, listens to them, and ends them all if one fails."""

import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import PACKAGE
from neurec_helpers.ratings.checking import Form
from neurec_helpers.scale import networks, preparing, sources
from neurec_helpers.scale.ports import free_port
from neurec_helpers.scale.run_folder import has_ended
from neurec_helpers.scale.worker import LOST_ONE

WAIT = 3_600  # seconds for which another host may prepare the data
MISSING = (
    "training on several processes needs JAX, Orbax and duckdb, which are not installed: make "
    "scale, or pip install 'neurec[scale]'"
)
LAUNCHERS = ("own", "ray")


@dataclass(frozen=True)
class Launch:
    """How a run is started; its numbers don't depend on it, but for rounding.

    Attributes
    ----------
    processes : int
        All of the run; without a coordinator they are started here, else one of them is.
    coordinator : str, optional
        ``host:port`` of process 0.
    process_id : int
        Which one this is, from 0, where there is a coordinator.
    launcher : str
        "own", or "ray", which starts processes again that have died.
    restarts : int
        How often Ray may do that.
    """

    processes: int = 1
    coordinator: str | None = None
    process_id: int = 0
    launcher: str = "own"
    restarts: int = 3

    def check(self):
        """Raise NeurecError if it can't be."""
        if self.launcher not in LAUNCHERS:
            raise NeurecError(
                f"there is no launcher {self.launcher!r}. There are: {', '.join(LAUNCHERS)}."
            )
        if self.launcher == "ray" and self.coordinator:
            raise NeurecError("--launcher ray finds its processes itself; leave --coordinator out.")
        if self.coordinator and not re.fullmatch(r".+:[0-9]{1,5}", self.coordinator):
            raise NeurecError(
                f"--coordinator {self.coordinator} is not the address of process 0. Give its host "
                "and port, such as host0:9876."
            )
        if self.process_id >= self.processes or (self.process_id and self.coordinator is None):
            raise NeurecError(
                f"--process-id {self.process_id} needs --coordinator, and --processes above "
                f"{self.process_id}."
            )
        if networks.SHARES % self.processes:
            raise NeurecError(
                f"the tables can't be shared by {self.processes} processes. Take 1 to 8, or "
                f"another divisor of {networks.SHARES}."
            )


def require_packages():
    """Raise NeurecError unless the extra `scale` is installed."""
    from importlib.util import find_spec

    if not all(map(find_spec, ("jax", "orbax", "duckdb", "filelock"))):
        raise NeurecError(f"{MISSING}.")


def launch(run, settings, how=Launch(), report=preparing.ignore):  # noqa: B008 - it is frozen
    """Prepare what is not prepared, train from the last checkpoint on, and export.

    Parameters
    ----------
    run : run_folder.RunFolder
        On several hosts, one that all of them can reach by the same path.
    settings : run_folder.Settings
    how : Launch
    report : callable
        Called with dicts: those of `worker.fit_intervals`, and {"stage": words}.

    Returns
    -------
    Path
        Of the exported network, or None if another host exports it.

    Raises
    ------
    NeurecError
        If the settings don't fit the folder, the data are bad, or a process ends before its time.
    """
    require_packages()
    how.check()
    _check_path(run.path)
    form = Form(settings.book, settings.user, settings.rating, settings.sep, scale=settings.scale)
    networks.require(settings.model, settings.batch_size)
    if run.settings() is None and how.process_id == 0:
        # Before a folder is made.
        sources.look_at(sources.find_files(settings.source, form), form)
    with run.locked(how.process_id):
        if how.process_id == 0:
            _prepare(run, settings, form, report)
        else:
            _wait_for_data(run, report)
        _require_batch(run, how.processes)
        if not has_ended(_take_up(run, how.process_id, report), settings):
            _train(run, how, report)
        if how.process_id:
            return None
        if not run.is_exported():
            report({"stage": "exporting the best epoch"})
            _run(run, "export", [0], 1, None, report)
        return run.model


def _check_path(path):
    """Raise NeurecError for a path in which Orbax finds no checkpoint: to it, [x] is a pattern."""
    sources.check_name(path)
    if re.search(r"\[.*\]", str(path), re.DOTALL):
        raise NeurecError(
            f"no run can be kept in {path}: square brackets stand in its path. Give another --out."
        )


def _prepare(run, settings, form, report):
    """See to it that the run has its data, and that the source is still what it was."""
    if run.settings() and not run.data.exists() and not run.intervals():
        run.require_same(settings)
        run.forget()  # it was ended before it had its data
    if run.settings() is None:
        files = sources.fingerprint(sources.find_files(settings.source, form))
        run.keep(settings, files)
        try:
            _say_twins(files, report)
            _prepare_data(run, settings, form, report)
            if change := sources.find_change(settings.source, run.source(), form)[0]:
                shutil.rmtree(run.data)
                raise NeurecError(f"{change}. Give the command again when it is at rest.")
        except NeurecError:
            run.forget()
            raise
        return
    run.require_same(settings)
    change, is_all_there = sources.find_change(settings.source, run.source(), form)
    if change and is_all_there:
        raise NeurecError(
            f"{change}. Put it back as it was, or give another --out to train on what is there now."
        )
    damage = preparing.find_damage(run.data, run.identity())
    if damage and change:
        raise NeurecError(
            f"{run.data / damage} is damaged or gone, and {change}. Put one of them back, or give "
            "another --out."
        )
    if damage:
        lost = f"the file {damage} was damaged, gone or another run's"
        report({"stage": f"{lost}: preparing the ratings again"})
        shutil.rmtree(run.data, ignore_errors=True)
        _prepare_data(run, settings, form, report)
    elif change:
        report({"stage": f"{change}; this run has its own copy of the ratings."})


def _say_twins(files, report):
    """Say which files hold the same, as where a browser has downloaded one twice."""
    first = {}
    for each in files:
        twin = first.setdefault(each["all"], each["path"])
        if twin != each["path"]:
            report({"stage": f"{each['path']} holds the same as {twin}; both are read."})


def _prepare_data(run, settings, form, report):
    preparing.prepare(
        settings.source,
        run.data,
        form,
        settings.held_out,
        settings.seed,
        report,
        with_histories=settings.model == networks.LISTS,
        origin=run.identity(),
    )


def _take_up(run, process, report):
    """The intervals that are done, with a word on where the run goes on."""
    settings = run.settings()
    if process:
        return run.intact_intervals(settings)
    intervals, lost = run.recover(settings)
    if lost:
        report({"stage": lost})
    if has_ended(intervals, settings):
        report({"stage": f"the run in {run.path} has ended before; nothing is left to train."})
    elif intervals:
        last = intervals[-1]
        where = f"from epoch {last['epoch']}, step {last['end']:,}"
        report({"stage": f"going on in {run.path}, {where}."})
    elif lost:
        report({"stage": "training begins again."})
    return intervals


def _train(run, how, report):
    if how.launcher == "ray":
        from neurec_helpers.scale import ray_launching

        ray_launching.run(run, how.processes, how.restarts, report)
        return
    here = range(how.processes) if how.coordinator is None else [how.process_id]
    address = how.coordinator or f"127.0.0.1:{free_port('127.0.0.1')}"
    _run(run, "train", here, how.processes, address, report)


def _require_batch(run, processes):
    """Raise NeurecError unless the processes can share a batch and the ratings fill one."""
    settings, metadata = run.settings(), preparing.read_metadata(run.data)
    size, rows = (find(settings, metadata) for find in (networks.batch_size, networks.rows))
    what = networks.unit(settings.model)
    if size % processes:
        raise NeurecError(
            f"a batch of {size} can't be shared by {processes} processes. Take a multiple of "
            f"{networks.SHARES} for --batch-size, in a new folder."
        )
    if size > rows:
        raise NeurecError(
            f"a batch of {size:,} is more than the {rows:,} {what} to train on. "
            "Take a smaller --batch-size, in a new folder."
        )


def _wait_for_data(run, report):
    end = time.monotonic() + WAIT
    report({"stage": "waiting for process 0 to prepare the data"})
    while preparing.read_metadata(run.data) is None:
        if time.monotonic() > end:
            raise NeurecError(f"process 0 has prepared nothing in {run.path} for an hour.")
        time.sleep(0.5)


def _run(run, task, here, processes, address, report):
    """Start workers and listen to them until all have ended well."""
    workers = {}
    try:
        for process in here:
            workers[process] = _start(run, task, process, processes, address)
        _listen(run, task, workers, processes, report)
    finally:
        for worker in workers.values():
            # A process of JAX that waits for another ignores softer signals.
            worker.kill()
            worker.wait()
            worker.stdin.close()
            worker.stdout.close()


def _start(run, task, process, processes, address):
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("KERAS_DISTRIBUTION_")},
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": os.pathsep.join(
            filter(None, [str(PACKAGE.parent), os.environ.get("PYTHONPATH")])
        ),
        "PYTHONUNBUFFERED": "1",
    }
    if processes > 1:
        environment |= {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(processes),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(process),
        }
        if address.startswith("127."):
            # JAX would listen on all of this machine's addresses.
            environment["JAX_COORDINATOR_BIND_ADDRESS"] = address
    with open(run.log(process), "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "neurec_helpers.scale.worker", str(run.path), task],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
        )


def _listen(run, task, workers, processes, report):
    """Hand messages on; raise NeurecError as soon as one worker has ended badly."""
    rests = dict.fromkeys(workers, b"")
    with selectors.DefaultSelector() as selector:
        for process, worker in workers.items():
            selector.register(worker.stdout, selectors.EVENT_READ, process)
        while selector.get_map():
            for key, _ in selector.select():
                chunk = os.read(key.fd, 1 << 16)
                *lines, rests[key.data] = (rests[key.data] + chunk).split(b"\n")
                for line in lines:
                    message = json.loads(line)
                    if "error" in message:
                        raise _failed(run, task, key.data, processes, message)
                    report(message)
                if not chunk:
                    selector.unregister(key.fileobj)
                    status = workers[key.data].wait()
                    if status:
                        message = {"error": _how_ended(status)}
                        raise _failed(run, task, key.data, processes, message)


def _how_ended(status):
    if status == -signal.SIGABRT or status == 134:
        return LOST_ONE
    return f"it was ended by signal {-status}" if status < 0 else f"exit status {status}"


def _failed(run, task, process, processes, message):
    who = f"process {process}, one of {processes}," if processes > 1 else f"{task}ing"
    others = " All of them were stopped." if processes > 1 else ""
    log = f"More is in {run.log(process)}."
    if message.get("is_final"):
        return NeurecError(f"{who} failed: {message['error']}.{others} Nothing was exported. {log}")
    return NeurecError(
        f"{who} failed: {message['error']}.{others} The same command goes on from the last "
        f"checkpoint, {_how_far(run)}. {log}"
    )


def _how_far(run):
    intervals = run.intervals()
    if not intervals:
        return "which is the beginning"
    return f"in epoch {intervals[-1]['epoch']} after step {intervals[-1]['end']:,}"
