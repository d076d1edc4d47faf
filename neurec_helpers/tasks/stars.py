"""Notebook 08: stars from a sigmoid, and precision of a list."""

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import Answer, Mistake, Task, answer_of, number_of, numbers_of
from neurec_helpers.tasks.cases import draw_apart, first_match, is_rounded


def _judge_to_stars(rng, to_stars) -> Message:
    stars = rng.permutation(np.r_[1, 2, 3, 5, 1 + 4 * rng.random(8)])
    squeezed = (stars - 1) / 4
    got = numbers_of(answer_of(to_stars, squeezed), "to_stars(...)")
    if got.size != stars.size:
        raise Mistake("another length", n=stars.size, size=got.size)
    got = got.reshape(-1)
    if np.allclose(got, stars):
        _require_scale_of_its_own(to_stars, squeezed, stars)
        return Message("0 is one star, 1 is five, and nothing is lost in between.")
    halves = np.array_equal(2 * got, np.round(2 * got)) and np.abs(got - stars).max() <= 1
    if halves or is_rounded(got, stars):
        raise Mistake("rounded")
    if name := first_match([got], [(squeezed, stars)], _WRONG_STARS):
        raise Mistake(name)
    place = np.argmax(np.abs(got - stars))
    raise Mistake("other stars", p=squeezed[place], got=got[place], stars=stars[place])


def _require_scale_of_its_own(to_stars, squeezed, stars):
    """The lowest of some predictions is not one star, nor the highest five."""
    inner = (stars > 1) & (stars < 5)
    squeezed, stars = squeezed[inner], stars[inner]
    got = numbers_of(answer_of(to_stars, squeezed), "to_stars(...)").reshape(-1)
    if got.size != stars.size:
        raise Mistake("another length", n=stars.size, size=got.size)
    if not np.allclose(got, stars):
        place = np.argmax(np.abs(got - stars))
        raise Mistake("other stars", p=squeezed[place], got=got[place], stars=stars[place])


_WRONG_STARS = (
    ("times five", lambda p: 5 * p),
    ("times four", lambda p: 4 * p),
    ("up to six", lambda p: 1 + 5 * p),
    ("clipped", lambda p: np.clip(5 * p, 1, 5)),
    ("unchanged", lambda p: p),
    ("squeezed again", lambda p: (p - 1) / 4),
    ("one first", lambda p: 4 * (p + 1)),
    ("divided", lambda p: 1 + p / 4),
)


STARS = Task(
    id="8.2",
    title="Back to stars",
    values=(Answer("to_stars", "function", "to_stars(p)", "array"),),
    judge=_judge_to_stars,
    mistakes={
        "raises": "`to_stars(p)` stopped: {error} `p` is an array of numbers from 0 to 1, "
        "so `float`, `round`, `min` and `if p > …`, which take one number, don't do.",
        "another length": "For {n} numbers it gives {size}; each needs its stars.",
        "times five": "With `5 * p` one star, squeezed to 0, comes back as no star at all. The "
        "scale has four steps, from 1 to 5.",
        "times four": "The range is right, but it begins at 0. One star must come back as 1.",
        "up to six": "One star comes back as 1, but five stars as 6. How wide is the scale?",
        "clipped": "Cutting `5 * p` off below 1 mends the two ends only: a quarter should be 2 "
        "stars, half of it 3.",
        "rounded": "Rounded. A prediction may lie in between, and rounding makes the error larger.",
        "unchanged": "These are still numbers from 0 to 1.",
        "squeezed again": "This squeezes once more. Undo it: the opposite of each step.",
        "one first": "The steps are undone in the wrong order: the last one, the division, comes "
        "first.",
        "divided": "Dividing squeezed the scale; to stretch it again, multiply.",
        "other stars": "{p:g} becomes {got:g}, where {stars:g} is due.",
    },
    hints=(
        "What was done to the ratings? Undo it, last step first.",
        "First 1 was subtracted, then the result divided by 4. What is the opposite of each?",
        "Multiply, then add. Try it: 0 must give 1, and 1 must give 5.",
    ),
)


def _judge_precision(rng, precision_at_k) -> Message:
    cases = draw_apart(rng, _draw_lists, _WRONG_PRECISION)
    answers = [
        number_of(answer_of(precision_at_k, *arguments), "precision_at_k(...)")
        for *arguments, _ in cases
    ]
    right = [share for *_, share in cases]
    if np.allclose(answers, right):
        return Message("The share of the first k places that hold a relevant book.")
    if not any(answers):
        raise Mistake("never a hit")
    if name := first_match(answers, cases, _WRONG_PRECISION):
        raise Mistake(name)
    # In the first case few books happen to stand in the same place of the set.
    by_chance = np.isclose(answers[0] * cases[0][2], (0, 1, 2)).any()
    if by_chance and answers[2] == 1 != answers[3]:
        raise Mistake("place by place")
    if is_rounded(answers, right):
        raise Mistake("rounded")
    books, relevant, k, share, answer = next(
        (*case, answer)
        for case, answer in zip(cases, answers, strict=True)
        if not np.isclose(answer, case[-1])
    )
    raise Mistake(
        "another number",
        books=books.tolist(),
        relevant=sorted(relevant),
        k=k,
        answer=answer,
        share=share,
    )


def _draw_lists(rng):
    """Lists, relevant books, k, and the share of hits, which is drawn first."""
    cases = []
    # In the second case fewer than k are relevant.
    for n, k, hits, more in ((11, 7, rng.integers(1, 7), 4), (8, 6, rng.integers(2, 5), 0)):
        ids = rng.permutation(np.r_[1:60, 5000:5060])[: n + 6]
        first, later, others = ids[:k], ids[k:n], ids[n:]
        found = [*rng.permutation(first)[:hits], *later[: rng.integers(0, n - k)], *others[:more]]
        cases.append((ids[:n], {int(book) for book in found}, k, hits / k))
    # All are hits, once in the order in which Python goes through the set, once in the opposite.
    low = np.sort(rng.permutation(np.arange(1, 8))[:3])
    cases.append((np.r_[low, 60, 50, 70, 40], set(low.tolist()), 3, 1.0))
    high = np.sort(rng.permutation(np.arange(10, 100))[:7])[::-1]
    cases.append((high, set(high[:4].tolist()) | {1, 2}, 4, 1.0))
    return cases


def _hits(books, relevant):
    return len(set(books.tolist()) & relevant)


_WRONG_PRECISION = (
    ("recall", lambda b, r, k: _hits(b[:k], r) / len(r)),
    ("recall of all", lambda b, r, k: _hits(b, r) / len(r)),
    ("whole list", lambda b, r, k: _hits(b, r) / len(b)),
    ("whole list over k", lambda b, r, k: _hits(b, r) / k),
    ("divided by the list", lambda b, r, k: _hits(b[:k], r) / len(b)),
    ("last places", lambda b, r, k: _hits(b[-k:], r) / k),
    ("other places", lambda b, r, k: _hits(b[1 : k + 1], r) / k),
    ("other places", lambda b, r, k: _hits(b[: k + 1], r) / k),
    ("other places", lambda b, r, k: _hits(b[: k - 1], r) / k),
    ("count", lambda b, r, k: _hits(b[:k], r)),
    ("whole numbers", lambda b, r, k: _hits(b[:k], r) // k),
    ("any", lambda b, r, k: float(_hits(b[:k], r) > 0)),
    ("misses", lambda b, r, k: 1 - _hits(b[:k], r) / k),
    ("percent", lambda b, r, k: 100 * _hits(b[:k], r) / k),
)

PRECISION = Task(
    id="8.3",
    title="Precision of a list",
    values=(
        Answer("precision_at_k", "function", "precision_at_k(recommended, relevant, k)", "number"),
    ),
    judge=_judge_precision,
    mistakes={
        "raises": "`precision_at_k(recommended, relevant, k)` stopped: {error} `recommended` is an "
        "array of ids, best first, `relevant` a set of ids.",
        "array": "`{name}` gives an array of the shape {shape}; one number is wanted.",
        "recall": "Divided by the number of relevant books this is recall@k: how many of them "
        "were found. Precision asks how many of the k places were used well.",
        "recall of all": "This looks at the whole list and divides by the number of relevant "
        "books. Look at the first k places only, and divide by k.",
        "whole list": "This is the share in the whole list. Only the first k places count.",
        "whole list over k": "The hits are counted in the whole list. Only the first k places "
        "count.",
        "divided by the list": "The hits are those of the first k places, but they are divided by "
        "the length of the whole list.",
        "last places": "The hits are those of the last k places. The list has the best book first.",
        "other places": "Not quite the first k places are counted: one too many, one too few, or "
        "all moved by one. `recommended[:k]` holds exactly the first k.",
        "count": "This is the number of hits. Divide it by k.",
        "whole numbers": "It is 0 unless all k places are hits. `//` throws the fraction away; "
        "divide by `/`.",
        "any": "It is 1 as soon as there is a hit. Were the hits divided by the number of hits? "
        "Divide by k.",
        "never a hit": "It is 0 even where all k books are relevant. `np.isin` does not look into "
        "a set, if that is what you use: it needs `list(relevant)`.",
        "place by place": "Books are compared place by place. `relevant` is a set and has no "
        "order; a hit is a book that is in it anywhere.",
        "percent": "This is in percent. A share goes from 0 to 1.",
        "rounded": "The right share, but rounded. Round when you print a result, not where it is "
        "computed.",
        "misses": "This is the share of misses.",
        "another number": "For the list {books}, the relevant books {relevant} and k = {k} it "
        "gives {answer:g}, where {share:g} is due.",
    },
    hints=(
        "How many of the first k books are in the set?",
        "A slice takes the first k; `in` asks whether a book is in a set. True counts as 1.",
        "Go through `recommended[:k]`, sum up `book in relevant`, and divide by the number of "
        "places.",
    ),
)
