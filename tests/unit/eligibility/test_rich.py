"""Answers told record by record, under plans with rules of every kind: whole findings by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import (
    Acceptance,
    Cap,
    DoubleCount,
    Floor,
    Plan,
    Substitution,
    Way,
)
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Outcome, Verdict
from creditbank.eligibility import evaluate_graduation
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_DAY = date(2024, 1, 1)
_COURSES = Selector(kinds=(EntryKind.COURSE,))
_WIDE = {"substitution__cap_units": 9999, "substitution__share_percent": 1000}
_PLAN = make_plan(
    (("A", 400, Substitution.NONE), ("B", 300, Substitution.AUTOMATIC)),
    (("A", 200, ()), ("A", 200, ("B",)), ("B", 150, ()), ("A", 150, ())),
    700,
    conditions=(),
)


def _course(seq, code, units=200, **changes) -> Record:
    return replace(Record(seq, EntryKind.COURSE, units, _DAY, code, code), **changes)


def _award(seq, units=200) -> Record:
    return Record(seq, EntryKind.COMPETITION, units, _DAY, "赛", category="competition")


def _into(seq, kind, block, units=100) -> Record:
    return Record(seq, kind, units, _DAY, "入", block_code=block)


def _judge(plan: Plan, *records: Record, exceptions=(), **policy) -> Verdict:
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=99,
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=records,
        exceptions=exceptions,
    )
    return evaluate_graduation(learner, plan, make_policy(**{**_WIDE, **policy}), AS_OF)


def _places(verdict: Verdict) -> list[tuple[int, str, int, str]]:
    return [(*item[:3], item.use.value) for item in verdict.placements]


def _sums(verdict: Verdict) -> list[tuple[int, int, int, int, int]]:
    """Per block: earned, substituted, recognised, shared, missing."""
    return [
        (item.earned, item.substituted, item.recognised, item.shared, item.missing)
        for item in verdict.blocks
    ]


def _capped(units, *blocks, **selected) -> Plan:
    return replace(_PLAN, caps=(Cap("c", Selector(**selected), blocks, units=units),))


def test_what_a_cap_cuts_off_is_said_to_be_capped():
    verdict = _judge(_capped(300, kinds=(EntryKind.COURSE,)), _course(1, "C00"), _course(2, "C01"))
    assert _sums(verdict) == [(300, 0, 0, 0, 100), (0, 0, 0, 0, 300)]
    assert sorted((item.units, item.use.value) for item in verdict.placements) == [
        (100, "capped"), (100, "counted"), (200, "counted"),
    ]  # fmt: skip
    assert (verdict.outcome, verdict.shortfall_units, verdict.counted_units) == (
        Outcome.NOT_YET, 400, 300,
    )  # fmt: skip


def test_a_maximum_cuts_off_what_a_block_earns():
    blocks = (replace(_PLAN.blocks[0], units_max=400), _PLAN.blocks[1])
    verdict = _judge(
        replace(_PLAN, blocks=blocks), _course(1, "C00"), _course(2, "C01"), _course(4, "C03", 150)
    )
    assert [item.earned for item in verdict.blocks] == [350, 200]
    both = _judge(replace(_PLAN, blocks=blocks), _course(1, "C00"), _course(3, "C03", 250))
    assert _places(both) == [
        (1, "A", 200, "counted"), (3, "", 50, "capped"), (3, "A", 200, "counted")
    ]  # fmt: skip


def test_recognitions_are_told_from_what_is_earned_whole_or_cut():
    recognised = _into(2, EntryKind.RECOGNITION, "A", 150)
    whole = _judge(_capped(900, kinds=(EntryKind.COURSE,)), _course(1, "C00"), recognised)
    assert _sums(whole)[0] == (200, 0, 150, 0, 50)
    cut = _judge(_capped(120, kinds=(EntryKind.RECOGNITION,)), _course(1, "C00"), recognised)
    assert _sums(cut)[0] == (200, 0, 120, 0, 80)
    assert _places(cut) == [
        (1, "A", 200, "counted"), (2, "", 30, "capped"), (2, "A", 120, "counted")
    ]  # fmt: skip
    twice = _judge(
        _capped(250, kinds=(EntryKind.RECOGNITION,)), recognised, replace(recognised, ledger_seq=3)
    )
    assert _sums(twice)[0] == (0, 0, 250, 0, 150)


def test_awards_fill_what_is_open_and_the_rest_is_surplus():
    plan = _capped(900, kinds=(EntryKind.COURSE,))
    verdict = _judge(plan, _course(1, "C02", 150), _award(2), _award(3), _award(4, 0))
    assert _sums(verdict)[1] == (150, 150, 0, 0, 0)
    assert _places(verdict) == [
        (1, "B", 150, "counted"), (2, "", 50, "surplus"), (2, "B", 150, "substituted"),
        (3, "", 200, "surplus"), (4, "", 0, "not_earned"),
    ]  # fmt: skip


def test_what_fills_whole_is_substituted_and_a_recognition_may_fill_too():
    plan = _capped(900, kinds=(EntryKind.COURSE,))
    assert _places(_judge(plan, _award(1, 300))) == [(1, "B", 300, "substituted")]
    filling = Acceptance(Selector(kinds=(EntryKind.RECOGNITION,)), Way.FILL)
    accepting = replace(
        _PLAN, blocks=(replace(_PLAN.blocks[0], accepts=(filling,)), _PLAN.blocks[1])
    )
    verdict = _judge(accepting, _into(1, EntryKind.RECOGNITION, "Z", 400))
    assert _sums(verdict)[0] == (0, 400, 0, 0, 0)
    assert _places(verdict) == [(1, "A", 400, "substituted")]


def test_recognitions_of_several_sizes_add_up():
    plan = _capped(900, kinds=(EntryKind.COURSE,))
    sizes = [_into(seq, EntryKind.RECOGNITION, "A", 50 * seq) for seq in (1, 2, 3)]
    assert _sums(_judge(plan, *sizes))[0] == (0, 0, 300, 0, 100)


def test_awards_beyond_a_cap_of_policy_are_capped():
    plan = _capped(900, kinds=(EntryKind.COURSE,))
    verdict = _judge(plan, _award(2), _award(3), substitution__cap_units=250)
    assert _sums(verdict)[1] == (0, 250, 0, 0, 50)
    assert _places(verdict) == [
        (2, "B", 200, "substituted"), (3, "", 150, "capped"), (3, "B", 50, "substituted")
    ]  # fmt: skip


def test_an_award_may_be_divided_among_blocks():
    blocks = tuple(replace(block, substitution=Substitution.AUTOMATIC) for block in _PLAN.blocks)
    plan = replace(_capped(900, kinds=(EntryKind.COURSE,)), blocks=blocks)
    verdict = _judge(plan, _course(1, "C00"), _award(2, 350), _award(3, 350))
    assert _sums(verdict) == [(200, 200, 0, 0, 0), (0, 300, 0, 0, 0)]
    assert _places(verdict) == [
        (1, "A", 200, "counted"), (2, "A", 200, "substituted"), (2, "B", 150, "substituted"),
        (3, "", 200, "surplus"), (3, "B", 150, "substituted"),
    ]  # fmt: skip


def test_an_award_that_is_used_up_is_in_no_further_block():
    blocks = tuple(replace(block, substitution=Substitution.AUTOMATIC) for block in _PLAN.blocks)
    plan = replace(_capped(900, kinds=(EntryKind.COURSE,)), blocks=blocks)
    verdict = _judge(plan, _course(1, "C00"), _award(2), _award(3))
    assert _places(verdict) == [
        (1, "A", 200, "counted"), (2, "A", 200, "substituted"), (3, "B", 200, "substituted"),
    ]  # fmt: skip


def test_what_is_left_of_awards_of_several_sizes_is_all_told():
    verdict = _judge(_capped(900, kinds=(EntryKind.COURSE,)), _award(1, 350), _award(2, 120))
    assert _places(verdict) == [
        (1, "", 50, "surplus"), (1, "B", 300, "substituted"), (2, "", 120, "surplus"),
    ]  # fmt: skip


def test_alike_courses_in_three_blocks_are_one_in_each():
    plan = make_plan(
        tuple((code, 150, Substitution.NONE) for code in "ABC"),
        (("A", 150, ("B", "C")), ("A", 150, ("B", "C")), ("A", 150, ("B", "C"))),
        450,
        conditions=(),
    )
    plan = replace(plan, caps=(Cap("wide", _COURSES, units=9000),))
    verdict = _judge(plan, *(_course(seq + 1, f"C0{seq}", 150) for seq in range(3)))
    assert _places(verdict) == [
        (1, "A", 150, "counted"), (2, "B", 150, "counted"), (3, "C", 150, "counted")
    ]  # fmt: skip


def test_where_one_place_is_at_its_maximum_and_the_other_full_it_is_capped():
    first, second = _PLAN.blocks
    awards = Acceptance(Selector(kinds=(EntryKind.COMPETITION,)), Way.EARN)
    plan = replace(_PLAN, blocks=(replace(first, units_max=400, accepts=(awards,)), second))
    courses = [_course(1, "C00"), _course(2, "C01"), _course(3, "C02", 300)]
    assert (4, "", 200, "capped") in _places(_judge(plan, *courses, _award(4)))


def test_alike_awards_follow_each_other():
    plan = _capped(900, kinds=(EntryKind.COURSE,))
    verdict = _judge(plan, *(_award(seq, 80) for seq in (1, 2, 3, 4, 5)))
    assert _places(verdict) == [
        (1, "B", 80, "substituted"), (2, "B", 80, "substituted"), (3, "B", 80, "substituted"),
        (4, "", 20, "surplus"), (4, "B", 60, "substituted"), (5, "", 80, "surplus"),
    ]  # fmt: skip


def test_alike_courses_are_each_in_one_place():
    plan = replace(
        _capped(9000, kinds=(EntryKind.COURSE,)),
        courses=tuple(replace(course, units=150, also_counts_in=("B",)) if course.block_code == "A"
                      else course for course in _PLAN.courses),
    )  # fmt: skip
    records = [_course(1, "C00", 150), _course(2, "C01", 150), _course(3, "C03", 150)]
    verdict = _judge(plan, *records)
    assert _places(verdict) == [
        (1, "A", 150, "counted"), (2, "A", 150, "counted"), (3, "B", 150, "counted")
    ]  # fmt: skip
    assert sum(block.missing for block in verdict.blocks) == 250


def test_what_an_exception_keeps_out_is_excluded_and_what_no_block_takes_is_surplus():
    barred = PlanException(ExceptionKind.BLOCK, "", "A", 1, None, "", "1号", 1, _DAY)
    verdict = _judge(_PLAN, _course(1, "C00"), _course(2, "C03", 150), exceptions=(barred,))
    assert _places(verdict) == [(1, "", 200, "excluded"), (2, "A", 150, "counted")]
    forced = replace(barred, kind=ExceptionKind.FORCE, block_code="B")
    into_b = _judge(_PLAN, _course(1, "C00"), _course(2, "C03", 150), exceptions=(forced,))
    assert _places(into_b) == [(1, "B", 200, "counted"), (2, "A", 150, "counted")]
    nowhere = replace(forced, block_code="Z")
    away = _judge(_PLAN, _course(1, "C00"), exceptions=(nowhere,))
    assert _places(away) == [(1, "", 200, "excluded")]
    plain_blocks = (_PLAN.blocks[0], replace(_PLAN.blocks[1], substitution=Substitution.NONE))
    idle = replace(_capped(900, kinds=(EntryKind.COURSE,)), blocks=plain_blocks)
    assert _places(_judge(idle, _award(1))) == [(1, "", 200, "surplus")]


def test_what_is_counted_twice_fills_two_blocks():
    double = DoubleCount("d", _COURSES, "A", "B", 150)
    plan = replace(_PLAN, double_counts=(double,))
    verdict = _judge(plan, _course(1, "C00"), _course(2, "C01"))
    assert _sums(verdict) == [(400, 0, 0, 0, 0), (0, 0, 0, 150, 150)]
    assert (verdict.shortfall_units, verdict.counted_units) == (300, 400)


def test_a_floor_says_what_counts_towards_it():
    floor = Floor("f", "", "", Selector(kinds=(EntryKind.COURSE,), course_codes=("C00",)), 300)
    verdict = _judge(replace(_PLAN, floors=(floor,)), _course(1, "C00"), _course(2, "C01"))
    assert [item.actual for item in verdict.conditions if item.code == "floor.f"] == ["200"]
    assert verdict.shortfall_units == 300


@pytest.mark.parametrize(
    ("codes", "proof"),
    [
        (("C00", "C01", "C02"), ("A", "B")),
        (("C01", "C02"), ("A",)),
        (("C00", "C01"), ("B",)),
        ((), ("A",)),
    ],
)
def test_a_block_that_all_it_could_take_does_not_fill_is_the_proof(codes, proof):
    units = {"C00": 200, "C01": 200, "C02": 150}
    plan = _capped(9000, kinds=(EntryKind.COURSE,))
    records = [_course(int(code[1:]) + 1, code, units[code]) for code in codes]
    verdict = _judge(plan, *records)
    assert verdict.proof == proof
    assert verdict.outcome is Outcome.NOT_YET


def test_blocks_that_one_course_could_fill_are_in_conflict():
    plan = replace(
        _capped(9000, kinds=(EntryKind.COURSE,)),
        blocks=(replace(_PLAN.blocks[0], units_min=200), replace(_PLAN.blocks[1], units_min=200)),
        units_min=400,
    )
    verdict = _judge(plan, _course(1, "C01"))
    assert (verdict.proof, verdict.shortfall_units) == (("A", "B"), 200)
    accepted = Acceptance(Selector(kinds=(EntryKind.SUBSTITUTION,)), Way.FILL)
    other = replace(plan, blocks=(replace(plan.blocks[0], accepts=(accepted,)), plan.blocks[1]))
    assert _judge(other, _course(1, "C01"), _into(2, EntryKind.SUBSTITUTION, "A", 200)).proof == ()
