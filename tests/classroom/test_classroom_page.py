"""The page for teachers: its worked example of a task is built, handed out and judged."""

import re
from pathlib import Path

import nbformat
import pytest

import neurec_helpers as nr
from neurec_helpers import tasks as lesson_tasks
from neurec_helpers.classroom import handout
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.tasks import solutions

PAGE = Path(handout.__file__).with_name("README.md")


def blocks(language):
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture
def example(monkeypatch):
    """The page's task, entered among the lesson's; its solution and check cells."""
    entry, solution, check = blocks("python")
    names = {}
    exec(compile(entry, str(PAGE), "exec"), names)
    monkeypatch.setitem(lesson_tasks.TASKS, "9.1", names["SHARE"])
    return {"solution": solution, "check": check, "task": blocks("markdown")[0]}


def test_the_example_task_judges_its_stub_its_solution_and_each_mistake(example):
    ratings = nr.load_ratings()
    stub, solution = solutions.split_solution(example["solution"])

    def judged(code):
        names = {"ratings": ratings, "nr": nr}
        exec(code, names)
        return eval(example["check"].strip(), names)

    assert judged(stub).outcome == "not attempted"
    assert judged(solution).outcome == "correct"
    mistakes = {
        "a count": "share = (ratings.rating == 5).sum()",
        "per cent": "share = 100 * (ratings.rating == 5).mean()",
        "another number": "share = 0.3",
        "array": "share = ratings.rating == 5",
    }
    assert set(mistakes) == set(lesson_tasks.TASKS["9.1"].mistakes)
    for name, code in mistakes.items():
        verdict = judged(code)
        assert (verdict.outcome, verdict.mistake) == ("incorrect", name)


def test_a_notebook_with_the_example_is_handed_out(example, tmp_path, monkeypatch):
    pytest.importorskip("nbgrader", reason="nbgrader is not installed: make classroom")
    cells = [nbformat.v4.new_markdown_cell("# 9 · My own", id="title")]
    for role in ("task", "solution", "check"):
        make = nbformat.v4.new_markdown_cell if role == "task" else nbformat.v4.new_code_cell
        cell = make(example[role].strip(), id=f"task-9-1-{role}")
        cell.metadata["neurec"] = {"task": "9.1", "role": role}
        cells.append(cell)
    folder = tmp_path / "notebooks"
    notebook_files.write_notebook(
        notebook_files.normalise(nbformat.v4.new_notebook(cells=cells)), folder / "09_own.ipynb"
    )
    monkeypatch.setattr(handout, "NOTEBOOKS", folder)
    built = handout.build(tmp_path / "made", [9], {"9.1": 3})
    handed = notebook_files.read_notebook(built.folder / "notebooks" / "09_own.ipynb")
    assert "### Task 9.1 (3 points)" in handed.cells[1].source
    assert handed.cells[2].source.strip() == "share = ..."
    assert handed.cells[3].source.strip() == 'nr.check("9.1", ratings, share)'


def test_the_commands_of_the_page_exist():
    from typer.testing import CliRunner

    from neurec_helpers.cli import app

    text = PAGE.read_text(encoding="utf-8")
    commands = set(re.findall(r"neurec classroom (\w+)", text))
    assert commands >= {"build", "grade"}
    for command in commands:
        result = CliRunner().invoke(app, ["classroom", command, "--help"])
        assert result.exit_code == 0, command
    options = set(re.findall(r"(?<!-)--[a-z][a-z-]+", text))
    helps = "".join(
        CliRunner().invoke(app, ["classroom", c, "--help"], terminal_width=300).output
        for c in ("build", "grade")
    )
    assert all(option in helps for option in options), options
