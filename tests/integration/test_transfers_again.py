"""Who goes to a school, back, and there again: no credit is recognised there a second time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from creditbank.domain.verdicts import Use
from tests.databases import Database
from tests.factories.transfer_desk import TransferDesk, make_transfer_desk

BACK = datetime(2026, 8, 5, 2, tzinfo=UTC)
AGAIN = datetime(2026, 8, 20, 2, tzinfo=UTC)


def came(desk: TransferDesk) -> list[tuple[str, int]]:
    found = desk.rows(
        "SELECT detail->>'title', units FROM ledger_entries WHERE kind = 'recognition'"
        " AND units > 0 ORDER BY ledger_seq"
    )
    return [tuple(row) for row in found]


def test_a_credit_is_recognised_once_at_a_school_however_often_the_learner_comes(
    clean_database: Database, owner_engine: Engine, engine: Engine
) -> None:
    desk = make_transfer_desk(owner_engine, engine)
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "ZY01")
    desk.transfer(pupil, here, to)
    first = came(desk)
    assert sorted(first) == [("任选课", 400), ("语文", 1100)]
    desk.transfer(pupil, to, here, now=BACK)
    desk.transfer(pupil, here, to, now=AGAIN)
    statuses = desk.rows(
        "SELECT status FROM enrolments WHERE learner_id = :id ORDER BY enrolment_id",
        id=pupil.learner_id,
    )
    assert [row.status for row in statuses] == ["10", "10", "10", "01"]
    assert came(desk) == first
    *_, there = desk.verdicts(pupil.learner_id, AGAIN + timedelta(days=14)).values()
    counted = [place for place in there.placements if place.use is Use.COUNTED]
    assert sum(place.units for place in counted) == 1500
