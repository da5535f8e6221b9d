"""What rules of a plan may name stands in the ledger, from posting to verdict."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine, text

from creditbank.domain.awards import AwardLevel, AwardRank, InnovationCategory
from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import Term
from creditbank.domain.ledger import EntryKind, clean_tags
from creditbank.domain.plans import Acceptance, Cap, HoursFloor, Plan, Way
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Verdict
from creditbank.eligibility import evaluate_graduation
from creditbank.services.commands import (
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostInnovationCredit,
)
from creditbank.services.credits import post_credit
from creditbank.store.plans import load_plan
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluands
from creditbank.store.unit_of_work import EVERYWHERE, UnitOfWork, reach_of
from tests.factories.school import School, make_school

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
TODAY = date(2026, 7, 1)


class Desk:
    """One pupil, who has passed a course with practice and won two prizes."""

    def __init__(self, engine: Engine, school: School) -> None:
        self.engine, self.school = engine, school
        self.learner_id = school.pupils[0].learner_id
        self.post(
            PostCourseCredit(
                learner_id=self.learner_id, course_code="GG02", term=Term(2025, 1), mark="85",
                tags="红色 ， 双创", earned_on=date(2026, 1, 20),
            ),
            PostCompetitionCredit(
                learner_id=self.learner_id, event="省赛2026", level=AwardLevel.PROVINCE,
                rank=AwardRank.FIRST, issuer="省教育厅", earned_on=date(2026, 5, 20),
            ),
            PostInnovationCredit(
                learner_id=self.learner_id, category=InnovationCategory.SOCIAL_PRACTICE,
                title="社会实践", quantity=5, issuer="市团委", tags="双创",
                earned_on=date(2026, 5, 21),
            ),
        )  # fmt: skip

    def post(self, *commands: PostCredit) -> None:
        for command in commands:
            with UnitOfWork(self.engine, reach_of(self.school.registrar)) as uow:
                key = uuid.uuid4().hex
                post_credit(uow, self.school.registrar, command, idempotency_key=key, now=NOW)

    def snapshot(self) -> Snapshot:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            (found,) = read_evaluands(uow.connection, [self.learner_id])
        return found.snapshot

    def plan(self) -> Plan:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            return load_plan(uow.connection, self.school.plan_id)

    def judge(self, plan: Plan) -> Verdict:
        with UnitOfWork(self.engine, EVERYWHERE) as uow:
            policy = policy_for(uow.connection, self.school.institution_id, TODAY)
        return evaluate_graduation(self.snapshot(), plan, policy, TODAY)


@pytest.fixture
def desk(clean_database, owner_engine: Engine, engine: Engine) -> Desk:
    with owner_engine.begin() as connection:
        school = make_school(connection)
    return Desk(engine, school)


def by_kind(snapshot: Snapshot) -> dict[EntryKind, Record]:
    return {record.kind: record for record in snapshot.records}


def test_a_course_brings_its_nature_hours_and_marks(desk, engine):
    course = by_kind(desk.snapshot())[EntryKind.COURSE]
    with engine.connect() as connection, connection.begin():
        connection.execute(text("SELECT set_config('creditbank.reach', '*', true)"))
        known = connection.execute(
            text(
                "SELECT nature, theory_hours + practice_hours AS hours, practice_hours FROM courses"
                " WHERE code = 'GG02' AND institution_id = :id"
            ),
            {"id": desk.school.institution_id},
        ).one()
    assert (course.nature, course.hours, course.practice_hours) == tuple(known)
    assert course.hours > 0
    assert course.tags == ("双创", "红色")


def test_awards_bring_their_level_and_who_issued_them(desk):
    found = by_kind(desk.snapshot())
    prize, practice = found[EntryKind.COMPETITION], found[EntryKind.INNOVATION]
    assert (prize.level, prize.issuer, prize.tags) == (AwardLevel.PROVINCE.value, "省教育厅", ())
    assert (practice.issuer, practice.tags) == ("市团委", ("双创",))


@pytest.mark.parametrize(
    ("selector", "counts"),
    [
        (Selector(levels=(AwardLevel.PROVINCE.value,)), True),
        (Selector(levels=("10",)), False),
        (Selector(issuers=("省教育厅",)), True),
        (Selector(issuers=("县教育局",), kinds=(EntryKind.COMPETITION,)), False),
    ],
)
def test_a_block_takes_the_awards_that_its_rule_names(desk, selector, counts):
    plan = desk.plan()
    first, *others = plan.blocks
    taking = replace(first, accepts=(Acceptance(selector, Way.EARN),))
    verdict = desk.judge(replace(plan, blocks=(taking, *others)))
    prize = by_kind(desk.snapshot())[EntryKind.COMPETITION].ledger_seq
    placed = [item for item in verdict.placements if item.ledger_seq == prize and item.block_code]
    assert any(item.block_code == first.code for item in placed) is counts


@pytest.mark.parametrize("is_by_nature", [True, False])
def test_a_cap_on_courses_of_a_nature_or_a_mark_cuts_them_off(desk, is_by_nature):
    course = by_kind(desk.snapshot())[EntryKind.COURSE]
    selector = Selector(kinds=(EntryKind.COURSE,), tags=("红色",))
    if is_by_nature:
        selector = Selector(kinds=(EntryKind.COURSE,), natures=(CourseNature(course.nature),))
    plan = replace(desk.plan(), caps=(Cap("c", selector, units=0),))
    counted = {item.ledger_seq for item in desk.judge(plan).placements if item.block_code}
    assert course.ledger_seq not in counted


@pytest.mark.parametrize(("beyond", "met"), [(0, True), (1, False)])
def test_hours_are_those_of_the_courses_passed(desk, beyond, met):
    course = by_kind(desk.snapshot())[EntryKind.COURSE]
    floor = HoursFloor("h", "学时", "hours", Selector(), course.hours + beyond)
    verdict = desk.judge(replace(desk.plan(), hours_floors=(floor,)))
    (found,) = [item for item in verdict.conditions if item.code == "hours.h"]
    assert found.met is met


@pytest.mark.parametrize(
    ("written", "kept"),
    [("", ""), (" , ，", ""), ("双创、红色", "双创,红色"), ("b;a, b", "a,b"), ("红色", "红色")],
)
def test_marks_are_kept_in_one_form(written, kept):
    assert clean_tags(written) == kept
