"""Plans whose blocks take courses and, to fill, any award: most plans, most learners.

Own blocks first, which is all that most learners need; else flow, whose cut proves a no; else,
where flow would divide whole records, search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.allocation import Allocation, Count
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.model import Model, make_model
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import Problem, Split, State, make_problem
from creditbank.eligibility.proof import smallest_cut
from creditbank.eligibility.search import Search
from creditbank.eligibility.standing import Standing
from creditbank.eligibility.usable import Usable, cut_awards


def allocate_plain(standing: Standing, index: PlanIndex, policy: Policy) -> Allocation:
    """The best allocation there is: least shortfall, then least missing; own blocks where equal.

    Raises SearchLimitError where the search would be too long.
    """
    usable = cut_awards(standing, index, policy)
    problem = make_problem(usable, index)
    chosen, state = problem.own_blocks()
    flow = None
    if any(problem.lack(state)):
        flow = _flow(problem)
        chosen, state = _improved(problem, flow, chosen, state)
    approved, awarded = problem.fill(state)
    missing = tuple(
        need - by_approval - by_award
        for need, by_approval, by_award in zip(state, approved, awarded, strict=True)
    )
    filled, surplus = _substituting(usable, index, approved, awarded)
    return Allocation(
        earned=_places(usable, index, problem, chosen),
        filled=filled,
        unused=(*usable.unused, *surplus),
        missing=missing,
        shared=(0,) * len(state),
        floors=(),
        counted=problem.base + problem.substituted(state),
        shortfall=problem.lack(state)[0],
        cut=_cut(problem, flow, lambda: make_model(standing, index, policy))
        if flow is not None and any(missing)
        else (),
    )


def _flow(problem: Problem) -> Flow:
    supplies = [Supply(item.units * len(item.records), item.blocks) for item in problem.classes]
    supplies += [Supply(units, (block,)) for block, units in enumerate(problem.approved) if units]
    supplies.append(Supply(problem.awards, problem.automatic))
    return Flow(supplies, problem.needs)


def _improved(
    problem: Problem, flow: Flow, chosen: list[Split], state: State
) -> tuple[list[Split], State]:
    """The best choice, starting from a known one."""
    known = problem.lack(state)
    most = problem.base + problem.substituted(problem.needs)
    floor = max(flow.shortfall, problem.units_min - most), flow.shortfall
    if known <= floor or not problem.classes:
        return chosen, state
    found = Search(problem, flow.moved, known=known, floor=floor).run()
    if found is None:
        return chosen, state
    state = problem.needs
    for item, split in zip(problem.classes, found, strict=True):
        state = problem.after(state, item, split)
    return found, state


def _cut(problem: Problem, flow: Flow, model: Callable[[], Model]) -> tuple[int, ...]:
    """A smallest set of blocks that cannot be filled together; () if all of them can.

    A block that all its records together cannot fill is one by itself. The flow's cut is a set for
    records that could be divided; whole records may need fewer blocks, or no cut shows it.
    """
    for block, need in enumerate(problem.needs):
        if need > problem.offered(block):
            return (block,)
    return smallest_cut(model(), flow.cut() or range(len(problem.needs)))


def _places(
    usable: Usable, index: PlanIndex, problem: Problem, chosen: Sequence[Split]
) -> tuple[Count, ...]:
    """The block of every whole record, by ledger_seq."""
    places = [
        (record, index.position[record.block_code], record.units) for record in usable.recognised
    ]
    for record in usable.courses:
        blocks = index.accepting[record.plan_code]
        if len(blocks) == 1:
            places.append((record, blocks[0], record.units))
    for item, split in zip(problem.classes, chosen, strict=True):
        spread = [
            block for block, count in zip(item.blocks, split, strict=True) for _ in range(count)
        ]
        places += [
            (record, block, record.units)
            for record, block in zip(item.records, spread, strict=True)
        ]
    return tuple(sorted(places, key=lambda place: place[0].ledger_seq))


def _substituting(
    usable: Usable, index: PlanIndex, approved: State, awarded: State
) -> tuple[tuple[Count, ...], list[Placement]]:
    """Which record fills what, in the order of the ledger and of dates; the rest is surplus."""
    filled: list[Count] = []
    surplus: list[Placement] = []
    still = list(approved)
    for record in usable.approved:
        block = index.position[record.block_code]
        _fill(record, record.units, (block,), still, filled, surplus)
    open_to_awards = list(awarded)
    for record, units in usable.awards:
        _fill(record, units, index.automatic, open_to_awards, filled, surplus)
    return tuple(filled), surplus


def _fill(
    record: Record,
    units: int,
    blocks: State,
    still: list[int],
    filled: list[Count],
    surplus: list[Placement],
) -> None:
    """Put a record where something is still to be filled (taken off `still`)."""
    for block in blocks:
        used = min(units, still[block])
        if used:
            filled.append((record, block, used))
            still[block] -= used
            units -= used
    if units:
        surplus.append(Placement(record.ledger_seq, "", units, Use.SURPLUS))
