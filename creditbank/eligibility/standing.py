"""Which records may count at all; what of the rest is left, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter

from creditbank.domain.ledger import EntryKind
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Placed
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects

_by_seq = attrgetter("ledger_seq")
AWARDS = frozenset({EntryKind.COMPETITION, EntryKind.INNOVATION})


@dataclass(frozen=True, slots=True)
class Standing:
    """Records that may count, in the order of the ledger; awards oldest first.

    courses: one per code of the school. awards: the highest of each event, with the units that
    approved substitutions left of it. drawn: per category what those took ("" where the award is
    gone). unused: placements of the rest.
    at_home: the courses that count in their own blocks to begin with (PlanIndex.homes), placed;
    earned: what they earn per block, in hundredths; movable: the other courses.
    """

    courses: tuple[Record, ...]
    recognised: tuple[Record, ...]
    approved: tuple[Record, ...]
    awards: tuple[tuple[Record, int], ...]
    drawn: Mapping[str, int]
    unused: tuple[Placement, ...]
    at_home: Sequence[Placed]
    earned: Sequence[int]
    movable: Sequence[Record]

    def unsettled(self) -> Standing:
        """The same with every course free to count wherever it may."""
        return replace(self, at_home=(), earned=(0,) * len(self.earned), movable=self.courses)


def standing_records(
    records: Iterable[Record],
    index: PlanIndex,
    as_of: date,
    *,
    count_disputed: bool = False,
) -> Standing:
    """Sort the records; each ends in exactly one place, whatever order they come in."""
    unused: list[Placement] = []
    courses: dict[str, Record] = {}
    movable, outside, recognised, approved, awards = [], [], [], [], []
    homes, course, counted = index.homes, EntryKind.COURSE, Use.COUNTED
    at_home: list[Placed] = []
    earned = [0] * len(index.blocks)
    for record in sorted(records, key=_by_seq):
        code = record.course_code
        home = homes.get(code)
        if (
            home is not None
            and record.kind is course
            and record.passed
            and not (record.is_outside or record.disputed)
            and code not in courses
            and record.units > 0
        ):  # what nearly every record is: nothing else has to be asked
            courses[code] = record
            block, block_code = home
            earned[block] += record.units
            at_home.append((record.ledger_seq, block_code, record.units, counted))
            continue
        reason = _why_not(record, index, as_of, count_disputed=count_disputed)
        if reason is not None:
            unused.append(Placement(record.ledger_seq, "", max(record.units, 0), reason))
        elif record.kind in AWARDS:
            awards.append(record)
            if not record.units:  # approved substitutions took all of it
                unused.append(Placement(record.ledger_seq, "", 0, Use.SUBSTITUTED))
        elif record.kind is EntryKind.RECOGNITION:
            recognised.append(record)
        elif record.kind is EntryKind.SUBSTITUTION:
            approved.append(record)
        elif record.is_outside:  # its own school saw to it that it is earned once
            outside.append(record)
        elif code in courses:  # the credit of a course is earned once
            unused.append(Placement(record.ledger_seq, "", record.units, Use.SURPLUS))
        elif home is None:
            courses[code] = record
            movable.append(record)
        else:
            courses[code] = record
            block, block_code = home
            earned[block] += record.units
            at_home.append((record.ledger_seq, block_code, record.units, counted))
    found = tuple(courses.values())
    return Standing(
        courses=tuple(sorted((*found, *outside), key=_by_seq)) if outside else found,
        recognised=tuple(recognised),
        approved=tuple(approved),
        awards=_highest_per_event(awards, unused),
        drawn=_drawn(awards, approved),
        unused=tuple(unused),
        at_home=at_home,
        earned=earned,
        movable=[*movable, *outside],
    )


def _why_not(record: Record, index: PlanIndex, as_of: date, *, count_disputed: bool) -> Use | None:
    """Why a record counts nothing whatever else there is; None if it may count."""
    if not record.passed or record.units + record.drawn_units <= 0:
        return Use.NOT_EARNED
    if record.disputed and not count_disputed:
        return Use.DISPUTED
    if record.kind in AWARDS:
        expired = record.valid_until is not None and record.valid_until < as_of
        return Use.EXPIRED if expired else None
    if record.kind is EntryKind.COURSE:
        is_named = record.plan_code in index.accepting
    else:
        is_named = record.block_code in index.position
    return None if is_named or _is_accepted(record, index) else Use.NOT_IN_PLAN


def _is_accepted(record: Record, index: PlanIndex) -> bool:
    return record.ledger_seq in index.forced or any(
        selects(acceptance.selector, record) for _, acceptance in index.acceptances
    )


def _drawn(awards: list[Record], approved: list[Record]) -> dict[str, int]:
    """Units used by approved substitutions, by the category of the award they were drawn from."""
    drawn: dict[str, int] = defaultdict(int)
    for record in awards:
        if record.drawn_units:
            drawn[record.category] += record.drawn_units
    # What was drawn from an award that no longer counts (expired, say) has no category left.
    known, total = sum(drawn.values()), sum(record.units for record in approved)
    drawn[""] += max(0, total - known)
    return drawn


def _highest_per_event(
    awards: list[Record], unused: list[Placement]
) -> tuple[tuple[Record, int], ...]:
    """Of one event, project or certificate the highest; the earlier one of two that are equal.

    What an approved substitution drew from a lower award of the event before is taken off.
    """
    events: dict[str, list[Record]] = defaultdict(list)
    for record in awards:
        events[record.event_key or f"entry|{record.ledger_seq}"].append(record)
    best = []
    for records in events.values():
        if len(records) == 1:
            best.append((records[0], records[0].units))
            continue
        highest = max(records, key=lambda item: (item.units + item.drawn_units, -item.ledger_seq))
        drawn = sum(record.drawn_units for record in records) - highest.drawn_units
        best.append((highest, max(0, highest.units - drawn)))
        for record in records:
            units = min(record.units, drawn) if record is highest else record.units
            if units:
                unused.append(Placement(record.ledger_seq, "", units, Use.SAME_EVENT))
    return tuple(sorted(best, key=lambda item: (item[0].earned_on, item[0].ledger_seq)))
