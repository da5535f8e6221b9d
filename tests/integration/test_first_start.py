"""Before the first start: a login for the application, a free port, a key that stays."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys

import psycopg
from alembic.script import ScriptDirectory

from creditbank.db import alembic_config
from creditbank.embedded import OWNER
from creditbank.first_start import (
    free_port,
    give_login,
    is_prepared,
    kept_key,
    newest_revision,
)


def test_the_applications_password_is_that_of_its_url(servers):
    password = secrets.token_hex(8)
    app_url = f"postgresql+psycopg://creditbank_other:{password}@/creditbank"
    owner_url = servers.database(OWNER)
    with psycopg.connect(owner_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute("CREATE ROLE creditbank_other NOLOGIN")
        try:
            assert give_login(owner_url, app_url)
            row = owner.execute(
                "SELECT rolcanlogin FROM pg_roles WHERE rolname = 'creditbank_other'"
            ).fetchone()
            assert row == (True,)
        finally:
            owner.execute("DROP ROLE creditbank_other")


def test_a_url_without_password_changes_no_role(servers):
    assert not give_login(servers.database(OWNER), servers.database())
    assert not give_login(servers.database(OWNER), "")


def test_a_port_in_use_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port("127.0.0.1", port) <= port + 20


def test_the_secret_key_is_made_once_and_for_this_user_alone(tmp_path):
    key = kept_key(tmp_path / "secret_key")
    assert len(key) >= 32
    assert kept_key(tmp_path / "secret_key") == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_newest_revision_is_the_one_head_of_the_migrations():
    scripts = ScriptDirectory.from_config(alembic_config("postgresql://nowhere"))
    assert scripts.get_heads() == [newest_revision()]


def test_a_database_is_prepared_when_migrated_and_filled(servers, clean_database):
    assert not is_prepared(servers.database(OWNER))  # never migrated
    assert not is_prepared(clean_database.owner_url)  # migrated and empty
    with psycopg.connect(clean_database.owner_url.replace("+psycopg", "")) as owner:
        owner.execute(
            "INSERT INTO institutions (code, name, name_en, kind, area_code) "
            "VALUES ('3137012401', '示范学校', 'A school', 'vocational_school', '370124')"
        )
    assert is_prepared(clean_database.owner_url)
    with psycopg.connect(clean_database.owner_url.replace("+psycopg", "")) as owner:
        owner.execute("UPDATE alembic_version SET version_num = '0000'")
    assert not is_prepared(clean_database.owner_url)  # of an older program


def test_a_second_start_loads_nothing_that_it_does_not_need():
    slow = {"alembic", "sqlalchemy", "creditbank.demo", "pypinyin", "flask", "celery"}
    code = "import sys, creditbank.cli, creditbank.up; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert slow & set(done.stdout.split()) == set()
