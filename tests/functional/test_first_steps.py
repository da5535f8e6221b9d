"""What docs/first-steps.md tells a county to type, typed on an empty database, up to signing in."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from creditbank.embedded import OWNER, SUPERUSER, ServerUrls
from creditbank.settings import Settings
from tests.functional.test_up import port
from tests.processes import ROOT, wait_until

PASSWORD = "first-steps-2026"
PROGRAMS = ("web", "worker", "jobs", "relay", "beat")
NAME = "creditbank_first_steps"
PATIENCE_S = 60
CREDITBANK = Path(sys.executable).with_name("creditbank")


def documented() -> list[list[str]]:
    """The words of every command in the blocks of the page."""
    page = (ROOT / "docs/first-steps.md").read_text("utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    return [shlex.split(line) for block in blocks for line in block.splitlines()]


@pytest.fixture
def environment(servers: ServerUrls, redis_url: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Settings that lead to a database with nothing in it, not even tables."""
    with psycopg.connect(
        host=str(servers.sockets), user=SUPERUSER, dbname=SUPERUSER, autocommit=True
    ) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
    settings = Settings.from_environment(
        {
            "DATABASE_URL": servers.database("creditbank_app", NAME),
            "REDIS_URL": redis_url,
            "CREDITBANK_VAR": str(tmp_path),
            "CREDITBANK_PORT": str(port()),
        }
    )
    yield (
        os.environ
        | settings.as_environment()
        | {"DATABASE_OWNER_URL": servers.database(OWNER, NAME)}
    )
    with psycopg.connect(
        host=str(servers.sockets), user=SUPERUSER, dbname=SUPERUSER, autocommit=True
    ) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def run(words: list[str], environment: dict[str, str]) -> None:
    """One command as it is written; what comes after "<" is its standard input."""
    assert words[0] == "creditbank"
    sent = PASSWORD if "<" in words else None
    typed = words[1 : words.index("<")] if sent else words[1:]
    done = subprocess.run(
        [CREDITBANK, *typed], input=sent, env=environment, cwd=ROOT, text=True,
        capture_output=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_county_starts_as_the_page_says_and_its_registrar_signs_in(environment):
    commands = documented()
    assert [words[1] for words in commands] == [
        "migrate", "load", *["create-account"] * 4, *PROGRAMS,
    ]  # fmt: skip
    for words in commands:
        if words[1] not in PROGRAMS:
            run(words, environment)
    started = [
        subprocess.Popen(
            [CREDITBANK, *words[1:]], env=environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        for words in commands
        if words[1] in PROGRAMS
    ]  # fmt: skip
    try:
        address = f"http://127.0.0.1:{environment['CREDITBANK_PORT']}"
        for username in ("zhijiao", "sysadmin", "gaozhong", "zhijiaoke"):
            assert signs_in(address, username)
        assert all(program.poll() is None for program in started)
    finally:
        for program in started:
            os.killpg(program.pid, signal.SIGTERM)
        for program in started:
            program.wait(PATIENCE_S)


def signs_in(address: str, username: str) -> bool:
    """Whether name and password lead beyond the form."""
    wait_until(lambda: answers(address), PATIENCE_S)
    with httpx.Client(base_url=address, follow_redirects=True) as client:
        page = client.get("/sign-in").text
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert found
        sent = {"csrf_token": found[1], "username": username, "password": PASSWORD}
        answer = client.post("/sign-in", data=sent)
        return answer.status_code == 200 and answer.url.path != "/sign-in"


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/v1/health").status_code == 200
    except httpx.TransportError:
        time.sleep(0.2)
        return False
