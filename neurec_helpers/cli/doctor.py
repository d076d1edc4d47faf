"""neurec doctor: what is right on this machine and what isn't, each fault with its cure."""

import os
import platform
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import typer

from neurec_helpers import paths
from neurec_helpers.cli.installed import (
    count_uncompiled,
    direct_dependencies,
    failing_imports,
    installed_from,
    installed_version,
    package_folder,
    read_pins,
)
from neurec_helpers.errors import NeurecError
from neurec_helpers.language import mark, tr

OK, REMARK, FAULT = "ok", "note", "FAULT"
STYLES = {OK: "green", REMARK: "yellow", FAULT: "bold red"}
# What training notebook 06 takes at its peak, with some room for the browser.
MEMORY_NEEDED = 2.0
DISK_NEEDED = 1.0
PORT = 8888


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


def doctor():
    """Say what is right on this machine and what isn't, with the command that mends it."""
    from rich.console import Console
    from rich.text import Text

    console = Console()
    findings = []
    # Bytecode before the device: importing TensorFlow may write what is missing.
    for examine in EXAMINATIONS:
        try:
            found = examine()
        except NeurecError as error:
            found = Finding(examine.__name__.removeprefix("examine_"), FAULT, str(error))
        findings.append(found)
        # No line is folded, so that commands can be copied.
        line = Text.assemble(
            (f"{tr(found.state):<6}", STYLES[found.state]), f"{tr(found.subject):<11}", found.text
        )
        console.print(line, soft_wrap=True)
        if found.cure:
            console.print(
                Text(" " * 17 + tr("to mend it: {cure}", cure=found.cure)), soft_wrap=True
            )
    faults = sum(found.state == FAULT for found in findings)
    if faults:
        console.print(Text(tr("{n} fault.", "{n} faults.", n=faults), "bold red"))
        raise typer.Exit(1)
    console.print(Text(tr("No faults."), "green"))


def examine_python():
    """Whether this Python is one that neurec runs on."""
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    wanted = _project()["requires-python"]
    if version not in SpecifierSet(wanted):
        text = tr(
            "{version} at {python}; neurec needs {wanted}",
            version=version,
            python=sys.executable,
            wanted=wanted,
        )
        cure = "uvx --python 3.11 neurec lab" if paths.INSTALLED else _rebuild("PYTHON=python3.11")
        return Finding("Python", FAULT, text, cure)
    return Finding(
        "Python", OK, tr("{version} at {python}", version=version, python=sys.executable)
    )


def examine_packages():
    """Whether the packages are those of constraints.txt."""
    pins = read_pins(paths.LESSON / "constraints.txt")
    if paths.INSTALLED:
        return _chosen_freely(pins)
    wrong = []
    for name, version in pins.items():
        found = installed_version(name)
        if found != version:
            wrong.append(
                tr(
                    "{name} {found} (pinned {version})",
                    name=name,
                    found=found or tr("missing"),
                    version=version,
                )
            )
    if wrong:
        more = tr(" and {more} more", more=len(wrong) - 3) if len(wrong) > 3 else ""
        text = tr(
            "{wrong} of {pins} not as pinned: {names}{more}",
            wrong=len(wrong),
            pins=len(pins),
            names=", ".join(wrong[:3]),
            more=more,
        )
        return Finding("packages", FAULT, text, _install("--require-hashes -r constraints.txt"))
    return Finding("packages", OK, tr("all {pins} as pinned in constraints.txt", pins=len(pins)))


def _chosen_freely(pins):
    """What to say of the packages beside a wheel, whose versions pip has chosen."""
    there = {name: installed_version(name) for name in pins}
    others = [name for name, version in there.items() if version not in (None, pins[name])]
    if not others:
        return Finding("packages", OK, tr("those that the stored outputs were made with"))
    text = tr(
        "{others} of other versions than the stored outputs were made with ({names}): "
        "numbers may differ a little",
        others=len(others),
        names=", ".join(others[:5]) + (", ..." if len(others) > 5 else ""),
    )
    return Finding("packages", REMARK, text)


def examine_versions():
    """Whether what neurec itself asks for is new enough and can be imported."""
    from neurec_helpers.startup import OLDEST

    wanted = direct_dependencies()
    versions = {one.name: installed_version(one.name) for one in wanted}
    for one in wanted:
        version = versions[one.name]
        if version and version not in one.specifier:
            breaks = OLDEST.get(one.name, ((), tr("neurec was never tried with it")))[1]
            text = tr(
                "{name} {version} is not {specifier}: {breaks}",
                name=one.name,
                version=version,
                specifier=one.specifier,
                breaks=breaks,
            )
            return Finding("versions", FAULT, text, _install(f'"{one}"'))
    failed = failing_imports([name for name, version in versions.items() if version])
    for name, why in failed.items():
        text = tr(
            "{name} {version} is installed but can't be imported: {why}",
            name=name,
            version=versions.get(name, ""),
            why=why,
        )
        return Finding("versions", FAULT, text, _install(f"--force-reinstall {name}"))
    return Finding(
        "versions",
        OK,
        tr("all {packages} that neurec asks for are new enough and load", packages=len(wanted)),
    )


def examine_neurec():
    """Whether notebooks, from whichever folder they start, import this very neurec."""
    if paths.INSTALLED:
        version = installed_version("neurec")
        text = tr(
            "{version}, its notebooks and data in {folder}", version=version, folder=paths.LESSON
        )
        return Finding("neurec", OK, text)
    home = installed_from("neurec")
    if home is not None and home == paths.ROOT:
        return Finding("neurec", OK, tr("installed from {home}", home=home))
    text = (
        tr("installed from {home}, not from {folder}", home=home, folder=paths.ROOT)
        if home
        else tr("not installed")
    )
    return Finding("neurec", FAULT, text, _install("--no-deps --no-build-isolation -e ."))


def examine_bytecode():
    """Whether TensorFlow and Keras are compiled; otherwise each start takes three times as long."""
    folders = [folder for name in ("tensorflow", "keras") if (folder := package_folder(name))]
    missing, total = count_uncompiled(folders)
    if missing > total * 0.02:
        text = tr(
            "{missing} of {total} files of TensorFlow and Keras are not compiled: slow starts",
            missing=missing,
            total=total,
        )
        listed = " ".join(f'"{folder}"' for folder in folders)
        return Finding(
            "bytecode", FAULT, text, f'"{sys.executable}" -m compileall -q -j 0 {listed}'
        )
    return Finding(
        "bytecode", OK, tr("TensorFlow and Keras are compiled ({total} files)", total=total)
    )


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


def examine_device():
    """What TensorFlow computes on, after a real set-up."""
    from neurec_helpers.startup import setup

    try:
        found = setup()
    except ImportError as error:
        what = "tensorflow" if paths.INSTALLED else "--require-hashes -r constraints.txt"
        cure = _install(f"--force-reinstall {what}")
        return Finding("device", FAULT, tr("TensorFlow does not load: {error}", error=error), cure)
    text = tr(
        "TensorFlow {version} on {device}",
        version=found.versions["TensorFlow"],
        device=found.device,
    )
    if not found.reproducible:
        return Finding("device", FAULT, f"{text}; {found.remarks[0]}")
    if found.remarks:
        return Finding("device", REMARK, "; ".join((text, *map(str, found.remarks))))
    threads = tr("{n} thread", "{n} threads", n=found.threads)
    return Finding(
        "device", OK, tr("{text}; {threads}; results repeat to the bit", text=text, threads=threads)
    )


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


def examine_disk():
    """Whether the folder for what is made can be written and has room."""
    folder = paths.ROOT if paths.ROOT.exists() else paths.ROOT.parent
    free = shutil.disk_usage(folder).free / 2**30
    if not os.access(folder, os.W_OK):
        text = tr("{folder} can't be written", folder=folder)
        return Finding("disk", FAULT, text, f'chmod -R u+w "{folder}"')
    if free < DISK_NEEDED:
        text = tr("only {free:.1f} GiB free at {folder}", free=free, folder=folder)
        cure = f'"{sys.executable}" -m pip cache purge' if _has_pip() else "uv cache clean"
        return Finding("disk", FAULT, text, cure)
    return Finding("disk", OK, tr("{free:.0f} GiB free at {folder}", free=free, folder=folder))


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


def examine_port():
    """Whether JupyterLab's usual port is free."""
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    if taken:
        text = tr("{port} is taken; JupyterLab takes the next free one and says which", port=PORT)
        return Finding("port", REMARK, text)
    return Finding("port", OK, tr("{port} is free for JupyterLab", port=PORT))


# What is examined and what was found, as `doctor` shows them.
WORDS = (
    mark("Python"),
    mark("packages"),
    mark("versions"),
    mark("bytecode"),
    mark("device"),
    mark("memory"),
    mark("disk"),
    mark("the Shelf"),
    mark("data set"),
    mark("kernel"),
    mark("port"),
    mark("ok"),
    mark("note"),
    mark("FAULT"),
)
EXAMINATIONS = (
    examine_python,
    examine_packages,
    examine_versions,
    examine_neurec,
    examine_bytecode,
    examine_onednn,
    examine_device,
    examine_memory,
    examine_disk,
    examine_shelf,
    examine_dataset,
    examine_kernel,
    examine_port,
)


def _project():
    import tomllib

    return tomllib.loads((paths.LESSON / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _same_place(program, executable):
    # Every virtual environment's python links to the same file; the folder tells them apart.
    return os.path.normcase(Path(program).parent) == os.path.normcase(Path(executable).parent)


def _made_by_make():
    return Path(sys.prefix).resolve() == (paths.LESSON / ".venv").resolve()


def _rebuild(setting=""):
    return f"make clean doctor {setting}".rstrip()


def _install(what):
    if _made_by_make():
        return _rebuild()
    if _has_pip():
        return f'"{sys.executable}" -m pip install {what}'
    return f'uv pip install --python "{sys.executable}" {what}'


def _has_pip():
    # An environment that uv made has none.
    return package_folder("pip") is not None
