"""Laws of the cheapest way, on random learners of the county's plans and of plans with every rule.

CREDITBANK_EXAMPLES sets how many cases each is tried on.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from creditbank.domain.plans import Plan
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.eligibility import evaluate_graduation
from creditbank.eligibility.gap import credits_are_met, gap_of, offers_for
from creditbank.eligibility.offers import Offer
from tests.factories.policies import shipped_policy
from tests.unit.eligibility.learners import AS_OF, demo_plan, random_learner

EXAMPLES = settings(
    max_examples=int(os.environ.get("CREDITBANK_EXAMPLES", "12")),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
POLICY = shipped_policy()
SEEDS = st.integers(0, 10**6)


def learner(seed: int) -> tuple[Plan, Snapshot]:
    """Somewhere between the first day and the last."""
    generator = random.Random(seed)
    plan = demo_plan(generator)
    found = random_learner(generator, plan, electives=generator.random(), shared=0.9)
    share = generator.choice((0.0, 0.5, 0.9, 0.97))
    kept = tuple(record for record in found.records if generator.random() < share)
    return plan, replace(found, records=kept)


def earned(snapshot: Snapshot, offers: Sequence[Offer]) -> Snapshot:
    last = max([record.ledger_seq for record in snapshot.records], default=0)
    added: list[Record] = [
        replace(offer.record, ledger_seq=last + number)
        for number, offer in enumerate(offers, start=1)
    ]
    return replace(snapshot, records=(*snapshot.records, *added))


def suffices(plan: Plan, snapshot: Snapshot, offers: Sequence[Offer]) -> bool:
    found = earned(snapshot, offers)
    return credits_are_met(evaluate_graduation(found, plan, POLICY, AS_OF))


@given(SEEDS)
@EXAMPLES
def test_every_proposal_suffices_and_nothing_of_it_can_be_left_out(seed: int):
    plan, snapshot = learner(seed)
    gap = gap_of(snapshot, plan, POLICY, AS_OF)
    assert gap.is_closed is suffices(plan, snapshot, ())
    for proposal in gap.proposals:
        offers = proposal.offers
        assert suffices(plan, snapshot, offers)
        for left_out in range(len(offers)):
            assert not suffices(plan, snapshot, (*offers[:left_out], *offers[left_out + 1 :]))


@given(SEEDS)
@EXAMPLES
def test_ways_come_in_the_order_of_their_cost_and_none_is_part_of_another(seed: int):
    plan, snapshot = learner(seed)
    gap = gap_of(snapshot, plan, POLICY, AS_OF)
    costs = [(proposal.hours, len(proposal.offers)) for proposal in gap.proposals]
    assert costs == sorted(costs)
    sets = [frozenset((o.code, o.number) for o in item.offers) for item in gap.proposals]
    assert not any(one < other or one > other for one in sets for other in sets)


@given(SEEDS, st.randoms(use_true_random=False))
@EXAMPLES
def test_whoever_earns_a_part_of_the_cheapest_way_has_the_rest_still_to_go(
    seed: int, chance: random.Random
):
    plan, snapshot = learner(seed)
    gap = gap_of(snapshot, plan, POLICY, AS_OF)
    assume(gap.proposals)
    best = gap.proposals[0]
    done = chance.sample(best.offers, chance.randint(1, len(best.offers)))
    taken = {(offer.code, offer.number) for offer in done}
    catalogue = [
        offer
        for offer in offers_for(snapshot, plan, POLICY, AS_OF)
        if (offer.code, offer.number) not in taken
    ]
    rest = gap_of(earned(snapshot, done), plan, POLICY, AS_OF, catalogue)
    hours = rest.proposals[0].hours if rest.proposals else 0
    assert hours == best.hours - sum(offer.hours for offer in done)


@given(SEEDS)
@EXAMPLES
def test_less_on_offer_is_never_cheaper(seed: int):
    plan, snapshot = learner(seed)
    offers = offers_for(snapshot, plan, POLICY, AS_OF)
    gap = gap_of(snapshot, plan, POLICY, AS_OF, offers)
    fewer = gap_of(snapshot, plan, POLICY, AS_OF, offers[::2])
    assume(fewer.proposals)
    assert gap.proposals[0].hours <= fewer.proposals[0].hours
