"""What is left of awards under the caps of policy, where one award is as good as another.

For plans whose blocks all take the same awards: then the order of dates may decide which of them
is cut. Where blocks differ, or the plan has caps of its own, see model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.plan_index import PlanIndex, index_for
from creditbank.eligibility.standing import Standing, standing_records


class Usable(NamedTuple):
    """Records that may count. All but awards in the order of the ledger; units in hundredths.

    courses: whole, in one of several blocks. recognised: whole, in the block they name. approved:
    posted substitutions, as far as their block needs them. awards: with the units that the caps
    leave of each, oldest first; together they may substitute award_units at most.
    unused: placements of the rest.
    """

    courses: tuple[Record, ...]
    recognised: tuple[Record, ...]
    approved: tuple[Record, ...]
    awards: tuple[tuple[Record, int], ...]
    award_units: int
    unused: tuple[Placement, ...]


def cut_awards(standing: Standing, index: PlanIndex, policy: Policy) -> Usable:
    """What standing records offer under the caps of policy."""
    unused = list(standing.unused)
    kept = _capped(standing.awards, policy, standing.drawn, unused)
    return Usable(
        courses=standing.courses,
        recognised=standing.recognised,
        approved=standing.approved,
        awards=kept,
        award_units=min(substitution_cap(standing, index, policy), sum(units for _, units in kept)),
        unused=tuple(unused),
    )


def substitution_cap(standing: Standing, index: PlanIndex, policy: Policy) -> int:
    """How much awards may still substitute automatically, after what was approved."""
    cap = min(
        policy.integer("substitution.cap_units"),
        index.substitutable_units * policy.integer("substitution.share_percent") // 100,
    )
    return max(0, cap - sum(record.units for record in standing.approved))


def units_to_substitute(
    snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date, source_seq: int
) -> int:
    """How many hundredths of one award may still be used for a block by approval.

    0 unless the award counts today: it stands, has not expired, is not in dispute and is the
    highest of its event. Then what is left of it, within all caps of policy.
    """
    index = index_for(plan, snapshot.exceptions, as_of)
    standing = standing_records(snapshot.records, index, as_of)
    for record, left in standing.awards:
        if record.ledger_seq == source_seq:
            category = category_cap(record.category, standing.drawn, policy)
            caps = (substitution_cap(standing, index, policy), career_cap(standing.drawn, policy))
            return min(left, *caps, left if category is None else category)
    return 0


def career_cap(drawn: Mapping[str, int], policy: Policy) -> int:
    """How much of all awards may still count."""
    return max(0, policy.integer("innovation.career_cap_units") - sum(drawn.values()))


def category_cap(category: str, drawn: Mapping[str, int], policy: Policy) -> int | None:
    """How much of a category may still count; None where policy sets no cap."""
    key = f"innovation.category_cap.{category}"
    if key not in policy.values:
        return None
    return max(0, policy.integer(key) - drawn.get(category, 0))


def _capped(
    best: Iterable[tuple[Record, int]],
    policy: Policy,
    drawn: Mapping[str, int],
    unused: list[Placement],
) -> tuple[tuple[Record, int], ...]:
    """Truncate by category, then over the career.

    drawn: per category what approved substitutions used; it has taken its part of both already.
    """
    career = career_cap(drawn, policy)
    left: dict[str, int] = {}
    kept = []
    for record, available in best:
        category = record.category
        if category not in left:
            cap = category_cap(category, drawn, policy)
            left[category] = career if cap is None else cap
        units = min(available, left[category], career)
        left[category] -= units
        career -= units
        if units < available:
            unused.append(Placement(record.ledger_seq, "", available - units, Use.CAPPED))
        if units:
            kept.append((record, units))
    return tuple(kept)
