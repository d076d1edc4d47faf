"""What TensorFlow computes on: a GPU if there is one that it can use, else the processor."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from neurec_helpers.language import Message, tr

# Where the driver of NVIDIA lists its GPUs on Linux.
DRIVER = Path("/proc/driver/nvidia/gpus")


def count_cores():
    """Number of processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def unused_gpu():
    """Why an NVIDIA GPU of this machine stands unused and what to do, or None if there is none.

    Only to be asked where TensorFlow lists no GPU.
    """
    name = nvidia_gpu()
    if name is None:
        return None
    hidden = os.environ.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and hidden.strip() in ("", "-1", "NoDevFiles"):
        return Message(
            "{name} stands unused: CUDA_VISIBLE_DEVICES={hidden!r} hides it. Unset it.",
            name=name,
            hidden=hidden,
        )
    if sys.platform == "win32":
        return Message(
            "{name} stands unused: TensorFlow uses no GPU on Windows itself. "
            "Run neurec inside WSL 2.",
            name=name,
        )
    if not installed_version("nvidia-cudnn"):
        return Message(
            "{name} stands unused: TensorFlow's CUDA libraries are not installed. "
            'Run `make gpu`, or without make `pip install "tensorflow[and-cuda]"`.',
            name=name,
        )
    return Message(
        "{name} stands unused: TensorFlow does not accept it; often the driver is too old. "
        "To see the reason, run `TF_CPP_MIN_LOG_LEVEL=0 python -c "
        "\"import tensorflow as tf; tf.config.list_physical_devices('GPU')\"`.",
        name=name,
    )


def nvidia_gpu():
    """Name of the first NVIDIA GPU that the driver shows, or None."""
    for file in sorted(DRIVER.glob("*/information")):
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith("Model:"):
                return line.partition(":")[2].strip()
    # Windows and WSL have no such folder.
    if (program := shutil.which("nvidia-smi")) is None:
        return None
    try:
        answer = subprocess.run(
            [program, "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip().split("\n")[0] or None if answer.returncode == 0 else None


def let_memory_grow(tf, gpus, remarks):
    """Let TensorFlow take a GPU's memory as needed; where that comes too late, add a remark."""
    for gpu in gpus:
        try:
            tf.config.experimental.set_memory_growth(gpu, True)
        except RuntimeError:
            remarks.append(
                Message(
                    "TensorFlow already holds all memory of the GPU: restart the kernel and run "
                    "the set-up cell first."
                )
            )
            return


def name_device(tf, gpus):
    """What TensorFlow computes on, by name: ``CPU with 2 cores``, or the GPUs."""
    if not gpus:
        return _cores(count_cores())
    names = [
        tf.config.experimental.get_device_details(gpu).get("device_name", tr("a GPU"))
        for gpu in gpus
    ]
    return " and ".join(names)


def _cores(n):
    return Message("CPU with {n} core", "CPU with {n} cores", n=n)


# The words of a GPU's name begin with a capital or a digit: NVIDIA GeForce RTX 3060 Laptop GPU.
_GPU = r"[A-Z0-9][\w()/.+-]*(?: [A-Z0-9(][\w()/.+-]*| with Max-Q(?: Design)?){0,9}"


def device_pattern():
    """Regular expression of all that `name_device` can say, in the language now spoken."""
    cpus = (re.escape(str(_cores(n))) for n in range(1, 1025))
    gpu = rf"(?:{re.escape(tr('a GPU'))}|{_GPU})"
    return rf"(?:{'|'.join(cpus)}|{gpu}(?: and {gpu})*)"


def installed_version(start):
    """Version of the first installed distribution whose name starts so, or None."""
    for found in importlib.metadata.distributions():
        if (found.name or "").lower().replace("_", "-").startswith(start):
            return found.version
    return None
