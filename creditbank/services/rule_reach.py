"""Whose verdict a change of rules can touch, found without evaluating anybody.

Sound, never complete: whoever is left out keeps the verdict; whoever is named may keep it. Tests
hold the result of every simulation against an evaluation of everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.policy_keys import CATEGORY_CAP
from creditbank.domain.snapshots import Snapshot
from creditbank.eligibility.conditions import (
    MIN_DURATION,
    graduation_conditions,
    longest_time_is_over,
)
from creditbank.eligibility.plan_index import plan_index
from creditbank.store.simulations import OpenEnrolment, StandingUse

_NO_CAP = 1_000_000_000
_DURATIONS = ("duration.years_early_max", "duration.years_late_max", "duration.suspension_counts")


@dataclass(frozen=True, slots=True)
class _Cap:
    """What a cap allows before and after, in hundredths; what cannot reach it never meets it."""

    before: int
    after: int

    @property
    def least(self) -> int:
        return min(self.before, self.after)


@dataclass(frozen=True, slots=True)
class AwardReach:
    """Changed caps on the awards of learners of one plan. Never empty: see award_reach.

    total: on all awards; categories: on those of one. is_plain: awards only fill what courses leave
    open, so that the caps can change nothing else.
    """

    total: tuple[_Cap, ...]
    categories: Mapping[str, _Cap]
    is_plain: bool

    def touches(self, awards: Mapping[str, int]) -> bool:
        """Whether awards of so many units by category, counted generously, can meet a changed cap.

        A cap that all of a learner's awards together stay below cuts off nothing, before or after.
        Other plans may place equal answers differently, so that there any award is enough.
        """
        everything = sum(awards.values())
        if not self.is_plain:
            return everything > 0
        return any(everything > cap.least for cap in self.total) or any(
            awards.get(category, 0) > cap.least for category, cap in self.categories.items()
        )

    def may_move(self, use: StandingUse) -> bool:
        """Whether the verdict that stands can be left, given what it made of the awards.

        Caps that only fall leave the answer that stands the best one while it keeps within them:
        nothing new is allowed. Caps that only rise leave one that lacks nothing.
        """
        if not self.is_plain or not use.is_simple:
            return True
        caps = (*self.total, *self.categories.values())
        if all(cap.after < cap.before for cap in caps):
            return any(use.award_units > cap.after for cap in caps)
        if all(cap.after > cap.before for cap in caps):
            return use.lacking_units > 0
        return True


def award_reach(plan: Plan, before: Policy, after: Policy) -> AwardReach | None:
    """The caps that differ for one plan; None where awards count as they did."""
    index = plan_index(plan)
    total = [
        _Cap(_substitutable(index.substitutable_units, before), _substitutable(
            index.substitutable_units, after
        )),
        _Cap(
            before.integer("innovation.career_cap_units"),
            after.integer("innovation.career_cap_units"),
        ),
    ]  # fmt: skip
    names = {key for key in (*before.values, *after.values) if key.startswith(CATEGORY_CAP)}
    categories = {
        key.removeprefix(CATEGORY_CAP): _Cap(_category(key, before), _category(key, after))
        for key in sorted(names)
    }
    found = AwardReach(
        tuple(cap for cap in total if cap.before != cap.after),
        {name: cap for name, cap in categories.items() if cap.before != cap.after},
        index.is_plain,
    )
    return found if found.total or found.categories else None


def _substitutable(units: int, policy: Policy) -> int:
    """At most so much of a plan may be substituted, as eligibility.usable reckons it."""
    share = units * policy.integer("substitution.share_percent") // 100
    return min(policy.integer("substitution.cap_units"), share)


def _category(key: str, policy: Policy) -> int:
    return policy.integer(key) if key in policy.values else _NO_CAP


def time_is_touched(
    item: OpenEnrolment, plan: Plan, before: Policy, after: Policy, as_of: date
) -> bool:
    """Whether the shortest or the longest time of study is judged otherwise on this day."""
    if all(before.values[key].value == after.values[key].value for key in _DURATIONS):
        return False
    return _times(item, plan, before, as_of) != _times(item, plan, after, as_of)


def _times(item: OpenEnrolment, plan: Plan, policy: Policy, as_of: date) -> tuple[bool, bool]:
    bare = Snapshot(
        learner_id=0,
        enrolment_id=0,
        institution_id=item.institution_id,
        ledger_seq=0,
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=item.entered_on,
        entry_year=item.entry_year,
        suspended_semesters=item.suspended_semesters,
        records=(),
    )
    conditions = graduation_conditions(bare, plan, policy, as_of)
    shortest = next(condition.met for condition in conditions if condition.code == MIN_DURATION)
    return shortest, longest_time_is_over(bare, plan, policy, as_of)
