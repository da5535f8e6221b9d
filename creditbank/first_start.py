"""What an installation needs before its programs can run: data, a port, a secret key."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import text

from creditbank.db import make_engine
from creditbank.demo import seed_county

_PORTS_TRIED = 20


class StartError(RuntimeError):
    """`creditbank up` can't start; the message says why and what to do, in both languages."""


def fill_if_empty(owner_url: str, console: Console) -> bool:
    """Write the demo county into a migrated database without institutions; whether it was one."""
    if not _is_empty(owner_url):
        return False
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("建立示范县数据 Building the demo county", total=1.0)
        seed_county(owner_url, progress=lambda done: progress.update(task, completed=done))
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


def _is_empty(owner_url: str) -> bool:
    engine = make_engine(owner_url, pool_size=1)
    try:
        with engine.connect() as connection:
            return not connection.scalar(text("SELECT EXISTS (SELECT FROM institutions)"))
    finally:
        engine.dispose()
