"""Dockerfile and compose.yaml name only what exists, and guard what must be guarded."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from creditbank.cli import cli
from creditbank.settings import Settings
from tests.processes import ROOT

PROGRAMS = {"web", "worker", "jobs", "relay", "beat", "migrate"}
DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
VARIABLES = set(Settings.from_environment({}).as_environment())
OLDEST = {"postgres": 17, "redis": 7}


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name}\s+(.+)$", joined, re.MULTILINE)


def test_there_is_a_service_for_each_program():
    assert set(OURS) == PROGRAMS


@pytest.mark.parametrize("name", OURS)
def test_every_command_of_compose_exists(name):
    (command,) = OURS[name]["command"]
    assert command in cli.commands


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_compose_exists(name):
    assert set(OURS[name]["environment"]) <= VARIABLES


@pytest.mark.parametrize("name", OURS)
def test_only_migrate_has_the_owners_login(name):
    text = str(OURS[name])
    assert ("creditbank_owner" in text) == (name == "migrate")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_what_falls_is_started_again(name):
    assert SERVICES[name]["restart"] == "always"


@pytest.mark.parametrize("name", OLDEST)
def test_servers_are_new_enough_and_watched(name):
    image, version = SERVICES[name]["image"].split(":")
    assert image == name
    assert int(version.partition("-")[0]) >= OLDEST[name]
    assert SERVICES[name]["healthcheck"]["test"]


def test_the_broker_of_compose_refuses_rather_than_forgets():
    assert SERVICES["redis"]["command"][-2:] == ["--maxmemory-policy", "noeviction"]


def test_passwords_and_keys_are_not_in_compose():
    text = (ROOT / "compose.yaml").read_text()
    lines = r"^\s*(?:POSTGRES_PASSWORD|CREDITBANK_SECRET_KEY): (.+)$"
    secrets = re.findall(lines, text, re.MULTILINE)
    assert len(secrets) == 2
    assert all(re.fullmatch(r"\$\{\w+:\?\}", secret) for secret in secrets)


def test_the_image_runs_our_command_as_an_ordinary_user():
    assert instructions("ENTRYPOINT") == ['["creditbank"]']
    (command,) = instructions("CMD")
    assert yaml.safe_load(command)[0] in cli.commands
    assert instructions("USER")[-1] not in {"root", "0"}


def test_the_image_copies_what_exists_and_what_the_build_may_see():
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for line in instructions("COPY"):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists()
            assert f"!{source}" in allowed


def test_every_variable_of_the_image_exists():
    (line,) = instructions("ENV")
    named = set(re.findall(r"(\w+)=", line))
    assert {name for name in named if not name.startswith("PYTHON")} <= VARIABLES
