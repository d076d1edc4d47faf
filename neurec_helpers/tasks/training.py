"""Notebook 05: measure an error, and compare it with the simplest prediction."""

import numpy as np
import pandas as pd

from neurec_helpers.tasks.base import (
    Answer,
    Mistake,
    Task,
    answer_of,
    number_of,
)

# A training and a test part made for the check: their means, 3 and 4.5, differ, so that the
# source of a mean shows in the result.
_TRAIN = pd.DataFrame({"book_id": [1, 2, 3, 4, 1], "user_id": [1, 1, 2, 2, 3]}).assign(
    rating=[1, 2, 3, 4, 5]
)
_TEST = pd.DataFrame({"book_id": [2, 4], "user_id": [3, 1], "rating": [4, 5]}, index=[7, 9])


def judge_mean_squared_error(rng, mean_squared_error) -> str:
    true = np.array([1.0, 4.0, 5.0, 3.0])
    predicted = np.array([2.0, 4.5, 3.0, 4.0])

    plain = _measured(mean_squared_error, true, predicted)
    errors = true - predicted
    expected = np.mean(errors**2)
    wrong = {
        "root": np.sqrt(expected),
        "absolute": np.mean(np.abs(errors)),
        "sum": np.sum(errors**2),
        "not squared": np.mean(errors),
        "squared too late": np.mean(errors) ** 2,
    }
    _require(plain, expected, wrong, predicted=predicted)

    # Keras returns a column, one row for each prediction.
    column = _measured(mean_squared_error, true, predicted.reshape(-1, 1))
    _require(column, expected, {"every pair": np.mean((true - predicted.reshape(-1, 1)) ** 2)})

    series = pd.Series(true, index=[11, 5, 8, 2])
    _require(_measured(mean_squared_error, series, predicted.reshape(-1, 1)), expected, {})
    return "It measures the same for a column from Keras as for a flat array."


def _measured(function, true, predicted) -> float:
    return number_of(answer_of(function, true, predicted), "mean_squared_error(true, predicted)")


def _require(value, expected, wrong, **facts):
    if np.isclose(value, expected):
        return
    for name, wrong_value in wrong.items():
        if np.isclose(value, wrong_value):
            raise Mistake(name, **facts)
    raise Mistake("another number", value=value, expected=expected)


def judge_baseline(rng, baseline) -> str:
    value = number_of(answer_of(baseline, _TRAIN.copy(), _TEST.copy()), "baseline_mse(train, test)")
    mean = _TRAIN.rating.mean()
    everything = pd.concat([_TRAIN.rating, _TEST.rating])

    def error_of(prediction, rows=_TEST.rating):
        return np.mean((rows - prediction) ** 2)

    wrong = {
        "mean of the test part": error_of(_TEST.rating.mean()),
        "mean of all ratings": error_of(everything.mean()),
        "measured on training rows": error_of(mean, _TRAIN.rating),
        "root": np.sqrt(error_of(mean)),
        "absolute": np.mean(np.abs(_TEST.rating - mean)),
        "sum": np.sum((_TEST.rating - mean) ** 2),
        "the mean itself": mean,
    }
    _require(value, error_of(mean), wrong)
    return "It learns from the training part alone and is measured on the test part."


MEAN_SQUARED_ERROR = Task(
    id="5.6",
    title="Measure the error",
    values=(
        Answer("mean_squared_error", "function", "mean_squared_error(true, predicted)", "number"),
    ),
    judge=judge_mean_squared_error,
    mistakes={
        "raises": "The function stopped: {error} Mind that Keras returns a column: one row for "
        "each prediction, with one number in it. `np.ravel` makes a column flat.",
        "array": "`{name}` gives an array of the shape {shape}. The mean of the squares is one "
        "number.",
        "root": "This is the root of the mean squared error (RMSE). The lesson reports it without "
        "the root.",
        "absolute": "This is the mean absolute error. Square the differences instead.",
        "sum": "This is the sum of the squares. Divide by how many there are: take the mean.",
        "not squared": "Differences above and below cancel each other here. Square them first.",
        "squared too late": "The mean was taken first and squared after. Square each difference, "
        "then take the mean.",
        "every pair": "Right for a flat array, but not for the column that Keras returns: "
        "(4,) minus (4, 1) is (4, 4), every rating against every prediction. `np.ravel` first.",
        "another number": "For a small example it gives {value:.4f}; right is {expected:.4f}.",
    },
    hints=(
        "Difference, square, mean: in this order.",
        "What shape does `model.predict` return? And `test.rating`? numpy stretches them "
        "without a word.",
        "`np.ravel(predicted)` makes the column flat; then `np.mean((… - …) ** 2)`.",
    ),
)

BASELINE = Task(
    id="5.7",
    title="The simplest prediction",
    values=(Answer("baseline_mse", "function", "baseline_mse(train, test)", "number"),),
    judge=judge_baseline,
    mistakes={
        "raises": "`baseline_mse(train, test)` stopped: {error}",
        "array": "`{name}` gives an array of the shape {shape}; it should be one number.",
        "mean of the test part": "The mean comes from the test part. That is peeking: a "
        "prediction must not know the answers. Take the training part's mean.",
        "mean of all ratings": "The mean comes from all ratings, the test part included. Take the "
        "training part's mean.",
        "measured on training rows": "The error is measured on the training rows. The network is "
        "measured on the test rows, so its rival must be too.",
        "root": "This is the root of the mean squared error. The network's error is without it.",
        "absolute": "This is the mean absolute error. Square the differences instead.",
        "sum": "This is the sum of the squares. Take their mean.",
        "the mean itself": "This is the prediction. Now measure how far the test ratings are "
        "from it.",
        "another number": "For a small example it gives {value:.4f}; right is {expected:.4f}.",
    },
    hints=(
        "The prediction is one number for all, and it may use the training part only.",
        "`train.rating.mean()` is the prediction.",
        "`np.mean((test.rating - train.rating.mean()) ** 2)`",
    ),
)
