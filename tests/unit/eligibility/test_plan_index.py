"""A plan prepared: where courses are at home, what is due when, what exceptions do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import (
    Acceptance,
    Cap,
    CourseChoice,
    DoubleCount,
    Floor,
    Substitution,
    Way,
)
from creditbank.domain.selectors import Selector
from creditbank.eligibility import plan_index as module
from creditbank.eligibility.plan_index import index_for, index_once, plan_index
from tests.unit.eligibility.learners import AS_OF, make_plan

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (
        ("A", 400, Substitution.NONE),
        ("B", 300, Substitution.AUTOMATIC),
        ("ZH", 500, Substitution.APPROVED),
    ),
    (("A", 200, ()), ("B", 150, ("A",)), ("ZH", 600, ()), ("ZH", 100, ()), ("A", 150, ())),
    1400,
)
_COURSES, _AWARDS = (EntryKind.COURSE,), (EntryKind.COMPETITION, EntryKind.INNOVATION)


def _block(number: int, **changes):
    blocks = list(_PLAN.blocks)
    blocks[number] = replace(blocks[number], **changes)
    return replace(_PLAN, blocks=tuple(blocks))


def _exception(kind, **changes) -> PlanException:
    return replace(PlanException(kind, "", "", None, None, "", "1号", 1, _DAY), **changes)


def test_a_plan_is_prepared_as_it_stands():
    index = index_once(_PLAN)
    assert index.plan is _PLAN
    assert len(index.digest) == 64
    assert (index.codes, index.needs) == (("A", "B", "ZH"), (400, 300, 500))
    assert (index.nothing, index.position) == ((0, 0, 0), {"A": 0, "B": 1, "ZH": 2})
    assert index.accepting == {"C00": (0,), "C01": (1, 0), "C02": (2,), "C03": (2,), "C04": (0,)}
    assert index.own == {"C00": 0, "C01": 1, "C02": 2, "C03": 2, "C04": 0}
    assert (index.sharing, index.shared) == (frozenset({"C01"}), frozenset({0, 1}))
    assert (index.automatic, index.substitutable_units) == ((1,), 800)
    assert (index.acceptances, index.choosing, index.is_plain) == ((), (), True)
    assert (index.forced, index.barred) == ({}, {})
    named = replace(_PLAN, blocks=tuple(
        replace(block, name=f"模块{block.code}", name_en=f"Block {block.code}")
        for block in _PLAN.blocks
    ))  # fmt: skip
    assert index_once(named).names == ("模块A", "模块B", "模块ZH")
    assert index_once(named).names_en == ("Block A", "Block B", "Block ZH")
    assert index_once(named).digest != index.digest


def test_core_courses_come_by_code_with_their_semester():
    turned = replace(_PLAN, courses=_PLAN.courses[::-1])
    for plan in (_PLAN, turned):
        assert index_once(plan).core_courses == (("C02", 3), ("C03", 4))


def test_acceptances_and_choices_are_those_of_the_blocks():
    accepted = Acceptance(Selector(is_outside=True), Way.EARN)
    assert index_once(_block(1, accepts=(accepted,))).acceptances == ((1, accepted),)
    chosen = _block(2, choices=(CourseChoice(("C02",), 1),))
    assert index_once(chosen).choosing == (chosen.blocks[2],)


@pytest.mark.parametrize(
    ("semester", "due"),
    [
        (-1, 0),
        (0, 0),
        (1, 0),
        (2, 200),
        (3, 350),
        (4, 850),
        (5, 850),
        (6, 950),
        (7, 950),
        (99, 950),
    ],
)
def test_what_is_due_are_courses_of_earlier_semesters_up_to_the_blocks_need(semester, due):
    """In semesters 1 to 5: 200 of A, 150 of B, 600 of ZH (500 asked), 100 more of it, 150 of A."""
    plan = _block(0, units_min=300)
    assert index_once(plan).units_due(semester) == due


def test_of_a_plan_without_courses_nothing_is_due():
    assert [index_once(replace(_PLAN, courses=())).units_due(at) for at in (0, 1, 6)] == [0, 0, 0]


def test_an_index_is_kept_as_long_as_its_plan(monkeypatch):
    monkeypatch.setattr(module, "_prepared", {})
    monkeypatch.setattr(module, "_PREPARED_MAX", 2)
    plans = [replace(_PLAN, plan_id=number) for number in range(4)]
    kept = [plan_index(plan) for plan in plans[:3]]
    assert [plan_index(plan) for plan in plans[:3]] == kept
    assert all(plan_index(plan) is index for plan, index in zip(plans, kept, strict=False))
    assert len(module._prepared) == 3
    plan_index(plans[3])
    assert len(module._prepared) == 1
    assert plan_index(plans[0]) is not kept[0]
    assert index_once(plans[0]) is not plan_index(plans[0])


def test_an_id_used_again_by_another_plan_is_not_mistaken(monkeypatch):
    monkeypatch.setattr(module, "_prepared", {})
    other = replace(_PLAN, plan_id=2)
    module._prepared[id(_PLAN)] = other, index_once(other)
    assert plan_index(_PLAN).plan is _PLAN


def test_without_an_exception_in_force_the_plans_index_serves():
    index = plan_index(_PLAN)
    later = _exception(ExceptionKind.WAIVE, subject="A", decided_on=AS_OF + timedelta(days=1))
    assert index_for(_PLAN, (), AS_OF) is index
    assert index_for(_PLAN, (later,), AS_OF) is index


def test_exceptions_change_the_plan_and_place_entries():
    index = index_for(
        _PLAN,
        (
            _exception(ExceptionKind.WAIVE, subject="A"),
            _exception(ExceptionKind.FORCE, block_code="B", ledger_seq=4),
            _exception(ExceptionKind.BLOCK, block_code="A", ledger_seq=5),
            _exception(ExceptionKind.BLOCK, block_code="B", ledger_seq=5),
            _exception(ExceptionKind.BLOCK, ledger_seq=6),
        ),
        AS_OF,
    )
    assert index.needs == (0, 300, 500)
    assert (index.forced, index.barred) == ({4: "B"}, {5: {"A", "B"}, 6: {""}})
    assert (index.is_plain, index.homes) == (False, {})


@pytest.mark.parametrize("kind", [ExceptionKind.FORCE, ExceptionKind.BLOCK])
def test_each_kind_that_places_entries_takes_the_homes(kind):
    index = index_for(_PLAN, (_exception(kind, block_code="A", ledger_seq=4),), AS_OF)
    assert (index.is_plain, index.homes) == (False, {})
    unnamed = index_for(_PLAN, (_exception(kind, block_code="A"),), AS_OF)
    assert (unnamed.forced, unnamed.barred, unnamed.is_plain) == ({}, {}, True)


_CAP = Cap("c", Selector(kinds=_COURSES, course_codes=("C02",)), units=300)
_FLOOR = Floor("f", "", "", Selector(kinds=_COURSES, course_codes=("C02",)), 100)


@pytest.mark.parametrize(
    "plan",
    [
        replace(_PLAN, caps=(_CAP,)),
        replace(_PLAN, floors=(_FLOOR,)),
        replace(_PLAN, double_counts=(DoubleCount("d", _CAP.selector, "ZH", "A", 100),)),
        replace(_PLAN, divisible=()),
        _block(0, units_max=900),
        _block(0, accepts=(Acceptance(Selector(is_outside=True), Way.EARN),)),
    ],
)
def test_one_rule_makes_a_plan_no_longer_plain(plan):
    assert not index_once(plan).is_plain


def _homes(plan) -> set[str]:
    index = index_once(plan)
    assert all(home == (index.own[code], index.codes[index.own[code]])
               for code, home in index.homes.items())  # fmt: skip
    return set(index.homes)


def test_under_a_plain_plan_every_course_comes_home():
    assert _homes(_PLAN) == {"C00", "C01", "C02", "C03", "C04"}


_ANY = frozenset({"C00", "C02", "C03", "C04"})
"""C01 counts in two blocks: it has a home in plain plans only."""


@pytest.mark.parametrize(
    ("plan", "homes"),
    [
        (replace(_PLAN, caps=(_CAP,)), _ANY - {"C02"}),
        (replace(_PLAN, caps=(replace(_CAP, selector=Selector(course_codes=("C02",))),)),
         _ANY - {"C02"}),
        (replace(_PLAN, caps=(replace(_CAP, selector=Selector(kinds=_COURSES)),)), set()),
        (replace(_PLAN, caps=(replace(_CAP, selector=Selector(kinds=_AWARDS)),)), _ANY),
        (replace(_PLAN, caps=(replace(_CAP, selector=Selector(is_outside=True)),)), _ANY),
        (replace(_PLAN, caps=(replace(_CAP, selector=Selector(is_outside=False)),)), set()),
        (replace(_PLAN, floors=(_FLOOR,)), _ANY - {"C02"}),
        (replace(_PLAN, floors=(replace(_FLOOR, selector=Selector(kinds=_AWARDS)),)), set()),
        (replace(_PLAN, floors=(replace(_FLOOR, selector=Selector()),)), set()),
        (_block(0, units_max=900), _ANY - {"C00", "C04"}),
        (_block(2, units_max=900), _ANY - {"C02", "C03"}),
        (_block(1, accepts=(Acceptance(Selector(kinds=_AWARDS), Way.FILL),)), _ANY),
        (_block(1, accepts=(Acceptance(_CAP.selector, Way.EARN),)), _ANY - {"C02"}),
    ],
)  # fmt: skip
def test_a_course_comes_home_where_no_rule_may_speak_of_it(plan, homes):
    assert _homes(plan) == homes


_OF_ZH = DoubleCount("d", Selector(kinds=_COURSES, course_codes=("C02",)), "ZH", "A", 100)


@pytest.mark.parametrize(
    ("double", "homes"),
    [
        (_OF_ZH, _ANY - {"C02"}),
        (replace(_OF_ZH, from_block="A", to_block="ZH"), _ANY - {"C02"}),
        (replace(_OF_ZH, selector=Selector(kinds=_AWARDS)), _ANY - {"C02", "C03"}),
        (replace(_OF_ZH, selector=Selector(kinds=(EntryKind.RECOGNITION,))), _ANY),
        (replace(_OF_ZH, selector=Selector(kinds=(EntryKind.SUBSTITUTION,))),
         _ANY - {"C02", "C03"}),
    ],
)  # fmt: skip
def test_a_course_that_keeps_others_from_being_counted_twice_does_not_come_home(double, homes):
    assert _homes(replace(_PLAN, double_counts=(double,))) == homes


@pytest.mark.parametrize(
    ("selector", "way", "homes"),
    [
        (Selector(kinds=(EntryKind.RECOGNITION,)), Way.FILL, _ANY - {"C00", "C04"}),
        (Selector(kinds=(EntryKind.RECOGNITION,)), Way.EARN, _ANY),
        (Selector(kinds=_AWARDS), Way.FILL, _ANY),
        (Selector(kinds=(EntryKind.SUBSTITUTION,)), Way.FILL, _ANY),
        (Selector(is_outside=True), Way.FILL, _ANY - {"C00", "C04"}),
    ],
)
def test_nor_one_that_keeps_anything_from_filling_what_is_counted_twice(selector, way, homes):
    """Recognitions of A are counted in B as well; what fills A may be one of them."""
    double = DoubleCount("d", Selector(kinds=(EntryKind.RECOGNITION,)), "A", "B", 100)
    plan = replace(_block(0, accepts=(Acceptance(selector, way),)), double_counts=(double,))
    assert _homes(plan) == homes
