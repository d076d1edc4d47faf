"""How good lists of recommendations are: precision, recall, NDCG and coverage."""

from dataclasses import dataclass

import numpy as np

from neurec_helpers.errors import NeurecError
from neurec_helpers.recommending.lists import require_columns


@dataclass(frozen=True)
class RankingMetrics:
    """Means over readers, each from 0 to 1.

    Attributes
    ----------
    precision : float
        Share of the first `k` places that hold a relevant book.
    recall : float
        Share of the reader's relevant books that stand in the first `k` places.
    ndcg : float
        Discounted gain of the relevant books, against the best order possible.
    coverage : float
        Share of all books that stand in at least one list.
    k : int
    n_users : int
        Readers who were counted.
    """

    precision: float
    recall: float
    ndcg: float
    coverage: float
    k: int
    n_users: int

    def __repr__(self):
        return (
            f"precision@{self.k} {self.precision:.4f}, recall@{self.k} {self.recall:.4f}, "
            f"NDCG@{self.k} {self.ndcg:.4f}, coverage {self.coverage:.3f} ({self.n_users:,} readers)"
        )

    def _repr_html_(self):
        return f"<p>{self}</p>"


def ranking_metrics(recommended, held_out, n_books, k=10, relevant_from=4):
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
    J. Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS 20(4), 2002.
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
            f"no reader has both a list and a held-out rating of {relevant_from} or more, "
            "so there is nothing to judge."
        )
    wanted = relevant.groupby("user_id").size()
    hits = lists.merge(relevant, on=["user_id", "book_id"])
    by_user = hits.groupby("user_id")["rank"]
    n_hits = by_user.size().reindex(wanted.index, fill_value=0)
    gain = (1 / np.log2(hits["rank"] + 1)).groupby(hits["user_id"]).sum()
    ideal = np.cumsum(1 / np.log2(np.arange(1, k + 1) + 1))[np.minimum(wanted, k) - 1]
    return RankingMetrics(
        precision=float((n_hits / k).mean()),
        recall=float((n_hits / wanted).mean()),
        ndcg=float((gain.reindex(wanted.index, fill_value=0.0) / ideal).mean()),
        coverage=lists["book_id"].nunique() / n_books,
        k=k,
        n_users=len(wanted),
    )
