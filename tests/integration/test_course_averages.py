"""课程平均 from the ledger: marks of record weighted by credits, scales converted by policy."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from creditbank.domain.courses import ExamKind, GradingScale
from creditbank.services.commands import PostCourseCredit, ReverseEntry
from creditbank.services.credits import post_credit
from creditbank.services.reversals import reverse_entry
from creditbank.store.course_averages import course_averages
from creditbank.store.unit_of_work import UnitOfWork
from tests.databases import Database
from tests.factories.agreement_desk import NOW, TODAY, AgreementDesk, make_agreement_desk


@pytest.fixture
def desk(clean_database: Database, owner_engine: Engine, engine: Engine) -> AgreementDesk:
    return make_agreement_desk(owner_engine, engine)


def post(desk: AgreementDesk, course: str, mark: str, **fields) -> None:
    command = PostCourseCredit(
        learner_id=desk.school.pupils[0].learner_id, course_code=course, term=desk.school.term,
        mark=mark, **({"earned_on": date(2026, 1, 10)} | fields),
    )  # fmt: skip
    desk.use(post_credit, desk.school.registrar, command)


def average(desk: AgreementDesk, *, as_of: date = TODAY) -> int | None:
    enrolment = desk.school.pupils[0].enrolment_id
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        return course_averages(uow.connection, [enrolment], as_of=as_of)[enrolment]


def test_marks_are_weighted_by_credits_and_words_by_what_the_policy_says(desk) -> None:
    assert average(desk) is None
    post(desk, "GG01", "85.5")
    assert average(desk) == 8_550
    post(desk, "GG02", "良好", scale=GradingScale.FIVE_LEVEL)
    assert average(desk) == 8_521  # (8 * 85.5 + 11 * 85) / 19 = 85.2105…
    post(desk, "GG03", "合格", scale=GradingScale.PASS_FAIL)
    assert average(desk) == 8_521
    assert average(desk, as_of=date(2026, 1, 9)) is None


def test_a_resit_counts_as_recorded_and_what_was_taken_back_not_at_all(desk) -> None:
    post(desk, "GG01", "40")
    assert average(desk) == 4_000
    post(desk, "GG01", "92", exam_kind=ExamKind.FIRST_RESIT, earned_on=date(2026, 1, 15))
    assert average(desk) == 6_000
    taken_back = ReverseEntry(
        learner_id=desk.school.pupils[0].learner_id, ledger_seq=2, reason="核对"
    )
    with UnitOfWork(desk.engine, str(desk.school.institution_id)) as uow:
        reverse_entry(uow, desk.school.registrar, taken_back, idempotency_key="back", now=NOW)
    assert average(desk) == 4_000
