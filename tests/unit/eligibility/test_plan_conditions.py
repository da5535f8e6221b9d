"""Choices of courses, hours and floors: what each asks, what is found, what is left to choose."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import CourseChoice, Floor, HoursFloor, Plan, Substitution
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import ConditionResult, Outcome
from creditbank.eligibility import evaluate_graduation
from creditbank.eligibility.plan_conditions import depends_on_records
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (("A", 0, Substitution.NONE),),
    tuple(("A", 200, ()) for _ in range(4)),
    0,
    conditions=(),
)


def _plan(**changes) -> Plan:
    return replace(_PLAN, **changes)


def _with_choices(*choices: CourseChoice) -> Plan:
    return _plan(blocks=(replace(_PLAN.blocks[0], name="专业", name_en="Major", choices=choices),))


def _course(code, **changes) -> Record:
    record = Record(int(code[1:]) + 1, EntryKind.COURSE, 200, _DAY, code, code,
                    nature=CourseNature.REQUIRED, hours=36, practice_hours=12)  # fmt: skip
    return replace(record, **changes)


def _judge(plan, *records):
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=len(records),
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=records,
    )
    return evaluate_graduation(learner, plan, make_policy(), AS_OF)


def _results(plan, *records) -> list[ConditionResult]:
    return [item for item in _judge(plan, *records).conditions if "." in item.code]


@pytest.mark.parametrize(
    ("passed", "found"),
    [
        ((), (False, "0", ("C00", "C01", "C02"))),
        (("C01",), (False, "1", ("C00", "C02"))),
        (("C03",), (False, "0", ("C00", "C01", "C02"))),
        (("C00", "C02"), (True, "2", ())),
        (("C00", "C01", "C02"), (True, "3", ())),
    ],
)
def test_of_a_choice_so_many_must_be_passed(passed, found):
    plan = _with_choices(CourseChoice(("C00", "C01", "C02"), 2))
    met, actual, missing = found
    records = [_course(code) for code in passed]
    assert _results(plan, *records) == [
        ConditionResult("choice.A", met, "2", actual, missing, "专业", "Major")
    ]
    verdict = _judge(plan, *records)
    assert verdict.outcome is (Outcome.ELIGIBLE if met else Outcome.NOT_YET)


def test_a_course_recognised_is_chosen_as_well_and_one_from_outside_is_not():
    plan = _with_choices(CourseChoice(("C00",), 1))
    recognised = replace(_course("C00"), kind=EntryKind.RECOGNITION, block_code="A")
    assert _results(plan, recognised)[0].met
    assert not _results(plan, _course("C00", is_outside=True))[0].met


def test_every_choice_of_a_block_is_asked():
    plan = _with_choices(CourseChoice(("C00",), 1), CourseChoice(("C01",), 1))
    assert [item.met for item in _results(plan, _course("C01"))] == [False, True]


@pytest.mark.parametrize(
    ("asked", "practice_only", "natures", "met", "actual"),
    [
        (72, False, (), True, "72"),
        (73, False, (), False, "72"),
        (24, True, (), True, "24"),
        (25, True, (), False, "24"),
        (36, False, (CourseNature.PRACTICE,), True, "36"),
        (37, False, (CourseNature.PRACTICE,), False, "36"),
        (12, True, (CourseNature.PRACTICE,), True, "12"),
    ],
)
def test_hours_are_those_of_the_courses_that_are_meant(asked, practice_only, natures, met, actual):
    floor = HoursFloor("P", "实践学时", "Practice", Selector(natures=natures), asked,
                       practice_only=practice_only)  # fmt: skip
    records = (_course("C00"), _course("C01", nature=CourseNature.PRACTICE))
    assert _results(_plan(hours_floors=(floor,)), *records) == [
        ConditionResult("hours.P", met, str(asked), actual, (), "实践学时", "Practice")
    ]


@pytest.mark.parametrize(("asked", "met"), [(200, True), (201, False)])
def test_a_floor_is_met_by_what_counts_towards_it(asked, met):
    floor = Floor("F", "必修", "Required", Selector(natures=(CourseNature.REQUIRED,)), asked)
    records = (_course("C00"), _course("C01", nature=CourseNature.PRACTICE))
    assert _results(_plan(floors=(floor,)), *records) == [
        ConditionResult("floor.F", met, str(asked), "200", (), "必修", "Required")
    ]


def test_conditions_come_in_the_plans_order():
    plan = replace(
        _with_choices(CourseChoice(("C00",), 1)),
        hours_floors=tuple(HoursFloor(code, "", "", Selector(), 1) for code in "PQ"),
        floors=(Floor("F", "", "", Selector(), 1),),
    )
    codes = [item.code for item in _results(plan, _course("C00"))]
    assert codes == ["choice.A", "hours.P", "hours.Q", "floor.F"]
    assert _results(_PLAN, _course("C00")) == []


def test_a_choice_that_hangs_on_evidence_in_dispute_asks_for_a_review():
    """Also where something else counts nothing for another reason."""
    plan = _with_choices(CourseChoice(("C00",), 1))
    disputed, elsewhere = _course("C00", disputed=True), _course("C09")
    assert _judge(plan, disputed).outcome is Outcome.NEEDS_REVIEW
    assert _judge(plan, disputed, elsewhere).outcome is Outcome.NEEDS_REVIEW
    assert _judge(plan, elsewhere).outcome is Outcome.NOT_YET


@pytest.mark.parametrize(
    ("code", "depends"),
    [("choice.A", True), ("hours.P.Q", True), ("floor.F", True), ("conduct", False)],
)
def test_only_choices_hours_and_floors_depend_on_records(code, depends):
    assert depends_on_records(ConditionResult(code, met=False, required="", actual="")) is depends
