"""What is installed in this Python, and what constraints.txt wants."""

import importlib.metadata
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from neurec_helpers.errors import NeurecError
from neurec_helpers.importing import MARK
from neurec_helpers.language import tr
from neurec_helpers.paths import how_to_restore

TRY_IMPORTS = "from neurec_helpers.importing import try_imports; try_imports()"
LIMIT = 600  # seconds for importing all; it takes ten


def read_pins(path):
    """The versions pinned in a constraints file, of those that this platform needs.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to str
        Version by name.

    Raises
    ------
    NeurecError
        If there is no such file.
    """
    from packaging.requirements import Requirement

    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise NeurecError(
            "there is no {path}. Bring it back: {cure}",
            path=path,
            cure=how_to_restore(path.name),
        ) from None
    pins = {}
    for line in lines:
        if not line[:1].isalnum():
            continue
        pin = Requirement(line.removesuffix("\\").strip())
        if pin.marker is None or pin.marker.evaluate():
            pins[pin.name] = str(pin.specifier).removeprefix("==")
    return pins


def direct_dependencies(name="neurec"):
    """Requirements that an installed distribution itself states, without those of its extras.

    Returns
    -------
    list of packaging.requirements.Requirement
        Empty if it isn't installed.
    """
    from packaging.requirements import Requirement

    try:
        stated = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []
    wanted = map(Requirement, stated)
    return [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]


def failing_imports(names):
    """Which of these distributions can't be imported, found in a process of its own.

    Parameters
    ----------
    names : list of str
        Names of distributions. Those that hold no module, or are not installed, are left out.

    Returns
    -------
    dict of str to str
        The error by name: that of the package at fault, where another one needs it.
    """
    modules = {}
    for module, owners in importlib.metadata.packages_distributions().items():
        for owner in owners:
            modules.setdefault(owner.lower().replace("_", "-"), module)
    # TensorFlow before Keras, which loads it: where that ends Python, it is to be named.
    names = sorted(names, key=lambda name: name.startswith("keras"))
    wanted = {name: modules[name.lower()] for name in names if name.lower() in modules}
    command = [sys.executable, "-c", TRY_IMPORTS, json.dumps(wanted)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            timeout=LIMIT,
        )
        output, status = done.stdout, done.returncode
        ended = tr("Python ended with status {status} while importing it", status=status)
    except subprocess.TimeoutExpired as error:
        output, status = error.stdout or b"", 1
        ended = tr("it was still being imported after {seconds} seconds", seconds=LIMIT)
    lines = output.decode(errors="replace").splitlines()
    tried = [json.loads(line.removeprefix(MARK)) for line in lines if line.startswith(MARK)]
    failed = {name: why for name, why in reversed(tried) if why}
    if status and tried:
        failed.setdefault(tried[-1][0], ended)
    return failed


def installed_version(name):
    """The installed version of a distribution, or None."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def installed_from(name):
    """The folder that an editable distribution was installed from, or None."""
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    # A build leaves an .egg-info in the checkout, which is found too and says nothing of this.
    found = importlib.metadata.distributions(name=name)
    records = filter(None, (each.read_text("direct_url.json") for each in found))
    record = next(records, None)
    if record is None:
        return None
    return Path(url2pathname(urlsplit(json.loads(record)["url"]).path)).resolve()


def package_folder(name):
    """Folder of an installed package, found without importing it; None if it isn't installed."""
    spec = importlib.util.find_spec(name)
    return Path(spec.submodule_search_locations[0]) if spec else None


def count_uncompiled(folders):
    """How many Python files have no bytecode, and how many there are."""
    missing = total = 0
    for top in folders:
        for folder, _, files in os.walk(top):
            sources = [name for name in files if name.endswith(".py")]
            total += len(sources)
            cache = Path(folder, "__pycache__")
            compiled = set(os.listdir(cache)) if cache.is_dir() else set()
            tag = sys.implementation.cache_tag
            missing += sum(f"{name[:-3]}.{tag}.pyc" not in compiled for name in sources)
    return missing, total
