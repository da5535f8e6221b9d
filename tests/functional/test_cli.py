"""The command line: each command does its one thing, or says what is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import psycopg
import pytest
from click.testing import CliRunner, Result

from creditbank.cli import cli
from creditbank.domain.permissions import Role
from creditbank.services.accounts import actor_of_api_key
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: Settings):
    """Run a command with this worker's database and Valkey in the environment."""
    variables = settings.as_environment() | {"DATABASE_OWNER_URL": settings.database_owner_url}

    def command(*words: str, **changed: str) -> Result:
        return CliRunner(env=variables | changed).invoke(cli, words)

    return command


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_explains_itself_in_both_languages(command):
    shown = CliRunner().invoke(cli, [command, "--help"])
    assert shown.exit_code == 0
    assert any("\u4e00" <= character <= "\u9fff" for character in shown.output)
    assert any(word.istitle() for word in shown.output.partition("。")[2].split())


def test_openapi_prints_the_description(run):
    shown = run("openapi")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.output)["openapi"].startswith("3.1")


def test_migrate_is_content_with_a_migrated_database(run, database):
    assert run("migrate").exit_code == 0


def test_a_key_is_made_for_an_account_and_works(run, clean_database, engine):
    with psycopg.connect(clean_database.owner_url.replace("+psycopg", "")) as owner:
        owner.execute(
            "INSERT INTO accounts (username, display_name, password_hash, role, is_active) "
            "VALUES ('auditor', '审计员', '-', 'auditor', true)"
        )
    made = run("create-api-key", "auditor", "--label", "yearly audit")
    assert made.exit_code == 0, made.output
    with UnitOfWork(engine, EVERYWHERE) as uow:
        reach = actor_of_api_key(uow, made.output.strip(), now=datetime.now(UTC))
    assert reach.actor.role is Role.AUDITOR


def test_no_key_is_made_for_nobody(run, clean_database):
    made = run("create-api-key", "nobody")
    assert made.exit_code == 1
    assert "nobody" in made.output


def test_a_filled_database_is_not_seeded_again(run, clean_database):
    with psycopg.connect(clean_database.owner_url.replace("+psycopg", "")) as owner:
        owner.execute(
            "INSERT INTO institutions (code, name, name_en, kind, area_code) "
            "VALUES ('3137012401', '示范学校', 'A school', 'vocational_school', '370124')"
        )
    assert run("seed").exit_code == 1


def test_without_a_database_the_message_says_what_to_set(run, tmp_path):
    nothing = {"DATABASE_URL": "", "DATABASE_OWNER_URL": "", "CREDITBANK_VAR": str(tmp_path)}
    shown = run("migrate", **nothing)
    assert shown.exit_code == 1
    assert "DATABASE_OWNER_URL" in shown.output


@pytest.mark.parametrize("program", ["web", "worker", "jobs", "relay", "beat"])
def test_a_program_takes_the_place_of_the_command(run, monkeypatch, program):
    started = []
    monkeypatch.setattr("os.execv", lambda path, words: started.append((path, words)))
    shown = run(program)
    assert shown.exit_code == 0, shown.output
    ((path, words),) = started
    assert path == words[0]
    assert any(module in words for module in ("granian", "celery", "workers.relay", "workers.jobs"))


def test_the_well_known_key_is_refused_beside_secure_cookies(run):
    shown = run("web", CREDITBANK_SECRET_KEY="", CREDITBANK_SECURE_COOKIES="1")
    assert shown.exit_code == 1
    assert "CREDITBANK_SECRET_KEY" in shown.output
