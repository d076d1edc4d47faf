"""The rooms of the package: who may import whom."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neurec_helpers.paths import ROOT

LINT_IMPORTS = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]


def lint(folder):
    return subprocess.run(
        LINT_IMPORTS, cwd=folder, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )


def test_no_room_imports_what_it_must_not():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "line", "broken"),
    [
        ("tasks/split.py", "from neurec_helpers.notebook import files", "What notebooks import"),
        ("startup.py", "import neurec_helpers.cli", "What notebooks import"),
        ("bench/steps.py", "from neurec_helpers.cli import lesson", "The command knows all"),
        ("notebook/files.py", "import neurec_helpers.bench.steps", "No two rooms"),
    ],
)
def test_an_import_that_is_not_allowed_is_noticed(tmp_path, file, line, broken):
    shutil.copytree(ROOT / "neurec_helpers", tmp_path / "neurec_helpers")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    changed = Path(tmp_path, "neurec_helpers", file)
    changed.write_text(changed.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert any(
        row.startswith(broken) and row.endswith("BROKEN") for row in done.stdout.splitlines()
    )


def test_no_file_of_the_package_is_longer_than_400_lines():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / "neurec_helpers").rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > 400} == {}
