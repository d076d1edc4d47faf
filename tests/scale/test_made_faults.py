"""A sample of the faults of `python -m tests.helpers.scale_faults 100`."""

import pytest

for package in ("jax", "orbax", "duckdb"):
    pytest.importorskip(package, reason="the extra scale is not installed: make scale")

from tests.helpers.scale_faults import KINDS, Faults, plan, table_of

SAMPLE = ("kill", "flip", "flip", "remove", "source")


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    return Faults(tmp_path_factory.mktemp("faults"), seed=7)


def test_after_a_fault_the_numbers_are_right_or_one_message_is_true(faults):
    outcomes = [faults.make(kind) for kind in SAMPLE]
    wrong = [each for each in outcomes if each.verdict not in ("survived", "refused")]
    assert not wrong, f"{table_of(outcomes)}\n{wrong}"


def test_a_hundred_faults_are_of_all_kinds():
    kinds = plan(100, seed=1)
    assert {kind: kinds.count(kind) for kind in KINDS} == KINDS
