"""The contracts in .importlinter hold, and each one catches a planted import that breaks it."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT

PACKAGES = ("creditbank", "schemas", "workers")
PLANTED = {
    "layers": ("creditbank/eligibility/planted.py", "import creditbank.services"),
    "wire": ("schemas/planted.py", "import creditbank.settings"),
    "papers": ("creditbank/papers/planted.py", "import creditbank.settings"),
    "pure": ("creditbank/domain/planted.py", "import sqlalchemy"),
    "flask": ("creditbank/services/planted.py", "import flask"),
    "tables": ("creditbank/services/planted_too.py", "import creditbank.tables"),
    "broker": ("creditbank/api/planted.py", "import celery"),
    "machine": ("creditbank/embedded/planted.py", "import creditbank.domain"),
    "production": ("creditbank/web/planted.py", "import creditbank.demo"),
}


def contracts() -> dict[str, str]:
    """The contracts' names by their ids."""
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")
    prefix = "importlinter:contract:"
    sections = (section for section in config if section.startswith(prefix))
    return {section.removeprefix(prefix): config[section]["name"] for section in sections}


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()",
         "--no-cache", "--config", str(tree / ".importlinter")],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def verdict_on_planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the tree with one planted import for each contract."""
    copy = tmp_path_factory.mktemp("tree")
    for source in (file for package in PACKAGES for file in (ROOT / package).rglob("*.py")):
        target = copy / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    shutil.copy(ROOT / ".importlinter", copy)
    for path, line in PLANTED.values():
        assert not (copy / path).exists()
        (copy / path).write_text(line + "\n")
    return lint(copy).stdout


def test_every_contract_holds():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_breach_is_planted_for_every_contract():
    assert set(PLANTED) == set(contracts())


@pytest.mark.parametrize("contract", PLANTED)
def test_a_planted_import_is_caught(verdict_on_planted, contract):
    assert f"{contracts()[contract]} BROKEN" in verdict_on_planted
    path, line = PLANTED[contract]
    planted = path.removesuffix(".py").replace("/", ".")
    assert f"{planted} -> {line.removeprefix('import ')}" in verdict_on_planted
