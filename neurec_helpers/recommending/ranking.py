"""How good lists are: precision, recall and NDCG with margins, coverage, popularity, novelty."""

from dataclasses import dataclass

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.language import number, tr
from neurec_helpers.recommending.lists import require_columns


@dataclass(frozen=True)
class RankingMetrics:
    """Means over readers.

    Attributes
    ----------
    precision : float
        Share of the first `k` places that hold a relevant book, 0 to 1.
    recall : float
        Share of the reader's relevant books that stand in the first `k` places, 0 to 1.
    ndcg : float
        Discounted gain of the relevant books, against the best order possible, 0 to 1.
    coverage : float
        Share of all books that stand in at least one list.
    k : int
    n_users : int
        Readers who were counted.
    margins : dict of str to float
        Of precision, recall and ndcg: half the width of a 95 % confidence interval, 1.96 standard
        errors of the mean over readers. It says how far other readers could move the mean, nothing
        of another split or seed. NaN for a single reader.
    popularity : float or None
        Mean number of training ratings of the recommended books; None without `train`.
    novelty : float or None
        Mean surprise of a recommended book in bits, -log2 of the share of readers who have read
        it; None without `train`.
    """

    precision: float
    recall: float
    ndcg: float
    coverage: float
    k: int
    n_users: int
    margins: dict
    popularity: float | None = None
    novelty: float | None = None

    def __repr__(self):
        means = ", ".join(
            f"{label}@{self.k} {number(getattr(self, name), '.4f')} "
            f"± {number(self.margins[name], '.4f')}"
            for name, label in (
                ("precision", tr("precision")),
                ("recall", tr("recall")),
                ("ndcg", "NDCG"),
            )
        )
        return tr(
            "{means}, coverage {coverage:.3f} ({n_users:,} readers)",
            means=means,
            coverage=self.coverage,
            n_users=self.n_users,
        )

    def _repr_html_(self):
        return f"<p>{self}</p>"


def ranking_metrics(recommended, held_out, n_books, k=10, relevant_from=4, train=None):
    """Judge lists of books by held-out ratings.

    Protocol: a book is relevant for a reader who rated it `relevant_from` or more in `held_out`.
    Only readers with a list and at least one relevant book count. Places that a shorter list
    leaves empty count as misses.

    Parameters
    ----------
    recommended : pandas.DataFrame
        Columns user_id, rank (from 1), book_id, as `recommend` gives them for many readers.
    held_out : pandas.DataFrame
        Ratings that the model has not seen: columns user_id, book_id, rating.
    n_books : int
        How many books could have been recommended.
    k : int
    relevant_from : float
        In stars.
    train : pandas.DataFrame, optional
        Ratings, columns user_id and book_id, by which to tell how well known books are.

    Returns
    -------
    RankingMetrics

    Raises
    ------
    NeurecError
        If a column is missing, a list holds a book twice, or no reader can be judged.

    Notes
    -----
    With binary relevance DCG@k is the sum of 1 / log2(rank + 1) over relevant books; NDCG@k
    divides it by that of min(k, number of relevant books) hits at the top. Source: K. Järvelin and
    J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002. A book
    that nobody has read counts as read by one in novelty.
    """
    require_columns(recommended, ("user_id", "rank", "book_id"), "recommended")
    require_columns(held_out, ("user_id", "book_id", "rating"), "held_out")
    lists = recommended.loc[recommended["rank"] <= k, ["user_id", "rank", "book_id"]]
    if lists.duplicated(["user_id", "book_id"]).any():
        raise NeurecError("`recommended` holds a book twice in one reader's list.")
    relevant = held_out.loc[held_out["rating"] >= relevant_from, ["user_id", "book_id"]]
    relevant = relevant.drop_duplicates()
    relevant = relevant[relevant["user_id"].isin(lists["user_id"])]
    if relevant.empty:
        raise NeurecError(
            "no reader has both a list and a held-out rating of {relevant_from} or more, "
            "so there is nothing to judge.",
            relevant_from=relevant_from,
        )
    wanted = relevant.groupby("user_id").size()
    hits = lists.merge(relevant, on=["user_id", "book_id"])
    by_user = hits.groupby("user_id")["rank"]
    n_hits = by_user.size().reindex(wanted.index, fill_value=0)
    gain = (1 / np.log2(hits["rank"] + 1)).groupby(hits["user_id"]).sum()
    ideal = np.cumsum(1 / np.log2(np.arange(1, k + 1) + 1))[np.minimum(wanted, k) - 1]
    each = {
        "precision": n_hits / k,
        "recall": n_hits / wanted,
        "ndcg": gain.reindex(wanted.index, fill_value=0.0) / ideal,
    }
    popularity, novelty = _how_known(lists["book_id"], train)
    return RankingMetrics(
        **{name: float(values.mean()) for name, values in each.items()},
        coverage=lists["book_id"].nunique() / n_books,
        k=k,
        n_users=len(wanted),
        margins={name: float(1.96 * values.sem()) for name, values in each.items()},
        popularity=popularity,
        novelty=novelty,
    )


def _how_known(book_ids, train):
    """Mean number of ratings and mean surprise of books, by the ratings in `train`."""
    if train is None:
        return None, None
    require_columns(train, ("user_id", "book_id"), "train")
    pairs = train[["user_id", "book_id"]]
    ratings = book_ids.map(pairs["book_id"].value_counts()).fillna(0)
    readers = book_ids.map(pairs.drop_duplicates()["book_id"].value_counts()).fillna(1)
    surprise = np.log2(pairs["user_id"].nunique() / readers)
    return float(ratings.mean()), float(surprise.mean())
