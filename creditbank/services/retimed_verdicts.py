"""Where learners stand when only their time of study is judged otherwise: no record is looked at.

What counts in blocks does not depend on time, so the verdict that stands says all but the outcome.
Tests hold every simulation against an evaluation of everybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.enrolments import Term, semester_no
from creditbank.domain.plans import Plan
from creditbank.domain.simulations import Affected, Effect, Position, effect_of
from creditbank.domain.verdicts import Outcome, SubjectKind
from creditbank.eligibility import ENGINE_VERSION
from creditbank.eligibility.conditions import MIN_DURATION
from creditbank.services.rule_reach import Times
from creditbank.store.simulations import (
    OpenEnrolment,
    Rules,
    StandingPosition,
    read_settled_positions,
)


@dataclass(frozen=True, slots=True)
class Retiming:
    """Other rules on the time of study. version: of the rules in force at the school of an id.

    times: what the other rules say of an enrolment on the day.
    """

    plans: Mapping[int, Plan]
    version: Callable[[int], str]
    times: Callable[[OpenEnrolment], Times]
    as_of: date


@dataclass(frozen=True, slots=True)
class Retimed:
    """affected: whose verdict changes; unknown: those of whom only the engine can tell."""

    affected: tuple[Affected, ...]
    unknown: tuple[OpenEnrolment, ...]


def retimed(connection: Connection, items: Sequence[OpenEnrolment], retiming: Retiming) -> Retimed:
    """What changes for enrolments whose awards count as they did. The reach must be everywhere."""
    standing = read_settled_positions(connection, [item.enrolment_id for item in items])
    affected, unknown = [], []
    for item in items:
        found = standing.get(item.enrolment_id)
        after = None if found is None else _after(item, found, retiming)
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
    return Retimed(tuple(affected), tuple(unknown))


def _after(item: OpenEnrolment, found: StandingPosition, retiming: Retiming) -> Position | None:
    version = retiming.version(item.institution_id)
    if found.rules != Rules(item.plan_id, version, ENGINE_VERSION, retiming.as_of):
        return None
    semester = semester_no(
        entry_year=item.entry_year,
        term=Term.containing(retiming.as_of),
        suspended_semesters=item.suspended_semesters,
    )
    is_early = semester < 2 * retiming.plans[item.plan_id].years
    return position_at(found, retiming.times(item), is_early=is_early)


def position_at(found: StandingPosition, times: Times, *, is_early: bool) -> Position | None:
    """The position at other times; None where people have to look at it.

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
