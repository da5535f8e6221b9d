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
from creditbank.eligibility.plan_index import SEVERAL, PlanIndex
from creditbank.eligibility.problem import Lack, Problem, Split, State, make_problem
from creditbank.eligibility.proof import can_be_filled, smallest_cut
from creditbank.eligibility.search import Search, SearchLimitError
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import Usable, cut_awards


def allocate_plain(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation there is: least shortfall, then least missing; own blocks where equal.

    Raises SearchLimitError where the search would be too long.
    """
    usable = cut_awards(standing, index, policy)
    problem = make_problem(usable, index)
    chosen, state = problem.own_blocks()
    lack = problem.lack(state)
    flow = None
    if any(lack) and problem.classes and not problem.is_final(state, lack):
        flow = _flow(problem)
        chosen, state, lack = _improved(problem, flow, chosen, state, lack)
    approved, awarded = problem.fill(state)
    filled = [sum(both) for both in zip(approved, awarded, strict=True)]
    missing = tuple([need - units for need, units in zip(state, filled, strict=True)])
    places, earned = _earning(usable, index, problem, chosen)
    places += _substituting(usable, index, approved, awarded)
    places += usable.unused
    return Allocation(
        placements=places,
        earned=tuple(earned),
        recognised=tuple(problem.recognised),
        filled=tuple(filled),
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


def _improved(
    problem: Problem, flow: Flow, chosen: list[Split], state: State, known: Lack
) -> tuple[list[Split], State, Lack]:
    """The best choice, starting from a known one."""
    most = problem.base + problem.substituted(problem.needs)
    floor = max(flow.shortfall, problem.units_min - most), flow.shortfall
    if known <= floor:
        return chosen, state, known
    found = Search(problem, flow.moved, known=known, floor=floor).run()
    if found is None:
        return chosen, state, known
    state = problem.needs
    for item, split in zip(problem.classes, found, strict=True):
        state = problem.after(state, item, split)
    return found, state, problem.lack(state)


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
    _, state = alone.own_blocks()
    known = alone.lack(state)
    if not any(known):
        return True
    flow = _flow(alone)
    if flow.shortfall or not alone.classes:
        return False
    search = Search(alone, flow.moved, known=known, floor=(0, 0))
    search.run()
    return not any(search.best)


def _earning(
    usable: Usable, index: PlanIndex, problem: Problem, chosen: Sequence[Split]
) -> tuple[list[Placement], list[int]]:
    """Where every whole record counts; and per block what courses earn."""
    codes, counted = index.codes, Use.COUNTED
    places = [
        place((record.ledger_seq, codes[block], record.units, counted))
        for record, block in zip(usable.courses, problem.only, strict=True)
        if block != SEVERAL
    ]
    places += [
        Placement(record.ledger_seq, record.block_code, record.units, counted)
        for record in usable.recognised
    ]
    earned = list(problem.earned)
    for item, split in zip(problem.classes, chosen, strict=True):
        blocks = [
            block for block, count in zip(item.blocks, split, strict=True) for _ in range(count)
        ]
        for record, block in zip(item.records, blocks, strict=True):
            places.append(Placement(record.ledger_seq, codes[block], record.units, counted))
            earned[block] += record.units
    return places, earned


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
