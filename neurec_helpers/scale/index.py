"""An approximate index of books' vectors: it finds nearly the best ones, and looks at a few.

Faiss puts the vectors into cells by k-means and looks into the cells nearest to the query
(Jégou and others, 2011); numbers are kept in two bytes.
"""

import numpy as np

from neurec_helpers.errors import NeurecError, in_one_line
from neurec_helpers.files import replacing
from neurec_helpers.scale.integrity import digest_file, seal, unseal

# Books from which on lists for all readers are made by an index; neurec bench-scale --index
# measures what it saves.
FROM = 100_000
VISITED, FEWEST = 20, 16  # one cell in so many is looked into, and so many at least
SAMPLE, ROUNDS = 64, 10  # vectors a cell, and rounds, of k-means
MISSING = "faiss-cpu is not installed: make scale, or pip install 'neurec[scale]'"


class Index:
    """Finds vectors with large products.

    Parameters
    ----------
    cells : faiss.IndexIVF
    """

    def __init__(self, cells):
        self.cells = cells
        self.cells.nprobe = max(FEWEST, self.cells.nlist // VISITED)

    def search(self, queries, k):
        """Rows of nearly the best vectors of each query, best first.

        Parameters
        ----------
        queries : float32 array, shape (n, numbers)
        k : int

        Returns
        -------
        int64 array, shape (n, k)
            Rows from 1; 0 where the cells looked into hold fewer.
        """
        return self.cells.search(np.ascontiguousarray(queries, dtype="float32"), k)[1] + 1


def build(vectors):
    """An index of vectors, the first of which gets row 1.

    Parameters
    ----------
    vectors : float32 array, shape (n, numbers)
        Of length 1.

    Raises
    ------
    NeurecError
        If Faiss is not installed.
    """
    try:
        import faiss
    except ImportError as error:
        raise NeurecError(f"{MISSING}.") from error
    # Faiss advises 4 to 16 times the root of n cells; the fewest are built in seconds.
    n_cells = max(1, min(round(4 * len(vectors) ** 0.5), len(vectors) // 40))
    cells = faiss.index_factory(
        vectors.shape[1], f"IVF{n_cells},SQfp16", faiss.METRIC_INNER_PRODUCT
    )
    cells.cp.niter, cells.cp.max_points_per_centroid = ROUNDS, SAMPLE
    vectors = np.ascontiguousarray(vectors, dtype="float32")
    cells.train(vectors)
    cells.add(vectors)
    return Index(cells)


def save(index, path):
    """Write an index whole or not at all; OSError if it can't be."""
    import faiss

    try:
        with replacing(path) as unfinished:
            faiss.write_index(index.cells, str(unfinished))
    except RuntimeError as error:
        raise OSError(in_one_line(error)) from error


def find_or_build(run, vectors, report):
    """The index of a run's books: the one that is kept, if it is as it was written.

    Parameters
    ----------
    run : run_folder.RunFolder
    vectors : float32 array, shape (n_books + 1, numbers)
        Row 0 is no book's.
    report : callable
        Called with words.

    Returns
    -------
    Index or None
        None if Faiss is not installed, which is said.
    """
    try:
        import faiss
    except ImportError:
        report(
            f"{MISSING}. Without it each reader is compared with all {len(vectors) - 1:,} books."
        )
        return None
    path, note = run.index, run.path / "books.faiss.json"
    if _is_kept(path, note, run):
        return Index(faiss.read_index(str(path)))
    report(f"Building an index of {len(vectors) - 1:,} books ...")
    index = build(vectors[1:])
    try:
        save(index, path)
        digests = {"run": run.exported(), "index": digest_file(path)}
        note.write_text(seal(digests) + "\n", encoding="utf-8")
    except OSError as error:
        report(f"The index is used, but can't be kept in {path}: {error.strerror or error}.")
    return index


def _is_kept(path, note, run):
    try:
        noted = unseal(note.read_text(encoding="utf-8"))
        return noted == {"run": run.exported(), "index": digest_file(path)}
    except (OSError, ValueError):
        return False
