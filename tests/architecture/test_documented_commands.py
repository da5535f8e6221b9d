"""What the documents tell a reader to type exists."""

from __future__ import annotations

import re

import pytest

from creditbank.cli import cli
from creditbank.settings import Settings
from tests.processes import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("README.*.md")), *sorted(ROOT.glob("docs/*.md"))]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
VARIABLES = set(Settings.from_environment({}).as_environment())


def code(document) -> str:
    """Everything a document shows as code, in blocks and in lines."""
    found = re.findall(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", document.read_text(), re.DOTALL)
    return "\n".join(block or inline for block, inline in found)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documented_commands_exist(document):
    shown = code(document)
    assert set(re.findall(r"(?:^|[;&|] *)make ([a-z]+)", shown, re.MULTILINE)) <= TARGETS
    commands = re.findall(r"(?:^|bin/|[;&|] *)creditbank ([a-z][a-z-]*)", shown, re.MULTILINE)
    assert set(commands) <= set(cli.commands)
    assert set(re.findall(r"\b(CREDITBANK_[A-Z_]+)\b", shown)) <= VARIABLES
