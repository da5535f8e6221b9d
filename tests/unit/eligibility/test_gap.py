"""The cheapest additions: on known plans by hand, on random ones against all there could be."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from itertools import chain, combinations, product

import pytest

from creditbank.demo import vocational
from creditbank.demo.majors import MAJORS
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import ConditionKind, Plan
from creditbank.domain.policies import Authority, PolicyValue, resolve
from creditbank.domain.snapshots import Appraisal, Record, Snapshot
from creditbank.eligibility import evaluate_graduation, gap_program
from creditbank.eligibility import gap as gap_module
from creditbank.eligibility.gap import Gap, Proposal, credits_are_met, gap_of, offers_for
from creditbank.eligibility.offers import Offer
from creditbank.eligibility.solver import ProgramError
from tests.factories.policies import shipped_policy
from tests.proofs.cases import AS_OF, Case, make_case

PLAN = vocational.plan_of(MAJORS[0], plan_id=1, institution_id=1)
POLICY = shipped_policy()
DAY = date(2026, 7, 1)


def learner(
    plan: Plan, *missing: str, awards: tuple[Record, ...] = (), **facts: object
) -> Snapshot:
    """Who has passed all courses of a plan but these."""
    courses = [course for course in plan.courses if course.course_code not in missing]
    records = tuple(
        Record(seq, EntryKind.COURSE, course.units, DAY, course.name, course.course_code)
        for seq, course in enumerate(courses, start=1)
    )
    numbered = tuple(
        replace(award, ledger_seq=len(records) + at) for at, award in enumerate(awards, start=1)
    )
    known: dict[str, object] = {
        "conduct": Appraisal.PASSED, "internship": Appraisal.PASSED, **facts
    }  # fmt: skip
    return Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=len(records) + len(awards),
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=(*records, *numbered),
        **known,  # type: ignore[arg-type]
    )


def named(gap: Gap) -> list[list[str]]:
    return [[offer.code for offer in proposal.offers] for proposal in gap.proposals]


RX = tuple(f"RX{number:02d}" for number in range(1, 9))
XX = tuple(f"SKXX{number}" for number in range(1, 5))


def test_nothing_is_proposed_where_nothing_is_missing():
    gap = gap_of(learner(PLAN), PLAN, POLICY, DAY)
    assert (gap.is_closed, gap.proposals, gap.conditions) == (True, (), ())


def test_a_course_that_must_be_passed_is_the_only_way():
    gap = gap_of(learner(PLAN, "SKZH3"), PLAN, POLICY, DAY)
    assert gap.shortfall_units == 400
    assert named(gap) == [["SKZH3"]]
    assert gap.proposals[0].hours == 72


def test_of_electives_alike_the_first_is_named_and_the_others_instead():
    gap = gap_of(learner(PLAN, *RX[3:], XX[3]), PLAN, POLICY, DAY)
    first = gap.proposals[0]
    assert [offer.code for offer in first.offers] == ["RX04"]
    assert [offer.code for offer in first.choices[0].instead] == ["RX05", "RX06", "RX07", "RX08"]
    assert (first.hours, first.units) == (36, 200)


def test_dearer_ways_follow_and_of_equal_cost_the_one_with_fewer_things():
    """Two weeks of practice ask 60 hours too, but a certificate is one thing."""
    gap = gap_of(learner(PLAN, *RX[3:], XX[3]), PLAN, POLICY, DAY)
    assert named(gap) == [["RX04"], ["SKXX4"], ["innovation.skill_certificate.elementary"]]
    assert [proposal.hours for proposal in gap.proposals] == [36, 54, 60]


def test_what_is_capped_is_not_proposed():
    """An award has used up what may be replaced: another one would be of no use."""
    award = Record(0, EntryKind.COMPETITION, 200, DAY, "奖", category="competition", event_key="e")
    policy = shipped_policy(substitution__cap_units=200)
    gap = gap_of(learner(PLAN, *RX[2:], XX[3], awards=(award,)), PLAN, policy, DAY)
    assert gap.shortfall_units == 200
    assert named(gap) == [["RX03"], ["SKXX4"]]


def test_what_no_credit_replaces_is_named_apart():
    pupil = learner(PLAN, "RX01", *RX[3:], XX[3], conduct=Appraisal.FAILED)
    gap = gap_of(pupil, PLAN, POLICY, DAY)
    assert [item.code for item in gap.conditions] == ["conduct"]
    assert gap.proposals


def test_a_plan_that_its_courses_cannot_fill_is_out_of_reach():
    short = replace(PLAN, courses=tuple(c for c in PLAN.courses if c.course_code != "SKZH3"))
    gap = gap_of(learner(short), short, POLICY, DAY)
    assert (gap.proposals, gap.out_of_reach, gap.is_bounded) == ((), ("ZH",), False)


def test_a_core_course_that_the_advance_asks_for_is_in_every_proposal():
    spare = replace(PLAN.courses[0], course_code="SPARE", block_code="ZH", theory_hours=9)
    plan = replace(PLAN, courses=(*PLAN.courses, replace(spare, units=400)))
    pupil = learner(plan, "SKZH3", "SPARE")
    assert named(gap_of(pupil, plan, POLICY, DAY))[0] == ["SPARE"]
    assert named(gap_of(pupil, plan, POLICY, DAY, must=["SKZH3"])) == [["SKZH3"]]


def test_the_bound_is_said(monkeypatch):
    monkeypatch.setattr(gap_program, "NODES_MAX", 0)
    pupil = learner(PLAN, "SKZH3", *RX[2:], *XX[2:])
    gap = gap_of(pupil, PLAN, POLICY, DAY)
    assert (gap.is_bounded, gap.proposals) == (True, ())


def test_a_beginner_is_told_the_whole_way():
    pupil = learner(PLAN, *(course.course_code for course in PLAN.courses))
    gap = gap_of(pupil, PLAN, POLICY, DAY)
    assert not gap.is_bounded
    assert len(gap.proposals) == 3
    required = {course.course_code for course in PLAN.courses if course.is_required}
    assert required <= {offer.code for offer in gap.proposals[0].offers}


def test_the_answer_is_the_same_whatever_the_order():
    pupil = learner(PLAN, "SKZH3", *RX[2:], *XX[2:])
    catalogue = list(offers_for(pupil, PLAN, POLICY, DAY))
    wanted = gap_of(pupil, PLAN, POLICY, DAY, catalogue)
    records = list(pupil.records)
    for seed in range(5):
        random.Random(seed).shuffle(catalogue)
        random.Random(seed).shuffle(records)
        again = gap_of(replace(pupil, records=tuple(records)), PLAN, POLICY, DAY, catalogue)
        assert again == wanted


def test_what_the_engine_does_not_confirm_is_not_said(monkeypatch):
    def nothing(question, found):
        return gap_program.Cheapest(tuple(0 for _ in question.kinds), is_proven=True)

    monkeypatch.setattr(gap_module, "cheapest", nothing)
    with pytest.raises(ProgramError, match=r"^the engine does not confirm what the program"):
        gap_of(learner(PLAN, "SKZH3"), PLAN, POLICY, DAY)


def test_the_same_award_again_is_nothing_else_to_take():
    pupil = learner(PLAN, *RX[3:], XX[3])
    catalogue = [
        offer
        for offer in offers_for(pupil, PLAN, POLICY, DAY)
        if offer.code in {"innovation.social_practice", "innovation.volunteering"}
    ]
    first = gap_of(pupil, PLAN, POLICY, DAY, catalogue).proposals[0]
    assert {choice.instead for choice in first.choices} == {()}


@pytest.mark.parametrize(
    ("records", "ledger_seq", "exception", "first"),
    [((), 0, None, 1), ((3, 9, 4), 5, None, 10), ((3,), 12, None, 13), ((3,), 4, 30, 31)],
)
def test_offers_are_numbered_after_every_entry_that_anything_speaks_of(
    records, ledger_seq, exception, first
):
    pupil = learner(PLAN)
    waived = PlanException(ExceptionKind.WAIVE, "RX", "", None, None, "病", "1号", 1, DAY)
    forced = replace(waived, kind=ExceptionKind.FORCE, block_code="RX", ledger_seq=exception)
    pupil = replace(
        pupil,
        ledger_seq=ledger_seq,
        records=tuple(replace(pupil.records[0], ledger_seq=seq) for seq in records),
        exceptions=(waived, forced),
    )
    catalogue = offers_for(learner(PLAN, "SKZH3", "RX01"), PLAN, POLICY, DAY)[:2]
    numbered = gap_module._numbered(catalogue, pupil)
    assert [offer.record.ledger_seq for offer in numbered] == [first, first + 1]


# Random plans with every rule, a small catalogue, and every set that could be taken from it.

MOST = 7
SEVERAL = (12, 16, 40, 41, 44, 58, 63, 69, 82, 92, 93, 97, 110, 111, 117, 119, 122, 134)
ONE = (1, 2, 7, 9, 22, 26, 32)
NONE = (0, 3, 4, 5)
"""Seeds by how many proposals they lead to; a learner at random mostly has one or none."""


def policy_of(case: Case):
    values = {**case.policy, "credit.hours_max": 18, "duration.suspension_counts": False}
    return resolve(
        (PolicyValue(key, value, Authority.COUNTY, date(2020, 1, 1), "试验〔2020〕1号")
         for key, value in values.items()),
        institution_id=1, as_of=AS_OF,
    )  # fmt: skip


def small_catalogue(case: Case, seed: int) -> list[Offer]:
    chance = random.Random(seed)
    courses = list(offers_for(case.snapshot, case.plan, policy_of(case), AS_OF))
    chance.shuffle(courses)
    found = courses[: MOST - 3]
    for number, units in enumerate(chance.choices((50, 100, 200, 300), k=MOST - len(found))):
        category = chance.choice(("competition", "social_practice"))
        kind = EntryKind.COMPETITION if category == "competition" else EntryKind.INNOVATION
        record = Record(0, kind, units, AS_OF, "奖", category=category, event_key=f"neu{number}",
                        level=chance.choice(("10", "23")))  # fmt: skip
        family = chance.choice(("", "", "contest"))
        found.append(Offer(f"award{number}", 1, chance.choice((10, 20, 40)), 6, record,
                           family=family))  # fmt: skip
    return found


def key_of(taken: tuple[Offer, ...], catalogue: list[Offer]) -> tuple[int, int, int, int]:
    rank = {offer.code: at for at, offer in enumerate(sorted(catalogue, key=lambda o: o.code))}
    return (
        sum(offer.hours for offer in taken),
        len(taken),
        sum(offer.semester_no for offer in taken),
        sum(rank[offer.code] for offer in taken),
    )


def suffices(case: Case, taken: tuple[Offer, ...]) -> bool:
    first = 1 + max([record.ledger_seq for record in case.snapshot.records] + [100])
    records = tuple(replace(offer.record, ledger_seq=first + at) for at, offer in enumerate(taken))
    known = replace(case.snapshot, records=(*case.snapshot.records, *records))
    return credits_are_met(evaluate_graduation(known, case.plan, policy_of(case), AS_OF))


def variants(proposal: Proposal) -> list[frozenset[str]]:
    """The same proposal with what could be taken instead."""
    ways = [
        list(combinations([*choice.offers, *choice.instead], len(choice.offers)))
        for choice in proposal.choices
    ]
    return [frozenset(o.code for o in chain.from_iterable(way)) for way in product(*ways)]


def allowed(taken: tuple[Offer, ...]) -> bool:
    return sum(offer.family == "contest" for offer in taken) <= 1


@pytest.mark.parametrize("seed", [*SEVERAL, *ONE, *NONE])
def test_no_cheaper_set_exists_among_all_that_there_are(seed: int):
    case = make_case(seed)
    catalogue = small_catalogue(case, seed)
    gap = gap_of(case.snapshot, case.plan, policy_of(case), AS_OF, catalogue)
    if gap.is_closed:
        assert suffices(case, ())
        return
    subsets = chain.from_iterable(combinations(catalogue, size) for size in range(MOST + 1))
    enough = [taken for taken in subsets if allowed(taken) and suffices(case, taken)]
    assert bool(enough) is bool(gap.proposals)
    known: list[frozenset[str]] = []
    for proposal in gap.proposals:
        left = [t for t in enough if not any(v <= {o.code for o in t} for v in known)]
        assert key_of(proposal.offers, catalogue) == min(key_of(t, catalogue) for t in left)
        for variant in variants(proposal):
            taken = tuple(offer for offer in catalogue if offer.code in variant)
            assert suffices(case, taken)
            assert sum(offer.hours for offer in taken) == proposal.hours
        known += variants(proposal)
    if len(gap.proposals) < 3:
        assert not [t for t in enough if not any(v <= {o.code for o in t} for v in known)]


def test_the_random_cases_have_something_in_them():
    found = {}
    for seed in (*SEVERAL, *ONE, *NONE):
        case = make_case(seed)
        catalogue = small_catalogue(case, seed)
        found[seed] = gap_of(case.snapshot, case.plan, policy_of(case), AS_OF, catalogue)
    assert all(len(found[seed].proposals) > 1 for seed in SEVERAL)
    assert all(len(found[seed].proposals) == 1 for seed in ONE)
    assert any(gap.out_of_reach for gap in found.values())
    assert ConditionKind.CONDUCT.value in {c.code for gap in found.values() for c in gap.conditions}
