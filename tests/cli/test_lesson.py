"""neurec lesson on tiny notebooks: the card, the report, and each way to fail."""

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import typer
from rich.console import Console

from neurec_helpers.cli import lesson as command
from neurec_helpers.errors import NeurecError
from neurec_helpers.notebook import progress, report, running
from tests.helpers import notebook_fixtures as fixtures


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Notebooks 01 and 05 in a folder of their own, and a build folder beside it."""
    notebooks, build = tmp_path / "notebooks", tmp_path / "build"
    notebooks.mkdir()
    fixtures.save(fixtures.split_notebook(), notebooks / "01_split.ipynb")
    fixtures.save(fixtures.training_notebook(), notebooks / "05_training.ipynb")
    monkeypatch.setattr(command, "NOTEBOOKS", notebooks)
    monkeypatch.setattr(command, "BUILD", build)
    monkeypatch.setattr(command, "NOISE_FLOOR", "0.25")
    for name in list(os.environ):
        if name.startswith("NEUREC_"):
            monkeypatch.delenv(name)
    return tmp_path


def put(folders, name, *cells):
    return fixtures.save(fixtures.notebook(*cells), folders / "notebooks" / f"{name}.ipynb")


def run(notebook=("01", "05"), jobs=2, timeout=60):
    command.lesson(list(notebook), jobs, timeout)


def test_the_card_shows_the_answers_the_data_and_the_report(folders, capsys):
    before = {path: path.read_bytes() for path in (folders / "notebooks").iterdir()}
    run()
    printed = capsys.readouterr().out
    for line in [
        r"Data +the Shelf \(synthetic\)",
        r"Rows in train +8",
        r"Rows in test +2",
        r"Test MSE, the network +0\.7119",
        r"Noise floor.* +0\.2500",
        r"01_split +\d+\.\d s, 5\.1 correct",
        r"05_training +\d+\.\d s, 5\.6 correct",
        r"Seconds in all +\d+\.\d",
        rf"Report +{re.escape(str(folders / 'build' / 'lesson.html'))}",
    ]:
        assert re.search(line, printed), f"{line} is not in:\n{printed}"
    assert "n_books" not in printed
    assert {path: path.read_bytes() for path in (folders / "notebooks").iterdir()} == before
    times = json.loads((folders / "build" / "lesson_times.json").read_text())
    assert set(times["01_split"]) == {"start", "load", "task-5-1-solution", "task-5-1-check"}


def test_a_log_gets_plain_lines_that_name_the_notebooks(folders, capsys):
    run()
    printed = capsys.readouterr().out
    assert "\x1b" not in printed and "\r" not in printed
    assert "01_split: started, 3 cells to run" in printed
    assert re.search(r"05_training: done in \d+\.\d s \(\d of 2, about \d+ s left\)", printed)


def test_a_terminal_gets_a_bar_that_names_notebook_and_cell(folders):
    put(folders, "01_split", fixtures.code("slow-cell", "import time; time.sleep(1)"))
    runs = [running.load_run(folders / "notebooks" / "01_split.ipynb")]
    console = Console(force_terminal=True, width=90, file=io.StringIO())
    command.run_lesson(runs, 1, 60, console)
    screen = console.file.getvalue()
    assert re.search(r"01_split.*cell slow-cell", screen)
    assert re.search(r"about \d+ s left", screen)


def test_a_notebook_that_raises_is_named_with_cell_and_error_and_the_rest_runs(folders, capsys):
    put(folders, "01_split", fixtures.code("a", "x = 1"), fixtures.code("broken", "x / 0"))
    with pytest.raises(NeurecError, match="01_split, cell broken: ZeroDivisionError: division"):
        run()
    printed = capsys.readouterr().out
    assert re.search(r"Rows in train +not reached", printed)
    assert re.search(r"Test MSE, the network +0\.7119", printed)
    page = (folders / "build" / "lesson.html").read_text()
    assert "ZeroDivisionError" in page


@pytest.mark.parametrize("outcome", ["incorrect", "not attempted", "uncheckable"])
def test_a_verdict_other_than_correct_is_a_failure(folders, outcome):
    nb = fixtures.split_notebook(outcome)
    fixtures.save(nb, folders / "notebooks" / "01_split.ipynb")
    with pytest.raises(NeurecError, match=f"01_split: task 5.1: {outcome}"):
        run(["01"])


def test_a_check_without_a_verdict_is_a_failure(folders):
    cells = fixtures.task_cells("5.1", "x = ...", "x = 1")
    cells[2].source = "print('Task 5.2: correct.')"
    put(folders, "01_split", *cells)
    with pytest.raises(NeurecError, match="01_split: task 5.1: no verdict"):
        run(["01"])


def test_a_kernel_that_dies_is_noticed(folders):
    put(folders, "01_split", fixtures.code("dies", "import os; os._exit(1)"))
    began = time.monotonic()
    with pytest.raises(NeurecError, match="01_split, cell dies: the kernel died"):
        run(["01"])
    assert time.monotonic() - began < 30


def test_a_cell_that_takes_too_long_is_stopped(folders):
    put(folders, "01_split", fixtures.code("loop", "while True: pass"))
    with pytest.raises(NeurecError, match="01_split, cell loop: took more than 1 s"):
        run(["01"], timeout=1)


def test_without_ipykernel_the_cure_is_told(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "ipykernel.kernelspec", None)
    with pytest.raises(NeurecError, match="no kernel named python3.*pip install ipykernel"):
        run(["01"])


def test_a_kernel_of_the_same_name_elsewhere_is_not_taken(folders, monkeypatch):
    spec = folders / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True)
    other = {"argv": ["/bin/false", "{connection_file}"], "display_name": "other", "language": "x"}
    (spec / "kernel.json").write_text(json.dumps(other))
    monkeypatch.setenv("JUPYTER_PATH", str(folders / "jupyter"))
    put(folders, "01_split", fixtures.code("which", "import sys; print(sys.executable)"))
    done = running.run_notebook(running.load_run(folders / "notebooks" / "01_split.ipynb"))
    assert done.error == ""
    assert done.nb.cells[0].outputs[0].text.strip() == sys.executable


def test_where_build_cannot_be_written_the_card_is_still_shown(folders, capsys):
    (folders / "build").write_text("a file where the folder should be")
    with pytest.raises(NeurecError, match=r"can't write .*lesson\.html.*there is no report"):
        run(["05"])
    printed = capsys.readouterr().out
    assert re.search(r"Test MSE, the network +0\.7119", printed)
    assert "Report" not in printed


def test_ctrl_c_ends_the_kernels_and_says_so(folders):
    pid_file = folders / "pid"
    source = (
        f"import os, time\nopen({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)"
    )
    path = put(folders, "01_split", fixtures.code("sleeps", source))
    script = (
        "import sys, pathlib\n"
        "from neurec_helpers.cli import lesson, app\n"
        f"lesson.NOTEBOOKS = pathlib.Path({str(path.parent)!r})\n"
        f"lesson.BUILD = pathlib.Path({str(folders / 'build')!r})\n"
        "app(['lesson', '--notebook', '01'])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    kernel = wait_for_number(pid_file)
    process.send_signal(signal.SIGINT)
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped. All kernels have ended." in printed
    assert "Traceback" not in printed
    assert not psutil.pid_exists(kernel)
    assert not (folders / "build" / "lesson.html").exists()


def wait_for_number(path, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.1)
    raise AssertionError(f"{path} did not appear")


def test_two_notebooks_run_at_once_where_asked(folders):
    meet = (
        "import pathlib, time\n"
        "pathlib.Path('{mine}').touch()\n"
        "while not pathlib.Path('{other}').exists(): time.sleep(0.05)"
    )
    put(folders, "01_split", fixtures.code("meet", meet.format(mine="a", other="b")))
    put(folders, "05_training", fixtures.code("meet", meet.format(mine="b", other="a")))
    runs = [running.load_run(path) for path in sorted((folders / "notebooks").glob("*.ipynb"))]
    command.run_lesson(runs, 2, 20, Console(quiet=True))
    assert [run.error for run in runs] == ["", ""]


def test_relative_paths_given_by_the_user_hold_in_the_kernel(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.csv").write_text("book_id,user_id,rating\n")
    monkeypatch.setenv("NEUREC_DATA_DIR", "real")
    monkeypatch.setenv("NEUREC_DATASET", "my.csv")
    environment = running.kernel_environment()
    assert environment["NEUREC_DATA_DIR"] == str(tmp_path / "real")
    assert environment["NEUREC_DATASET"] == str(tmp_path / "my.csv")
    monkeypatch.setenv("NEUREC_DATASET", "goodbooks")
    assert running.kernel_environment()["NEUREC_DATASET"] == "goodbooks"


@pytest.mark.parametrize(
    ("source", "floor", "name"),
    [
        ("", 0.6, "the Shelf (synthetic)"),
        ("shelf", 0.6, "the Shelf (synthetic)"),
        ("goodbooks", None, "goodbooks-10k (real ratings)"),
        ("my.csv", None, "my.csv"),
        ("made/ratings.csv.gz", 0.6, "made/ratings.csv.gz (synthetic)"),
    ],
)
def test_the_data_set_is_called_what_it_is(monkeypatch, source, floor, name):
    monkeypatch.setenv("NEUREC_DATASET", source)
    assert command.data_set(floor) == name


def run_of(name, steps, taken=(), cell="", began=0.0, finished=False):
    nb = fixtures.notebook(*(fixtures.code(step, "1") for step in steps))
    return running.Run(Path(f"{name}.ipynb"), nb, cell, began, dict(taken), finished=finished)


def test_the_longest_and_the_unknown_come_first():
    runs = [run_of(name, "x") for name in ("01_a", "02_b", "03_c", "04_d")]
    last = {"01_a": {"x": 9.0}, "02_b": {"start": 5.0, "x": 5.0}}
    names = [run.name for run in command.longest_first(runs, last)]
    assert names == ["04_d", "03_c", "02_b", "01_a"]


def test_the_estimate_comes_from_the_last_time():
    last = {"01_a": {"start": 2.0, "x": 10.0}, "02_b": {"start": 2.0, "y": 4.0}}
    first, second = run_of("01_a", "x"), run_of("02_b", "y")
    assert progress.seconds_left([first, second], last, 1, 0.0) == 18.0
    assert progress.seconds_left([first, second], last, 2, 0.0) == 12.0
    first = run_of("01_a", "x", {"start": 2.0}, cell="x", began=100.0)
    assert progress.seconds_left([first], last, 1, 103.0) == 7.0
    assert progress.seconds_left([first], last, 1, 200.0) == 0.0
    assert progress.seconds_left([run_of("01_a", "x", finished=True)], last, 2, 0.0) == 0.0


def test_the_first_estimate_comes_from_the_cells_so_far():
    run = run_of("01_a", "xyz", {"start": 2.0, "x": 4.0})
    assert progress.seconds_left([run], {}, 1, 0.0) == 6.0


@pytest.fixture(scope="module")
def page():
    picture = fixtures.training_notebook()
    picture.cells[2].outputs = [fixtures.picture()]
    notebooks = {"01_split": fixtures.split_notebook(), "05_training": picture}
    return report.make_report(notebooks, [("Data", "the <Shelf>")])


def test_the_report_needs_nothing_from_elsewhere(page):
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?!#|data:|\.\./)([^"]*)"', page)
    assert not re.findall(r"@import|url\((?!data:|['\"]?data:)[^)]*\)", page)


def test_the_report_folds_solutions_and_describes_pictures(page):
    assert page.count('<details class="neurec-solution">') == 2
    assert 'alt="One &lt;dot&gt;."' in page
    assert "the &lt;Shelf&gt;" in page


def test_links_in_the_report_lead_somewhere(page):
    targets = re.findall(r'href="#([^"]*)"', page)
    assert len(targets) == 5
    assert all(f'id="{target}"' in page for target in targets)
    assert 'href="../notebooks/02_two.ipynb"' in page


def test_interrupting_is_told_to_typer(folders, monkeypatch):
    def pressed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress, "run_all", pressed)
    with pytest.raises(typer.Exit) as end:
        run(["01"])
    assert end.value.exit_code == 130


def test_a_browser_shows_the_report_without_a_complaint(page, tmp_path):
    sync_api = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next(filter(None, map(shutil.which, names)), None)
    if chromium is None:
        pytest.skip("there is no Chromium on PATH")
    file = tmp_path / "lesson.html"
    file.write_text(page, encoding="utf-8")
    complaints, requests = [], []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page()
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: requests.append(request.url))
        tab.goto(file.as_uri())
        widths = tab.evaluate("[...document.images].map(image => image.naturalWidth)")
        hidden = tab.locator("details.neurec-solution pre").first
        assert not hidden.is_visible()
        tab.locator("details.neurec-solution > summary").first.click()
        assert hidden.is_visible()
        browser.close()
    assert complaints == []
    assert widths == [1]
    assert [url for url in requests if not url.startswith("data:")] == [file.as_uri()]
