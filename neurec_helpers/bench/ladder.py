"""The race of notebook 08 over several seeds: mean and spread of each model's test error."""

import contextlib
import io
import time

from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS

BASELINES = NOTEBOOKS / "08_baselines.ipynb"
RACE = "race"


def run_races(seeds):
    """The test MSEs, seconds and parameters that the notebook's cells arrive at, seed by seed.

    Returns
    -------
    list of dict
        One for each seed: {model: (test MSE, seconds or None, parameters)}.
    """
    before, race = race_code(BASELINES)
    notebook = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(before, str(BASELINES), "exec"), notebook)
    import keras

    races, start = [], time.perf_counter()
    for done, seed in enumerate(seeds, start=1):
        keras.utils.set_random_seed(seed)
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(race, str(BASELINES), "exec"), notebook)
        seconds, numbers = notebook["seconds"], notebook["numbers"]
        races.append(
            {
                name: (mse, seconds.get(name), numbers[name])
                for name, mse in notebook["errors"].items()
            }
        )
        left = (time.perf_counter() - start) / done * (len(seeds) - done)
        print(f"seed {seed} done, {done} of {len(seeds)}, about {left:.0f} s left", flush=True)
    return races


def race_code(path):
    """Python text of the notebook's cells before the race, without its checks, and of the race."""
    before = []
    for cell in notebook_files.read_notebook(path).cells:
        if cell.cell_type != "code":
            continue
        if cell.id == RACE:
            return "\n".join(before), cell.source
        if notebook_files.neurec_metadata(cell).get("role") != "check":
            before.append(cell.source)
    raise ValueError(f"{path} has no cell {RACE!r}")


def summarise(races):
    """Mean and standard deviation over the seeds, one row for each model.

    What depends on no seed has no spread (None) and no seconds.
    """
    import numpy as np

    rows = []
    for name in races[0]:
        mses, seconds, parameters = zip(*(race[name] for race in races), strict=True)
        trained = seconds[0] is not None
        rows.append(
            {
                "model": name,
                "test MSE": round(float(np.mean(mses)), 4),
                "spread": round(float(np.std(mses, ddof=1)), 4) if trained else None,
                "seconds": round(float(np.mean(seconds)), 1) if trained else None,
                "parameters": parameters[0],
            }
        )
    return rows
