"""What changed values do to verdicts, as far as it can be told without an evaluation.

Whoever is neither affected nor among those of whom only the engine can tell keeps the verdict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.eligibility import ENGINE_VERSION
from creditbank.services.derived_verdicts import (
    Derived,
    OtherRules,
    derived_by_time,
    derived_without_awards,
)
from creditbank.services.rule_reach import (
    AwardReach,
    Times,
    award_limits,
    award_reach,
    is_unread,
    time_is_touched,
    times_of,
)
from creditbank.store.rule_reach import Situation, read_enrolments_over, read_excepted
from creditbank.store.simulations import OpenEnrolment, Rules, StandingUse, read_standing_uses


@dataclass(frozen=True, slots=True)
class PoliciesBySchool:
    """By school what is in force and what would be."""

    before: Mapping[int, Policy]
    after: Mapping[int, Policy]

    @property
    def changed(self) -> frozenset[int]:
        """Schools where the drafts make a difference."""
        return frozenset(
            school
            for school, policy in self.before.items()
            if policy.version != self.after[school].version
        )


def effects_of(
    connection: Connection,
    enrolments: Sequence[OpenEnrolment],
    plans: Mapping[int, Plan],
    policies: PoliciesBySchool,
    *,
    as_of: date,
) -> Derived:
    """What can be said without an evaluation, and of whom it cannot.

    Only those are looked at whose verdict may change: whose awards meet a changed cap, or whose
    time of study is judged otherwise. Of whom the plan asks something else than of all others, only
    the engine can tell.
    """
    excepted = read_excepted(connection)
    touched = {
        school
        for school in policies.changed
        if not is_unread(policies.before[school], policies.after[school])
    }
    alone = [
        item
        for item in enrolments
        if item.enrolment_id in excepted and item.institution_id in touched
    ]
    enrolments = [item for item in enrolments if item.enrolment_id not in excepted]
    reaches = _reaches(enrolments, plans, policies)
    moved = _moved(connection, enrolments, reaches, policies, as_of=as_of)
    without = [item for item in moved if reaches[item.institution_id, item.plan_id].takes_all]
    to_ask = [item for item in moved if not reaches[item.institution_id, item.plan_id].takes_all]
    times = _touched_times(enrolments, plans, policies, as_of=as_of)
    by_awards = {item.enrolment_id for item in moved}
    late = [
        item
        for item in enrolments
        if item.situation in times and item.enrolment_id not in by_awards
    ]
    rules = OtherRules(
        plans=plans,
        version=lambda school: policies.before[school].version,
        times=lambda item: (
            times.get(item.situation)
            or times_of(
                item.situation, plans[item.plan_id], policies.after[item.institution_id], as_of
            )
        ),
        as_of=as_of,
    )
    found = (
        derived_without_awards(connection, without, rules),
        derived_by_time(connection, late, rules),
    )
    unknown = (*alone, *to_ask, *(item for part in found for item in part.unknown))
    return Derived(
        affected=tuple(item for part in found for item in part.affected),
        unknown=tuple(sorted(unknown, key=lambda item: (item.learner_id, item.enrolment_id))),
    )


def _reaches(
    enrolments: Sequence[OpenEnrolment], plans: Mapping[int, Plan], policies: PoliciesBySchool
) -> dict[tuple[int, int], AwardReach]:
    """By school and plan the caps that change."""
    changed = policies.changed
    return {
        (school, plan_id): reach
        for school, plan_id in {(item.institution_id, item.plan_id) for item in enrolments}
        if school in changed
        and (reach := award_reach(plans[plan_id], policies.before[school], policies.after[school]))
    }


def _moved(
    connection: Connection,
    enrolments: Sequence[OpenEnrolment],
    reaches: Mapping[tuple[int, int], AwardReach],
    policies: PoliciesBySchool,
    *,
    as_of: date,
) -> list[OpenEnrolment]:
    """Those whose awards meet a changed cap, unless the verdict that stands cannot move."""
    over = read_enrolments_over(connection, award_limits(reaches))
    uses = read_standing_uses(connection, sorted(over))
    return [
        item
        for item in enrolments
        if item.enrolment_id in over
        and _may_move(
            item,
            reaches[item.institution_id, item.plan_id],
            uses.get(item.enrolment_id),
            policies,
            as_of=as_of,
        )
    ]


def _touched_times(
    enrolments: Sequence[OpenEnrolment],
    plans: Mapping[int, Plan],
    policies: PoliciesBySchool,
    *,
    as_of: date,
) -> dict[Situation, Times]:
    """The situations in which time is judged otherwise, and how it then is."""
    changed = policies.changed
    found = {}
    for at in {item.situation for item in enrolments if item.institution_id in changed}:
        plan = plans[at.plan_id]
        before, after = policies.before[at.institution_id], policies.after[at.institution_id]
        if time_is_touched(at, plan, before, after, as_of):
            found[at] = times_of(at, plan, after, as_of)
    return found


def _may_move(
    item: OpenEnrolment,
    reach: AwardReach,
    use: StandingUse | None,
    policies: PoliciesBySchool,
    *,
    as_of: date,
) -> bool:
    """A verdict that does not speak of this moment tells nothing; then the engine is asked."""
    version = policies.before[item.institution_id].version
    today = Rules(item.plan_id, version, ENGINE_VERSION, as_of)
    if use is None or not use.at_head or use.rules != today:
        return True
    return reach.may_move(use)
