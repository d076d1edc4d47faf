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
            (f"{found.state:<6}", STYLES[found.state]), f"{found.subject:<11}", found.text
        )
        console.print(line, soft_wrap=True)
        if found.cure:
            console.print(Text(f"{'':17}to mend it: {found.cure}"), soft_wrap=True)
    faults = sum(found.state == FAULT for found in findings)
    if faults:
        console.print(Text(f"{faults} {'fault' if faults == 1 else 'faults'}.", "bold red"))
        raise typer.Exit(1)
    console.print(Text("No faults.", "green"))


def examine_python():
    """Whether this Python is one that neurec runs on."""
    from packaging.specifiers import SpecifierSet

    version = platform.python_version()
    wanted = _project()["requires-python"]
    if version not in SpecifierSet(wanted):
        text = f"{version} at {sys.executable}; neurec needs {wanted}"
        cure = "uvx --python 3.11 neurec lab" if paths.INSTALLED else _rebuild("PYTHON=python3.11")
        return Finding("Python", FAULT, text, cure)
    return Finding("Python", OK, f"{version} at {sys.executable}")


def examine_packages():
    """Whether the packages are those of constraints.txt."""
    pins = read_pins(paths.LESSON / "constraints.txt")
    if paths.INSTALLED:
        return _chosen_freely(pins)
    wrong = []
    for name, version in pins.items():
        found = installed_version(name)
        if found != version:
            wrong.append(f"{name} {found or 'missing'} (pinned {version})")
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        text = f"{len(wrong)} of {len(pins)} not as pinned: {', '.join(wrong[:3])}{more}"
        return Finding("packages", FAULT, text, _install("--require-hashes -r constraints.txt"))
    return Finding("packages", OK, f"all {len(pins)} as pinned in constraints.txt")


def _chosen_freely(pins):
    """What to say of the packages beside a wheel, whose versions pip has chosen."""
    there = {name: installed_version(name) for name in pins}
    others = [name for name, version in there.items() if version not in (None, pins[name])]
    if not others:
        return Finding("packages", OK, "those that the stored outputs were made with")
    listed = ", ".join(others[:5]) + (", ..." if len(others) > 5 else "")
    text = (
        f"{len(others)} of other versions than the stored outputs were made with ({listed}): "
        "numbers may differ a little"
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
            breaks = OLDEST.get(one.name, ((), "neurec was never tried with it"))[1]
            text = f"{one.name} {version} is not {one.specifier}: {breaks}"
            return Finding("versions", FAULT, text, _install(f'"{one}"'))
    failed = failing_imports([name for name, version in versions.items() if version])
    for name, why in failed.items():
        text = f"{name} {versions.get(name, '')} is installed but can't be imported: {why}"
        return Finding("versions", FAULT, text, _install(f"--force-reinstall {name}"))
    return Finding(
        "versions", OK, f"all {len(wanted)} that neurec asks for are new enough and load"
    )


def examine_neurec():
    """Whether notebooks, from whichever folder they start, import this very neurec."""
    if paths.INSTALLED:
        version = installed_version("neurec")
        return Finding("neurec", OK, f"{version}, its notebooks and data in {paths.LESSON}")
    home = installed_from("neurec")
    if home is not None and home == paths.ROOT:
        return Finding("neurec", OK, f"installed from {home}")
    text = f"installed from {home}, not from {paths.ROOT}" if home else "not installed"
    return Finding("neurec", FAULT, text, _install("--no-deps --no-build-isolation -e ."))


def examine_bytecode():
    """Whether TensorFlow and Keras are compiled; otherwise each start takes three times as long."""
    folders = [folder for name in ("tensorflow", "keras") if (folder := package_folder(name))]
    missing, total = count_uncompiled(folders)
    if missing > total * 0.02:
        text = f"{missing} of {total} files of TensorFlow and Keras are not compiled: slow starts"
        listed = " ".join(f'"{folder}"' for folder in folders)
        return Finding(
            "bytecode", FAULT, text, f'"{sys.executable}" -m compileall -q -j 0 {listed}'
        )
    return Finding("bytecode", OK, f"TensorFlow and Keras are compiled ({total} files)")


def examine_onednn():
    """What the shell says of oneDNN, which changes results; set-up turns it off."""
    value = os.environ.get("TF_ENABLE_ONEDNN_OPTS")
    if value in (None, "0"):
        return Finding("oneDNN", OK, "off after set-up, as the printed results need it")
    text = f"the shell sets TF_ENABLE_ONEDNN_OPTS={value}; set-up turns it off all the same"
    return Finding("oneDNN", REMARK, text, "unset TF_ENABLE_ONEDNN_OPTS")


def examine_device():
    """What TensorFlow computes on, after a real set-up."""
    from neurec_helpers.startup import setup

    try:
        found = setup()
    except ImportError as error:
        what = "tensorflow" if paths.INSTALLED else "--require-hashes -r constraints.txt"
        cure = _install(f"--force-reinstall {what}")
        return Finding("device", FAULT, f"TensorFlow does not load: {error}", cure)
    text = f"TensorFlow {found.versions['TensorFlow']} on {found.device}"
    if not found.reproducible:
        return Finding("device", FAULT, f"{text}; {found.remarks[0]}")
    if found.remarks:
        return Finding("device", REMARK, "; ".join((text, *found.remarks)))
    threads = "1 thread" if found.threads == 1 else f"{found.threads} threads"
    return Finding("device", OK, f"{text}; {threads}; results repeat to the bit")


def examine_memory():
    """Whether there is room to train."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / 2**30, memory.total / 2**30
    text = f"{free:.1f} of {total:.1f} GiB free"
    if free < MEMORY_NEEDED:
        text += f"; training takes up to {MEMORY_NEEDED:.0f}. Close programs and notebooks"
        return Finding("memory", FAULT, text, f'"{sys.executable}" -m jupyter server list')
    return Finding("memory", OK, text)


def examine_disk():
    """Whether the folder for what is made can be written and has room."""
    folder = paths.ROOT if paths.ROOT.exists() else paths.ROOT.parent
    free = shutil.disk_usage(folder).free / 2**30
    if not os.access(folder, os.W_OK):
        return Finding("disk", FAULT, f"{folder} can't be written", f'chmod -R u+w "{folder}"')
    if free < DISK_NEEDED:
        text = f"only {free:.1f} GiB free at {folder}"
        cure = f'"{sys.executable}" -m pip cache purge' if _has_pip() else "uv cache clean"
        return Finding("disk", FAULT, text, cure)
    return Finding("disk", OK, f"{free:.0f} GiB free at {folder}")


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
        text = f"missing in {paths.DATA}: {', '.join(missing)}"
        return Finding("the Shelf", FAULT, text, cure)
    if faults := shelf_faults(file, read_shelf_json(file)):
        return Finding("the Shelf", FAULT, "; ".join(map(str, faults)), cure)
    return Finding("the Shelf", OK, f"{file}, as shipped")


def examine_dataset():
    """Whether the notebooks' data can be used: they are loaded, as a notebook loads them."""
    import warnings

    from neurec_helpers.ratings import goodbooks, sources
    from neurec_helpers.ratings.loading import load_books, load_ratings

    wanted = os.environ.get("NEUREC_DATASET") or sources.SHELF
    here = [goodbooks.find(file)[0] for file in goodbooks.FILES]
    if wanted == sources.GOODBOOKS and None in here:
        text = "NEUREC_DATASET=goodbooks, and the real edition is not on this machine"
        return Finding("data set", FAULT, text, "neurec data fetch goodbooks")
    try:
        with warnings.catch_warnings(record=True) as remarks:
            warnings.simplefilter("always", UserWarning)
            ratings = load_ratings()
            load_books()
    except NeurecError as error:
        text = f"notebooks can't use {wanted}: {error}"
        # What the error advises mends the file; without it there is the Shelf.
        return Finding("data set", FAULT, text, "unset NEUREC_DATASET")
    real = f"real edition at {here[0].path}" if None not in here else "real edition not here"
    text = f"notebooks use {wanted}: {_say_counts(ratings)}; {real}"
    if remarks:
        return Finding("data set", REMARK, f"{text}. {remarks[0].message}")
    return Finding("data set", OK, text)


def _say_counts(ratings):
    """How many ratings, users and books there are."""
    users, books = (ratings[name].nunique() for name in ("user_id", "book_id"))
    return f"{len(ratings):,} ratings, {users:,} users, {books:,} books"


def examine_kernel():
    """Whether JupyterLab's `python3` is this Python."""
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    cure = f'"{sys.executable}" -m ipykernel install --sys-prefix --name python3'
    try:
        kernel = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return Finding("kernel", FAULT, "there is no kernel named python3", cure)
    program = kernel.argv[0] if kernel.argv else ""
    # Jupyter runs a bare name as the Python that it runs on itself.
    if program in ("python", "python3") or _same_place(program, sys.executable):
        return Finding("kernel", OK, f"python3 is this Python ({kernel.resource_dir})")
    text = f"python3 runs {program}, as {kernel.resource_dir} says"
    if not Path(kernel.resource_dir).is_relative_to(sys.prefix):
        cure = f'"{sys.executable}" -m jupyter kernelspec remove python3'
    return Finding("kernel", FAULT, text, cure)


def examine_port():
    """Whether JupyterLab's usual port is free."""
    with socket.socket() as probe:
        probe.settimeout(1)
        taken = probe.connect_ex(("127.0.0.1", PORT)) == 0
    if taken:
        text = f"{PORT} is taken; JupyterLab takes the next free one and says which"
        return Finding("port", REMARK, text)
    return Finding("port", OK, f"{PORT} is free for JupyterLab")


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
