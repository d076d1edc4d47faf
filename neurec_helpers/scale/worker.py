"""One process of a training run: `python -m neurec_helpers.scale.worker FOLDER [export]`.

`launching` starts it, with Keras' own variables in its environment where there are several. It
reports as lines of JSON on standard output. It ends when its standard input does, so that it
never outlives what has started it.
"""

import contextlib
import json
import math
import os
import sys
import threading
import time
import traceback

from neurec_helpers.errors import NeurecError
from neurec_helpers.files import replacing

PAUSE = 0.5  # seconds between two reports within a checkpoint interval
LOST = ("Gloo", "Connection closed", "coordination service")
LOST_ONE = "it lost its connection to another process, most often because that was ended"
FULL = ("No space left on device", "ENOSPC", "Disk quota exceeded", "File too large")


def main(folder, task="train"):
    """Train, or export what was trained; exit status 1 after a message if that fails."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def report(message):
        out.write(json.dumps(message) + "\n")
        out.flush()

    # Keras' backend here is JAX; TensorFlow beside it would be loaded too, and take 0.4 GB.
    sys.modules["tensorflow"] = None
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        export(folder) if task == "export" else fit_intervals(folder, report)
    except Exception as error:  # noqa: BLE001 - whatever it is, the launcher shall say it
        # What can be named lies in the data or the settings: giving the command again won't help.
        report({"error": _in_words(error), "is_final": isinstance(error, NeurecError)})
        with contextlib.suppress(OSError):  # the disk of the log may be full
            traceback.print_exc()
        # Not sys.exit: other processes may be waited for at a regular exit.
        os._exit(1)


def _in_words(error):
    text = str(error).strip() or type(error).__name__
    if any(words in text for words in FULL):
        return "the disk is full, so the new checkpoint was not kept; those before it are"
    if any(words in text for words in LOST):
        return LOST_ONE
    return text.splitlines()[0][:500].rstrip(".")


def _end_with_parent():
    # Not through sys.stdin, whose lock would be in the way at the end.
    while os.read(0, 1):
        pass
    os._exit(1)


def fit_intervals(folder, report):
    """Train from the last checkpoint on, one checkpoint interval after the other.

    Parameters
    ----------
    folder : str or Path
        See `run_folder`; its data are prepared.
    report : callable
        Called with {"epoch", "step", "of", "batch"} from time to time, and with {"interval": …}
        for each that is done.

    Raises
    ------
    NeurecError
        If an error is no longer a finite number.
    """
    import keras

    from neurec_helpers.scale.goals import goal_of
    from neurec_helpers.scale.integrity import digest_folder
    from neurec_helpers.scale.run_folder import RunFolder, best_epoch, has_ended

    processes = int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", "1"))
    process = int(os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", "0"))
    run = RunFolder(folder)
    settings = run.settings()
    keras.utils.set_random_seed(settings.seed)
    if processes > 1:
        keras.distribution.initialize()
    distribute(keras)
    goal, intervals = goal_of(run, (process, processes)), run.intervals()
    model, all_steps = goal.network, goal.steps
    model.optimizer.build(model.trainable_variables)
    if intervals:
        # The first batch makes what the metrics keep; a checkpoint holds it, and none that was
        # written on another number of processes can be read without it.
        goal.touch()
        # The latest: `recover` left none behind it.
        model.load_weights(str(run.checkpoints))
    _write_shards(run.shards(process), model)

    while not has_ended(intervals, settings):
        done = intervals[-1] if intervals else {"epoch": 0, "end": all_steps}
        is_new = done["end"] == all_steps
        epoch, first = (done["epoch"] + 1, 0) if is_new else (done["epoch"], done["end"])
        steps = min(settings.checkpoint_steps, all_steps - first)
        began, number = time.monotonic(), len(intervals)
        history = model.fit(
            goal.training(epoch, first, steps),
            steps_per_epoch=steps,
            initial_epoch=number,
            epochs=number + 1,
            callbacks=[_reporter(keras, report, epoch, first, all_steps, goal.batch)],
            verbose=0,
        ).history
        seconds, is_epoch = time.monotonic() - began, first + steps == all_steps
        interval = {
            "epoch": epoch,
            "end": first + steps,
            "loss": history["loss"][0],
            "training_error": goal.training_error(history),
            "held_out_error": goal.held_out_error() if is_epoch else None,
            "seconds": round(seconds, 3),
            "rows": steps * goal.batch,
            "peak_bytes": peak_memory(),
        }
        _require_finite(interval, settings)
        intervals.append(interval)
        _keep_checkpoint(keras, model, run.checkpoints, number)
        if is_epoch and best_epoch(intervals) == epoch:
            # Kept twice, for a run may be ended before the line below is written.
            _keep_checkpoint(keras, model, run.best, number, save_weights_only=True)
            interval["best_digest"] = process == 0 and digest_folder(run.best / str(number))
        if process == 0:
            interval["checkpoint_digest"] = digest_folder(run.checkpoints / str(number))
            run.add_interval(interval)
            report({"interval": interval})
    if processes == 1:
        # The libraries are at hand here; another process would have to load them again.
        del model
        report({"stage": "exporting the best epoch"})
        export(folder)


def _require_finite(interval, settings):
    for name in ("loss", "training_error", "held_out_error"):
        if interval[name] is not None and not math.isfinite(interval[name]):
            raise NeurecError(
                f"the {name.replace('_', ' ')} is no longer a finite number ({interval[name]}) in "
                f"epoch {interval['epoch']}, by step {interval['end']:,}. {_too_fast(settings)}"
            )


def _too_fast(settings):
    rate = settings.learning_rate
    which = f"A learning rate of {rate:g}" if rate else "The learning rate"
    return f"{which} is most likely too high: give a smaller --learning-rate, in a new folder"


def _keep_checkpoint(keras, model, folder, number, **options):
    """Write one of the last two checkpoints of a folder, by Keras' own callback."""
    keeper = keras.callbacks.OrbaxCheckpoint(
        str(folder), save_on_background=False, max_to_keep=2, **options
    )
    keeper.set_model(model)
    keeper.on_epoch_end(number)
    keeper.on_train_end()


def distribute(keras):
    """Share batches and the rows of the tables among all devices of all processes."""
    devices = keras.distribution.list_devices()
    mesh = keras.distribution.DeviceMesh((len(devices),), ("batch",), devices)
    layout = keras.distribution.LayoutMap(mesh)
    layout[".*embeddings.*"] = ("batch", None)
    keras.distribution.set_distribution(
        keras.distribution.ModelParallel(
            layout_map=layout, batch_dim_name="batch", auto_shard_dataset=False
        )
    )


def _reporter(keras, report, epoch, first, all_steps, batch):
    class Reporter(keras.callbacks.Callback):
        last = 0.0

        def on_train_batch_end(self, step, logs=None):
            if time.monotonic() - self.last > PAUSE:
                self.last = time.monotonic()
                report({"epoch": epoch, "step": first + step + 1, "of": all_steps, "batch": batch})

    return Reporter()


def _write_shards(path, model):
    """Note, for each table and what Adam keeps for it, its shape and the shape of the part here."""
    shards = {}
    for variable in (*model.trainable_variables, *model.optimizer.variables):
        if "embeddings" in variable.path:
            (here,) = {shard.data.shape for shard in variable.value.addressable_shards}
            shards[variable.path] = {"shape": list(variable.shape), "here": list(here)}
    path.write_text(json.dumps(shards, indent=1) + "\n", encoding="utf-8")


def export(folder):
    """Write the network of the best epoch as a file that any backend of Keras reads."""
    import keras

    from neurec_helpers.scale.goals import goal_of
    from neurec_helpers.scale.run_folder import RunFolder

    run = RunFolder(folder)
    # Layers must have the names that they have in the checkpoint, or they are passed over.
    keras.utils.clear_session()
    # A model whose tables are shared can't be saved; without any distribution none can be read.
    keras.distribution.set_distribution(keras.distribution.DataParallel())
    goal = goal_of(run)
    goal.network.load_weights(str(run.best))
    _require_error(goal.held_out_error(), run, goal.useless_error)
    for path, write in goal.exports(run):
        with replacing(path) as unfinished:
            write(unfinished)
    run.note_export()


def _require_error(found, run, useless):
    """Raise NeurecError unless a held-out error is the one that the best epoch had, and of use."""
    from neurec_helpers.scale.run_folder import held_out_errors

    known = min(held_out_errors(run.intervals()))
    if not math.isclose(found, known, rel_tol=1e-3):
        raise NeurecError(
            f"the network read from {run.best} has a held-out error of {found:.4f}, not {known:.4f}"
        )
    if found > useless:
        raise NeurecError(
            f"the best epoch has a held-out error of {found:,.1f}, and always predicting the "
            f"middle of the scale has {useless:.1f} at most. {_too_fast(run.settings())}"
        )


def peak_memory():
    """The most memory that this process has used so far, in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return psutil.Process().memory_info().peak_wset
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
