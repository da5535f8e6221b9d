"""Who goes to a school, back, and there again: no credit is recognised there a second time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.errors import InvalidInputError
from creditbank.domain.status_changes import Office
from creditbank.domain.verdicts import Use
from creditbank.services.commands import ReverseEntry
from creditbank.services.reversals import reverse_entry
from tests.databases import Database
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    ROUTE,
    SECOND,
    TODAY,
    TransferDesk,
    make_transfer_desk,
)

BACK = datetime(2026, 8, 5, 2, tzinfo=UTC)
AGAIN = datetime(2026, 8, 20, 2, tzinfo=UTC)
LATER = datetime(2026, 9, 20, 2, tzinfo=UTC)


def came(desk: TransferDesk) -> list[tuple[str, int]]:
    found = desk.rows(
        "SELECT detail->>'title', units FROM ledger_entries WHERE kind = 'recognition'"
        " AND units > 0 ORDER BY ledger_seq"
    )
    return [tuple(row) for row in found]


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


def counted(desk: TransferDesk, learner_id: int, at: datetime) -> int:
    """What the verdict at the present school counts."""
    *_, there = desk.verdicts(learner_id, at).values()
    return sum(place.units for place in there.placements if place.use is Use.COUNTED)


def test_a_credit_is_recognised_once_at_a_school_however_often_the_learner_comes(
    desk: TransferDesk,
) -> None:
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
    assert counted(desk, pupil.learner_id, AGAIN + timedelta(days=14)) == 1500


def test_the_limit_of_a_line_holds_over_several_stays(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "ZY02", "ZY03")
    desk.transfer(pupil, here, to)
    desk.transfer(pupil, to, here, now=BACK)
    desk.post(here, pupil.learner_id, "ZY01", term=SECOND, now=BACK + timedelta(days=14))
    desk.transfer(pupil, here, to, now=AGAIN)
    assert sum(units for _, units in came(desk)) == 1400


def test_a_third_school_recognises_what_was_earned_at_both(desk: TransferDesk) -> None:
    pupil, general, vocational = desk.general.pupils[0], desk.general, desk.vocational
    desk.post(general, pupil.learner_id, "GG02", "GG04")
    desk.transfer(pupil, general, vocational)
    desk.post(vocational, pupil.learner_id, "ZY01", term=SECOND, now=BACK)
    number = desk.apply(pupil, desk.another, now=LATER).status_change_id
    within = (*ROUTE[:4], Office.COUNTY)
    desk.agree(number, vocational, desk.another, within, now=LATER)
    after = came(desk)[2:]
    assert sorted(after) == [("机械制图", 400), ("英语", 800), ("语文", 1100)]
    assert desk.rows("SELECT sum(units) FROM ledger_entries WHERE kind = 'recognition'")[0][0] == 0
    (arrival,) = desk.rows(
        "SELECT presented, recognised FROM transfer_arrivals WHERE status_change_id = :id",
        id=number,
    )
    assert tuple(arrival) == (2300, 2300)


def test_times_of_study_go_on_from_the_first_school(desk: TransferDesk) -> None:
    pupil = desk.vocational.pupils[0]
    desk.transfer(pupil, desk.vocational, desk.general)
    *_, there = desk.verdicts(pupil.learner_id).values()
    (least,) = [item for item in there.conditions if item.code == "min_duration"]
    assert least.actual == "2027-09-01"  # two years after the learner entered the first school


def test_a_mark_of_the_last_term_may_come_late_and_none_of_a_later_one(desk: TransferDesk) -> None:
    pupil, here = desk.vocational.pupils[0], desk.vocational
    desk.transfer(pupil, here, desk.general)
    desk.post(here, pupil.learner_id, "GG03", now=BACK)
    with pytest.raises(InvalidInputError) as refused:
        desk.post(here, pupil.learner_id, "GG02", term=SECOND, now=BACK)
    assert refused.value.problems[0].code == "enrolment_closed"


def test_a_transfer_takes_effect_soon_and_not_before_it_is_applied_for(desk: TransferDesk) -> None:
    pupil = desk.vocational.pupils[0]
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=91)):
        with pytest.raises(InvalidInputError) as refused:
            desk.apply(pupil, desk.general, takes_effect_on=day)
        assert [item.code for item in refused.value.problems] == ["day_out_of_range"]
    made = desk.apply(pupil, desk.general, takes_effect_on=TODAY + timedelta(days=90))
    assert made.state == "waiting"


def test_a_mark_that_falls_takes_its_own_share_of_an_elective_block_alone(
    desk: TransferDesk,
) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "ZY01", "ZY02")
    desk.transfer(pupil, here, to)
    (seq,) = desk.rows("SELECT ledger_seq FROM ledger_entries WHERE course_code = 'ZY01'")[0]
    reverse = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=seq, reason="成绩登记有误")
    desk.use(reverse_entry, here.registrar, reverse, now=AFTER_NOTICE)
    assert counted(desk, pupil.learner_id, AFTER_NOTICE) == 600
