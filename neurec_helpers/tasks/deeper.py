"""Notebook 06: choose when to stop."""

import numpy as np

from neurec_helpers.tasks.base import (
    Answer,
    Mistake,
    Task,
    answer_of,
    number_of,
)

# In the first history training loss goes on falling; in the second the best epoch is the last.
_HISTORIES = (
    {
        "loss": [0.90, 0.80, 0.72, 0.66, 0.61, 0.57],
        "val_loss": [0.93, 0.85, 0.79, 0.81, 0.84, 0.95],
    },
    {"loss": [0.90, 0.60, 0.65], "val_loss": [0.92, 0.86, 0.84]},
    {"loss": [0.70, 0.60], "val_loss": [0.71, 0.75]},
)


def judge_best_epoch(rng, best_epoch) -> str:
    answers = [
        number_of(answer_of(best_epoch, {name: list(v) for name, v in history.items()}), "it")
        for history in _HISTORIES
    ]
    if answers == _every(lambda loss, validation: 1 + np.argmin(validation)):
        return "Epochs counted from 1, chosen by the validation loss."
    wrong = {
        "from zero": lambda loss, validation: np.argmin(validation),
        "training loss": lambda loss, validation: 1 + np.argmin(loss),
        "training loss, from zero": lambda loss, validation: np.argmin(loss),
        "last": lambda loss, validation: len(validation),
        "worst": lambda loss, validation: 1 + np.argmax(validation),
        "the loss itself": lambda loss, validation: np.min(validation),
        "smallest gap": lambda loss, validation: 1 + np.argmin(np.subtract(validation, loss)),
    }
    for name, rule in wrong.items():
        if np.allclose(answers, _every(rule)):
            raise Mistake(name)
    raise Mistake(
        "another epoch",
        losses=_HISTORIES[0]["val_loss"],
        answer=f"{answers[0]:g}",
    )


def _every(rule):
    return [float(rule(history["loss"], history["val_loss"])) for history in _HISTORIES]


BEST_EPOCH = Task(
    id="5.8",
    title="When to stop",
    values=(Answer("best_epoch", "function", "best_epoch(history)", "number"),),
    judge=judge_best_epoch,
    mistakes={
        "raises": "`best_epoch(history)` stopped: {error} `history` is a dictionary with the two "
        'lists "loss" and "val_loss".',
        "array": "{name} gives an array of the shape {shape}; one epoch is wanted.",
        "from zero": "Python counts from 0, epochs from 1: add one.",
        "training loss": "This is where the training loss is lowest. It nearly always goes on "
        "falling, so it can't tell when to stop. Look at the validation loss.",
        "training loss, from zero": "This looks at the training loss, which goes on falling, and "
        "counts from 0. Look at the validation loss, and count from 1.",
        "last": "This is the last epoch. The best one is where the validation loss is lowest.",
        "worst": "This is where the validation loss is highest.",
        "the loss itself": "This is the lowest validation loss. In which epoch was it reached?",
        "smallest gap": "This is where the two losses are closest, which is usually the very "
        "start. The best epoch is where the validation loss itself is lowest.",
        "another epoch": "For the validation losses {losses} it says {answer}.",
    },
    hints=(
        "Which of the two losses says how the network does on ratings it has not seen?",
        "`np.argmin` gives the position of the smallest number in a list.",
        'Positions start at 0 and epochs at 1: `np.argmin(history["val_loss"]) + 1`',
    ),
)
