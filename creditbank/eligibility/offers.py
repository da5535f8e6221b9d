"""What a learner could still earn: courses of the plan not passed yet, and awards by policy.

Policy says which awards are offered and what they ask of a learner: effort.hours.<award> in class
hours, a comparison and nothing more; effort.times.<award> how often one is offered at most. What
an award is worth is domain.award_values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date

from creditbank.domain.award_values import competition_units, innovation_units
from creditbank.domain.awards import (
    AwardLevel,
    AwardRank,
    CertificateLevel,
    InnovationCategory,
    TeamRole,
)
from creditbank.domain.evidence import ACCUMULATING
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan, PlanCourse
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record

_EFFORT = "effort.hours."


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to earn. code: of the course, or of the award such as competition.33.2.

    number: from 1, where the same award is offered several times. hours: what it asks, in class
    hours. semester_no: the learner's own in which it can be earned first. record: as it would stand
    in the books, without its ledger_seq. rank, quantity: of an award, what record does not say.
    family: of offers with the same family at most one is proposed at a time.
    """

    code: str
    number: int
    hours: int
    semester_no: int
    record: Record
    level: str = ""
    rank: str = ""
    quantity: int = 1
    family: str = ""


def offers(
    plan: Plan, passed: Collection[str], policy: Policy, *, semester: int, as_of: date
) -> tuple[Offer, ...]:
    """Courses in the plan's order, then awards. passed: codes of courses that are earned already.

    semester: the learner's own now. A course of an earlier one is made up from now on.
    """
    natures = {block.code: block.nature.value for block in plan.blocks}
    courses = (
        _course(course, natures[course.block_code], policy, semester, as_of)
        for course in plan.courses
        if course.course_code not in passed and course.units > 0
    )
    return (*courses, *_awards(policy, semester, as_of))


def course_hours(course: PlanCourse, policy: Policy) -> int:
    """Class hours of a course; by its credits where the plan gives none."""
    hours = course.theory_hours + course.practice_hours
    return hours or -(-course.units * policy.integer("credit.hours_max") // 100)


def _course(course: PlanCourse, nature: str, policy: Policy, semester: int, as_of: date) -> Offer:
    return Offer(
        code=course.course_code,
        number=1,
        hours=course_hours(course, policy),
        semester_no=max(course.semester_no, semester),
        record=Record(
            0,
            EntryKind.COURSE,
            course.units,
            as_of,
            course.name,
            course.course_code,
            nature=nature,
            hours=course.theory_hours + course.practice_hours,
            practice_hours=course.practice_hours,
        ),
    )


def _awards(policy: Policy, semester: int, as_of: date) -> Iterator[Offer]:
    for key in sorted(policy.values):
        if not key.startswith(_EFFORT):
            continue
        code = key.removeprefix(_EFFORT)
        offer = _award(code, policy.integer(key), policy, semester, as_of)
        times = f"effort.times.{code}"
        if offer.record.units > 0:
            for number in range(1, (policy.integer(times) if times in policy.values else 1) + 1):
                # Each is an event of its own: of one event only the highest would count.
                record = replace(offer.record, event_key=f"offer|{code}|{number}")
                yield replace(offer, number=number, record=record)


def _award(code: str, hours: int, policy: Policy, semester: int, as_of: date) -> Offer:
    kind, *parts = code.split(".")
    if kind == EntryKind.COMPETITION:
        level, rank = AwardLevel(parts[0]), AwardRank(parts[1])
        units = competition_units(level, rank, TeamRole.INDIVIDUAL, policy).units
        record = Record(
            0, EntryKind.COMPETITION, units, as_of, code, category=kind, level=level.value
        )
        return Offer(code, 1, hours, semester, record, level=level.value, rank=rank.value)
    category = InnovationCategory(parts[0])
    certificate = CertificateLevel(parts[1]) if len(parts) > 1 else CertificateLevel.NONE
    portion = f"innovation.portion.{category.value}"
    quantity = policy.integer(portion) if category in ACCUMULATING else 1
    record = Record(
        0,
        EntryKind.INNOVATION,
        innovation_units(category, quantity, certificate, policy).units,
        as_of,
        code,
        category=category.value,
        certificate_level=certificate,
        level=certificate.value,
    )
    family = category.value if category is InnovationCategory.SKILL_CERTIFICATE else ""
    return Offer(code, 1, hours, semester, record, quantity=quantity, family=family)
