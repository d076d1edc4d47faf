"""Ray as the launcher: it starts the processes, on one machine or a cluster, and restarts the dead.

What the processes do is in `worker`; they find each other and share tables in the same way.
"""

import os
import re
import threading

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import PACKAGE
from neurec_helpers.scale.ports import free_port
from neurec_helpers.scale.run_folder import RunFolder

LOOK = 0.5  # seconds between two looks at how far the run is


def run(folder, processes, restarts, report):
    """Train on processes of Ray's, from the last checkpoint on.

    Parameters
    ----------
    folder : run_folder.RunFolder
        Prepared; on a cluster, one that all machines can reach by the same path.
    processes : int
    restarts : int
        How often all may be started again, after one has died, before the run is given up.
    report : callable
        Called with {"interval": ...} for each checkpoint interval that is done.

    Raises
    ------
    NeurecError
        If Ray is missing, or a process dies more often than that.
    """
    try:
        import ray
        from ray.train import FailureConfig, RunConfig, ScalingConfig
        from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer
    except ImportError as error:
        raise NeurecError(
            "--launcher ray needs Ray, which is not installed: make ray, or pip install "
            "'neurec[ray]'."
        ) from error
    settings = {
        "KERAS_BACKEND": "jax",
        "PYTHONPATH": str(PACKAGE.parent),
        "RAY_USAGE_STATS_ENABLED": "0",
    }
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TRAIN_ENABLE_PRINT_PATCH": "0"}
    # Without a cluster's address Ray is started here, and nobody else can reach it.
    place = {} if "RAY_ADDRESS" in os.environ else {"_node_ip_address": "127.0.0.1"}
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(folder, report, over))
    ray.init(
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
        runtime_env={"env_vars": settings},
        **place,
    )
    watcher.start()
    try:
        DataParallelTrainer(
            _work,
            train_loop_config={"folder": str(folder.path)},
            scaling_config=ScalingConfig(num_workers=processes, resources_per_worker={"CPU": 1}),
            run_config=RunConfig(
                storage_path=str(folder.path / "ray"),
                failure_config=FailureConfig(max_failures=restarts),
            ),
        ).fit()
    except ray.train.TrainingFailedError as error:
        text = str(error).strip() or "no reason was given"
        if named := re.search(r"NeurecError: (.+)", text):
            raise NeurecError(
                f"training on Ray failed: {named[1]}. Nothing was exported."
            ) from error
        raise NeurecError(
            f"training on Ray failed after {restarts} restarts: {text.splitlines()[0][:300]}. The "
            "same command goes on from the last checkpoint. More is in "
            f"{folder.path / 'ray'}."
        ) from error
    finally:
        over.set()
        watcher.join()
        ray.shutdown()


def _watch(folder, report, over):
    """Report each interval that is done while others work."""
    reported = len(folder.intervals())
    while True:
        ended = over.wait(LOOK)
        intervals = folder.intervals()
        for interval in intervals[reported:]:
            report({"interval": interval})
        reported = max(reported, len(intervals))
        if ended:
            return


def _work(config):
    """In each process of Ray's: find the others, then train."""
    import sys

    import ray
    from ray.train.collective import broadcast_from_rank_zero

    folder, context = RunFolder(config["folder"]), ray.train.get_context()
    address = None
    if context.get_world_rank() == 0:
        folder.recover(folder.settings())  # what those who died have left unfinished
        address = f"{ray.util.get_node_ip_address()}:{free_port('')}"
    address = broadcast_from_rank_zero(address)
    if context.get_world_size() > 1:
        os.environ |= {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": address,
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(context.get_world_size()),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(context.get_world_rank()),
        }
    sys.modules["tensorflow"] = None  # as in `worker`
    from neurec_helpers.scale.preparing import ignore
    from neurec_helpers.scale.worker import fit_intervals

    fit_intervals(config["folder"], ignore)
