"""The notebooks in other languages, compared with what the run of the English ones has shown."""

import pytest

from neurec_helpers.notebook.editions import edition_of, faults_of_edition
from neurec_helpers.regression import compare
from neurec_helpers.regression.in_english import in_english
from neurec_helpers.regression.reporting import (
    StoredFaults,
    tell_differences,
    tell_faults,
    where_it_is,
)
from neurec_helpers.regression.stored import find_faults
from neurec_helpers.regression.tolerance import Tolerance


class _Differs(Exception):
    """An output is not the one that is stored."""


class EditionFaults(pytest.Item):
    """A stored edition as a whole: fit to compare with, and made from the English notebook."""

    def __init__(self, language, **rest):
        super().__init__(**rest)
        self.language = language

    def runtest(self):
        """Look at what is stored; run nothing."""
        edition = self.parent.editions[self.language]
        faults = [*find_faults(edition), *faults_of_edition(self.parent.nb, edition, self.language)]
        if faults:
            raise StoredFaults(*faults)

    def repr_failure(self, excinfo):
        """One line for each fault."""
        if excinfo.errisinstance(StoredFaults):
            return tell_faults(_name(self), excinfo.value.args)
        return super().repr_failure(excinfo)

    def reportinfo(self):
        """Where pytest says it is."""
        return self.path, 0, f"{_name(self)}: stored"


class EditionCell(pytest.Item):
    """A code cell of an edition: the outputs that its English twin's run gave in this language."""

    differences = ()

    def __init__(self, language, cell, **rest):
        super().__init__(**rest)
        self.language, self.cell = language, cell

    def runtest(self):
        """Compare within the tolerance of the English cell."""
        shown = self.parent.shown.get(self.cell.id)
        if shown is None:
            pytest.skip("the English cell was not compared")
        tolerance = Tolerance.of(self.cell, self.config.getoption("tolerances"))
        expected, got = (
            in_english(outputs, self.language)
            for outputs in (self.cell.outputs, shown[self.language])
        )
        self.differences = compare.compare_outputs(expected, got, tolerance)
        if self.differences:
            raise _Differs

    def repr_failure(self, excinfo):
        """Say in which notebook and cell, what was expected, and what came."""
        if not excinfo.errisinstance(_Differs):
            return super().repr_failure(excinfo)
        stem = f"{self.path.stem}-{self.language}-{self.cell.id}"
        where = f"{_name(self)}, cell {self.cell.id}"
        return tell_differences(self, where, self.differences, stem)

    def reportinfo(self):
        """Where pytest says it is."""
        return self.path, 0, f"{_name(self)}: cell {self.cell.id}"


def _name(item):
    folder, _, name = where_it_is(item).rpartition("/")
    return f"{folder}/{edition_of(item.path, item.language).parent.name}/{name}"
