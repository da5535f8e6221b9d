"""Suppositions on real books: as posting would have it, and not a row is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.access import Actor
from creditbank.domain.awards import AwardLevel, AwardRank, CertificateLevel, InnovationCategory
from creditbank.domain.errors import ForbiddenError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Role
from creditbank.domain.verdicts import SubjectKind
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostInnovationCredit,
    ReverseEntry,
)
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import evaluate_learners
from creditbank.services.gaps import visible_gaps
from creditbank.services.hypotheses import (
    Hypothesis,
    SupposedCompetition,
    SupposedCourse,
    SupposedInnovation,
)
from creditbank.services.reversals import reverse_entry
from creditbank.services.what_if import WhatIf, what_if
from creditbank.store.ledger import entries_of
from creditbank.store.packed_entries import packed_entry, read_entries
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)
_keys = count()


@pytest.fixture
def school(clean_database, owner_engine: Engine) -> School:
    with UnitOfWork(owner_engine, EVERYWHERE) as uow:
        return make_school(uow.connection, number=1, pupils=3)


def own(learner_id: int) -> Actor:
    return Actor(account_id=50, role=Role.STUDENT, learner_ids=frozenset({learner_id}))


def supposed(engine: Engine, school: School, hypothesis: Hypothesis, at: int = 0) -> WhatIf:
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        pupil = school.pupils[at].learner_id
        return what_if(uow, school.registrar, pupil, hypothesis, now=NOW)


def post(engine: Engine, school: School, command) -> None:
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        post_credit(uow, school.registrar, command, idempotency_key=f"k{next(_keys)}", now=NOW)


def counts(engine: Engine) -> list[int]:
    tables = ("ledger_entries", "verdicts", "verdict_heads", "pending_evaluations",
              "idempotency_keys", "learner_heads")  # fmt: skip
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return [
            int(uow.connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
            for name in tables
        ]


def placed(found: WhatIf):
    """The graduation verdict as supposed, without the place in the ledger."""
    after = found.compared[0].after
    assert after is not None
    return replace(after, ledger_seq=0)


def decided(engine: Engine, school: School, at: int = 0):
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = evaluate_learners(uow, [school.pupils[at].learner_id], as_of=TODAY)
    verdict = next(v for v, _ in found if v.subject_kind is SubjectKind.GRADUATION)
    return replace(verdict, ledger_seq=0)


def records_of(school: School) -> tuple:
    pupil = school.pupils[0].learner_id
    supposed_ = (
        SupposedCourse(course_code="GG01", mark="85"),
        SupposedCourse(course_code="GG02", mark="50"),
        SupposedCompetition(level=AwardLevel.CITY, rank=AwardRank.SECOND, event="市赛"),
        SupposedInnovation(category=InnovationCategory.VOLUNTEERING, quantity=45, title="志愿"),
        SupposedInnovation(
            category=InnovationCategory.SKILL_CERTIFICATE,
            certificate_level=CertificateLevel.INTERMEDIATE, title="证书",
        ),
    )  # fmt: skip
    posted = (
        PostCourseCredit(learner_id=pupil, course_code="GG01", term=school.term, mark="85",
                         earned_on=TODAY),
        PostCourseCredit(learner_id=pupil, course_code="GG02", term=school.term, mark="50",
                         earned_on=TODAY),
        PostCompetitionCredit(learner_id=pupil, event="市赛", level=AwardLevel.CITY,
                              rank=AwardRank.SECOND, earned_on=TODAY),
        PostInnovationCredit(learner_id=pupil, category=InnovationCategory.VOLUNTEERING,
                             title="志愿", quantity=45, earned_on=TODAY),
        PostInnovationCredit(learner_id=pupil, category=InnovationCategory.SKILL_CERTIFICATE,
                             title="证书", certificate_level=CertificateLevel.INTERMEDIATE,
                             certificate_no="ZS-1", earned_on=TODAY),
    )  # fmt: skip
    return supposed_, posted


def test_what_is_supposed_is_what_posting_gives(engine, school):
    supposed_, posted = records_of(school)
    found = supposed(engine, school, Hypothesis(records=supposed_))
    assert [change.units for change in found.changes if change.is_supposed][1:] == [
        0,
        150,
        100,
        300,
    ]
    for command in posted:
        post(engine, school, command)
    assert placed(found) == decided(engine, school)


def test_what_is_supposed_taken_back_is_what_a_reversal_gives(engine, school):
    for command in records_of(school)[1]:
        post(engine, school, command)
    found = supposed(engine, school, Hypothesis(without=(1, 3)))
    assert found.compared[0].before.counted_units > placed(found).counted_units
    for seq in (1, 3):
        with UnitOfWork(engine, str(school.institution_id)) as uow:
            command = ReverseEntry(
                learner_id=school.pupils[0].learner_id, ledger_seq=seq, reason="核对"
            )
            key = f"k{next(_keys)}"
            reverse_entry(uow, school.registrar, command, idempotency_key=key, now=NOW)
    assert placed(found) == decided(engine, school)


def test_nothing_is_written_but_the_access_log(engine, school):
    before = counts(engine)
    supposed(engine, school, Hypothesis(records=records_of(school)[0]))
    assert counts(engine) == before
    with UnitOfWork(engine, EVERYWHERE) as uow:
        actions = uow.connection.execute(text("SELECT action FROM access_log")).scalars().all()
    assert actions == ["what_if"]


def test_nobody_waits_for_a_supposition(engine, school):
    """The head is not locked: posting goes on while somebody supposes."""
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        pupil = school.pupils[0].learner_id
        hypothesis = Hypothesis(records=records_of(school)[0])
        what_if(uow, school.registrar, pupil, hypothesis, now=NOW)
        post(engine, school, records_of(school)[1][0])


def test_what_posting_refuses_is_refused_with_its_row(engine, school):
    wrong = (SupposedCourse(course_code="GG01"), SupposedCourse(course_code="NONE"))
    with pytest.raises(InvalidInputError) as refusal:
        supposed(engine, school, Hypothesis(records=wrong))
    assert [(item.code, item.row) for item in refusal.value.problems] == [("course_unknown", 2)]


@pytest.mark.parametrize("day", [date(2026, 6, 30), date(2040, 1, 1)])
def test_a_day_gone_by_or_too_far_is_refused(engine, school, day):
    with pytest.raises(InvalidInputError):
        supposed(engine, school, Hypothesis(as_of=day))


def test_a_later_day_is_decided_as_of_that_day(engine, school):
    found = supposed(engine, school, Hypothesis(as_of=date(2027, 9, 1)))
    conditions = {
        side.as_of: next(c.met for c in side.conditions if c.code == "min_duration")
        for side in (found.compared[0].before, placed(found))
    }
    assert conditions == {TODAY: False, date(2027, 9, 1): True}


def test_an_entry_that_is_not_there_cannot_be_taken_back(engine, school):
    with pytest.raises(NotFoundError):
        supposed(engine, school, Hypothesis(without=(99,)))


def test_a_plan_that_the_cohort_cannot_follow_is_refused(engine, school):
    with pytest.raises(InvalidInputError):
        supposed(engine, school, Hypothesis(plan_id=999))


def test_a_student_supposes_for_oneself_alone_and_a_college_for_nobody(engine, school):
    mine, other = (pupil.learner_id for pupil in school.pupils[:2])
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        assert what_if(uow, own(mine), mine, Hypothesis(), now=NOW).learner_id == mine
        with pytest.raises(NotFoundError):
            what_if(uow, own(mine), other, Hypothesis(), now=NOW)
        with pytest.raises(ForbiddenError):
            what_if(uow, Actor(60, Role.COUNTY), mine, Hypothesis(), now=NOW)


def test_what_the_schools_offers_cannot_fill_is_said(engine, school):
    """Two credits of electives without a single course; of awards half may replace them."""
    with UnitOfWork(engine, str(school.institution_id)) as uow:
        (found,) = visible_gaps(uow, school.registrar, school.pupils[0].learner_id, now=NOW)
    assert found.gap.out_of_reach == ("RX",)
    assert {item.code for item in found.gap.conditions} >= {"conduct", "internship"}


def test_a_row_is_packed_as_the_database_packs_it(engine, school):
    for command in records_of(school)[1]:
        post(engine, school, command)
    pupil = school.pupils[0].learner_id
    with UnitOfWork(engine, EVERYWHERE) as uow:
        packed = read_entries(uow.connection, [pupil])[pupil]
        assert list(map(packed_entry, entries_of(uow.connection, pupil))) == packed
