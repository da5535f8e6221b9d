"""Border cases of graduation that random learners seldom meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.calendar import months_after
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.snapshots import Appraisal, Decision, Record, Snapshot
from creditbank.domain.verdicts import Outcome, SubjectKind, Use
from creditbank.eligibility import best, branching, evaluate_graduation
from creditbank.eligibility.program import solve
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_NONE, _AUTOMATIC, _APPROVED = (
    Substitution.NONE,
    Substitution.AUTOMATIC,
    Substitution.APPROVED,
)


def _learner(*records, **changes) -> Snapshot:
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=99,
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=records,
        conduct=Appraisal.PASSED,
        internship=Appraisal.PASSED,
        internship_started=True,
    )
    return replace(learner, **changes)


def _course(seq, code, units, **changes):
    return Record(seq, EntryKind.COURSE, units, date(2024, 1, 1), code, code, **changes)


def _award(seq, units, **changes):
    return Record(
        seq, EntryKind.COMPETITION, units, date(2024, 5, seq), "赛", category="competition",
        **changes,
    )  # fmt: skip


def _approved(seq, units, block_code):
    return Record(seq, EntryKind.SUBSTITUTION, units, date(2024, 6, 1), "赛", block_code=block_code)


def _judge(learner, plan, day=AS_OF, **policy):
    return evaluate_graduation(learner, plan, make_policy(**policy), day)


def test_whole_records_are_not_divided_where_flow_would_divide_them():
    plan = make_plan((("A", 400, _NONE), ("B", 300, _NONE)), (("A", 700, ("B",)),), 700)
    verdict = _judge(_learner(_course(1, "C00", 700)), plan)
    assert (verdict.outcome, verdict.shortfall_units) == (Outcome.NOT_YET, 300)
    assert verdict.proof == ("A", "B")


def test_a_course_leaves_its_own_block_to_awards_where_that_fills_the_total():
    for how, moved in ((_AUTOMATIC, _award(2, 200)), (_APPROVED, _approved(2, 200, "RX"))):
        plan = make_plan((("RX", 200, how), ("ZJ", 0, _NONE)), (("RX", 200, ("ZJ",)),), 400)
        verdict = _judge(_learner(_course(1, "C00", 200), moved), plan,
                         substitution__share_percent=100)  # fmt: skip
        assert (verdict.outcome, verdict.counted_units) == (Outcome.ELIGIBLE, 400)
        assert [block.earned for block in verdict.blocks] == [0, 200]


def test_a_thirty_credit_internship_counts_thirty():
    plan = make_plan((("GS", 3000, _NONE),), (("GS", 3000, ()),), 3000)
    verdict = _judge(_learner(_course(1, "C00", 3000)), plan)
    assert (verdict.outcome, verdict.counted_units) == (Outcome.ELIGIBLE, 3000)


def test_the_total_counts_even_when_every_block_is_full():
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 9000)
    verdict = _judge(_learner(_course(1, "C00", 400)), plan)
    assert (verdict.outcome, verdict.shortfall_units) == (Outcome.NOT_YET, 8600)
    assert verdict.proof == ()


def test_a_cap_truncates_and_drops_no_award():
    plan = make_plan((("RX", 1600, _AUTOMATIC),), (("RX", 800, ()),), 1600)
    records = (_course(1, "C00", 800), *(_award(seq, 400) for seq in (2, 3, 4)))
    verdict = _judge(_learner(*records), plan, substitution__cap_units=600)
    assert verdict.blocks[0].substituted == 600
    one = _judge(_learner(records[0], _award(2, 800)), plan, substitution__cap_units=600)
    assert one.blocks[0].substituted == 600


def test_an_exempt_or_resat_pass_counts_once_and_the_second_entry_is_surplus():
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 400)
    verdict = _judge(_learner(_course(2, "C00", 400), _course(1, "C00", 400)), plan)
    assert verdict.counted_units == 400
    assert [place.use for place in verdict.placements] == [Use.COUNTED, Use.SURPLUS]


def test_recognised_credits_count_whole_in_their_block_and_in_the_total():
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 600)
    recognised = Record(1, EntryKind.RECOGNITION, 600, date(2024, 1, 1), "原校课程", block_code="A")
    verdict = _judge(_learner(recognised), plan)
    assert verdict.outcome is Outcome.ELIGIBLE
    assert verdict.blocks[0].recognised == 600
    elsewhere = _judge(_learner(replace(recognised, block_code="Z")), plan)
    assert elsewhere.counted_units == 0


def test_an_approved_substitution_counts_only_what_its_block_lacks():
    plan = make_plan(
        (("XX", 600, _APPROVED), ("RX", 200, _AUTOMATIC)),
        (("XX", 500, ()), ("RX", 200, ())),
        800,
    )
    used = _approved(3, 300, "XX")
    verdict = _judge(_learner(_course(1, "C00", 500), _course(2, "C01", 200), used), plan)
    assert verdict.outcome is Outcome.ELIGIBLE
    assert verdict.counted_units == 800
    assert [(place.use, place.units) for place in verdict.placements if place.ledger_seq == 3] == [
        (Use.SURPLUS, 200),
        (Use.SUBSTITUTED, 100),
    ]


def test_an_award_drawn_upon_is_still_the_highest_of_its_event():
    plan = make_plan((("RX", 800, _AUTOMATIC),), (("RX", 400, ()),), 800)
    drawn = _award(2, 100, drawn_units=200, event_key="event|省赛")
    lower = _award(3, 200, event_key="event|省赛")
    verdict = _judge(_learner(_course(1, "C00", 400), drawn, lower), plan)
    assert verdict.blocks[0].substituted == 100
    assert {place.ledger_seq: place.use for place in verdict.placements}[3] is Use.SAME_EVENT


def test_what_a_lower_award_gave_is_taken_off_a_higher_one_of_the_event():
    plan = make_plan((("RX", 800, _AUTOMATIC),), (("RX", 400, ()),), 800)
    lower = _award(2, 0, drawn_units=200, event_key="event|省赛")
    higher = _award(3, 300, event_key="event|省赛")
    verdict = _judge(_learner(_course(1, "C00", 400), lower, higher), plan)
    assert verdict.blocks[0].substituted == 100


def test_a_drawn_award_uses_up_its_category_and_the_career():
    plan = make_plan((("RX", 1600, _AUTOMATIC),), (("RX", 400, ()),), 1600)
    award = Record(
        2, EntryKind.INNOVATION, 300, date(2024, 1, 1), "实践", category="social_practice",
        drawn_units=200,
    )  # fmt: skip
    verdict = _judge(_learner(_course(1, "C00", 400), award), plan)
    assert verdict.blocks[0].substituted == 200


def test_disputed_evidence_asks_for_a_review_only_if_it_decides():
    plan = make_plan((("RX", 800, _AUTOMATIC),), (("RX", 600, ()),), 800)
    disputed = _award(2, 200, disputed=True)
    assert _judge(_learner(_course(1, "C00", 600), disputed), plan).outcome is Outcome.NEEDS_REVIEW
    small = replace(disputed, units=100)
    assert _judge(_learner(_course(1, "C00", 600), small), plan).outcome is Outcome.NOT_YET
    failed = _learner(_course(1, "C00", 600), disputed, conduct=Appraisal.FAILED)
    assert _judge(failed, plan).outcome is Outcome.NOT_YET


def test_a_decision_taken_before_stands_and_asks_for_a_review():
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 400)
    decided = Decision(SubjectKind.GRADUATION, plan.plan_id, date(2026, 5, 1))
    assert _judge(_learner(decisions=(decided,)), plan).outcome is Outcome.NEEDS_REVIEW
    assert _judge(_learner(), plan).outcome is Outcome.NOT_YET


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2025, 8, 31), Outcome.NOT_YET),
        (date(2025, 9, 1), Outcome.ELIGIBLE_EARLY),
        (date(2026, 1, 31), Outcome.ELIGIBLE_EARLY),
        (date(2026, 2, 1), Outcome.ELIGIBLE),
        (date(2029, 9, 1), Outcome.ELIGIBLE),
    ],
)
def test_early_means_before_the_last_planned_semester_and_after_the_shortest_time(day, expected):
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 400)
    assert _judge(_learner(_course(1, "C00", 400)), plan, day).outcome is expected


@pytest.mark.parametrize(
    ("day", "suspended", "counts", "expected"),
    [
        (date(2029, 8, 31), 0, False, Outcome.NOT_YET),
        (date(2029, 9, 1), 0, False, Outcome.COMPLETION_DUE),
        (date(2029, 9, 1), 1, False, Outcome.NOT_YET),
        (date(2030, 3, 1), 1, False, Outcome.COMPLETION_DUE),
        (date(2029, 9, 1), 1, True, Outcome.COMPLETION_DUE),
    ],
)
def test_the_longest_time_ends_in_completion(day, suspended, counts, expected):
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 400)
    learner = _learner(suspended_semesters=suspended)
    assert _judge(learner, plan, day, duration__suspension_counts=counts).outcome is expected


def test_months_end_on_the_last_day_of_a_short_month():
    assert months_after(date(2023, 8, 31), 6) == date(2024, 2, 29)
    assert months_after(date(2023, 12, 1), 1) == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("needs", "shortfall"),
    [
        ((460, 460, 690), 0),  # 2.0 + 2.6, 2.1 + 2.5, 2.2 + 2.3 + 2.4
        ((455, 455, 700), 5),  # 2.0 + 2.5 is 5 short; then 2.2 + 2.4 and 2.1 + 2.3 + 2.6
    ],
)
def test_what_is_too_long_to_search_is_left_to_an_integer_program(monkeypatch, needs, shortfall):
    asked = []

    def asking(model):
        asked.append(model)
        return solve(model)

    monkeypatch.setattr(branching, "NODES_MAX", 3)
    monkeypatch.setattr(best, "solve", asking)
    plan = make_plan(
        tuple((code, need, _NONE) for code, need in zip("ABC", needs, strict=True)),
        tuple(("A", 200 + 10 * number, ("B", "C")) for number in range(7)),
        0,
    )
    records = [_course(n + 1, f"C{n:02d}", 200 + 10 * n) for n in range(7)]
    verdict = _judge(_learner(*records), plan)
    assert verdict.shortfall_units == shortfall
    assert sum(block.missing for block in verdict.blocks) == shortfall
    assert asked


def test_a_course_that_would_set_an_award_free_moves():
    """B is full by an award that C could use: the course of both A and B belongs in B."""
    plan = make_plan(
        (("A", 300, _NONE), ("B", 500, _AUTOMATIC), ("C", 400, _AUTOMATIC)),
        (("A", 250, ("B",)), ("A", 300, ()), ("B", 300, ())),
        1200,
    )
    courses = [_course(1, "C00", 250), _course(2, "C01", 300), _course(3, "C02", 300)]
    verdict = _judge(_learner(*courses, _award(4, 250)), plan)
    assert {block.code: block.missing for block in verdict.blocks} == {"A": 0, "B": 0, "C": 150}
