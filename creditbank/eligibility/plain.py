"""Plans whose blocks take courses and, to fill, any award: most plans, most learners.

Own blocks first, which is all that most learners need; else flow, whose cut proves a no; else,
where flow would divide whole records, search.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import add, sub

from creditbank.domain.policies import Policy
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.model import Model, make_model
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import (
    Lack,
    Problem,
    Split,
    State,
    make_problem,
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
    problem = make_problem(usable, standing, index)
    state, at_home, flow = problem.needs, standing.at_home, None
    lack = problem.lack(state)
    if any(lack) and not problem.is_final(state, lack, index.shared):
        problem = with_choices(problem, usable, index)
        if problem.classes:
            flow = _flow(problem)
            found = _better(problem, flow, lack)
            if found is not None:
                state = problem.end(found)
                lack = problem.lack(state)
                at_home = _moved(at_home, index, problem, found)
    approved, awarded = problem.fill(state)
    filled = tuple(map(add, approved, awarded))
    missing = tuple(map(sub, state, filled))
    return Allocation(
        placements=[
            *at_home,
            *_recognising(usable),
            *_substituting(usable, index, approved, awarded),
            *usable.unused,
        ],
        earned=problem.earned if at_home is standing.at_home else _earned(at_home, index),
        recognised=problem.recognised,
        filled=filled,
        missing=missing,
        shared=index.nothing,
        floors=(),
        counted=problem.base + sum(filled),
        shortfall=lack[0],
        cut=_cut(problem, flow, lambda: make_model(standing, index, policy)) if lack[1] else (),
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
    at_home: Iterable[Placement], index: PlanIndex, problem: Problem, chosen: Sequence[Split]
) -> list[Placement]:
    """Where every course counts when so many of each class are in each of its blocks."""
    moved = {
        record.ledger_seq: index.codes[block]
        for item, split in zip(problem.classes, chosen, strict=True)
        for record, block in zip(item.records, item.spread(split), strict=True)
    }
    return [Placement(seq, moved.get(seq, code), units, use) for seq, code, units, use in at_home]


def _earned(placed: Iterable[Placement], index: PlanIndex) -> list[int]:
    """What courses earn per block."""
    earned = [0] * len(index.blocks)
    for _, code, units, _ in placed:
        earned[index.position[code]] += units
    return earned


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


def _recognising(usable: Usable) -> list[Placement]:
    """Recognitions count whole where they were recognised."""
    return [
        Placement(record.ledger_seq, record.block_code, record.units, Use.COUNTED)
        for record in usable.recognised
    ]


def _substituting(
    usable: Usable, index: PlanIndex, approved: State, awarded: State
) -> list[Placement]:
    """Which record fills what, in the order of the ledger and of dates; the rest is surplus."""
    if not (any(approved) or any(awarded)):
        offers = [*[(record, record.units) for record in usable.approved], *usable.awards]
        return [Placement(record.ledger_seq, "", units, Use.SURPLUS) for record, units in offers]
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
