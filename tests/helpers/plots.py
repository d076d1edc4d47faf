"""Every plot of the helper, drawn from small made data."""

import keras
import numpy as np
import pandas as pd

import neurec_helpers as nr

RNG = np.random.default_rng(1)
RATINGS = pd.DataFrame(
    {
        "book_id": RNG.integers(1, 30, 500),
        "user_id": RNG.integers(1, 80, 500),
        "rating": RNG.integers(1, 6, 500),
    }
)
HISTORY = {"loss": [0.9, 0.7, 0.6], "val_loss": [0.8, 0.75, 0.77]}
PREDICTED = RATINGS.rating.to_numpy() * 0.5 + 2


def network():
    ids = keras.Input([1], name="Ids")
    return keras.Model(ids, keras.layers.Embedding(4, 5, name="Table")(ids))


LADDER = pd.DataFrame(
    {
        "model": ["dot", "mean", "best"],
        "test MSE": [1.24, 0.98, 0.7],
        "spread": [0.01, np.nan, 0.002],
    }
)

LISTS = pd.DataFrame(
    {"NDCG@10": [0.21, 0.0005], "margin": [0.01, np.nan], "coverage": [0.6, 0.001]},
    index=["similar", "most read"],
)


PLOTS = {
    "plot_ratings": lambda **kw: nr.plot_ratings(RATINGS, **kw),
    "plot_activity": lambda **kw: nr.plot_activity(RATINGS, **kw),
    "plot_learning_curves": lambda **kw: nr.plot_learning_curves(HISTORY, noise_floor=0.5, **kw),
    "plot_predicted": lambda **kw: nr.plot_predicted(RATINGS.rating, PREDICTED, **kw),
    "plot_error_by_rating": lambda **kw: nr.plot_error_by_rating(RATINGS.rating, PREDICTED, **kw),
    "plot_network": lambda **kw: nr.plot_network(network(), **kw),
    "plot_lists": lambda **kw: nr.plot_lists(LISTS, **kw),
    "plot_ladder": lambda **kw: nr.plot_ladder(LADDER, noise_floor=0.6, **kw),
    "plot_growth": lambda **kw: nr.plot_growth(
        [1e6, 3e6, 1e7], {"streamed": [60, 70, 65], "read": [12, 36, 120]}, "Memory", "MB", **kw
    ),
    "plot_map": lambda **kw: nr.plot_map(RNG.random((60, 2)), np.arange(60) % 10, **kw),
}
