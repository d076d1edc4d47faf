"""Notebook 06: choose when to stop."""

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, answer_of, number_of
from neurec_helpers.tasks.cases import draw_apart, first_match


def _judge_best_epoch(rng, best_epoch) -> Message:
    cases = draw_apart(rng, _draw, _WRONG)
    answers = [
        number_of(answer_of(best_epoch, history), "best_epoch(history)") for history, _ in cases
    ]
    if answers == [best for _, best in cases]:
        return Message("Epochs counted from 1, chosen by the validation loss.")
    if len(set(answers)) == 1:
        raise Mistake("constant", answer=answers[0])
    if name := first_match(answers, cases, _WRONG):
        raise Mistake(name)
    history, answer, best = next(
        (history, answer, best)
        for (history, best), answer in zip(cases, answers, strict=True)
        if answer != best
    )
    raise Mistake("another epoch", losses=history["val_loss"], answer=answer, best=best)


def _draw(rng):
    """Histories around a best epoch: in the middle, the first, the last, drawn, and a long one."""
    cases = []
    shapes = ((5, 7), (1, 4), (6, 6), *rng.integers((4, 8), (7, 10), (2, 2)))
    for best, epochs in (*shapes, (rng.integers(17, 22), 24)):
        level = rng.uniform(0.7, 0.8) + (best > 5)
        validation = level + 0.05 + 0.05 * np.sort(rng.random(epochs))[::-1]
        validation[best - 1] = level
        if best > 3:
            validation[best - 3] = validation[best - 4] + 0.02  # a rise before the best epoch
            # Nearly as low: the loss falls most before the best epoch, and rounding hides that.
            validation[best - 2] = level + 0.0003
        if epochs > 20:
            validation[5] = level + 0.0004  # and long before it
        training = 0.95 - 0.5 * np.arange(epochs) / epochs - 0.02 * rng.random(epochs)
        if best == 6:
            training[-1] += 0.4
        history = {"loss": _rounded(training), "val_loss": _rounded(validation)}
        cases.append((history, int(best)))
    return cases


def _rounded(losses):
    return [round(float(loss), 4) for loss in losses]


def _rise(losses):
    rises = np.diff(losses) > 0
    return 1 + (np.argmax(rises) if rises.any() else len(rises))


_WRONG = (
    ("from zero", lambda h: np.argmin(h["val_loss"])),
    ("training loss", lambda h: 1 + np.argmin(h["loss"])),
    ("training loss, from zero", lambda h: np.argmin(h["loss"])),
    ("last", lambda h: len(h["val_loss"])),
    ("worst", lambda h: 1 + np.argmax(h["val_loss"])),
    ("the loss itself", lambda h: np.min(h["val_loss"])),
    ("smallest gap", lambda h: 1 + np.argmin(np.abs(np.subtract(h["val_loss"], h["loss"])))),
    ("smallest gap", lambda h: 1 + np.argmin(np.subtract(h["val_loss"], h["loss"]))),
    ("first rise", lambda h: _rise(h["val_loss"])),
    ("first rise", lambda h: _rise(h["val_loss"]) + 1),
    *(("constant", lambda h, epoch=epoch: epoch) for epoch in range(10)),
)


BEST_EPOCH = Task(
    id="5.8",
    title="When to stop",
    values=(Answer("best_epoch", "function", "best_epoch(history)", "number"),),
    judge=_judge_best_epoch,
    mistakes={
        "raises": "`best_epoch(history)` stopped: {error} `history` is a dictionary with the two "
        'lists "loss" and "val_loss".',
        "array": "{name} gives an array of the shape {shape}; one epoch is wanted.",
        "overwrites": "The result is right, but the function changes the lists in `{argument}` "
        "themselves, which the cells below still need. A copy of a dictionary holds the same "
        'lists: copy the list, as in `losses = list({argument}["val_loss"])`.',
        "constant": "It says {answer:g} whatever the losses are. Let it look into `history`. (A "
        "list that was sorted no longer tells in which epoch.)",
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
        "first rise": "This stops where the validation loss rises for the first time. It goes up "
        "and down, and may fall lower later: look for the lowest of all.",
        "another epoch": "For the validation losses {losses} it says {answer:g}, where the lowest "
        "belongs to epoch {best}.",
    },
    hints=(
        "Which of the two losses says how the network does on ratings it has not seen?",
        "You need the place of the smallest number in a list. And mind from which number Python "
        "counts places, and from which one epochs are counted.",
        '`np.argmin` gives the place of the smallest number in `history["val_loss"]`, from 0.',
    ),
)
