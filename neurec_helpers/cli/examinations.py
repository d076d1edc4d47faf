"""What doctor finds beside packages: memory, oneDNN, data, the kernel."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from neurec_helpers import paths
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import tr

OK, REMARK, FAULT = "ok", "note", "FAULT"


# What training notebook 06 takes at its peak, with some room for the browser.
MEMORY_NEEDED = 2.0


@dataclass(frozen=True)
class Finding:
    """What one examination found.

    Attributes
    ----------
    subject : str
        What was examined.
    state : str
        `OK`, `REMARK` (the lesson works all the same) or `FAULT`.
    text : str
        What was found.
    cure : str
        The command that mends it.
    """

    subject: str
    state: str
    text: str
    cure: str = ""


def examine_onednn():
    """What the shell says of oneDNN, which changes results; set-up turns it off."""
    value = os.environ.get("TF_ENABLE_ONEDNN_OPTS")
    if value in (None, "0"):
        return Finding("oneDNN", OK, tr("off after set-up, as the printed results need it"))
    text = tr(
        "the shell sets TF_ENABLE_ONEDNN_OPTS={value}; set-up turns it off all the same",
        value=value,
    )
    return Finding("oneDNN", REMARK, text, "unset TF_ENABLE_ONEDNN_OPTS")


def examine_memory():
    """Whether there is room to train."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / 2**30, memory.total / 2**30
    text = tr("{free:.1f} of {total:.1f} GiB free", free=free, total=total)
    if free < MEMORY_NEEDED:
        text += tr(
            "; training takes up to {memory:.0f}. Close programs and notebooks",
            memory=MEMORY_NEEDED,
        )
        return Finding("memory", FAULT, text, f'"{sys.executable}" -m jupyter server list')
    return Finding("memory", OK, text)


def examine_shelf():
    """Whether the data that ships is there, to the byte."""
    from neurec_helpers.ratings.shelf_json import read_shelf_json, shelf_faults

    file = paths.DATA / "ratings.csv.gz"
    cure = paths.how_to_restore("data")
    missing = [
        name
        for name in ("ratings.csv.gz", "books.csv", "shelf.json")
        if not (paths.DATA / name).is_file()
    ]
    if missing:
        text = tr("missing in {folder}: {missing}", folder=paths.DATA, missing=", ".join(missing))
        return Finding("the Shelf", FAULT, text, cure)
    if faults := shelf_faults(file, read_shelf_json(file)):
        return Finding("the Shelf", FAULT, "; ".join(map(str, faults)), cure)
    return Finding("the Shelf", OK, tr("{file}, as shipped", file=file))


def examine_dataset():
    """Whether the notebooks' data can be used: they are loaded, as a notebook loads them."""
    import warnings

    from neurec_helpers.ratings import goodbooks, sources
    from neurec_helpers.ratings.loading import load_books, load_ratings

    wanted = os.environ.get("NEUREC_DATASET") or sources.SHELF
    here = [goodbooks.find(file)[0] for file in goodbooks.FILES]
    if wanted == sources.GOODBOOKS and None in here:
        text = tr("NEUREC_DATASET=goodbooks, and the real edition is not on this machine")
        return Finding("data set", FAULT, text, "neurec data fetch goodbooks")
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always", UserWarning)
            ratings = load_ratings()
            load_books()
    except NeurecError as error:
        text = tr("notebooks can't use {wanted}: {error}", wanted=wanted, error=error)
        # What the error advises mends the file; without it there is the Shelf.
        return Finding("data set", FAULT, text, "unset NEUREC_DATASET")
    real = (
        tr("real edition at {path}", path=here[0].path)
        if None not in here
        else tr("real edition not here")
    )
    text = tr(
        "notebooks use {wanted}: {counts}; {real}",
        wanted=wanted,
        counts=_say_counts(ratings),
        real=real,
    )
    if remarks:
        return Finding("data set", REMARK, f"{text}. {remarks[0].message}")
    return Finding("data set", OK, text)


def _say_counts(ratings):
    """How many ratings, users and books there are."""
    users, books = (ratings[name].nunique() for name in ("user_id", "book_id"))
    return tr(
        "{rows:,} ratings, {users:,} users, {books:,} books",
        rows=len(ratings),
        users=users,
        books=books,
    )


def examine_kernel():
    """Whether JupyterLab's `python3` is this Python."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    cure = f'"{sys.executable}" -m ipykernel install --sys-prefix --name python3'
    try:
        kernel = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding("kernel", FAULT, tr("there is no kernel named python3"), cure)
    program = kernel.argv[0] if kernel.argv else ""
    # Jupyter runs a bare name as the Python that it runs on itself.
    if program in ("python", "python3") or _same_place(program, sys.executable):
        return Finding(
            "kernel", OK, tr("python3 is this Python ({folder})", folder=kernel.resource_dir)
        )
    text = tr(
        "python3 runs {program}, as {folder} says", program=program, folder=kernel.resource_dir
    )
    if not Path(kernel.resource_dir).is_relative_to(sys.prefix):
        cure = f'"{sys.executable}" -m jupyter kernelspec remove python3'
    return Finding("kernel", FAULT, text, cure)


def _same_place(program, executable):
    # Every virtual environment's python links to the same file; the folder tells them apart.
    return os.path.normcase(Path(program).parent) == os.path.normcase(Path(executable).parent)
