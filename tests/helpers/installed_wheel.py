"""neurec built as it is published, and installed in an environment of its own."""

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from neurec_helpers.paths import ROOT
from neurec_helpers.regression.environment import standard_environment

SECONDS = 600


@dataclass(frozen=True)
class Installed:
    """Where things are.

    Attributes
    ----------
    sdist, wheel, rebuilt : Path
        What was built; `rebuilt` is the wheel that the sdist makes.
    programs : Path
        Folder of the environment's programs.
    package : Path
        The installed package.
    """

    sdist: Path
    wheel: Path
    rebuilt: Path
    programs: Path
    package: Path

    def environment(self, **variables):
        """Variables for the environment's programs: nothing leads to the checkout."""
        settings = standard_environment(
            JUPYTER_PATH=str(Path(sys.prefix) / "share" / "jupyter"),
            PATH=os.pathsep.join([str(self.programs), str(Path(sys.executable).parent)])
            + os.pathsep
            + os.environ.get("PATH", ""),
            COLUMNS="200",
        )
        gone = ("PYTHONPATH", "NEUREC_DATA_DIR", "NEUREC_LANGUAGE", "VIRTUAL_ENV")
        return {k: v for k, v in settings.items() if k not in gone} | variables

    def run(self, folder, *arguments, **variables):
        """Run ``neurec`` in a folder."""
        return self._run([self.programs / "neurec", *arguments], folder, variables)

    def python(self, folder, code, *arguments):
        """Run a piece of Python in a folder."""
        return self._run([self.programs / "python", "-c", code, *arguments], folder, {})

    def _run(self, command, folder, variables):
        return subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env=self.environment(**variables),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """Build, and install in an environment that borrows all other packages from this one."""
    made = tmp_path_factory.mktemp("wheel")
    _build(ROOT, made / "dist")
    (sdist,), (wheel,) = (made / "dist").glob("*.tar.gz"), (made / "dist").glob("*.whl")
    with tarfile.open(sdist) as archive:
        archive.extractall(made, filter="data")
    _build(made / sdist.name.removesuffix(".tar.gz"), made / "again", "-t", "wheel")
    (rebuilt,) = (made / "again").glob("*.whl")

    home = made / "environment"
    venv.create(home, with_pip=True)
    programs = home / ("Scripts" if sys.platform == "win32" else "bin")
    python = programs / "python"
    done = subprocess.run(
        [python, "-m", "pip", "install", "--no-index", "--no-deps", "--quiet", wheel],
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    asked = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    packages = Path(subprocess.check_output(asked, text=True).strip())
    # The .pth files in there, such as that of the checkout itself, are not followed.
    lent = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (packages / "lent.pth").write_text("\n".join(lent) + "\n")
    return Installed(sdist, wheel, rebuilt, programs, packages / "neurec_helpers")


def _build(source, target, *options):
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(target), *options]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
