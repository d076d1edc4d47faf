"""One step of reading many ratings, measured in this process alone; prints a line of JSON.

Run as ``python -m neurec_helpers.bench.scale_step STEP ARGUMENT ...``, a fresh process for each
step, so that its peak memory is its own.
"""

import json
import sys
import time

import pandas as pd

from neurec_helpers.scale.worker import peak_memory


def read_with_pandas(*files):
    """Read all in memory, as the notebooks have it: a table, and the arrays that Keras is given."""
    table = pd.concat(map(pd.read_parquet, files))
    kinds = {"user_id": "int32", "book_id": "int32", "rating": "float32"}
    arrays = [table[name].to_numpy(kind) for name, kind in kinds.items()]
    return len(arrays[0])


def stream(file):
    """Stream the batches of one epoch."""
    from neurec_helpers.bench.scale import BATCH
    from neurec_helpers.scale.streaming import training_batches

    return sum(len(ratings) for _, ratings in training_batches(file, BATCH, epoch=1))


def prepare(source, folder):
    """Prepare a folder of ratings for training."""
    from neurec_helpers.scale import preparing

    metadata = preparing.prepare(source, folder)
    return metadata.n_train + metadata.n_held_out


STEPS = {step.__name__: step for step in (read_with_pandas, stream, prepare)}


def main(name, *arguments):
    """Take a step; print its rows, seconds, and this process's memory at its peak and before."""
    base, began = peak_memory(), time.perf_counter()
    rows = STEPS[name](*arguments)
    measured = {"rows": rows, "seconds": time.perf_counter() - began}
    print(json.dumps(measured | {"peak": peak_memory(), "base": base}))


if __name__ == "__main__":
    main(*sys.argv[1:])
