"""Engines and migrations: how creditbank reaches PostgreSQL. No queries here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

if TYPE_CHECKING:
    import psycopg
    from alembic.config import Config

STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 2_000
LOCK_NOT_AVAILABLE = "55P03"
_AWAY_CLASSES = ("08", "53", "57")
"""SQLSTATE classes: connection, resources, operator intervention."""
PREPARED_MAX = 400
APPLICATION = "creditbank_app"
"""The role that both walls stand for: it inserts, and sees nothing without a reach."""
MIGRATIONS = Path(__file__).parent.parent / "migrations"


def make_engine(url: str, *, pool_size: int = 8, role: str = "") -> Engine:
    """An engine whose every wait has an end: connecting, statements, locks, idle transactions.

    role: what the login becomes at once. What serves people is APPLICATION whatever its URL says:
    an owner's login would pass every grant and see behind the wall.
    """
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
        + (f" -c role={role}" if role else "")
    )
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=5,
        pool_use_lifo=True,  # the connection used last has its plans at hand
        json_serializer=_dumps,
        json_deserializer=orjson.loads,
        connect_args={"options": options, "connect_timeout": 5},
    )
    event.listen(engine, "connect", _keep_prepared)
    return engine


def _keep_prepared(connection: psycopg.Connection, _record: object) -> None:
    """Three pages of one office have more statements than the hundred that are kept otherwise.

    What is put away for another one is parsed, rewritten for the wall and planned anew.
    """
    connection.prepared_max = PREPARED_MAX


def sqlstate_of(error: SQLAlchemyError) -> str:
    """The database's own code of what happened, "" where it said none."""
    return getattr(error.orig, "sqlstate", None) or "" if isinstance(error, DBAPIError) else ""


def is_away(error: SQLAlchemyError) -> bool:
    """Whether the database could not be asked, in contrast to a fault of ours."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, PoolTimeoutError)
    state = sqlstate_of(error)
    return error.connection_invalidated or not state or state.startswith(_AWAY_CLASSES)


def _dumps(value: object) -> str:
    return orjson.dumps(value).decode()


def migrate(owner_url: str, revision: str = "head") -> None:
    """Bring the database of this owner login to a revision; "head" is the newest."""
    from alembic import command  # noqa: PLC0415 (half a second that only migrations should pay)

    command.upgrade(alembic_config(owner_url), revision)


def alembic_config(owner_url: str) -> Config:
    """Alembic's configuration in code: one place less to keep in step."""
    from alembic.config import Config  # noqa: PLC0415 (as above)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", owner_url.replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
