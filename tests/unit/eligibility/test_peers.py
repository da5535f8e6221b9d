"""What other systems answer wrongly, asked of this one.

Each case was reproduced on a degree audit in use elsewhere; the comment says what it answered.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import date
from itertools import permutations

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Acceptance, Cap, CourseChoice, Plan, Substitution, Way
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Appraisal, Record, Snapshot
from creditbank.domain.verdicts import Outcome, Use, Verdict
from creditbank.eligibility import evaluate_graduation
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_NONE, _AUTOMATIC = Substitution.NONE, Substitution.AUTOMATIC
_INNOVATION = Selector(kinds=(EntryKind.INNOVATION,))


def _judge(plan: Plan, *records: Record, **policy: int) -> Verdict:
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
    return evaluate_graduation(learner, plan, make_policy(**policy), AS_OF)


def _course(seq: int, units: int) -> Record:
    return Record(seq, EntryKind.COURSE, units, date(2024, 1, 1), "课", f"C{seq - 1:02d}")


def _innovation(seq: int, units: int) -> Record:
    return Record(
        seq, EntryKind.INNOVATION, units, date(2024, 5, 1), "项目", category="patent_utility"
    )


def _capped(*, total: int) -> Plan:
    """One block of courses that takes innovation credits as well, of these at most 6."""
    plan = make_plan((("A", total, _NONE),), (("A", 400, ()),), total)
    block = replace(plan.blocks[0], accepts=(Acceptance(_INNOVATION, Way.EARN),))
    return replace(plan, blocks=(block,), caps=(Cap("innovation", _INNOVATION, units=600),))


def test_at_most_six_innovation_credits_of_four_and_four_are_six():
    # 4 + 4 + 4 under "at most 6 innovation credits" was 8: the award above the cap was dropped.
    verdict = _judge(_capped(total=1000), _course(1, 400), _innovation(2, 400), _innovation(3, 400))
    assert (verdict.outcome, verdict.counted_units) == (Outcome.ELIGIBLE, 1000)


def test_one_award_of_eight_under_a_cap_of_six_counts_six():
    # It counted 0.
    verdict = _judge(_capped(total=1000), _course(1, 400), _innovation(2, 800))
    assert (verdict.outcome, verdict.counted_units) == (Outcome.ELIGIBLE, 1000)
    assert sum(place.units for place in verdict.placements if place.use is Use.CAPPED) == 200


def test_a_no_over_many_small_records_needs_no_enumeration():
    # Ten one-credit records that do not suffice took more than 40 seconds; here are forty.
    plan = make_plan((("A", 2100, _NONE), ("B", 2000, _NONE)), ((("A", 100, ("B",)),) * 40), 4100)
    verdict = _judge(plan, *(_course(seq, 100) for seq in range(1, 41)))
    assert (verdict.outcome, verdict.shortfall_units) == (Outcome.NOT_YET, 100)
    assert verdict.proof == ("A", "B")


def test_no_ceiling_is_hidden_in_a_record():
    # An internship of 30 credits counted 10.
    plan = make_plan((("GS", 3000, _NONE),), (("GS", 3000, ()),), 3000)
    assert _judge(plan, _course(1, 3000)).counted_units == 3000


def test_a_record_is_divided_only_where_the_school_allows_it():
    # It was divided where it must count whole.
    plan = make_plan((("A", 400, _NONE), ("B", 300, _NONE)), (("A", 700, ("B",)),), 700)
    assert _judge(plan, _course(1, 700)).shortfall_units == 300
    divisible = replace(plan, divisible=(EntryKind.COURSE, *plan.divisible))
    assert _judge(divisible, _course(1, 700)).outcome is Outcome.ELIGIBLE


def test_one_transcript_has_one_answer_under_any_hash_seed():
    # Greedy over a set answered no, yes, yes, no, yes, no under six seeds.
    script = (
        "from tests.unit.eligibility.test_peers import _NONE, _course, _judge, make_plan\n"
        "plan = make_plan((('A', 300, _NONE), ('B', 300, _NONE), ('C', 200, _NONE)),\n"
        "    (('A', 300, ('B',)), ('A', 200, ('C',)), ('B', 300, ('A', 'C'))), 800)\n"
        "verdict = _judge(plan, _course(1, 300), _course(2, 200), _course(3, 300))\n"
        "print(verdict.outcome.value, verdict.placements)\n"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in range(6)
    }
    assert len(answers) == 1
    assert answers.pop().startswith("eligible")


def test_blocks_that_are_full_are_not_a_total_that_is_reached():
    # 4 of 90 credits with every section met was OK.
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()),), 9000)
    verdict = _judge(plan, _course(1, 400))
    assert (verdict.outcome, verdict.shortfall_units) == (Outcome.NOT_YET, 8600)


def test_a_choice_among_eighteen_courses_is_answered():
    # A range of 18 courses crashed.
    plan = make_plan((("A", 400, _NONE),), ((("A", 100, ()),) * 18), 400)
    codes = tuple(course.course_code for course in plan.courses)
    block = replace(plan.blocks[0], choices=(CourseChoice(codes, 4),))
    plan = replace(plan, blocks=(block,))
    four = [_course(seq, 100) for seq in (2, 7, 11, 18)]
    assert _judge(plan, *four).outcome is Outcome.ELIGIBLE
    three = _judge(plan, *four[:3])
    assert three.outcome is Outcome.NOT_YET
    choice = next(item for item in three.conditions if item.code == "choice.A")
    assert (choice.required, choice.actual, len(choice.missing_codes)) == ("4", "3", 15)


def test_a_record_taken_by_its_own_group_is_freed_for_an_elective():
    # The first group kept it, in the order of listeners; here every order gives the same.
    plan = make_plan(
        (("ZX", 300, _NONE), ("RX", 200, _NONE)),
        (("ZX", 200, ("RX",)), ("ZX", 300, ())),
        500,
    )
    for records in permutations((_course(1, 200), _course(2, 300))):
        verdict = _judge(plan, *records)
        assert verdict.outcome is Outcome.ELIGIBLE
        assert [block.earned for block in verdict.blocks] == [300, 200]


def test_several_awards_are_several_awards():
    # Several under one course collapsed into one.
    plan = make_plan((("RX", 600, _AUTOMATIC),), (), 600)
    verdict = _judge(
        plan, *(_innovation(seq, 200) for seq in (1, 2, 3)), substitution__share_percent=100
    )
    assert (verdict.outcome, verdict.counted_units) == (Outcome.ELIGIBLE, 600)


def test_what_is_left_over_fills_electives_only_up_to_the_cap():
    # Left-overs filled electives without any.
    plan = make_plan((("RX", 800, _AUTOMATIC),), (), 800)
    verdict = _judge(plan, _innovation(1, 600), _innovation(2, 600))
    assert verdict.counted_units == 400  # half of the electives, by policy
    assert verdict.shortfall_units == 400


def test_credits_are_not_a_number_of_courses():
    # Credits were compared with a count of courses: one course of 4 credits was "4 courses".
    plan = make_plan((("A", 400, _NONE),), (("A", 400, ()), ("A", 100, ())), 400)
    block = replace(plan.blocks[0], choices=(CourseChoice(("C00", "C01"), 2),))
    verdict = _judge(replace(plan, blocks=(block,)), _course(1, 400))
    assert verdict.shortfall_units == 0
    assert verdict.outcome is Outcome.NOT_YET


def test_one_course_counts_once():
    # One course counted in every place that named it.
    plan = make_plan(
        (("A", 200, _NONE), ("B", 200, _NONE), ("C", 200, _NONE)), (("A", 200, ("B", "C")),), 600
    )
    verdict = _judge(plan, _course(1, 200))
    assert verdict.counted_units == 200
    assert verdict.shortfall_units == 400
