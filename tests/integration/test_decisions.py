"""A decision freezes a positive verdict; what contradicts it later opens one review, no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest
from sqlalchemy import Engine, insert, text

from creditbank.domain.access import Actor
from creditbank.domain.decisions import ReviewState
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.queries.reviews import list_reviews, read_review
from creditbank.replaying import replay
from creditbank.services.commands import (
    ApproveGraduation,
    ConfirmQualification,
    ResolveReview,
    ReverseEntry,
    WithdrawDecision,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import drain
from creditbank.services.graduations import (
    approve_graduation,
    confirm_qualification,
    withdraw_decision,
)
from creditbank.services.reversals import reverse_entry
from creditbank.services.reviews import resolve_review
from creditbank.store.evaluations import mark
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from creditbank.tables.agreements import AgreementMember, ArticulationAgreement
from tests.factories.graduates import course, fulfil, let_awards_fill
from tests.factories.school import MAJOR, School, make_school

NOW = datetime(2028, 6, 20, 8, tzinfo=UTC)
_keys = count()
COUNTY = Actor(account_id=90, role=Role.COUNTY)


def approver(school: School) -> Actor:
    return Actor(account_id=91, role=Role.APPROVER, institution_id=school.institution_id)


def drained(engine: Engine, now: datetime = NOW) -> None:
    while drain(lambda: UnitOfWork(engine, EVERYWHERE), now=now).claimed:
        pass


def rows(engine: Engine, statement: str, **values) -> list:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(statement), values))


def use(engine: Engine, service, actor: Actor, command, *, key: str = "", now: datetime = NOW):
    reach = EVERYWHERE if actor.role is Role.COUNTY else str(actor.institution_id)
    with UnitOfWork(engine, reach) as uow:
        return service(uow, actor, command, idempotency_key=key or f"k{next(_keys)}", now=now)


def reverse(engine: Engine, school: School, seq: int, now: datetime = NOW) -> None:
    command = ReverseEntry(learner_id=school.pupils[0].learner_id, ledger_seq=seq, reason="有误")
    use(engine, reverse_entry, school.registrar, command, now=now)
    drained(engine, now)


@pytest.fixture
def school(clean_database, owner_engine: Engine, engine: Engine) -> School:
    """The first pupil has all there is, the second next to nothing; both in a 贯通班."""
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        made = make_school(uow.connection, pupils=2)
        make_school(uow.connection, number=2, pupils=1)
        agreement = insert(ArticulationAgreement).values(
            agreement_id=7,
            school_id=made.institution_id,
            college_id=made.institution_id,
            name="数控技术贯通培养",
            document_no="测〔2025〕1号",
            entry_year=2025,
            pre_level="secondary_voc",
            pre_years_tenths=30,
            post_level="higher_voc",
            post_years_tenths=20,
            pre_major_code=MAJOR[0],
            pre_catalogue_year=MAJOR[1],
            post_major_code="460103",
            post_catalogue_year=2021,
            quota=40,
            valid_from=date(2025, 9, 1),
            valid_to=date(2032, 7, 31),
            hard_conditions=[{"kind": "credits_to_date", "threshold": "100"}],
        )
        uow.connection.execute(agreement)
        for pupil in made.pupils:
            uow.connection.execute(
                insert(AgreementMember).values(
                    agreement_id=7, enrolment_id=pupil.enrolment_id, joined_on=date(2025, 9, 1)
                )
            )
    first, second = made.pupils
    let_awards_fill(owner_engine, made)
    fulfil(owner_engine, engine, made, first, now=NOW)
    use(engine, post_credit, made.registrar, course(second.learner_id, "GG01"))
    drained(engine)
    return made


def approve(engine: Engine, school: School, at: int = 0, **how):
    command = ApproveGraduation(learner_id=school.pupils[at].learner_id, document_no="测毕1号")
    return use(engine, approve_graduation, approver(school), command, **how)


def outcomes(engine: Engine, school: School) -> dict[str, str]:
    statement = "SELECT subject_kind, outcome FROM verdict_heads WHERE learner_id = :id"
    found = rows(engine, statement, id=school.pupils[0].learner_id)
    return {row.subject_kind: row.outcome for row in found}


def cases(engine: Engine) -> list:
    return rows(engine, "SELECT * FROM review_cases ORDER BY review_case_id")


def test_a_graduation_freezes_the_verdict_of_this_moment(school, engine) -> None:
    decided = approve(engine, school)
    (row,) = rows(engine, "SELECT * FROM decisions")
    (verdict,) = rows(engine, "SELECT * FROM verdicts WHERE verdict_id = :id", id=row.verdict_id)
    assert (row.decision_id, row.document_no) == (decided.decision_id, "测毕1号")
    assert verdict.outcome == "eligible"
    (waiting,) = rows(engine, "SELECT cause FROM pending_evaluations")
    assert waiting.cause == f"decision:{decided.decision_id}"
    drained(engine)
    assert outcomes(engine, school)["graduation"] == "eligible"
    assert cases(engine) == []


def test_what_was_posted_a_moment_ago_is_in_the_frozen_verdict(school, engine) -> None:
    """Nothing is decided on a verdict that is behind: it is brought to the head first."""
    command = ReverseEntry(learner_id=school.pupils[0].learner_id, ledger_seq=1, reason="有误")
    use(engine, reverse_entry, school.registrar, command)
    with pytest.raises(InvalidInputError) as refused:
        approve(engine, school)
    assert refused.value.problems[0].code == "not_eligible"
    use(engine, post_credit, school.registrar, course(school.pupils[0].learner_id, "GG01"))
    approve(engine, school)
    frozen = rows(
        engine, "SELECT v.ledger_seq, v.causes FROM decisions JOIN verdicts v USING (verdict_id)"
    )
    assert frozen[0].ledger_seq == 13


def test_a_verdict_that_is_not_positive_freezes_nothing(school, engine) -> None:
    with pytest.raises(InvalidInputError) as refused:
        approve(engine, school, at=1)
    assert refused.value.problems[0].code == "not_eligible"
    assert rows(engine, "SELECT * FROM decisions") == []


def test_the_same_key_decides_once_and_another_is_refused(school, engine) -> None:
    first = approve(engine, school, key="once")
    again = approve(engine, school, key="once")
    assert again.replayed
    assert again.decision_id == first.decision_id
    with pytest.raises(InvalidInputError) as refused:
        approve(engine, school)
    assert refused.value.problems[0].code == "decided_already"


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.APPROVER])
def test_only_the_approver_of_the_school_decides(school, engine, role) -> None:
    command = ApproveGraduation(learner_id=school.pupils[0].learner_id, document_no="测1号")
    actor = Actor(account_id=5, role=role, institution_id=school.institution_id)
    with pytest.raises(Exception, match=r"role|sign in") as refused:
        use(engine, approve_graduation, actor, command)
    assert role is Role.ANONYMOUS or isinstance(refused.value, ForbiddenError)
    stranger = Actor(account_id=6, role=Role.APPROVER, institution_id=school.institution_id + 1)
    with pytest.raises(NotFoundError):
        use(engine, approve_graduation, stranger, command)


def test_a_contradiction_opens_one_case_and_edits_nothing(school, engine, clean_database) -> None:
    decided = approve(engine, school)
    drained(engine)
    reverse(engine, school, 1)
    assert outcomes(engine, school)["graduation"] == "needs_review"
    (case,) = cases(engine)
    assert (case.decision_id, case.frozen_verdict_id) == (decided.decision_id, decided.verdict_id)
    reverse(engine, school, 2)  # it grows worse: the same open case
    drained(engine, NOW + timedelta(days=1))
    assert len(cases(engine)) == 1
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = read_review(uow, COUNTY, case.review_case_id, now=NOW)
    assert found.frozen.outcome == "eligible"
    assert (found.later.outcome, found.later.shortfall_units) == ("needs_review", 800)
    assert [str(cause) for cause in found.causes] == ["reversal:12"]
    assert len(rows(engine, "SELECT * FROM decisions")) == 1
    report = replay(clean_database.owner_url, progress=lambda *_: None)
    assert report.differences == []


def test_without_a_decision_the_same_reversal_opens_none(school, engine) -> None:
    reverse(engine, school, 1)
    assert outcomes(engine, school)["graduation"] == "not_yet"
    assert cases(engine) == []


def test_a_case_and_its_verdict_are_written_together_or_not_at_all(
    school, engine, monkeypatch
) -> None:
    approve(engine, school)
    drained(engine)
    command = ReverseEntry(learner_id=school.pupils[0].learner_id, ledger_seq=1, reason="有误")
    use(engine, reverse_entry, school.registrar, command)
    before = rows(engine, "SELECT count(*) AS n FROM verdicts")[0].n

    def fails(*_, **__):
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("creditbank.services.evaluations.open_review_cases", fails)
        report = drain(lambda: UnitOfWork(engine, EVERYWHERE), now=NOW)
    assert report.set_aside == 1
    assert rows(engine, "SELECT count(*) AS n FROM verdicts")[0].n == before
    drained(engine, NOW + timedelta(minutes=1))
    assert len(cases(engine)) == 1


def test_a_closed_case_is_not_asked_again_but_a_new_contradiction_is(school, engine) -> None:
    approve(engine, school)
    drained(engine)
    reverse(engine, school, 1)
    (case,) = cases(engine)
    command = ResolveReview(review_case_id=case.review_case_id, reason="已补办手续")
    with pytest.raises(InvalidInputError):
        use(
            engine,
            resolve_review,
            school.registrar,
            ResolveReview(review_case_id=case.review_case_id, reason=" "),
        )
    resolved = use(engine, resolve_review, school.registrar, command)
    assert resolved.resolution == "upheld"
    with pytest.raises(InvalidInputError) as refused:
        use(engine, resolve_review, COUNTY, command)
    assert refused.value.problems[0].code == "closed_already"
    # The same findings again: after the credit came back and went once more.
    learner_id = school.pupils[0].learner_id
    use(engine, post_credit, school.registrar, course(learner_id, "GG01"))
    drained(engine)
    assert outcomes(engine, school)["graduation"] == "eligible"
    reverse(engine, school, 2)
    assert len(cases(engine)) == 2


def test_after_the_learner_has_left_a_contradiction_is_still_seen(
    school, engine, owner_engine
) -> None:
    approve(engine, school)
    drained(engine)
    with owner_engine.begin() as connection:
        connection.execute(
            text("UPDATE enrolments SET status = '07', is_open = false WHERE enrolment_id = :e"),
            {"e": school.pupils[0].enrolment_id},
        )
    with UnitOfWork(engine, EVERYWHERE) as uow:
        uow.connection.execute(text("UPDATE learner_heads SET facts_seq = facts_seq + 1"))
        learner_id = school.pupils[0].learner_id
        mark(uow.connection, [learner_id], due_seq=0, cause="fact:enrolments", now=NOW)
    drained(engine)
    found = outcomes(engine, school)["graduation"]
    assert (found, [c.subject_kind for c in cases(engine)]) == ("closed", [])
    reverse(engine, school, 1)
    assert [case.subject_kind for case in cases(engine)] == ["graduation"]


def test_a_qualification_is_confirmed_and_reviewed_alike(school, engine) -> None:
    command = ConfirmQualification(
        learner_id=school.pupils[0].learner_id, agreement_id=7, document_no="测转1号"
    )
    decided = use(engine, confirm_qualification, approver(school), command)
    assert (decided.subject_kind, decided.subject_id) == ("articulation", 7)
    drained(engine)
    assert outcomes(engine, school)["articulation"] == "qualified"
    reverse(engine, school, 1)
    assert outcomes(engine, school)["articulation"] == "needs_review"
    assert [case.subject_kind for case in cases(engine)] == ["articulation"]
    other = ConfirmQualification(
        learner_id=school.pupils[1].learner_id, agreement_id=7, document_no="测转1号"
    )
    with pytest.raises(InvalidInputError):
        use(engine, confirm_qualification, approver(school), other)


def test_a_withdrawal_is_a_further_row_and_closes_the_case(school, engine) -> None:
    decided = approve(engine, school)
    drained(engine)
    reverse(engine, school, 1)
    command = WithdrawDecision(
        decision_id=decided.decision_id, reason="学分有误", document_no="测撤1号"
    )
    withdrawn = use(engine, withdraw_decision, approver(school), command)
    assert withdrawn.withdraws_id == decided.decision_id
    (resolution,) = rows(engine, "SELECT * FROM review_resolutions")
    assert (resolution.resolution, resolution.reason) == ("withdrawn", "学分有误")
    drained(engine)
    assert outcomes(engine, school)["graduation"] == "not_yet"
    assert len(rows(engine, "SELECT * FROM decisions")) == 2
    with pytest.raises(InvalidInputError) as refused:
        use(engine, withdraw_decision, approver(school), command)
    assert refused.value.problems[0].code == "not_standing"
    stranger = Actor(account_id=6, role=Role.APPROVER, institution_id=school.institution_id + 1)
    with pytest.raises(NotFoundError):
        use(engine, withdraw_decision, stranger, command)


@pytest.mark.parametrize(("reason", "document_no"), [("", "测1号"), ("有误", " ")])
def test_a_withdrawal_says_why_and_by_which_document(school, engine, reason, document_no) -> None:
    decided = approve(engine, school)
    command = WithdrawDecision(
        decision_id=decided.decision_id, reason=reason, document_no=document_no
    )
    with pytest.raises(InvalidInputError):
        use(engine, withdraw_decision, approver(school), command)


def test_each_school_sees_its_own_cases_and_the_county_all(school, engine) -> None:
    approve(engine, school)
    drained(engine)
    reverse(engine, school, 1)
    stranger = Actor(account_id=7, role=Role.REGISTRAR, institution_id=school.institution_id + 1)
    seen = {}
    for name, actor in (("own", school.registrar), ("county", COUNTY), ("other", stranger)):
        with UnitOfWork(engine, EVERYWHERE) as uow:  # the first wall alone
            seen[name] = len(list_reviews(uow, actor, now=NOW, state=ReviewState.ALL).items)
    assert seen == {"own": 1, "county": 1, "other": 0}
    with UnitOfWork(engine, str(stranger.institution_id)) as uow:  # the second wall alone
        assert list_reviews(uow, COUNTY, now=NOW).items == ()
    (case,) = cases(engine)
    command = ResolveReview(review_case_id=case.review_case_id, reason="核对")
    with pytest.raises(NotFoundError):
        use(engine, resolve_review, stranger, command)
