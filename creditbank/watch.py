"""The second half of `creditbank up`: start programs in stages, greet, look after everything."""

from __future__ import annotations

import http.client
import signal
import threading
import time

import psycopg
from rich.console import Console

from creditbank.commands import (
    beat_command,
    jobs_command,
    relay_command,
    web_command,
    worker_command,
)
from creditbank.embedded import EmbeddedServers
from creditbank.first_start import plain_url
from creditbank.settings import Settings
from creditbank.supervisor import Program, Supervisor

WORKERS = 2
_READY_PATIENCE_S = 60.0
_STAGE_S = 2.0
_TEND_EVERY_S = 0.1


class Watch:
    """One installation being kept up: its servers (None where URLs lead to others), its programs.

    settings must lead to everything. Use it from the main thread: children end with the thread
    that started them.
    """

    def __init__(
        self,
        settings: Settings,
        servers: EmbeddedServers | None,
        supervisor: Supervisor,
        console: Console,
    ) -> None:
        self._settings = settings
        self._servers = servers
        self._supervisor = supervisor
        self._console = console

    def keep_up(self, stop: threading.Event) -> None:
        """Start the programs and look after them until told to stop.

        The page comes first, then what the first verdict needs, then the rest: on a small machine
        programs that start together start late.
        """
        stages = self._stages()
        self._supervisor.start(*stages.pop(0))
        self._await_page(stop)
        next_stage_at = 0.0
        while not stop.wait(_TEND_EVERY_S):
            self._tend()
            if stages and time.monotonic() >= next_stage_at:
                self._supervisor.start(*stages.pop(0))
                next_stage_at = time.monotonic() + _STAGE_S

    def _stages(self) -> list[list[Program]]:
        settings = self._settings
        workers = [Program(f"worker-{i}", worker_command(settings)) for i in range(1, WORKERS + 1)]
        # The web server has children of its own, and requests to finish; the others are made to
        # be killed at any moment.
        web = Program("web", web_command(settings), last_signal=signal.SIGTERM, patience_s=6)
        relay = Program("relay", relay_command(settings))
        beat = Program("beat", beat_command(settings))
        jobs = Program("jobs", jobs_command(settings))
        return [[web], [relay, workers[0]], [*workers[1:], jobs, beat]]

    def _await_page(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + _READY_PATIENCE_S
        while not stop.wait(_TEND_EVERY_S):
            self._tend()
            if self._answers():
                self._greet()
                return
            if time.monotonic() > deadline:
                log = self._settings.var / "log" / "web.log"
                self._say(
                    f"网页服务未能启动,原因见 {log}。\n"
                    f"The web server does not answer; {log} says why."
                )
                return

    def _tend(self) -> None:
        servers = self._servers.restart_fallen() if self._servers is not None else []
        for name in (*servers, *self._supervisor.tend()):
            self._say(f"{name} 意外退出,将重新启动。 {name} has ended and is being started again.")

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(self._settings.host, self._settings.port, timeout=5)
        try:
            connection.request("GET", "/sign-in")
            return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def _greet(self) -> None:
        """Say the address, and one login per role where the database holds the demo county."""
        address = f"http://{self._settings.host}:{self._settings.port}"
        self._say(f"\n[bold]学分银行已启动 creditbank is up:[/bold] {address}\n")
        for line in self._demo_logins():
            self._say(line)
        self._say("\n按 Ctrl-C 停止。 Ctrl-C stops it.")

    def _demo_logins(self) -> list[str]:
        query = "SELECT username FROM accounts"
        with psycopg.connect(plain_url(self._settings.database_owner_url)) as connection:
            existing = {username for (username,) in connection.execute(query)}
        if not existing:
            return []
        from creditbank.demo.logins import DEMO_LOGINS  # the page must not wait for it

        shown = {login.role: login for login in reversed(DEMO_LOGINS) if login.username in existing}
        return [
            f"{login.role:<10} {login.username:<10} {login.password}   {login.who} {login.who_en}"
            for login in reversed(shown.values())
        ]

    def _say(self, text: str) -> None:
        self._console.print(text, highlight=False, soft_wrap=True)
