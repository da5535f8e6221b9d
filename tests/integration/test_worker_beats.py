"""A worker says that it lives, but not after every round."""

from __future__ import annotations

import time
from datetime import datetime

from sqlalchemy import Engine

from creditbank.store.evaluations import last_beat
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from workers import drain


def _beat(engine: Engine) -> datetime | None:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return last_beat(uow.connection, "worker")


def test_rounds_within_a_second_are_one_beat(clean_database, engine, monkeypatch):
    monkeypatch.setattr(drain, "open_unit", lambda: UnitOfWork(engine, EVERYWHERE))
    monkeypatch.setattr(drain, "_beat_at", time.monotonic() - 2 * drain.BEAT_SECONDS)
    drain._live()
    first = _beat(engine)
    monkeypatch.setattr(drain, "_beat_at", time.monotonic())
    drain._live()
    assert first is not None
    assert _beat(engine) == first


def test_after_a_second_a_worker_beats_again(clean_database, engine, monkeypatch):
    monkeypatch.setattr(drain, "open_unit", lambda: UnitOfWork(engine, EVERYWHERE))
    monkeypatch.setattr(drain, "_beat_at", time.monotonic() - 2 * drain.BEAT_SECONDS)
    drain._live()
    first = _beat(engine)
    monkeypatch.setattr(drain, "_beat_at", time.monotonic() - 2 * drain.BEAT_SECONDS)
    drain._live()
    second = _beat(engine)
    assert first is not None
    assert second is not None
    assert second > first
