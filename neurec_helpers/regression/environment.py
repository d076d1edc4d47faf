"""The environment that notebooks are run in where their outputs are to be compared."""

import os

from neurec_helpers.language import SOURCE, VARIABLE

# What a user, or a package such as JAX, may have set and what would change a number, a picture, the
# width of a table or what TensorFlow writes. And what pytest sets: seeing it, a kernel does not
# show what processes write that a cell starts.
CHANGES_OUTPUTS = (
    "NEUREC_DATASET",
    "NEUREC_SEED",
    "NEUREC_THREADS",
    "KERAS_BACKEND",
    "MPLBACKEND",
    "MATPLOTLIBRC",
    "COLUMNS",
    "LINES",
    "JUPYTER_COLUMNS",
    "JUPYTER_LINES",
    "TF_CPP_MIN_LOG_LEVEL",
    "PYTEST_CURRENT_TEST",
)


def standard_environment(**variables):
    """Copy the environment without what would change a notebook's outputs.

    Parameters
    ----------
    **variables : str
        What to set, for example ``NEUREC_SEED="7"``.

    Returns
    -------
    dict
        An environment in which a notebook runs on the Shelf, with seed 42, in English.
    """
    kept = {name: value for name, value in os.environ.items() if name not in CHANGES_OUTPUTS}
    return {**kept, VARIABLE: SOURCE, **variables}
