"""Similar books by common readers: the same numbers as in notebook 09, but only the highest."""

import numpy as np
import pandas as pd
import pytest

from neurec_helpers.errors import NeurecError
from neurec_helpers.recommending import co_reading
from neurec_helpers.recommending.co_reading import nearest, similar_books

N_BOOKS = 25


@pytest.fixture(scope="module")
def ratings():
    rng = np.random.default_rng(1)
    pairs = {"user_id": rng.integers(1, 40, 300), "book_id": rng.integers(1, N_BOOKS - 1, 300)}
    return pd.DataFrame(pairs)  # the last two books nobody has read


@pytest.fixture(scope="module")
def whole(ratings):
    """Counted reader by reader."""
    together = np.zeros((N_BOOKS + 1, N_BOOKS + 1))
    for _, theirs in ratings.groupby("user_id"):
        ids = theirs.book_id.unique()
        together[np.ix_(ids, ids)] += 1
    readers = together.diagonal()
    alike = together / (np.sqrt(np.outer(readers, readers)) + 10)
    np.fill_diagonal(alike, 0)
    return alike


def test_all_neighbours_are_the_whole_table(ratings, whole):
    np.testing.assert_allclose(similar_books(ratings, N_BOOKS, N_BOOKS).toarray(), whole, rtol=1e-6)


@pytest.mark.parametrize("cells", [1, 60, 10**6])
def test_the_highest_of_each_row_are_kept_however_large_the_blocks_are(
    ratings, whole, cells, monkeypatch
):
    monkeypatch.setattr(co_reading, "CELLS", cells)
    told = []
    table = similar_books(ratings, N_BOOKS, 4, progress=lambda *how: told.append(how))
    for row, kept in enumerate(table.toarray()):
        wanted = np.sort(whole[row])[::-1][:4]
        np.testing.assert_allclose(np.sort(kept)[::-1][:4], wanted, rtol=1e-6)
        assert np.count_nonzero(kept) == np.count_nonzero(wanted)
    assert told[-1] == (N_BOOKS + 1, N_BOOKS + 1)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_numbers_below_0_are_never_kept():
    table = np.array([[0.0, -1, 2], [-3, -2, -1], [1, 2, 3]])
    assert nearest(table, 2).toarray().tolist() == [[0, 0, 2], [0, 0, 0], [0, 2, 3]]


def test_an_id_beyond_the_table_is_refused(ratings):
    with pytest.raises(NeurecError, match="the model ends at 5"):
        similar_books(ratings, 5)
