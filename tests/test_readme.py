"""The READMEs: their picture, their links and their commands are real."""

import re

import pytest

from neurec_helpers.cli import app
from neurec_helpers.cli.notebooks import PICTURE, picture_of
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS, ROOT
from neurec_helpers.tasks import TASKS

README = (ROOT / "README.md").read_text(encoding="utf-8")
RUSSIAN = (ROOT / "README.ru.md").read_text(encoding="utf-8")
BOTH = README + RUSSIAN


def test_picture_is_the_notebooks_own():
    file, name, cell_id = PICTURE
    nb = notebook_files.read_notebook(NOTEBOOKS / f"{name}.ipynb")
    assert file.read_bytes() == picture_of(nb, cell_id)
    assert file.relative_to(ROOT).as_posix() in README


def test_the_russian_readme_has_the_russian_picture():
    file, name, cell_id = PICTURE
    file = file.with_suffix(".ru.png")
    nb = notebook_files.read_notebook(NOTEBOOKS / "ru" / f"{name}.ipynb")
    assert file.read_bytes() == picture_of(nb, cell_id)
    assert file.relative_to(ROOT).as_posix() in RUSSIAN


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", BOTH))))
def test_link_leads_somewhere(link):
    assert (ROOT / link).exists()


def test_every_notebook_is_in_the_table():
    for path in notebook_files.find_notebooks():
        assert f"(notebooks/{path.name})" in README
        assert f"(notebooks/ru/{path.name})" in RUSSIAN


def test_minutes_are_those_that_the_notebooks_say():
    for path in notebook_files.find_notebooks():
        opening = notebook_files.read_notebook(path).cells[0].source
        minutes = re.search(r"About (\d+) minutes", opening).group(1)
        for readme in README, RUSSIAN:
            row = next(line for line in readme.splitlines() if f"/{path.name})" in line)
            assert row.endswith(f"| {minutes} |")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`?make ([a-z]+)\b", BOTH))))
def test_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"(?:^\$ |`)neurec ([a-z]+)", BOTH, re.M)))
)
def test_command_exists(command):
    named = {entry.name or entry.callback.__name__ for entry in app.registered_commands}
    assert command in named | {group.name for group in app.registered_groups}


def test_number_of_tasks():
    words = {17: "seventeen"}
    assert f"{words[len(TASKS)]} in all" in README
    assert len(TASKS) == 17 and "их семнадцать" in RUSSIAN


def test_the_synthetic_data_is_called_synthetic():
    assert "**synthetic**" in README
    assert "data are synthetic" in README
    assert "**синтетическая**" in RUSSIAN
