"""Mistakes that still run, or nearly, and give plausible results; each must be noticed.

They are made by hand, and the rules of mutation.py add to them.
"""

from dataclasses import dataclass

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, ROOT
from neurec_helpers.regression.mutation import Change


@dataclass(frozen=True)
class Sabotage:
    """A way to break a notebook, or what it shows of the helper.

    Attributes
    ----------
    name : str
    notebook : str
        Number of the notebook to run.
    where : str
        Id of a cell, or a file's path within ``neurec_helpers``.
    old, new : str
        Text that stands there exactly once, and what is put in its place.
    quick : bool
        It is noticed within seconds, so the tests run it; the others take the training of a model.
    """

    name: str
    notebook: str
    where: str
    old: str
    new: str
    quick: bool = False

    @property
    def path(self):
        """The notebook's file."""
        (path,) = notebook_files.find_notebooks(NOTEBOOKS, [int(self.notebook)])
        return path

    def change(self):
        """What it changes.

        Raises
        ------
        NeurecError
            If the text does not stand there exactly once.
        """
        source = read_source(self.path, self.where)
        count = source.count(self.old)
        if count != 1:
            raise NeurecError(f"{self.name}: the text {self.old!r} stands there {count} times.")
        line = source[: source.index(self.old)].count("\n") + 1
        changed = source.replace(self.old, self.new)
        return Change("by hand", line, self.old, self.new, changed)


def read_source(path, where):
    """Source of a notebook's cell by its id, or of a helper file by its path."""
    if where.endswith(".py"):
        return (ROOT / "neurec_helpers" / where).read_text(encoding="utf-8")
    for cell in notebook_files.read_notebook(path).cells:
        if cell.id == where:
            return cell.source
    raise NeurecError(f"{path.name} has no cell {where}.")


LISTS, CURVES = "recommending/lists.py", "plotting/learning_curves.py"
PREDICTIONS, RATINGS, STYLE = "plotting/predictions.py", "plotting/ratings.py", "plotting/style.py"
LENGTHS = " / np.maximum(lengths, 1e-12)"
TITLES_OFF = "books=books.assign(title=books.title.shift(fill_value='')), exclude"
RANKING = "recommending/ranking.py"
BOOK_FIRST = "book_id.to_numpy(), some.user"
LOGQ = '        logits = correction(logits, ops.take(how_often.astype("float32"), their_ids))\n'
AXES = 'xlabel=tr("{}rating (stars)"),\n        ylabel=tr("{}rating (stars)")'

SABOTAGES = (
    Sabotage("another seed", "01", "task-5-1-solution", "state=42", "state=43", True),
    Sabotage("another label", "01", RATINGS, 'ylabel=tr("ratings")', 'ylabel="stars"', True),
    Sabotage("another colour", "01", STYLE, '("#0072B2", ', '("#0072B3", ', True),
    Sabotage(
        "rows for pairs", "02", "leak", "repeated[pair].drop_duplicates()", "repeated[pair]", True
    ),
    Sabotage(
        "legend swapped",
        "02",
        RATINGS,
        "label=label,",
        "label=(of_books if rows == [] else of_readers)[2],",
        True,
    ),
    Sabotage("another marker", "02", STYLE, '("o", "s", ', '("o", "D", ', True),
    Sabotage(
        "axes swapped",
        "02",
        RATINGS,
        'xlabel=tr("rank, from the most active (log scale)"),\n        ylabel',
        'ylabel=tr("rank, from the most active (log scale)"),\n        xlabel',
        True,
    ),
    Sabotage("a linear axis", "02", RATINGS, '        xscale="log",\n', "", True),
    Sabotage("lines swapped", "02", RATINGS, "zip(SERIES, (of", "zip(SERIES[1::-1], (of", True),
    Sabotage("a row too few", "03", "task-5-4-solution", "n_users + 1", "n_users", True),
    Sabotage("a ReLU missing", "04", "stack", 'Dense(32, activation="relu")', "Dense(32)", True),
    Sabotage("book first", "04", "predict", "user_id.to_numpy(), some.book", BOOK_FIRST, True),
    Sabotage("the negative part", "04", "dense", "np.maximum(", "np.minimum(", True),
    Sabotage("a layer missing", "05", "network", "hidden = Dense(32", "other = Dense(32", True),
    Sabotage("a row too few", "05", "network", "count + 1", "count", True),
    Sabotage("another batch", "05", "fit", "batch_size=4096", "batch_size=4095"),
    Sabotage(
        "test rows leaked", "05", "fit", "inputs(train),", "inputs(ratings.iloc[: len(train)]),"
    ),
    Sabotage("a ReLU missing", "05", "network", '32, activation="relu"', "32"),
    Sabotage("tables frozen", "05", "network", 'Embedding")(', 'Embedding", trainable=False)('),
    Sabotage(
        "legend swapped", "05", CURVES, "label=name,", "label=[*curves][[*curves][0] == name],"
    ),
    Sabotage("a floor moved", "05", "curves", "nr.noise_floor()", "nr.noise_floor() + 0.01"),
    Sabotage(
        "axes swapped",
        "05",
        PREDICTIONS,
        AXES.format("true ", "predicted "),
        AXES.format("predicted ", "true "),
    ),
    Sabotage("another rate", "06", "training", "rate=0.002", "rate=0.0021"),
    Sabotage("used tables", "06", "fair", "new_branches()", "branches"),
    Sabotage("last weights kept", "06", "early", "weights=True", "weights=False"),
    Sabotage("no ReLU", "06", "network", ', activation="relu"', ""),
    Sabotage("seen books kept", "07", "recommend", ", exclude=train", ""),
    Sabotage("titles one book off", "07", "recommend", "books=books, exclude", TITLES_OFF),
    Sabotage("two epochs", "07", "fold-in", "epochs=200", "epochs=2"),
    Sabotage("dot for cosine", "07", LISTS, LENGTHS, ""),
    Sabotage("seen books kept", "08", "lists", ", exclude=train", ""),
    Sabotage("another price", "08", "best", "price=0.14", "price=0.15"),
    Sabotage("seen books kept", "09", "judge", ", exclude=train", ""),
    Sabotage("itself alike", "09", "ease", "np.fill_diagonal(ease, 0)", "pass"),
    Sabotage("the famous punished", "09", "towers", LOGQ, ""),
    Sabotage("a narrower margin", "09", RANKING, "float(1.96", "float(1.86"),
    Sabotage("hits at one rank more", "09", RANKING, 'hits["rank"] + 1', 'hits["rank"] + 2'),
)
