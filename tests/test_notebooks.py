"""The notebooks as they are committed: built alike, run to the end, and fit to be read."""

import json
import re
from pathlib import Path

import pytest

from neurec_helpers.cli import notebooks as command
from neurec_helpers.notebook import files as notebook_files
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.tasks import solutions

NAMES = [
    "01_split",
    "02_users_and_books",
    "03_embeddings",
    "04_dense_layers",
    "05_training",
    "06_deeper",
]
# The tasks of every notebook, the lesson's and those that go on from there.
TASKS = {
    "01_split": ["5.1"],
    "02_users_and_books": ["5.2", "5.3"],
    "03_embeddings": ["5.4"],
    "04_dense_layers": ["5.5"],
    "05_training": ["5.6", "5.7"],
    "06_deeper": ["5.8"],
    "07_recommendations": ["7.1", "7.2", "7.3"],
    "08_baselines": ["8.1", "8.2", "8.3"],
    "09_lists": ["9.1", "9.2", "9.3"],
    "10_scaling": [],
}
MINUTES = re.compile(r"\*About (\d+) minutes\. (You need .+\.)\*")
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#{1,6}) ", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]+`", re.MULTILINE | re.DOTALL)
UNFIT_OUTPUT = {
    "a path of the machine it ran on": re.compile(r"/(?:home|Users|root|tmp|work|usr)/|[A-Z]:\\"),
    "an address in memory": re.compile(r"\bat 0x[0-9a-f]{6,}"),
    "a warning": re.compile(r"Warning\b|WARNING"),
    "an error": re.compile(r"Traceback|Error:"),
}


def path_of(name):
    return NOTEBOOKS / f"{name}.ipynb"


@pytest.fixture(params=TASKS)
def name(request):
    return request.param


@pytest.fixture
def nb(name):
    return notebook_files.read_notebook(path_of(name))


def text_of(nb):
    return "\n\n".join(cell.source for cell in nb.cells if cell.cell_type == "markdown")


def prose_of(nb):
    return CODE.sub("", text_of(nb))


def code_cells(nb):
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def outputs_of(nb):
    return [(cell, output) for cell in code_cells(nb) for output in cell.outputs]


def texts_of_output(output):
    data = output.get("data", {})
    return [output.get("text", ""), *(str(data[kind]) for kind in data if "image" not in kind)]


def test_the_lesson_has_these_notebooks_in_this_order():
    found = notebook_files.find_notebooks(NOTEBOOKS, notebook_files.LESSON)
    assert [path.stem for path in found] == NAMES


def test_neurec_notebooks_would_change_nothing(capsys):
    command.check_notebooks(notebook_files.find_notebooks(NOTEBOOKS))
    assert "nothing would change" in capsys.readouterr().out


def test_it_opens_with_title_promise_minutes_and_needs(nb, name):
    first = nb.cells[0]
    assert (first.cell_type, first.id) == ("markdown", "title")
    title, promise, needs, *_ = first.source.split("\n\n")
    assert title.startswith(f"# {int(name[:2])} · ")
    assert re.match(r"You will [^.]+\.", promise)
    assert MINUTES.fullmatch(needs), needs


def test_it_has_one_setup_cell_and_then_loads(nb):
    setups = [cell.id for cell in code_cells(nb) if "nr.setup(" in cell.source]
    assert setups == ["setup"]
    assert [cell.id for cell in code_cells(nb)[:2]] == ["setup", "load"]
    assert "nr.load_ratings()" in code_cells(nb)[1].source
    assert "import neurec_helpers as nr" in code_cells(nb)[0].source


def test_ids_are_readable_and_those_of_tasks_tell_task_and_role(nb):
    for cell in notebook_files.find_cells(nb):
        facts = cell.metadata["neurec"]
        ending = "" if facts["role"] == "task" else f"-{facts['role']}"
        assert cell.id == f"task-{facts['task'].replace('.', '-')}{ending}"


def test_each_task_is_followed_by_its_solution_and_its_check(nb, name):
    assert notebook_files.find_tasks(nb) == TASKS[name]
    ids = [cell.id for cell in nb.cells]
    for task in TASKS[name]:
        start = ids.index(f"task-{task.replace('.', '-')}")
        cells = nb.cells[start : start + 3]
        assert [cell.metadata["neurec"]["role"] for cell in cells] == ["task", "solution", "check"]
        assert [cell.cell_type for cell in cells] == ["markdown", "code", "code"]
        assert re.search(rf"^#+ Task {re.escape(task)}\b", cells[0].source, re.MULTILINE)
        assert f'nr.check("{task}"' in cells[2].source


def test_solutions_are_folded_and_leave_an_open_stub(nb):
    for cell in notebook_files.find_cells(nb, role="solution"):
        assert cell.metadata["jupyter"]["source_hidden"] is True
        stub, solution = solutions.split_solution(cell.source)
        assert solution
        assert "..." in stub
        compile(stub, cell.id, "exec")
    folded = [cell.id for cell in nb.cells if cell.metadata.get("jupyter")]
    assert folded == [cell.id for cell in notebook_files.find_cells(nb, role="solution")]


def test_headings_go_down_one_level_at_a_time(nb):
    levels = [len(marks) for marks in HEADING.findall(prose_of(nb))]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert max(levels) <= 3


@pytest.mark.parametrize("name", NAMES)
def test_it_closes_with_what_was_learnt_a_question_and_the_next_one(nb, name):
    last = nb.cells[-1]
    assert last.cell_type == "markdown"
    learnt, question = last.source.split("## Think about it")
    assert learnt.startswith("## What you learnt\n")
    assert len(re.findall(r"^- ", learnt, re.MULTILINE)) == 3
    before, answer = question.split("<details><summary>")
    assert "?" in before
    assert len(answer.split("</details>")[0]) > 100
    following = NAMES[NAMES.index(name) + 1 : NAMES.index(name) + 2]
    if following:
        assert re.search(rf"^Next: \[.+\]\({following[0]}\.ipynb\)$", last.source, re.MULTILINE)


def test_details_are_closed_and_stand_apart_so_that_jupyterlab_renders_them(nb):
    text = text_of(nb)
    assert text.count("<details>") == text.count("</details>")
    assert not re.search(r"</summary>\n(?!\n)", text)


def test_links_lead_to_files_that_exist(nb):
    for link in LINK.findall(text_of(nb)):
        if not re.match(r"https?:|#", link):
            assert (NOTEBOOKS / link.split("#")[0]).exists(), link


def test_there_is_no_latex_and_nothing_that_jupyterlab_does_not_render(nb):
    prose = prose_of(nb)
    assert not re.search(r"\$|\\\(|\\\[|\\begin\{", prose)
    assert not re.search(r"^:::|^```\{|^> \[!", text_of(nb), re.MULTILINE)


def test_no_cell_is_left_out_of_the_comparison(nb):
    for cell in nb.cells:
        assert "tags" not in cell.metadata, cell.id
        assert not re.search(r"#\s*(NBVAL|PYTEST_VALIDATE)", cell.source), cell.id


def test_every_code_cell_was_run_in_order(nb):
    counts = [cell.execution_count for cell in code_cells(nb)]
    assert counts == list(range(1, len(counts) + 1))


def test_every_check_says_correct(nb, name):
    from neurec_helpers.notebook.running import Run

    assert Run(path_of(name), nb).verdicts() == dict.fromkeys(TASKS[name], "correct")


@pytest.mark.parametrize("unfit", UNFIT_OUTPUT)
def test_no_output_holds(nb, unfit):
    for cell, output in outputs_of(nb):
        for text in texts_of_output(output):
            found = UNFIT_OUTPUT[unfit].search(text)
            assert not found, f"{cell.id}: {found.group()}"


def test_nothing_went_wrong_in_any_cell(nb):
    for cell, output in outputs_of(nb):
        assert output.output_type != "error", cell.id
        assert output.get("name") != "stderr", cell.id


def test_every_picture_is_described(nb):
    for cell, output in outputs_of(nb):
        if "image/png" in output.get("data", {}):
            alt = output.metadata["image/png"]["alt"]
            twin = output.data["text/plain"]
            assert len(alt) > 20 and alt.endswith("."), cell.id
            assert twin.startswith(alt) and len(twin) > len(alt), cell.id


def test_the_file_is_small_and_ends_with_one_newline(name):
    content = path_of(name).read_bytes()
    assert len(content) < 1_000_000
    assert content.endswith(b"}\n") and b"\r" not in content


def test_outputs_and_sources_hold_no_volatile_metadata(name):
    raw = json.loads(path_of(name).read_text(encoding="utf-8"))
    assert raw["metadata"] == notebook_files.METADATA
    assert {key for cell in raw["cells"] for key in cell["metadata"]} <= {"jupyter", "neurec"}


@pytest.mark.parametrize("task", [task for tasks in TASKS.values() for task in tasks])
def test_solutions_are_found_by_task(task):
    assert solutions.solution_source(task)


def test_the_students_copy_has_no_solution_and_no_output(nb):
    copy = notebook_files.strip_solutions(nb)
    assert "SOLUTION" not in notebook_files.notebook_text(copy)
    assert all(cell.outputs == [] for cell in code_cells(copy))
    assert [cell.id for cell in copy.cells] == [cell.id for cell in nb.cells]


def test_pictures_occur_where_the_lesson_promises_plots():
    pictures = 0
    for path in map(path_of, NAMES):
        outputs = outputs_of(notebook_files.read_notebook(Path(path)))
        pictures += sum("image/png" in output.get("data", {}) for _, output in outputs)
    assert pictures >= 6
