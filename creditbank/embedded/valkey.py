"""One Valkey: a broker of wake-ups. Nothing in it is missed when it is lost."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from pathlib import Path

from creditbank.children import SystemUser, start_child, stop_child
from creditbank.embedded.urls import VALKEY_SOCKET, ServerError
from creditbank.settings import inherited_environment

_START_PATIENCE_S = 20.0
_STOP_PATIENCE_S = 10.0


class Valkey:
    """One server over one data folder, listening on a Unix socket in the folder of sockets."""

    name = "valkey"

    def __init__(self, program: Path, data: Path, sockets: Path, user: SystemUser | None) -> None:
        self._program = program
        self._data = data
        self._socket = sockets / VALKEY_SOCKET
        self._user = user
        self.child: subprocess.Popen[bytes] | None = None

    def start(self, log: Path, *, durable: bool) -> None:
        """Start it and wait until it answers; ServerError otherwise."""
        self.child = start_child(
            [
                self._program, "--port", "0",
                "--unixsocket", self._socket, "--unixsocketperm", "700",
                "--dir", ".",  # the folder itself, whose parents the user perhaps can't enter
                "--save", "", "--appendonly", "yes" if durable else "no",
                "--maxmemory-policy", "noeviction",  # a broker must not forget by itself
                "--daemonize", "no", "--logfile", "",
            ],
            log=log,
            environment=inherited_environment(),
            folder=self._data,
            user=self._user,
            last_signal=signal.SIGTERM,
        )  # fmt: skip
        deadline = time.monotonic() + _START_PATIENCE_S
        while not self._answers():
            if self.child.poll() is not None or time.monotonic() > deadline:
                message = f"Valkey does not start; its log {log} says why."
                raise ServerError(message)
            time.sleep(0.01)

    @property
    def has_fallen(self) -> bool:
        """Whether it was started and has ended by itself."""
        return self.child is not None and self.child.poll() is not None

    def stop(self) -> None:
        """Stop it; nothing happens where it does not run."""
        if self.child is not None:
            stop_child(self.child, first_signal=signal.SIGTERM, patience_s=_STOP_PATIENCE_S)
            self.child = None

    def _answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as caller:
                caller.settimeout(1)
                caller.connect(str(self._socket))
                caller.sendall(b"PING\r\n")
                return caller.recv(64).startswith(b"+PONG")
        except OSError:  # not yet listening, or still reading its file
            return False
