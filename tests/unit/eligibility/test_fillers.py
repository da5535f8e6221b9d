"""What would fill a block: open courses in their order, and whether awards may help."""

from __future__ import annotations

from datetime import date

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.snapshots import Appraisal, Record, Snapshot
from creditbank.eligibility import evaluate_graduation
from creditbank.eligibility.fillers import fillers
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

PLAN = make_plan(
    (
        ("ZH", 400, Substitution.NONE),
        ("XX", 200, Substitution.APPROVED),
        ("RX", 400, Substitution.AUTOMATIC),
    ),
    (("ZH", 400, ()), ("XX", 200, ()), ("XX", 200, ("RX",)), ("RX", 200, ()), ("RX", 200, ())),
    1000,
)


def found(*passed: str):
    units = {course.course_code: course.units for course in PLAN.courses}
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=len(passed),
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=tuple(
            Record(seq, EntryKind.COURSE, units[code], date(2024, 1, 1), code, code)
            for seq, code in enumerate(passed, start=1)
        ),
        conduct=Appraisal.PASSED,
        internship=Appraisal.PASSED,
    )
    verdict = evaluate_graduation(learner, PLAN, make_policy(), AS_OF)
    return fillers(verdict, PLAN, frozenset(passed))


def test_a_full_block_needs_nothing():
    assert found("C00", "C01", "C03", "C04") == ()


def test_open_courses_are_named_also_those_of_other_blocks_that_count_here():
    (only,) = found("C00", "C01", "C03")
    assert (only.block_code, only.units_missing, only.awards) == ("RX", 200, Substitution.AUTOMATIC)
    assert [course.course_code for course in only.courses] == ["C02", "C04"]


def test_blocks_come_in_the_plans_order_with_what_awards_may_do():
    assert [(item.block_code, item.awards) for item in found()] == [
        ("ZH", Substitution.NONE),
        ("XX", Substitution.APPROVED),
        ("RX", Substitution.AUTOMATIC),
    ]
