"""A unit of work on a connection that the server has ended, and settings that end with it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from creditbank.db import make_engine
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database

_PID = text("SELECT pg_backend_pid()")
_END = text("SELECT pg_terminate_backend(:pid)")
_MODE = text("SELECT current_setting('plan_cache_mode') || current_setting('enable_seqscan')")


@pytest.fixture
def pooled(clean_database: Database, engine: Engine):
    """An engine whose one connection lies in the pool."""
    own = make_engine(engine.url.render_as_string(hide_password=False), pool_size=1)
    yield own
    own.dispose()


def _end_the_pooled(pooled: Engine, engine: Engine) -> int:
    with UnitOfWork(pooled, EVERYWHERE) as uow:
        pid = uow.connection.execute(_PID).scalar_one()
    with UnitOfWork(engine, EVERYWHERE) as uow:
        assert uow.connection.execute(_END, {"pid": pid}).scalar_one()
    return int(pid)


def test_one_that_the_server_ended_meanwhile_is_replaced(pooled, engine):
    ended = _end_the_pooled(pooled, engine)
    with UnitOfWork(pooled, EVERYWHERE) as uow:
        assert uow.connection.execute(_PID).scalar_one() != ended
        reach = uow.connection.execute(text("SELECT current_setting('creditbank.reach')"))
        assert reach.scalar_one() == EVERYWHERE


def _broken_within(pooled: Engine, engine: Engine) -> None:
    with UnitOfWork(pooled, EVERYWHERE) as uow:
        pid = uow.connection.execute(_PID).scalar_one()
        with UnitOfWork(engine, EVERYWHERE) as other:
            other.connection.execute(_END, {"pid": pid})
        uow.connection.execute(_PID)


def test_what_breaks_within_the_unit_is_not_done_twice(pooled, engine):
    with pytest.raises(OperationalError):
        _broken_within(pooled, engine)


def test_plans_are_made_once_in_this_transaction_alone(pooled):
    with UnitOfWork(pooled, EVERYWHERE) as uow:
        before = uow.connection.execute(_MODE).scalar_one()
        uow.plan_once()
        assert uow.connection.execute(_MODE).scalar_one() == "force_generic_planoff"
    with UnitOfWork(pooled, EVERYWHERE) as uow:
        assert uow.connection.execute(_MODE).scalar_one() == before
