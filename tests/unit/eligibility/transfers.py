"""Transfers between the demo's own plans, and small ones written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from creditbank.demo import high_school, vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Block, Plan, PlanCourse
from creditbank.domain.recognition_rules import RecognitionRule, Relation, in_force
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility.recogniser import propose
from creditbank.eligibility.recognition import Reason, Transfer
from creditbank.store.recognition_rules import shipped_rules
from tests.factories.policies import shipped_policy

DAY = date(2026, 7, 1)
POLICY = shipped_policy()
VOCATIONAL = vocational.plan_of(MAJORS[0], plan_id=1, institution_id=1)
GENERAL = high_school.plan_of(plan_id=2, institution_id=2)
FREE = CourseNature.FREE_ELECTIVE
FIRST = 501
"""The number of the first source."""


def shipped(into: InstitutionKind, **changed: dict[str, Any]) -> tuple[RecognitionRule, ...]:
    """The table of the day; changed: fields of its lines by code, GZ_11={"units_max": 300}."""
    rules = in_force(shipped_rules(), into=into, as_of=DAY)
    return tuple(replace(rule, **changed.get(rule.code.replace("-", "_"), {})) for rule in rules)


TO_GENERAL = shipped(InstitutionKind.GENERAL_HIGH_SCHOOL)
TO_VOCATIONAL = shipped(InstitutionKind.VOCATIONAL_SCHOOL)


def line(code: str, relation: Relation, *sources: str, **more: Any) -> RecognitionRule:
    """A line into a general school at one for one without a limit."""
    like = next(rule for rule in TO_GENERAL if rule.code == "GZ-01")
    fields = {"targets": (), "units_max": None} | more
    return replace(like, code=code, relation=relation, sources=sources, **fields)


def elective(code: str, *sources: str, **more: Any) -> RecognitionRule:
    """A line into free electives, unless another nature is given."""
    return line(code, Relation.ELECTIVE, *sources, **{"target_nature": FREE, **more})


def passed(plan: Plan, *prefixes: str) -> tuple[Record, ...]:
    """Courses of a plan whose codes begin so, numbered from FIRST."""
    courses = [c for c in plan.courses if c.course_code.startswith(prefixes)]
    return sources(*((course.name, course.units, course.course_code) for course in courses))


def sources(*courses: tuple[str, int] | tuple[str, int, str]) -> tuple[Record, ...]:
    """Names and units, with codes of their own where none is given."""
    return tuple(
        Record(seq, EntryKind.COURSE, units, DAY, name, code[0] if code else f"X{seq}")
        for seq, (name, units, *code) in enumerate(courses, start=FIRST)
    )


def newcomer(plan: Plan, records: tuple[Record, ...] = ()) -> Snapshot:
    """A first-year of the plan with these records."""
    return Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=plan.institution_id,
        ledger_seq=400,
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2025, 9, 1),
        entry_year=2025,
        suspended_semesters=0,
        records=records,
    )


def transfer(
    records: tuple[Record, ...],
    rules: tuple[RecognitionRule, ...],
    there: Plan = GENERAL,
    *,
    booked: tuple[Record, ...] = (),
    tested: Sequence[str] = (),
    here: Plan | None = None,
) -> Transfer:
    """From the other kind of school, unless `here` is given; booked: at the receiving school."""
    left = here or (VOCATIONAL if there.institution_id == GENERAL.institution_id else GENERAL)
    snapshot = newcomer(there, booked)
    return Transfer(records, left, there, snapshot, POLICY, rules, DAY, frozenset(tested))


def small_plan(
    blocks: Sequence[tuple[str, int, CourseNature]], *courses: tuple[str, str, int], total: int = 0
) -> Plan:
    """blocks: code, minimum, nature; courses: name (its code too), block, units; all required."""
    return replace(
        GENERAL,
        units_min=total or sum(units for _, units, _ in blocks),
        blocks=tuple(Block(code, code, code, nature, units) for code, units, nature in blocks),
        courses=tuple(
            PlanCourse(name, name, block, units, 0, 0, semester, is_required=True)
            for semester, (name, block, units) in enumerate(courses, start=1)
        ),
    )


def why(asked: Transfer) -> dict[str, tuple[Reason, str]]:
    """By name why a course is not recognised, and by which line."""
    left = propose(asked).not_recognised
    assert all(item.message.zh and item.message.en for item in left)
    return {item.source.title: (item.reason, item.code) for item in left}
