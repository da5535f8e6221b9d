"""Embedded servers: they start as anybody, admit nobody else, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, text

from creditbank.embedded import AUDITOR, OWNER, EmbeddedServers, ServerError, running_urls
from creditbank.embedded.programs import server_user
from tests.processes import ROOT, descendants, wait_until_gone

PARENT = """
import sys, time
from pathlib import Path
from creditbank.embedded import EmbeddedServers
servers = EmbeddedServers(Path(sys.argv[1]), fsync=False)
servers.start()
print(*servers.pids.values(), flush=True)
time.sleep(600)
"""


def scalar(url: str, statement: str) -> object:
    engine = create_engine(url)
    with engine.begin() as connection:
        result = connection.execute(text(statement)).scalar()
    engine.dispose()
    return result


def test_data_survive_a_restart_and_sockets_do_not(tmp_path):
    with EmbeddedServers(tmp_path) as servers:
        urls = servers.start()
        engine = create_engine(urls.database(OWNER))
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS answer"))
        engine.dispose()
        redis.Redis.from_url(urls.redis()).set("kept", "7")
        assert running_urls(tmp_path) == urls
    assert running_urls(tmp_path) is None
    assert not urls.sockets.exists()
    with EmbeddedServers(tmp_path) as servers:
        urls = servers.start()
        assert scalar(urls.database(OWNER), "SELECT answer FROM kept") == 7
        assert redis.Redis.from_url(urls.redis()).get("kept") == b"7"


def test_a_very_long_data_folder_is_no_obstacle(tmp_path):
    folder = tmp_path / ("a-folder-with-a-long-name-" * 8)
    with EmbeddedServers(folder, fsync=False) as servers:
        assert scalar(servers.start().database(), "SELECT 1") == 1


def test_a_folder_that_nobody_else_can_enter_is_no_obstacle(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with EmbeddedServers(closed / "var", fsync=False) as servers:
        assert scalar(servers.start().database(), "SELECT 1") == 1


def test_the_application_and_the_auditor_may_not_create_tables(servers):
    for role in ("creditbank_app", AUDITOR):
        with (
            psycopg.connect(
                host=str(servers.sockets), user=role, dbname="creditbank"
            ) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE mine (id int)")


def test_names_sort_alike_on_every_machine(servers):
    query = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'creditbank'"
    assert scalar(servers.database(), query) == "bC.UTF-8"


def test_the_broker_refuses_rather_than_forgets(servers):
    client = redis.Redis.from_url(servers.redis(), decode_responses=True)
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


@pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's death"
)
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_parent_leaves_no_server_behind(tmp_path, end):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert len(parent.stdout.readline().split()) == 2
        family = descendants(parent.pid)
        assert len(family) > 5  # the background processes of PostgreSQL are among them
        parent.send_signal(end)
    wait_until_gone(family)
    with EmbeddedServers(tmp_path, fsync=False) as servers:  # and the next start is not disturbed
        assert scalar(servers.start().database(), "SELECT 1") == 1


def test_a_start_waits_for_the_server_of_a_killed_parent(tmp_path):
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        parent.kill()
        with EmbeddedServers(tmp_path, fsync=False) as servers:
            assert scalar(servers.start().database(), "SELECT 1") == 1


def test_a_server_that_falls_is_started_again(tmp_path):
    with EmbeddedServers(tmp_path, fsync=False) as servers:
        urls = servers.start()
        before = servers.pids
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 60
        restarted: set[str] = set()
        while len(restarted) < 2 and time.monotonic() < deadline:
            restarted |= set(servers.restart_fallen())
            time.sleep(0.05)
        assert restarted == {"postgres", "valkey"}
        assert scalar(urls.database(), "SELECT 1") == 1
        assert redis.Redis.from_url(urls.redis()).ping()


def test_data_of_another_version_are_refused_with_a_reason(tmp_path):
    with EmbeddedServers(tmp_path, fsync=False) as servers:
        servers.start()
    (tmp_path / "postgres" / "PG_VERSION").write_text("12\n")
    with EmbeddedServers(tmp_path, fsync=False) as servers, pytest.raises(ServerError, match="12"):
        servers.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_root_runs_its_servers_as_somebody_else(tmp_path):
    user = server_user(tmp_path)
    assert user is not None
    with EmbeddedServers(tmp_path, fsync=False) as servers:
        servers.start()
        for pid in servers.pids.values():
            assert Path(f"/proc/{pid}").stat().st_uid == user.uid != 0
