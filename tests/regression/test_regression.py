"""The tests of the tests: what the regression plugin lets pass, and what it must not.

Each notebook in fixtures/ is a few lines long, and its name says what is wrong with it. All are
run once, by a pytest of their own.
"""

import base64
import copy
import io
import shutil
import time
from decimal import Decimal
from pathlib import Path

import nbformat
import nbval
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output
from PIL import Image

from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.plotting.artists import MIME as FIGURE
from neurec_helpers.regression import compare, numbers, plugin, stored
from neurec_helpers.regression.environment import CHANGES_OUTPUTS
from neurec_helpers.regression.tolerance import ELSEWHERE, PLACES, X86, Tolerance
from tests.helpers.notebook_runs import MEASURE, VARIES_ON_X86, run_notebooks

FIXTURES = Path(__file__).parent / "fixtures"
CELL_TIMEOUT = 12

PASS = {
    "identical",
    "decimal_within_tolerance",
    "decimal_in_table_within_tolerance",
    "each_output_within_its_own_tolerance",
    "environment_of_the_user",
    "figure_within_tolerance",
    "picture_within_tolerance",
    "stored_error_with_tag",
    "timing_takes_another_time",
}

# The cell that fails, and what the message must say.
FAIL = {
    "text_differs": ("text", ["expected: loss of the test part", "got:      loss of the training"]),
    "integer_differs_by_one": ("rows", ["expected 785,403, got 785,404", "integers"]),
    "decimal_outside_tolerance": (
        "loss",
        ["expected 0.676, got 0.689", "0.013 apart", "tolerance 0.012", "stdout"],
    ),
    "decimal_without_tolerance": ("loss", ["expected 0.802, got 0.803", "tolerance 0"]),
    "decimal_in_table_outside_tolerance": (
        "table",
        ["text/html", "expected 0.725, got 0.712", "0.013 apart", "tolerance 0.012"],
    ),
    "an_output_outside_its_own_tolerance": (
        "loss",
        ["text/plain", "expected 0.668, got 0.671", "0.003 apart", "tolerance 0.002"],
    ),
    "tolerance_of_another_place": ("loss", ["expected 0.791, got 0.803", "tolerance 0"]),
    "other_count_of_decimals": ("loss", ["expected 0.803, got 0.8030", "count of decimals"]),
    "nan_printed": ("loss", ["expected: loss 0.803", "got:      loss nan"]),
    "picture_missing": ("picture", ["missing image/png"]),
    "picture_changed": (
        "picture",
        ["root mean square over pixels: 25.5 of 255, limit 0.5", "picture_changed-picture-1-"],
    ),
    "picture_outside_tolerance": (
        "picture",
        ["root mean square over squares of 16 pixels a side: 4.9 of 255, limit 4.8"],
    ),
    "picture_of_another_size": ("picture", ["expected 41 x 30 pixels, got 40 x 30"]),
    "figure_with_another_legend": ("figure", ["text/vnd.neurec.figure", 'lines "training"']),
    "figure_of_another_colour": ("figure", ["text/vnd.neurec.figure", "rgbD55E00"]),
    "figure_outside_tolerance": ("figure", ["expected 0.7011, got 0.7000", "tolerance 0.001"]),
    "output_missing": ("loss", ["missing stdout: loss 0.803", "got:      no output"]),
    "output_extra": ("loss", ["extra text/plain: 0.803"]),
    "output_of_a_process": ("process", ["extra stdout: written by a process"]),
    "warning_on_stderr": ("loss", ["extra stderr: careful"]),
    "timing_without_the_time": ("seconds", ["got:      an epoch takes a while"]),
    "timing_with_another_loss": ("seconds", ["expected 0.804, got 0.803"]),
    "stored_error_differs": ("raises", ["got:      NameError: name 'other_name'"]),
    "error_no_longer_raised": ("raises", ["missing error", "extra stdout: fine"]),
    "raises_name_error": ("raises", ["NameError: name 'no_such_name' is not defined"]),
    "kernel_dies": ("dies", ["the kernel died with exit status 3"]),
    "kernel_killed": ("dies", ["the kernel died, killed by signal 15"]),
    "infinite_loop": ("loop", [f"Timeout of {CELL_TIMEOUT} seconds exceeded"]),
    "infinite_loop_that_catches_everything": ("loop", ["Failed to interrupt kernel"]),
    # What is wrong with these stands in the file, so no cell of theirs is run.
    "stripped": ("hello", ["was never run", "make notebooks"]),
    "executed_partially": ("hello", ["cell 2 (after): was never run"]),
    "executed_out_of_order": ("hello", ["cell 1 (hello): was run as number 2 instead of 1"]),
    "executed_twice": ("hello", ["cell 1 (hello): was run as number 3 instead of 1"]),
    "empty_cell": ("empty", ["is empty"]),
    "stored_error_without_tag": ("raises", ["has no tag raises-exception"]),
    "misspelt_tag": ("hello", ["'nbval-ignore-outputs' means nothing"]),
    "upper_case_tag": ("hello", ["'NBVAL-SKIP' means nothing"]),
    "misspelt_marker": ("hello", ["'# NBVAL_SKIPP' means nothing"]),
    "marker_behind_code": ("hello", ["NBVAL_SKIP' means nothing"]),
    "misspelt_tolerance": ("loss", ["neurec.tolerence means nothing"]),
    "tolerance_for_another_output": (
        "loss",
        ["has a limit for stderr, which the cell does not give", "neurec calibrate"],
    ),
    "negative_tolerance": ("loss", ["-0.1, not a number of 0 or more"]),
    "timing_without_anything_timed": ("seconds", ["neither a time with its unit nor a picture"]),
    "another_kernel": ("hello", ["'my-own-kernel'"]),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebooks")
    for notebook in FIXTURES.glob("*.ipynb"):
        shutil.copy(notebook, folder)
    return folder


@pytest.fixture(scope="module")
def results(folder):
    """What became of each cell, by the name of the notebook."""
    user = {"NEUREC_DATASET": "goodbooks", "NEUREC_SEED": "7", "NEUREC_THREADS": "2"}
    user["TF_CPP_MIN_LOG_LEVEL"] = "0"
    user["NEUREC_LANGUAGE"] = "ru"
    found = {}
    options = ["-n", "2", "--dist", "loadfile"]
    for result in run_notebooks(folder, *options, timeout=CELL_TIMEOUT, environment=user):
        found.setdefault(result.notebook.removesuffix(".ipynb"), []).append(result)
    return found


def test_every_fixture_is_expected_to_pass_or_to_fail():
    assert {path.stem for path in FIXTURES.glob("*.ipynb")} == PASS | set(FAIL)


@pytest.mark.parametrize("name", sorted(PASS))
def test_passes(results, name):
    assert [result.outcome for result in results[name]] == ["passed"] * len(results[name])


@pytest.mark.parametrize("name", FAIL)
def test_fails_and_says_why(results, name):
    cell, words = FAIL[name]
    first, *later = results[name]
    assert first.outcome == "failed"
    assert f"({cell})" in first.cell
    assert f"{name}.ipynb" in first.message
    for word in words:
        assert word in first.message
    # One failure is told once; the cells behind it are passed over with a reason.
    assert [result.outcome for result in later] == ["skipped"] * len(later)
    assert all("not run" in result.message for result in later)


def test_cells_behind_a_mere_difference_are_still_run(tmp_path):
    notebook = nbformat.read(FIXTURES / "identical.ipynb", as_version=4)
    notebook.cells[2].outputs[0].text = "rows 785,405\nloss 0.803\n"
    nbformat.write(notebook, tmp_path / "one_difference.ipynb")
    outcomes = [result.outcome for result in run_notebooks(tmp_path)]
    assert outcomes == ["passed", "failed", "passed", "passed"]


def test_a_dead_kernel_is_noticed_long_before_the_timeout(tmp_path):
    shutil.copy(FIXTURES / "kernel_dies.ipynb", tmp_path)
    start = time.monotonic()
    first, _ = run_notebooks(tmp_path, timeout=2000)
    assert time.monotonic() - start < 60
    assert "the kernel died" in first.message


def test_pictures_that_differ_are_saved(results, folder):
    saved = {path.name for path in (folder / "build" / "regression").iterdir()}
    changed = {f"picture_changed-picture-1-{what}.png" for what in ("expected", "got")}
    assert changed | {"picture_changed-picture-1-difference.png"} <= saved
    resized = {f"picture_of_another_size-picture-1-{what}.png" for what in ("expected", "got")}
    assert resized <= saved


def test_files_named_in_longest_first_come_first(tmp_path):
    for name in ("stripped", "identical"):
        shutil.copy(FIXTURES / f"{name}.ipynb", tmp_path)
    results = run_notebooks(tmp_path, "-o", "longest_first=stripped.ipynb")
    assert [result.notebook for result in results][:2] == ["stripped.ipynb"] * 2


def test_another_version_of_nbval_is_refused(monkeypatch, pytestconfig):
    monkeypatch.setattr(nbval, "__version__", "0.12.0")
    with pytest.raises(pytest.UsageError, match=r"need nbval 0\.11\.0, not 0\.12\.0"):
        plugin.pytest_configure(pytestconfig)


def test_nbval_without_what_we_rely_on_is_refused(monkeypatch, pytestconfig):
    monkeypatch.delattr(plugin.nbval_plugin, "RunningKernel")
    with pytest.raises(pytest.UsageError, match="RunningKernel"):
        plugin.pytest_configure(pytestconfig)


def test_user_settings_do_not_reach_the_kernel():
    assert {"NEUREC_DATASET", "NEUREC_SEED", "NEUREC_THREADS"} <= set(CHANGES_OUTPUTS)


def noise():
    """A picture in whose base64 there happen to be numbers with an exponent."""
    file = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (300, 300)).astype("uint8")
    Image.fromarray(pixels).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_limit_holds_for_its_own_kind_of_output_only():
    """A picture's base64 may hold what looks like a number; it has none."""
    stored = [
        new_output("stream", name="stdout", text="10 rows: 0.50"),
        new_output("display_data", data={"image/png": noise(), "text/plain": "a 3 0.70"}),
    ]
    now = copy.deepcopy(stored)
    now[0].text, now[1].data["text/plain"] = "10 rows: 0.52", "a 3 0.71"
    limits = {"stdout": Decimal("0.02"), "text/plain": Decimal("0.01")}
    assert compare.compare_outputs(stored, now, Tolerance(limits)) == []
    (difference,) = compare.compare_outputs(stored, now, Tolerance({"stdout": Decimal(1)}))
    assert difference.kind == "text/plain"
    assert "expected 0.70, got 0.71" in difference.message


def test_elsewhere_the_last_digit_may_differ_by_one_and_here_by_nothing():
    cell = nbformat.v4.new_code_cell("1")
    here, elsewhere = Tolerance.of(cell, X86), Tolerance.of(cell, ELSEWHERE)
    assert compare.compare_text("stdout", "loss 0.711", "loss 0.711", here) is None
    assert compare.compare_text("stdout", "loss 0.711", "loss 0.712", here)
    assert compare.compare_text("stdout", "loss 0.711", "loss 0.712", elsewhere) is None
    assert compare.compare_text("stdout", "loss 0.711", "loss 0.713", elsewhere)
    assert compare.compare_text("stdout", "7 books", "8 books", elsewhere)


@pytest.mark.parametrize(
    ("expected", "got", "tolerance", "agree"),
    [
        ("0.700", "0.712", "0.012", True),
        ("0.700", "0.713", "0.012", False),
        ("-0.001", "0.001", "0.002", True),
        ("-0.001", "0.002", "0.002", False),
        ("1,234.5", "1,234.6", "0.1", True),
        ("1.0e-03", "2.0e-03", "0.001", True),
        ("7", "8", "5", False),
        ("7", "7.0", "5", False),
        ("0.71", "0.710", "5", False),
    ],
)
def test_numbers_agree_within_the_tolerance_and_not_beyond(expected, got, tolerance, agree):
    assert numbers.within(expected, got, Decimal(tolerance)) is agree


@pytest.mark.parametrize(
    "text", ["Keras 3.15.1", "rows 785,404", "v2.5", "dense_1", "[1, 2]", "2026-01-31"]
)
def test_what_is_no_decimal_gets_no_tolerance(text):
    assert not any(numbers.has_decimals(m.group()) for m in numbers.NUMBER.finditer(text))


def test_columns_may_move_with_the_width_of_their_numbers_only():
    tolerance = Tolerance({"stdout": Decimal("0.5")})

    def differ(first, second):
        return compare.compare_text("stdout", first, second, tolerance)

    assert differ("a  9.9\nb 10.1", "a 10.0\nb 10.1") is None
    assert differ("a  9.9", "a 9.9")
    assert differ("a  9.9\nb 10.1", "a 10.0 b 10.1")


def test_only_times_are_free_in_a_timing_cell():
    def differ(first, second, kind="stdout", timing=True):
        return compare.compare_text(kind, first, second, Tolerance(timing=timing))

    assert differ("1.5 s and 12 ms", "2.5 s and 7 ms") is None
    assert differ("1.5 s/epoch", "10.2 s/epoch") is None
    assert differ("1.5 seconds", "2.0 seconds") is None
    assert differ("5 steps", "6 steps")
    assert differ("1.5 s", "1.5 ms")
    assert "the sign must be the same" in differ("1.5 s, 12 MB", "1.5 s, -12 MB")
    assert "the count of decimals" in differ("1.5 s", "1.523604518 s")
    assert "the count of decimals" in differ("1.5 s, 99 MB", "99 s, 1.5 MB")
    assert differ("1.5 s, the tables 6.6 GB", "1.5 s, the tables 6.7 GB")
    assert differ("0.0 s and 2 MB", "9.7 s and 0 MB") is None
    assert "more than 300 times apart" in differ("1.5 s", "1500.0 s")
    assert "expected about 4,000, got 4;" in differ("0.1 s, 4,000 MB", "0.1 s, 4 MB")
    assert differ("1.5 s", "2.5 s", timing=False)
    assert differ("x 1, 3; y 1.5000, 2", "x 1, 3; y 7, 12.2500", FIGURE) is None
    assert differ("x 1, 3; y 1.5000, 2", "x 1; y 1.5000, 2", FIGURE)
    assert differ("lines rgb0072B2", "lines rgbD55E00", FIGURE)


def notebooks():
    return sorted(NOTEBOOKS.glob("*.ipynb"))


def editions():
    return [path for path in sorted(NOTEBOOKS.rglob("*.ipynb")) if ".ipynb_" not in str(path)]


@pytest.mark.parametrize("path", editions(), ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_cell_is_compared(path):
    """No tag or comment excuses a cell, and on x86 hardly one has a tolerance at all."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        assert set(cell.metadata.get("tags", [])) <= {"raises-exception"}
        assert not stored.MARKER_LIKE.search(cell.source)
        about = cell.metadata.get("neurec", {})
        tolerance = about.get("tolerance", {})
        assert set(tolerance) <= set(PLACES)
        assert not about.get("timing") or (path.stem, cell.id) in MEASURE, cell.id
        assert X86 not in tolerance or (path.stem, cell.id) in VARIES_ON_X86, cell.id


@pytest.mark.parametrize(
    "about",
    [{"image/png": {"alt": "a", "width": 200}}, {"neurec": {"outcome": "incorrect"}}],
)
def test_all_that_an_output_says_about_itself_is_compared(about):
    """A width shrinks the picture; another outcome is another verdict."""
    stored = {"image/png": {"alt": "a"}, "neurec": {"outcome": "correct"}}

    def output(metadata):
        return [new_output("display_data", data={"text/plain": "a"}, metadata=metadata)]

    assert compare.compare_outputs(output(stored), output(stored), Tolerance()) == []
    other_languages = {**stored, "neurec-languages": {"ru": [{}, {}]}}
    assert compare.compare_outputs(output(stored), output(other_languages), Tolerance()) == []
    (difference,) = compare.compare_outputs(output(stored), output(stored | about), Tolerance())
    assert difference.kind == "metadata"
    assert str(next(iter(about))) in difference.message


def test_one_output_of_two_kinds_is_not_two_outputs():
    """A table stored as HTML and again as text is seen twice; a result has Out[n] before it."""
    both = {"text/html": "<b>1</b>", "text/plain": "1"}
    result = [new_output("execute_result", data=both, execution_count=1)]
    shown = [new_output("display_data", data=both)]
    twice = [new_output("display_data", data={kind: text}) for kind, text in both.items()]
    for expected, got in ((result, shown), (shown, result), (shown, twice), (twice, shown)):
        assert compare.compare_outputs(expected, expected, Tolerance()) == []
        (difference,) = compare.compare_outputs(expected, got, Tolerance())
        assert difference.kind == "what is given"
    assert "display_data of text/html; display_data of text/plain" in difference.message


def test_a_result_bears_the_number_of_its_cell():
    cell = new_code_cell("1", execution_count=1)
    cell.outputs = [new_output("execute_result", data={"text/plain": "1"}, execution_count=1)]
    assert stored.count_faults([cell]) == []
    cell.outputs[0].execution_count = 99
    (fault,) = stored.count_faults([cell])
    assert "another number than the cell" in fault


def picture_of(colour):
    file = io.BytesIO()
    Image.new("RGBA", (20, 20), colour).save(file, format="PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_transparent_picture_is_not_a_white_one():
    white, transparent = picture_of((255, 255, 255, 255)), picture_of((255, 255, 255, 0))
    assert compare.compare_value("image/png", white, white, Tolerance()) is None
    difference = compare.compare_value("image/png", white, transparent, Tolerance())
    assert "255 of 255" in difference.message


@pytest.mark.parametrize(
    ("expected", "got", "tolerance", "agree"),
    [
        ("3.86", "+3.86", "1", False),
        ("0.0", "-0.0", "0", False),
        ("0.00", "-0.00", "0", False),
        ("0.00", "-0.00", "0.01", True),
        ("+0.01", "-0.01", "0.02", True),
        ("-3.03", "\u22123.03", "1", False),
        ("1,234.5", "1234.5", "1", False),
        ("1,000.2", "999.9", "1", True),
    ],
)
def test_numbers_are_written_alike(expected, got, tolerance, agree):
    assert numbers.within(expected, got, Decimal(tolerance)) is agree
    limit = Tolerance({"stdout": Decimal(tolerance)})
    message = compare.compare_text("stdout", f"a {expected}", f"a {got}", limit)
    assert (message is None) is agree
    assert agree or "signs and separators" in message


@pytest.mark.parametrize(
    ("device", "is_one"),
    [
        ("CPU with 1 core", True),
        ("CPU with 16 cores", True),
        ("Tesla T4", True),
        ("NVIDIA GeForce RTX 3060 Laptop GPU and NVIDIA A100-SXM4-40GB", True),
        ("NVIDIA GeForce GTX 1650 with Max-Q Design", True),
        ("a GPU", True),
        ("CPU with 2 core", False),
        ("CPU with 0 cores", False),
        ("GPU with 2 cores", False),
        ("an abacus, and nothing here can be trusted", False),
    ],
)
def test_only_what_names_a_machine_may_differ_in_the_line_of_setup(device, is_one):
    line = "Ready: TensorFlow 2.21.0, Keras 3.15.1 on {}. Seed 42; results repeat to the bit."
    stored, got = line.format("CPU with 2 cores"), line.format(device)
    assert (compare.compare_text("text/plain", stored, got, Tolerance()) is None) is is_one
