"""What an installation needs before its programs can run: a schema, a login, a port, a key."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

_PORTS_TRIED = 20
_REVISIONS = Path(__file__).parents[1] / "migrations" / "versions"


class StartError(RuntimeError):
    """`creditbank up` can't start; the message says why and what to do, in both languages."""


def give_login(owner_url: str, app_url: str) -> bool:
    """Let the application's role sign in with the password of its URL; whether there was one.

    Migrations create the role without a login: its password is the installation's own affair.
    """
    app = urlsplit(app_url)
    if not app.username or app.password is None or app.username == urlsplit(owner_url).username:
        return False
    alter = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    role, password = unquote(app.username), unquote(app.password)
    with psycopg.connect(plain_url(owner_url), autocommit=True) as owner:
        owner.execute(alter.format(sql.Identifier(role), sql.Literal(password)))
    return True


def is_prepared(owner_url: str) -> bool:
    """Whether a database is at the newest revision and holds institutions: nothing is to be done.

    Asked without Alembic and the demo, whose loading a second start would have to wait for.
    """
    query = "SELECT version_num, EXISTS (SELECT FROM institutions) FROM alembic_version"
    with psycopg.connect(plain_url(owner_url), autocommit=True) as owner:
        try:
            return owner.execute(query).fetchall() == [(newest_revision(), True)]
        except psycopg.errors.UndefinedTable:
            return False


def newest_revision() -> str:
    """The number of the newest migration, which its file name begins with."""
    return max(file.name.partition("_")[0] for file in _REVISIONS.glob("[0-9]*_*.py"))


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


def plain_url(url: str) -> str:
    """A SQLAlchemy URL as psycopg itself reads it."""
    return url.replace("postgresql+psycopg:", "postgresql:", 1)
