"""A change of 学籍 is applied for, agreed to in turn, and carried out once, on its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
)
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind, ChangeReason, GivenProof, Proof
from creditbank.domain.verdicts import Outcome
from creditbank.queries.deadlines import list_deadlines
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database
from tests.factories.change_desk import (
    CLASS_NAME,
    DIAGNOSIS,
    NEXT_CLASS,
    NOW,
    OTHER_CLASS,
    OTHER_MAJOR,
    SIGNED,
    TODAY,
    WELL,
    ChangeDesk,
    make_change_desk,
    of_kind,
    suspension,
)

K = ChangeKind
ADVISOR, REGISTRAR, PRINCIPAL, COUNTY = Role.ADVISOR, Role.REGISTRAR, Role.APPROVER, Role.COUNTY
SUMMER = datetime(2026, 8, 20, 2, tzinfo=UTC)
AUTUMN = datetime(2026, 9, 1, 2, tzinfo=UTC)


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    return make_change_desk(owner_engine, engine)


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def resumption(on: date = date(2026, 9, 1)):
    return of_kind(K.RESUMPTION, takes_effect_on=on, proofs=(SIGNED, WELL))


def enrolment(desk: ChangeDesk):
    (row,) = desk.rows(
        "SELECT status, is_open, suspended_semesters, plan_id, major_code, class_name"
        " FROM enrolments WHERE enrolment_id = :id",
        id=desk.enrolment_id,
    )
    return row


def test_a_suspension_goes_from_office_to_office_and_the_verdict_follows(desk: ChangeDesk) -> None:
    before = enrolment(desk)
    made = desk.apply(suspension())
    assert made.state == "waiting"
    for role in (ADVISOR, REGISTRAR, PRINCIPAL):
        assert desk.say(made.status_change_id, role).state == "waiting"
        assert enrolment(desk) == before
    done = desk.say(made.status_change_id, COUNTY)
    assert (done.state, done.facts_seq > made.facts_seq) == ("executed", True)
    assert tuple(enrolment(desk))[:3] == ("02", True, 1)
    marks = desk.rows("SELECT DISTINCT learner_id, cause FROM pending_evaluations")
    assert [tuple(mark) for mark in marks] == [
        (desk.learner_id, f"status_change:{made.status_change_id}")
    ]
    desk.drain()
    stored = desk.verdict()
    assert stored.stored
    assert stored.verdict.outcome is not Outcome.CLOSED
    assert desk.snapshot().away_until == date(2026, 8, 31)
    (item,) = desk.life().life.suspensions
    assert (item.reason, item.starts_on, item.until, item.resumed_on) == (
        ChangeReason.ILLNESS, TODAY, date(2026, 8, 31), None,
    )  # fmt: skip


def test_who_resumes_is_studying_again_and_the_semesters_away_do_not_count(
    desk: ChangeDesk,
) -> None:
    desk.carry_out(suspension())
    done = desk.apply(resumption(), now=SUMMER)
    desk.agree(done.status_change_id, REGISTRAR, PRINCIPAL, COUNTY, now=SUMMER)
    assert enrolment(desk).status == "02"
    assert desk.turn_of_the_day(SUMMER).executed == ()
    assert desk.turn_of_the_day(AUTUMN) == ((done.status_change_id,), {})
    assert desk.snapshot().away_until is None
    assert desk.turn_of_the_day(AUTUMN) == ((), {})
    assert tuple(enrolment(desk))[:3] == ("01", True, 1)
    assert desk.life().life.suspensions[0].resumed_on == date(2026, 9, 1)
    (row,) = desk.rows("SELECT executed_by, status_before, status_after FROM"
                       " status_change_executions WHERE status_before = '02'")  # fmt: skip
    assert tuple(row) == (None, "02", "01")


def test_who_comes_back_early_has_been_away_for_less(desk: ChangeDesk) -> None:
    desk.carry_out(suspension(takes_effect_on=date(2025, 9, 1), until=date(2026, 8, 31)))
    assert enrolment(desk).suspended_semesters == 2
    winter = datetime(2026, 1, 20, 2, tzinfo=UTC)
    made = desk.apply(resumption(date(2026, 2, 1)), now=winter)
    desk.agree(made.status_change_id, REGISTRAR, PRINCIPAL, COUNTY, now=winter)
    desk.turn_of_the_day(datetime(2026, 2, 1, 2, tzinfo=UTC))
    assert tuple(enrolment(desk))[:3] == ("01", True, 1)


def test_who_was_suspended_before_applications_were_kept_resumes_all_the_same(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE enrolments SET status = '02', suspended_semesters = 1"
                " WHERE enrolment_id = :id"
            ),
            {"id": desk.enrolment_id},
        )
    desk.carry_out(of_kind(K.RESUMPTION, proofs=(SIGNED,)), REGISTRAR, PRINCIPAL, COUNTY)
    assert tuple(enrolment(desk))[:3] == ("01", True, 1)


def test_a_suspension_is_prolonged_and_the_semesters_are_counted_once(desk: ChangeDesk) -> None:
    desk.carry_out(suspension())
    longer = suspension(takes_effect_on=date(2026, 9, 1), until=date(2027, 1, 31))
    made = desk.apply(longer, now=SUMMER)
    desk.agree(made.status_change_id, now=SUMMER)
    desk.turn_of_the_day(AUTUMN)
    assert tuple(enrolment(desk))[:3] == ("02", True, 2)
    assert len(desk.life().life.suspensions) == 2


def test_every_rule_that_refuses_is_said_with_its_id_and_what_it_rests_on(desk: ChangeDesk) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(suspension(proofs=(SIGNED,), until=date(2027, 6, 30)))
    assert codes(refused) == ["SU1", "SU2"]
    assert all(item.reference and item.message.en for item in refused.value.problems)
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(resumption(TODAY))
    assert codes(refused)[0] == "ST1"
    assert desk.rows("SELECT * FROM status_changes") == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"kind": K.TRANSFER_IN}, "kind_not_offered"),
        ({"kind": K.TRANSFER_OUT}, "destination_unknown"),
        ({"kind": K.RESUMPTION}, "until_wrong"),
        ({"until": None}, "until_wrong"),
        ({"until": date(2025, 10, 19)}, "until_wrong"),
        ({"reason": ChangeReason.NOT_RESUMED}, "reason_unknown"),
        ({"by_school": True}, "not_by_school"),
        ({"absent_hours": 3}, "absence_without_school"),
        ({"ground": "talent"}, "ground_unknown"),
        ({"takes_effect_on": date(2025, 8, 31)}, "day_out_of_range"),
        ({"takes_effect_on": date(2026, 10, 22), "until": date(2027, 1, 1)}, "day_out_of_range"),
        ({"proofs": (SIGNED, SIGNED, DIAGNOSIS)}, "proofs_unknown"),
        ({"proofs": (SIGNED, DIAGNOSIS, WELL)}, "proofs_unknown"),
        ({"proofs": (GivenProof(Proof.HOSPITAL, date(2025, 10, 21)), SIGNED)}, "proof_in_future"),
        ({"plan_id": 2}, "plan_not_changed"),
        ({"class_name": NEXT_CLASS}, "class_unknown"),
    ],
)
def test_what_does_not_fit_the_kind_is_said(desk: ChangeDesk, fields, code: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(suspension(**fields))
    assert code in codes(refused)
    assert desk.rows("SELECT * FROM status_changes") == []


@pytest.mark.parametrize("role", [Role.STUDENT, Role.GUARDIAN])
def test_the_family_applies_for_what_is_theirs_and_nothing_else(
    desk: ChangeDesk, role: Role
) -> None:
    family = desk.actor(role)
    for kind in (K.EXPULSION, K.CLASS_CHANGE, K.DEATH):
        with pytest.raises(InvalidInputError) as refused:
            desk.apply(of_kind(kind), actor=family)
        assert codes(refused) == ["by_school_only"]
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(of_kind(K.WITHDRAWAL, by_school=True), actor=family)
    assert codes(refused) == ["by_school_only"]
    with pytest.raises(NotFoundError):
        desk.apply(suspension(), actor=family, learner_id=desk.school.pupils[1].learner_id)
    made = desk.apply(suspension(), actor=family)
    with pytest.raises(InvalidInputError) as refused:
        desk.take_back(made.status_change_id)
    assert codes(refused) == ["not_theirs"]
    assert desk.take_back(made.status_change_id, Role.STUDENT).state == "withdrawn"


def test_an_office_speaks_in_its_turn_once_and_says_why_not(desk: ChangeDesk) -> None:
    made = desk.apply(suspension())
    number = made.status_change_id
    for role in (REGISTRAR, PRINCIPAL, COUNTY):
        with pytest.raises(InvalidInputError) as refused:
            desk.say(number, role)
        assert codes(refused) == ["not_its_turn"]
    for role in (Role.STUDENT, Role.TEACHER):
        with pytest.raises(ForbiddenError):
            desk.say(number, role)
    with pytest.raises(InvalidInputError) as refused:
        desk.say(number, ADVISOR, agrees=False)
    assert codes(refused) == ["opinion_missing"]
    assert desk.say(number, ADVISOR, agrees=False, opinion="材料不全").state == "refused"
    for role in (ADVISOR, REGISTRAR):
        with pytest.raises(InvalidInputError) as refused:
            desk.say(number, role)
        assert codes(refused) == ["decided_already"]
    with pytest.raises(InvalidInputError) as refused:
        desk.take_back(number)
    assert codes(refused) == ["decided_already"]
    assert enrolment(desk).status == "01"


def test_the_decision_has_a_document_number(desk: ChangeDesk) -> None:
    made = desk.apply(suspension())
    desk.agree(made.status_change_id, ADVISOR, REGISTRAR, PRINCIPAL)
    with pytest.raises(InvalidInputError) as refused:
        desk.say(made.status_change_id, COUNTY, document_no=" ")
    assert codes(refused) == ["document_missing"]
    assert enrolment(desk).status == "01"


def test_one_change_at_a_time_but_a_death_waits_for_nobody(desk: ChangeDesk) -> None:
    first = desk.apply(suspension())
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(desk.to_other_major())
    assert codes(refused) == ["under_way"]
    death = of_kind(K.DEATH, proofs=(GivenProof(Proof.DEATH, TODAY, "死证1号"),))
    desk.carry_out(death, REGISTRAR, PRINCIPAL)
    assert tuple(enrolment(desk))[:2] == ("11", False)
    (row,) = desk.rows(
        "SELECT state FROM status_change_states WHERE status_change_id = :id",
        id=first.status_change_id,
    )
    assert row.state == "withdrawn"
    assert desk.verdict().verdict.outcome is Outcome.CLOSED


def test_a_change_of_major_leads_to_the_plan_of_that_cohort_and_out_of_the_class(
    desk: ChangeDesk,
) -> None:
    desk.carry_out(desk.to_other_major())
    row = enrolment(desk)
    assert (row.status, row.plan_id, row.major_code, row.class_name) == (
        "01", desk.other_plan_id, OTHER_MAJOR[0], OTHER_CLASS,
    )  # fmt: skip
    found = desk.verdict()
    assert (found.stored, found.verdict.plan_id) == (True, desk.other_plan_id)
    (member,) = desk.rows("SELECT left_on, left_reason FROM agreement_members")
    assert tuple(member) == (TODAY, "转专业")


def test_who_waits_while_the_cohort_is_moved_follows_it(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    later = desk.to_other_major(takes_effect_on=TODAY + timedelta(days=7))
    made = desk.apply(later)
    desk.agree(made.status_change_id)
    with owner_engine.begin() as connection:
        new = connection.execute(
            text(
                "INSERT INTO program_plans (institution_id, code, version, name, major_code,"
                " catalogue_year, years, units_min, document) SELECT institution_id, code, 2, name,"
                " major_code, catalogue_year, years, units_min, document FROM program_plans"
                " WHERE plan_id = :id RETURNING plan_id"
            ),
            {"id": desk.other_plan_id},
        ).scalar_one()
        connection.execute(
            text("UPDATE enrolments SET plan_id = :new WHERE plan_id = :old"),
            {"new": new, "old": desk.other_plan_id},
        )
        connection.execute(
            text("UPDATE cohort_plans SET plan_id = :new WHERE plan_id = :old"),
            {"new": new, "old": desk.other_plan_id},
        )
    assert desk.turn_of_the_day(NOW + timedelta(days=7)).executed == (made.status_change_id,)
    assert enrolment(desk).plan_id == new


@pytest.mark.parametrize(
    ("class_name", "left"), [(NEXT_CLASS, "转班级"), (OTHER_CLASS, None), (CLASS_NAME, None)]
)
def test_a_change_of_class_stays_in_the_major(desk: ChangeDesk, class_name: str, left) -> None:
    change = of_kind(K.CLASS_CHANGE, class_name=class_name)
    if left is None:
        with pytest.raises(InvalidInputError) as refused:
            desk.apply(change)
        assert codes(refused) == ["class_unknown"]
        return
    desk.carry_out(change, ADVISOR, REGISTRAR)
    assert (enrolment(desk).class_name, enrolment(desk).status) == (class_name, "01")
    (member,) = desk.rows("SELECT left_on, left_reason FROM agreement_members")
    assert tuple(member) == (TODAY, left)


def test_who_moves_to_a_class_of_the_same_agreement_stays_in_it(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    with owner_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO agreement_members (agreement_id, enrolment_id, joined_on, left_reason)"
                " SELECT agreement_id, :second, joined_on, '' FROM agreement_members"
            ),
            {"second": desk.school.pupils[1].enrolment_id},
        )
    desk.carry_out(of_kind(K.CLASS_CHANGE, class_name=NEXT_CLASS), ADVISOR, REGISTRAR)
    assert enrolment(desk).class_name == NEXT_CLASS
    assert [row.left_on for row in desk.rows("SELECT left_on FROM agreement_members")] == [
        None,
        None,
    ]


def test_the_school_withdraws_on_the_recorded_absence(desk: ChangeDesk) -> None:
    def by_school(hours: int):
        return of_kind(
            K.WITHDRAWAL, reason=ChangeReason.OTHER_WITHDRAWAL, by_school=True, absent_hours=hours
        )

    with pytest.raises(InvalidInputError) as refused:
        desk.apply(by_school(89))
    assert codes(refused) == ["WD2"]
    desk.carry_out(by_school(90))
    assert tuple(enrolment(desk))[:2] == ("03", False)
    assert desk.verdict().verdict.outcome is Outcome.CLOSED
    (member,) = desk.rows("SELECT left_reason FROM agreement_members")
    assert member.left_reason == "学籍终止"


def test_what_the_rules_refuse_by_its_day_stays_for_the_school_to_take_back(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    made = desk.apply(suspension(takes_effect_on=TODAY + timedelta(days=1)))
    desk.agree(made.status_change_id)
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE enrolments SET status = '08', is_open = false WHERE enrolment_id = :id"),
            {"id": desk.enrolment_id},
        )
    tomorrow = NOW + timedelta(days=1)
    assert desk.turn_of_the_day(tomorrow) == ((), {made.status_change_id: ("ST1",)})
    assert desk.rows("SELECT * FROM status_change_executions") == []
    assert desk.take_back(made.status_change_id).state == "withdrawn"


def test_who_is_expelled_is_of_age_and_there_is_a_sanction(
    desk: ChangeDesk, owner_engine: Engine
) -> None:
    sanction = GivenProof(Proof.SANCTION, TODAY, "测处〔2025〕3号")
    with pytest.raises(InvalidInputError) as refused:
        desk.apply(of_kind(K.EXPULSION))
    assert codes(refused) == ["EX1", "EX2"]
    with owner_engine.begin() as connection:
        connection.execute(text("UPDATE learners SET born_on = '2007-10-20'"))
    desk.carry_out(of_kind(K.EXPULSION, proofs=(sanction,)))
    assert tuple(enrolment(desk))[:2] == ("14", False)


def test_what_runs_out_is_listed_by_day_and_page(desk: ChangeDesk) -> None:
    second = desk.school.pupils[1].learner_id
    for learner_id, until in ((desk.learner_id, 12), (second, 5)):
        made = desk.apply(suspension(until=date(2025, 11, until)), learner_id=learner_id)
        desk.agree(made.status_change_id)
    approver, cursor, found = desk.actor(PRINCIPAL), "", list[tuple[int, int, bool]]()
    while len(found) < 3:
        with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
            page = list_deadlines(uow, approver, now=NOW, limit=1, cursor=cursor)
        found += [(item.learner_id, item.on.day, item.is_over) for item in page.items]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == [(second, 5, False), (desk.learner_id, 12, False)]


def test_the_longest_time_of_study_is_warned_of(desk: ChangeDesk) -> None:
    late = datetime(2031, 8, 20, 2, tzinfo=UTC)
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        page = list_deadlines(uow, desk.actor(COUNTY), now=late)
    assert {(item.kind, item.on) for item in page.items} == {("longest_time", date(2031, 8, 31))}
    assert len(page.items) == 3
    with UnitOfWork(desk.engine, EVERYWHERE) as uow:
        assert list_deadlines(uow, desk.actor(COUNTY), now=NOW).items == ()
