"""The command line of each long-running program, the same in production and `creditbank up`."""

from __future__ import annotations

import sys

from creditbank.settings import Settings

WEB_WORKERS = 2
WEB_THREADS = 4
_CELERY = (sys.executable, "-m", "celery", "-A", "workers.app")


def web_command(settings: Settings) -> tuple[str, ...]:
    """The web server: granian, several processes with several threads each."""
    return (
        sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws",
        "--host", settings.host, "--port", str(settings.port),
        "--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS),
        "--respawn-failed-workers", "--workers-kill-timeout", "5",
        "--log-level", settings.log_level.lower(), "--factory", "creditbank.app:serving_app",
    )  # fmt: skip


def worker_command(settings: Settings) -> tuple[str, ...]:
    """One Celery worker. One process, no pool: more of them is the way to more."""
    return (
        *_CELERY, "worker", "--pool", "solo", "--without-gossip", "--without-mingle",
        "--without-heartbeat", "--loglevel", _celery_level(settings),
    )  # fmt: skip


def relay_command(settings: Settings) -> tuple[str, ...]:  # noqa: ARG001 - as its siblings
    """The relay, which rings for a worker when marks are due."""
    return (sys.executable, "-m", "workers.relay")


def jobs_command(settings: Settings) -> tuple[str, ...]:  # noqa: ARG001 - as its siblings
    """Who works on what takes long: imports of many thousand rows."""
    return (sys.executable, "-m", "workers.jobs")


def beat_command(settings: Settings) -> tuple[str, ...]:
    """Celery's clock, which starts the daily round."""
    return (
        *_CELERY, "beat", "--loglevel", _celery_level(settings), "--pidfile", "",
        "--schedule", str(settings.var / "beat"),
    )  # fmt: skip


def _celery_level(settings: Settings) -> str:
    """At INFO Celery writes two lines for each wake-up, of which there are many a second."""
    return "WARNING" if settings.log_level == "INFO" else settings.log_level
