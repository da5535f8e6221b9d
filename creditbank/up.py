"""`creditbank up`: everything on one machine, from nothing to an address to open.

Servers, migrations, the demo county where the database is empty, then the programs under a
supervisor. For trying out, developing and testing; production runs the programs one by one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import http.client
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from rich.console import Console

from creditbank.commands import beat_command, relay_command, web_command, worker_command
from creditbank.db import migrate
from creditbank.embedded import OWNER, EmbeddedServers
from creditbank.first_start import StartError, free_port, kept_key
from creditbank.seeding import fill_if_empty
from creditbank.settings import DEVELOPMENT_KEY, Settings, inherited_environment
from creditbank.supervisor import Program, Supervisor

WORKERS = 2
_READY_PATIENCE_S = 60.0
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
            migrate(ready.database_owner_url)
            fill_if_empty(ready.database_owner_url, console)
            ready = _settle(ready, console)
            supervisor = _supervise_programs(ready)
            stack.callback(supervisor.stop)
            _on_stop_signals(lambda _number, _frame: stop.set())
            supervisor.start()
            _keep_up(ready, supervisor, servers, console, stop)
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


def _supervise_programs(settings: Settings) -> Supervisor:
    # The web server has children of its own, and requests to finish; the others are made to be
    # killed at any moment.
    web = Program("web", web_command(settings), last_signal=signal.SIGTERM, patience_s=10)
    workers = [Program(f"worker-{i}", worker_command(settings)) for i in range(1, WORKERS + 1)]
    relay = Program("relay", relay_command(settings))
    beat = Program("beat", beat_command(settings))
    return Supervisor(
        [web, relay, *workers, beat],
        logs=settings.var / "log",
        environment=inherited_environment() | settings.as_environment(),
    )


def _keep_up(
    settings: Settings,
    supervisor: Supervisor,
    servers: EmbeddedServers | None,
    console: Console,
    stop: threading.Event,
) -> None:
    """Look after everything until told to stop; greet as soon as the web server answers.

    From here on a signal only sets `stop`: an exception in the middle of starting a child would
    lose sight of it.
    """
    deadline = time.monotonic() + _READY_PATIENCE_S
    waiting = True
    while not stop.wait(_TEND_EVERY_S):
        fallen = servers.restart_fallen() if servers is not None else []
        for name in (*fallen, *supervisor.tend()):
            console.print(
                f"{name} 意外退出,将重新启动。 {name} has ended and will be started again.",
                highlight=False,
                soft_wrap=True,
            )
        if waiting and _answers(settings):
            waiting = False
            _greet(settings, console)
        elif waiting and time.monotonic() > deadline:
            waiting = False
            log = settings.var / "log" / "web.log"
            console.print(
                f"网页服务未能启动,原因见 {log}。\nThe web server does not answer; {log} says why.",
                highlight=False,
                soft_wrap=True,
            )


def _answers(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except OSError:
        return False
    finally:
        connection.close()


def _greet(settings: Settings, console: Console) -> None:
    console.print(
        f"\n[bold]学分银行已启动 creditbank is up:[/bold] http://{settings.host}:{settings.port}",
        highlight=False,
        soft_wrap=True,
    )
