"""The notebooks on data of another character: `python -m tests.helpers.other_data`.

Each kind of data is made here, adopted as a reader's own file would be, and every notebook is run
on it. A notebook passes that stops nowhere and whose tasks are all judged correct. All of the data
are synthetic.
"""

import argparse
import os
import resource
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.notebook import running
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.ratings.adopting import adopt

TIMEOUT = 10_800  # seconds of a cell; ten million ratings take some thousand


def opinions(n_users, n_items, rows, *, step=1, crowded=1.0, seed=8):
    """Made ratings: biases, two tastes and a whim; the crowd is drawn to what it already reads.

    Parameters
    ----------
    n_users, n_items, rows : int
        Pairs that come twice are drawn once, so there are some rows less.
    step : float
        1 for whole stars, 0.5 for half ones.
    crowded : float
        How much the most read items are read: an item's share falls with its rank to this power.
    seed : int

    Returns
    -------
    pandas.DataFrame
        Columns user, item (each from 1) and rating, in random order.
    """
    rng = np.random.default_rng(seed)
    busy = rng.pareto(1.2, n_users) + 1
    read = np.arange(1, n_items + 1.0) ** -crowded
    users = rng.choice(n_users, rows, p=busy / busy.sum())
    items = rng.permutation(n_items)[rng.choice(n_items, rows, p=read / read.sum())]
    # Everybody and everything comes at least twice.
    users[: 2 * n_users] = np.tile(np.arange(n_users), 2)
    items[-2 * n_items :] = np.tile(np.arange(n_items), 2)
    tastes, traits = rng.normal(0, 0.5, (n_users, 2)), rng.normal(0, 0.8, (n_items, 2))
    stars = (
        3.4
        + rng.normal(0, 0.3, n_users)[users]
        + rng.normal(0, 0.5, n_items)[items]
        + (tastes[users] * traits[items]).sum(axis=1)
        + rng.normal(0, 0.6, rows)
    )
    rating = np.clip(np.round(stars / step) * step, step, 5)
    table = pd.DataFrame({"user": users + 1, "item": items + 1, "rating": rating})
    return table.drop_duplicates(["user", "item"]).sample(frac=1, random_state=seed)


def films(folder):
    """943 viewers and 1,682 films, with titles and genres but without authors."""
    ratings = opinions(943, 1_682, 100_000).rename(columns={"user": "userId", "item": "movieId"})
    numbers = np.arange(1, 1_683)
    table = pd.DataFrame({"movieId": numbers, "title": [f"Film {n} (1987)" for n in numbers]})
    genres = "Comedy", "Crime", "Drama", "Romance", "Thriller", "War"
    table["genres"] = [f"{genres[n % 6]}|{genres[n % 5]}" for n in numbers]
    table.to_csv(folder / "movies.csv", index=False)
    return _saved(ratings.astype({"rating": int}), folder)


def half_stars(folder):
    """Half stars, and ids with gaps."""
    ratings = opinions(600, 2_500, 60_000, step=0.5, seed=9)
    return _saved(ratings.assign(user=ratings.user * 7, item=ratings.item * 31 + 100), folder)


def goodreads(folder):
    """3,788 readers, with the names of columns that Goodreads' own tables have."""
    ratings = opinions(3_788, 5_000, 120_000, crowded=0.5, seed=10)
    numbers = np.arange(1, 5_001)
    table = pd.DataFrame(
        {
            "book_id": numbers,
            "authors": [f"Author {n % 900}, Another {n % 7}" for n in numbers],
            "original_publication_year": 1900.0 + numbers % 120,
            "original_title": [f"Book {n}" for n in numbers],
            "title": [f"Book {n} (Series, #{n % 5})" for n in numbers],
        }
    )
    table.to_csv(folder / "books.csv", index=False)
    return _saved(ratings.rename(columns={"user": "user_id", "item": "book_id"}), folder)


def popular(folder, rows=16_000):
    """Small, dense and driven by popularity; half stars; ids are text; no table of books."""
    ratings = opinions(250, 120, rows, step=0.5, crowded=1.4, seed=11)
    ids = {"user": "reader-" + ratings.user.astype(str), "item": "B" + ratings.item.astype(str)}
    return _saved(ratings.assign(**ids), folder)


KINDS = {"films": films, "half": half_stars, "goodreads": goodreads, "popular": popular}


def _saved(ratings, folder):
    path = folder / "ratings.csv"
    ratings.to_csv(path, index=False)
    names = {"user": ratings.columns[0], "book": ratings.columns[1], "rating": "rating"}
    adopt(path, names)
    return path


def run_notebook(path, ratings):
    """One notebook on a file of ratings; what is wrong, one line each."""
    run = running.load_run(path)
    return _run(run, ratings), run.total_seconds


def run_together(paths, ratings):
    """Several notebooks, one after the other, in one kernel; what is wrong, one line each."""
    run = running.load_run(paths[0])
    run.nb.cells = []
    for path in paths:
        for cell in notebook_files.read_notebook(path).cells:
            cell.id = f"{path.stem[:2]}-{cell.id}"
            run.nb.cells.append(cell)
    return _run(run, ratings)


def _run(run, ratings):
    # A thread of its own, for in the main one nbclient would take Ctrl-C for itself.
    environment = {name: text for name, text in os.environ.items() if name[:7] != "NEUREC_"}
    environment |= {"NEUREC_DATASET": str(ratings)}
    with ThreadPoolExecutor(1) as pool:
        pool.submit(running.run_notebook, run, environment=environment, timeout=TIMEOUT).result()
    return [run.error] if run.error else running.wrong_verdicts(run)


def main():
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", nargs="*", help=f"of {', '.join(KINDS)}; all if none is named")
    parser.add_argument(
        "--notebook", "-n", action="append", default=[], help="only this one, such as 07"
    )
    parser.add_argument("--file", type=Path, help="an adopted file of ratings, in place of kinds")
    given = parser.parse_args()
    numbers = notebook_files.parse_numbers(given.notebook) or range(1, 11)
    paths = notebook_files.find_notebooks(NOTEBOOKS, numbers)
    kinds = [given.file.name] if given.file else given.kind or KINDS
    wrong = 0
    for kind in kinds:
        with tempfile.TemporaryDirectory() as folder:
            ratings = given.file.resolve() if given.file else KINDS[kind](Path(folder))
            for path in paths:
                found, seconds = run_notebook(path, ratings)
                wrong += bool(found)
                # Of all kernels so far, the one that took the most.
                peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
                verdict = "; ".join(found) or "right"
                print(
                    f"{kind:10}{path.stem:22}{seconds:6.0f} s {peak:5.1f} GB  {verdict}", flush=True
                )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
