"""The page on scaling: its links, commands and options are real."""

import re

import pytest
from typer.testing import CliRunner

from neurec_helpers.cli import app
from neurec_helpers.paths import ROOT

PAGE = ROOT / "neurec_helpers" / "scale" / "README.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(((?!http)[^)#]+)\)", TEXT))))
def test_link_leads_somewhere(link):
    assert (PAGE.parent / link).exists()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"make ([a-z-]+)", TEXT))))
def test_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_options_exist():
    commands = (["train"], ["recommend"], ["bench-scale"], ["data", "make-large"])
    helps = "".join(
        CliRunner().invoke(app, [*command, "--help"], terminal_width=300).output
        for command in commands
    )
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", TEXT))
    assert options and all(option in helps for option in options), options


def test_the_data_are_called_synthetic():
    measured = TEXT.split("## What was measured")[1]
    assert "synthetic ratings" in measured.split("|")[0]
