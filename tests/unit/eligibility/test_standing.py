"""Which records may count, which stand at home, and why the rest counts nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Acceptance, Floor, Substitution, Way
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.standing import Standing, standing_records
from tests.unit.eligibility.learners import AS_OF, make_plan

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (("A", 400, Substitution.NONE), ("B", 400, Substitution.AUTOMATIC)),
    (("A", 200, ()), ("A", 100, ()), ("B", 200, ())),
    800,
)
_OUTSIDE = Acceptance(Selector(is_outside=True), Way.EARN)
_OPEN = replace(_PLAN, blocks=(replace(_PLAN.blocks[0], accepts=(_OUTSIDE,)), _PLAN.blocks[1]))
_OF_C00 = Selector(kinds=(EntryKind.COURSE,), course_codes=("C00",))
_FLOORED = replace(_PLAN, floors=(Floor("F", "", "", _OF_C00, 100),))


def _course(seq, code="C00", units=200, **changes) -> Record:
    return replace(Record(seq, EntryKind.COURSE, units, _DAY, code, code), **changes)


def _award(seq, units=200, **changes) -> Record:
    award = Record(seq, EntryKind.COMPETITION, units, _DAY, "赛", category="competition")
    return replace(award, **changes)


def _into(seq, kind, block, units=100, **changes) -> Record:
    return replace(Record(seq, kind, units, _DAY, "入", block_code=block), **changes)


def _standing(*records, plan=_PLAN, count_disputed=False, exceptions=()) -> Standing:
    index = index_for(plan, exceptions, AS_OF)
    return standing_records(records, index, AS_OF, count_disputed=count_disputed)


def _unused(*records, plan=_PLAN) -> list[tuple[int, int, Use]]:
    found = _standing(*records, plan=plan).unused
    assert all(item.block_code == "" for item in found)
    return [(item.ledger_seq, item.units, item.use) for item in found]


def test_courses_of_the_plan_stand_at_home():
    first, second, third = _course(1), _course(2, "C01", 100), _course(3, "C02")
    found = _standing(first, second, third)
    assert found.courses == (first, second, third)
    assert list(found.at_home) == [
        Placement(1, "A", 200, Use.COUNTED),
        Placement(2, "A", 100, Use.COUNTED),
        Placement(3, "B", 200, Use.COUNTED),
    ]
    assert (list(found.earned), found.movable, found.unused) == ([300, 200], (), ())


def test_a_course_that_a_rule_speaks_of_is_movable():
    first, second = _course(1), _course(2, "C01", 100)
    found = _standing(first, second, plan=_FLOORED)
    assert (found.courses, found.movable) == ((first, second), (first,))
    assert (list(found.earned), len(found.at_home)) == ([100, 0], 1)


def test_unsettled_everything_is_free_again():
    found = _standing(_course(1), _course(2, "C01", 100)).unsettled()
    assert (found.at_home, found.earned, found.movable) == ((), (0, 0), found.courses)


def test_a_course_counts_once_and_the_first_entry_stands():
    assert _unused(_course(1), _course(2), _course(3, units=150)) == [
        (2, 200, Use.SURPLUS),
        (3, 150, Use.SURPLUS),
    ]
    found = _standing(_course(1), _course(2), plan=_FLOORED)
    assert (found.movable, len(found.unused)) == ((_course(1),), 1)


def test_a_course_from_outside_stands_beside_the_schools_own_of_the_same_code():
    own, outside = _course(1), _course(2, is_outside=True)
    for order in ((own, outside), (replace(outside, ledger_seq=1), replace(own, ledger_seq=2))):
        found = _standing(*order, plan=_OPEN)
        assert found.courses == order
        assert [record.is_outside for record in found.movable] == [True]
    further = _course(3, is_outside=True)
    assert _standing(own, outside, further, plan=_OPEN).movable == (outside, further)


@pytest.mark.parametrize(
    ("record", "units", "why"),
    [
        (_course(1, units=0), 0, Use.NOT_EARNED),
        (_course(1, units=-200), 0, Use.NOT_EARNED),
        (_course(1, passed=False), 200, Use.NOT_EARNED),
        (_course(1, disputed=True), 200, Use.DISPUTED),
        (_course(1, "C09"), 200, Use.NOT_IN_PLAN),
        (_course(1, is_outside=True), 200, Use.NOT_IN_PLAN),
        (_award(1, valid_until=AS_OF - timedelta(days=1)), 200, Use.EXPIRED),
        (_award(1, 0), 0, Use.NOT_EARNED),
        (_award(1, 0, drawn_units=200), 0, Use.SUBSTITUTED),
        (_award(1, disputed=True), 200, Use.DISPUTED),
        (_into(1, EntryKind.RECOGNITION, "Z"), 100, Use.NOT_IN_PLAN),
        (_into(1, EntryKind.SUBSTITUTION, "Z"), 100, Use.NOT_IN_PLAN),
    ],
)
def test_what_counts_nothing_says_why(record, units, why):
    assert _unused(record) == [(1, units, why)]


def test_one_hundredth_is_earned():
    assert len(_standing(_course(1, units=1)).at_home) == 1
    assert _standing(_course(1, units=1), plan=_FLOORED).movable == (_course(1, units=1),)


def test_what_is_expired_on_its_last_day_is_not():
    award = _award(1, valid_until=AS_OF)
    assert _standing(award).awards == ((award, 200),)
    assert _unused(_award(1), _course(2, valid_until=_DAY)) == []


def test_recognitions_and_substitutions_stand_in_the_block_they_name():
    recognised = _into(1, EntryKind.RECOGNITION, "A")
    approved = _into(2, EntryKind.SUBSTITUTION, "B")
    found = _standing(recognised, approved)
    assert (found.recognised, found.approved) == ((recognised,), (approved,))
    assert (found.courses, found.unused) == ((), ())


def test_an_exception_that_forces_an_entry_makes_it_stand():
    stranger = _course(1, "C09")
    forced = PlanException(ExceptionKind.FORCE, "", "A", 1, None, "", "1号", 1, _DAY)
    assert _standing(stranger, exceptions=(forced,)).courses == (stranger,)


def test_disputes_count_where_that_is_asked():
    records = (_course(1, disputed=True), _award(2, disputed=True), _course(3, "C02"))
    for order in permutations(records):
        found = _standing(*order, count_disputed=True)
        assert (len(found.courses), len(found.awards), found.unused) == (2, 1, ())
        assert len(_standing(*order).unused) == 2


def test_the_order_of_the_records_changes_nothing():
    records = (_course(1), _course(2), _award(3, event_key="e"), _award(4, event_key="e"))
    wanted = _standing(*records)
    assert all(_standing(*order) == wanted for order in permutations(records))
    double = (_course(1), replace(_course(1), course_code="C02"))
    assert len(_standing(*double).courses) == 2


def test_awards_come_oldest_first():
    late = _award(1, earned_on=_DAY + timedelta(days=9))
    early, same = _award(2), _award(3)
    assert [record.ledger_seq for record, _ in _standing(late, early, same).awards] == [2, 3, 1]


@pytest.mark.parametrize(
    ("records", "best", "unused"),
    [
        # the highest, of two equal ones the earlier
        ([_award(1, 100), _award(2, 300)], (2, 300), [(1, 100)]),
        ([_award(1, 300), _award(2, 300)], (1, 300), [(2, 300)]),
        # what was drawn from it is still its own
        ([_award(1, 100, drawn_units=250), _award(2, 300)], (1, 100), [(2, 300)]),
        ([_award(1, 100, drawn_units=200), _award(2, 300)], (1, 100), [(2, 300)]),
        ([_award(1, 300), _award(2, 100, drawn_units=200)], (1, 100), [(1, 200), (2, 100)]),
        # what was drawn from a lower one is taken off
        ([_award(1, 100, drawn_units=50), _award(2, 300)], (2, 250), [(1, 100), (2, 50)]),
        ([_award(1, 0, drawn_units=250), _award(2, 300)], (2, 50), [(2, 250)]),
        ([_award(1, 0, drawn_units=100), _award(2, 50, drawn_units=60)], (2, 0), [(2, 50)]),
    ],
)
def test_of_one_event_the_highest_counts(records, best, unused):
    records = [replace(record, event_key="e") for record in records]
    found = _standing(*records)
    assert [(record.ledger_seq, units) for record, units in found.awards] == [best]
    same_event = tuple(Placement(seq, "", units, Use.SAME_EVENT) for seq, units in unused)
    assert tuple(item for item in found.unused if item.units) == same_event


def test_awards_without_an_event_are_events_of_their_own():
    assert len(_standing(_award(1), _award(2)).awards) == 2


@pytest.mark.parametrize(
    ("records", "drawn"),
    [
        ([_award(1)], {}),
        ([_award(1, drawn_units=60), _award(2)], {"competition": 60, "": 0}),
        (
            [_award(1, drawn_units=60), _award(2, drawn_units=30),
             _into(3, EntryKind.SUBSTITUTION, "B", 90)],
            {"competition": 90, "": 0},
        ),
        (
            [_award(1, drawn_units=60, category="volunteering"),
             _into(2, EntryKind.SUBSTITUTION, "B", 100)],
            {"volunteering": 60, "": 40},
        ),
        ([_into(1, EntryKind.SUBSTITUTION, "B", 100)], {"": 100}),
    ],
)  # fmt: skip
def test_what_approved_substitutions_drew_is_known_by_category(records, drawn):
    assert dict(_standing(*records).drawn) == drawn
