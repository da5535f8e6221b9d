"""The learner who has everything: what the plan is to them, and what they are given."""

from __future__ import annotations

from dataclasses import replace

import pytest

from creditbank.domain.courses import CourseNature
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import (
    Acceptance,
    Cap,
    DoubleCount,
    Floor,
    HoursFloor,
    Plan,
    Substitution,
)
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility import ideal as module
from creditbank.eligibility.ideal import TooManyRulesError, ideal_standing, in_favour
from creditbank.eligibility.plan_index import index_once
from creditbank.eligibility.standing import Standing
from tests.unit.eligibility.learners import make_plan
from tests.unit.eligibility.models import E, F

_TAGGED = Selector(kinds=(EntryKind.COURSE,), tags=("劳动",))
_UNTAGGED = Selector(kinds=(EntryKind.COURSE,))
_PLAN = make_plan(
    (("A", 400, Substitution.NONE), ("B", 300, Substitution.NONE)),
    (("A", 400, ()), ("B", 300, ("A",))),
    900,
)


def _block(number: int, plan: Plan = _PLAN, **changes) -> Plan:
    blocks = list(plan.blocks)
    blocks[number] = replace(blocks[number], **changes)
    return replace(plan, blocks=tuple(blocks))


def test_rules_on_tags_are_read_in_the_learners_favour():
    tagged = replace(
        _block(0, accepts=(Acceptance(_TAGGED, E),)),
        caps=(Cap("c", _TAGGED, units=100), Cap("d", _UNTAGGED, units=100)),
        floors=(Floor("f", "", "", _TAGGED, 100),),
        hours_floors=(HoursFloor("h", "", "", _TAGGED, 10),),
        double_counts=(DoubleCount("e", _TAGGED, "A", "B", 50),),
    )
    assert in_favour(tagged) == replace(
        _block(0, accepts=(Acceptance(_UNTAGGED, E),)),
        caps=(Cap("d", _UNTAGGED, units=100),),
        floors=(Floor("f", "", "", _UNTAGGED, 100),),
        hours_floors=(HoursFloor("h", "", "", _UNTAGGED, 10),),
        double_counts=(DoubleCount("e", _UNTAGGED, "A", "B", 50),),
    )


@pytest.mark.parametrize(
    ("said", "read"),
    [
        (Substitution.NONE, Substitution.NONE),
        (Substitution.APPROVED, Substitution.AUTOMATIC),
        (Substitution.AUTOMATIC, Substitution.AUTOMATIC),
    ],
)
def test_approval_is_always_given(said, read):
    assert in_favour(_block(1, substitution=said)) == _block(1, substitution=read)


def _standing(plan: Plan = _PLAN, capped=()) -> Standing:
    return ideal_standing(index_once(plan), capped)


def test_all_courses_are_passed_with_what_the_plan_says_of_them():
    course = replace(_PLAN.courses[0], theory_hours=30, practice_hours=12)
    plan = replace(_block(0, nature=CourseNature.PRACTICE), courses=(course, _PLAN.courses[1]))
    found = _standing(plan)
    assert [
        (item.ledger_seq, item.kind, item.units, item.course_code) for item in found.courses
    ] == [(1, EntryKind.COURSE, 400, "C00"), (2, EntryKind.COURSE, 300, "C01")]
    first, second = found.courses
    assert (first.nature, first.hours, first.practice_hours) == (CourseNature.PRACTICE, 42, 12)
    assert (second.nature, second.is_outside, second.passed) == (CourseNature.REQUIRED, False, True)
    assert (found.recognised, found.approved, found.awards, found.unused) == ((), (), (), ())


def _more(plan: Plan, capped=()) -> list[Record]:
    """All records beside the plan's courses."""
    found = _standing(plan, capped)
    more = [*found.courses[len(plan.courses) :], *found.recognised, *found.approved]
    more += [record for record, _ in found.awards]
    assert all(units == record.units for record, units in found.awards)
    everything = [*found.courses[: len(plan.courses)], *more]
    seqs = sorted(record.ledger_seq for record in everything)
    assert seqs == list(range(1, len(everything) + 1))
    return more


def _kinds(records: list[Record]) -> set[str]:
    return {record.kind.value for record in records}


_AWARDED = _block(1, substitution=Substitution.AUTOMATIC)


def test_awards_are_given_where_a_block_takes_them_one_of_each_sort():
    (award,) = _more(_AWARDED)
    assert award.kind in {EntryKind.COMPETITION, EntryKind.INNOVATION}
    assert award.units == 900
    free, capped = _more(_AWARDED, {"volunteering", "gone"})
    assert "volunteering" in {free.category, capped.category}
    whole = _more(replace(_AWARDED, divisible=(EntryKind.INNOVATION,)))
    assert sorted(record.kind.value for record in whole) == ["competition"] * 5 + ["innovation"]


def test_of_what_counts_whole_there_is_one_for_each_place_and_one_more():
    outside = Selector(kinds=(EntryKind.COURSE,), is_outside=True)
    found = _more(_block(0, accepts=(Acceptance(outside, E),)))
    assert len(found) == 5
    assert {(item.kind, item.is_outside, item.units) for item in found} == {
        (EntryKind.COURSE, True, 900)
    }
    assert {item.hours for item in found} == {item.practice_hours for item in found}
    assert min(item.hours for item in found) > 10_000


@pytest.mark.parametrize(("kind", "way"), [(EntryKind.RECOGNITION, E), (EntryKind.SUBSTITUTION, F)])
def test_what_a_block_accepts_is_given(kind, way):
    found = _more(_block(0, accepts=(Acceptance(Selector(kinds=(kind,)), way),)))
    assert _kinds(found) == {kind.value}
    assert len(found) == 5


@pytest.mark.parametrize(
    ("changes", "plenty"),
    [
        ({"units_min": 650}, 700),
        ({"units_min": 701}, 701),
        ({"units_min": 0, "floors": (Floor("f", "", "", Selector(), 800),)}, 800),
    ],
)
def test_there_is_plenty_of_it(changes, plenty):
    (award,) = _more(replace(_AWARDED, **changes))
    assert award.units == plenty


def _named(*selectors: Selector, capped=()) -> list[Record]:
    return _more(_block(0, accepts=tuple(Acceptance(item, E) for item in selectors)), capped)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("levels", ("10", "23")),
        ("issuers", ("人社厅",)),
        ("natures", (CourseNature.PRACTICE,)),
        ("course_codes", ("X1", "X2")),
    ],
)
def test_a_value_that_a_rule_names_is_had_as_well_as_another(field, values):
    """Of a course from outside; the names of one rule do the same, one of them is enough."""
    outside = Selector(kinds=(EntryKind.COURSE,), is_outside=True)
    one = field.removesuffix("s").replace("course_codes", "course_code")
    found = _named(outside, replace(outside, **{field: values}))
    assert len(found) == 10
    had = {str(getattr(item, one)) for item in found}
    assert had - {""} <= set(map(str, values))
    assert (len(had), "" in had) == (2, True)


def test_a_nature_is_of_courses_and_a_code_of_courses_and_recognitions():
    named = Selector(natures=(CourseNature.PRACTICE,))
    assert _kinds(_named(named)) == {"course"}
    coded = _named(Selector(course_codes=("X",)), Selector(kinds=(EntryKind.RECOGNITION,)))
    assert {(item.kind.value, item.course_code) for item in coded} == {
        ("course", "X"), ("recognition", "X"), ("recognition", ""),
    }  # fmt: skip


def test_the_plans_own_courses_are_not_given_twice():
    own = Selector(kinds=(EntryKind.COURSE,), course_codes=("C00",), is_outside=False)
    assert _named(own) == []
    assert {item.course_code for item in _named(replace(own, course_codes=("C00", "X")))} == {"X"}
    outside = replace(own, is_outside=True)
    assert {item.course_code for item in _named(outside)} == {"C00"}


def test_an_innovation_is_of_every_category_and_a_competition_of_its_own():
    volunteers = Selector(kinds=(EntryKind.INNOVATION,), categories=("volunteering",))
    assert {item.category for item in _named(volunteers)} == {"volunteering"}
    contest = Selector(categories=("competition",))
    assert {(item.kind.value, item.category) for item in _named(contest)} == {
        ("competition", "competition")
    }
    assert _named(Selector(kinds=(EntryKind.REVERSAL,))) == []


@pytest.mark.parametrize("rule", ["caps", "floors", "hours_floors", "double_counts"])
def test_what_another_rule_tells_apart_is_had_both_ways(rule):
    """Awards of two levels, where a rule speaks of one."""
    level = Selector(kinds=(EntryKind.COMPETITION,), levels=("10",))
    rules = {
        "caps": (Cap("c", level, units=100),),
        "floors": (Floor("f", "", "", level, 100),),
        "hours_floors": (HoursFloor("h", "", "", level, 10),),
        "double_counts": (DoubleCount("e", level, "B", "A", 50),),
    }
    found = _more(replace(_AWARDED, **{rule: rules[rule]}))  # type: ignore[arg-type]
    assert sorted(item.level for item in found) == ["", "10"]


def test_too_many_rules_are_said_to_be_too_many(monkeypatch):
    """Without rules there are 16 innovations, competitions and others, here and from outside."""
    plan = index_once(_AWARDED)
    count = 2 * (12 + 4)
    monkeypatch.setattr(module, "COMBINATIONS_MAX", count)
    ideal_standing(plan, ())
    monkeypatch.setattr(module, "COMBINATIONS_MAX", count - 1)
    with pytest.raises(TooManyRulesError):
        ideal_standing(plan, ())
