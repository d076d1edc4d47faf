"""Answers to the tasks of notebook 08, as in task_answers_first.py."""

from tests.helpers.task_answers_first import wrong
from tests.helpers.task_answers_recommending import function

biases = function("bias_model(train, test)")
stars = function("to_stars(p)")
precision = function("precision_at_k(recommended, relevant, k)")

BIASES = """mean = train.rating.mean()
around = train.rating - mean
user_bias = around.groupby(train.user_id).mean()
left = around - train.user_id.map(user_bias)
book_bias = left.groupby(train.book_id).mean()
return mean + test.user_id.map(user_bias).fillna(0) + test.book_id.map(book_bias).fillna(0)"""
PREDICTED = BIASES.replace("return ", "p = ") + "\n"
MEANS = """mean = train.rating.mean()
users = test.user_id.map(train.groupby("user_id").rating.mean()).fillna(mean)
books = test.book_id.map(train.groupby("book_id").rating.mean()).fillna(mean)
"""


def changed(*changes):
    body = BIASES
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    return biases(body)


RIGHT = {
    "8.1": {
        "book first": biases(
            "mean = train.rating.mean()\n"
            "b = (train.rating - mean).groupby(train.book_id).mean()\n"
            "u = (train.rating - mean - train.book_id.map(b)).groupby(train.user_id).mean()\n"
            "return (mean + test.user_id.map(u).fillna(0) + test.book_id.map(b).fillna(0)).to_numpy()"
        ),
        "alternating": biases(
            "mean = train.rating.mean()\n"
            "b = pd.Series(0.0, train.book_id.unique())\n"
            "for _ in range(10):\n"
            "    u = (train.rating - mean - train.book_id.map(b)).groupby(train.user_id).mean()\n"
            "    b = (train.rating - mean - train.user_id.map(u)).groupby(train.book_id).mean()\n"
            "return mean + test.user_id.map(u).fillna(0) + test.book_id.map(b).fillna(0)"
        ),
        "damped": biases(
            "mean = train.rating.mean()\n"
            "g = (train.rating - mean).groupby(train.user_id)\n"
            "u = g.sum() / (g.size() + 3)\n"
            "g = (train.rating - mean - train.user_id.map(u)).groupby(train.book_id)\n"
            "b = g.sum() / (g.size() + 3)\n"
            "return mean + test.user_id.map(u).fillna(0) + test.book_id.map(b).fillna(0)"
        ),
    },
    "8.2": {
        "other order": stars("p * 4 + 1"),
        "interp": stars("np.interp(p, [0, 1], [1, 5])"),
        "scaler": stars(
            "from sklearn.preprocessing import MinMaxScaler\n"
            "scaler = MinMaxScaler().fit([[1], [5]])\n"
            "return scaler.inverse_transform(p.reshape(-1, 1))"
        ),
    },
    "8.3": {
        "isin": precision("np.isin(recommended[:k], list(relevant)).mean()"),
        "sets": precision("len(set(recommended[:k].tolist()) & relevant) / k"),
        "fraction": precision(
            "from fractions import Fraction\n"
            "return Fraction(len(relevant.intersection(recommended[:k])), k)"
        ),
        "table": precision("pd.Series(recommended).head(k).isin(relevant).mean()"),
    },
}

WRONG = {
    "8.1": {
        "raises": wrong(biases("train.stars.mean() + 0 * test.rating")),
        "another length": wrong(biases(BIASES.replace("return", "everything =") + "\nreturn mean")),
        "not a number": wrong(
            changed(
                ("test.user_id.map(user_bias).fillna(0)", "test.user_id.map(book_bias * np.nan)")
            )
        ),
        "test ratings used": wrong(
            biases(BIASES.replace("train", "test")),
            changed(("mean = train", "mean = pd.concat([train, test])")),
        ),
        "only the mean": wrong(
            biases("np.full(len(test), train.rating.mean())"),
            biases("[round(train.rating.mean())] * len(test)"),
        ),
        "only readers": wrong(
            biases(MEANS + "return users"),
            changed((" + test.book_id.map(book_bias).fillna(0)", "")),
        ),
        "only books": wrong(biases(MEANS + "return books")),
        "mean off": wrong(
            biases(MEANS + "return users + books"),
            changed(("return mean +", "return")),
            changed(("return mean +", "return 2 * mean +")),
        ),
        "unseen ids": wrong(
            changed((".fillna(0)", "")), changed(("(book_bias).fillna(0)", "(book_bias)"))
        ),
        "unseen filled": wrong(
            changed(("fillna(0)", "fillna(mean)")),
            changed(
                (".fillna(0)", ""),
                ("return ", "return ("),
                ("(book_bias)", "(book_bias)).fillna(mean)"),
            ),
            changed(
                (".fillna(0)", ""),
                ("return ", "return ("),
                ("(book_bias)", "(book_bias)).fillna(0)"),
            ),
        ),
        "rounded": wrong(
            changed(
                ("return ", "return round("), ("(book_bias).fillna(0)", "(book_bias).fillna(0))")
            ),
            biases(f"{PREDICTED}return p.round(1)"),
            biases(f"{PREDICTED}return p.round(2)"),
        ),
        "order lost": wrong(
            changed(
                ("return ", "return ("),
                (
                    "(book_bias).fillna(0)",
                    "(book_bias).fillna(0)).loc[test.sort_values('user_id').index]",
                ),
            ),
            biases(f"{PREDICTED}return p.sort_index()"),
        ),
        "counted twice": wrong(
            biases(
                "mean = train.rating.mean()\n"
                "d = train.rating - mean\n"
                "u = d.groupby(train.user_id).sum() / (d.groupby(train.user_id).size() + 10)\n"
                "b = d.groupby(train.book_id).sum() / (d.groupby(train.book_id).size() + 10)\n"
                "return mean + test.user_id.map(u).fillna(0) + test.book_id.map(b).fillna(0)"
            ),
            biases(MEANS + "return users + books - mean"),
            changed(("left = around - train.user_id.map(user_bias)", "left = around")),
        ),
        "reader subtracted": wrong(biases(BIASES.replace("return mean +", "return mean -"))),
        "book subtracted": wrong(changed(("+ test.book_id", "- test.book_id"))),
        "medians": wrong(
            changed(
                ("around.groupby(train.user_id).mean()", "around.groupby(train.user_id).median()")
            ),
            changed(("left.groupby(train.book_id).mean()", "left.groupby(train.book_id).median()")),
            biases(BIASES.replace("_id).mean()", "_id).median()")),
        ),
        "unseen both": wrong(
            changed(("mean = train.rating.mean()", "mean = train.rating.median()")),
            changed(("train.rating.mean()", "train.groupby('user_id').rating.mean().mean()")),
            changed(("train.rating.mean()", "train.groupby('book_id').rating.mean().mean()")),
            biases(
                BIASES.replace("return ", "p = ")
                + "\nnew = ~test.user_id.isin(train.user_id) & ~test.book_id.isin(train.book_id)"
                "\nreturn np.where(new, 3, p)"
            ),
        ),
        "other predictions": wrong(
            biases(MEANS + "return (users + books) / 2"),
            # The coefficient of the books is far below 0 here.
            changed(
                ("around.groupby(train.user_id).mean()", "around.groupby(train.user_id).sum() / 50")
            ),
        ),
    },
    "8.2": {
        "raises": wrong(
            stars("p.stars()"), stars("1 + 4 * float(p)"), stars("max(1, min(5, 1 + 4 * p))")
        ),
        "another length": wrong(stars("1 + 4 * p.mean()")),
        "times five": wrong(stars("5 * p")),
        "times four": wrong(stars("4 * p")),
        "up to six": wrong(stars("1 + 5 * p")),
        "clipped": wrong(stars("np.clip(5 * p, 1, 5)")),
        "rounded": wrong(
            stars("np.round(1 + 4 * p)"),
            stars("(1 + 4 * p).astype(int)"),
            stars("np.round(2 * (1 + 4 * p)) / 2"),
            stars("np.round(1 + 4 * p, 1)"),
        ),
        "unchanged": wrong(stars("p")),
        "squeezed again": wrong(stars("(p - 1) / 4")),
        "one first": wrong(stars("4 * (p + 1)")),
        "divided": wrong(stars("p / 4 + 1")),
        "other stars": wrong(
            stars("2 + 3 * p"),
            stars("1 + 4 * p ** 2"),
            stars("4 * p + 0.5"),
            stars("1 + 4 * (p - p.min()) / (p.max() - p.min())"),
            stars("np.full(len(p), 3)"),
        ),
    },
    "8.3": {
        "raises": wrong(precision("len(recommended[:k] & relevant) / k")),
        "array": wrong(precision("np.isin(recommended[:k], list(relevant))")),
        "recall": wrong(precision("len(set(recommended[:k].tolist()) & relevant) / len(relevant)")),
        "recall of all": wrong(
            precision("len(set(recommended.tolist()) & relevant) / len(relevant)")
        ),
        "whole list": wrong(precision("np.isin(recommended, list(relevant)).mean()")),
        "whole list over k": wrong(precision("np.isin(recommended, list(relevant)).sum() / k")),
        "divided by the list": wrong(
            precision("np.isin(recommended[:k], list(relevant)).sum() / len(recommended)")
        ),
        "count": wrong(precision("np.isin(recommended[:k], list(relevant)).sum()")),
        "any": wrong(precision("float(np.isin(recommended[:k], list(relevant)).any())")),
        "misses": wrong(precision("1 - np.isin(recommended[:k], list(relevant)).mean()")),
        "never a hit": wrong(
            precision("np.isin(recommended[:k], relevant).mean()"), precision("0")
        ),
        "percent": wrong(precision("100 * np.isin(recommended[:k], list(relevant)).mean()")),
        "place by place": wrong(
            precision("sum(a == b for a, b in zip(recommended[:k], relevant)) / k"),
            precision("sum(a == b for a, b in zip(recommended[:k], sorted(relevant))) / k"),
        ),
        "last places": wrong(precision("sum(b in relevant for b in recommended[-k:]) / k")),
        "other places": wrong(
            precision("sum(b in relevant for b in recommended[1:k + 1]) / k"),
            precision("sum(b in relevant for b in recommended[:k + 1]) / k"),
            precision("sum(b in relevant for b in recommended[:k - 1]) / k"),
        ),
        "whole numbers": wrong(precision("sum(b in relevant for b in recommended[:k]) // k")),
        "rounded": wrong(precision("round(sum(b in relevant for b in recommended[:k]) / k, 1)")),
        "another number": wrong(
            precision("0.2"),
            precision("sum(book in relevant for book in recommended[:k] if book < 100) / k"),
            precision("k / max(1, sum(book in relevant for book in recommended[:k]))"),
            precision("sum(b in relevant for b in recommended[:k]) / min(k, len(relevant))"),
            precision(
                "h = len(relevant & set(recommended[:k].tolist()))\n"
                "return h / (k + len(relevant) - h)"
            ),
        ),
    },
}
