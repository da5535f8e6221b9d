"""What an exception changes of a plan for one learner, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import (
    ConditionKind,
    CourseChoice,
    Floor,
    HoursFloor,
    PlanCourse,
    Substitution,
)
from creditbank.domain.selectors import Selector
from creditbank.eligibility.exceptions import applied, in_force, speaks_of, with_exceptions
from tests.unit.eligibility.learners import make_plan

_DAY = date(2025, 6, 1)
_NEXT_DAY = _DAY + timedelta(days=1)
_BASE = make_plan(
    (("A", 400, Substitution.NONE), ("B", 300, Substitution.NONE)),
    (("A", 400, ()), ("B", 300, ())),
    700,
)
_PLAN = replace(
    _BASE,
    blocks=tuple(replace(block, choices=(CourseChoice(("C00",), 1),)) for block in _BASE.blocks),
    floors=tuple(Floor(code, "", "", Selector(), 200) for code in ("F", "G")),
    hours_floors=tuple(HoursFloor(code, "", "", Selector(), 20) for code in ("P", "Q")),
)


def _exception(kind: ExceptionKind, subject: str = "", **changes) -> PlanException:
    known = PlanException(kind, subject, "", None, None, "因病", "平职〔2025〕3号", 1, _DAY)
    return replace(known, **changes)


def _waived(subject):
    return with_exceptions(_PLAN, [_exception(ExceptionKind.WAIVE, subject)])


def _lowered(subject, units):
    return with_exceptions(_PLAN, [_exception(ExceptionKind.LOWER, subject, units=units)])


def test_a_block_waived_asks_for_no_credits_and_no_choice():
    free = replace(_PLAN.blocks[0], units_min=0, choices=())
    assert _waived("A") == replace(_PLAN, blocks=(free, _PLAN.blocks[1]))


def test_conditions_and_floors_are_waived_by_their_code():
    assert _waived("conduct") == replace(_PLAN, conditions=(ConditionKind.INTERNSHIP,))
    assert _waived("F") == replace(_PLAN, floors=_PLAN.floors[1:])
    assert _waived("Q") == replace(_PLAN, hours_floors=_PLAN.hours_floors[:1])


@pytest.mark.parametrize(("units", "left"), [(600, 600), (700, 700), (900, 700), (None, 0)])
def test_the_total_is_lowered_and_never_raised(units, left):
    assert _lowered("", units) == replace(_PLAN, units_min=left)


@pytest.mark.parametrize(("units", "left"), [(100, 100), (900, 400), (None, 0)])
def test_a_block_is_lowered_and_never_raised(units, left):
    lower = replace(_PLAN.blocks[0], units_min=left)
    assert _lowered("A", units) == replace(_PLAN, blocks=(lower, _PLAN.blocks[1]))


@pytest.mark.parametrize(("units", "left"), [(100, 100), (900, 200)])
def test_a_floor_is_lowered_and_never_raised(units, left):
    lower = replace(_PLAN.floors[1], units_min=left)
    assert _lowered("G", units) == replace(_PLAN, floors=(_PLAN.floors[0], lower))


@pytest.mark.parametrize("units", [250, None])
def test_a_course_inserted_is_one_more_of_its_block(units):
    item = _exception(ExceptionKind.INSERT, "NEU", block_code="B", units=units)
    added = PlanCourse("NEU", "NEU", "B", units or 0, 0, 0, 0)
    assert with_exceptions(_PLAN, [item]) == replace(_PLAN, courses=(*_PLAN.courses, added))


def test_a_course_of_the_plan_that_is_inserted_counts_in_a_further_block():
    item = _exception(ExceptionKind.INSERT, "C00", block_code="B", units=250)
    once = with_exceptions(_PLAN, [item])
    both = replace(_PLAN.courses[0], also_counts_in=("B",))
    assert once == replace(_PLAN, courses=(both, _PLAN.courses[1]))
    assert with_exceptions(once, [item]) == once
    own = replace(item, block_code="A")
    assert with_exceptions(_PLAN, [own]) == _PLAN


def test_what_speaks_of_records_leaves_the_plan_alone():
    speaking = [
        _exception(kind, block_code="A", ledger_seq=3)
        for kind in (ExceptionKind.FORCE, ExceptionKind.BLOCK)
    ]
    assert with_exceptions(_PLAN, speaking) == _PLAN


def test_an_exception_is_in_force_from_its_day_on():
    item = _exception(ExceptionKind.WAIVE, "A")
    assert in_force([item], _DAY - timedelta(days=1)) == []
    assert in_force([item], _DAY) == [item]


def _in_any_order(*given: PlanException) -> list[PlanException]:
    found = [in_force(order, _NEXT_DAY) for order in permutations(given)]
    assert all(one == found[0] for one in found)
    return found[0]


def test_of_one_subject_the_latest_speaks():
    first = _exception(ExceptionKind.LOWER, "A", units=300)
    second = replace(first, units=200, decided_on=_NEXT_DAY)
    assert _in_any_order(first, second) == [second]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "B"},
        {"kind": ExceptionKind.WAIVE},
        {"kind": ExceptionKind.FORCE, "ledger_seq": 4},
    ],
)
def test_another_subject_is_another_exception(change):
    first = _exception(ExceptionKind.LOWER, "A", units=300)
    other = replace(first, **change)
    assert set(_in_any_order(first, other)) == {first, other}


def test_an_entry_is_forced_into_one_block_and_may_be_kept_out_of_several():
    into_a = _exception(ExceptionKind.FORCE, block_code="A", ledger_seq=4)
    into_b = replace(into_a, block_code="B", decided_on=_NEXT_DAY)
    assert _in_any_order(into_a, into_b) == [into_b]
    outside = [replace(item, kind=ExceptionKind.BLOCK) for item in (into_a, into_b)]
    assert _in_any_order(*outside) == outside


@pytest.mark.parametrize(
    "change",
    [
        {"document_no": "平职〔2025〕4号"},
        {"units": 250},
        {"units": None},
    ],
)
def test_of_one_day_the_order_is_that_of_what_they_say(change):
    """Whatever order they were read in; an unknown number is the smallest."""
    first = _exception(ExceptionKind.LOWER, "A", units=200)
    (found,) = _in_any_order(first, replace(first, **change))
    assert found == (first if change == {"units": None} else replace(first, **change))


def test_entries_come_in_their_order():
    items = [_exception(ExceptionKind.FORCE, block_code="A", ledger_seq=seq) for seq in (1, 2, 30)]
    assert _in_any_order(*items) == items


def test_no_number_comes_before_any():
    """0 and None are one place in the order, so that the order is total."""
    nothing = _exception(ExceptionKind.LOWER, "A", units=None)
    least = replace(nothing, units=1)
    assert _in_any_order(nothing, least) == [least]
    unnamed = _exception(ExceptionKind.FORCE, block_code="A", ledger_seq=None)
    assert _in_any_order(unnamed, replace(unnamed, ledger_seq=1))[0] == unnamed


@pytest.mark.parametrize(
    ("kind", "named", "unnamed"),
    [
        (ExceptionKind.WAIVE, ["A", "B", "conduct", "F", "G", "P", "Q"], ["Z", "", "C00"]),
        (ExceptionKind.LOWER, ["", "A", "B", "F", "G"], ["Z", "conduct", "P", "C00"]),
    ],
)
def test_what_is_asked_less_must_be_asked(kind, named, unnamed):
    assert [code for code in named if speaks_of(_exception(kind, code), _PLAN)] == named
    assert not any(speaks_of(_exception(kind, code), _PLAN) for code in unnamed)


def test_a_course_is_inserted_into_a_block_that_is_there():
    item = _exception(ExceptionKind.INSERT, "NEU", block_code="B", units=100)
    nowhere = replace(item, subject="NIE", block_code="Z")
    assert applied([item, nowhere], _PLAN, _DAY) == [item]


def test_what_speaks_of_an_entry_is_applied_whatever_the_plan_has():
    items = [
        _exception(kind, block_code="Z", ledger_seq=3)
        for kind in (ExceptionKind.BLOCK, ExceptionKind.FORCE)
    ]
    assert applied(items, _PLAN, _DAY) == items
    assert applied(items, _PLAN, _DAY - timedelta(days=1)) == []
