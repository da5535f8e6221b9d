"""Plans whose blocks take courses and, to fill, any award: most plans, most learners.

Every course counts in its own block, then substitution fills what is open. Where that answer can be
seen to be the best, no other is looked for: a learner who has everything, and one who lacks what
nothing else could fill.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import sub

from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import Usable, cut_awards


def allocate_at_home(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation | None:
    """The best allocation, if it is the one with every course at home; None where it may not be."""
    usable = cut_awards(standing, index, policy)
    recognised, approved = per_block(usable.recognised, index), per_block(usable.approved, index)
    needs = still_open(index, standing.earned, recognised)
    filled = fill(needs, approved, usable.award_units, index)
    missing = tuple(map(sub, needs, filled))
    lacks, counted = sum(missing), sum(standing.earned) + sum(recognised) + sum(filled)
    shortfall = max(lacks, index.plan.units_min - counted)
    cut: tuple[int, ...] = ()
    if shortfall > 0:
        offered = usable.award_units + sum(approved)
        if shortfall > lacks and sum(filled) < offered:
            return None
        if lacks and _could_move(standing, index, _wanting(index, missing, filled, approved)):
            return None
        cut = _hopeless(standing, index, usable, needs, approved)
        if lacks and not cut:
            return None
    return Allocation(
        placements=[
            *standing.at_home,
            *[
                Placement(item.ledger_seq, item.block_code, item.units, Use.COUNTED)
                for item in usable.recognised
            ],
            *_substituting(usable, index, approved, filled),
            *usable.unused,
        ],
        earned=standing.earned,
        recognised=recognised,
        filled=filled,
        missing=missing,
        shared=index.nothing,
        floors=(),
        counted=counted,
        shortfall=max(shortfall, 0),
        cut=cut,
    )


def per_block(records: Sequence[Record], index: PlanIndex) -> tuple[int, ...]:
    """Units by block of records that name theirs, in hundredths."""
    if not records:
        return index.nothing
    sums = [0] * len(index.blocks)
    for record in records:
        sums[index.position[record.block_code]] += record.units
    return tuple(sums)


def still_open(
    index: PlanIndex, earned: Sequence[int], recognised: Sequence[int]
) -> tuple[int, ...]:
    """What each block needs besides."""
    return tuple(
        [
            left if (left := need - units - more) > 0 else 0
            for need, units, more in zip(index.needs, earned, recognised, strict=True)
        ]
    )


def fill(
    needs: tuple[int, ...], approved: tuple[int, ...], awards: int, index: PlanIndex
) -> tuple[int, ...]:
    """What substitution fills per block: approved ones first, then awards in the plan's order."""
    if not any(needs):
        return index.nothing
    filled = list(map(min, needs, approved))
    for block in index.automatic:
        units = min(needs[block] - filled[block], awards)
        filled[block] += units
        awards -= units
    return tuple(filled)


def _wanting(
    index: PlanIndex, missing: Sequence[int], filled: Sequence[int], approved: Sequence[int]
) -> set[int]:
    """Blocks in which one more unit would help, and in which nothing is to spare.

    Those that lack; and, where one of them takes awards, those that awards have filled: the unit
    would set an award free.
    """
    wanting = {block for block, units in enumerate(missing) if units}
    if not wanting.isdisjoint(index.automatic):
        wanting |= {block for block in index.automatic if filled[block] > approved[block]}
    return wanting


def _could_move(standing: Standing, index: PlanIndex, wanting: set[int]) -> bool:
    """Whether some course at home elsewhere could count in a block where it would help."""
    if index.shared.isdisjoint(wanting):
        return False
    return any(
        index.own[code] not in wanting and not wanting.isdisjoint(index.accepting[code])
        for code in index.sharing.intersection([item.course_code for item in standing.courses])
    )


def _hopeless(
    standing: Standing,
    index: PlanIndex,
    usable: Usable,
    needs: Sequence[int],
    approved: Sequence[int],
) -> tuple[int, ...]:
    """The first block that everything it could take does not fill, by itself a proof; else ()."""
    for block, need in enumerate(needs):
        if not need:
            continue
        offered = approved[block] + (usable.award_units if block in index.automatic else 0)
        if need > offered and block in index.shared:
            offered += sum(
                item.units
                for item in standing.courses
                if item.course_code in index.sharing
                and block in index.accepting[item.course_code][1:]
            )
        if need > offered:
            return (block,)
    return ()


def _substituting(
    usable: Usable, index: PlanIndex, approved: tuple[int, ...], filled: tuple[int, ...]
) -> list[Placement]:
    """Which record fills what, in the order of the ledger and of dates; the rest is surplus."""
    if not any(filled):
        offers = [*[(record, record.units) for record in usable.approved], *usable.awards]
        return [Placement(record.ledger_seq, "", units, Use.SURPLUS) for record, units in offers]
    places: list[Placement] = []
    by_approval = list(map(min, filled, approved))
    by_awards = list(map(sub, filled, by_approval))
    for record in usable.approved:
        blocks = (index.position[record.block_code],)
        _fill(record.ledger_seq, record.units, blocks, index, by_approval, places)
    for record, units in usable.awards:
        _fill(record.ledger_seq, units, index.automatic, index, by_awards, places)
    return places


def _fill(
    seq: int,
    units: int,
    blocks: tuple[int, ...],
    index: PlanIndex,
    still: list[int],
    places: list[Placement],
) -> None:
    """Put a record where something is still to be filled (taken off `still`)."""
    for block in blocks:
        used = min(units, still[block])
        if used:
            places.append(Placement(seq, index.codes[block], used, Use.SUBSTITUTED))
            still[block] -= used
            units -= used
    if units:
        places.append(Placement(seq, "", units, Use.SURPLUS))
