"""Verdicts that stand on under other rules because nothing in them can come out otherwise.

When to use: in the transaction that puts a rule in force, before whoever is left is marked. When
not: to leave out evaluations for a simulation, which asks less: services.rule_reach.may_move.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy, PolicyValue
from creditbank.services.rule_reach import (
    award_limits,
    award_reach,
    is_within_reach,
    time_reads_otherwise,
)
from creditbank.store.documents import DocumentError
from creditbank.store.plans import load_plans
from creditbank.store.policies import policy_for
from creditbank.store.rule_reach import Situation, Succession, carry_heads, read_situations
from creditbank.store.unit_of_work import UnitOfWork


def carry_over(
    uow: UnitOfWork, school: int | None, drafts: Sequence[PolicyValue], *, day: date
) -> int:
    """Move on, to the rules with these values, the heads that they cannot touch; how many.

    Not only the outcome but every finding is the same under both: no changed cap cuts off anything
    of the awards, and the time of study reads alike. Heads of another day, of books that have gone
    on, of closed enrolments or under still other rules stay, and with them whoever a change of
    an unknown kind might touch. school: whose rules change; None: the county's.
    """
    with uow.everywhere():
        connection = uow.connection
        situations = read_situations(connection, school)
        try:
            plans = load_plans(connection, {at.plan_id for at in situations})
        except DocumentError:
            # No reason to keep a rule from coming into force: without this, everybody is evaluated.
            return 0
        schools = {at.institution_id for at in situations}
        before = {at: policy_for(connection, at, day) for at in schools}
        after = {at: policy_for(connection, at, day, drafts) for at in schools}
        going = [
            at
            for at in situations
            if _may_go_on(
                at, plans[at.plan_id], before[at.institution_id], after[at.institution_id], day
            )
        ]
        pairs = {(at.institution_id, at.plan_id) for at in going}
        reaches = {
            (at, plan_id): reach
            for at, plan_id in pairs
            if (reach := award_reach(plans[plan_id], before[at], after[at]))
        }
        successions = [
            Succession(at, before[at.institution_id].version, after[at.institution_id].version)
            for at in going
        ]
        return carry_heads(connection, successions, award_limits(reaches), day=day)


def _may_go_on(at: Situation, plan: Plan, before: Policy, after: Policy, day: date) -> bool:
    return (
        before.version != after.version
        and is_within_reach(before, after)
        and not time_reads_otherwise(at, plan, before, after, day)
    )
