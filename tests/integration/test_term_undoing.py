"""A class that was registered by mistake is taken back whole, and refused by row where it stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.term_registrations import RegistrationState
from creditbank.services.term_registrations import RegisterTerm, TermLine, register_term
from creditbank.services.term_undoing import UndoTerm, undo_term
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.term_registrations import TermRegistrationWithdrawal
from tests.databases import Database
from tests.factories.change_desk import NOW, TODAY, ChangeDesk, make_change_desk
from tests.factories.school import make_school
from tests.factories.tampering import tamper_by

REGISTERED, _, ABSENT = RegistrationState


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """Three pupils, registered together."""
    made = make_change_desk(owner_engine, engine)
    record(made, 0, 1, 2)
    return made


def record(
    desk: ChangeDesk, *places: int, state: RegistrationState = REGISTERED, after: int = 0
) -> None:
    reason = "请假" if state is ABSENT else ""
    lines = tuple(
        TermLine(enrolment_id=desk.school.pupils[at].enrolment_id, state=state, reason=reason)
        for at in places
    )
    command = RegisterTerm(term=Term(2025, 1), day=TODAY, lines=lines)
    key, moment = f"{state}{places}{after}", NOW + timedelta(minutes=after)
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        register_term(uow, desk.registrar, command, idempotency_key=key, now=moment)


def undo(
    desk: ChangeDesk, number: int, *, reason: str = "登记有误", actor: Actor | None = None,
    key: str = "undo",
) -> int:  # fmt: skip
    command = UndoTerm(term_registration_id=number, reason=reason)
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        who = actor or desk.registrar
        return undo_term(uow, who, command, idempotency_key=key, now=NOW).count


def standing(desk: ChangeDesk) -> list[str]:
    """States that speak, by enrolment."""
    query = "SELECT state FROM standing_term_registrations ORDER BY enrolment_id"
    return [row.state for row in desk.rows(query)]


def newest(desk: ChangeDesk) -> int:
    (row,) = desk.rows("SELECT max(term_registration_id) AS number FROM term_registrations")
    return int(row.number)


def test_a_batch_goes_as_a_whole_whichever_row_is_named(desk: ChangeDesk) -> None:
    assert standing(desk) == ["1", "1", "1"]
    assert undo(desk, newest(desk) - 1) == 3
    assert standing(desk) == []
    assert undo(desk, newest(desk), key="again") == 0
    record(desk, 0, after=1)
    assert standing(desk) == ["1"]


def test_the_record_before_speaks_again(desk: ChangeDesk) -> None:
    record(desk, 1, 2, state=ABSENT, after=1)
    assert standing(desk) == ["1", "9", "9"]
    assert undo(desk, newest(desk)) == 2
    assert standing(desk) == ["1", "1", "1"]


def test_where_something_was_recorded_since_nothing_goes_and_the_rows_are_named(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    record(desk, 1, state=ABSENT, after=1)
    with pytest.raises(InvalidInputError) as error:
        undo(desk, 1)
    assert [(item.code, item.row) for item in error.value.problems] == [("recorded_since", 2)]
    assert standing(desk) == ["1", "9", "1"]
    # The database holds to it by itself.
    row = {
        "term_registration_id": 2, "institution_id": desk.school.institution_id, "reason": "x",
        "withdrawn_by": 1, "withdrawn_at": NOW,
    }  # fmt: skip
    with (
        UnitOfWork(owner_engine, EVERYWHERE) as uow,
        pytest.raises(DBAPIError, match="is withdrawn first"),
        uow.undone(),
    ):
        uow.connection.execute(insert(TermRegistrationWithdrawal).values(row))
    undo(desk, newest(desk), key="second")
    assert undo(desk, 1, key="third") == 3


def test_who_has_left_keeps_the_record(desk: ChangeDesk, clean_database: Database) -> None:
    tamper_by(
        clean_database,
        "UPDATE enrolments SET is_open = false, status = '07'"
        f" WHERE enrolment_id = {desk.school.pupils[0].enrolment_id}",
    )
    with pytest.raises(InvalidInputError) as error:
        undo(desk, 1)
    assert [(item.code, item.row) for item in error.value.problems] == [("closed", 1)]


def test_without_a_reason_or_a_right_nothing_goes(desk: ChangeDesk, owner_engine: Engine) -> None:
    with pytest.raises(InvalidInputError):
        undo(desk, 1, reason=" ")
    with owner_engine.begin() as connection:
        other = make_school(connection, number=9, pupils=1)
    with pytest.raises(NotFoundError):
        undo(desk, 1, actor=other.registrar)
    with pytest.raises(ForbiddenError):
        undo(desk, 1, actor=Actor(1, Role.TEACHER, desk.school.institution_id))
    assert undo(desk, 1, key="k") == undo(desk, 1, key="k") == 3
    assert standing(desk) == []
    for change in ("UPDATE {} SET reason = 'y'", "DELETE FROM {}"):
        with (
            UnitOfWork(desk.engine, EVERYWHERE) as uow,
            pytest.raises(DBAPIError, match="permission denied"),
            uow.undone(),
        ):
            uow.connection.execute(text(change.format("term_registration_withdrawals")))
