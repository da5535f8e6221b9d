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
from creditbank.domain.policies import Policy, PolicyScalar
from creditbank.domain.policy_keys import CATEGORY_CAP, POLICY_KEYS
from creditbank.domain.policy_kinds import Applies
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.verdicts import ConditionResult
from creditbank.eligibility.conditions import (
    MIN_DURATION,
    graduation_conditions,
    longest_time_is_over,
)
from creditbank.eligibility.plan_index import plan_index
from creditbank.store.rule_reach import ALL_AWARDS, AwardLimit, Situation
from creditbank.store.simulations import StandingUse

_NO_CAP = 1_000_000_000
_DURATIONS = ("duration.years_early_max", "duration.years_late_max", "duration.suspension_counts")
_TOTALS = ("substitution.cap_units", "substitution.share_percent", "innovation.career_cap_units")
_KNOWN = frozenset({*_DURATIONS, *_TOTALS})


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

    @property
    def limits(self) -> Mapping[str, int]:
        """By category (ALL_AWARDS for all together) how much can meet no changed cap.

        A cap that all of a learner's awards stay below, counted generously, cuts off nothing,
        before or after. Other plans may place equal answers differently, so that there any award
        is enough.
        """
        if not self.is_plain:
            return {ALL_AWARDS: 0}
        found = {category: cap.least for category, cap in self.categories.items()}
        if self.total:
            found[ALL_AWARDS] = min(cap.least for cap in self.total)
        return found

    @property
    def takes_all(self) -> bool:
        """Whether no award counts any more, so that what awards fill is all that changes."""
        return self.is_plain and any(cap.after <= 0 for cap in self.total)

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


def award_limits(reaches: Mapping[tuple[int, int], AwardReach]) -> list[AwardLimit]:
    """What the store is to look for. reaches: by school and plan."""
    return [
        AwardLimit(school, plan_id, category, units)
        for (school, plan_id), reach in sorted(reaches.items())
        for category, units in sorted(reach.limits.items())
    ]


def _substitutable(units: int, policy: Policy) -> int:
    """At most so much of a plan may be substituted, as eligibility.usable reckons it."""
    share = units * policy.integer("substitution.share_percent") // 100
    return min(policy.integer("substitution.cap_units"), share)


def _category(key: str, policy: Policy) -> int:
    return policy.integer(key) if key in policy.values else _NO_CAP


@dataclass(frozen=True, slots=True)
class Times:
    """What rules say of one situation on one day."""

    shortest: ConditionResult
    longest_is_over: bool


def time_is_touched(at: Situation, plan: Plan, before: Policy, after: Policy, as_of: date) -> bool:
    """Whether the shortest or the longest time of study is judged otherwise on this day."""
    if not _times_differ(before, after):
        return False
    stands, would = (times_of(at, plan, policy, as_of) for policy in (before, after))
    return (stands.shortest.met, stands.longest_is_over) != (
        would.shortest.met,
        would.longest_is_over,
    )


def time_reads_otherwise(
    at: Situation, plan: Plan, before: Policy, after: Policy, as_of: date
) -> bool:
    """As time_is_touched, or whether the condition only names another day or number of months."""
    return _times_differ(before, after) and (
        times_of(at, plan, before, as_of) != times_of(at, plan, after, as_of)
    )


def is_within_reach(before: Policy, after: Policy) -> bool:
    """Whether all that differs is what this module knows, or what no verdict reads."""
    return all(
        name in _KNOWN or name.startswith(CATEGORY_CAP) or _is_read_by_none(name)
        for name in _differing(before, after)
    )


def is_unread(before: Policy, after: Policy) -> bool:
    """Whether all that differs is what no verdict reads."""
    return all(_is_read_by_none(name) for name in _differing(before, after))


def _differing(before: Policy, after: Policy) -> list[str]:
    names = before.values.keys() | after.values.keys()
    return [name for name in names if _value(before, name) != _value(after, name)]


def _is_read_by_none(name: str) -> bool:
    return name in POLICY_KEYS and POLICY_KEYS[name].applies is not Applies.VERDICTS


def _value(policy: Policy, name: str) -> PolicyScalar | None:
    return policy.values[name].value if name in policy.values else None


def _times_differ(before: Policy, after: Policy) -> bool:
    return any(before.values[key].value != after.values[key].value for key in _DURATIONS)


def times_of(at: Situation, plan: Plan, policy: Policy, as_of: date) -> Times:
    """The shortest and the longest time of study in a situation on one day."""
    bare = Snapshot(
        learner_id=0,
        enrolment_id=0,
        institution_id=at.institution_id,
        ledger_seq=0,
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=at.entered_on,
        entry_year=at.entered_on.year,
        suspended_semesters=at.suspended_semesters,
        records=(),
    )
    conditions = graduation_conditions(bare, plan, policy, as_of)
    shortest = next(condition for condition in conditions if condition.code == MIN_DURATION)
    return Times(shortest, longest_time_is_over(bare, plan, policy, as_of))
