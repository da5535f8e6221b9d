"""公示: who is shown, to whom, and until when."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from creditbank.domain.access import ANONYMOUS
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.queries.notices import Notice, list_notices
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.transfer_desk import ROUTE, TransferDesk, make_transfer_desk

FIRST_DAY = datetime(2026, 1, 21, 2, tzinfo=UTC)
LAST_DAY = datetime(2026, 1, 27, 2, tzinfo=UTC)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> TransferDesk:
    return make_transfer_desk(owner_engine, engine)


def shown(desk: TransferDesk, now: datetime, **which):
    with UnitOfWork(desk.engine, "") as uow:
        return list_notices(uow, ANONYMOUS, now=now, **which)


def announced(desk: TransferDesk, at: int = 0) -> int:
    """A transfer that the receiving school has agreed to on 20 January."""
    here, to = desk.vocational, desk.general
    number = desk.apply(here.pupils[at], to).status_change_id
    desk.agree(number, here, to, ROUTE[:4])
    return number


def names(desk: TransferDesk, now: datetime) -> list[str]:
    return [item.name for item in shown(desk, now).items]


def test_a_notice_shows_what_may_be_shown_from_its_first_day_to_its_last(
    desk: TransferDesk,
) -> None:
    announced(desk)
    pupil = desk.vocational.pupils[0]
    (notice,) = shown(desk, FIRST_DAY).items
    school, other, plan = desk.rows(
        "SELECT i.name, t.name, p.name FROM status_changes c JOIN program_plans p USING (plan_id)"
        " JOIN institutions i ON i.institution_id = c.institution_id"
        " JOIN institutions t ON t.institution_id = c.to_institution_id"
    )[0]
    assert (notice.name, notice.grade_year) == (pupil.name, 2025)
    assert (notice.institution_name, notice.to_institution_name) == (school, other)
    assert notice.to_plan_name == plan
    assert (notice.starts_on, notice.ends_on) == (date(2026, 1, 21), date(2026, 1, 27))
    assert set(asdict(notice)) == {
        "name", "institution_name", "institution_name_en", "to_institution_name",
        "to_institution_name_en", "grade_year", "to_plan_name", "starts_on", "ends_on",
    }  # fmt: skip
    assert pupil.student_no not in str(notice)
    assert names(desk, FIRST_DAY.replace(day=20)) == []
    assert names(desk, LAST_DAY) == [pupil.name]
    assert names(desk, LAST_DAY.replace(hour=16)) == []  # midnight in the county


def test_it_is_taken_down_with_the_application(desk: TransferDesk) -> None:
    number = announced(desk)
    other = announced(desk, at=1)
    assert len(names(desk, LAST_DAY)) == 2
    desk.take_back(number, desk.family(desk.vocational.pupils[0].learner_id), now=FIRST_DAY)
    assert names(desk, LAST_DAY) == [desk.vocational.pupils[1].name]
    desk.take_back(other, desk.family(desk.vocational.pupils[1].learner_id), now=FIRST_DAY)
    assert names(desk, LAST_DAY) == []


def test_everybody_reads_the_same_page_by_page(desk: TransferDesk) -> None:
    for at in range(3):
        announced(desk, at)
    found: list[Notice] = []
    cursor = ""
    for _ in range(3):
        page = shown(desk, FIRST_DAY, limit=1, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
    assert cursor == ""
    assert [item.name for item in found] == [pupil.name for pupil in desk.vocational.pupils]
    staff = desk.staff(desk.another, Role.TEACHER)
    assert list(desk.read(list_notices, staff, now=FIRST_DAY).items) == found
    with pytest.raises(InvalidInputError):
        shown(desk, FIRST_DAY, cursor="x")
