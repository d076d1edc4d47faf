"""Notebook 07: the best unread books, and their titles."""

import numpy as np
import pandas as pd

from neurec_helpers.language import Message
from neurec_helpers.tasks.base import (
    IDS,
    Answer,
    Mistake,
    Task,
    answer_of,
    array_of,
    numbers_of,
    require_ids,
)
from neurec_helpers.tasks.cases import draw_apart


def _judge_best_unread(rng, best_unread) -> Message:
    cases = draw_apart(rng, _draw_shelves, _WRONG_LISTS)
    found = [_called(best_unread, *arguments) for *arguments, _ in cases]
    answers = [_values(answer) for answer in found]
    right = [best.tolist() for *_, best in cases]
    if answers == right:
        require_ids(found[0], "best_unread(...)")
        _require_equal_scores(rng, best_unread)
        return Message("Ids, unread, best first.")
    _explain_list(cases, answers, right)
    place = next(i for i, answer in enumerate(answers) if answer != right[i])
    got, n = len(answers[place]), len(right[place])
    if got != n:
        raise Mistake("count", got=got, n=n)
    answer = [int(id_) if id_.is_integer() else id_ for id_ in answers[place][:7]]
    raise Mistake("other books", answer=answer, best=right[place][:7])


def _called(best_unread, *arguments):
    answer = answer_of(best_unread, *arguments)
    if isinstance(answer, (set, frozenset)):
        raise Mistake("order lost")
    return answer


def _values(answer):
    return numbers_of(answer, "best_unread(...)").reshape(-1).tolist()


def _require_equal_scores(rng, best_unread):
    """Books of the same score, in whatever order, all stand in the list; here nothing was read."""
    ids = rng.permutation(np.arange(2000, 9000))[:12]
    scores = np.repeat([4.5, 4.25, 3.5, 3.0], 3)
    order = rng.permutation(12)
    answer = _values(_called(best_unread, ids[order], scores[order], ids[:0], 6))
    # The first six in any order that is one by score.
    if [sorted(answer[:3]), sorted(answer[3:])] != [sorted(ids[:3]), sorted(ids[3:6])]:
        raise Mistake("equal scores")


def _explain_list(cases, answers, right):
    for name, rule in _WRONG_LISTS:
        if answers == [np.asarray(rule(*case[:-1])).tolist() for case in cases]:
            raise Mistake(name)

    def every(test):
        return all(test(answer, *case) for answer, case in zip(answers, cases, strict=True))

    if every(lambda answer, ids, scores, *_: set(answer) <= set(scores.tolist())):
        raise Mistake("scores")
    # No id is as small as a position.
    if every(lambda answer, ids, *_: all(value <= len(ids) for value in answer)):
        raise Mistake("positions")
    if any(
        set(answer) & set(read.tolist())
        for answer, (_, _, read, *_) in zip(answers, cases, strict=True)
    ):
        raise Mistake("read")
    if all(sorted(answer) == sorted(best) for answer, best in zip(answers, right, strict=True)):
        raise Mistake("order lost")


def _draw_shelves(rng):
    """Ids, scores, what was read, n, and the right list, which is drawn first."""
    cases = []
    # On a few hundred books `argpartition` happens to sort; on many it doesn't.
    # How many were read differs; and scores below 0 show who makes those of the books read 0.
    for n, size, n_read, lowered in ((7, 36, 8, 0), (4, 30, 13, 6), (300, 1200, 60, 0)):
        ids = rng.permutation(np.arange(2000, 9000))[:size]
        best, read, rest = ids[:n], ids[n : n + n_read], ids[n + n_read :]
        # Far enough apart for arithmetic of single precision.
        many = n + n_read // 2
        high = 5 - (np.arange(many) + 0.5 * rng.random(many)) / many
        places = np.sort(rng.permutation(len(high))[:n])
        low = rng.uniform(2, 3.9, size - len(high))
        # Half of the books that were read have scores among those of the best.
        scores = np.concatenate([high[places], np.delete(high, places), low]) - lowered
        order = rng.permutation(size)
        shelf = np.concatenate([best, read, rest])[order]
        cases.append((shelf, scores[order], rng.permutation(read), n, best))
    return cases


def _order(scores):
    return np.argsort(-scores)


_WRONG_LISTS = (
    ("positions", lambda i, s, r, n: _order(s)[~np.isin(i[_order(s)], r)][:n]),
    ("positions", lambda i, s, r, n: _order(s[~np.isin(i, r)])[:n]),
    ("positions", lambda i, s, r, n: _order(s)[:n]),
    ("scores", lambda i, s, r, n: np.sort(s[~np.isin(i, r)])[::-1][:n]),
    ("worst", lambda i, s, r, n: i[np.argsort(s)][~np.isin(i[np.argsort(s)], r)][:n]),
    ("best last", lambda i, s, r, n: i[np.argsort(s)][~np.isin(i[np.argsort(s)], r)][-n:]),
    ("cut too early", lambda i, s, r, n: [b for b in i[_order(s)[:n]] if b not in r]),
    ("read", lambda i, s, r, n: i[_order(s)][:n]),
    ("scores ignored", lambda i, s, r, n: i[~np.isin(i, r)][:n]),
    ("scores ignored", lambda i, s, r, n: np.setdiff1d(i, r)[:n]),
    ("scores ignored", lambda i, s, r, n: np.setdiff1d(i, r)[::-1][:n]),
)


BEST_UNREAD = Task(
    id="7.2",
    title="The best books not read yet",
    values=(Answer("best_unread", "function", "best_unread(book_ids, scores, read, n)", "array"),),
    judge=_judge_best_unread,
    mistakes={
        "raises": "`best_unread(book_ids, scores, read, n)` stopped: {error} The first three are "
        "arrays; `n` is a whole number. (An id is not a position in an array.)",
        "positions": "`argsort` gives positions in the array, and here positions are handed out as "
        "if they were ids. Look the ids up: `book_ids[positions]`.",
        "scores": "These are the scores; the ids of the books are wanted.",
        "worst": "These are the books with the lowest scores. `argsort` sorts upwards.",
        "best last": "The right books, but the best stands last. Turn the list round.",
        "order lost": "The right books in the wrong order: the best must come first. A set, "
        "`np.setdiff1d` and `np.argpartition` keep no order, and a mask on `book_ids` keeps "
        "theirs: sort first, then take out what was read.",
        "read": "The list holds books that the reader has read. Take out those in `read`. "
        "(`np.isin` finds nothing in a set; it needs an array or a list. And a mask fits the ids "
        "only in the order in which it was made.)",
        "cut too early": "Too few are left: the list was cut to `n` before the books read were "
        "taken out. Take out first, then cut.",
        "count": "There are {got} books in the list and {n} are wanted.",
        "equal scores": "Some books have the same score, and then not all of them stand in the "
        "list. A dictionary by score keeps only one of them: sort positions instead, by "
        "`np.argsort`.",
        **IDS,
        "scores ignored": "The books are unread, but not chosen by their scores. Sort by score "
        "before the list is cut to `n`.",
        "other books": "For one example it begins with {answer}, where {best} are right.",
    },
    hints=(
        "Three steps: sort by score, take out what was read, keep the first n. Which of them has "
        "to come last?",
        "`np.argsort` gives positions, lowest first, not ids. `book_ids[…]` turns positions into "
        "ids.",
        "With the ids in order, best first, a mask from `np.isin` says which were read; `~` turns "
        "it round, and `[:n]` comes last.",
    ),
)


def _judge_titles_of(rng, titles_of) -> Message:
    cases = _draw_titles(rng)
    answers = []
    for books, asked, _ in cases:
        answer = array_of(answer_of(titles_of, books, asked), "titles_of(...)")
        if answer.ndim != 1:
            raise Mistake("not a list", shape=answer.shape)
        answers.append([str(title) for title in answer])
    right = [titles for *_, titles in cases]
    if answers == right:
        _require_titles_of_twins(rng, titles_of)
        return Message("Each id has its own title, in the order asked for.")
    for name, rule in _WRONG_TITLES:
        if answers == [list(rule(books, asked)) for books, asked, _ in cases]:
            raise Mistake(name)
    if all(sorted(a) == sorted(titles) for a, titles in zip(answers, right, strict=True)):
        raise Mistake("order lost")
    for answer, titles in zip(answers, right, strict=True):
        if len(answer) < len(titles) and set(answer) == set(titles):
            raise Mistake("repeated id")
    place = next(i for i, answer in enumerate(answers) if answer != right[i])
    raise Mistake(
        "other titles", asked=cases[place][1].tolist(), answer=answers[place], right=right[place]
    )


def _require_titles_of_twins(rng, titles_of):
    """Two books may have the same title, and ids may be large."""
    ids = rng.permutation(np.arange(1, 20_000))[:8]
    titles = [_title(number) for number in rng.permutation(90)[: len(ids)]]
    titles[1] = titles[0]
    books = pd.DataFrame({"book_id": ids, "goodreads_id": np.roll(ids, 1), "title": titles})
    asked, right = ids[[3, 1, 6, 0]], [titles[place] for place in (3, 1, 6, 0)]
    answer = [str(title) for title in np.ravel(answer_of(titles_of, books, asked))]
    if answer != right:
        raise Mistake("other titles", asked=asked.tolist(), answer=answer, right=right)


def _title(number):
    """Long, and with all that titles have: whoever cuts or mends them shows."""
    return f"Volume {number + 10} of McQuinn: a Tale (The Tales of McQuinn, #{number})"


def _draw_titles(rng):
    """Books with gaps between the ids, a misleading index and another column of ids."""
    cases = []
    for repeated in (False, False, True):
        # Small ids are row numbers, too; those asked for stand in another order than in the table.
        asked = [2, 0, 3, 1, 2] if repeated else [4, 2, 0, 3]
        ids, rows = _draw_ids(rng)
        while _in_order(rows, ids, asked):
            ids, rows = _draw_ids(rng)
        titles = [_title(number) for number in rng.permutation(90)[: len(ids)]]
        books = pd.DataFrame(
            {
                "book_id": ids[rows],
                "goodreads_id": np.roll(ids[rows], 1),
                "title": [titles[row] for row in rows],
            },
            index=np.roll(ids[rows], 2),
        )
        cases.append((books, ids[asked], [titles[row] for row in asked]))
    return cases


def _draw_ids(rng):
    """Ids, small ones and large ones, and the order in which they stand in a table."""
    ids = np.concatenate([rng.permutation(np.arange(1, 10))[:7], rng.permutation(20)[:5] + 12])
    return ids, rng.permutation(len(ids))


def _in_order(rows, ids, asked):
    places = [int(np.flatnonzero(rows == row)[0]) for row in asked]
    return any(list(o) == sorted(o) for o in (places, ids[asked], ids[asked][::-1]))


_WRONG_TITLES = (
    ("order lost", lambda books, asked: books.title[books.book_id.isin(asked)]),
    ("positions", lambda books, asked: books.title.iloc[asked]),
    ("positions", lambda books, asked: books.title.iloc[asked - 1]),
    ("labels", lambda books, asked: books.title.loc[asked]),
    ("other ids", lambda books, asked: books.set_index("goodreads_id").title.loc[asked]),
    ("other ids", lambda books, asked: books.title[books.goodreads_id.isin(asked)]),
)


TITLES_OF = Task(
    id="7.3",
    title="From ids to titles",
    values=(Answer("titles_of", "function", "titles_of(books, book_ids)", "array"),),
    judge=_judge_titles_of,
    mistakes={
        "raises": "`titles_of(books, book_ids)` stopped: {error} `books` has the columns book_id "
        "and title, among others; `book_ids` is an array of ids.",
        "not a list": "It gives something of the shape {shape}. Wanted is a plain list with one "
        "title for each id: a single column, and from each row found its title by `.item()`.",
        "order lost": "The right titles in the wrong order: they must stand as the ids were given, "
        "the best book's first.",
        "positions": "`iloc` counts rows; an id is not the number of a row. As soon as ids have "
        "gaps or rows are sorted otherwise, every title is the wrong one.",
        "labels": "`loc` looks in the index, which is just a row's label here. Make book_id the "
        "index first.",
        "other ids": "These titles were looked up in another column of ids. Ratings and books "
        "share `book_id`.",
        "repeated id": "An id that is asked for twice needs its title twice.",
        "other titles": "For the ids {asked} it gives {answer}, where {right} are right.",
    },
    hints=(
        "Look each id up on its own, in the order given.",
        "A table is looked up by its index. Which column has to become the index?",
        "After `set_index` on the column of ids, `.loc` with the list of ids finds their rows in "
        "that order; the titles are one column of them.",
    ),
)
