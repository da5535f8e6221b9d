"""This process's way to the database: one engine, opened once, and units of work that reach all."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Engine

from creditbank.db import APPLICATION, make_engine
from creditbank.settings import Settings
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork


@cache
def engine() -> Engine:
    """The engine of this worker process."""
    return make_engine(Settings.from_environment().database_url, pool_size=2, role=APPLICATION)


def open_unit() -> UnitOfWork:
    """A unit of work that reaches every institution and account: evaluation needs all evidence."""
    return UnitOfWork(engine(), EVERYWHERE, EVERYBODY)
