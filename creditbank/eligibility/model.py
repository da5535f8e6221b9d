"""The whole question of docs/decisions/0006 for one learner: sorts of records, places, limits.

Records of a sort are alike: the same units, the same places, under the same caps and floors. All
amounts in hundredths of a credit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
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


class Sort(NamedTuple):
    """`units` of each record may count; whole ones in one place only.

    places: (block index, way), the preferred first. limits, floors, doubles: indexes of those that
    speak of these records; held: per place the limits that hold what counts there. total: what all
    of them offer.
    """

    units: int
    is_whole: bool
    places: tuple[Place, ...]
    limits: tuple[int, ...]
    held: tuple[tuple[int, ...], ...]
    floors: tuple[int, ...]
    doubles: tuple[int, ...]
    records: tuple[Record, ...]
    total: int

    def only(self, position: int | None) -> Sort:
        """The same with one of its places, None for all of them."""
        if position is None:
            return self
        return self._replace(places=(self.places[position],), held=(self.held[position],))


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
    """needs and maxima per block; floors: what each asks; units_min: the total.

    settled: what courses without a choice earn per block; needs and units_min are what is open
    after them, and they are in no sort.
    """

    settled: tuple[int, ...]
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
    held: tuple[tuple[int, ...], ...]
    floors: tuple[int, ...]
    doubles: tuple[int, ...]


_looks = attrgetter(
    "kind", "course_code", "is_outside", "category", "block_code", "nature", "level", "issuer",
    "tags",
)  # fmt: skip
"""Everything that the rules of a plan look at in a record, but for exceptions that name it."""
_ALIKE_MAX = 20_000


class _Rules(NamedTuple):
    """What a plan's own rules come to, the same for every learner."""

    limits: tuple[Limit, ...]
    limit_speaks: tuple[Speaks, ...]
    floor_speaks: tuple[Speaks, ...]
    double_speaks: tuple[Speaks, ...]
    maxima: tuple[int | None, ...]
    floors: tuple[int, ...]
    doubles: tuple[Double, ...]


def _seq_of(offer: tuple[Record, int]) -> int:
    return offer[0].ledger_seq


def make_model(standing: Standing, index: PlanIndex, policy: Policy) -> Model:
    """The question for one learner under one plan and one policy."""
    rules = _rules_of(index)
    has = settled(standing, index)
    by_policy = _policy_limits(standing, index, policy) if standing.awards else []
    policy_speaks = [speaks for _, speaks in by_policy]
    limits = (*rules.limits, *[limit for limit, _ in by_policy])
    beyond = len(rules.limits)
    grouped: dict[tuple[int, int, tuple[int, ...]], tuple[_Alike, list[Record]]] = {}
    for record, units in _offers(standing, index):
        alike = _alike(record, index, rules)
        if alike.places and units:
            further: tuple[int, ...] = ()
            if by_policy and record.kind in AWARDS:  # they speak of no other
                further = _speaking(policy_speaks, record, beyond)
            # One object for all that are alike: see _alike.
            key = units, id(alike), further
            if key in grouped:
                grouped[key][1].append(record)
            else:
                grouped[key] = alike, [record]
    return Model(
        settled=has,
        needs=tuple(
            [
                left if (left := need - units) > 0 else 0
                for need, units in zip(index.needs, has, strict=True)
            ]
        ),
        maxima=rules.maxima,
        sorts=tuple(
            [
                Sort(
                    units,
                    alike.is_whole,
                    alike.places,
                    (*alike.limits, *further),
                    _held(alike, further, limits) if further else alike.held,
                    alike.floors,
                    alike.doubles,
                    tuple(records),
                    units * len(records),
                )
                for (units, _, further), (alike, records) in grouped.items()
            ]
        ),
        limits=limits,
        floors=rules.floors,
        doubles=rules.doubles,
        units_min=index.plan.units_min - sum(has),
    )


def _rules_of(index: PlanIndex) -> _Rules:
    """Kept with the index."""
    if not index.rules:
        plan = index.plan
        limits = _plan_limits(index)
        index.rules.append(
            _Rules(
                limits=tuple(limit for limit, _ in limits),
                limit_speaks=tuple(speaks for _, speaks in limits),
                floor_speaks=tuple(_selected(floor.selector) for floor in plan.floors),
                double_speaks=tuple(_selected(double.selector) for double in plan.double_counts),
                maxima=tuple(block.units_max for block in index.blocks),
                floors=tuple(floor.units_min for floor in plan.floors),
                doubles=tuple(
                    Double(
                        index.position[item.from_block],
                        index.position[item.to_block],
                        item.units_max,
                    )
                    for item in plan.double_counts
                ),
            )
        )
    found: _Rules = index.rules[0]
    return found


def _alike(record: Record, index: PlanIndex, rules: _Rules) -> _Alike:
    """What the plan says of a record; the same object for all of which it says the same."""
    if record.ledger_seq in index.forced or record.ledger_seq in index.barred:
        return _judged(record, index, rules)
    looks = _looks(record)
    found: _Alike | None = index.alike.get(looks)
    if found is None:
        if len(index.alike) > _ALIKE_MAX:
            index.alike.clear()
        found = index.alike[looks] = _judged(record, index, rules)
    return found


def _judged(record: Record, index: PlanIndex, rules: _Rules) -> _Alike:
    places = _places(record, index)
    speaking = _speaking(rules.limit_speaks, record)
    found = _Alike(
        record.kind not in index.plan.divisible,
        places,
        speaking,
        _holding(places, speaking, rules.limits),
        _speaking(rules.floor_speaks, record),
        _speaking(rules.double_speaks, record),
    )
    kept: _Alike = index.sorts.setdefault(found, found)
    return kept


def _held(
    alike: _Alike, further: tuple[int, ...], limits: tuple[Limit, ...]
) -> tuple[tuple[int, ...], ...]:
    more = _holding(alike.places, further, limits)
    return tuple([(*here, *there) for here, there in zip(alike.held, more, strict=True)])


def _holding(
    places: Iterable[Place], speaking: Iterable[int], limits: Sequence[Limit]
) -> tuple[tuple[int, ...], ...]:
    """Per place those of the limits that hold what counts there."""
    return tuple(
        [tuple([number for number in speaking if limits[number].holds(place)]) for place in places]
    )


def _offers(standing: Standing, index: PlanIndex) -> list[tuple[Record, int]]:
    """What each record offers that has a choice or a rule, by ledger_seq.

    A course that only comes home for a first answer (see PlanIndex.homes) has its choice again.
    """
    movable = list(standing.movable)
    if standing.at_home and index.sharing:
        movable += [
            item
            for item in standing.courses
            if item.course_code in index.sharing and item.course_code in index.homes
        ]
    whole = (*movable, *standing.recognised, *standing.approved)
    offers = [*[(record, record.units) for record in whole], *standing.awards]
    offers.sort(key=_seq_of)
    return offers


def settled(standing: Standing, index: PlanIndex) -> tuple[int, ...]:
    """Per block what courses without a choice earn; those that only come home first are not."""
    earned = list(standing.earned)
    if standing.at_home and index.sharing:
        for record in standing.courses:
            if record.course_code in index.sharing and record.course_code in index.homes:
                earned[index.own[record.course_code]] -= record.units
    return tuple(earned)


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
    """Career, automatic substitution and categories, where awards exceed them: limits on awards."""
    drawn, everywhere = standing.drawn, _all(index)
    offered: dict[str, int] = {}
    for record, units in standing.awards:
        offered[record.category] = offered.get(record.category, 0) + units
    together = sum(offered.values())
    found: list[tuple[Limit, Speaks]] = []
    career = career_cap(drawn, policy)
    if together > career:
        found.append((Limit("career", career, everywhere), _is_award))
    if index.automatic:
        most = substitution_cap(standing, index, policy)
        if together > most:
            filled = frozenset(index.automatic)
            found.append((Limit("substitution", most, filled, fills_only=True), _is_award))
    for category, units in sorted(offered.items()):
        cap = category_cap(category, drawn, policy)
        if cap is not None and units > cap:
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


def _speaking(rules: Iterable[Speaks], record: Record, first: int = 0) -> tuple[int, ...]:
    """The indexes of the rules that mean a record, counted from the first."""
    return tuple([number for number, speaks in enumerate(rules, first) if speaks(record)])
