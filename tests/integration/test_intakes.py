"""Classes whose new learners have no national number, and until when they should have one."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.errors import ForbiddenError
from creditbank.domain.permissions import Role
from creditbank.queries.deadlines import IntakeLine, list_intakes
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import NEXT_CLASS, ChangeDesk, make_change_desk
from tests.factories.school import make_school

ENTERED = date(2025, 9, 1)
RECORD, CUTOFF = "record_due", "intake_cutoff"


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """Of three pupils in three classes the second alone has no number; all of another school."""
    made = make_change_desk(owner_engine, engine)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        make_school(uow.connection, number=2, pupils=2)
        uow.connection.execute(
            text(
                "UPDATE learners SET national_student_no = 'J370124' || to_char(born_on,"
                " 'YYYYMMDD') || lpad(learner_id::text, 4, '0') WHERE learner_id = ANY (:ids)"
            ),
            {"ids": [made.school.pupils[at].learner_id for at in (0, 2)]},
        )
    return made


def listed(desk: ChangeDesk, day: date, role: Role = Role.REGISTRAR) -> list[IntakeLine]:
    reach = EVERYWHERE if role is Role.COUNTY else str(desk.school.institution_id)
    now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with UnitOfWork(desk.engine, reach) as uow:
        return [*list_intakes(uow, desk.actor(role), now=now)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 8, 29), []),
        (date(2025, 8, 30), [(RECORD, False)]),
        (date(2025, 10, 20), [(RECORD, True)]),
        (date(2025, 11, 20), [(RECORD, True), (CUTOFF, False)]),
        (date(2025, 11, 21), [(RECORD, True), (CUTOFF, True)]),
    ],
)
def test_the_school_sees_its_classes(
    desk: ChangeDesk, day: date, expected: list[tuple[str, bool]]
) -> None:
    found = listed(desk, day)
    assert [(item.kind, item.is_over) for item in found] == expected
    for item in found:
        assert (item.class_name, item.count, item.entered_on) == (NEXT_CLASS, 1, ENTERED)


def test_the_bureau_sees_those_of_all_schools(desk: ChangeDesk) -> None:
    found = listed(desk, date(2025, 11, 21), Role.COUNTY)
    assert sorted((item.kind, item.count) for item in found) == [
        (CUTOFF, 1), (CUTOFF, 2), (RECORD, 1), (RECORD, 2),
    ]  # fmt: skip


def test_who_has_no_deadlines_sees_none(desk: ChangeDesk) -> None:
    with pytest.raises(ForbiddenError):
        listed(desk, date(2025, 11, 21), Role.TEACHER)
