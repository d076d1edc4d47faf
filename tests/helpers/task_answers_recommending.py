"""Answers to the tasks of notebook 07, as in task_answers_first.py."""

from tests.helpers.task_answers_first import wrong


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

BEST = "ids = book_ids[np.argsort(-scores)]\nids = ids[~np.isin(ids, read)][:n]\n"
TITLES = 'books.set_index("book_id").title.loc[book_ids]'
READER = "np.full(len(book_ids), user_id)"

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
        "small integers": best(
            "ids = book_ids.astype('int16')[np.argsort(scores.astype('float32'))[::-1]]\n"
            "return [i for i in ids if i not in set(read.tolist())][:n]"
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
            predict(f"model.predict([{READER}, book_ids])[:32, 0]"),
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
            predict(f"np.clip(model.predict([{READER}, book_ids]), -1.0, 1.0)"),
            predict(
                f"s = model.predict([{READER}, book_ids])\nreturn s - s.mean()",
            ),
        ),
        "one by one": wrong(
            predict(
                "return [float(model.predict([np.array([user_id]), np.array([b])])[0, 0])"
                " for b in book_ids]"
            ),
            predict(
                "return [model.predict_on_batch([np.array([user_id]), np.array([b])])[0, 0]"
                " for b in book_ids]"
            ),
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
            best("return book_ids[np.argsort(-np.where(np.isin(book_ids, read), 0, scores))[:n]]"),
            best("return book_ids[np.argsort(-scores * ~np.isin(book_ids, read))[:n]]"),
            best("ids = book_ids[np.argsort(-scores)]\nreturn ids[~np.isin(ids, read[:8])][:n]"),
            # The mask is in the order of `book_ids`.
            best("return book_ids[np.argsort(-scores)][~np.isin(book_ids, read)][:n]"),
        ),
        "cut too early": wrong(
            best("ids = book_ids[np.argsort(-scores)][:n]\nreturn ids[~np.isin(ids, read)]")
        ),
        "equal scores": wrong(
            best(
                "d = dict(zip(scores, book_ids))\n"
                "return [d[s] for s in sorted(d, reverse=True) if d[s] not in read][:n]"
            )
        ),
        "not flat": wrong(
            best(f"{BEST}return ids[:, None]"),
            best(f"{BEST}return ids[None]"),
            best(f"{BEST}return pd.DataFrame(ids)"),
        ),
        "not whole": wrong(best(f"{BEST}return ids / 1"), best(f"{BEST}return ids.astype(float)")),
        "count": wrong(
            best(
                "ids = book_ids[np.argsort(-scores)][:n + 8]\nreturn ids[~np.isin(ids, read)][:n]"
            ),
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
        "raises": wrong(
            titles("books.title[book_ids + 1000]"),
            titles(
                "found = ['?'] * 40\nfor i, title in zip(books.book_id, books.title):\n"
                "    found[i] = title\nreturn [found[i] for i in book_ids]"
            ),
        ),
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
        "other titles": wrong(
            titles("['Emma'] * len(book_ids)"),
            titles(f"return [title[:12] for title in {TITLES}]"),
            titles(f"return [title.title() for title in {TITLES}]"),
            titles(f"return [title.split(':')[0] for title in {TITLES}]"),
            titles(f"return [title.split(' (')[0] for title in {TITLES}]"),
            titles(
                "t = books.drop_duplicates('title')\nreturn list(t.title[t.book_id.isin(book_ids)])"
                f" if len(t) < len(books) else list({TITLES})"
            ),
        ),
    },
}
