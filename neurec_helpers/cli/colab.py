"""`neurec colab`: the branch for Colab, and a stand-in for Colab to try it in."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import BUILD, ROOT

app = typer.Typer(help="The notebooks for Colab: make them, try them.", no_args_is_help=True)


@app.command()
def build(
    repository: Annotated[str, typer.Option(help="OWNER/NAME of the public repository.")] = "",
):
    """Make the branch `colab`: the notebooks and the wheel that they install."""
    from neurec_helpers.notebook import colab

    repository = colab.find_repository(repository)
    with tempfile.TemporaryDirectory(prefix="neurec-colab-") as folder:
        folder = Path(folder)
        wheel = build_wheel(folder)
        address = colab.wheel_address(repository, wheel.name)
        made = colab.make_notebooks(folder, address, repository)
        commit = colab.commit_branch(folder, f"Notebooks for Colab, with {wheel.name}")
    typer.echo(f"The branch {colab.BRANCH}, {commit[:7]}: {len(made)} notebooks, {wheel.name}.")
    typer.echo(f"Publish it with: git push --force origin {colab.BRANCH}")


@app.command()
def check(
    notebook: Annotated[
        list[str] | None, typer.Option("--notebook", "-n", help="Only this one; repeatable.")
    ] = None,
    python: Annotated[
        str, typer.Option(help="Python for it, as uv takes it: a version, or a path.")
    ] = "3.13",
    jobs: Annotated[int, typer.Option(min=1, help="Notebooks at once.")] = 2,
    timeout: Annotated[int, typer.Option(min=1, help="Most seconds for one cell.")] = 600,
):
    """Run the notebooks for Colab in an environment with Colab's versions; needs uv.

    It is a simulation: the versions are Colab's, the machine and the front end are not.
    """
    from rich.console import Console

    from neurec_helpers.notebook import colab
    from neurec_helpers.notebook.progress import watch_runs
    from neurec_helpers.regression import colab as stand_in

    console = Console()
    program = stand_in.make_environment(python)
    folder = BUILD / "colab"
    wheel = build_wheel(folder)
    made = colab.make_notebooks(folder, str(wheel), "owner/neurec")
    numbers = notebook_files.parse_numbers(notebook) if notebook else None
    paths = notebook_files.find_notebooks(made[0].parent, numbers)
    # Alone, so that no two kernels install at the same time.
    stand_in.install(made[0], program)
    runs = [stand_in.load_run(path) for path in paths]
    watch_runs(runs, lambda run: stand_in.run_notebook(run, program, timeout), jobs, {}, console)
    outcomes = [stand_in.judge(run) for run in runs]
    console.print(outcome_table(outcomes))
    bad = [f"{one.name}: {one.error or 'see the table'}" for one in outcomes if not one.is_well]
    if bad:
        raise NeurecError("\n  ".join(["not all came out as stored:", *bad]))


def outcome_table(outcomes):
    """What became of each notebook, for a console."""
    from rich.table import Table

    columns = ("notebook", "error", "checks right", "MSEs within", "farthest", "seconds")
    table = Table(*columns, title="Stand-in for Colab: a simulation, with its versions")
    for one in outcomes:
        table.add_row(
            one.name,
            one.error or "none",
            f"{one.correct} of {one.tasks}",
            f"{one.within} of {one.errors}",
            f"{one.farthest:.4f}" if one.errors else "",
            f"{one.seconds:.0f}",
        )
    return table


def build_wheel(folder):
    """Build the wheel of this checkout; its path."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise NeurecError(f"the wheel can't be built: {done.stderr.strip()}")
    return max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
