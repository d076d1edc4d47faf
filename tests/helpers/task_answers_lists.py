"""Answers to the tasks of notebook 09, as in task_answers_first.py."""

from tests.helpers.task_answers_first import wrong
from tests.helpers.task_answers_recommending import function

alike = function("similarity(together)")
unread = function("unread_alike(alike, read, n)")
correct = function("correct(logits, share)")

N = "n = together.diagonal()\n"
ZERO = "np.fill_diagonal(alike, 0)\nreturn alike"
SCORES = "scores = alike[read].sum(axis=0)\n"


def divided_by(below):
    return alike(f"{N}alike = together / ({below})\n{ZERO}")


RIGHT = {
    "9.1": {
        "roots first": divided_by("np.sqrt(n)[:, None] * np.sqrt(n) + 10"),
        "copy": alike(
            "n = np.diag(together).copy()\nalike = together * (1 - np.eye(len(n)))\n"
            "return alike / (np.outer(n, n) ** 0.5 + 10)"
        ),
        "loops": alike(
            "size = len(together)\nreturn [[0 if i == j else together[i, j] / "
            "((together[i, i] * together[j, j]) ** 0.5 + 10) for j in range(size)] "
            "for i in range(size)]"
        ),
        "table": alike(
            f"{N}return pd.DataFrame(together / (np.sqrt(np.outer(n, n)) + 10)) "
            "* (1 - np.eye(len(n)))"
        ),
    },
    "9.2": {
        "dictionary": unread(
            "scores = {i: sum(alike[j, i] for j in read) for i in range(1, len(alike))}\n"
            "best = sorted(scores, key=lambda i: -scores[i])\n"
            "return [i for i in best if i not in read][:n]"
        ),
        "mean": unread(
            "scores = alike[read].mean(axis=0)\nscores[read] = -1\n"
            "return np.argsort(scores)[::-1][:n]"
        ),
        "pandas": unread(f"{SCORES}return pd.Series(scores).drop(read).nlargest(n).index"),
        "product": unread(
            "had = np.zeros(len(alike))\nhad[read] = 1\nbest = np.argsort(-(had @ alike))\n"
            "return best[~np.isin(best, read)][:n]"
        ),
    },
    "9.3": {
        "ratio": correct("np.log(np.exp(logits) / share)"),
        "column by column": correct(
            "logits = logits.copy()\nfor j, s in enumerate(share):\n    logits[:, j] -= np.log(s)\n"
            "return logits"
        ),
        "never log(0)": correct("(logits - np.log(share + 1e-9)).astype('float32')"),
        "ops": correct("logits - keras.ops.log(share)"),
        "list": correct("return (logits - np.log(share)[None, :]).tolist()"),
    },
}

WRONG = {
    "9.1": {
        "raises": wrong(alike("together.cosine()"), alike("together.toarray()")),
        "another shape": wrong(
            alike("together.diagonal()"), alike("together[1:, 1:]"), alike("together.sum()")
        ),
        "diagonal": wrong(alike(f"{N}return together / (np.sqrt(np.outer(n, n)) + 10)")),
        "counts": wrong(alike("together"), alike(f"alike = together.copy()\n{ZERO}")),
        "no ten": wrong(divided_by("np.sqrt(np.outer(n, n))")),
        "no root": wrong(divided_by("np.outer(n, n) + 10"), divided_by("np.outer(n, n)")),
        "one side": wrong(
            divided_by("n + 10"),
            divided_by("n[:, None] + 10"),
            divided_by("n"),
            divided_by("n[:, None]"),
        ),
        "ten in the root": wrong(divided_by("np.sqrt(np.outer(n, n) + 10)")),
        "ten twice": wrong(
            divided_by("np.sqrt(np.outer(n + 10, n + 10))"),
            divided_by("np.outer(np.sqrt(n) + 10, np.sqrt(n) + 10)"),
        ),
        "ten on top": wrong(alike(f"{N}alike = together / np.sqrt(np.outer(n, n)) + 10\n{ZERO}")),
        "not a number": wrong(
            alike(
                "alike = together * (1 - np.eye(len(together)))\nn = alike.diagonal()\n"
                "return alike / np.sqrt(np.outer(n, n))"
            ),
            divided_by("(np.sqrt(np.outer(n, n)) + 10) / n * n"),
        ),
        "other values": wrong(
            alike(
                "alike = together * (1 - np.eye(len(together)))\nn = alike.diagonal()\n"
                "return alike / (np.sqrt(np.outer(n, n)) + 10)"
            ),
            alike(f"{N}alike = together / (n + n[:, None] - together)\n{ZERO}"),
            divided_by("np.outer(np.floor(n**0.5), np.floor(n**0.5)) + 10"),
            divided_by("np.sqrt(np.outer(n, n)).astype(int) + 10"),
        ),
    },
    "9.2": {
        "raises": wrong(unread("alike.nlargest(n)"), unread("alike[read].sum(axis=2)")),
        "read": wrong(
            unread(f"{SCORES}return np.argsort(-scores)[:n]"),
            unread(f"{SCORES}best = np.argsort(-scores)[:n + 1]\nreturn best[best != read[0]][:n]"),
        ),
        "other way": wrong(
            unread(
                "scores = alike[:, read].sum(axis=1)\nscores[read] = -np.inf\n"
                "return np.argsort(-scores)[:n]"
            )
        ),
        "best single": wrong(
            unread(
                "scores = alike[read].max(axis=0)\nscores[read] = -np.inf\n"
                "return np.argsort(-scores)[:n]"
            )
        ),
        "one book": wrong(
            unread(
                "scores = alike[read[0]].copy()\nscores[read] = -np.inf\n"
                "return np.argsort(-scores)[:n]"
            )
        ),
        "all books": wrong(
            unread(
                "scores = alike.sum(axis=0)\nscores[read] = -np.inf\nreturn np.argsort(-scores)[:n]"
            )
        ),
        "worst": wrong(
            unread(f"{SCORES}scores[[0, *read]] = np.inf\nreturn np.argsort(scores)[:n]"),
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(scores)[:n]"),
            unread(f"{SCORES}return [i for i in np.argsort(scores) if i not in read][:n]"),
        ),
        "best last": wrong(
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(scores)[-n:]")
        ),
        "order lost": wrong(
            unread(f"{SCORES}scores[read] = -np.inf\nreturn set(np.argsort(-scores)[:n].tolist())"),
            unread(f"{SCORES}scores[read] = -np.inf\nreturn sorted(np.argsort(-scores)[:n])"),
            unread(
                "scores = alike[read[:4]].sum(axis=0)\nscores[read] = -1\n"
                "return np.argsort(-scores)[:n]"
            ),
            unread(
                f"{SCORES}scores[read] = -1\nreturn np.argsort(-scores.round(1), kind='stable')[:n]"
            ),
        ),
        "shifted": wrong(
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(-scores[1:])[:n]"),
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(-scores)[:n] + 1"),
        ),
        "scores": wrong(unread(f"{SCORES}scores[read] = -np.inf\nreturn -np.sort(-scores)[:n]")),
        "count": wrong(
            unread(f"{SCORES}best = np.argsort(-scores)[:n]\nreturn best[~np.isin(best, read)]"),
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(-scores)"),
        ),
        "other books": wrong(
            unread(
                f"{SCORES}scores[np.setdiff1d(np.arange(len(alike)), read)] = -1\n"
                "ids = np.setdiff1d(np.arange(1, len(alike)), read)\nreturn ids[:n]"
            ),
            unread(
                f"{SCORES}scores[read] = -1\nd = {{s: i for i, s in enumerate(scores)}}\n"
                "return [d[s] for s in sorted(d, reverse=True)[:n]]"
            ),
        ),
        "not flat": wrong(
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(-scores)[:n, None]")
        ),
        "not whole": wrong(
            unread(f"{SCORES}scores[read] = -np.inf\nreturn np.argsort(-scores)[:n] / 1")
        ),
    },
    "9.3": {
        "raises": wrong(correct("logits - log(share)"), correct("logits.correct(share)")),
        "another shape": wrong(
            correct("(logits - np.log(share)).sum(axis=1)"), correct("np.log(share)")
        ),
        "unchanged": wrong(correct("logits"), correct("logits - np.log(share).mean() * 0")),
        "added": wrong(correct("logits + np.log(share)"), correct("logits - np.log(1 / share)")),
        "rows": wrong(correct("logits - np.log(share)[:, None]")),
        "no log": wrong(correct("logits - share")),
        "divided": wrong(correct("logits / share"), correct("logits / np.log(share)")),
        "other log": wrong(
            correct("logits - np.log2(share)"),
            correct("logits - np.log10(share)"),
            correct("logits - np.log1p(share)"),
        ),
        "exponential": wrong(
            correct("np.exp(logits) / share"), correct("np.exp(logits - np.log(share))")
        ),
        "other values": wrong(
            correct("logits - 2 * np.log(share)"),
            correct("logits * share"),
            correct("logits - np.log(np.maximum(share, 1e-3))"),
        ),
    },
}
