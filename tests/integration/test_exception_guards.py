"""What the database itself asks of exceptions: a second person, an order, and no change."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.plan_exceptions import ExceptionRuling
from tests.databases import Database
from tests.factories.exception_desk import NOW, ExceptionDesk, make_exception_desk
from tests.factories.school import make_school

WAIVE = ExceptionKind.WAIVE


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ExceptionDesk:
    return make_exception_desk(owner_engine, engine)


@pytest.mark.parametrize(
    "values",
    [
        {"ruling": "approved", "ruled_by": "registrar"},
        {"ruling": "withdrawn", "reason": "病", "document_no": "1"},
        {"ruling": "refused"},
        {"ruling": "approved", "enrolment_id": "other"},
    ],
)
def test_the_database_asks_for_the_second_person_and_the_order(
    desk: ExceptionDesk, values, engine: Engine
) -> None:
    made = desk.enter(WAIVE, subject="RX")
    row = {
        "plan_exception_id": made.plan_exception_id,
        "institution_id": desk.school.institution_id,
        "enrolment_id": made.enrolment_id,
        "ruled_by": 91,
        "ruled_at": NOW,
        **values,
    }
    if row["ruled_by"] == "registrar":
        row["ruled_by"] = desk.school.registrar.account_id
    if row["enrolment_id"] == "other":
        row["enrolment_id"] = desk.school.pupils[1].enrolment_id
    with pytest.raises(DBAPIError), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(ExceptionRuling).values(row))


def test_another_school_sees_none_of_it(
    desk: ExceptionDesk, owner_engine: Engine, engine: Engine
) -> None:
    desk.grant(WAIVE, subject="RX")
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for table in ("plan_exceptions", "exception_rulings", "standing_exceptions"):
        with UnitOfWork(engine, str(other.institution_id)) as uow:
            assert uow.connection.execute(text(f"SELECT * FROM {table}")).all() == []


@pytest.mark.parametrize("table", ["plan_exceptions", "exception_rulings"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET document_no = '改'", "DELETE FROM {}"])
def test_nobody_changes_or_removes_what_was_decided(
    desk: ExceptionDesk, owner_engine: Engine, engine: Engine, table: str, statement: str
) -> None:
    desk.grant(WAIVE, subject="RX")
    before = desk.rows(f"SELECT * FROM {table}")
    for made, why in ((engine, "permission denied"), (owner_engine, "inserts only")):
        with pytest.raises(DBAPIError, match=why), UnitOfWork(made, EVERYWHERE) as uow:
            uow.connection.execute(text(statement.format(table)))
    assert desk.rows(f"SELECT * FROM {table}") == before
