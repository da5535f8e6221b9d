"""The recogniser: the recognition that leaves the smallest graduation gap, and what others cost.

Best is the least shortfall by the engine in the new plan, then the most units recognised, then the
same before the similar before electives, then the fewest sources, then the earliest courses, blocks
and sources. The integer program of the verdict finds it (recognition_program); it is shown only
when the table allows it line by line and the engine comes to the same shortfall. ProgramError
rather than a guess.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice

from creditbank.eligibility.recognition import Proposal, Recognised, Transfer
from creditbank.eligibility.recognition_decision import decided_of, outcome, problems_of
from creditbank.eligibility.recognition_program import best_recognition
from creditbank.eligibility.recognition_question import question_of
from creditbank.eligibility.solver import ProgramError

ALTERNATIVES_MAX = 5


def propose(transfer: Transfer) -> Proposal:
    """The best recognition, the same for whatever order records and rules come in."""
    return next(_best_first(transfer))


def alternatives(transfer: Transfer, limit: int = ALTERNATIVES_MAX) -> tuple[Proposal, ...]:
    """Other recognitions than the best, the next best first.

    Each gives a course that no better one gives or fills a block as no better one does; to give
    merely less is no alternative. Fewer than there are where the search comes to its bound.
    """
    proposals = _best_first(transfer)
    next(proposals)
    found: list[Proposal] = []
    with suppress(ProgramError):
        found.extend(islice(proposals, limit))
    return tuple(found)


def _best_first(transfer: Transfer) -> Iterator[Proposal]:
    question = question_of(transfer)
    found: list[tuple[Recognised, ...]] = []
    while (best := best_recognition(transfer, question, found)) is not None:
        proposal = outcome(transfer, question, best.items)
        is_allowed = not any(problems_of(question, decided_of(best.items)))
        if not is_allowed or proposal.shortfall != best.shortfall:
            message = "the engine does not confirm what the program proposes"
            raise ProgramError(message)
        found.append(best.items)
        yield replace(proposal, is_bounded=best.is_bounded)
