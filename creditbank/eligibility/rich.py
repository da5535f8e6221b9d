"""Plans with caps, maxima, floors, acceptances, double counting or exceptions: the whole model.

The answer is found for sorts of records (best) and told record by record.
"""

from __future__ import annotations

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Way
from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.amounts import Amounts, Sums
from creditbank.eligibility.best import best
from creditbank.eligibility.model import Model, Sort, make_model
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.proof import can_be_filled, is_refuted, smallest_cut
from creditbank.eligibility.standing import Standing


def allocate_rich(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation as docs/decisions/0006 orders them. Raises ProgramError."""
    model = make_model(standing, index, policy)
    amounts, sums = best(model)
    counted, recognised, left = _records(model, amounts, index)
    placed = {record.ledger_seq for sort in model.sorts for record in sort.records}
    at_home = (
        standing.at_home
        if not index.is_plain
        else [item for item in standing.at_home if item[0] not in placed]
    )
    idle = [
        Placement(record.ledger_seq, "", units, _idle_reason(record.ledger_seq, index))
        for record, units in (
            *((item, item.units) for item in standing.movable),
            *((item, item.units) for item in standing.recognised),
            *((item, item.units) for item in standing.approved),
            *standing.awards,
        )
        if record.ledger_seq not in placed and units
    ]
    unused = [
        Placement(seq, "", units, _left_reason(model, sums, sort)) for sort, seq, units in left
    ]
    return Allocation(
        placements=[*at_home, *counted, *standing.unused, *idle, *unused],
        earned=tuple(
            [
                alone + units - part
                for alone, units, part in zip(model.settled, sums.earned, recognised, strict=True)
            ]
        ),
        recognised=tuple(recognised),
        filled=sums.filled,
        missing=sums.missing,
        shared=sums.shared,
        floors=sums.floors,
        counted=sum(model.settled) + sums.counted,
        shortfall=sums.lack.shortfall,
        cut=_cut(model, sums) if sums.lack.missing else (),
    )


def _cut(model: Model, sums: Sums) -> tuple[int, ...]:
    asking = [block for block, need in enumerate(model.needs) if need]
    for block in asking:
        if model.needs[block] > _offered(model, block):
            return (block,)
    return smallest_cut(
        asking,
        lambda kept: not any(sums.missing[block] for block in kept) or can_be_filled(model, kept),
        is_refuted=is_refuted(model, sums.lack),
    )


def _offered(model: Model, block: int) -> int:
    """What could fill a block at most if no other wanted it."""
    return sum(
        [sort.total for sort in model.sorts if any(here == block for here, _ in sort.places)]
    ) + sum([double.units_max for double in model.doubles if double.to_block == block])


def _records(
    model: Model, amounts: Amounts, index: PlanIndex
) -> tuple[list[Placement], list[int], list[tuple[Sort, int, int]]]:
    """Amounts of sorts as amounts of records.

    What counts where; per block what recognitions earn; and (sort, ledger_seq, what is left).
    """
    counted: list[Placement] = []
    recognised = [0] * len(model.needs)
    left: list[tuple[Sort, int, int]] = []
    for sort, counts, units in zip(model.sorts, amounts.counts, amounts.units, strict=True):
        if units == (sort.total,):
            block, way = sort.places[0]
            use = Use.COUNTED if way is Way.EARN else Use.SUBSTITUTED
            code = index.codes[block]
            if way is Way.EARN:
                recognised[block] += sum(
                    sort.units for record in sort.records if record.kind is EntryKind.RECOGNITION
                )
            counted += [
                Placement(record.ledger_seq, code, sort.units, use) for record in sort.records
            ]
            continue
        rest = [sort.units] * len(sort.records)
        first = 0
        for (block, way), count, amount in zip(sort.places, counts, units, strict=True):
            use = Use.COUNTED if way is Way.EARN else Use.SUBSTITUTED
            number, still = first, amount
            while still:
                if sort.is_whole or rest[number]:
                    record, here = sort.records[number], min(still, rest[number])
                    counted.append(Placement(record.ledger_seq, index.codes[block], here, use))
                    if way is Way.EARN and record.kind is EntryKind.RECOGNITION:
                        recognised[block] += here
                    rest[number] -= here
                    still -= here
                number += 1
            if sort.is_whole:
                first += count
        left += [
            (sort, record.ledger_seq, here)
            for record, here in zip(sort.records, rest, strict=True)
            if here
        ]
    return counted, recognised, left


def _idle_reason(seq: int, index: PlanIndex) -> Use:
    return Use.EXCLUDED if seq in index.barred or seq in index.forced else Use.SURPLUS


def _left_reason(model: Model, sums: Sums, sort: Sort) -> Use:
    """CAPPED where a limit or a maximum that speaks of the sort is used up, else surplus."""
    at_limit = any(sums.limits[number] >= model.limits[number].units for number in sort.limits)
    at_most = any(
        way is Way.EARN and most is not None and sums.earned[block] >= most
        for block, way in sort.places
        for most in (model.maxima[block],)
    )
    return Use.CAPPED if at_limit or at_most else Use.SURPLUS
