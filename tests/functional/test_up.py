"""`creditbank up` as a person meets it: one command, an address, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import psycopg
import pytest

from creditbank.db import migrate
from creditbank.embedded import OWNER, EmbeddedServers
from tests.databases import Database
from tests.processes import ROOT, alive, descendants, wait_until, wait_until_gone

PATIENCE_S = 60
A_SCHOOL = (
    "INSERT INTO institutions (code, name, name_en, kind, area_code) "
    "VALUES ('3137012401', '示范学校', 'A school', 'vocational_school', '370124')"
)


class Up:
    """A running `creditbank up`, and what it has printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        self.process = process
        self._output = output

    @property
    def printed(self) -> str:
        return self._output.read_text()

    @property
    def address(self) -> str:
        wait_until(lambda: self.process.poll() is not None or " is up" in self.printed, PATIENCE_S)
        assert " is up" in self.printed, self.printed
        return str(re.findall(r"http://[\d.]+:\d+", self.printed)[0])

    def end(self, number: signal.Signals) -> list[int]:
        """Send a signal, wait; the processes that had been its descendants."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        self.process.wait(PATIENCE_S)
        return family


UP = (sys.executable, "-m", "creditbank.cli", "up")


@contextlib.contextmanager
def creditbank_up(folder: Path, command: Sequence[str] = UP, **variables: str) -> Iterator[Up]:
    environment = {name: value for name, value in os.environ.items() if "CREDITBANK" not in name}
    environment |= {"CREDITBANK_VAR": str(folder), "CREDITBANK_PORT": str(port()), **variables}
    output = folder.with_name(f"{folder.name}-{time.monotonic_ns()}.txt")
    with (
        output.open("wb") as sink,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=sink, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            yield Up(process, output)
        finally:
            if process.poll() is None:
                process.terminate()


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def programs(pid: int) -> set[int]:
    """The supervised programs under `up`: web, relay, two workers, jobs and beat."""
    found = set()
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            words = set(Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0"))
            if words & {"granian", "celery", "workers.relay", "workers.jobs"}:
                found.add(int(child))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder after its first start, with one school instead of the demo county."""
    folder = tmp_path_factory.mktemp("up") / "var"
    with EmbeddedServers(folder, fsync=False) as servers:
        owner_url = servers.start().database(OWNER)
        migrate(owner_url)
        with psycopg.connect(owner_url.replace("+psycopg", "")) as connection:
            connection.execute(A_SCHOOL)
    yield folder
    servers.stop()  # removes the sockets' folder of a killed start too


def test_it_serves_restarts_what_falls_and_ends_without_a_trace(folder):
    with creditbank_up(folder) as up:
        assert httpx.get(up.address, follow_redirects=True).status_code == 200
        wait_until(lambda: len(programs(up.process.pid)) == 6)
        before = programs(up.process.pid)
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not before & programs(up.process.pid))
        wait_until(lambda: len(programs(up.process.pid)) == 6, PATIENCE_S)
        with creditbank_up(folder) as second:
            assert second.process.wait(PATIENCE_S) == 1
            assert f"process {up.process.pid}" in second.printed
        family = up.end(signal.SIGINT)
        assert up.process.returncode == 0
        assert [pid for pid in family if alive(pid)] == []
    assert not (folder / "run").exists()


def test_kill_leaves_no_orphan_and_a_taken_port_is_passed_over(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        with creditbank_up(folder, CREDITBANK_PORT=str(number)) as up:
            assert int(up.address.rpartition(":")[2]) > number
            assert f"Port {number} is in use" in up.printed
            family = up.end(signal.SIGKILL)
    assert len(family) > 10  # PostgreSQL's own processes and the web server's workers among them
    wait_until_gone(family)


def test_whoever_started_it_and_is_killed_takes_it_along(folder):
    """As make does, which `make run` is started by."""
    words = shlex.join([*UP, "--with-parent"])
    with creditbank_up(folder, command=["sh", "-c", f"{words}; :"]) as starter:
        assert starter.address
        family = starter.end(signal.SIGKILL)
    assert len(family) > 10
    wait_until_gone(family, PATIENCE_S)


def test_urls_put_other_servers_in_the_place_of_the_embedded(
    clean_database: Database, redis_url: str, tmp_path
):
    with psycopg.connect(clean_database.owner_url.replace("+psycopg", "")) as connection:
        connection.execute(A_SCHOOL)
    variables = {
        "DATABASE_URL": clean_database.app_url,
        "DATABASE_OWNER_URL": clean_database.owner_url,
        "REDIS_URL": redis_url,
    }
    with creditbank_up(tmp_path / "var", **variables) as up:
        assert up.address
        family = up.end(signal.SIGTERM)
        assert up.process.returncode == 0
    assert [pid for pid in family if alive(pid)] == []
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_start_without_any_server_program_says_what_to_do(tmp_path):
    with creditbank_up(
        tmp_path / "var", REDIS_URL="redis://127.0.0.1:1/0", CREDITBANK_PORT="no"
    ) as up:
        assert up.process.wait(PATIENCE_S) == 1
        assert "CREDITBANK_PORT" in up.printed
