"""The end of an enrolment: graduation, completion, leaving, and a completion that is exchanged."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.exc import DBAPIError

from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Role
from creditbank.domain.status_changes import ChangeKind, GivenProof, Proof
from creditbank.domain.verdicts import Outcome
from creditbank.queries.status_changes import changes_of
from creditbank.replaying import replay
from creditbank.services.commands import (
    ApproveGraduation,
    DecidedVerdict,
    PostCourseCredit,
    ResolveReview,
    ReverseEntry,
    WithdrawDecision,
)
from creditbank.services.credits import post_credit
from creditbank.services.graduations import approve_graduation, withdraw_decision
from creditbank.services.reversals import reverse_entry
from creditbank.services.reviews import resolve_review
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.status_changes import StatusChangeExecution
from tests.databases import Database
from tests.factories.change_desk import CLASS_NAME, ChangeDesk, make_change_desk, of_kind
from tests.factories.graduates import fulfil, let_awards_fill

K = ChangeKind
REGISTRAR, PRINCIPAL = Role.REGISTRAR, Role.APPROVER
JUNE = datetime(2028, 6, 20, 2, tzinfo=UTC)
AUGUST = datetime(2028, 8, 20, 2, tzinfo=UTC)
MARCH = datetime(2029, 3, 1, 2, tzinfo=UTC)
SIGNED = GivenProof(Proof.APPLICATION, date(2026, 9, 2))


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    made = make_change_desk(owner_engine, engine)
    let_awards_fill(owner_engine, made.school)
    return made


@pytest.fixture
def ready(desk: ChangeDesk, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """The learner has all that graduation asks."""
    fulfil(owner_engine, engine, desk.school, desk.school.pupils[0], now=JUNE)
    desk.drain(JUNE)
    return desk


@pytest.fixture
def lacking(desk: ChangeDesk, owner_engine: Engine, engine: Engine) -> ChangeDesk:
    """The learner has failed one course."""
    fulfil(owner_engine, engine, desk.school, desk.school.pupils[0], now=JUNE, failed="GG08")
    desk.drain(JUNE)
    return desk


def codes(refused: pytest.ExceptionInfo[InvalidInputError]) -> list[str]:
    return [problem.code for problem in refused.value.problems]


def approve(desk: ChangeDesk, now: datetime = JUNE) -> DecidedVerdict:
    command = ApproveGraduation(learner_id=desk.learner_id, document_no="测毕1号")
    return desk.use(approve_graduation, desk.actor(PRINCIPAL), command, now=now)  # type: ignore[return-value]


def graduation(now: datetime = JUNE):
    return of_kind(K.GRADUATION, takes_effect_on=now.date())


def completion(now: datetime = AUGUST):
    return of_kind(K.COMPLETION, takes_effect_on=now.date(), proofs=(SIGNED,))


def exchange(now: datetime = MARCH):
    return of_kind(K.EXCHANGE, takes_effect_on=now.date())


def reverse_first(desk: ChangeDesk, now: datetime) -> None:
    command = ReverseEntry(learner_id=desk.learner_id, ledger_seq=1, reason="有误")
    desk.use(reverse_entry, desk.registrar, command, now=now)


def status(desk: ChangeDesk) -> tuple[str, bool]:
    (row,) = desk.rows(
        "SELECT status, is_open FROM enrolments WHERE enrolment_id = :id", id=desk.enrolment_id
    )
    return row.status, row.is_open


def resit(desk: ChangeDesk, now: datetime) -> None:
    command = PostCourseCredit(
        learner_id=desk.learner_id,
        course_code="GG08",
        term=Term(2026, 1),
        mark="70",
        earned_on=now.date(),
        exam_kind=ExamKind.RESIT_AFTER_COMPLETION,
    )
    desk.use(post_credit, desk.registrar, command, now=now)


def test_a_graduation_carries_out_its_decision_and_freezes_the_verdict(
    ready: ChangeDesk, clean_database: Database
) -> None:
    decided = approve(ready)
    number = ready.carry_out(graduation(), PRINCIPAL, now=JUNE)
    assert status(ready) == ("07", False)
    (row,) = ready.rows("SELECT * FROM status_change_executions")
    assert (row.status_change_id, row.decision_id) == (number, decided.decision_id)
    with UnitOfWork(ready.engine, EVERYWHERE) as uow:
        (line,) = changes_of(uow, ready.learner_id, now=JUNE)
    assert (line.status_after, line.decision_id) == ("07", decided.decision_id)
    assert ready.rows("SELECT 1 FROM review_cases") == []
    assert ready.verdict(JUNE).verdict.outcome is Outcome.CLOSED
    (frozen,) = ready.rows("SELECT v.outcome FROM decisions JOIN verdicts v USING (verdict_id)")
    assert frozen.outcome == "eligible"
    assert ready.rows("SELECT 1 FROM agreement_members WHERE left_on IS NULL") == []
    # The college still returns admissions in July: who graduates stays agreed, until the end.
    assert len(ready.rows("SELECT 1 FROM shared_members")) == 1
    assert replay(clean_database.owner_url, progress=lambda *_: None).differences == []


def test_a_graduation_waits_for_its_day(ready: ChangeDesk) -> None:
    approve(ready)
    made = ready.apply(graduation(JUNE + timedelta(days=10)), now=JUNE)
    assert ready.agree(made.status_change_id, PRINCIPAL, now=JUNE).state == "agreed"
    assert status(ready) == ("01", True)
    assert ready.turn_of_the_day(JUNE + timedelta(days=10)).executed == (made.status_change_id,)
    assert status(ready) == ("07", False)


def test_a_graduation_before_the_last_semester_is_one_like_any_other(
    desk: ChangeDesk, owner_engine: Engine, engine: Engine
) -> None:
    early = datetime(2028, 1, 20, 2, tzinfo=UTC)
    fulfil(owner_engine, engine, desk.school, desk.school.pupils[0], now=early)
    desk.drain(early)
    assert desk.verdict(early).verdict.outcome is Outcome.ELIGIBLE_EARLY
    approve(desk, early)
    desk.carry_out(graduation(early), PRINCIPAL, now=early)
    assert status(desk) == ("07", False)


def test_without_a_decision_nobody_graduates(ready: ChangeDesk) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ready.apply(graduation(), now=JUNE)
    assert codes(refused) == ["GR1"]


def test_a_decision_that_is_withdrawn_before_the_day_is_not_carried_out(ready: ChangeDesk) -> None:
    decided = approve(ready)
    later = JUNE + timedelta(days=10)
    made = ready.apply(graduation(later), now=JUNE)
    ready.agree(made.status_change_id, PRINCIPAL, now=JUNE)
    command = WithdrawDecision(decision_id=decided.decision_id, reason="有误", document_no="测2号")
    ready.use(withdraw_decision, ready.actor(PRINCIPAL), command, now=JUNE)
    assert ready.turn_of_the_day(later).refused == {made.status_change_id: ("GR1",)}
    assert status(ready) == ("01", True)


def test_what_was_reversed_a_moment_ago_is_reviewed_before_anybody_graduates(
    ready: ChangeDesk,
) -> None:
    """No worker has been there: the review opens when the day comes, and stops it."""
    approve(ready)
    later = JUNE + timedelta(days=10)
    made = ready.apply(graduation(later), now=JUNE)
    ready.agree(made.status_change_id, PRINCIPAL, now=JUNE)
    reverse_first(ready, JUNE)
    assert ready.turn_of_the_day(later).refused == {made.status_change_id: ("GR2",)}
    ready.drain(later)
    (case,) = ready.rows("SELECT review_case_id FROM review_cases")
    command = ResolveReview(review_case_id=case.review_case_id, reason="成绩已核实")
    ready.use(resolve_review, ready.actor(Role.COUNTY), command, now=later)
    assert ready.turn_of_the_day(later).executed == (made.status_change_id,)
    assert status(ready) == ("07", False)


def test_what_contradicts_a_graduation_afterwards_opens_a_review_and_changes_nothing(
    ready: ChangeDesk,
) -> None:
    decided = approve(ready)
    ready.carry_out(graduation(), PRINCIPAL, now=JUNE)
    reverse_first(ready, AUGUST)
    ready.drain(AUGUST)
    (case,) = ready.rows("SELECT decision_id, frozen_verdict_id FROM review_cases")
    assert tuple(case) == (decided.decision_id, decided.verdict_id)
    assert status(ready) == ("07", False)


def test_who_may_graduate_does_not_complete_or_leave(ready: ChangeDesk) -> None:
    with pytest.raises(InvalidInputError) as refused:
        ready.apply(completion(), now=AUGUST)
    assert codes(refused) == ["CO1"]
    with pytest.raises(InvalidInputError) as refused:
        ready.apply(of_kind(K.LEAVING, takes_effect_on=JUNE.date(), proofs=(SIGNED,)), now=JUNE)
    assert codes(refused) == ["LV3"]


def test_a_completion_is_exchanged_once_the_resit_is_passed(lacking: ChangeDesk) -> None:
    lacking.carry_out(completion(), REGISTRAR, PRINCIPAL, now=AUGUST)
    assert status(lacking) == ("08", False)
    assert lacking.life().life.completed_on == AUGUST.date()
    with pytest.raises(InvalidInputError) as refused:
        approve(lacking, MARCH)
    assert codes(refused) == ["not_eligible"]
    resit(lacking, MARCH)
    with pytest.raises(InvalidInputError) as refused:
        lacking.apply(exchange(), now=MARCH)
    assert codes(refused) == ["CX3"]
    decided = approve(lacking, MARCH)
    lacking.carry_out(exchange(), REGISTRAR, PRINCIPAL, now=MARCH)
    assert status(lacking) == ("07", False)
    (row,) = lacking.rows("SELECT * FROM status_change_executions WHERE status_before = '08'")
    assert (row.status_after, row.decision_id) == ("07", decided.decision_id)
    assert lacking.life().changed_on == MARCH.date()
    assert lacking.rows("SELECT 1 FROM review_cases") == []
    with pytest.raises(InvalidInputError) as refused:
        lacking.apply(exchange(), now=MARCH)
    assert codes(refused) == ["ST1"]


def test_an_exchange_keeps_to_its_months(lacking: ChangeDesk) -> None:
    lacking.carry_out(completion(), REGISTRAR, PRINCIPAL, now=AUGUST)
    resit(lacking, AUGUST)
    approve(lacking, AUGUST)
    early = datetime(2029, 2, 19, 2, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as refused:
        lacking.apply(exchange(early), now=early)
    assert codes(refused) == ["CX1"]
    late = datetime(2030, 8, 21, 2, tzinfo=UTC)
    with pytest.raises(InvalidInputError) as refused:
        lacking.apply(exchange(late), now=late)
    assert codes(refused) == ["CX2"]


def test_who_leaves_after_a_year_has_studied_and_the_family_may_ask(desk: ChangeDesk) -> None:
    day = datetime(2026, 9, 2, 2, tzinfo=UTC)
    what = of_kind(K.LEAVING, takes_effect_on=day.date(), proofs=(SIGNED,))
    made = desk.apply(what, actor=desk.actor(Role.STUDENT), now=day)
    desk.agree(made.status_change_id, REGISTRAR, PRINCIPAL, now=day)
    assert status(desk) == ("09", False)


def test_the_family_does_not_apply_for_a_graduation(ready: ChangeDesk) -> None:
    approve(ready)
    with pytest.raises(InvalidInputError) as refused:
        ready.apply(graduation(), actor=ready.actor(Role.GUARDIAN), now=JUNE)
    assert codes(refused) == ["by_school_only"]


@pytest.mark.parametrize("names", [False, True])
def test_the_database_lets_nobody_graduate_without_a_standing_decision(
    ready: ChangeDesk, engine: Engine, *, names: bool
) -> None:
    decided = approve(ready)
    tomorrow = JUNE + timedelta(days=1)
    made = ready.apply(graduation(tomorrow), now=JUNE)
    ready.agree(made.status_change_id, PRINCIPAL, now=JUNE)
    if names:
        command = WithdrawDecision(
            decision_id=decided.decision_id, reason="有误", document_no="测2号"
        )
        ready.use(withdraw_decision, ready.actor(PRINCIPAL), command, now=JUNE)
    row = {
        "status_change_id": made.status_change_id,
        "institution_id": ready.school.institution_id,
        "enrolment_id": ready.enrolment_id,
        "status_before": "01",
        "status_after": "07",
        "plan_before": ready.school.plan_id,
        "plan_after": ready.school.plan_id,
        "class_before": CLASS_NAME,
        "class_after": CLASS_NAME,
        "suspended_semesters": 0,
        "executed_at": tomorrow,
        "decision_id": decided.decision_id if names else None,
    }
    with (
        pytest.raises(DBAPIError, match="carries out the decision"),
        UnitOfWork(engine, EVERYWHERE) as uow,
    ):
        uow.connection.execute(insert(StatusChangeExecution).values(row))
