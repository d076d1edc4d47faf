"""How busy a sandbox keeps the machine: the processes and threads of it that run at one time.

Processor time is shared out among all that run, so whoever starts many takes it from the others.
"""

import os

from neurec_helpers.classroom.memory import processes_of
from neurec_helpers.gpu import count_cores

# More than joblib and TensorFlow start together on all cores.
MOST_BUSY = 4 * count_cores() + 4


def count_busy(pid):
    """How many processes and threads run or wait for a processor, of a process and all below it."""
    return sum(map(_running, processes_of(pid)))


def _running(pid):
    count = 0
    try:
        with os.scandir(f"/proc/{pid}/task") as threads:
            for thread in threads:
                with open(f"{thread.path}/stat", "rb") as file:
                    # The name before it may hold anything but ends at the last bracket.
                    count += file.read().rpartition(b") ")[2][:1] == b"R"
    except OSError:
        pass
    return count
