"""Conda, Binder, Codespaces and the workflows: each file is read by the rules of its reader."""

import json
import re

import pytest
import yaml
from packaging.specifiers import SpecifierSet
from rattler import MatchSpec

from neurec_helpers.paths import ROOT
from tests.helpers.project import MAKEFILE, PYTHONS

PAGE = (ROOT / "docs" / "everywhere.md").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read_yaml(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["environment.yml", "binder/environment.yml"])
def test_conda_can_read_each_specification(name):
    environment = read_yaml(name)
    assert set(environment) <= {"name", "channels", "dependencies"}
    specifications = [one for one in environment["dependencies"] if isinstance(one, str)]
    names = [MatchSpec(one, strict=True).name.normalized for one in specifications]
    assert names == ["python", "pip"]
    others = [one for one in environment["dependencies"] if not isinstance(one, str)]
    assert others in ([], [{"pip": ["-r constraints.txt"]}])


@pytest.mark.parametrize("wrong", ["python >>3.11", "python >=3.11 <3.14 x y", "py thon ==3.1=a=b"])
def test_a_specification_that_conda_could_not_read_would_be_found(wrong):
    with pytest.raises(Exception, match="(?i)invalid|unable|not valid|parse"):
        MatchSpec(wrong, strict=True)


def test_binder_names_one_python_as_repo2docker_reads_it():
    python = read_yaml("binder/environment.yml")["dependencies"][0]
    # repo2docker takes this form alone, and from any other its own default.
    version = re.fullmatch(r"python=(3\.\d+)", python)[1]
    assert version in SpecifierSet(PYTHONS)


def test_binder_installs_the_pins_and_can_be_run():
    script = ROOT / "binder" / "postBuild"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/bash" and "set -euo pipefail" in lines
    assert "--require-hashes -r constraints.txt" in lines[-2]
    assert "--no-deps --no-build-isolation -e ." in lines[-1]
    assert script.stat().st_mode & 0o111


def test_the_devcontainer_calls_targets_that_exist_and_a_python_that_is_allowed():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8")
    assert "untried" in text.splitlines()[0]
    container = json.loads(re.sub(r"(?m)^//.*$", "", text))
    assert container["image"].rpartition(":")[2] in SpecifierSet(PYTHONS)
    for command in ("onCreateCommand", "postAttachCommand"):
        assert re.search(rf"^{container[command].removeprefix('make ')}:", MAKEFILE, re.M)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_whole_and_says_that_it_has_not_run(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML takes the bare word `on` for a truth value.
    assert {"name", True, "permissions", "jobs"} <= set(workflow)
    pages = {"pages": "write", "id-token": "write"} if path.stem == "site" else {}
    assert workflow["permissions"] == {"contents": "read"} | pages
    for job in workflow["jobs"].values():
        assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
        assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    assert re.search(r"has not run\s+(#\s+)?yet", path.read_text(encoding="utf-8"))


def test_a_release_is_tried_before_it_is_published_without_a_password():
    workflow = read_yaml(".github/workflows/release.yml")
    assert workflow[True] == {"push": {"tags": ["v*"]}}
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    assert any("tests/test_wheel.py" in step.get("run", "") for step in build["steps"])
    assert publish["needs"] == "build" and publish["permissions"] == {"id-token": "write"}
    assert not re.search(r"(?i)password|secrets\.", json.dumps(workflow["jobs"]))


def test_ci_makes_condas_environment_on_three_systems():
    job = read_yaml(".github/workflows/ci.yml")["jobs"]["conda"]
    assert len(job["strategy"]["matrix"]["os"]) == 3
    (made,) = (s for s in job["steps"] if s.get("uses", "").startswith("mamba-org/"))
    assert made["with"]["environment-file"] == "environment.yml"
    told = re.findall(r"^#     (.+)$", (ROOT / "environment.yml").read_text(encoding="utf-8"), re.M)
    ran = [step["run"] for step in job["steps"] if "run" in step]
    assert set(told[2:]) <= set(ran)


def test_the_page_says_what_was_not_tried():
    sections = re.split(r"(?m)^## ", PAGE)[1:]
    assert len(sections) == 6
    for section in sections[:-1]:
        assert "**Not tried" in section, section.splitlines()[0]
    for target in re.findall(r"(?:`|^\$ )make ([\w-]+)", PAGE, re.M):
        assert re.search(rf"^{target}:", MAKEFILE, re.M), target
