"""普职互转 in numbers: windows, who moved where, what of their credits stands recognised."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from creditbank.domain.access import Actor
from creditbank.domain.errors import ForbiddenError
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Role
from creditbank.domain.recognition_rules import Relation
from creditbank.queries.transfer_numbers import TransferNumbers, transfer_numbers
from creditbank.services.commands import ReverseEntry
from creditbank.services.reversals import reverse_entry
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.transfer_desk import (
    AFTER_NOTICE,
    NOW,
    ROUTE,
    TODAY,
    TransferDesk,
    make_transfer_desk,
)

INTO_VOCATIONAL, INTO_GENERAL = (
    InstitutionKind.VOCATIONAL_SCHOOL, InstitutionKind.GENERAL_HIGH_SCHOOL,
)  # fmt: skip


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine, pupils=4)


def numbers(desk: TransferDesk, now: datetime = AFTER_NOTICE, **which) -> TransferNumbers:
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        return transfer_numbers(uow, Actor(1, Role.AUDITOR), now=now, **which)


def counted(found: TransferNumbers, institution_id: int) -> tuple[int, ...]:
    row = next(item for item in found.schools if item.institution_id == institution_id)
    return row.moved_in, row.moved_out, row.under_way, row.refused, row.withdrawn


def test_what_becomes_of_applications_is_counted_by_school_and_year(desk: TransferDesk) -> None:
    here, to = desk.vocational, desk.general
    pupils = here.pupils
    desk.post(here, pupils[0].learner_id, "GG02", "GG03", "GG04", "ZY01", "ZY02")
    desk.transfer(pupils[0], here, to)
    desk.apply(pupils[1], to)
    refused = desk.apply(pupils[2], to).status_change_id
    desk.say(refused, desk.speaker(ROUTE[0], here, to), agrees=False, opinion="材料不全")
    taken = desk.apply(pupils[3], to)
    desk.take_back(taken.status_change_id, desk.family(pupils[3].learner_id))
    desk.transfer(to.pupils[0], to, here)
    # Between vocational schools is another matter: 互转 leads across.
    desk.apply(desk.another.pupils[0], here, now=AFTER_NOTICE)
    found = numbers(desk)
    assert found.school_year == 2025
    assert found.years == (2025,)
    assert counted(found, here.institution_id) == (1, 1, 1, 1, 1)
    assert counted(found, to.institution_id) == (1, 1, 0, 0, 0)
    assert counted(found, desk.another.institution_id) == (0, 0, 0, 0, 0)
    (back, there) = found.recognised
    assert (back.into, back.transfers, back.presented) == (INTO_VOCATIONAL, 1, 0)
    assert (there.into, there.transfers, there.presented, there.recognised) == (
        INTO_GENERAL, 1, 3700, 3700,
    )  # fmt: skip
    assert sum(there.courses.values()) == 5
    assert there.courses[Relation.ELECTIVE] == 2
    later = numbers(desk, now=AFTER_NOTICE.replace(month=10))
    assert (later.school_year, later.years) == (2026, (2026, 2025))
    assert counted(later, here.institution_id) == (0, 0, 0, 0, 0)
    assert numbers(desk, now=AFTER_NOTICE.replace(month=10), school_year=2025).schools == (
        found.schools
    )


def test_what_was_taken_back_is_recognised_no_longer(desk: TransferDesk) -> None:
    pupil, here, to = desk.vocational.pupils[0], desk.vocational, desk.general
    desk.post(here, pupil.learner_id, "GG02", "GG03")
    desk.transfer(pupil, here, to)
    (seq,) = desk.rows(
        "SELECT min(ledger_seq) FROM ledger_entries WHERE course_code = 'GG03' AND kind = 'course'"
    )[0]
    reverse = ReverseEntry(learner_id=pupil.learner_id, ledger_seq=seq, reason="成绩登记有误")
    desk.use(reverse_entry, here.registrar, reverse, now=AFTER_NOTICE)
    there = numbers(desk).recognised[1]
    assert (there.presented, there.recognised, sum(there.courses.values())) == (1900, 1100, 1)


def test_each_grade_has_its_windows_and_they_open_and_close(desk: TransferDesk) -> None:
    found = numbers(desk, now=NOW).windows
    spans = {(item.into, item.entry_year, item.semester): item for item in found}
    first = spans[INTO_GENERAL, 2025, 1]
    assert first.is_open
    assert first.opens <= TODAY <= first.closes
    pupil = desk.vocational.pupils[0]
    assert desk.apply(pupil, desk.general).state == "waiting"
    after = datetime(first.closes.year, first.closes.month, first.closes.day, 2, tzinfo=UTC)
    for days, is_open in ((0, True), (1, False)):
        later = numbers(desk, now=after + timedelta(days=days)).windows
        again = next(item for item in later if (item.into, item.semester) == (INTO_GENERAL, 1))
        assert again.is_open is is_open
    assert {item.semester for item in found if item.into is INTO_GENERAL} <= {1, 2}
    assert max(item.semester for item in found if item.into is INTO_VOCATIONAL) <= 3
    before = datetime.combine(date(2025, 12, 1), NOW.timetz())
    assert numbers(desk, now=before).windows == ()


@pytest.mark.parametrize("role", [Role.REGISTRAR, Role.STUDENT, Role.SYSADMIN])
def test_only_the_bureau_and_its_auditors_read_them(desk: TransferDesk, role: Role) -> None:
    with UnitOfWork(desk.engine, "") as uow, pytest.raises(ForbiddenError):
        transfer_numbers(uow, Actor(1, role), now=NOW)
