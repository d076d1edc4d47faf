"""Notebook 05: measure an error, and compare it with the simplest prediction."""

import numpy as np
import pandas as pd

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, answer_of, number_of
from neurec_helpers.tasks.cases import draw_apart, first_match, is_rounded


def _judge_mean_squared_error(rng, mean_squared_error) -> Message:
    (true, column, right), *more = cases = draw_apart(rng, _draw_errors, _WRONG)

    def measured(true, predicted):
        return number_of(
            answer_of(mean_squared_error, true, predicted), "mean_squared_error(true, predicted)"
        )

    values = [measured(true, column), *(measured(t, c) for t, c, _ in more)]
    _require(values, cases, _WRONG)
    index = rng.permutation(len(true)) + 5
    value = measured(pd.Series(true, index=index), column)
    if not np.isclose(value, right, rtol=1e-5):
        raise Mistake("labels", value=value, expected=right)
    # Every row counts, however many there are and however far off.
    many, far, error = _errors_of(rng, rng.normal(0, 20, 2_000))
    _require([measured(many, far)], [(many, far, error)], ())
    if _measures_flat(mean_squared_error, true, column, right):
        return Message("It measures the same for a column from Keras as for a flat array.")
    return Message("It measures what Keras returns, a column, rightly.")


def _measures_flat(function, true, column, right):
    """Keras never returns a flat array, so a function need not take one."""
    try:
        value = number_of(answer_of(function, true, column[:, 0]), "it")
    except Mistake:
        return False
    return bool(np.isclose(value, right))


def _draw_errors(rng):
    """Ratings, predictions as Keras returns them, and the mean squared error, drawn first."""
    cases = []
    for n in rng.integers(6, 12, 2):
        cases.append(_errors_of(rng, rng.uniform(0.2, 1.4, n) * rng.choice([-1, 1], n)))
    return cases


def _errors_of(rng, errors):
    """One case: ratings, predictions that are off by `errors`, and the mean squared error."""
    true = rng.integers(1, 6, len(errors)).astype(float)
    predicted = (true - errors).astype("float32").reshape(-1, 1)
    return true, predicted, np.mean((true - predicted[:, 0]) ** 2)


def _errors(true, predicted):
    return true - predicted[:, 0]


_WRONG = (
    ("root", lambda t, p: np.sqrt(np.mean(_errors(t, p) ** 2))),
    ("absolute", lambda t, p: np.mean(np.abs(_errors(t, p)))),
    ("sum", lambda t, p: np.sum(_errors(t, p) ** 2)),
    ("half", lambda t, p: np.mean(_errors(t, p) ** 2) / 2),
    ("variance", lambda t, p: np.var(_errors(t, p))),
    ("variance", lambda t, p: np.var(_errors(t, p), ddof=1)),
    ("not squared", lambda t, p: np.mean(_errors(t, p))),
    ("not squared", lambda t, p: -np.mean(_errors(t, p))),
    ("squared too late", lambda t, p: np.mean(_errors(t, p)) ** 2),
    ("every pair", lambda t, p: np.mean((t - p) ** 2)),
    ("every pair", lambda t, p: np.sqrt(np.mean((t - p) ** 2))),
    ("every pair", lambda t, p: np.sum((t - p) ** 2) / len(t)),
    ("every pair", lambda t, p: np.mean(np.abs(t - p))),
)


def _require(values, cases, wrong):
    right = [case[-1] for case in cases]
    if np.allclose(values, right, rtol=1e-5):
        return
    if name := first_match(values, cases, wrong):
        raise Mistake(name)
    if is_rounded(values, right):
        raise Mistake("rounded")
    place = int(np.argmax(~np.isclose(values, right, rtol=1e-5)))
    raise Mistake("another number", value=values[place], expected=right[place])


def _judge_baseline(rng, baseline_mse) -> Message:
    cases = draw_apart(rng, _draw_parts, _WRONG_BASELINES)
    values = [
        number_of(answer_of(baseline_mse, train, test), "baseline_mse(train, test)")
        for train, test, _ in cases
    ]
    if values[0] == values[1] and not first_match(values, cases, _WRONG_BASELINES):
        raise Mistake("constant", value=values[0])
    _require(values, cases, _WRONG_BASELINES)
    return Message("It learns from the training part alone and is measured on the test part.")


def _draw_parts(rng):
    """Parts of different means, so that the source of a mean shows, and the error."""
    cases = []
    for n, counts in ((8, [16, 9, 5, 4, 2]), (11, [3, 5, 8, 13, 7])):
        stars = np.repeat([5, 4, 3, 2, 1], np.multiply(counts, 10))
        stars = np.sort(rng.permutation(stars)[:300])
        # A book's ratings are alike and books differ in how many they have; so do readers.
        ids = {
            "book_id": np.sort(rng.choice([1, 2, 3, 4, 5], 300, p=[0.1, 0.1, 0.1, 0.2, 0.5])),
            "user_id": rng.choice([1, 2, 3, 4], 300, p=[0.1, 0.2, 0.3, 0.4]),
        }
        train = pd.DataFrame(ids).assign(rating=stars).sample(frac=1, random_state=rng)
        test = pd.DataFrame(
            {"book_id": rng.integers(1, 6, n), "user_id": rng.integers(1, 5, n)},
            index=rng.permutation(n) + 40,
        ).assign(rating=rng.integers(1, 5, n))
        error = np.mean((test.rating - train.rating.mean()) ** 2)
        cases.append((train, test, error))
    return cases


def _error_of(prediction, rows):
    return np.mean((rows.rating - prediction) ** 2)


def _everything(train, test):
    return pd.concat([train, test]).rating


_WRONG_BASELINES = (
    ("mean of the test part", lambda a, b: _error_of(b.rating.mean(), b)),
    ("mean of the test part", lambda a, b: b.rating.var()),
    ("mean of all ratings", lambda a, b: _error_of(_everything(a, b).mean(), b)),
    ("median", lambda a, b: _error_of(a.rating.median(), b)),
    ("most frequent", lambda a, b: _error_of(a.rating.mode()[0], b)),
    ("mean of means", lambda a, b: _error_of(a.groupby("book_id").rating.mean().mean(), b)),
    ("mean of means", lambda a, b: _error_of(a.groupby("user_id").rating.mean().mean(), b)),
    *(
        ("a typed number", lambda a, b, stars=stars: _error_of(stars, b))
        for stars in np.arange(1, 5.5, 0.5)
    ),
    ("measured on training rows", lambda a, b: a.rating.var(ddof=0)),
    ("parts exchanged", lambda a, b: _error_of(b.rating.mean(), a)),
    ("root", lambda a, b: np.sqrt(_error_of(a.rating.mean(), b))),
    ("absolute", lambda a, b: np.mean(np.abs(b.rating - a.rating.mean()))),
    ("sum", lambda a, b: np.sum((b.rating - a.rating.mean()) ** 2)),
    ("squared too late", lambda a, b: (b.rating.mean() - a.rating.mean()) ** 2),
    ("the mean itself", lambda a, b: a.rating.mean()),
)


MEAN_SQUARED_ERROR = Task(
    id="5.6",
    title="Measure the error",
    values=(
        Answer("mean_squared_error", "function", "mean_squared_error(true, predicted)", "number"),
    ),
    judge=_judge_mean_squared_error,
    mistakes={
        "raises": "The function stopped: {error} It is called with a flat array or a column of a "
        "table as `true`, and with what Keras returns as `predicted`: one row for each prediction, "
        "with one number in it. `np.ravel` makes both flat arrays.",
        "array": "`{name}` gives an array of the shape {shape}. The mean of the squares is one "
        "number.",
        "root": "This is the root of the mean squared error (RMSE). The lesson reports it without "
        "the root.",
        "absolute": "This is the mean absolute error. Square the differences instead.",
        "sum": "This is the sum of the squares. Divide by how many there are: take the mean.",
        "half": "This is half of it. Some define a loss with a half in front; the mean squared "
        "error has none.",
        "variance": "This is the variance of the errors, which leaves their mean out of account. "
        "Square the errors themselves.",
        "not squared": "Differences above and below cancel each other here. Square them first.",
        "squared too late": "The mean was taken first and squared after. Square each difference, "
        "then take the mean.",
        "every pair": "Keras returns a column, and a flat array minus a column is a square table: "
        "(4,) minus (4, 1) is (4, 4), every rating against every prediction. Make the column flat "
        "first.",
        "rounded": "The right number, but rounded. Round when you print a result, not where it is "
        "computed.",
        "labels": "Right for a flat array, but where `true` is a column of a table it gives "
        "{value:.4f} in place of {expected:.4f}. pandas subtracts row by row label, and a part of "
        "a split has other labels than 0, 1, 2, …: make `true` an array first, by `np.ravel`.",
        "another number": "For one example it gives {value:.4f}; right is {expected:.4f}.",
    },
    hints=(
        "Difference, square, mean: in this order.",
        "What shape does `model.predict` return? And `test.rating`? numpy stretches them "
        "without a word.",
        "`np.ravel` makes anything flat. Two flat arrays can be subtracted, the difference squared "
        "with `** 2`, and `np.mean` does the rest.",
    ),
)

BASELINE = Task(
    id="5.7",
    title="The simplest prediction",
    values=(Answer("baseline_mse", "function", "baseline_mse(train, test)", "number"),),
    judge=_judge_baseline,
    mistakes={
        "raises": "`baseline_mse(train, test)` stopped: {error} Both are tables with the columns "
        "book_id, user_id and rating.",
        "array": "`{name}` gives an array of the shape {shape}; it should be one number.",
        "constant": "It gives {value:g} for whatever parts it is called with. Let it use `train` "
        "and `test`, the ones in its brackets.",
        "mean of the test part": "The mean comes from the test part. That is peeking: a "
        "prediction must not know the answers. Take the training part's mean.",
        "mean of all ratings": "The mean comes from all ratings, the test part included. Take the "
        "training part's mean.",
        "median": "The prediction is the median of the training ratings. Of all numbers the mean "
        "has the smallest squared error.",
        "most frequent": "The prediction is the most frequent rating. Of all numbers the mean has "
        "the smallest squared error.",
        "mean of means": "This is a mean of means: a book or reader with one rating counts as much "
        "as one with a hundred. Take the mean over the ratings.",
        "a typed number": "The prediction doesn't depend on the training part. Compute its mean.",
        "measured on training rows": "The error is measured on the training rows. The network is "
        "measured on the test rows, so its rival must be too.",
        "parts exchanged": "The parts are exchanged: the mean comes from the test part, and the "
        "error is measured on the training part.",
        "root": "This is the root of the mean squared error. The network's error is without it.",
        "absolute": "This is the mean absolute error. Square the differences instead.",
        "sum": "This is the sum of the squares. Take their mean.",
        "squared too late": "The mean was taken first and squared after. Square each difference, "
        "then take the mean.",
        "the mean itself": "This is the prediction. Now measure how far the test ratings are "
        "from it.",
        "rounded": "The right number, but rounded. Round when you print a result, not where it is "
        "computed.",
        "another number": "For one example it gives {value:.4f}; right is {expected:.4f}.",
    },
    hints=(
        "The prediction is one number for all. Which ratings may it know?",
        "The prediction is the mean rating of one part; the error is measured on the other part, "
        "as in the task before.",
        "`train.rating.mean()` is the prediction. Subtract it from `test.rating`, square, take the "
        "mean.",
    ),
)
