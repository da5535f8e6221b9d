"""Suppositions and proposals in the demo county: other majors, transfers, gaps that close."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import count

import pytest
from sqlalchemy import Engine, text

from creditbank.demo.county import seed_county
from creditbank.domain.access import Actor
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Role
from creditbank.domain.recognition_rules import RecognitionRule, Relation
from creditbank.domain.verdicts import SubjectKind
from creditbank.embedded import ServerUrls
from creditbank.services.commands import PostCourseCredit
from creditbank.services.credits import post_credit
from creditbank.services.evaluations import evaluate_learners
from creditbank.services.gaps import visible_gaps
from creditbank.services.hypotheses import Hypothesis, SupposedCourse
from creditbank.services.recognition_rules import (
    ChangeRecognitionRules,
    change_recognition_rules,
)
from creditbank.services.what_if import what_if
from creditbank.services.what_if_choices import what_if_choices
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork
from tests.databases import Database, clone_template

NOW = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 7, 1)
SCHOOL = 1
REGISTRAR = Actor(account_id=1, role=Role.REGISTRAR, institution_id=SCHOOL)
_keys = count()


@pytest.fixture(scope="module")
def demo_county(
    database: Database, servers: ServerUrls, engine: Engine, owner_engine: Engine
) -> Engine:
    engine.dispose()
    owner_engine.dispose()
    clone_template(servers, database.name)
    seed_county(database.owner_url, as_of=TODAY, scale=0.02)
    return engine


def student(engine: Engine, query: str) -> tuple[int, int]:
    with UnitOfWork(engine, EVERYWHERE) as uow:
        row = uow.connection.execute(text(query)).first()
    assert row is not None
    return row.learner_id, row.institution_id


_FIRST_YEAR = """
SELECT e.learner_id, e.institution_id FROM enrolments e JOIN institutions i USING (institution_id)
WHERE i.kind = '{kind}' AND e.is_open AND e.entry_year = 2025 ORDER BY e.learner_id LIMIT 1
"""


@pytest.mark.parametrize("kind", ["vocational_school", "general_high_school"])
def test_a_transfer_brings_along_what_the_table_recognises(demo_county, kind):
    learner_id, school_id = student(demo_county, _FIRST_YEAR.format(kind=kind))
    registrar = Actor(account_id=1, role=Role.REGISTRAR, institution_id=school_id)
    with UnitOfWork(demo_county, str(school_id)) as uow:
        moves = what_if_choices(uow, registrar, learner_id, now=NOW).moves
        away = next(item for item in moves if item.institution_id != school_id)
        found = what_if(uow, registrar, learner_id, Hypothesis(plan_id=away.plan_id), now=NOW)
    assert {item.institution_kind.value for item in moves} <= {
        "vocational_school", "general_high_school"
    }  # fmt: skip
    assert found.recognised
    after = found.compared[0].after
    assert after is not None
    assert sum(block.recognised for block in after.blocks) == sum(
        item.units for item in found.recognised
    )
    assert after.plan_id == away.plan_id
    assert after.required_units == (14400 if kind == "vocational_school" else 17000)
    assert [item.after for item in found.compared[1:]] == [None] * (len(found.compared) - 1)
    if kind == "vocational_school":
        exams = next(c for c in after.conditions if c.code == "academic_pass_exams")
        assert not exams.met


def test_another_major_keeps_what_both_plans_have(demo_county):
    learner_id, school_id = student(demo_county, _FIRST_YEAR.format(kind="vocational_school"))
    registrar = Actor(account_id=1, role=Role.REGISTRAR, institution_id=school_id)
    with UnitOfWork(demo_county, str(school_id)) as uow:
        moves = what_if_choices(uow, registrar, learner_id, now=NOW).moves
        other = next(item for item in moves if item.institution_id == school_id)
        found = what_if(uow, registrar, learner_id, Hypothesis(plan_id=other.plan_id), now=NOW)
    before, after = found.compared[0].before, found.compared[0].after
    assert after is not None
    blocks = [{block.code: block.earned for block in side.blocks} for side in (before, after)]
    assert blocks[0]["GG"] == blocks[1]["GG"] > 0
    assert blocks[0]["ZJ"] > blocks[1]["ZJ"] == 0
    assert found.recognised == ()
    assert found.notes


def leavers(engine: Engine) -> list[int]:
    """Learners of the vocational school in their last year."""
    query = """
SELECT learner_id FROM enrolments
WHERE institution_id = :school AND is_open AND entry_year = 2023 ORDER BY learner_id
"""
    with UnitOfWork(engine, EVERYWHERE) as uow:
        return list(uow.connection.execute(text(query), {"school": SCHOOL}).scalars())


def test_every_proposal_supposed_closes_the_gap_and_posted_does_so_too(demo_county):
    supposed, posted = 0, 0
    for learner_id in leavers(demo_county):
        with UnitOfWork(demo_county, str(SCHOOL)) as uow:
            (gap,) = [item.gap for item in visible_gaps(uow, REGISTRAR, learner_id, now=NOW)]
            for proposal in gap.proposals:
                if any(offer.record.kind is not EntryKind.COURSE for offer in proposal.offers):
                    continue
                records = tuple(SupposedCourse(course_code=o.code) for o in proposal.offers)
                found = what_if(uow, REGISTRAR, learner_id, Hypothesis(records=records), now=NOW)
                after = found.compared[0].after
                assert after is not None
                assert after.shortfall_units == 0
                assert found.gap.is_closed
                supposed += 1
        if gap.proposals and not posted:
            posted += post_all(demo_county, learner_id, gap.proposals[0])
    assert supposed > 2
    assert posted


def post_all(engine: Engine, learner_id: int, proposal) -> bool:
    if any(offer.record.kind is not EntryKind.COURSE for offer in proposal.offers):
        return False
    for offer in proposal.offers:
        command = PostCourseCredit(
            learner_id=learner_id,
            course_code=offer.code,
            term=Term(2025, 2),
            exam_kind=ExamKind.RETAKE,
            mark="60",
            earned_on=TODAY,
        )
        with UnitOfWork(engine, str(SCHOOL)) as uow:
            post_credit(uow, REGISTRAR, command, idempotency_key=f"k{next(_keys)}", now=NOW)
    with UnitOfWork(engine, EVERYWHERE) as uow:
        found = evaluate_learners(uow, [learner_id], as_of=TODAY)
    verdict = next(v for v, _ in found if v.subject_kind is SubjectKind.GRADUATION)
    assert verdict.shortfall_units == 0
    return True


def test_a_transfer_brings_along_what_the_countys_own_line_recognises(demo_county):
    learner_id, school_id = student(demo_county, _FIRST_YEAR.format(kind="general_high_school"))
    registrar = Actor(account_id=1, role=Role.REGISTRAR, institution_id=school_id)
    none = RecognitionRule(
        code="ZZ-02",
        into=InstitutionKind.VOCATIONAL_SCHOOL,
        relation=Relation.NONE,
        sources=("数学",),
        targets=(),
        target_nature=None,
        ratio_percent=100,
        units_max=None,
        needs_test=False,
        document_no="平教字〔2026〕9号",
        valid_from=TODAY,
    )
    later = replace(none, valid_from=date(2026, 7, 2))

    def recognised(uow: UnitOfWork, as_of: date = TODAY) -> set[str]:
        moves = what_if_choices(uow, registrar, learner_id, now=NOW).moves
        away = next(item for item in moves if item.institution_id != school_id)
        asked = Hypothesis(plan_id=away.plan_id, as_of=as_of)
        return {
            item.code for item in what_if(uow, registrar, learner_id, asked, now=NOW).recognised
        }

    with UnitOfWork(demo_county, EVERYWHERE) as uow:
        assert "ZZ-02" in recognised(uow)
        bureau = Actor(account_id=1, role=Role.COUNTY)
        command = ChangeRecognitionRules(lines=(none,))
        with uow.undone():
            change_recognition_rules(uow, bureau, command, idempotency_key="none", now=NOW)
            assert "ZZ-02" not in recognised(uow)
            assert {"ZZ-01", "ZZ-03"} <= recognised(uow)
        command = ChangeRecognitionRules(lines=(later,))
        with uow.undone():
            change_recognition_rules(uow, bureau, command, idempotency_key="later", now=NOW)
            assert "ZZ-02" in recognised(uow)
            assert "ZZ-02" not in recognised(uow, date(2026, 7, 2))
