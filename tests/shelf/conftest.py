"""The Shelf as it ships, and what its data card says of it."""

import re

import pytest

from neurec_helpers import paths
from neurec_helpers.bench import reference_lists
from neurec_helpers.shelf import make_shelf


@pytest.fixture(scope="session")
def shelf():
    return make_shelf()


@pytest.fixture(scope="session")
def card():
    """{"errors" or "lists": {predictor: (real, shelf)}} from the tables of the data card."""
    text = (paths.DATA / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| (\d\.\d{4}) \| (\d\.\d{4}) \|", text, re.MULTILINE)
    tables = {"errors": {}, "lists": {}}
    for name, real, made in rows:
        kind = "lists" if name in reference_lists.REAL else "errors"
        tables[kind][name] = float(real), float(made)
    return tables
