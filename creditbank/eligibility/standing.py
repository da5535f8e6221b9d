"""Which records may count at all; what of the rest is left, with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import NamedTuple

from creditbank.domain.ledger import EntryKind
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects

_by_seq = attrgetter("ledger_seq")
AWARDS = (EntryKind.COMPETITION, EntryKind.INNOVATION)


class Standing(NamedTuple):
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
    at_home: Sequence[Placement]
    earned: Sequence[int]
    movable: Sequence[Record]

    def unsettled(self) -> Standing:
        """The same with every course free to count wherever it may."""
        return self._replace(at_home=(), earned=(0,) * len(self.earned), movable=self.courses)


def standing_records(
    records: Sequence[Record],
    index: PlanIndex,
    as_of: date,
    *,
    count_disputed: bool = False,
) -> Standing:
    """Sort the records; each ends in exactly one place, whatever order they come in."""
    homes, course, counted = index.homes, EntryKind.COURSE, Use.COUNTED
    courses: dict[str, Record] = {}
    at_home: list[Placement] = []
    new = tuple.__new__  # half the time of calling the class, once for each record
    earned = [0] * len(index.blocks)
    others = []
    last = 0
    for record in records:
        seq = record.ledger_seq
        if seq < last:  # seldom: a ledger is read in its order
            ordered = sorted(records, key=_by_seq)
            return standing_records(ordered, index, as_of, count_disputed=count_disputed)
        last = seq
        code = record.course_code
        home = homes.get(code)
        if (
            home is not None
            and record.kind is course
            and record.passed
            and not (record.is_outside or (record.disputed and not count_disputed))
            and code not in courses
            and (units := record.units) > 0
        ):  # what nearly every record is: nothing else has to be asked
            courses[code] = record
            block, block_code = home
            earned[block] += units
            at_home.append(new(Placement, (seq, block_code, units, counted)))
        else:
            others.append(record)
    found = _Others(courses)
    for record in others:
        found.add(record, index, as_of, count_disputed=count_disputed)
    further = (*found.movable, *found.outside)
    return Standing(
        courses=tuple(sorted((*courses.values(), *found.outside), key=_by_seq))
        if further
        else tuple(courses.values()),
        recognised=tuple(found.recognised),
        approved=tuple(found.approved),
        awards=_highest_per_event(found.awards, found.unused),
        drawn=_drawn(found.awards, found.approved),
        unused=tuple(found.unused),
        at_home=at_home,
        earned=earned,
        movable=further,
    )


class _Others:
    """Records that are no plain course of the plan, each put where it belongs."""

    __slots__ = ("approved", "awards", "courses", "movable", "outside", "recognised", "unused")

    def __init__(self, courses: dict[str, Record]) -> None:
        self.courses = courses
        self.movable: list[Record] = []
        self.outside: list[Record] = []
        self.recognised: list[Record] = []
        self.approved: list[Record] = []
        self.awards: list[Record] = []
        self.unused: list[Placement] = []

    def add(self, record: Record, index: PlanIndex, as_of: date, *, count_disputed: bool) -> None:
        """By ledger_seq: the first of a course is the one that stands."""
        reason = _why_not(record, index, as_of, count_disputed=count_disputed)
        if reason is not None:
            self.unused.append(Placement(record.ledger_seq, "", max(record.units, 0), reason))
        elif record.kind in AWARDS:
            self.awards.append(record)
            if not record.units:  # approved substitutions took all of it
                self.unused.append(Placement(record.ledger_seq, "", 0, Use.SUBSTITUTED))
        elif record.kind is EntryKind.RECOGNITION:
            self.recognised.append(record)
        elif record.kind is EntryKind.SUBSTITUTION:
            self.approved.append(record)
        elif record.is_outside:  # its own school saw to it that it is earned once
            self.outside.append(record)
        elif record.course_code in self.courses:  # the credit of a course is earned once
            self.unused.append(Placement(record.ledger_seq, "", record.units, Use.SURPLUS))
        else:
            self.courses[record.course_code] = record
            self.movable.append(record)


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


def _age(award: tuple[Record, int]) -> tuple[date, int]:
    return award[0].earned_on, award[0].ledger_seq


def _drawn(awards: list[Record], approved: list[Record]) -> dict[str, int]:
    """Units used by approved substitutions, by the category of the award they were drawn from."""
    if not (approved or any(record.drawn_units for record in awards)):
        return {}
    drawn: dict[str, int] = defaultdict(int)
    for record in awards:
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
    events: dict[str | int, list[Record]] = {}
    for record in awards:
        events.setdefault(record.event_key or record.ledger_seq, []).append(record)
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
    return tuple(sorted(best, key=_age))
