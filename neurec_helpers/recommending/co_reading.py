"""Books that the same readers have read: the table of similar books of notebook 09, kept small."""

import numpy as np

from neurec_helpers.recommending.histories import histories

SHRINKAGE = 10  # what one reader alone has brought together counts little
NEIGHBOURS = 64
CELLS = 8_000_000  # numbers in the largest array that is made at once, 32 MB


def similar_books(ratings, n_books, keep=NEIGHBOURS, progress=None):
    """How like each other books are, by who has read both.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Columns user_id and book_id. Repeated pairs count once.
    n_books : int
        The largest book id.
    keep : int
        How many neighbours a book has; the others count as not alike.
    progress : callable, optional
        Called as ``progress(done, total)``, in books.

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n_books + 1, n_books + 1)
        Common readers over (the square root of the product of both books' readers, plus 10); the
        diagonal is 0.

    Raises
    ------
    NeurecError
        If a book id is larger than `n_books`.
    """
    from scipy.sparse import vstack

    read = histories(ratings, ratings["user_id"].unique(), n_books)
    by_book = read.T.tocsr()
    readers = np.asarray(read.sum(axis=0)).ravel()
    step = max(1, CELLS // (n_books + 1))
    blocks = []
    for start in range(0, n_books + 1, step):
        together = (by_book[start : start + step] @ read).toarray()
        here = np.arange(start, start + len(together))
        alike = together / (np.sqrt(np.outer(readers[here], readers)) + SHRINKAGE)
        alike[np.arange(len(here)), here] = 0
        blocks.append(nearest(alike.astype(np.float32), keep))
        if progress:
            progress(start + len(together), n_books + 1)
    return vstack(blocks, format="csr")


def nearest(table, keep):
    """The `keep` highest numbers above 0 of each row, as a sparse matrix.

    Parameters
    ----------
    table : array or sparse matrix, shape (n_rows, n_columns)
    keep : int

    Returns
    -------
    scipy.sparse.csr_matrix of float32, shape (n_rows, n_columns)
    """
    from scipy.sparse import csr_matrix, vstack

    step = max(1, CELLS // table.shape[1])
    blocks = []
    for start in range(0, table.shape[0], step):
        block = table[start : start + step]
        block = block.toarray() if hasattr(block, "toarray") else np.asarray(block)
        columns = np.argpartition(-block, min(keep, block.shape[1]) - 1, axis=1)[:, :keep]
        values = np.take_along_axis(block, columns, axis=1)
        row, place = np.nonzero(values > 0)
        entries = values[row, place].astype(np.float32), (row, columns[row, place])
        blocks.append(csr_matrix(entries, block.shape))
    return vstack(blocks, format="csr")
