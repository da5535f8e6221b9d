"""Plans whose blocks take courses and, to fill, any award: most plans, most learners.

Own blocks first, which is all that most learners need; else flow, whose cut proves a no; else,
where flow would divide whole records, search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Allocation, place
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.model import Model, make_model
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import (
    Lack,
    Problem,
    Split,
    State,
    make_problem,
    per_block,
    with_choices,
)
from creditbank.eligibility.proof import can_be_filled, smallest_cut
from creditbank.eligibility.search import Search, SearchLimitError
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import Usable, cut_awards


def allocate_plain(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation there is: least shortfall, then least missing; own blocks where equal.

    Raises SearchLimitError where the search would be too long.
    """
    usable = cut_awards(standing, index, policy)
    blocks = [index.own[record.course_code] for record in usable.courses]
    problem = make_problem(usable, index, blocks)
    state, earned, flow = problem.needs, problem.earned, None
    lack = problem.lack(state)
    if any(lack):
        problem = with_choices(problem, usable, index, blocks)
        if problem.classes and not problem.is_final(state, lack):
            flow = _flow(problem)
            found = _better(problem, flow, lack)
            if found is not None:
                state = problem.end(found)
                lack = problem.lack(state)
                blocks = _moved(usable, blocks, problem, found)
                earned = per_block(usable.courses, blocks, len(state))
    approved, awarded = problem.fill(state)
    filled = tuple([sum(both) for both in zip(approved, awarded, strict=True)])
    missing = tuple([need - units for need, units in zip(state, filled, strict=True)])
    return Allocation(
        placements=[
            *_earning(usable, index, blocks),
            *_substituting(usable, index, approved, awarded),
            *usable.unused,
        ],
        earned=tuple(earned),
        recognised=tuple(problem.recognised),
        filled=filled,
        missing=missing,
        shared=(0,) * len(state),
        floors=(),
        counted=problem.base + sum(filled),
        shortfall=lack[0],
        cut=_cut(problem, flow, lambda: make_model(standing, index, policy))
        if any(missing)
        else (),
    )


def _flow(problem: Problem) -> Flow:
    supplies = [Supply(item.units * len(item.records), item.blocks) for item in problem.classes]
    supplies += [Supply(units, (block,)) for block, units in enumerate(problem.approved) if units]
    supplies.append(Supply(problem.awards, problem.automatic))
    return Flow(supplies, problem.needs)


def _better(problem: Problem, flow: Flow, known: Lack) -> list[Split] | None:
    """The best choice, if it is better than own blocks."""
    most = problem.base + problem.substituted(problem.needs)
    floor = max(flow.shortfall, problem.units_min - most), flow.shortfall
    if known <= floor:
        return None
    return Search(problem, flow.moved, known=known, floor=floor).run()


def _moved(
    usable: Usable, own: Sequence[int], problem: Problem, chosen: Sequence[Split]
) -> list[int]:
    """The block of every course when so many of each class are in each of its blocks."""
    moved = {
        record.ledger_seq: block
        for item, split in zip(problem.classes, chosen, strict=True)
        for record, block in zip(item.records, item.spread(split), strict=True)
    }
    return [
        moved.get(record.ledger_seq, block)
        for record, block in zip(usable.courses, own, strict=True)
    ]


def _cut(problem: Problem, flow: Flow | None, model: Callable[[], Model]) -> tuple[int, ...]:
    """A smallest set of blocks that cannot be filled together; () if all of them can.

    A block that all its records together cannot fill is one by itself. The flow's cut is a set for
    records that could be divided; whole records may need fewer blocks, or no cut shows it.
    """
    for block, need in enumerate(problem.needs):
        if need > problem.offered(block):
            return (block,)
    blocks = (flow or _flow(problem)).cut() or range(len(problem.needs))

    def filled(kept: list[int]) -> bool:
        try:
            return _can_be_filled(problem, kept)
        except SearchLimitError:
            return can_be_filled(model(), kept)

    return smallest_cut([block for block in blocks if problem.needs[block]], filled)


def _can_be_filled(problem: Problem, blocks: list[int]) -> bool:
    """Whether some choice leaves nothing missing in these blocks, whatever else lacks."""
    needs = tuple([need if block in blocks else 0 for block, need in enumerate(problem.needs)])
    alone = replace(problem, needs=needs, units_min=0)
    known = alone.lack(alone.own_blocks())
    if not any(known):
        return True
    flow = _flow(alone)
    if flow.shortfall or not alone.classes:
        return False
    search = Search(alone, flow.moved, known=known, floor=(0, 0))
    search.run()
    return not any(search.best)


def _earning(usable: Usable, index: PlanIndex, blocks: Sequence[int]) -> list[Placement]:
    """Where every whole record counts."""
    codes, counted = index.codes, Use.COUNTED
    places = [
        place((record.ledger_seq, codes[block], record.units, counted))
        for record, block in zip(usable.courses, blocks, strict=True)
    ]
    places += [
        Placement(record.ledger_seq, record.block_code, record.units, counted)
        for record in usable.recognised
    ]
    return places


def _substituting(
    usable: Usable, index: PlanIndex, approved: State, awarded: State
) -> list[Placement]:
    """Which record fills what, in the order of the ledger and of dates; the rest is surplus."""
    places: list[Placement] = []
    still = list(approved)
    for record in usable.approved:
        blocks = (index.position[record.block_code],)
        _fill(record.ledger_seq, record.units, blocks, index, still, places)
    open_to_awards = list(awarded)
    for record, units in usable.awards:
        _fill(record.ledger_seq, units, index.automatic, index, open_to_awards, places)
    return places


def _fill(
    seq: int,
    units: int,
    blocks: State,
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
