"""`creditbank up`: everything on one machine, from nothing to an address to open.

Servers, migrations, the demo county where the database is empty, then the programs under a
supervisor. For trying out, developing and testing; production runs the programs one by one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from rich.console import Console

from creditbank.embedded import OWNER, EmbeddedServers
from creditbank.first_start import StartError, free_port, is_prepared, kept_key
from creditbank.settings import DEVELOPMENT_KEY, Settings, inherited_environment
from creditbank.supervisor import Supervisor
from creditbank.watch import Watch

_TEND_EVERY_S = 0.1


class _StopRequestedError(BaseException):
    """A signal asks to stop; unwinds like KeyboardInterrupt."""


def up(settings: Settings, console: Console) -> None:
    """Bring everything up and keep it up until Ctrl-C or SIGTERM. Call it from the main thread.

    Raises StartError, creditbank.embedded.ServerError and whatever a migration raises.
    """
    settings.var.mkdir(parents=True, exist_ok=True, mode=0o700)
    stop = threading.Event()
    with _only_one(settings.var), contextlib.ExitStack() as stack:
        try:
            _on_stop_signals(_raise_stop)
            servers, ready = _bring_servers(settings, stack)
            if not is_prepared(ready.database_owner_url):
                _prepare(ready.database_owner_url, console)
            ready = _settle(ready, console)
            supervisor = Supervisor(
                logs=ready.var / "log",
                environment=inherited_environment() | ready.as_environment(),
            )
            stack.callback(supervisor.stop)
            _on_stop_signals(lambda _number, _frame: stop.set())
            Watch(ready, servers, supervisor, console).keep_up(stop)
        except _StopRequestedError:
            pass
        _on_stop_signals(signal.SIG_IGN)
        console.print("\n正在停止… Stopping …", highlight=False, soft_wrap=True)
    console.print("已停止。 Stopped.", highlight=False, soft_wrap=True)


def _on_stop_signals(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)


def _raise_stop(_number: int, _frame: FrameType | None) -> None:
    """Until the programs run: an exception breaks off whatever is being prepared."""
    raise _StopRequestedError


@contextlib.contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold the lock of the data folder; the kernel frees it whatever happens to this process."""
    with (var / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "?"
            message = (
                f"数据目录 {var} 已有学分银行在运行(进程 {holder})。请先停止它,或用 CREDITBANK_VAR "
                f"指定其他目录。\ncreditbank already runs on {var} (process {holder}). Stop it "
                "first, or name another folder in CREDITBANK_VAR."
            )
            raise StartError(message) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _bring_servers(
    settings: Settings, stack: contextlib.ExitStack
) -> tuple[EmbeddedServers | None, Settings]:
    """Start the servers that no URL puts in their place; the settings that lead to all of them."""
    with_postgres, with_valkey = not settings.database_url, not settings.redis_url
    if not with_postgres and not with_valkey:
        return None, settings
    servers = EmbeddedServers(settings.var, postgres=with_postgres, valkey=with_valkey)
    urls = stack.enter_context(servers).start()
    if with_postgres:
        settings = dataclasses.replace(
            settings, database_url=urls.database(), database_owner_url=urls.database(OWNER)
        )
    if with_valkey:
        settings = dataclasses.replace(settings, redis_url=urls.redis())
    return servers, settings


def _settle(settings: Settings, console: Console) -> Settings:
    """Fill in what `up` decides: a free port, and a secret key of this data folder's own."""
    port = free_port(settings.host, settings.port)
    if port != settings.port:
        console.print(
            f"端口 {settings.port} 已被占用,改用 {port}。 "
            f"Port {settings.port} is in use; taking {port}.",
            highlight=False,
            soft_wrap=True,
        )
    key = settings.secret_key
    if key == DEVELOPMENT_KEY:
        key = kept_key(settings.var / "secret_key")
    return dataclasses.replace(settings, port=port, secret_key=key)


def _prepare(owner_url: str, console: Console) -> None:
    from creditbank.db import migrate
    from creditbank.seeding import fill_if_empty

    migrate(owner_url)
    fill_if_empty(owner_url, console)
