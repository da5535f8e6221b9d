"""The whole question of docs/decisions/0006 for one learner: sorts of records, places, limits.

Records of a sort are alike: the same units, the same places, under the same caps and floors. All
amounts in hundredths of a credit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Cap, Share, Way
from creditbank.domain.policies import Policy
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.selection import selects
from creditbank.eligibility.standing import AWARDS, Standing
from creditbank.eligibility.usable import career_cap, category_cap, substitution_cap

Place = tuple[int, Way]
"""(block index, how it counts there)."""
Speaks = Callable[[Record], bool]
"""Whether a rule means a record."""


@dataclass(frozen=True, slots=True)
class Sort:
    """`units` of each record may count; whole ones in one place only.

    places: (block index, way), the preferred first. limits, floors, doubles: indexes of those that
    speak of these records.
    """

    units: int
    is_whole: bool
    places: tuple[Place, ...]
    limits: tuple[int, ...]
    floors: tuple[int, ...]
    doubles: tuple[int, ...]
    records: tuple[Record, ...]

    @property
    def total(self) -> int:
        """What all of them offer."""
        return self.units * len(self.records)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `units` of what it speaks of counts in these blocks; fills_only: only by filling."""

    code: str
    units: int
    blocks: frozenset[int]
    fills_only: bool = False

    def holds(self, place: Place) -> bool:
        """Whether what counts in that place counts against it."""
        return place[0] in self.blocks and not (self.fills_only and place[1] is Way.EARN)


@dataclass(frozen=True, slots=True)
class Double:
    """What counts in one block counts in another as well, up to so many units."""

    from_block: int
    to_block: int
    units_max: int


@dataclass(frozen=True, slots=True)
class Model:
    """needs and maxima per block; floors: what each asks; units_min: the total."""

    needs: tuple[int, ...]
    maxima: tuple[int | None, ...]
    sorts: tuple[Sort, ...]
    limits: tuple[Limit, ...]
    floors: tuple[int, ...]
    doubles: tuple[Double, ...]
    units_min: int


class _Alike(NamedTuple):
    """What the plan says of a record, whatever its units: what makes records alike."""

    is_whole: bool
    places: tuple[Place, ...]
    limits: tuple[int, ...]
    floors: tuple[int, ...]
    doubles: tuple[int, ...]


_looks = attrgetter(
    "kind", "course_code", "is_outside", "category", "block_code", "nature", "level", "issuer",
    "tags",
)  # fmt: skip
"""Everything that the rules of a plan look at in a record, but for exceptions that name it."""
_ALIKE_MAX = 20_000


def _seq_of(offer: tuple[Record, int]) -> int:
    return offer[0].ledger_seq


def make_model(standing: Standing, index: PlanIndex, policy: Policy) -> Model:
    """The question for one learner under one plan and one policy."""
    plan = index.plan
    by_plan, by_policy = _plan_limits(index), _policy_limits(standing, index, policy)
    plan_speaks = [speaks for _, speaks in by_plan]
    policy_speaks = [speaks for _, speaks in by_policy]
    grouped: dict[tuple[int, int, tuple[int, ...]], tuple[_Alike, list[Record]]] = {}
    for record, units in _offers(standing):
        alike = _alike(record, index, plan_speaks)
        if alike.places and units:
            further: tuple[int, ...] = ()
            if record.kind in AWARDS:  # the limits of policy speak of no other
                found = _speaking(policy_speaks, record)
                further = tuple([len(by_plan) + number for number in found])
            # One object for all that are alike: see _alike.
            key = units, id(alike), further
            if key not in grouped:
                grouped[key] = alike, []
            grouped[key][1].append(record)
    return Model(
        needs=index.needs,
        maxima=tuple(block.units_max for block in index.blocks),
        sorts=tuple(
            [
                Sort(
                    units,
                    alike.is_whole,
                    alike.places,
                    (*alike.limits, *further),
                    alike.floors,
                    alike.doubles,
                    tuple(records),
                )
                for (units, _, further), (alike, records) in grouped.items()
            ]
        ),
        limits=tuple([limit for limit, _ in (*by_plan, *by_policy)]),
        floors=tuple(floor.units_min for floor in plan.floors),
        doubles=tuple(
            Double(index.position[item.from_block], index.position[item.to_block], item.units_max)
            for item in plan.double_counts
        ),
        units_min=plan.units_min,
    )


def _alike(record: Record, index: PlanIndex, limits: Iterable[Speaks]) -> _Alike:
    """What the plan says of a record; the same object for all of which it says the same."""
    if record.ledger_seq in index.forced or record.ledger_seq in index.barred:
        return _judged(record, index, limits)
    looks = _looks(record)
    found: _Alike | None = index.alike.get(looks)
    if found is None:
        if len(index.alike) > _ALIKE_MAX:
            index.alike.clear()
        found = index.alike[looks] = _judged(record, index, limits)
    return found


def _judged(record: Record, index: PlanIndex, limits: Iterable[Speaks]) -> _Alike:
    found = _Alike(
        record.kind not in index.plan.divisible,
        _places(record, index),
        _speaking(limits, record),
        _speaking([_selected(floor.selector) for floor in index.plan.floors], record),
        _speaking([_selected(double.selector) for double in index.plan.double_counts], record),
    )
    kept: _Alike = index.sorts.setdefault(found, found)
    return kept


def _offers(standing: Standing) -> Iterable[tuple[Record, int]]:
    """What each record offers, by ledger_seq."""
    whole = (*standing.courses, *standing.recognised, *standing.approved)
    offers = [*((record, record.units) for record in whole), *standing.awards]
    return sorted(offers, key=_seq_of)


def _places(record: Record, index: PlanIndex) -> tuple[Place, ...]:
    """Where a record may count, the preferred place first."""
    found: dict[Place, None] = {}
    if record.kind is EntryKind.COURSE:
        found |= {(block, Way.EARN): None for block in index.accepting.get(record.plan_code, ())}
    elif record.kind in AWARDS:
        found |= {(block, Way.FILL): None for block in index.automatic}
    elif record.block_code in index.position:
        way = Way.EARN if record.kind is EntryKind.RECOGNITION else Way.FILL
        found[index.position[record.block_code], way] = None
    for block, acceptance in index.acceptances:
        if selects(acceptance.selector, record):
            found[block, acceptance.way] = None
    forced = index.forced.get(record.ledger_seq)
    if forced is not None:
        block = index.position.get(forced, -1)
        there = [place for place in found if place[0] == block]
        found = dict.fromkeys(there or ([(block, Way.EARN)] if block >= 0 else []))
    barred = index.barred.get(record.ledger_seq, ())
    return tuple(
        place for place in found if "" not in barred and index.blocks[place[0]].code not in barred
    )


def _plan_limits(index: PlanIndex) -> list[tuple[Limit, Speaks]]:
    return [
        (Limit(cap.code, _units(cap, blocks, index), blocks), _selected(cap.selector))
        for cap in index.plan.caps
        for blocks in [frozenset(index.position[code] for code in cap.block_codes) or _all(index)]
    ]


def _units(cap: Cap, blocks: Iterable[int], index: PlanIndex) -> int:
    if cap.units is not None:
        return cap.units
    asked = index.plan.units_min
    if cap.percent_of is Share.BLOCKS:
        asked = sum(index.needs[block] for block in blocks)
    return asked * (cap.percent or 0) // 100


def _policy_limits(
    standing: Standing, index: PlanIndex, policy: Policy
) -> list[tuple[Limit, Speaks]]:
    """Career, categories and automatic substitution, as limits on awards."""
    drawn, everywhere = standing.drawn, _all(index)
    substituting = Limit(
        "substitution",
        substitution_cap(standing, index, policy),
        frozenset(index.automatic),
        fills_only=True,
    )
    career = Limit("career", career_cap(drawn, policy), everywhere)
    found: list[tuple[Limit, Speaks]] = [(career, _is_award), (substituting, _is_award)]
    for category in sorted({record.category for record, _ in standing.awards}):
        cap = category_cap(category, drawn, policy)
        if cap is not None:
            found.append((Limit(f"category.{category}", cap, everywhere), _in_category(category)))
    return found


def _all(index: PlanIndex) -> frozenset[int]:
    return frozenset(range(len(index.blocks)))


def _selected(selector: Selector) -> Speaks:
    return lambda record: selects(selector, record)


def _in_category(category: str) -> Speaks:
    return lambda record: _is_award(record) and record.category == category


def _is_award(record: Record) -> bool:
    return record.kind in AWARDS


def _speaking(rules: Iterable[Speaks], record: Record) -> tuple[int, ...]:
    """The indexes of the rules that mean a record."""
    return tuple(number for number, speaks in enumerate(rules) if speaks(record))
