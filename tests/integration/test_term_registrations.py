"""A class is registered for a term: what is recorded, who is refused and why, and the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.access import Actor
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    ForbiddenError,
    IdempotencyKeyReusedError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind, ChangeReason
from creditbank.domain.term_registrations import RegistrationState
from creditbank.queries.term_registrations import (
    Chosen,
    TermNumbers,
    own_terms,
    present_term,
    term_learners,
    term_numbers,
)
from creditbank.services.term_registrations import (
    RegisteredTerm,
    RegisterTerm,
    TermLine,
    register_term,
)
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.term_registrations import TermRegistration
from tests.databases import Database
from tests.factories.change_desk import (
    NOW,
    TODAY,
    WELL,
    ChangeDesk,
    make_change_desk,
    of_kind,
    suspension,
)
from tests.factories.school import make_school

TERM = Term(2025, 1)
REGISTERED, REPORTED, ABSENT = RegistrationState


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """Three pupils in three classes, in the first term of 2025."""
    return make_change_desk(owner_engine, engine)


def line(desk: ChangeDesk, at: int, state: RegistrationState = REGISTERED, **more: Any) -> TermLine:
    return TermLine(enrolment_id=desk.school.pupils[at].enrolment_id, state=state, **more)


def register(
    desk: ChangeDesk,
    *lines: TermLine,
    key: str = "term",
    actor: Actor | None = None,
    day: date = TODAY,
    term: Term = TERM,
    now: datetime = NOW,
) -> RegisteredTerm:
    command = RegisterTerm(term=term, day=day, lines=lines)
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        return register_term(uow, actor or desk.registrar, command, idempotency_key=key, now=now)


def everybody(desk: ChangeDesk) -> list[TermLine]:
    return [line(desk, at) for at in range(3)]


def codes(found: RegisteredTerm) -> list[str]:
    return [item.state or item.problems[0].code for item in found.lines]


def numbers(
    desk: ChangeDesk, role: Role = Role.REGISTRAR, term: Term = TERM, now: datetime = NOW
) -> list[TermNumbers]:
    reach = EVERYWHERE if role is Role.COUNTY else str(desk.school.institution_id)
    with UnitOfWork(desk.engine, reach) as uow:
        return [*term_numbers(uow, desk.actor(role), term, now=now)]


def count(desk: ChangeDesk) -> int:
    return len(desk.rows("SELECT 1 FROM term_registrations"))


def test_a_class_is_registered_at_once(desk: ChangeDesk) -> None:
    found = register(
        desk,
        line(desk, 0),
        line(desk, 1, REPORTED, reason="学费未缴"),
        line(desk, 2, ABSENT, reason=" 家中有事 ", on_leave=True),
    )
    assert codes(found) == ["1", "2", "9"]
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        approver = desk.actor(Role.APPROVER)
        everyone = term_learners(uow, approver, TERM, Chosen(), now=NOW)
        missing = term_learners(uow, approver, TERM, Chosen(missing=True), now=NOW)
        (own,) = own_terms(uow, [desk.enrolment_id])
    assert {item.standing for item in everyone} == {"1", "2", "9"}
    assert {(item.reason, item.on_leave) for item in missing} == {
        ("学费未缴", False), ("家中有事", True),
    }  # fmt: skip
    assert (own.term_code, own.standing, own.day) == (TERM.code, "1", TODAY)
    assert len(desk.rows("SELECT 1 FROM access_log WHERE action = 'see_term_registrations'")) == 2


def test_it_changes_no_status_and_asks_for_no_verdict(desk: ChangeDesk) -> None:
    before = desk.rows("SELECT status, is_open FROM enrolments ORDER BY 1"), desk.verdict().verdict
    register(desk, *everybody(desk))
    assert desk.rows("SELECT 1 FROM pending_evaluations") == []
    after = desk.rows("SELECT status, is_open FROM enrolments ORDER BY 1"), desk.verdict().verdict
    assert after == before


def test_the_same_key_answers_the_same(desk: ChangeDesk) -> None:
    lines = [line(desk, 0), line(desk, 1, ABSENT)]
    first = register(desk, *lines)
    assert codes(first) == ["1", "reason_missing"]
    assert register(desk, *lines) == replace(first, replayed=True)
    assert count(desk) == 1
    with pytest.raises(IdempotencyKeyReusedError):
        register(desk, line(desk, 0))


def test_what_stands_is_not_recorded_again_and_the_latest_speaks(desk: ChangeDesk) -> None:
    register(desk, line(desk, 0), key="a")
    assert codes(register(desk, *everybody(desk), key="b")) == ["1", "1", "1"]
    assert count(desk) == 3
    register(desk, line(desk, 0, ABSENT, reason="一直没来"), key="c")
    assert count(desk) == 4
    assert sum(item.absent for item in numbers(desk)) == 1
    assert sum(item.registered for item in numbers(desk)) == 2


def test_who_is_suspended_is_listed_so_and_registered_from_the_return(desk: ChangeDesk) -> None:
    desk.carry_out(suspension())
    assert codes(register(desk, *everybody(desk))) == ["away", "1", "1"]
    assert [item.away for item in numbers(desk)].count(1) == 1
    day_before = TODAY - timedelta(days=1)
    assert codes(register(desk, line(desk, 0), key="before", day=day_before)) == ["1"]
    back = datetime(2026, 9, 1, 2, tzinfo=UTC)
    made = desk.apply(
        of_kind(ChangeKind.RESUMPTION, takes_effect_on=back.date(), proofs=(WELL,)),
        now=datetime(2026, 8, 20, 2, tzinfo=UTC),
    )
    desk.agree(made.status_change_id, Role.REGISTRAR, Role.APPROVER, Role.COUNTY, now=back)
    desk.turn_of_the_day(back)
    for offset, said in ((-1, "away"), (0, "1")):
        found = register(
            desk, line(desk, 0), key=f"r{offset}", day=back.date() + timedelta(days=offset),
            term=Term(2026, 1), now=back,
        )  # fmt: skip
        assert codes(found) == [said]


def test_who_has_left_is_refused_and_counted_where_recorded(desk: ChangeDesk) -> None:
    register(desk, line(desk, 0), key="a")
    desk.carry_out(
        of_kind(
            ChangeKind.WITHDRAWAL, reason=ChangeReason.OWN_WISH, proofs=(suspension().proofs[0],)
        )
    )
    assert codes(register(desk, line(desk, 0, REPORTED), key="b")) == ["closed"]
    assert sum(item.registered for item in numbers(desk)) == 1
    assert sum(item.registered + item.not_yet for item in numbers(desk, term=Term(2025, 2))) == 2


def test_nobody_is_registered_before_the_entry(desk: ChangeDesk, owner_engine: Engine) -> None:
    """As one who arrives by transfer in the middle of a term."""
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        uow.connection.execute(
            text("UPDATE enrolments SET entered_on = :day WHERE enrolment_id = :id"),
            {"day": TODAY, "id": desk.enrolment_id},
        )
    for key, offset, said in (("a", -1, "before_entry"), ("b", 0, "1")):
        day = TODAY + timedelta(days=offset)
        assert codes(register(desk, line(desk, 0), key=key, day=day)) == [said]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"state": ABSENT}, "reason_missing"),
        ({"state": ABSENT, "reason": "病" * 201}, "reason_long"),
        ({"state": REGISTERED, "reason": "病"}, "no_reason"),
        ({"state": REPORTED, "on_leave": True}, "no_leave"),
    ],
)
def test_a_line_that_contradicts_itself_is_refused(
    desk: ChangeDesk, values: dict[str, Any], code: str
) -> None:
    assert codes(register(desk, line(desk, 0, **values), line(desk, 1))) == [code, "1"]
    assert count(desk) == 1


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"day": date(2025, 8, 24)}, "day"),
        ({"day": TODAY + timedelta(days=1)}, "day"),
        ({"term": Term(2025, 2)}, "day"),
        ({"term": Term(2024, 1)}, "term"),
    ],
)
def test_a_day_outside_the_term_is_refused(
    desk: ChangeDesk, values: dict[str, Any], code: str
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        register(desk, line(desk, 0), **values)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert count(desk) == 0


def test_a_week_before_the_term_is_early_enough(desk: ChangeDesk) -> None:
    """But the pupils of the school enter on the first day of it."""
    found = register(desk, line(desk, 0), day=date(2025, 8, 25))
    assert codes(found) == ["before_entry"]


def test_nobody_twice_and_somebody_at_least(desk: ChangeDesk) -> None:
    for lines, code in (((), "count"), ((line(desk, 0), line(desk, 0, REPORTED)), "twice")):
        with pytest.raises(InvalidInputError) as caught:
            register(desk, *lines)
        assert caught.value.problems[0].code == code


def test_another_schools_learner_hides_the_whole_call(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    foreign = TermLine(enrolment_id=other.pupils[0].enrolment_id, state=REGISTERED)
    with pytest.raises(NotFoundError):
        register(desk, line(desk, 0), foreign)
    assert count(desk) == 0
    by_school = numbers(desk, Role.COUNTY)
    assert [(item.class_name, item.not_yet) for item in by_school] == [("", 3), ("", 1)]


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADVISOR, Role.TEACHER])
def test_only_the_registrar_registers(desk: ChangeDesk, role: Role) -> None:
    with pytest.raises(ForbiddenError):
        register(desk, line(desk, 0), actor=desk.actor(role))


def test_the_bureau_sees_numbers_alone(desk: ChangeDesk) -> None:
    with UnitOfWork(desk.engine, EVERYWHERE) as uow, pytest.raises(ForbiddenError):
        term_learners(uow, desk.actor(Role.COUNTY), TERM, Chosen(), now=NOW)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2025, 9, 1), "2025-2026-1"),
        (date(2026, 1, 31), "2025-2026-1"),
        (date(2026, 2, 1), "2025-2026-2"),
        (date(2030, 1, 1), "2026-2027-1"),
    ],
)
def test_the_present_term(desk: ChangeDesk, day: date, code: str) -> None:
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        now = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        assert present_term(uow, now=now).code == code


def row(desk: ChangeDesk, **values: Any) -> dict[str, Any]:
    given = {
        "institution_id": desk.school.institution_id, "enrolment_id": desk.enrolment_id,
        "term_code": TERM.code, "state": "1", "day": TODAY, "reason": "", "on_leave": False,
        "recorded_by": 1, "recorded_at": NOW,
    }  # fmt: skip
    return given | values


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": "3"}, "ck_term_registrations_state"),
        ({"state": "9"}, "ck_term_registrations_reason"),
        ({"reason": "病"}, "ck_term_registrations_reason"),
        ({"on_leave": True}, "ck_term_registrations_on_leave"),
        ({"institution_id": 0}, "enrolled at the school"),
        ({"enrolment_id": 2_000_000_000}, "enrolled at the school"),
        ({"day": date(2025, 8, 31)}, "before their entry"),
        ({"term_code": "2024-2025-1"}, "until it ends"),
        ({"day": date(2026, 2, 1), "recorded_at": datetime(2026, 3, 1, tzinfo=UTC)}, "until it"),
        ({"day": TODAY + timedelta(days=1)}, "a day to come"),
    ],
)
def test_the_database_refuses(
    desk: ChangeDesk, engine: Engine, values: dict[str, Any], why: str
) -> None:
    with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(TermRegistration).values(row(desk, **values)))


def test_the_database_refuses_who_is_suspended(desk: ChangeDesk, engine: Engine) -> None:
    desk.carry_out(suspension())
    with pytest.raises(DBAPIError, match="suspended"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(TermRegistration).values(row(desk)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE term_registrations SET reason = 'x'",
        "DELETE FROM term_registrations",
        "TRUNCATE term_registrations",
    ],
)
def test_nothing_is_changed_or_removed(
    desk: ChangeDesk, owner_engine: Engine, engine: Engine, statement: str
) -> None:
    register(desk, line(desk, 0))
    for login in (engine, owner_engine):
        with pytest.raises(DBAPIError), UnitOfWork(login, EVERYWHERE) as uow:
            uow.connection.execute(text(statement))


def test_the_second_wall_stands_alone(desk: ChangeDesk, owner_engine: Engine) -> None:
    register(desk, line(desk, 0))
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for reach, seen in (("", 0), (str(other.institution_id), 0), (EVERYWHERE, 1)):
        with UnitOfWork(desk.engine, reach) as uow:
            for relation in ("term_registrations", "standing_term_registrations"):
                found = uow.connection.execute(text(f"SELECT count(*) FROM {relation}"))
                assert found.scalar_one() == seen
    with (
        pytest.raises(DBAPIError, match="row-level security"),
        UnitOfWork(desk.engine, str(other.institution_id)) as uow,
    ):
        uow.connection.execute(insert(TermRegistration).values(row(desk)))
