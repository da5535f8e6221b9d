"""What an installation needs before its programs can run: a login, a port, a secret key."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_PORTS_TRIED = 20


class StartError(RuntimeError):
    """`creditbank up` can't start; the message says why and what to do, in both languages."""


def give_login(owner_url: str, app_url: str) -> bool:
    """Let the application's role sign in with the password of its URL; whether there was one.

    Migrations create the role without a login: its password is the installation's own affair.
    """
    if not app_url:
        return False
    app = make_url(app_url)
    if not app.username or app.password is None or app.username == make_url(owner_url).username:
        return False
    alter = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    server = make_url(owner_url).set(drivername="postgresql")
    with psycopg.connect(server.render_as_string(hide_password=False), autocommit=True) as owner:
        owner.execute(alter.format(sql.Identifier(app.username), sql.Literal(str(app.password))))
    return True


def free_port(host: str, first: int) -> int:
    """The first port from here on that nobody listens on; StartError if there is none near."""
    for port in range(first, first + _PORTS_TRIED):
        with socket.socket() as probe, contextlib.suppress(OSError, OverflowError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
            return port
    last = first + _PORTS_TRIED - 1
    message = (
        f"端口 {first} 至 {last} 均不可用,请用 CREDITBANK_PORT 指定。\n"
        f"No port from {first} to {last} is free; name one in CREDITBANK_PORT."
    )
    raise StartError(message)


def kept_key(file: Path) -> str:
    """The secret key in a file that only this user may read, made on the first call."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as output:
            output.write(secrets.token_urlsafe(32))
    return file.read_text()
