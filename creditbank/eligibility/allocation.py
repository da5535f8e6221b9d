"""Which record counts in which block: exact, at the cost of what the learner's records need.

Own blocks first, which is all that most learners need; else flow, whose cut proves a no; else,
where flow would divide whole records, search.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from creditbank.domain.snapshots import Record
from creditbank.eligibility.flow import Flow, Supply
from creditbank.eligibility.plan_index import PlanIndex
from creditbank.eligibility.problem import Problem, Split, State, linked_blocks, make_problem
from creditbank.eligibility.search import Search
from creditbank.eligibility.usable import Usable


@dataclass(frozen=True, slots=True)
class Allocation:
    """placed: (record, block index) for every course and recognition. All else in hundredths.

    approved, awarded, missing: per block; shortfall: the smallest that any allocation leaves.
    cut: blocks that cannot be filled together.
    """

    placed: tuple[tuple[Record, int], ...]
    approved: State
    awarded: State
    missing: State
    counted: int
    shortfall: int
    cut: tuple[int, ...]


def allocate(usable: Usable, index: PlanIndex) -> Allocation:
    """The best allocation there is: least shortfall, then least missing; own blocks where equal.

    Raises SearchLimitError where the search would be too long.
    """
    problem = make_problem(usable, index)
    chosen, state = problem.own_blocks()
    cut: tuple[int, ...] = ()
    if any(problem.lack(state)):
        flow = _flow(problem)
        chosen, state = _improved(problem, flow, chosen, state)
        cut = _cut(problem, flow, state)
    approved, awarded = problem.fill(state)
    return Allocation(
        placed=_places(usable, index, problem, chosen),
        approved=approved,
        awarded=awarded,
        missing=tuple(
            need - by_approval - by_award
            for need, by_approval, by_award in zip(state, approved, awarded, strict=True)
        ),
        counted=problem.base + problem.substituted(state),
        shortfall=problem.lack(state)[0],
        cut=cut,
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


def _cut(problem: Problem, flow: Flow, state: State) -> tuple[int, ...]:
    """The blocks that cannot be filled together, by the flow's cut.

    Where flow could fill them by dividing records, whole records can't: then all blocks linked to
    a missing one by shared records are named. None if only the total stands in the way.
    """
    if flow.shortfall:
        return flow.cut()
    if not problem.lack(state)[1]:
        return ()
    if problem.units_min > problem.base and _blocks_can_be_filled(problem, flow, state):
        return ()
    filled = map(sum, zip(*problem.fill(state), strict=True))
    missing = [
        block for block, (need, units) in enumerate(zip(state, filled, strict=True)) if need > units
    ]
    linked = linked_blocks(problem.classes, missing)
    return tuple(sorted(block for block in linked if problem.needs[block]))


def _blocks_can_be_filled(problem: Problem, flow: Flow, state: State) -> bool:
    """Whether some allocation fills all blocks, though it lacks more of the total."""
    blocks_alone = replace(problem, units_min=0)
    search = Search(blocks_alone, flow.moved, known=blocks_alone.lack(state), floor=(0, 0))
    search.run()
    return search.best == (0, 0)


def _places(
    usable: Usable, index: PlanIndex, problem: Problem, chosen: Sequence[Split]
) -> tuple[tuple[Record, int], ...]:
    """The block of every whole record, by ledger_seq."""
    places = [(record, index.position[record.block_code]) for record in usable.recognised]
    for record in usable.courses:
        blocks = index.accepting[record.course_code]
        if len(blocks) == 1:
            places.append((record, blocks[0]))
    for item, split in zip(problem.classes, chosen, strict=True):
        blocks = tuple(
            block for block, count in zip(item.blocks, split, strict=True) for _ in range(count)
        )
        places += zip(item.records, blocks, strict=True)
    return tuple(sorted(places, key=lambda place: place[0].ledger_seq))
