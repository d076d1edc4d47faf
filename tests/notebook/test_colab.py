"""The notebooks for Colab, and the branch that they are, made beside a user's work."""

import json
import re
import subprocess

import pytest

from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import colab
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, ROOT

REPOSITORY = "someone/neurec"
WHEEL = colab.wheel_address(REPOSITORY, "neurec-0.1.0-py3-none-any.whl")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    paths = colab.make_notebooks(tmp_path_factory.mktemp("colab"), WHEEL, REPOSITORY)
    return {path.name: notebook_files.read_notebook(path) for path in paths}


def test_each_notebook_begins_with_one_form_that_installs(made):
    assert list(made) == [path.name for path in notebook_files.find_notebooks(NOTEBOOKS)]
    for nb in made.values():
        title, first, *others = nb.cells
        assert title.cell_type == "markdown" and title.source.startswith("# ")
        assert first.metadata["cellView"] == "form" and first.source.startswith("#@title ")
        assert f"%pip install --quiet --no-deps {WHEEL}\n" in first.source
        assert re.search(r'"keras>=3\.14" "keras-rs>=0\.\d+"', first.source)
        assert not [cell for cell in others if "%pip" in cell.source]


def test_only_what_trains_beyond_a_notebook_installs_what_that_needs(made):
    for name, nb in made.items():
        assert ("duckdb==" in nb.cells[1].source) == (name == "10_scaling.ipynb")
        assert ("faiss-cpu==" in nb.cells[1].source) == (name == "10_scaling.ipynb")


def test_the_sources_have_no_such_cell():
    for path in notebook_files.find_notebooks(NOTEBOOKS):
        text = path.read_text(encoding="utf-8")
        assert "%pip" not in text and "#@title" not in text and colab.CELL not in text


def test_solutions_and_outputs_are_taken_out(made):
    for name, nb in made.items():
        assert "SOLUTION" not in json.dumps(nb)
        assert not any(cell.get("outputs") for cell in nb.cells), name


def test_every_link_is_absolute_and_leads_to_a_file_that_exists(made):
    seen = set()
    for nb in made.values():
        for cell in nb.cells:
            if cell.cell_type == "markdown":
                seen.update(re.findall(r"\]\(([^)]+)\)", cell.source))
    assert len(seen) > 10
    for link in seen:
        assert re.match("https?://", link), link
        own = re.fullmatch(rf"https://\S+?/{REPOSITORY}/blob/(colab|main)/([^#]+).*", link)
        if own:
            assert (ROOT / own[2]).is_file(), link
            assert (own[1] == "colab") == own[2].endswith(".ipynb"), link


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("02_a.ipynb#end", "https://colab.research.google.com/github/o/n/blob/colab/notebooks/02_a.ipynb#end"),
        ("../data/README.md", "https://github.com/o/n/blob/main/data/README.md"),
        ("https://example.org/x", "https://example.org/x"),
        ("#below", "#below"),
    ],
)  # fmt: skip
def test_links(link, address):
    assert colab.absolute_links(f"[a]({link})", "o/n", "notebooks") == f"[a]({address})"


def test_the_repository_is_given_or_asked_for():
    assert colab.find_repository("https://github.com/someone/neurec.git") == REPOSITORY
    for wrong in ("someone", "https://example.org/a/b/c"):
        with pytest.raises(NeurecError, match="REPOSITORY=owner/name"):
            colab.find_repository(wrong)


def git(folder, *arguments):
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with work in it that was not committed."""
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A Student")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "student@example.org")
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch", "main")
    (folder / "work.txt").write_text("committed")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "work")
    (folder / "work.txt").write_text("staged")
    git(folder, "add", ".")
    (folder / "work.txt").write_text("not even staged")
    return folder


def test_the_branch_is_made_anew_and_nothing_of_the_users_is_touched(checkout, tmp_path):
    folder = tmp_path / "made"
    (folder / "notebooks" / "ru").mkdir(parents=True)
    (folder / "a.whl").write_bytes(b"\x00\r\n")
    (folder / "notebooks" / "ru" / "01_a.ipynb").write_text("{}")
    before = git(checkout, "status", "--porcelain"), git(checkout, "rev-parse", "HEAD")
    for message in ("first", "second"):
        commit = colab.commit_branch(folder, message, checkout)
    assert (git(checkout, "status", "--porcelain"), git(checkout, "rev-parse", "HEAD")) == before
    assert (checkout / "work.txt").read_text() == "not even staged"
    assert git(checkout, "rev-parse", "colab") == commit
    assert git(checkout, "log", "--format=%s", "colab") == "second"
    held = git(checkout, "ls-tree", "-r", "--name-only", "colab").splitlines()
    assert held == ["a.whl", "notebooks/ru/01_a.ipynb"]
    kept = subprocess.check_output(["git", "cat-file", "blob", "colab:a.whl"], cwd=checkout)
    assert kept == b"\x00\r\n"


def test_a_branch_that_is_checked_out_is_left_alone(checkout, tmp_path):
    git(checkout, "switch", "--quiet", "--create", "colab")
    (tmp_path / "made").mkdir()
    with pytest.raises(NeurecError, match="colab is checked out"):
        colab.commit_branch(tmp_path / "made", "no", checkout)
