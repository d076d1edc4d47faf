"""Answers to the tasks of notebooks 07 and 08, as in task_answers.py."""

from tests.helpers.task_answers import wrong


def function(head):
    """A maker of one-line or longer functions with this head."""
    return lambda body: (
        f"def {head}:\n"
        + "\n".join(
            f"    {line}" for line in (body if "return" in body else f"return {body}").splitlines()
        )
    )


predict = function("predict_all(model, user_id, book_ids)")
best = function("best_unread(book_ids, scores, read, n)")
titles = function("titles_of(books, book_ids)")
biases = function("bias_model(train, test)")
stars = function("to_stars(p)")
precision = function("precision_at_k(recommended, relevant, k)")

READER = "np.full(len(book_ids), user_id)"
BIASES = """mean = train.rating.mean()
around = train.rating - mean
user_bias = around.groupby(train.user_id).mean()
left = around - train.user_id.map(user_bias)
book_bias = left.groupby(train.book_id).mean()
return mean + test.user_id.map(user_bias).fillna(0) + test.book_id.map(book_bias).fillna(0)"""
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
    "7.1": {
        "columns": predict(
            f"model.predict([{READER}.reshape(-1, 1), book_ids.reshape(-1, 1)], verbose=0)[:, 0]"
        ),
        "keyword": predict(f"model.predict(x=[{READER}, book_ids], verbose=0)[:, 0]"),
        "on batch": predict(f"model.predict_on_batch([{READER}, book_ids])[:, 0]"),
        "called": predict(f"model([{READER}, book_ids]).numpy().ravel()"),
        "by name": predict(
            f'model.predict({{"User-Input": {READER}, "Book-Input": book_ids}})[:, 0].tolist()'
        ),
    },
    "7.2": {
        "list": best(
            "order = np.argsort(scores)[::-1]\n"
            "return [int(book_ids[p]) for p in order if book_ids[p] not in read][:n]"
        ),
        "pandas": best(
            "table = pd.DataFrame({'b': book_ids, 's': scores})\n"
            "return table[~table.b.isin(read)].nlargest(n, 's').b"
        ),
        "minus infinity": best(
            "scores = np.where(np.isin(book_ids, read), -np.inf, scores)\n"
            "return book_ids[np.argsort(-scores)[:n]]"
        ),
    },
    "7.3": {
        "merge": titles('pd.DataFrame({"book_id": book_ids}).merge(books, how="left").title'),
        "dictionary": titles(
            "title_of = dict(zip(books.book_id, books.title))\nreturn [title_of[i] for i in book_ids]"
        ),
        "map": titles('pd.Series(book_ids).map(books.set_index("book_id").title).to_numpy()'),
    },
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
    "8.2": {"other order": stars("p * 4 + 1"), "interp": stars("np.interp(p, [0, 1], [1, 5])")},
    "8.3": {
        "isin": precision("np.isin(recommended[:k], list(relevant)).mean()"),
        "sets": precision("len(set(recommended[:k].tolist()) & relevant) / k"),
    },
}

WRONG = {
    "7.1": {
        "raises": wrong(
            predict("model.predict(user_id, book_ids)"),
            predict("model.scores()"),
            predict("model.predict([np.array([user_id]), book_ids])"),
            predict("model.predict([user_id, book_ids])"),
            predict("model.predict([[user_id] * len(book_ids), list(book_ids)])"),
        ),
        "one number": wrong(
            predict(f"np.sum(model.predict([{READER}, book_ids]))"),
            predict("model.predict([np.array([user_id]), book_ids[:1]])"),
        ),
        "another length": wrong(
            predict("model.predict([np.full(10, user_id), book_ids[:10]])"),
        ),
        "column": wrong(
            predict(f"model.predict([{READER}, book_ids])"),
            predict(f"model.predict([{READER}, book_ids]).tolist()"),
            predict(f"model.predict([{READER}, book_ids]).reshape(1, -1)"),
        ),
        "order changed": wrong(predict(f"np.sort(model.predict([{READER}, book_ids]).ravel())")),
        "inputs swapped": wrong(predict(f"model.predict([book_ids, {READER}])")),
        "positions": wrong(
            predict(f"model.predict([{READER}, np.arange(len(book_ids))])"),
            predict(f"model.predict([{READER}, np.arange(1, len(book_ids) + 1)])"),
        ),
        "other readers": wrong(predict("model.predict([np.arange(len(book_ids)), book_ids])")),
        "same for everyone": wrong(
            predict("np.arange(len(book_ids)) / 7.0"),
            predict("model.predict([np.full(len(book_ids), 1), book_ids])"),
            predict("model.predict([np.full(len(book_ids), 35), book_ids])"),
        ),
        "other scores": wrong(
            predict(f"np.clip(model.predict([{READER}, book_ids]), 3.5, 4.0)"),
            predict(
                f"s = model.predict([{READER}, book_ids])\nreturn s - s.mean()",
            ),
        ),
        "one by one": wrong(
            predict(
                "return [float(model.predict([np.array([user_id]), np.array([b])])[0, 0])"
                " for b in book_ids]"
            )
        ),
    },
    "7.2": {
        "raises": wrong(best("scores.sort_values()")),
        "positions": wrong(
            best(
                "order = np.argsort(-scores)\n"
                "return [p for p in order if book_ids[p] not in read][:n]"
            ),
            best("np.argsort(-scores[~np.isin(book_ids, read)])[:n]"),
            best("np.argsort(scores)[::-1][:n]"),
            best("np.argsort(scores)[-n:]"),
            best("np.argsort(-scores)[:n] + 1"),
            best("np.argsort(-scores)"),
        ),
        "scores": wrong(
            best("np.sort(scores)[::-1][:n]"),
            best("np.sort(scores[~np.isin(book_ids, read)])[::-1][:n]"),
        ),
        "worst": wrong(
            best(
                "ids = book_ids[np.argsort(scores)]\nreturn ids[~np.isin(ids, read)][:n]",
            )
        ),
        "best last": wrong(
            best("ids = book_ids[np.argsort(scores)]\nreturn ids[~np.isin(ids, read)][-n:]")
        ),
        "order lost": wrong(
            best(
                "scores = np.where(np.isin(book_ids, read), -np.inf, scores)\n"
                "return book_ids[np.argpartition(-scores, n)[:n]]"
            ),
            best(
                "ids = book_ids[np.argsort(-scores)]\n"
                "best = ids[~np.isin(ids, read)][:n]\n"
                "return book_ids[np.isin(book_ids, best)]"
            ),
            best("ids = book_ids[np.argsort(-scores)]\nreturn set(ids[~np.isin(ids, read)][:n])"),
        ),
        "read": wrong(
            best("book_ids[np.argsort(-scores)][:n]"),
            best(
                # np.isin does not look into a set.
                "ids = book_ids[np.argsort(-scores)]\n"
                "return ids[~np.isin(ids, set(read.tolist()))][:n]"
            ),
        ),
        "cut too early": wrong(
            best("ids = book_ids[np.argsort(-scores)][:n]\nreturn ids[~np.isin(ids, read)]")
        ),
        "count": wrong(
            best("ids = book_ids[np.argsort(-scores)]\nreturn ids[~np.isin(ids, read)]"),
            best("ids = book_ids[np.argsort(-scores)]\nreturn ids[~np.isin(ids, read)][: n - 1]"),
        ),
        "scores ignored": wrong(
            best("book_ids[~np.isin(book_ids, read)][:n]"),
            best("np.setdiff1d(book_ids, read)[:n]"),
            best("sorted(set(book_ids) - set(read), reverse=True)[:n]"),
        ),
        "other books": wrong(
            best("book_ids[~np.isin(book_ids, read)][::-1][:n]"),
        ),
    },
    "7.3": {
        "raises": wrong(titles("books.title[book_ids + 1000]")),
        "not a list": wrong(
            titles('books.set_index("book_id").loc[book_ids]'),
            titles('[books.loc[books.book_id == i, "title"] for i in book_ids]'),
            titles('", ".join(books.set_index("book_id").title.loc[book_ids])'),
        ),
        "order lost": wrong(
            titles("books.title[books.book_id.isin(book_ids)]"),
            titles("books[books.book_id.isin(book_ids)].title.tolist()"),
        ),
        "positions": wrong(
            titles("books.title.iloc[book_ids]"), titles("books.title.iloc[book_ids - 1]")
        ),
        "labels": wrong(titles("books.title.loc[book_ids]"), titles("books.title[book_ids]")),
        "other ids": wrong(
            titles('books.set_index("goodreads_id").title.loc[book_ids]'),
            titles("books.title[books.goodreads_id.isin(book_ids)]"),
        ),
        "repeated id": wrong(
            titles('books.set_index("book_id").title.loc[list(dict.fromkeys(book_ids.tolist()))]')
        ),
        "other titles": wrong(titles("['Emma'] * len(book_ids)")),
    },
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
        "only the mean": wrong(biases("np.full(len(test), train.rating.mean())")),
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
            )
        ),
        "order lost": wrong(
            changed(
                ("return ", "return ("),
                (
                    "(book_bias).fillna(0)",
                    "(book_bias).fillna(0)).loc[test.sort_values('user_id').index]",
                ),
            )
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
        "subtracted": wrong(
            biases(BIASES.replace("return mean +", "return mean -")),
            changed(("+ test.book_id", "- test.book_id")),
        ),
        "medians": wrong(
            changed(
                ("around.groupby(train.user_id).mean()", "around.groupby(train.user_id).median()")
            ),
            changed(("left.groupby(train.book_id).mean()", "left.groupby(train.book_id).median()")),
            biases(BIASES.replace("_id).mean()", "_id).median()")),
        ),
        "unseen both": wrong(
            changed(("mean = train.rating.mean()", "mean = train.rating.median()")),
            biases(
                BIASES.replace("return ", "p = ")
                + "\nnew = ~test.user_id.isin(train.user_id) & ~test.book_id.isin(train.book_id)"
                "\nreturn np.where(new, 3, p)"
            ),
        ),
        "other predictions": wrong(
            biases(MEANS + "return (users + books) / 2"),
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
        "other stars": wrong(stars("2 + 3 * p"), stars("1 + 4 * p ** 2"), stars("4 * p + 0.5")),
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
            precision("k / max(1, sum(book in relevant for book in recommended[:k]))"),
        ),
    },
}
