"""What the database itself asks of status changes, whatever the services say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.enrolments import OPEN_STATUSES
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import TRANSITIONS, ChangeKind, ChangeReason
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.status_changes import (
    StatusChangeExecution,
    StatusChangeOpinion,
    StatusChangeWithdrawal,
)
from tests.databases import Database
from tests.factories.change_desk import (
    NOW,
    SIGNED,
    TODAY,
    ChangeDesk,
    make_change_desk,
    of_kind,
    suspension,
)
from tests.factories.school import CLASS_NAME, make_school

TABLES = {
    "status_changes": "note",
    "status_change_proofs": "document_no",
    "status_change_opinions": "opinion",
    "status_change_withdrawals": "withdrawn_by",
    "status_change_executions": "status_after",
}


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    return make_change_desk(owner_engine, engine)


MORE = "UPDATE enrolments SET status = '02', suspended_semesters = 2 WHERE enrolment_id = :id"
TOMORROW = NOW.replace(day=NOW.day + 1)


def execution(desk: ChangeDesk, number: int, **values: Any) -> Mapping[str, Any]:
    row = {
        "status_change_id": number,
        "institution_id": desk.school.institution_id,
        "enrolment_id": desk.enrolment_id,
        "status_before": "01",
        "status_after": "02",
        "plan_before": desk.school.plan_id,
        "plan_after": desk.school.plan_id,
        "class_before": CLASS_NAME,
        "class_after": CLASS_NAME,
        "suspended_semesters": 1,
        "executed_at": NOW,
    }
    return row | values


@pytest.mark.parametrize(
    "change",
    [
        "status = '02'",
        "status = '03', is_open = false",
        "suspended_semesters = 3",
        "plan_id = (SELECT plan_id FROM program_plans WHERE code = 'JD')",
        "major_code = '660301'",
        "catalogue_year = 2010",
        "class_name = '25数控2班'",
    ],
)
def test_nothing_edits_a_state_directly(desk: ChangeDesk, engine: Engine, change: str) -> None:
    desk.carry_out(suspension())  # an execution of another transaction helps nobody
    before = desk.rows("SELECT * FROM enrolments ORDER BY enrolment_id")
    who = desk.school.pupils[1 if "class" not in change else 0].enrolment_id
    with (
        pytest.raises(DBAPIError, match="executed status change"),
        UnitOfWork(engine, EVERYWHERE) as uow,
    ):
        uow.connection.execute(
            text(f"UPDATE enrolments SET {change} WHERE enrolment_id = :id"), {"id": who}
        )
    assert desk.rows("SELECT * FROM enrolments ORDER BY enrolment_id") == before


@pytest.mark.parametrize("column", ["student_no", "entered_on", "entry_year", "learner_id"])
def test_the_rest_of_an_enrolment_is_not_for_the_application(engine, column: str) -> None:
    with engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(f"UPDATE enrolments SET {column} = {column}"))


def test_a_class_is_not_left_without_an_execution(desk: ChangeDesk, engine: Engine) -> None:
    with pytest.raises(DBAPIError, match="left only by"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(text("UPDATE agreement_members SET left_on = '2025-10-20'"))


def test_the_enrolment_becomes_what_the_execution_says_and_nothing_else(
    desk: ChangeDesk, engine: Engine
) -> None:
    row = execution(desk, agreed(desk), executed_at=TOMORROW)
    with UnitOfWork(engine, EVERYWHERE) as uow, uow.undone():
        uow.connection.execute(insert(StatusChangeExecution).values(row))
        with pytest.raises(DBAPIError, match="executed status change"):
            uow.connection.execute(text(MORE), {"id": desk.enrolment_id})
    assert desk.rows("SELECT * FROM status_change_executions") == []


def agreed(desk: ChangeDesk, *, days: int = 1) -> int:
    """A suspension from tomorrow that all have agreed to."""
    made = desk.apply(suspension(takes_effect_on=TODAY.replace(day=TODAY.day + days)))
    desk.agree(made.status_change_id)
    return made.status_change_id


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "before its day"),
        ({"executed_at": TOMORROW, "status_before": "05"}, "no longer as it was"),
        ({"executed_at": TOMORROW, "class_before": "x"}, "no longer as it was"),
        ({"executed_at": TOMORROW, "status_after": "03"}, "another status"),
        ({"executed_at": TOMORROW, "plan_after": 2}, "another plan"),
        ({"executed_at": TOMORROW, "enrolment_id": 2}, "about its enrolment"),
    ],
)
def test_an_execution_is_of_its_kind_its_day_and_its_enrolment(
    desk: ChangeDesk, engine: Engine, values, why: str
) -> None:
    row = execution(desk, agreed(desk), **values)
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(StatusChangeExecution).values(row))


def test_nothing_is_carried_out_that_an_office_has_not_agreed_to(
    desk: ChangeDesk, engine: Engine
) -> None:
    number = desk.apply(suspension()).status_change_id
    desk.agree(number, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER)
    with pytest.raises(DBAPIError, match="agreed to"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(StatusChangeExecution).values(execution(desk, number)))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"office": "registrar"}, "in their order"),
        ({"office": "receiving"}, "in their order"),
        ({"institution_id": 99}, "at its school"),
        ({"agrees": False}, "ck_status_change_opinions_opinion"),
    ],
)
def test_offices_are_asked_in_their_order(
    desk: ChangeDesk, engine: Engine, values, why: str
) -> None:
    row = {
        "status_change_id": desk.apply(suspension()).status_change_id,
        "office": "advisor",
        "institution_id": desk.school.institution_id,
        "agrees": True,
        "given_by": 7,
        "given_at": NOW,
    } | values
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(StatusChangeOpinion).values(row))


def test_one_account_does_not_speak_for_two_offices(desk: ChangeDesk, engine: Engine) -> None:
    number = desk.apply(suspension()).status_change_id
    desk.say(number, Role.ADVISOR, account_id=7)
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, Role.REGISTRAR, account_id=7)
    assert refused.value.problems[0].code == "spoken_already"
    row = {
        "status_change_id": number,
        "office": "registrar",
        "institution_id": desk.school.institution_id,
        "agrees": True,
        "given_by": 7,
        "given_at": NOW,
    }
    with pytest.raises(DBAPIError, match="given_by"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(StatusChangeOpinion).values(row))


def test_what_is_decided_is_not_taken_back(desk: ChangeDesk, engine: Engine) -> None:
    number = desk.carry_out(suspension())
    row = {
        "status_change_id": number,
        "institution_id": desk.school.institution_id,
        "withdrawn_by": 1,
        "withdrawn_at": NOW,
    }
    with pytest.raises(DBAPIError, match="taken back"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(StatusChangeWithdrawal).values(row))


@pytest.fixture
def filled(desk: ChangeDesk) -> ChangeDesk:
    """A row in every table."""
    taken = desk.apply(suspension())
    desk.take_back(taken.status_change_id)
    desk.carry_out(suspension())
    return desk


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_nobody_changes_or_removes_what_was_said(
    filled: ChangeDesk, owner_engine: Engine, engine: Engine, table: str, statement: str
) -> None:
    column = TABLES[table]
    said = statement.format(table, column, column)
    assert filled.rows(f"SELECT * FROM {table}")
    for made, why in ((engine, "permission denied"), (owner_engine, "inserts only")):
        with pytest.raises(DBAPIError, match=why), UnitOfWork(made, EVERYWHERE) as uow:
            uow.connection.execute(text(said))


def test_another_school_sees_none_of_it(
    filled: ChangeDesk, owner_engine: Engine, engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for table in (*TABLES, "status_change_states", "suspensions"):
        with UnitOfWork(engine, str(other.institution_id)) as uow:
            assert uow.connection.execute(text(f"SELECT * FROM {table}")).all() == []


def test_the_database_knows_the_same_ways_as_the_rules(desk: ChangeDesk) -> None:
    """The kinds that the table takes, and the status that each of them leads to."""
    source = desk.rows("SELECT prosrc FROM pg_proc WHERE proname = 'check_execution'")[0].prosrc
    for kind in TRANSITIONS:
        assert f"WHEN '{kind}' THEN '{TRANSITIONS[kind].after}'" in source
    assert source.count("WHEN '") == len(TRANSITIONS)


def test_there_are_never_two_open_full_time_enrolments(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    """A learner whose enrolment ended may have another; then nothing opens the first again."""
    leaving = of_kind(ChangeKind.WITHDRAWAL, reason=ChangeReason.OWN_WISH, proofs=(SIGNED,))
    desk.carry_out(leaving)
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO enrolments (institution_id, learner_id, student_no, plan_id,"
                " major_code, catalogue_year, class_name, entry_year, entered_on, study_mode,"
                " status, is_open, suspended_semesters) SELECT institution_id, learner_id, 'neu',"
                " plan_id, major_code, catalogue_year, class_name, 2025, '2025-10-20', study_mode,"
                " '01', true, 0 FROM enrolments WHERE enrolment_id = :id"
            ),
            {"id": desk.enrolment_id},
        )
    reopening = [
        kind
        for kind, way in TRANSITIONS.items()
        if way.after in OPEN_STATUSES and way.before - OPEN_STATUSES
    ]
    assert reopening == []
    desk.carry_out(suspension())
    open_rows = desk.rows(
        "SELECT student_no, status FROM enrolments WHERE learner_id = :id AND is_open",
        id=desk.learner_id,
    )
    assert [tuple(row) for row in open_rows] == [("neu", "02")]
