"""Which records may count, and how much of each: what is left is placed with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from creditbank.domain.ledger import EntryKind
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.plan_index import PlanIndex

_AWARDS = frozenset({EntryKind.COMPETITION, EntryKind.INNOVATION})
_MOVED = frozenset({EntryKind.SUBSTITUTION, EntryKind.RECOGNITION})


@dataclass(frozen=True, slots=True)
class Usable:
    """Records that may count. awards: with the units that the caps leave of each, oldest first.

    award_units: what of them may substitute at most, in hundredths. unused: placements of the rest.
    """

    courses: tuple[Record, ...]
    moved: tuple[Record, ...]
    awards: tuple[tuple[Record, int], ...]
    award_units: int
    unused: tuple[Placement, ...]


def usable_records(
    records: Iterable[Record],
    index: PlanIndex,
    policy: Policy,
    as_of: date,
    *,
    count_disputed: bool = False,
) -> Usable:
    """Sort the records; each ends in exactly one place, whatever order they come in."""
    ordered = sorted(records, key=lambda record: record.ledger_seq)
    unused: list[Placement] = []
    courses = _courses(ordered, index, unused)
    moved = tuple(
        record for record in ordered if record.kind in _MOVED and _in_plan(record, index, unused)
    )
    substituted = sum(record.units for record in moved if record.kind is EntryKind.SUBSTITUTION)
    valid = _valid_awards(ordered, as_of, unused, count_disputed=count_disputed)
    awards = _capped(_highest_per_event(valid, unused), policy, substituted, unused)
    cap = min(
        policy.integer("substitution.cap_units"),
        index.substitutable_units * policy.integer("substitution.share_percent") // 100,
    )
    return Usable(
        courses=courses,
        moved=moved,
        awards=awards,
        award_units=max(0, min(cap - substituted, sum(units for _, units in awards))),
        unused=tuple(unused),
    )


def _courses(
    ordered: list[Record], index: PlanIndex, unused: list[Placement]
) -> tuple[Record, ...]:
    earned: dict[str, Record] = {}
    for record in ordered:
        if record.kind is not EntryKind.COURSE:
            continue
        if not record.passed or record.units <= 0:
            unused.append(Placement(record.ledger_seq, "", 0, Use.NOT_EARNED))
        elif record.course_code not in index.accepting:
            unused.append(Placement(record.ledger_seq, "", record.units, Use.NOT_IN_PLAN))
        elif record.course_code in earned:
            unused.append(Placement(record.ledger_seq, "", record.units, Use.SURPLUS))
        else:
            earned[record.course_code] = record
    return tuple(earned.values())


def _in_plan(record: Record, index: PlanIndex, unused: list[Placement]) -> bool:
    if record.block_code in index.position:
        return True
    unused.append(Placement(record.ledger_seq, "", record.units, Use.NOT_IN_PLAN))
    return False


def _valid_awards(
    ordered: list[Record], as_of: date, unused: list[Placement], *, count_disputed: bool
) -> list[Record]:
    valid = []
    for record in ordered:
        if record.kind not in _AWARDS:
            continue
        if record.units <= 0:
            unused.append(Placement(record.ledger_seq, "", 0, Use.NOT_EARNED))
        elif record.disputed and not count_disputed:
            unused.append(Placement(record.ledger_seq, "", record.units, Use.DISPUTED))
        elif record.valid_until is not None and record.valid_until < as_of:
            unused.append(Placement(record.ledger_seq, "", record.units, Use.EXPIRED))
        else:
            valid.append(record)
    return valid


def _highest_per_event(valid: list[Record], unused: list[Placement]) -> list[Record]:
    best: dict[str, Record] = {}
    for record in valid:
        key = record.event_key or f"entry|{record.ledger_seq}"
        other = best.get(key)
        if other is None:
            best[key] = record
            continue
        loser = other if record.units > other.units else record
        best[key] = record if loser is other else other
        unused.append(Placement(loser.ledger_seq, "", loser.units, Use.SAME_EVENT))
    return sorted(best.values(), key=lambda record: (record.earned_on, record.ledger_seq))


def _capped(
    awards: list[Record], policy: Policy, substituted: int, unused: list[Placement]
) -> tuple[tuple[Record, int], ...]:
    """Truncate by category, then over the career; what was substituted already used up its part."""
    career = policy.integer("innovation.career_cap_units") - substituted
    left: dict[str, int] = {}
    kept = []
    for record in awards:
        key = f"innovation.category_cap.{record.category}"
        if key not in left:
            left[key] = policy.integer(key) if key in policy.values else career
        units = max(0, min(record.units, left[key], career))
        left[key] -= units
        career -= units
        if units < record.units:
            unused.append(Placement(record.ledger_seq, "", record.units - units, Use.CAPPED))
        if units:
            kept.append((record, units))
    return tuple(kept)
