"""The truth behind made ratings, which no real data set can offer."""

from neurec_helpers.ratings import loading
from neurec_helpers.shelf.making import make_shelf


def load_truth(source=None):
    """The readers' and books' true tastes and qualities, where the ratings in use were made.

    Parameters
    ----------
    source : str or Path, optional
        As for `load_ratings`.

    Returns
    -------
    Shelf or None
        Made again from the seed and the sizes in shelf.json; ``expect(user_ids, book_ids)`` gives
        what readers would give books on average. None for real ratings.
    """
    said = loading.made_from(source)
    if said is None:
        return None
    return make_shelf(**{name: said[name] for name in ("seed", "n_users", "n_books", "n_ratings")})
