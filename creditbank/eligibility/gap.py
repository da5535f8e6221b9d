"""Filling the gap: the cheapest additions that make the credits of a plan whole.

Cheapest means fewest class hours, then fewest additions, then the earliest semesters, then the
order of codes. The integer program of the verdict finds them, the engine itself confirms each.
Advice for a page, not part of the verdict.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from creditbank.domain.plans import Plan
from creditbank.domain.policies import Policy
from creditbank.domain.snapshots import Snapshot
from creditbank.domain.verdicts import ConditionResult, Verdict
from creditbank.eligibility.conditions import current_semester
from creditbank.eligibility.gap_program import cheapest
from creditbank.eligibility.gap_question import Kind, Question, make_question
from creditbank.eligibility.graduation import evaluate_graduation
from creditbank.eligibility.offers import Offer, offers
from creditbank.eligibility.plan_conditions import depends_on_records
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.solver import ProgramError
from creditbank.eligibility.standing import standing_records

PROPOSALS_MAX = 3


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of several offers that do the same: those named first, or others instead."""

    offers: tuple[Offer, ...]
    instead: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """One way to close the gap, in the order in which it can be earned. units: hundredths."""

    choices: tuple[Choice, ...]

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What is to be earned, earliest first."""
        found = (offer for choice in self.choices for offer in choice.offers)
        return tuple(sorted(found, key=_order))

    @property
    def hours(self) -> int:
        """Class hours of all of it."""
        return sum(offer.hours for offer in self.offers)

    @property
    def units(self) -> int:
        """What it earns."""
        return sum(offer.record.units for offer in self.offers)


@dataclass(frozen=True, slots=True)
class Gap:
    """What closes the gap. shortfall_units: of the verdict, in hundredths.

    is_closed: nothing is missing that records could bring. proposals: the cheapest first, none part
    of another. is_bounded: the search was ended by its bound: what is proposed is the cheapest, but
    there may be others of the same cost before the last one, and further ones.
    out_of_reach: blocks that all offers together do not fill. conditions: not met, and no credit
    will meet them.
    """

    shortfall_units: int
    is_closed: bool
    proposals: tuple[Proposal, ...] = ()
    is_bounded: bool = False
    out_of_reach: tuple[str, ...] = ()
    conditions: tuple[ConditionResult, ...] = ()


def offers_for(snapshot: Snapshot, plan: Plan, policy: Policy, as_of: date) -> tuple[Offer, ...]:
    """What this learner could still earn under this plan."""
    index = index_for(plan, snapshot.exceptions, as_of)
    standing = standing_records(snapshot.records, index, as_of)
    passed = {record.plan_code for record in (*standing.courses, *standing.recognised)}
    semester = current_semester(snapshot, as_of)
    return offers(index.plan, passed, policy, semester=semester, as_of=as_of)


def gap_of(
    snapshot: Snapshot,
    plan: Plan,
    policy: Policy,
    as_of: date,
    catalogue: Sequence[Offer] | None = None,
    *,
    must: Collection[str] = (),
) -> Gap:
    """How this learner's gap is closed at the least cost by what is on offer.

    catalogue: what is on offer, by default offers_for. must: codes of courses that every proposal
    holds, such as a core course that the advance asks for. Raises ProgramError as the verdict does.
    """
    if catalogue is None:
        catalogue = offers_for(snapshot, plan, policy, as_of)
    verdict = evaluate_graduation(snapshot, plan, policy, as_of)
    conditions = tuple(
        item for item in verdict.conditions if not item.met and not depends_on_records(item)
    )
    must = {offer.code for offer in catalogue} & set(must)
    gap = Gap(verdict.shortfall_units, credits_are_met(verdict) and not must, conditions=conditions)
    if gap.is_closed:
        return gap
    numbered = _numbered(catalogue, snapshot)
    full = evaluate_graduation(_with(snapshot, numbered), plan, policy, as_of)
    if not credits_are_met(full):
        return replace(gap, out_of_reach=_unfilled(full))
    index = index_for(plan, snapshot.exceptions, as_of)
    standing = standing_records(_with(snapshot, numbered).records, index, as_of)
    question = make_question(numbered, standing, index, policy, must)
    found, is_bounded = _proposals(question)
    for proposal in found:
        verdict = evaluate_graduation(_with(snapshot, proposal.offers), plan, policy, as_of)
        if not credits_are_met(verdict):
            message = "the engine does not confirm what the program proposes"
            raise ProgramError(message)
    return replace(gap, proposals=found, is_bounded=is_bounded)


def credits_are_met(verdict: Verdict) -> bool:
    """Whether nothing is missing that records could bring: credits, choices, hours, floors."""
    return not verdict.shortfall_units and all(
        item.met for item in verdict.conditions if depends_on_records(item)
    )


def _numbered(catalogue: Iterable[Offer], snapshot: Snapshot) -> tuple[Offer, ...]:
    """In one order whatever order they came in, after every entry that anything speaks of."""
    seqs = [record.ledger_seq for record in snapshot.records]
    seqs += [item.ledger_seq or 0 for item in snapshot.exceptions]
    first = max([*seqs, snapshot.ledger_seq]) + 1
    return tuple(
        replace(offer, record=replace(offer.record, ledger_seq=seq))
        for seq, offer in enumerate(sorted(catalogue, key=_order), start=first)
    )


def _with(snapshot: Snapshot, added: Iterable[Offer]) -> Snapshot:
    return replace(snapshot, records=(*snapshot.records, *(offer.record for offer in added)))


def _unfilled(verdict: Verdict) -> tuple[str, ...]:
    return tuple(block.code for block in verdict.blocks if block.missing)


def _proposals(question: Question) -> tuple[tuple[Proposal, ...], bool]:
    """The cheapest ones, and whether the bound has ended the search."""
    found: list[tuple[int, ...]] = []
    is_bounded = False
    while len(found) < PROPOSALS_MAX and not is_bounded:
        try:
            best = cheapest(question, found)
        except ProgramError:
            is_bounded = True
            break
        if best is None:
            break
        found.append(best.counts)
        is_bounded = not best.is_proven
    return tuple(_proposal(question.kinds, counts) for counts in found), is_bounded


def _proposal(kinds: Sequence[Kind], counts: Sequence[int]) -> Proposal:
    choices = [
        Choice(kind.offers[:count], () if kind.offers[0].code == kind.offers[-1].code
               else kind.offers[count:])
        for kind, count in zip(kinds, counts, strict=True)
        if count
    ]  # fmt: skip
    return Proposal(tuple(sorted(choices, key=lambda choice: _order(choice.offers[0]))))


def _order(offer: Offer) -> tuple[int, str, int]:
    return offer.semester_no, offer.code, offer.number
