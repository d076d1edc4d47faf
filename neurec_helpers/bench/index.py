"""What an approximate index saves: seconds, recall and bytes, on made vectors."""

import time

import numpy as np

from neurec_helpers.scale import index
from neurec_helpers.scale.towers import unit

NUMBERS, TOP, READERS = 64, 10, 1_000
AT_ONCE = 32_000_000  # scores


def made_vectors(n_books, seed=42):
    """Vectors of books in shelves, and of readers as means of books of some shelves.

    Parameters
    ----------
    n_books, seed : int

    Returns
    -------
    (float32 array of shape (n_books, NUMBERS), float32 array of shape (READERS, NUMBERS))
        All of length 1. A hundred books stand on a shelf, as like each other as chance has it;
        a reader has read five books of each of four shelves.
    """
    rng = np.random.default_rng(seed)
    n_shelves = max(n_books // 100, 4)

    def near(centres, spread):
        noise = rng.standard_normal(centres.shape, dtype="float32")
        return unit(centres + np.float32(spread / NUMBERS**0.5) * noise)

    genres = near(np.zeros((200, NUMBERS), "float32"), 1)
    shelves = near(genres[rng.integers(0, 200, n_shelves)], 1)
    books = near(shelves[np.arange(n_books) % n_shelves], 0.9)
    first = rng.integers(0, n_shelves, (READERS, 4, 1))
    read = (first + n_shelves * rng.integers(0, n_books // n_shelves, (READERS, 4, 5))) % n_books
    return books, unit(books[read].mean(axis=(1, 2)))


def brute_force(books, readers):
    """The books with the largest products, in no order, for each reader."""
    step = max(1, AT_ONCE // len(books))
    found = [
        np.argpartition(readers[k : k + step] @ books.T, -TOP, axis=1)[:, -TOP:]
        for k in range(0, len(readers), step)
    ]
    return np.concatenate(found)


def measure(n_books, folder):
    """Build, keep and ask an index of so many made vectors.

    Returns
    -------
    dict
        "books", "build" (seconds), "bytes" (of the file, a book), "brute" and "index" (seconds for
        a reader), "recall" (share of the true ten that the index finds).
    """
    books, readers = made_vectors(n_books)
    began = time.perf_counter()
    built = index.build(books)
    build = time.perf_counter() - began
    path = folder / "books.faiss"
    index.save(built, path)
    seconds, found = {}, {}
    for name, search in (
        ("brute", lambda: brute_force(books, readers)),
        ("index", lambda: built.search(readers, TOP) - 1),
    ):
        began = time.perf_counter()
        found[name] = search()
        seconds[name] = (time.perf_counter() - began) / len(readers)
    hits = [np.isin(*each).mean() for each in zip(found["brute"], found["index"], strict=True)]
    return {
        "books": n_books,
        "build": build,
        "bytes": path.stat().st_size / n_books,
        **seconds,
        "recall": float(np.mean(hits)),
    }


def table_of(rows):
    """What was measured, as a table in Markdown."""
    lines = [
        "| books | build | bytes a book | a list by brute force | by the index | speed-up | "
        "recall@10 | pays from |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        saved = row["brute"] - row["index"]
        pays = f"{row['build'] / saved:,.0f} lists" if saved > 0 else "never"
        lines.append(
            f"| {row['books']:,} | {row['build']:.1f} s | {row['bytes']:.0f} | "
            f"{row['brute'] * 1000:.2f} ms | {row['index'] * 1000:.2f} ms | "
            f"{row['brute'] / row['index']:.0f} | {row['recall']:.3f} | {pays} |"
        )
    return "\n".join(lines)
