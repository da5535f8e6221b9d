"""Both servers together over one data folder: start, watch, stop."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

from creditbank.children import SystemUser
from creditbank.embedded.postgres import Postgres
from creditbank.embedded.programs import postgres_folder, server_user, valkey_program
from creditbank.embedded.urls import VALKEY_SOCKET, ServerError, ServerUrls
from creditbank.embedded.valkey import Valkey

_RUN_LINK = "run"  # in the data folder: leads to the folder of the sockets
_RUN_PREFIX = "creditbank-"


def running_urls(directory: Path) -> ServerUrls | None:
    """The addresses of the servers now running over a data folder, None where none are."""
    link = directory / _RUN_LINK
    return ServerUrls(link.resolve()) if (link / VALKEY_SOCKET).exists() else None


class EmbeddedServers:
    """One PostgreSQL and one Valkey over a data folder; a context manager that stops them.

    postgres, valkey: which to bring; a URL brings the other one. fsync: off for throw-away
    servers alone, which may lose everything when the machine stops.
    Root can't run PostgreSQL: its servers run as the owner of the data, at first as `nobody`.
    """

    def __init__(
        self, directory: Path, *, fsync: bool = True, postgres: bool = True, valkey: bool = True
    ) -> None:
        self._directory = directory.absolute()
        self._fsync = fsync
        self._with_postgres = postgres
        self._with_valkey = valkey
        self._sockets: Path | None = None
        self._servers: list[Postgres | Valkey] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def urls(self) -> ServerUrls:
        """Where the servers are reached; ServerError before start()."""
        if self._sockets is None:
            message = "The embedded servers are not running."
            raise ServerError(message)
        return ServerUrls(self._sockets)

    @property
    def pids(self) -> dict[str, int]:
        """Process ids of the running servers, by "valkey" and "postgres"."""
        return {server.name: server.child.pid for server in self._servers if server.child}

    def start(self) -> ServerUrls:
        """Start both, on the first start after creating cluster, roles and database.

        Takes 0.3 to 3 s. Raises ServerError. Call it from a thread that lives as long as the
        servers shall: they end with it.
        """
        try:
            self._sockets = self._make_folders()
            self._servers = self._choose(self._sockets)
            for server in self._servers:
                server.start(self._log(server.name), durable=self._fsync)
        except BaseException:
            self.stop()
            raise
        return self.urls

    def restart_fallen(self) -> list[str]:
        """Start again what has ended by itself; the names of it."""
        fallen = [server for server in self._servers if server.has_fallen]
        for server in fallen:
            server.stop()
            server.start(self._log(server.name), durable=self._fsync)
        return [server.name for server in fallen]

    def stop(self) -> None:
        """Stop both cleanly and remove the folder of their sockets."""
        while self._servers:
            self._servers.pop().stop()
        self._remove_sockets()
        self._sockets = None

    def _choose(self, scratch: Path) -> list[Postgres | Valkey]:
        """The servers to bring, each with its program and its folder, not yet started."""
        user = server_user(self._data("postgres"))
        for folder in (self._data("postgres"), self._data("valkey"), scratch):
            _hand_over(folder, user)
        chosen: list[Postgres | Valkey] = []
        if self._with_valkey:
            program = valkey_program(scratch, user)
            chosen.append(Valkey(program, self._data("valkey"), scratch, user))
        if self._with_postgres:
            programs = postgres_folder(scratch, user)
            chosen.append(Postgres(programs, self._data("postgres"), scratch, user))
        return chosen

    def _data(self, name: str) -> Path:
        return self._directory / name

    def _log(self, name: str) -> Path:
        return self._directory / "log" / f"{name}.log"

    def _make_folders(self) -> Path:
        """Create what is missing; the new folder of sockets.

        It lies in the system's folder of temporary files because the path of a Unix socket is
        limited to 107 bytes; a link in the data folder leads to it.
        """
        for folder in ("log", "postgres", "valkey"):
            (self._directory / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        self._remove_sockets()
        sockets = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX))
        (self._directory / _RUN_LINK).symlink_to(sockets)
        return sockets

    def _remove_sockets(self) -> None:
        """Remove the folder of sockets, also one that a killed parent has left behind."""
        link = self._directory / _RUN_LINK
        if not link.is_symlink():
            return
        sockets = link.readlink()
        if sockets.name.startswith(_RUN_PREFIX):
            shutil.rmtree(sockets, ignore_errors=True)
        link.unlink()


def _hand_over(folder: Path, user: SystemUser | None) -> None:
    """Give a folder to the servers' user, and close it to everybody else."""
    folder.chmod(0o700)
    if user is not None:
        os.chown(folder, user.uid, user.gid)
