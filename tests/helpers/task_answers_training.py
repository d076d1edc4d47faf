"""Answers to the tasks of notebooks 05 and 06, as in task_answers_first.py."""

from tests.helpers.task_answers_first import wrong


def mse(expression):
    return f"def mean_squared_error(true, predicted):\n    return {expression}"


def baseline(expression):
    return f"def baseline_mse(train, test):\n    return {expression}"


def epoch(expression):
    return f"def best_epoch(history):\n    return {expression}"


FLAT = "(np.ravel(true) - np.ravel(predicted))"

RIGHT = {
    "5.6": {
        "keras": """
def mean_squared_error(true, predicted):
    return keras.ops.mean((np.asarray(true) - predicted[:, 0] if predicted.ndim > 1 else
                           np.asarray(true) - predicted) ** 2)
""",
        "loop": """
def mean_squared_error(true, predicted):
    total = 0
    for t, p in zip(true, np.asarray(predicted).flatten()):
        total += (t - p) ** 2
    return total / len(true)
""",
        "first column": "mean_squared_error = lambda t, p: np.mean((t - p[:, 0]) ** 2)",
        "a column of true": """
def mean_squared_error(true, predicted):
    return ((np.array(true)[:, None] - predicted) ** 2).mean()
""",
        "Keras's own": """
def mean_squared_error(true, predicted):
    return keras.losses.MeanSquaredError()(np.array(true), predicted).numpy()
""",
        "flatten": """
def mean_squared_error(true, predicted):
    error = pd.Series(predicted.flatten()) - pd.Series(np.asarray(true))
    return sum(error ** 2) / len(error)
""",
        "scikit-learn": """
from sklearn.metrics import mean_squared_error
""",
    },
    "5.7": {
        "numpy": """
def baseline_mse(train, test):
    guess = np.full(len(test), np.mean(train["rating"]))
    return np.mean(np.square(test["rating"].to_numpy() - guess))
""",
        "pandas": """
def baseline_mse(training, testing):
    return testing.rating.sub(training.rating.mean()).pow(2).mean()
""",
    },
    "5.8": {
        "index": """
def best_epoch(history):
    losses = history["val_loss"]
    return losses.index(min(losses)) + 1
""",
        "pandas": """
def best_epoch(history):
    table = pd.DataFrame(history, index=range(1, len(history["loss"]) + 1))
    return table.val_loss.idxmin()
""",
    },
}

WRONG = {
    "5.6": {
        "raises": wrong(
            mse("(true - prediction) ** 2"),
            mse("np.mean((true - predicted) ** 2) if true.shape == predicted.shape else 1 / 0"),
        ),
        "array": wrong(mse(f"{FLAT} ** 2")),
        "root": wrong(mse(f"np.sqrt(np.mean({FLAT} ** 2))")),
        "absolute": wrong(mse(f"np.mean(np.abs({FLAT}))")),
        "sum": wrong(mse(f"np.sum({FLAT} ** 2)")),
        "not squared": wrong(mse(f"np.mean({FLAT})")),
        "squared too late": wrong(mse(f"np.mean({FLAT}) ** 2")),
        "every pair": wrong(
            mse("np.mean((np.asarray(true) - predicted) ** 2)"),
            mse("np.sum((np.asarray(true) - predicted) ** 2) / len(true)"),
            mse("np.mean(np.abs(np.asarray(true) - predicted))"),
        ),
        "labels": wrong(mse("((pd.Series(true) - pd.Series(predicted[:, 0])) ** 2).mean()")),
        "half": wrong(mse(f"np.mean({FLAT} ** 2) / 2")),
        "variance": wrong(mse(f"np.var({FLAT})"), mse(f"pd.Series({FLAT}).var()")),
        "rounded": wrong(mse(f"round(np.mean({FLAT} ** 2), 2)")),
        "another number": wrong(
            mse(f"np.mean({FLAT} ** 2) / 3"),
            mse("1.23456"),
            mse(f"np.mean({FLAT}[:50] ** 2)"),
            mse("np.mean((np.ravel(true) - np.clip(np.ravel(predicted), -1, 7)) ** 2)"),
        ),
    },
    "5.7": {
        "raises": wrong(baseline("np.mean((test - mean) ** 2)")),
        "array": wrong(baseline("(test.rating - train.rating.mean()) ** 2")),
        "mean of the test part": wrong(
            baseline("np.mean((test.rating - test.rating.mean()) ** 2)"),
            baseline("test.rating.var(ddof=0)"),
        ),
        "mean of all ratings": wrong(
            baseline("np.mean((test.rating - pd.concat([train, test]).rating.mean()) ** 2)")
        ),
        "measured on training rows": wrong(
            baseline("np.mean((train.rating - train.rating.mean()) ** 2)")
        ),
        "root": wrong(baseline("np.mean((test.rating - train.rating.mean()) ** 2) ** 0.5")),
        "absolute": wrong(baseline("np.mean(np.abs(test.rating - train.rating.mean()))")),
        "sum": wrong(baseline("np.sum((test.rating - train.rating.mean()) ** 2)")),
        "the mean itself": wrong(baseline("train.rating.mean()")),
        "constant": wrong(baseline("0.97"), baseline("np.mean((ratings.rating - 4) ** 2)")),
        "median": wrong(baseline("np.mean((test.rating - train.rating.median()) ** 2)")),
        "most frequent": wrong(baseline("np.mean((test.rating - train.rating.mode()[0]) ** 2)")),
        "mean of means": wrong(
            baseline("((test.rating - train.groupby('book_id').rating.mean().mean()) ** 2).mean()"),
            baseline("((test.rating - train.groupby('user_id').rating.mean().mean()) ** 2).mean()"),
        ),
        "a typed number": wrong(
            baseline("((test.rating - 3) ** 2).mean()"), baseline("np.mean((test.rating - 4) ** 2)")
        ),
        "parts exchanged": wrong(
            "def baseline_mse(test, train):\n"
            "    return np.mean((test.rating - train.rating.mean()) ** 2)"
        ),
        "squared too late": wrong(baseline("(test.rating.mean() - train.rating.mean()) ** 2")),
        "rounded": wrong(baseline("round(np.mean((test.rating - train.rating.mean()) ** 2), 3)")),
        "another number": wrong(
            baseline("np.mean((test.rating - 3.84) ** 2)"),
            baseline("np.mean((test.rating - train.user_id.mean()) ** 2)"),
            baseline("np.mean((test.rating - train.rating[:30].mean()) ** 2)"),
        ),
    },
    "5.8": {
        "raises": wrong(epoch('history.history["val_loss"]'), epoch('history["validation"]')),
        "array": wrong(epoch('history["val_loss"]')),
        "overwrites": wrong(
            # A copy of a dictionary holds the same lists.
            "def best_epoch(history):\n"
            "    losses, epoch = history.copy()['val_loss'], 1\n"
            "    lowest = min(losses)\n"
            "    while losses.pop(0) != lowest:\n"
            "        epoch += 1\n"
            "    return epoch"
        ),
        "from zero": wrong(epoch('np.argmin(history["val_loss"])')),
        "training loss": wrong(epoch('np.argmin(history["loss"]) + 1')),
        "training loss, from zero": wrong(epoch('np.argmin(history["loss"])')),
        "last": wrong(epoch('len(history["val_loss"])')),
        "worst": wrong(epoch('np.argmax(history["val_loss"]) + 1')),
        "the loss itself": wrong(epoch('min(history["val_loss"])')),
        "smallest gap": wrong(
            epoch('np.argmin(np.subtract(history["val_loss"], history["loss"])) + 1')
        ),
        "constant": wrong(
            epoch("3"),
            "def best_epoch(history):\n"
            "    losses = history['val_loss']\n"
            "    losses.sort()\n"
            "    return history['val_loss'].index(losses[0]) + 1",
        ),
        "first rise": wrong(
            "def best_epoch(history):\n"
            "    losses = history['val_loss']\n"
            "    for i in range(1, len(losses)):\n"
            "        if losses[i] > losses[i - 1]:\n"
            "            return i\n"
            "    return len(losses)"
        ),
        "another epoch": wrong(
            epoch('len(history["loss"]) // 2'),
            epoch('np.argmin(history["val_loss"]) + 2'),
            epoch('np.argmin(np.round(history["val_loss"], 1)) + 1'),
            epoch('np.argmin(np.round(history["val_loss"], 2)) + 1'),
            epoch('np.argmin(np.diff(history["val_loss"], prepend=history["val_loss"][0])) + 1'),
            epoch('np.argmin(history["val_loss"][:10]) + 1'),
            "def best_epoch(history):\n"
            "    best, at = np.inf, 0\n"
            "    for epoch, loss in enumerate(history['val_loss'], 1):\n"
            "        if loss < best:\n"
            "            best, at = loss, epoch\n"
            "        elif epoch - at >= 5:\n"
            "            break\n"
            "    return at",
        ),
    },
}
