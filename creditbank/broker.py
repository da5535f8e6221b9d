"""Redis (or Valkey) as the bell between relay and workers. Verdicts never depend on it.

The web process only asks whether it answers; it sends nothing.
"""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

TIMEOUT_SECONDS = 2.0
WAKE_KEY = "creditbank:wake"
QUEUE = "drain"


class BrokerSettingsError(RuntimeError):
    """The server is set up in a way that may lose keys; the message says what to set."""


def make_client(url: str, *, timeout: float = TIMEOUT_SECONDS) -> Redis:
    """A client whose every wait ends after `timeout` seconds and that does not retry by itself."""
    return Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )


def answers(client: Redis) -> bool:
    """Whether the server answers now."""
    try:
        return bool(client.ping())
    except RedisError:
        return False


def check_settings(client: Redis) -> None:
    """Refuse a server that evicts keys when memory is short: queued wake-ups would vanish."""
    policy = client.config_get("maxmemory-policy").get("maxmemory-policy")
    if policy not in {"noeviction", None}:
        message = f"maxmemory-policy is {policy}: set it to noeviction"
        raise BrokerSettingsError(message)


def take_bell(client: Redis, *, hold_ms: int) -> bool:
    """True for the one caller who may ring now; the bell is free again when answered or expired."""
    return bool(client.set(WAKE_KEY, "1", nx=True, px=hold_ms))


def answer_bell(client: Redis) -> None:
    """A worker has come: the next mark may ring again."""
    client.delete(WAKE_KEY)


def waiting(client: Redis) -> int:
    """How many wake-ups lie in the queue."""
    return int(client.llen(QUEUE))
