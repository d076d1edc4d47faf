"""neurec doctor: what is right on this machine and what isn't, each fault with its cure."""

import os
import platform
import shutil
import socket
import sys
from pathlib import Path

import typer

from neurec_helpers import paths
from neurec_helpers.cli.examinations import (
    FAULT,
    OK,
    REMARK,
    Finding,
    examine_dataset,
    examine_kernel,
    examine_memory,
    examine_onednn,
    examine_shelf,
)
from neurec_helpers.cli.installed import (
    count_uncompiled,
    direct_dependencies,
    failing_imports,
    installed_from,
    installed_version,
    package_folder,
    read_pins,
)
from neurec_helpers.errors import NeurecError, in_one_line
from neurec_helpers.importing import broken_package
from neurec_helpers.language import mark, tr

STYLES = {OK: "green", REMARK: "yellow", FAULT: "bold red"}
DISK_NEEDED = 1.0
PORT = 8888


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
    if failed:
        texts = [
            tr(
                "{name} {version} is installed but can't be imported: {why}",
                name=name,
                version=installed_version(name) or "",
                why=why,
            )
            for name, why in failed.items()
        ]
        cure = _install(f"--force-reinstall {' '.join(failed)}")
        return Finding("versions", FAULT, "; ".join(texts), cure)
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


def examine_device():
    """What TensorFlow computes on, after a real set-up."""
    from neurec_helpers.startup import setup

    try:
        found = setup()
    except Exception as error:  # noqa: BLE001 - whatever a broken package raises
        if (name := broken_package(error)) is None:
            raise
        what = name if paths.INSTALLED else "--require-hashes -r constraints.txt"
        cure = _install(f"--force-reinstall {what}")
        text = tr("set-up fails in {name}: {error}", name=name, error=in_one_line(error))
        return Finding("device", FAULT, text, cure)
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
