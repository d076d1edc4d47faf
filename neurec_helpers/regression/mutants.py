"""Mutation testing: change notebooks and helper, and count what the regression notices.

A maintainer's command, ``python -m neurec_helpers.regression.mutants``. Each mutant is one change
to one cell or helper file, made by hand (sabotages.py) or by a rule (mutation.py). A copy of the
notebook is run in a pytest of its own, until the first output that differs; what runs to the end
without a difference has survived.
"""

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import DATA, NOTEBOOKS, ROOT
from neurec_helpers.regression.environment import standard_environment
from neurec_helpers.regression.mutation import find_changes
from neurec_helpers.regression.sabotages import SABOTAGES
from neurec_helpers.regression.tolerance import PLACES, place_of_this_machine

# How many mutants of each notebook and helper file; fewer where a run takes long.
NOTEBOOK_MUTANTS = {1: 6, 2: 7, 3: 7, 4: 7, 5: 9, 6: 3, 7: 4, 8: 3, 9: 4, 10: 6}
# A helper file, the notebooks that show what it does, and how many mutants of it.
HELPER_MUTANTS = {
    "plotting/ratings.py": ((2, 1), 4),
    "plotting/network.py": ((3,), 2),
    "plotting/learning_curves.py": ((5,), 3),
    "plotting/predictions.py": ((5,), 4),
    "ratings/split.py": ((2,), 1),
    "recommending/lists.py": ((7, 9), 2),
    "plotting/ladder.py": ((8,), 1),
    "plotting/lists.py": ((9,), 1),
    "recommending/ranking.py": ((9,), 2),
    "scale/networks.py": ((10,), 5),
}
# Mutants that survive rightly, since no reader could see them, and why.
SURVIVORS = {
    "02 leak:3 test.merge(train[pair].drop_duplicates(), on=pair) → "
    "test.merge(train[pair].drop_duplicates())": (
        "what is merged has no other columns in common, so pandas takes these two by itself"
    ),
    '02 plotting/ratings.py:44 tr( "Bar chart of {ratings:,} ratings: those from {low:g} to '
    '{high:g} stars are the most " "frequent ({share:.1%}), and the mean is {mean:.2f}.", '
    "low=low[most], high=high[most], **facts, ) → tr('Bar chart of {ratings:,} ratings: those "
    "from {low:g} to {high:g} stars are the most frequent ({share:.1%}), and the mean is "
    "{mean:.2f}.', high=high[most], **facts)": (
        "it is said of more than 40 different ratings, and the Shelf has five; test_plots.py asks "
        "for it, and notices"
    ),
    '04 dense:3 np.array([[1.0, -2.0]], dtype="float32") → np.array([[1.0, -2.0]])': (
        "Keras makes float32 of it, and 1 and -2 are the same in both"
    ),
    "07 sure:3 True → False": (
        "no group of readers is empty, so there is none that would be shown or left out"
    ),
    '07 recommending/lists.py:158 row = row.toarray() if hasattr(row, "toarray") else '
    "np.asarray(row) → pass": (
        "notebook 07 asks no array for similar books; test_histories.py does, and notices"
    ),
    "09 recommending/ranking.py:52 getattr(self, name) → getattr(name, self)": (
        "notebook 09 shows the numbers in a table of its own, not what they say of themselves"
    ),
    "10 measure:23 watcher.join() → pass": (
        "the thread has seen the peak by then, and ends by itself within a fiftieth of a second"
    ),
    "10 scale/networks.py:101 Model([user_input, book_input], around_mean + mean_rating) → "
    "Model(around_mean + mean_rating, [user_input, book_input])": (
        "notebook 10 trains the lesson's network, not this one; test_training.py does, and notices"
    ),
    "10 scale/networks.py:127 65_520 → 65521": (
        "it is divided by SHARES, and both give the same whole number"
    ),
    '10 lists-train:12 nr.load_books().to_csv(own / "books.csv", index=False) → '
    "nr.load_books().to_csv(own / 'books.csv')": (
        "a column more in a table of titles is read by nobody"
    ),
}
SEED = 42
CELL_SECONDS = 600


@dataclass(frozen=True)
class Mutant:
    """A change to one cell or one helper file.

    Attributes
    ----------
    notebooks : tuple of Path
        The notebooks that show it, to be run in turn until one notices it.
    where : str
        Id of the cell, or the file's path within ``neurec_helpers``.
    change : neurec_helpers.regression.mutation.Change
    """

    notebooks: tuple
    where: str
    change: object

    def __str__(self):
        old, new = (" ".join(text.split()) for text in (self.change.old, self.change.new))
        return f"{self.notebooks[0].stem[:2]} {self.where}:{self.change.line} {old} → {new}"


def list_mutants(numbers=None):
    """The mutants of some notebooks and of the helper files that these show; the same each time.

    Parameters
    ----------
    numbers : collection of int, optional
        Of the notebooks; all of `NOTEBOOK_MUTANTS` by default.
    """
    mutants = []
    for path in notebook_files.find_notebooks(NOTEBOOKS, numbers or NOTEBOOK_MUTANTS):
        changes = [
            Mutant((path,), cell.id, change)
            for cell in notebook_files.read_notebook(path).cells
            if cell.cell_type == "code" and not notebook_files.neurec_metadata(cell).get("timing")
            for change in find_changes(cell.source)
        ]
        number = notebook_files.number_of(path)
        mutants += [by_hand(one) for one in SABOTAGES if int(one.notebook) == number]
        mutants += _choose(changes, NOTEBOOK_MUTANTS.get(number, 0), path.stem)
        for name, (shown_in, count) in HELPER_MUTANTS.items():
            if shown_in[0] == number:
                paths = tuple(notebook_files.find_notebooks(NOTEBOOKS, [n])[0] for n in shown_in)
                source = (ROOT / "neurec_helpers" / name).read_text(encoding="utf-8")
                changes = [Mutant(paths, name, change) for change in find_changes(source)]
                mutants += _choose(changes, count, name)
    return mutants


def by_hand(sabotage):
    """The mutant that a `neurec_helpers.regression.sabotages.Sabotage` makes."""
    return Mutant((sabotage.path,), sabotage.where, sabotage.change())


def _choose(mutants, count, name):
    """Choose some at random, by turns from each rule, so that no rule is left out."""
    chance = random.Random(f"{SEED} {name}")
    by_rule = defaultdict(list)
    for mutant in mutants:
        by_rule[mutant.change.rule].append(mutant)
    piles = list(by_rule.values())
    for pile in [piles, *piles]:
        chance.shuffle(pile)
    turns = [pile[turn] for turn in range(count) for pile in piles if turn < len(pile)]
    return turns[:count]


def run_mutant(mutant, place=None):
    """Run a mutant; the id of the cell that notices it, or an empty text if none does."""
    noticed = (_run_in(path, mutant, place) for path in mutant.notebooks)
    return next(filter(None, noticed), "")


def _run_in(path, mutant, place):
    with tempfile.TemporaryDirectory(prefix="neurec-mutant-") as folder:
        folder = Path(folder)
        nb = notebook_files.read_notebook(path)
        variables = {}
        if mutant.where.endswith(".py"):
            shutil.copytree(ROOT / "neurec_helpers", folder / "neurec_helpers")
            (folder / "data").symlink_to(DATA)
            changed = folder / "neurec_helpers" / mutant.where
            changed.write_text(mutant.change.source, encoding="utf-8")
            variables["PYTHONPATH"] = str(folder)
        else:
            cell = next(cell for cell in nb.cells if cell.id == mutant.where)
            cell.source = mutant.change.source
        notebook_files.write_notebook(nb, folder / path.name)
        return first_difference(folder, path.name, variables, place)


def first_difference(folder, name, variables=None, place=None):
    """Run a notebook of a folder under the plugin until a cell fails.

    Parameters
    ----------
    folder : Path
    name : str
        The notebook's file.
    variables : dict, optional
        More of the environment.
    place : str, optional
        Whose tolerances to compare within; this machine's by default.

    Returns
    -------
    str
        Id of the cell that failed; empty if all passed.

    Raises
    ------
    NeurecError
        If pytest did not run.
    """
    (folder / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-c", "pytest.ini", "-p", "no:xdist", "-x", "-q"]
    command += ["-p", "neurec_helpers.regression.plugin", "--nbval", "--nbval-current-env"]
    command += [f"--nbval-cell-timeout={CELL_SECONDS}", "--junitxml=report.xml"]
    command += [f"--tolerances={place or place_of_this_machine()}", name]
    environment = standard_environment(**(variables or {}))
    environment = {n: v for n, v in environment.items() if not n.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1) or not (folder / "report.xml").exists():
        raise NeurecError(f"pytest did not run {name}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            return case.get("name").partition("(")[2].rstrip(")")
    return ""


def main(arguments=None):
    """Run the command."""
    parser = argparse.ArgumentParser(prog="neurec_helpers.regression.mutants", description=__doc__)
    parser.add_argument("notebook", nargs="*", help="only of these, e.g. 03; all if none is named")
    parser.add_argument("--list", action="store_true", help="run nothing; say what would be run")
    parser.add_argument("--tolerances", choices=PLACES, default=place_of_this_machine())
    parser.add_argument("--jobs", "-j", type=int, default=1, help="how many to run at once")
    given = parser.parse_args(arguments)
    mutants = list_mutants(notebook_files.parse_numbers(given.notebook))
    if given.list:
        print("\n".join(f"{mutant.change.rule:20} {mutant}" for mutant in mutants))
        return
    noticed = explained = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        results = pool.map(lambda mutant: _timed_run(mutant, given.tolerances), mutants)
        for mutant, (cell, seconds) in zip(mutants, results, strict=True):
            noticed += bool(cell)
            explained += not cell and str(mutant) in SURVIVORS
            verdict = f"noticed at {cell}" if cell else "SURVIVED"
            told = f"{seconds:4.0f} s  {verdict:26} {mutant.change.rule:20} {mutant}"
            reason = "" if cell else SURVIVORS.get(str(mutant), "unexplained")
            print(f"{told}: {reason}" if reason else told, flush=True)
    print(f"{noticed} of {len(mutants)} noticed: {noticed / len(mutants):.0%}")
    seen = len(mutants) - explained
    print(f"{noticed} of the {seen} that a reader could see: {noticed / seen:.0%}")


def _timed_run(mutant, place):
    began = time.monotonic()
    return run_mutant(mutant, place), time.monotonic() - began


if __name__ == "__main__":
    main()
