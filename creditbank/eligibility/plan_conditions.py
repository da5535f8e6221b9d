"""Conditions of the plan that records decide: choices of courses, hours, floors."""

from __future__ import annotations

from creditbank.domain.plans import Block, HoursFloor
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects
from creditbank.eligibility.standing import Standing

CHOICE, HOURS, FLOOR = "choice", "hours", "floor"


def plan_conditions(
    index: PlanIndex, standing: Standing, allocation: Allocation
) -> tuple[ConditionResult, ...]:
    """In the plan's order; the code is the kind, a dot and the code of the block or the floor."""
    plan = index.plan
    if not (index.choosing or plan.hours_floors or plan.floors):
        return ()
    passed = {record.plan_code for record in (*standing.courses, *standing.recognised)}
    return (
        *(result for block in index.choosing for result in _choices(block, passed)),
        *(_hours(floor, standing.courses) for floor in plan.hours_floors),
        *(
            ConditionResult(
                f"{FLOOR}.{floor.code}",
                met=counted >= floor.units_min,
                required=str(floor.units_min),
                actual=str(counted),
                name=floor.name,
                name_en=floor.name_en,
            )
            for floor, counted in zip(plan.floors, allocation.floors, strict=True)
        ),
    )


def depends_on_records(condition: ConditionResult) -> bool:
    """Whether another record might meet it."""
    return condition.code.partition(".")[0] in {CHOICE, HOURS, FLOOR}


def _choices(block: Block, passed: set[str]) -> list[ConditionResult]:
    """missing_codes: the courses that are left to choose from."""
    found = []
    for choice in block.choices:
        has = [code for code in choice.course_codes if code in passed]
        met = len(has) >= choice.count
        found.append(
            ConditionResult(
                f"{CHOICE}.{block.code}",
                met=met,
                required=str(choice.count),
                actual=str(len(has)),
                missing_codes=()
                if met
                else tuple(code for code in choice.course_codes if code not in passed),
                name=block.name,
                name_en=block.name_en,
            )
        )
    return found


def _hours(floor: HoursFloor, courses: tuple[Record, ...]) -> ConditionResult:
    hours = sum(
        record.practice_hours if floor.practice_only else record.hours
        for record in courses
        if selects(floor.selector, record)
    )
    return ConditionResult(
        f"{HOURS}.{floor.code}",
        met=hours >= floor.hours_min,
        required=str(floor.hours_min),
        actual=str(hours),
        name=floor.name,
        name_en=floor.name_en,
    )
