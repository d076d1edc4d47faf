"""Starts the processes of a training run, listens to them, and ends them all if one fails."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import ROOT
from neurec_helpers.scale import networks, preparing
from neurec_helpers.scale.ports import free_port
from neurec_helpers.scale.run_folder import has_ended
from neurec_helpers.scale.worker import LOST_ONE

WAIT = 3_600  # seconds for which another host may prepare the data
MISSING = (
    "training on several processes needs JAX, Orbax and duckdb, which are not installed: make "
    "scale, or pip install 'neurec[scale]'"
)


def require_packages():
    """Raise NeurecError unless the extra `scale` is installed."""
    from importlib.util import find_spec

    if not all(map(find_spec, ("jax", "orbax", "duckdb", "filelock"))):
        raise NeurecError(f"{MISSING}.")


def train(run, settings, processes=1, coordinator=None, process=0, tell=print, ray_restarts=None):
    """Prepare what is not prepared, train from the last checkpoint on, and export.

    Parameters
    ----------
    run : run_folder.RunFolder
        On several hosts, one that all of them can reach by the same path.
    settings : run_folder.Settings
        `batch_size` 0 lets the number of rows decide.
    processes : int
        All of the run; without a coordinator they are started here, else one of them is.
    coordinator : str, optional
        ``host:port`` of process 0.
    process : int
        Which one this is, from 0, where there is a coordinator.
    tell : callable
        Called with each message, a dict: see `worker`; and {"stage": words}.
    ray_restarts : int, optional
        Let Ray start the processes, and start them again so often after one has died.

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
    if networks.SHARES % processes:
        raise NeurecError(
            f"the tables can't be shared by {processes} processes. Take 1 to 8, or another divisor "
            f"of {networks.SHARES}."
        )
    with run.locked(process):
        if process == 0:
            _prepare(run, settings, tell)
        else:
            _wait_for_data(run, tell)
        _require_batch(run, processes)
        legs = run.legs() if process else run.rewind()
        if not has_ended(legs, run.settings()):
            if ray_restarts is not None:
                from neurec_helpers.scale import ray_launching

                ray_launching.run(run, processes, ray_restarts, tell)
            else:
                here = range(processes) if coordinator is None else [process]
                address = coordinator or f"127.0.0.1:{free_port('127.0.0.1')}"
                _run(run, "train", here, processes, address, tell)
        if process:
            return None
        if not run.model.exists():
            tell({"stage": "exporting the best epoch"})
            _run(run, "export", [0], 1, None, tell)
        return run.model


def _prepare(run, settings, tell):
    if run.settings() is None:
        preparing.find_files(settings.source)  # before anything is written
    run.keep(settings)
    if preparing.read_facts(run.data) is None:
        columns = preparing.Columns(settings.user, settings.book, settings.rating)
        try:
            preparing.prepare(
                settings.source,
                run.data,
                columns,
                settings.held_out,
                settings.seed,
                say=lambda words: tell({"stage": words}),
            )
        except NeurecError:
            run.forget()
            raise


def _require_batch(run, processes):
    """Raise NeurecError unless the processes can share a batch and the ratings fill one."""
    facts = preparing.read_facts(run.data)
    size = networks.batch_size(run.settings(), facts)
    if size % processes:
        raise NeurecError(
            f"a batch of {size} can't be shared by {processes} processes. Take a multiple of "
            f"{networks.SHARES} for --batch-size, in a new folder."
        )
    if size > facts.n_train:
        raise NeurecError(
            f"a batch of {size:,} is more than the {facts.n_train:,} ratings to train on. Take a "
            "smaller --batch-size, in a new folder."
        )


def _wait_for_data(run, tell):
    end = time.monotonic() + WAIT
    tell({"stage": "waiting for process 0 to prepare the data"})
    while preparing.read_facts(run.data) is None:
        if time.monotonic() > end:
            raise NeurecError(f"process 0 has prepared nothing in {run.path} for an hour.")
        time.sleep(0.5)


def _run(run, task, here, processes, address, tell):
    """Start workers and listen to them until all have ended well."""
    workers = {}
    try:
        for process in here:
            workers[process] = _start(run, task, process, processes, address)
        _listen(run, workers, processes, tell)
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
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
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


def _listen(run, workers, processes, tell):
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
                        raise NeurecError(_failed(run, key.data, processes, message["error"]))
                    tell(message)
                if not chunk:
                    selector.unregister(key.fileobj)
                    status = workers[key.data].wait()
                    if status:
                        how = _how_ended(status)
                        raise NeurecError(_failed(run, key.data, processes, how))


def _how_ended(status):
    if status == -signal.SIGABRT or status == 134:
        return LOST_ONE
    return f"it was ended by signal {-status}" if status < 0 else f"exit status {status}"


def _failed(run, process, processes, why):
    who = "training" if processes == 1 else f"process {process}, one of {processes},"
    others = "" if processes == 1 else " All of them were stopped."
    return (
        f"{who} failed: {why}.{others} The same command goes on from the last checkpoint, "
        f"{_how_far(run)}. More is in {run.log(process)}."
    )


def _how_far(run):
    legs = run.legs()
    if not legs:
        return "which is the beginning"
    return f"in epoch {legs[-1]['epoch']} after step {legs[-1]['end']:,}"
