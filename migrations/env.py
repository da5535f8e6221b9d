"""Runs migrations in one transaction under the owner's login, one migrator at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

import creditbank.tables  # noqa: F401 (registers every table)

ADVISORY_LOCK = 370_124


def run() -> None:
    """Apply what is missing."""
    url = context.config.get_main_option("sqlalchemy.url")
    if url is None:
        message = "no database URL configured"
        raise RuntimeError(message)
    engine = create_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=SQLModel.metadata, compare_server_default=False
        )
        with context.begin_transaction():
            connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
            context.run_migrations()
    engine.dispose()


run()
