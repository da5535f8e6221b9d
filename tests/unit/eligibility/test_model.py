"""The question for one learner: which records are alike, where they may count, what limits them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import (
    Acceptance,
    Cap,
    DoubleCount,
    Floor,
    Plan,
    Share,
    Substitution,
)
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility import model as module
from creditbank.eligibility.model import Double, Limit, Model, make_model
from creditbank.eligibility.plan_index import index_for, index_once
from creditbank.eligibility.standing import standing_records
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy
from tests.unit.eligibility.models import E, F

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (("A", 400, Substitution.NONE), ("B", 300, Substitution.AUTOMATIC)),
    (("A", 200, ("B",)), ("A", 200, ("B",)), ("A", 150, ("B",)), ("A", 100, ()), ("B", 100, ())),
    900,
)
_OUTSIDE = Acceptance(Selector(is_outside=True), E)
_ALL = frozenset({0, 1})


def _course(seq, code, units=200, **changes) -> Record:
    return replace(Record(seq, EntryKind.COURSE, units, _DAY, code, code), **changes)


def _award(seq, units=200, category="competition", **changes) -> Record:
    kind = EntryKind.COMPETITION if category == "competition" else EntryKind.INNOVATION
    return replace(Record(seq, kind, units, _DAY, "赛", category=category), **changes)


def _into(seq, kind, block, units=100) -> Record:
    return Record(seq, kind, units, _DAY, "入", block_code=block)


def _model(*records, plan: Plan = _PLAN, exceptions=(), **policy) -> Model:
    index = index_for(plan, exceptions, AS_OF) if exceptions else index_once(plan)
    standing = standing_records(records, index, AS_OF)
    return make_model(standing, index, make_policy(**policy))


def _accepting(*accepted: Acceptance, block: int = 1) -> Plan:
    blocks = list(_PLAN.blocks)
    blocks[block] = replace(blocks[block], accepts=accepted)
    return replace(_PLAN, blocks=tuple(blocks))


def test_records_alike_are_one_sort():
    one, two, less = _course(1, "C00"), _course(2, "C01"), _course(3, "C02", 150)
    found = _model(less, one, two)
    assert [(sort.units, sort.total, sort.records) for sort in found.sorts] == [
        (200, 400, (one, two)),
        (150, 150, (less,)),
    ]
    assert all((sort.is_whole, sort.places) == (True, ((0, E), (1, E))) for sort in found.sorts)
    assert all((sort.limits, sort.held) == ((), ((), ())) for sort in found.sorts)


def test_what_has_no_choice_is_settled_and_taken_off():
    found = _model(_course(1, "C00"), _course(2, "C03", 100), _course(3, "C04", 100))
    assert (found.settled, found.needs, found.units_min) == ((100, 100), (300, 200), 700)
    assert [sort.records for sort in found.sorts] == [(_course(1, "C00"),)]
    assert _model(_course(1, "C03", 399)).needs == (1, 300)
    more = _model(_course(1, "C03", 500))
    assert (more.settled, more.needs, more.units_min) == ((500, 0), (0, 300), 400)


def test_in_a_plan_with_rules_what_has_one_home_is_settled_too():
    plan = replace(_PLAN, caps=(Cap("c", Selector(course_codes=("C04",)), units=50),))
    found = _model(_course(1, "C00"), _course(2, "C03", 100), _course(3, "C04", 100), plan=plan)
    assert (found.settled, found.needs) == ((100, 0), (300, 300))
    assert [sort.records[0].course_code for sort in found.sorts] == ["C00", "C04"]


@pytest.mark.parametrize(
    ("record", "plan", "is_whole", "places"),
    [
        (_award(1), _PLAN, False, ((1, F),)),
        (_award(1, category="volunteering"), _PLAN, False, ((1, F),)),
        (_into(1, EntryKind.RECOGNITION, "A"), _PLAN, True, ((0, E),)),
        (_into(1, EntryKind.SUBSTITUTION, "B"), _PLAN, True, ((1, F),)),
        (_course(1, "C00"), _accepting(Acceptance(Selector(), F)), True,
         ((0, E), (1, E), (1, F))),
        (_course(1, "X", is_outside=True), _accepting(_OUTSIDE), True, ((1, E),)),
        (_course(1, "X"), _accepting(Acceptance(Selector(), F), block=0), True, ((0, F),)),
        (_award(1), replace(_PLAN, divisible=()), True, ((1, F),)),
        (_course(1, "C00"), replace(_PLAN, divisible=(EntryKind.COURSE,)), False,
         ((0, E), (1, E))),
    ],
)  # fmt: skip
def test_where_a_record_may_count(record, plan, is_whole, places):
    (sort,) = _model(record, plan=plan).sorts
    assert (sort.is_whole, sort.places, sort.records) == (is_whole, places, (record,))


def test_what_counts_nowhere_is_in_no_sort():
    no_awards = replace(_PLAN, blocks=(_PLAN.blocks[0],), courses=_PLAN.courses[3:4])
    assert _model(_award(1), plan=no_awards).sorts == ()
    assert _model(_award(1, 0, drawn_units=100)).sorts == ()


def _exception(kind, block, seq=1) -> PlanException:
    return PlanException(kind, "", block, seq, None, "", "1号", 1, _DAY)


@pytest.mark.parametrize(
    ("exceptions", "places"),
    [
        ([(ExceptionKind.FORCE, "B")], ((1, E),)),
        ([(ExceptionKind.FORCE, "Z")], None),
        ([(ExceptionKind.BLOCK, "A")], ((1, E),)),
        ([(ExceptionKind.BLOCK, "Z")], ((0, E), (1, E))),
        ([(ExceptionKind.BLOCK, "A"), (ExceptionKind.BLOCK, "B")], None),
        ([(ExceptionKind.BLOCK, "")], None),
        ([(ExceptionKind.FORCE, "B"), (ExceptionKind.BLOCK, "B")], None),
    ],
)
def test_an_exception_places_the_entry_that_it_names(exceptions, places):
    items = tuple(_exception(kind, block) for kind, block in exceptions)
    other = _course(2, "C01")
    found = _model(_course(1, "C00"), other, exceptions=items)
    by_first = {record.ledger_seq: sort.places for sort in found.sorts for record in sort.records}
    assert by_first.get(1) == places
    assert by_first[2] == ((0, E), (1, E))


@pytest.mark.parametrize(
    ("kind", "block", "places"),
    [
        (ExceptionKind.BLOCK, "", None),
        (ExceptionKind.BLOCK, "B", None),
        (ExceptionKind.FORCE, "A", ((0, E),)),
    ],
)
@pytest.mark.parametrize("named", [1, 2])
def test_an_exception_for_one_says_nothing_of_another_that_looks_alike(named, kind, block, places):
    found = _model(_award(1), _award(2), exceptions=(_exception(kind, block, named),))
    by_seq = {record.ledger_seq: sort.places for sort in found.sorts for record in sort.records}
    assert (by_seq.get(named), by_seq[3 - named]) == (places, ((1, F),))


def test_alike_entries_may_each_be_forced_elsewhere():
    forced = tuple(
        _exception(ExceptionKind.FORCE, block, seq) for seq, block in ((1, "A"), (2, "B"))
    )
    barred = tuple(
        _exception(ExceptionKind.BLOCK, block, seq)
        for seq, block in ((3, "A"), (4, "B"), (5, "B"), (6, "A"))
    )
    found = _model(
        _award(1),
        _award(2),
        _course(3, "C00"),
        _course(4, "C01"),
        _award(5),
        _award(6),
        exceptions=(*forced, *barred),
    )
    by_seq = {record.ledger_seq: sort.places for sort in found.sorts for record in sort.records}
    assert by_seq == {1: ((0, E),), 2: ((1, F),), 3: ((1, E),), 4: ((0, E),), 6: ((1, F),)}


def test_sorts_come_in_the_order_of_the_ledger():
    records = (_award(1), _course(2, "C00"), _into(3, EntryKind.RECOGNITION, "A"))
    found = _model(*records)
    assert [sort.records for sort in found.sorts] == [(record,) for record in records]


def test_what_is_forced_into_a_block_that_does_not_take_it_earns_there():
    forced = (_exception(ExceptionKind.FORCE, "A"),)
    (sort,) = _model(_award(1), exceptions=forced).sorts
    assert sort.places == ((0, E),)
    (own,) = _model(_award(1), exceptions=(_exception(ExceptionKind.FORCE, "B"),)).sorts
    assert own.places == ((1, F),)


@pytest.mark.parametrize(
    ("cap", "limit"),
    [
        (Cap("c", Selector(), units=250), Limit("c", 250, _ALL)),
        (Cap("c", Selector(), ("B",), units=250), Limit("c", 250, frozenset({1}))),
        (Cap("c", Selector(), percent=33), Limit("c", 297, _ALL)),
        (Cap("c", Selector(), ("B",), percent=50), Limit("c", 450, frozenset({1}))),
        (Cap("c", Selector(), ("B",), percent=50, percent_of=Share.BLOCKS),
         Limit("c", 150, frozenset({1}))),
        (Cap("c", Selector(), percent=50, percent_of=Share.BLOCKS), Limit("c", 350, _ALL)),
        (Cap("c", Selector(), units=0, percent=50), Limit("c", 0, _ALL)),
        (Cap("c", Selector()), Limit("c", 0, _ALL)),
    ],
)  # fmt: skip
def test_a_cap_of_the_plan_is_a_limit(cap, limit):
    assert _model(plan=replace(_PLAN, caps=(cap,))).limits == (limit,)


def test_limits_floors_and_doubles_speak_of_the_records_they_select():
    first, second = Selector(course_codes=("C00",)), Selector(course_codes=("C01",))
    plan = replace(
        _PLAN,
        caps=(Cap("c", first, ("B",), units=250), Cap("d", second, units=350)),
        floors=(Floor("f", "", "", second, 120), Floor("g", "", "", Selector(), 130)),
        double_counts=(DoubleCount("e", second, "A", "B", 50),
                       DoubleCount("h", first, "B", "A", 60)),
        blocks=(replace(_PLAN.blocks[0], units_max=700), _PLAN.blocks[1]),
    )  # fmt: skip
    found = _model(_course(1, "C00"), _course(2, "C01"), plan=plan)
    one, two = found.sorts
    assert (one.limits, one.held, one.floors, one.doubles) == ((0,), ((), (0,)), (1,), (1,))
    assert (two.limits, two.held, two.floors, two.doubles) == ((1,), ((1,), (1,)), (0, 1), (0,))
    assert (found.maxima, found.floors) == ((700, None), (120, 130))
    assert found.doubles == (Double(0, 1, 50), Double(1, 0, 60))


def _limits(*records, **policy) -> list[tuple[str, int, frozenset[int], bool]]:
    found = _model(*records, **policy).limits
    return [(limit.code, limit.units, limit.blocks, limit.fills_only) for limit in found]


_WIDE = {
    "substitution__cap_units": 9999, "substitution__share_percent": 1000,
    "innovation__career_cap_units": 9999,
}  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({}, []),
        ({"innovation__career_cap_units": 300}, []),
        ({"innovation__career_cap_units": 299}, [("career", 299, _ALL, False)]),
        ({"substitution__cap_units": 300}, []),
        ({"substitution__cap_units": 299}, [("substitution", 299, frozenset({1}), True)]),
        ({"substitution__share_percent": 50}, [("substitution", 150, frozenset({1}), True)]),
        ({"innovation__category_cap__volunteering": 99},
         [("category.volunteering", 99, _ALL, False)]),
        ({"innovation__category_cap__volunteering": 100}, []),
    ],
)  # fmt: skip
def test_what_policy_caps_is_a_limit_where_awards_exceed_it(policy, expected):
    records = (_award(1), _award(2, 50, "volunteering"), _award(3, 50, "volunteering"))
    assert _limits(*records, **{**_WIDE, **policy}) == expected


def test_limits_of_categories_come_by_their_names():
    records = (_award(1, 200, "volunteering"), _award(2, 200, "social_practice"))
    caps = {
        f"innovation__category_cap__{name}": 100 for name in ("volunteering", "social_practice")
    }
    found = [code for code, *_ in _limits(*records, **{**_WIDE, **caps})]
    assert found == ["category.social_practice", "category.volunteering"]


def test_limits_of_policy_speak_of_awards_and_of_their_category():
    policy = {**_WIDE, "innovation__career_cap_units": 1,
              "innovation__category_cap__volunteering": 1}  # fmt: skip
    plan = replace(_accepting(_OUTSIDE, block=0), caps=(Cap("c", Selector(), units=900),))
    outside = _award(1, is_outside=True)
    volunteer = _award(2, 100, "volunteering")
    found = _model(_course(3, "C00"), outside, volunteer, plan=plan, **policy)
    by_first = {sort.records[0].ledger_seq: sort for sort in found.sorts}
    assert [limit.code for limit in found.limits] == ["c", "career", "category.volunteering"]
    assert [by_first[seq].limits for seq in (1, 2, 3)] == [(0, 1), (0, 1, 2), (0,)]
    assert by_first[1].held == ((0, 1), (0, 1))
    assert by_first[2].held == ((0, 1, 2),)


def test_substitution_is_limited_where_it_fills_and_not_where_an_award_earns():
    policy = {**_WIDE, "substitution__cap_units": 50}
    (sort,) = _model(_award(1, is_outside=True), plan=_accepting(_OUTSIDE), **policy).sorts
    assert (sort.places, sort.held) == (((1, F), (1, E)), ((0,), ()))


def test_what_was_drawn_is_taken_off_the_caps():
    drawn = _award(1, 100, "volunteering", drawn_units=150)
    used = _into(2, EntryKind.SUBSTITUTION, "B", 150)
    policy = {**_WIDE, "innovation__career_cap_units": 160,
              "innovation__category_cap__volunteering": 170}  # fmt: skip
    assert _limits(drawn, used, **policy) == [
        ("career", 10, _ALL, False),
        ("category.volunteering", 20, _ALL, False),
    ]


def test_what_the_plan_says_of_records_that_look_alike_is_kept(monkeypatch):
    monkeypatch.setattr(module, "_ALIKE_MAX", 1)
    index = index_once(_PLAN)
    records = [_course(1, "C00"), _course(2, "C01"), _course(3, "C02", 150), _award(4)]
    for taken in (records, records[::-1], records):
        standing = standing_records(taken, index, AS_OF)
        found = make_model(standing, index, make_policy())
        assert found.sorts == _model(*records).sorts
        assert len(index.alike) <= 2
    assert len(index.rules) == 1


def test_a_sort_with_one_of_its_places():
    (sort,) = _model(_course(1, "C00")).sorts
    assert sort.only(None) is sort
    assert sort.only(1).places == ((1, E),)
    held = sort._replace(held=((3,), (4,)))
    assert held.only(1) == held._replace(places=((1, E),), held=((4,),))
