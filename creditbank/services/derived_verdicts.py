"""Where learners would stand, said by the verdict that stands: no record is looked at.

For two changes of rules. Another time of study changes nothing in the blocks. Where no award counts
any more and every course is in its own block, what awards filled is missing; no course can be moved
to advantage out of a block that has no more than it asks. Tests hold every simulation against an
evaluation of everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.plans import Plan
from creditbank.domain.simulations import Affected, BlockLack, Effect, Position, effect_of
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.eligibility import ENGINE_VERSION
from creditbank.eligibility.conditions import MIN_DURATION
from creditbank.eligibility.plan_index import plan_index
from creditbank.services.rule_reach import Times
from creditbank.store.simulations import (
    OpenEnrolment,
    Rules,
    SharedCourse,
    StandingPosition,
    read_settled_alone,
    read_settled_positions,
)


@dataclass(frozen=True, slots=True)
class OtherRules:
    """version: of the rules in force at a school; times: what others say of an enrolment."""

    plans: Mapping[int, Plan]
    version: Callable[[int], str]
    times: Callable[[OpenEnrolment], Times]
    as_of: date


@dataclass(frozen=True, slots=True)
class Derived:
    """affected: whose verdict changes; unknown: those of whom only the engine can tell."""

    affected: tuple[Affected, ...] = ()
    unknown: tuple[OpenEnrolment, ...] = ()


def derived_by_time(
    connection: Connection, items: Sequence[OpenEnrolment], rules: OtherRules
) -> Derived:
    """What changes where awards count as they did. The reach must be everywhere."""
    standing = read_settled_positions(connection, [item.enrolment_id for item in items])
    return _derived(items, rules, standing, lambda _, found: found)


def derived_without_awards(
    connection: Connection, items: Sequence[OpenEnrolment], rules: OtherRules
) -> Derived:
    """What changes under plain plans where no award counts any more. The reach as above."""
    plans = {item.plan_id: rules.plans[item.plan_id] for item in items}
    shared = {plan_id: shared_courses(plan) for plan_id, plan in plans.items()}
    sharing = {
        plan_id: {code for course in courses for code in course.block_codes}
        for plan_id, courses in shared.items()
    }
    standing = read_settled_alone(
        connection,
        [item.enrolment_id for item in items],
        [course for courses in shared.values() for course in courses],
    )
    return _derived(
        items,
        rules,
        standing,
        lambda item, found: without_awards(found, plans[item.plan_id], sharing[item.plan_id]),
    )


def _derived(
    items: Sequence[OpenEnrolment],
    rules: OtherRules,
    standing: Mapping[int, StandingPosition],
    change: Callable[[OpenEnrolment, StandingPosition], StandingPosition | None],
) -> Derived:
    affected, unknown = [], []
    for item in items:
        found = standing.get(item.enrolment_id)
        after = None if found is None else _after(item, found, rules, change)
        if found is None or after is None:
            unknown.append(item)
        elif effect_of(found.position, after) is not Effect.SAME:
            affected.append(
                Affected(
                    learner_id=item.learner_id,
                    enrolment_id=item.enrolment_id,
                    institution_id=item.institution_id,
                    major_code=item.major_code,
                    entry_year=item.entry_year,
                    subject_kind=SubjectKind.GRADUATION,
                    subject_id=0,
                    before=found.position,
                    after=after,
                )
            )
    return Derived(tuple(affected), tuple(unknown))


def _after(
    item: OpenEnrolment,
    found: StandingPosition,
    rules: OtherRules,
    change: Callable[[OpenEnrolment, StandingPosition], StandingPosition | None],
) -> Position | None:
    version = rules.version(item.institution_id)
    if found.rules != Rules(item.plan_id, version, ENGINE_VERSION, rules.as_of):
        return None
    changed = change(item, found)
    if changed is None:
        return None
    semester = semester_no(
        entry_year=item.entry_year,
        term=Term.containing(rules.as_of),
        suspended_semesters=item.suspended_semesters,
    )
    is_early = semester < 2 * rules.plans[item.plan_id].years
    return position_at(changed, rules.times(item), is_early=is_early)


def position_at(found: StandingPosition, times: Times, *, is_early: bool) -> Position | None:
    """The position at these times; None where people have to look at it.

    found: without dispute or decision, so that who is not accepted is only early or late. is_early:
    before the last planned semester.
    """
    unmet = tuple(
        code
        for code, met in found.conditions
        if not (times.shortest.met if code == MIN_DURATION else met)
    )
    outcome = found.position.outcome
    if outcome is Outcome.NEEDS_REVIEW:
        return None
    if outcome is not Outcome.CLOSED:
        if not unmet and not found.position.shortfall_units:
            outcome = Outcome.ELIGIBLE_EARLY if is_early else Outcome.ELIGIBLE
        else:
            outcome = Outcome.COMPLETION_DUE if times.longest_is_over else Outcome.NOT_YET
    return replace(found.position, outcome=outcome, unmet=unmet)


def without_awards(
    found: StandingPosition, plan: Plan, sharing: Collection[str]
) -> StandingPosition | None:
    """The same with nothing filled by awards; None where a course might then be better elsewhere.

    found: nothing but awards fills anything, and every course is in its own block. sharing: the
    blocks that share courses. None of them has more than it asks, so what they lack together is
    what they ask less what courses earn: the least there can be, and own blocks are what the engine
    prefers.
    """
    if any(
        block.earned + block.recognised > block.required
        for block in found.blocks
        if block.code in sharing
    ):
        return None
    filled = sum(block.substituted for block in found.blocks)
    blocks = tuple(
        BlockLack(block.code, block.name, block.name_en, block.missing + block.substituted)
        for block in found.blocks
    )
    missing = sum(block.missing for block in blocks)
    shortfall = max(missing, plan.units_min - (found.counted_units - filled))
    return replace(
        found, position=replace(found.position, blocks=blocks, shortfall_units=shortfall)
    )


def shared_courses(plan: Plan) -> list[SharedCourse]:
    """Courses that several blocks take."""
    index = plan_index(plan)
    return [
        SharedCourse(plan.plan_id, code, tuple(index.codes[block] for block in blocks))
        for code, blocks in index.accepting.items()
        if len(blocks) > 1
    ]
