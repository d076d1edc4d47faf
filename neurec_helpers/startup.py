"""Set-up of a notebook: TensorFlow quiet, results repeatable, plots readable."""

import importlib.metadata
import importlib.util
import os
import platform
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass

from neurec_helpers.errors import NeurecError
from neurec_helpers.gpu import (
    count_cores,
    installed_version,
    let_memory_grow,
    name_device,
    unused_gpu,
)
from neurec_helpers.language import Message, asked_language, choose_language, languages, mark, tr

# TensorFlow reads these once, when it is imported. The results depend on the first two: oneDNN and
# the contraction kernel choose their arithmetic by the processor.
SWITCHES = {
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "0",
}
# 2 is not enough: with op determinism TensorFlow logs harmless things at the level of errors.
LOG_LEVEL = "3"
# Versions below these run, but not rightly.
OLDEST = {
    "keras": (
        (3, 14),
        Message(
            "it does not divide an activity regulariser by the batch, so the regularised model of "
            "notebooks 07 and 08 learns nothing"
        ),
    ),
    "tensorflow": ((2, 20), Message("neurec was never tried with it")),
}

READY = mark("Ready: TensorFlow {tensorflow}, Keras {keras} on {device}. Seed {seed}; {promise}.")


@dataclass(frozen=True)
class Setup:
    """What `setup` found and did.

    Attributes
    ----------
    device : str or Message
        What TensorFlow computes on, by name.
    versions : dict of str to str
        Versions of Python, TensorFlow, Keras and, where it is used, Intel's extension.
    seed : int
        The seed of Python, NumPy and TensorFlow.
    threads : int
        How many operations of TensorFlow may run side by side; each runs on one thread.
    reproducible : bool
        Whether the same code gives the same numbers in every fresh kernel. On a processor that
        holds from machine to machine, on a GPU only for the same type of GPU.
    remarks : tuple of Message
        What is not as it should be, each with its cure.
    """

    device: str
    versions: dict
    seed: int
    threads: int
    reproducible: bool
    remarks: tuple = ()

    def __repr__(self):
        ready = tr(
            READY,
            tensorflow=self.versions["TensorFlow"],
            keras=self.versions["Keras"],
            device=self.device,
            seed=self.seed,
            promise=tr("results repeat to the bit")
            if self.reproducible
            else tr("results may differ"),
        )
        return "\n".join([ready, *(f"! {remark}" for remark in self.remarks)])


def setup(seed=None, threads=None):
    """Make this kernel ready for the lesson; call it before anything imports TensorFlow.

    It turns TensorFlow's log off, takes what makes results differ from run to run and from
    processor to processor out of it, sets the seed, lets a GPU's memory grow as needed, shows
    TensorFlow the CUDA of a conda environment, uses Intel's extension of scikit-learn where it is
    installed, and sets the style of plots. It leaves the working directory alone: the data is
    found from any. Calling it again sets the seed again.

    Parameters
    ----------
    seed : int, optional
        From 0 to 2**32 - 1. By default `NEUREC_SEED`, else 42.
    threads : int, optional
        How many of TensorFlow's operations may run side by side. By default `NEUREC_THREADS`,
        else 2. Results don't depend on it.

    Returns
    -------
    Setup

    Raises
    ------
    NeurecError
        If the seed or the number of threads is not a whole number in its range, or NEUREC_LANGUAGE
        names a language that there is none of.
    """
    require_language()
    choose_language()
    seed = _whole_number("seed", seed, "NEUREC_SEED", 42, range(2**32))
    threads = _whole_number("threads", threads, "NEUREC_THREADS", 2, range(1, 1025))

    remarks = []
    reproducible = _set_environment(remarks)
    intel = _use_intel_extension(remarks)
    with quietly():
        import tensorflow as tf

        gpus = tf.config.list_physical_devices("GPU")
        import keras
        import numpy
    # TensorFlow's own warnings, as of a retraced function, are not the student's concern.
    tf.get_logger().setLevel("ERROR")
    if keras.config.backend() != "tensorflow":
        reproducible = False
        remarks.append(
            Message(
                "Keras was imported before set-up and runs on {backend}: restart the "
                "kernel and run the set-up cell first.",
                backend=keras.config.backend(),
            )
        )
    remarks += [
        Message(
            "{name} {version} is too old: {breaks}. "
            'Mend it with: "{python}" -m pip install -U "{name}>={wanted}"',
            name=name,
            version=version,
            breaks=breaks,
            python=sys.executable,
            wanted=wanted,
        )
        for name, version, wanted, breaks in outdated(tensorflow=tf, keras=keras)
    ]
    let_memory_grow(tf, gpus, remarks)
    threads = _set_threads(tf, threads, remarks)
    reproducible &= tf.config.threading.get_intra_op_parallelism_threads() == 1
    keras.utils.set_random_seed(seed)
    # Some numbers are used up, or a split without `random_state=42` would at first be the one with.
    numpy.random.random(10)
    tf.config.experimental.enable_op_determinism()
    _set_plot_style()
    _explain_unready_checks()
    if not gpus and (why := unused_gpu()):
        remarks.append(why)

    versions = {
        "Python": platform.python_version(),
        "TensorFlow": tf.__version__,
        "Keras": keras.__version__,
    }
    if intel:
        versions["scikit-learn-intelex"] = intel
    return Setup(name_device(tf, gpus), versions, seed, threads, reproducible, tuple(remarks))


def require_language():
    """Raise a NeurecError where NEUREC_LANGUAGE names a language that neurec does not speak."""
    asked = asked_language()
    if asked and asked not in languages():
        raise NeurecError(
            "NEUREC_LANGUAGE={asked}: there is no such language here. There are: {languages}.",
            asked=asked,
            languages=", ".join(languages()),
        )


def outdated(**modules):
    """Which of these modules are too old, and what that breaks.

    Parameters
    ----------
    **modules
        Modules with a ``__version__``, by a name that `OLDEST` holds.

    Returns
    -------
    list of tuple
        (name, its version, the lowest that will do, what is wrong with older ones).
    """
    found = []
    for name, module in modules.items():
        lowest, breaks = OLDEST[name]
        version = tuple(int(part) for part in module.__version__.split(".")[:2])
        if version < lowest:
            found.append((name, module.__version__, ".".join(map(str, lowest)), breaks))
    return found


def _whole_number(what, given, variable, default, allowed):
    text = os.environ.get(variable, "").strip()
    source = what
    if given is None and text:
        given, source = text, variable
    if given is None:
        return default
    try:
        number = int(given)
        usable = number in allowed and not isinstance(given, bool) and number == float(given)
    except (TypeError, ValueError, OverflowError):
        usable = False
    if not usable:
        raise NeurecError(
            "{source} is {given!r}: it must be a whole number from {least} to "
            "{most}, for example {source}={default}",
            source=source,
            given=given,
            least=allowed.start,
            most=allowed.stop - 1,
            default=default,
        )
    return number


def _set_environment(remarks):
    """Set what TensorFlow reads at its import; False where it comes too late for the results."""
    if "tensorflow" in sys.modules:
        if all(os.environ.get(name) == value for name, value in SWITCHES.items()):
            return True
        remarks.append(
            Message(
                "TensorFlow was imported before set-up, so results may differ from those printed "
                "in the notebooks: restart the kernel and run the set-up cell first."
            )
        )
        return False
    os.environ.update(SWITCHES)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", LOG_LEVEL)
    os.environ["KERAS_BACKEND"] = "tensorflow"
    prefix = os.environ.get("CONDA_PREFIX")
    flags = os.environ.get("XLA_FLAGS", "")
    if prefix and "xla_gpu_cuda_data_dir" not in flags:
        folder = f'"{prefix}"' if " " in prefix else prefix
        os.environ["XLA_FLAGS"] = f"{flags} --xla_gpu_cuda_data_dir={folder}".strip()
    return True


def _use_intel_extension(remarks):
    """Patch scikit-learn with Intel's extension; its version, or None where it isn't used."""
    if importlib.util.find_spec("sklearnex") is None:
        return None
    try:
        from sklearnex import patch_sklearn

        patch_sklearn(verbose=False)
    except ImportError as error:
        remarks.append(
            Message(
                "Intel's extension of scikit-learn does not load ({error}), so scikit-learn runs "
                "without it. Mend it or run `pip uninstall scikit-learn-intelex`.",
                error=error,
            )
        )
        return None
    return installed_version("scikit-learn-intelex") or "unknown"


@contextmanager
def quietly():
    """Hold back what is written to file descriptor 2, unless an exception makes it interesting.

    TensorFlow's C++ part writes a few lines there while it is imported, before it reads
    TF_CPP_MIN_LOG_LEVEL.
    """
    try:
        kept = os.dup(2)
    except OSError:  # a program without a standard error, such as pythonw
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(kept, held.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _set_threads(tf, threads, remarks):
    """Set TensorFlow's threads and give their number, the old one where it is too late."""
    threading = tf.config.threading
    try:
        # Two threads within one operation would add up a batch in another order than one does.
        # Whole operations side by side leave every sum as it is.
        threading.set_intra_op_parallelism_threads(1)
        threading.set_inter_op_parallelism_threads(threads)
    except RuntimeError:
        running = threading.get_inter_op_parallelism_threads() or count_cores()
        remarks.append(
            Message(
                "TensorFlow already runs with threads={running}: to have threads={threads}, "
                "restart the kernel and run the set-up cell first.",
                running=running,
                threads=threads,
            )
        )
        return running
    return threads


def _set_plot_style():
    import matplotlib

    from neurec_helpers.plotting.style import STYLE

    matplotlib.rcParams.update(STYLE)


def _explain_unready_checks():
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    from neurec_helpers.tasks.unready import explain_unready_checks

    if (shell := get_ipython()) is not None:
        explain_unready_checks(shell)
