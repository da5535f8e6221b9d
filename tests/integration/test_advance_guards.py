"""What the database itself asks of the advance, and how changes of an enrolment reach in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy.exc import DBAPIError

from creditbank.domain.advances import MoveKind, Stage
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import (
    Application,
    ChangeKind,
    ChangeReason,
    GivenProof,
    Proof,
)
from creditbank.queries.advances import (
    Chosen,
    advance_cohort,
    advance_forms,
    learner_advances,
    standings_of,
)
from creditbank.store.unit_of_work import EVERYBODY, EVERYWHERE, UnitOfWork
from creditbank.tables.advances import AdvanceMove, AdvanceScore
from creditbank.tables.facts import SanctionRecord
from tests.databases import Database
from tests.factories.advance_classes import AdvanceClasses, ClassAt
from tests.factories.advance_desk import (
    AFTER_NOTICE,
    AGREEMENT,
    JULY,
    MARCH,
    AdvanceDesk,
    add_agreement,
)
from tests.factories.change_desk import of_kind, suspension
from tests.factories.school import make_school
from tests.factories.transfer_desk import AFTER_NOTICE as TERM_OVER
from tests.factories.transfer_desk import WITHIN, make_transfer_desk

TABLES = {
    "advance_moves": "reason",
    "process_assessments": "results",
    "advance_scores": "units",
    "advance_admissions": "admission_no",
}
SIGNED = GivenProof(Proof.APPLICATION, date(2028, 3, 3))
TODAY = date(2028, 3, 6)
"""A whole semester at the school is over."""


@pytest.fixture
def class_at(advance_classes: AdvanceClasses) -> ClassAt:
    """`class_at(Stage.FILED)`: two learners who are filed."""
    return partial(advance_classes.at, pupils=2)


@pytest.fixture
def desk(class_at: ClassAt) -> AdvanceDesk:
    return class_at(Stage.QUALIFICATION)


def code_of(error: pytest.ExceptionInfo[InvalidInputError]) -> str:
    return error.value.problems[0].code


def test_no_login_changes_or_removes_what_was_decided(
    class_at: ClassAt, owner_engine: Engine, engine: Engine
) -> None:
    """R17: not the application, and not the owner either."""
    desk = class_at(Stage.ADVANCED)
    desk.hand_back(*desk.ids)
    for table, column in TABLES.items():
        for statement in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table}",
            f"TRUNCATE {table} CASCADE",
        ):
            for login in (engine, owner_engine):
                with pytest.raises(DBAPIError), UnitOfWork(login, EVERYWHERE, EVERYBODY) as uow:
                    uow.connection.execute(text(statement))
        assert desk.rows(f"SELECT count(*) AS n FROM {table}")[0].n > 0


def test_the_second_wall_stands_alone(class_at: ClassAt, owner_engine: Engine) -> None:
    desk = class_at(Stage.ADVANCED)
    desk.hand_back(*desk.ids)
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        other = make_school(uow.connection, number=2, pupils=1)
    for reach, seen in (("", False), (str(other.institution_id), False), (EVERYWHERE, True)):
        with UnitOfWork(desk.engine, reach) as uow:
            for relation in (*TABLES, "standing_advance_moves"):
                found = uow.connection.execute(text(f"SELECT count(*) FROM {relation}")).scalar()
                assert bool(found) is seen, relation


def row(desk: AdvanceDesk, **values: Any) -> dict[str, Any]:
    pupil = desk.school.pupils[0]
    given = {
        "institution_id": desk.school.institution_id,
        "learner_id": pupil.learner_id,
        "agreement_id": AGREEMENT,
        "enrolment_id": pupil.enrolment_id,
        "attempt": 1,
        "kind": "file",
        "decided_on": TODAY,
        "document_no": "测1号",
        "reason": "",
        "detail": {},
        "decided_by": 1,
        "decided_role": "approver",
        "recorded_at": MARCH,
    }
    return given | values


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"kind": "fly"}, "ck_advance_moves_kind"),
    ({"kind": "withdraw"}, "ck_advance_moves_withdrawal"),
    ({"kind": "announce"}, "ck_advance_moves_notice"),
    ({"attempt": 0}, "ck_advance_moves_attempt"),
    ({"institution_id": 99}, "at its school"),
    ({"enrolment_id": 2_000_000_000}, "in the class of the agreement"),
    ({"agreement_id": 8}, "in the class of the agreement"),
    ({"kind": "withdraw", "withdraws_id": 99, "reason": "x"}, "taken back for the learner"),
)


def test_the_database_refuses_what_no_step_is(desk: AdvanceDesk, engine: Engine) -> None:
    for values, why in REFUSED:
        with pytest.raises(DBAPIError, match=why), UnitOfWork(engine, EVERYWHERE) as uow:
            uow.connection.execute(insert(AdvanceMove).values(row(desk, **values)))
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(AdvanceMove).values(row(desk)))


def test_scores_stand_beside_scores_and_a_step_is_taken_back_once(
    class_at: ClassAt, engine: Engine
) -> None:
    desk = class_at(Stage.ASSESSED)
    (number, *_) = [item.advance_move_id for item in desk.rows("SELECT * FROM advance_moves")]
    score = {
        "advance_move_id": number, "part": "quality", "units": 1, "source_hash": "",
        "institution_id": desk.school.institution_id,
    }  # fmt: skip
    with pytest.raises(DBAPIError, match="beside a step"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(AdvanceScore).values(score))
    desk.take_back(number, Role.REGISTRAR)
    again = row(desk, kind="withdraw", withdraws_id=number, reason="再撤")
    with pytest.raises(DBAPIError, match="withdraws_id"), UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(insert(AdvanceMove).values(again))


OFFICES = {
    "advisor": Role.ADVISOR, "registrar": Role.REGISTRAR, "principal": Role.APPROVER,
    "county": Role.COUNTY,
}  # fmt: skip


def carry_out(desk: AdvanceDesk, what: Application, *, now: datetime) -> None:
    """Applied for, and agreed to by each office that the change has."""
    made = desk.changes.apply(what, now=now)
    (asked,) = desk.rows(
        "SELECT offices FROM status_changes WHERE status_change_id = :id",
        id=made.status_change_id,
    )
    desk.changes.agree(made.status_change_id, *(OFFICES[name] for name in asked.offices), now=now)
    desk.drain(now)


def test_a_suspension_holds_the_advance_where_it_is_and_a_return_goes_on(
    class_at: ClassAt,
) -> None:
    desk = class_at(Stage.QUALIFIED)
    proofs = (SIGNED, GivenProof(Proof.HOSPITAL, date(2028, 3, 2), "诊字1号", "县人民医院"))
    desk.changes.carry_out(
        suspension(takes_effect_on=TODAY, until=date(2028, 8, 31), proofs=proofs), now=MARCH
    )
    found = desk.standing()
    assert (found.stage, found.is_held) == (Stage.QUALIFIED, True)
    with pytest.raises(InvalidInputError) as held:
        desk.assess(desk.ids[0])
    assert code_of(held) == "held"
    desk.assess(desk.ids[1])


def test_who_withdraws_from_school_has_left(class_at: ClassAt) -> None:
    desk = class_at(Stage.ASSESSED)
    leaving = of_kind(
        ChangeKind.WITHDRAWAL,
        takes_effect_on=TODAY,
        reason=ChangeReason.OWN_WISH,
        proofs=(SIGNED,),
    )
    carry_out(desk, leaving, now=MARCH)
    assert desk.standing().stage is Stage.ENDED
    with pytest.raises(InvalidInputError) as ended:
        desk.many(MoveKind.ANNOUNCE, desk.ids[0])
    assert code_of(ended) == "ended"


def test_who_is_expelled_has_left_whatever_was_proposed(class_at: ClassAt) -> None:
    desk = class_at(Stage.PROPOSED)
    sanction(desk, "5")
    expulsion = of_kind(
        ChangeKind.EXPULSION,
        takes_effect_on=date(2028, 3, 20),
        proofs=(GivenProof(Proof.SANCTION, date(2028, 3, 20), "处分1号"),),
    )
    carry_out(desk, expulsion, now=AFTER_NOTICE)
    assert desk.stages(AFTER_NOTICE) == ["ended", "proposed"]


def test_who_changes_the_major_leaves_and_does_not_come_back(desk: AdvanceDesk) -> None:
    """In the first semester, when it is still allowed; found when the advance is due."""
    october = MARCH.replace(year=2025, month=10, day=20)
    change = desk.changes.to_other_major(
        takes_effect_on=date(2025, 10, 20),
        class_name="25机电1班",
        proofs=(GivenProof(Proof.APPLICATION, date(2025, 10, 17)),),
    )
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        uow.connection.execute(
            text("""
            INSERT INTO cohort_plans (institution_id, plan_code, entry_year, plan_id)
            VALUES (:school, 'JD', 2025, :plan) ON CONFLICT DO NOTHING"""),
            {"school": desk.school.institution_id, "plan": desk.other_plan_id},
        )
        uow.connection.execute(
            text("""
            UPDATE enrolments SET plan_id = :plan, major_code = '660301', class_name = '25机电1班'
            WHERE enrolment_id = :id"""),
            {"plan": desk.other_plan_id, "id": desk.ids[1]},
        )
    carry_out(desk, change, now=october)
    desk.drain()
    assert desk.standing().stage is Stage.ENDED
    with pytest.raises(InvalidInputError) as ended:
        desk.many(MoveKind.QUALIFY, desk.ids[0])
    assert code_of(ended) == "ended"


def sanction(desk: AdvanceDesk, level: str, at: int = 0) -> None:
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        uow.connection.execute(
            insert(SanctionRecord).values(
                enrolment_id=desk.ids[at], level=level, decided_on=TODAY, document_no="处分1号",
                recorded_at=MARCH,
            )
        )  # fmt: skip


@pytest.mark.parametrize(("level", "flags"), [("2", False), ("3", True)])
def test_a_sanction_of_the_agreed_level_flags_a_milder_one_does_not(
    class_at: ClassAt,
    level: str,
    flags: bool,  # noqa: FBT001 (a case)
) -> None:
    desk = class_at(Stage.QUALIFIED)
    sanction(desk, level)
    desk.drain()
    found = desk.standing()
    assert (found.stage, found.is_flagged) == (Stage.QUALIFIED, flags)
    assert found.changed == (("no_sanction",) if flags else ())
    if flags:
        with pytest.raises(InvalidInputError) as flagged:
            desk.assess(desk.ids[0])
        assert code_of(flagged) == "review_open"


def test_who_graduates_in_june_is_admitted_in_july(class_at: ClassAt) -> None:
    desk = class_at(Stage.PROPOSED)
    with UnitOfWork(desk.owner, EVERYWHERE) as uow:
        uow.connection.execute(
            text("UPDATE enrolments SET status = '07', is_open = false WHERE enrolment_id = :e"),
            {"e": desk.ids[0]},
        )
    desk.admit(*desk.ids)
    assert desk.stages(JULY) == ["advanced", "advanced"]


def test_everybody_reads_the_same_standing(class_at: ClassAt) -> None:
    desk = class_at(Stage.TESTED)
    desk.reverse(0, now=AFTER_NOTICE)
    for role in (Role.REGISTRAR, Role.COLLEGE, Role.COUNTY):
        reach = EVERYWHERE if role is Role.COUNTY else str(desk.school.institution_id)
        with UnitOfWork(desk.engine, reach, desk.actor(role).account_id) as uow:
            found = advance_cohort(uow, desk.actor(role), AGREEMENT, now=AFTER_NOTICE)
            (flagged,) = advance_cohort(
                uow, desk.actor(role), AGREEMENT, Chosen(flagged=True), now=AFTER_NOTICE
            ).members.items
            first, _ = advance_forms(uow, desk.actor(role), AGREEMENT, desk.ids, now=AFTER_NOTICE)
        assert (found.counts, found.flagged) == ({"tested": 2}, 1)
        assert flagged.enrolment_id == desk.ids[0]
        assert flagged.standing.changed == ("certificate",)
        assert (first.is_confirmed, dict(first.scores)["skill_test"]) == (True, 8_000)
        assert all(line.result.met for line in first.conditions)  # as they were confirmed
        assert [item.kind for item in first.opinions] == [
            "qualify", "pass_assessment", "announce", "file", "score",
        ]  # fmt: skip
    student = desk.actor(Role.STUDENT)
    with UnitOfWork(desk.engine, str(desk.school.institution_id), student.account_id) as uow:
        (own,) = learner_advances(uow, student, desk.school.pupils[0].learner_id, now=AFTER_NOTICE)
    assert (own.line.standing.stage, own.line.standing.is_flagged) == (Stage.TESTED, True)
    assert own.history[1].sheet is not None


def test_a_cohort_is_read_page_by_page(desk: AdvanceDesk) -> None:
    actor = desk.actor(Role.COLLEGE)
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        first = advance_cohort(uow, actor, AGREEMENT, Chosen(limit=1), now=MARCH)
        rest = advance_cohort(
            uow, actor, AGREEMENT, Chosen(limit=1, cursor=first.members.next_cursor), now=MARCH
        )
    seen = [item.enrolment_id for page in (first, rest) for item in page.members.items]
    assert (sorted(seen), rest.members.next_cursor) == (sorted(desk.ids), "")
    assert first.due is not None
    assert first.due.starts_on <= MARCH.date() + timedelta(days=40)


def test_who_is_transferred_to_another_school_has_left(
    clean_database: Database, owner_engine: Engine, engine: Engine
) -> None:
    transfers = make_transfer_desk(owner_engine, engine)
    here, there = transfers.vocational, transfers.another
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        add_agreement(uow.connection, here)
    one, two = here.pupils[:2]
    number = transfers.apply(one, there, now=TERM_OVER).status_change_id
    transfers.agree(number, here, there, WITHIN[:4], now=TERM_OVER)
    transfers.say(number, transfers.bureau(None), now=TERM_OVER + timedelta(days=14))
    with UnitOfWork(engine, str(here.institution_id)) as uow:
        ids = [one.enrolment_id, two.enrolment_id]
        found = standings_of(uow, AGREEMENT, ids, now=TERM_OVER + timedelta(days=14))
    assert [found[pupil.enrolment_id].stage for pupil in (one, two)] == [
        Stage.ENDED, Stage.NOT_DUE,
    ]  # fmt: skip
