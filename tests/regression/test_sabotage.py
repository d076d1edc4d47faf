"""The regression must be shown to bite: break the lesson on purpose and see it fail.

Here run the sabotages that are noticed within seconds. The others are run by
`python -m neurec_helpers.regression.mutants`, and mutants that rules make.
"""

import copy
from decimal import Decimal

import nbformat
import pytest

from neurec_helpers.errors import NeurecError
from neurec_helpers.paths import NOTEBOOKS
from neurec_helpers.regression import compare, mutants, mutation, numbers
from neurec_helpers.regression.sabotages import SABOTAGES, Sabotage
from neurec_helpers.regression.tolerance import X86, Tolerance
from tests.helpers.notebook_runs import VARIES_ON_X86

QUICK = [sabotage for sabotage in SABOTAGES if sabotage.quick]


@pytest.mark.parametrize("sabotage", QUICK, ids=lambda one: f"{one.notebook}_{one.name}")
def test_sabotage_is_noticed(sabotage):
    assert mutants.run_mutant(mutants.by_hand(sabotage))


@pytest.mark.parametrize("sabotage", SABOTAGES, ids=lambda one: f"{one.notebook}_{one.name}")
def test_every_sabotage_still_finds_its_mark(sabotage):
    assert sabotage.change().source.count(sabotage.old) < 2


@pytest.mark.parametrize("text", ["no such text", "nr."])
def test_a_sabotage_that_would_miss_its_mark_is_refused(text):
    with pytest.raises(NeurecError, match="stands there [02] times"):
        Sabotage("none", "01", "stars", text, "").change()


def test_what_is_not_sabotaged_passes():
    """Else a sabotage might be noticed for another reason."""
    unchanged = mutation.Change(
        "none", 1, "", "", read(NOTEBOOKS / "03_embeddings.ipynb")[0].source
    )
    path = NOTEBOOKS / "03_embeddings.ipynb"
    assert mutants.run_mutant(mutants.Mutant((path,), "setup", unchanged)) == ""


def read(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_stored_figure_edited_by_a_hundredth_is_noticed(path):
    """Each number with decimals, on its own, but for those of a cell that measures or varies."""
    for cell in read(path):
        tolerance = Tolerance.of(cell, X86)
        if tolerance.timing or (path.stem, cell.id) in VARIES_ON_X86:
            continue
        for edited in edit_each_number(cell.outputs):
            assert compare.compare_outputs(edited, cell.outputs, tolerance), cell.id


def edit_each_number(outputs):
    """Copies of some outputs, with 0.01 added to one number with decimals in each."""
    for place, output in enumerate(outputs):
        texts = output.get("data", {}) if output.output_type != "stream" else output
        for kind in [
            key for key in texts if key.startswith("text") and isinstance(texts[key], str)
        ]:
            for match in numbers.NUMBER.finditer(texts[kind]):
                digits = numbers.decimals(match.group())
                if not digits or digits < 2:
                    continue
                more = Decimal(match.group().replace(",", "").replace("\u2212", "-"))
                new = f"{more + Decimal('0.01'):.{digits}f}"
                edited = copy.deepcopy(outputs)
                into = edited[place]["data"] if "data" in output else edited[place]
                into[kind] = texts[kind][: match.start()] + new + texts[kind][match.end() :]
                yield edited


@pytest.mark.parametrize(
    ("source", "rule", "new"),
    [
        ("x = 0.2", "change a number", "0.23"),
        ("f(a=True)", "flip a boolean", "False"),
        ("a.user_id", "swap a name", "a.book_id"),
        ("f(1, b=2)", "drop an argument", "f(1)"),
        ("f(a, b)", "swap two arguments", "f(b, a)"),
        ("f(x='a', y='b')", "swap two labels", "f(x='b', y='a')"),
        ("a < b", "flip a comparison", "a >= b"),
        ("a + b", "change an operator", "(a) - (b)"),
        ("print(x)", "drop a line", "pass"),
    ],
)
def test_each_rule_makes_its_change(source, rule, new):
    found = {change.rule: change.new for change in mutation.find_changes(source)}
    assert found[rule].startswith(new)


def test_a_swap_that_changes_nothing_is_no_mutant():
    source = "np.minimum(a, b)\nf(ha='center', va='center')"
    rules = {change.rule for change in mutation.find_changes(source)}
    assert not rules & {"swap two arguments", "swap two labels"}


def test_docstrings_imports_and_guards_are_left_alone_and_every_change_compiles():
    source = '"""Say 1."""\nimport numpy\n\n\ndef f(x):\n    """Say 2."""\n'
    source += (
        "    if x < 1:\n        raise ValueError(2)\n    _require_count(3)\n    return x + 4\n"
    )
    changes = mutation.find_changes(source)
    assert {change.line for change in changes} == {10}
    for change in changes:
        compile(change.source, "changed", "exec")


def test_the_survivors_that_are_explained_are_among_the_mutants():
    assert set(mutants.SURVIVORS) <= set(map(str, mutants.list_mutants()))


def test_the_mutants_are_many_and_the_same_each_time():
    assert len(mutants.list_mutants()) >= 80
    first, again = mutants.list_mutants([2]), mutants.list_mutants([2])
    assert first == again and len({mutant.change.rule for mutant in first}) >= 6
