"""Notebook 09: how alike two books are, a list from it, and negatives that are drawn unevenly."""

import numpy as np

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import (
    IDS,
    Answer,
    Mistake,
    Task,
    answer_of,
    numbers_of,
    require_ids,
)

CASES = 3


def _table_of(answer, name, shape):
    found = numbers_of(answer, name)
    if found.shape != shape:
        raise Mistake("another shape", got=found.shape, shape=shape)
    return found


def judge_similarity(rng, similarity) -> Message:
    """Counts of pairs are drawn around how many have read each book."""
    cases = [_pairs(rng) for _ in range(CASES)]
    answers = [
        _table_of(answer_of(similarity, together), "similarity(...)", together.shape)
        for together, _ in cases
    ]
    due = [_without_diagonal(t) / (np.outer(root, root) + 10) for t, root in cases]
    if _all_close(answers, due):
        _require_finite(similarity, *cases[0])
        return Message(
            "How many read both, against how many one would expect of books so well known."
        )
    if _all_close([_without_diagonal(answer) for answer in answers], due):
        raise Mistake("diagonal")
    for name, rule in _SIMILARITIES:
        wrong = [rule(together, root) for together, root in cases]
        if _all_close(
            [_without_diagonal(a) for a in answers], [_without_diagonal(w) for w in wrong]
        ):
            raise Mistake(name)
    if any(not np.isfinite(answer).all() for answer in answers):
        raise Mistake("not a number")
    raise Mistake("other values")


def _pairs(rng):
    """How many read both of two books, and the roots of how many read each."""
    n = rng.permutation(np.arange(9, 130))[: rng.integers(5, 8)]
    upper = np.triu(rng.integers(1, np.minimum.outer(n, n) + 1), 1)
    return (upper + upper.T + np.diag(n)).astype(float), np.sqrt(n)


def _require_finite(similarity, together, root):
    """A book that nobody has read is like no other."""
    together, root = together.copy(), root.copy()
    together[0], together[:, 0], root[0] = 0, 0, 0
    answer = _table_of(answer_of(similarity, together), "similarity(...)", together.shape)
    if not np.isfinite(answer).all():
        raise Mistake("not a number")
    if not _all_close([answer], [_without_diagonal(together) / (np.outer(root, root) + 10)]):
        raise Mistake("other values")


def _without_diagonal(table):
    return np.where(np.eye(len(table), dtype=bool), 0.0, table)


def _all_close(answers, others, atol=1e-8):
    return all(np.allclose(a, b, atol=atol) for a, b in zip(answers, others, strict=True))


_SIMILARITIES = (
    ("counts", lambda together, root: together),
    ("no ten", lambda together, root: together / np.outer(root, root)),
    ("no root", lambda together, root: together / (np.outer(root, root) ** 2 + 10)),
    ("no root", lambda together, root: together / np.outer(root, root) ** 2),
    ("one side", lambda together, root: together / (root[:, None] ** 2 + 10)),
    ("one side", lambda together, root: together / (root**2 + 10)),
    ("one side", lambda together, root: together / root[:, None] ** 2),
    ("one side", lambda together, root: together / root**2),
    ("ten in the root", lambda together, root: together / np.sqrt(np.outer(root, root) ** 2 + 10)),
    ("ten twice", lambda together, root: together / np.outer(root + 10, root + 10)),
    ("ten twice", lambda together, root: together / np.sqrt(np.outer(root**2 + 10, root**2 + 10))),
    ("ten on top", lambda together, root: together / np.outer(root, root) + 10),
)


SIMILARITY = Task(
    id="9.1",
    title="Books that are read together",
    values=(Answer("similarity", "function", "similarity(together)", "array"),),
    judge=judge_similarity,
    mistakes={
        "raises": "`similarity(together)` stopped: {error} `together` is a square array.",
        "another shape": "It gives something of the shape {got}. For each pair of books one number "
        "is wanted: the shape of `together`, {shape}.",
        "diagonal": "Right for all pairs, but a book is also like itself: then the reader's own "
        "books push themselves. Set the diagonal to 0: `np.fill_diagonal(alike, 0)`.",
        "counts": "These are the counts. Books that everybody reads are together with everything; "
        "divide by what is expected of two books so well known.",
        "no ten": "This is the cosine without the 10. Two books with one reader each, the same, "
        "would be as alike as can be. Add 10 below the line.",
        "no root": "Divided by the product of the two numbers of readers. Take its square root.",
        "one side": "Divided by the readers of one of the two books. Both must count, in the same "
        "way: the root of their product.",
        "ten in the root": "The 10 stands inside the root. It is added to the root.",
        "ten twice": "10 is added for each of the two books. Add it once, to the root of the "
        "product.",
        "ten on top": "10 is added to the result. It belongs below the line: mind the brackets.",
        "not a number": "Some values are not finite. Is something divided by 0? With 10 added "
        "below the line nothing is.",
        "other values": "On made counts it gives other values. Was the diagonal of `together` "
        "changed before the readers were taken from it? Divide each count by the root of the "
        "product of the two books' readers, plus 10.",
    },
    hints=(
        "The diagonal of `together` says how many have read each book. How many common readers "
        "would two such books have by chance?",
        "`np.outer(n, n)` holds the product for each pair; its root plus 10 goes below the line.",
        "`n = together.diagonal()`, `alike = together / (np.sqrt(np.outer(n, n)) + 10)`, and then "
        "the diagonal.",
    ),
)


def judge_unread_alike(rng, unread_alike) -> Message:
    """The list is drawn first; similarities that lead to it are made around it."""
    cases = [_shelf(rng, n_read) for n_read in (4, 9, 2)]
    found = [answer_of(unread_alike, alike, read, len(due)) for alike, read, due in cases]
    answers = [_values(answer) for answer in found]
    if answers == [due.tolist() for *_, due in cases]:
        require_ids(found[0], "unread_alike(...)")
        _require_equal_sums(unread_alike, *cases[0])
        return Message("What the books read say together; best first, nothing twice.")
    for name, rule in _LISTS:
        if answers == [np.asarray(rule(*case)).tolist() for case in cases]:
            raise Mistake(name)
    if all(_are_lowest(answer, *case) for answer, case in zip(answers, cases, strict=True)):
        raise Mistake("worst")
    for answer, (_, read, due) in zip(answers, cases, strict=True):
        if len(answer) != len(due):
            raise Mistake("count", got=len(answer), n=len(due))
        if set(answer) & set(read.tolist()):
            raise Mistake("read")
        if sorted(answer) == sorted(due.tolist()):
            raise Mistake("order lost")
    place = next(i for i, (*_, due) in enumerate(cases) if answers[i] != due.tolist())
    raise Mistake("other books", answer=answers[place], due=cases[place][2].tolist())


def _require_equal_sums(unread_alike, alike, read, due):
    """Two books that are as much like those read both stand in the list, in either order."""
    alike = alike.copy()
    alike[:, due[2]] = alike[:, due[1]]
    answer = _values(answer_of(unread_alike, alike, read, len(due)))
    if answer not in (due.tolist(), due[[0, 2, 1, 3, 4]].tolist()):
        raise Mistake("other books", answer=answer, due=due.tolist())


def _shelf(rng, n_read):
    """Similarities of 30 books, what was read of them, and the list that is due.

    Each book read says a part of a book's score, so that no single one leads to the list. In the
    other direction, from column to row, they say something else; books read are like each other.
    """
    ids = rng.permutation(np.arange(1, 31))
    read, due, rest = ids[:n_read], ids[n_read : n_read + 5], ids[n_read + 5 :]
    alike = np.zeros((31, 31))
    alike[1:, 1:] = rng.uniform(0.01, 0.3, (30, 30))
    # Some sums are so close that rounding makes them equal.
    steps = [0, *rng.permutation([0.3, 0.3, 0.003, 0.003])]
    totals = np.r_[4 - np.cumsum(steps), rng.uniform(0.1, 2.4, len(rest))]
    shares = rng.dirichlet(np.full(n_read, 0.4), len(totals)).T
    alike[np.ix_(read, ids[n_read:])] = shares * totals
    alike[np.ix_(read, read)] = rng.uniform(5, 6, (n_read, n_read))
    alike[read, read] = 0
    return alike, read, due


def _values(answer):
    if isinstance(answer, (set, frozenset)):
        raise Mistake("order lost")
    values = numbers_of(answer, "unread_alike(...)").reshape(-1).tolist()
    return [int(value) if value.is_integer() else value for value in values]


def _best(scores, n):
    return np.argsort(-scores, kind="stable")[:n]


def _sums(alike, read):
    return alike[read].sum(axis=0)


def _but(scores, read):
    return np.where(np.isin(np.arange(len(scores)), [0, *read]), -np.inf, scores)


def _are_lowest(answer, alike, read, due):
    """Whether these are the last of all, those read with the score -inf among them or without."""
    if len(answer) != len(due) or not set(answer) <= set(range(len(alike))):
        return False
    scores = _sums(alike, read)
    for of_read in (-np.inf, np.inf):
        scores[read] = of_read
        if np.array_equal(np.sort(scores[answer]), np.sort(scores)[: len(due)]):
            return True
    return False


_LISTS = (
    ("read", lambda alike, read, due: _best(_sums(alike, read), len(due))),
    ("other way", lambda alike, read, due: _best(_but(alike[:, read].sum(1), read), len(due))),
    ("best single", lambda alike, read, due: _best(_but(alike[read].max(0), read), len(due))),
    ("one book", lambda alike, read, due: _best(_but(alike[read[0]], read), len(due))),
    ("one book", lambda alike, read, due: _best(_but(alike[read[-1]], read), len(due))),
    ("all books", lambda alike, read, due: _best(_but(alike.sum(0), read), len(due))),
    ("worst", lambda alike, read, due: _best(_but(-_sums(alike, read), read), len(due))),
    ("best last", lambda alike, read, due: due[::-1]),
    ("shifted", lambda alike, read, due: due - 1),
    ("shifted", lambda alike, read, due: due + 1),
    ("scores", lambda alike, read, due: _sums(alike, read)[due]),
)


UNREAD_ALIKE = Task(
    id="9.2",
    title="A list from what is alike",
    values=(Answer("unread_alike", "function", "unread_alike(alike, read, n)", "array"),),
    judge=judge_unread_alike,
    mistakes={
        "raises": "`unread_alike(alike, read, n)` stopped: {error} `alike` is a square array, "
        "`read` an array of ids, `n` a whole number.",
        "read": "The list holds books that the reader has read. They are like each other, so they "
        "come first: set their scores to `-np.inf` before sorting.",
        "other way": "These are sums over columns. Row i of `alike` says what having read book i "
        "means for the others: `alike[read]`, added up over its rows.",
        "best single": "The highest of the similarities counts here. Add them up: a book that is "
        "somewhat like four of yours can beat one that is very like one.",
        "one book": "Only one of the books read counts. Add up what all of them say.",
        "all books": "The similarities of all books are added up, so everybody gets the same list. "
        "Only the rows in `read` count.",
        "worst": "These are the books least alike: `argsort` sorts upwards. Sort `-scores`.",
        "best last": "The right books, but the best stands last. Turn the list round.",
        "order lost": "The right books in another order. A set keeps none; sort last.",
        "shifted": "Each id is off by one. Row and column 0 belong to no book, so here the "
        "position *is* the id.",
        "scores": "These are the scores; the ids are wanted.",
        "count": "There are {got} books in the list and {n} are wanted. Were the books read taken "
        "out after the list was cut?",
        **IDS,
        "other books": "For one example it gives {answer}; due is {due}.",
    },
    hints=(
        "Each book read has a row that scores all the others. What do they say together?",
        "`alike[read].sum(axis=0)` is a score for each id. Which of them must not win?",
        "`scores = alike[read].sum(axis=0)`, `scores[read] = -np.inf`, then `np.argsort(-scores)`.",
    ),
)


def judge_correct(rng, correct) -> Message:
    """What is due is drawn; the logits are made of it."""
    cases = []
    for _ in range(CASES):
        size = int(rng.integers(4, 8))
        share = rng.dirichlet(np.full(size, 2.0)) * rng.uniform(0.3, 0.6)
        due = rng.normal(0, 2, (size, size))
        cases.append((due + np.log(share), share, due))
    answers = [
        _table_of(answer_of(correct, logits, share), "correct(...)", logits.shape)
        for logits, share, _ in cases
    ]
    # What is due may be near 0, where single precision of the logits shows.
    if _all_close(answers, [due for *_, due in cases], atol=1e-5):
        _require_rare(correct, *cases[0])
        return Message("What is drawn often no longer pays for it.")
    for name, rule in _CORRECTIONS:
        if _all_close(answers, [rule(logits, share) for logits, share, _ in cases]):
            raise Mistake(name)
    raise Mistake("other values")


def _require_rare(correct, logits, share, due):
    """Among many books the shares are tiny."""
    rare = np.maximum(share, 0.05) * 2e-5
    logits = due + np.log(rare)
    answer = _table_of(answer_of(correct, logits, rare), "correct(...)", logits.shape)
    # A tiny number added against log(0) does no harm.
    if not np.allclose(answer, due, atol=0.01):
        raise Mistake("other values")


_CORRECTIONS = (
    ("unchanged", lambda logits, share: logits),
    ("added", lambda logits, share: logits + np.log(share)),
    ("rows", lambda logits, share: logits - np.log(share)[:, None]),
    ("no log", lambda logits, share: logits - share),
    ("divided", lambda logits, share: logits / share),
    ("divided", lambda logits, share: logits / np.log(share)),
    ("other log", lambda logits, share: logits - np.log2(share)),
    ("other log", lambda logits, share: logits - np.log10(share)),
    ("other log", lambda logits, share: logits - np.log1p(share)),
    ("exponential", lambda logits, share: np.exp(logits) / share),
)


CORRECT = Task(
    id="9.3",
    title="Fair to the famous",
    values=(Answer("correct", "function", "correct(logits, share)", "array"),),
    judge=judge_correct,
    mistakes={
        "raises": "`correct(logits, share)` stopped: {error} `logits` is a square array, `share` a "
        "flat one, both of numbers.",
        "another shape": "It gives something of the shape {got}; each of the logits is to be "
        "corrected, so the shape stays {shape}.",
        "unchanged": "The logits came back as they were.",
        "added": "The logarithm is added. The logarithm of a share is negative, and least so for "
        "the famous; to lift what is drawn often it must be subtracted.",
        "rows": "Each *row* is moved as a whole, and a softmax over the row takes no notice. "
        "Column j belongs to book j: `share` has to run along the columns.",
        "no log": "The share itself is subtracted. Logits are logarithms: subtract "
        "`np.log(share)`.",
        "divided": "Divided. Dividing probabilities is subtracting logarithms, and logits are "
        "logarithms already.",
        "other log": "The softmax uses powers of e, so the natural logarithm is due: `np.log`.",
        "exponential": "These are `exp(logits) / share`. The softmax itself takes the exponential: "
        "give the logits back as logarithms.",
        "other values": "On made logits it gives other values. From each column subtract the "
        "logarithm of its book's share.",
    },
    hints=(
        "A book that is drawn three times as often is pushed down three times as often. What takes "
        "that back, in logarithms?",
        "Logits are logarithms of what the softmax compares; dividing by the share is subtracting "
        "its logarithm.",
        "`logits - np.log(share)`; numpy lays a flat array along the columns.",
    ),
)
