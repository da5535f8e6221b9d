"""Plain plans: every course at home where that is the best, and how substitution fills the rest."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Plan, Substitution
from creditbank.domain.snapshots import Record
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility import allocate as module
from creditbank.eligibility.allocate import allocate, most_counted
from creditbank.eligibility.allocation import Allocation
from creditbank.eligibility.plain import allocate_at_home, fill, per_block, still_open
from creditbank.eligibility.plan_index import index_once
from creditbank.eligibility.rich import allocate_rich
from creditbank.eligibility.standing import standing_records
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (
        ("A", 400, Substitution.NONE),
        ("B", 300, Substitution.AUTOMATIC),
        ("C", 200, Substitution.AUTOMATIC),
        ("D", 100, Substitution.APPROVED),
    ),
    (
        ("A", 400, ()), ("B", 300, ()), ("C", 200, ()), ("D", 100, ()), ("A", 200, ("B",)),
        ("C", 250, ("A", "D")),
    ),
    1000,
)  # fmt: skip
_INDEX = index_once(_PLAN)
_POLICY = make_policy(substitution__cap_units=9999, substitution__share_percent=1000)


def _course(seq, code, units) -> Record:
    return Record(seq, EntryKind.COURSE, units, _DAY, code, code)


def _award(seq, units) -> Record:
    return Record(seq, EntryKind.COMPETITION, units, _DAY, "赛", category="competition")


def _into(seq, kind, block, units) -> Record:
    return Record(seq, kind, units, _DAY, "入", block_code=block)


_APPROVED, _RECOGNISED = EntryKind.SUBSTITUTION, EntryKind.RECOGNITION
_ALL = (
    _course(1, "C00", 400), _course(2, "C01", 300), _course(3, "C02", 200), _course(4, "C03", 100)
)  # fmt: skip


def _at_home(*records: Record, plan: Plan = _PLAN, policy=_POLICY) -> Allocation | None:
    index = index_once(plan)
    return allocate_at_home(standing_records(records, index, AS_OF), index, policy)


def _places(found: Allocation | None) -> list[tuple[int, str, int, str]]:
    assert found is not None
    return [(*item[:3], item[3].value) for item in sorted(found.placements)]


def test_who_has_everything_has_it_at_home():
    found = _at_home(*_ALL)
    assert found == Allocation(
        placements=[
            Placement(seq, code, units, Use.COUNTED)
            for seq, code, units in ((1, "A", 400), (2, "B", 300), (3, "C", 200), (4, "D", 100))
        ],
        earned=[400, 300, 200, 100],
        recognised=(0, 0, 0, 0),
        filled=(0, 0, 0, 0),
        missing=(0, 0, 0, 0),
        shared=(0, 0, 0, 0),
        floors=(),
        counted=1000,
        shortfall=0,
        cut=(),
    )


def test_awards_fill_in_the_plans_order_and_are_told_in_the_order_of_dates():
    found = _at_home(_ALL[0], _ALL[3], _award(8, 350), _award(9, 200))
    assert found is not None
    assert (found.filled, found.missing, found.shortfall) == ((0, 300, 200, 0), (0, 0, 0, 0), 0)
    assert _places(found)[2:] == [
        (8, "B", 300, "substituted"), (8, "C", 50, "substituted"),
        (9, "", 50, "surplus"), (9, "C", 150, "substituted"),
    ]  # fmt: skip


def test_approved_substitutions_fill_their_block_before_awards():
    records = (_ALL[0], _ALL[2], _into(5, _APPROVED, "B", 120), _into(6, _APPROVED, "D", 150))
    found = _at_home(*records, _award(8, 350))
    assert found is not None
    assert found.filled == (0, 300, 0, 100)
    assert _places(found)[2:] == [
        (5, "B", 120, "substituted"), (6, "", 50, "surplus"), (6, "D", 100, "substituted"),
        (8, "", 170, "surplus"), (8, "B", 180, "substituted"),
    ]  # fmt: skip


def test_where_nothing_is_open_all_that_could_fill_is_surplus():
    found = _at_home(*_ALL, _into(5, _APPROVED, "D", 50), _award(8, 350))
    assert _places(found)[4:] == [(5, "", 50, "surplus"), (8, "", 350, "surplus")]


def test_what_is_recognised_counts_whole_in_its_block():
    found = _at_home(*_ALL[1:], _into(5, _RECOGNISED, "A", 450))
    assert found is not None
    assert (found.earned, found.recognised) == ([0, 300, 200, 100], (450, 0, 0, 0))
    assert (found.counted, found.shortfall) == (1050, 0)
    assert (5, "A", 450, "counted") in _places(found)


@pytest.mark.parametrize(
    ("records", "cut"),
    [
        # what nothing could fill is the proof: the first such block
        (_ALL[1:], (0,)),
        (_ALL[:3], (3,)),
        ((_ALL[0], _ALL[2]), (1,)),
        ((_ALL[0], _ALL[2], _ALL[3], _award(8, 299)), (1,)),
        # not the one that its approved substitutions fill
        ((_ALL[0], _ALL[1], _into(5, _APPROVED, "D", 100)), (2,)),
        ((*_ALL[:3], _into(5, _APPROVED, "D", 99)), (3,)),
    ],
)
def test_a_block_that_nothing_could_fill_is_the_proof(records, cut):
    found = _at_home(*records)
    assert found is not None
    assert (found.cut, found.shortfall) == (cut, sum(found.missing))


def test_a_block_is_no_proof_where_its_own_and_another_blocks_course_would_fill_it():
    """D by 60 approved and the 50 of C; C lacks 150 whatever is done."""
    plan = make_plan(
        (("D", 100, Substitution.APPROVED), ("C", 200, Substitution.NONE)),
        (("C", 50, ("D",)), ("D", 100, ())),
        300,
    )
    found = _at_home(_course(1, "C00", 50), _into(2, _APPROVED, "D", 60), plan=plan)
    assert found is not None
    assert (found.cut, found.missing) == ((1,), (40, 150))


@pytest.mark.parametrize(
    "records",
    [
        # C04 could count in B, which lacks, and is not needed in A
        (*_ALL[:1], *_ALL[2:], _course(5, "C04", 200)),
        # each block by itself could be filled by the awards, both cannot
        (_ALL[0], _ALL[3], _award(8, 300)),
        # the total lacks, and awards are left over
        (*_ALL[:3], _award(8, 300)),
    ],
)
def test_where_another_answer_may_be_better_it_says_nothing(records):
    plan = (
        replace(_PLAN, units_min=9999) if len(records) == 4 and records[3].units == 300 else _PLAN
    )
    assert _at_home(*records, plan=plan) is None


def test_a_total_that_nothing_more_could_fill_is_short():
    found = _at_home(*_ALL, plan=replace(_PLAN, units_min=1100))
    assert found is not None
    assert (found.shortfall, found.cut, found.missing) == (100, (), (0, 0, 0, 0))
    exactly = _at_home(*_ALL, plan=replace(_PLAN, units_min=1000))
    assert exactly is not None
    assert exactly.shortfall == 0


_LESS = _course(5, "C05", 250)
_SOME = _course(6, "C04", 200)


@pytest.mark.parametrize(
    "records",
    [
        (),
        _ALL,
        _ALL[1:],
        (*_ALL[1:], _SOME),
        (*_ALL[1:], _LESS),
        (_ALL[0], _ALL[1], _LESS),
        (_ALL[0], _SOME, _LESS, _award(8, 100)),
        (_ALL[1], _SOME, _LESS, _award(8, 400), _into(9, _APPROVED, "D", 60)),
        (_ALL[0], _ALL[3], _award(8, 300)),
        (_into(7, _RECOGNISED, "C", 120), _LESS, _SOME, _award(8, 90)),
    ],
)
@pytest.mark.parametrize("units_min", [0, 900, 1000, 1500])
def test_the_quick_way_and_the_whole_model_agree(records, units_min):
    plan = replace(_PLAN, units_min=units_min)
    index = index_once(plan)
    standing = standing_records(records, index, AS_OF)
    wide = allocate_rich(standing, index, _POLICY)
    for found in (allocate(standing, index, _POLICY), allocate_at_home(standing, index, _POLICY)):
        if found is not None:
            assert (found.shortfall, sum(found.missing)) == (wide.shortfall, sum(wide.missing))
            assert bool(found.cut) is bool(wide.cut)
    placed: Counter[int] = Counter()
    for item in wide.placements:
        placed[item[0]] += item[2]
    assert placed == {record.ledger_seq: record.units for record in records}
    most = most_counted(standing, index, _POLICY)
    without = replace(index_once(plan), is_plain=False)
    assert most == most_counted(standing, without, _POLICY) >= wide.counted


@pytest.mark.parametrize(
    ("records", "most"),
    [
        ((), 0),
        (_ALL, 1000),
        ((*_ALL, _award(8, 500)), 1000),
        ((_ALL[0], _award(8, 500)), 900),
        ((_ALL[0], _award(8, 400)), 800),
        ((_ALL[0], _into(5, _RECOGNISED, "B", 100), _award(8, 500)), 900),
        # C05 at home in C leaves no room there for the award; in A or D it does
        ((_LESS, _award(8, 500)), 750),
        ((_LESS, _award(8, 450)), 700),
        ((_SOME, _award(8, 500)), 700),
    ],
)
def test_the_most_that_can_count(records, most):
    standing = standing_records(records, _INDEX, AS_OF)
    assert most_counted(standing, _INDEX, _POLICY) == most


def test_the_most_is_reckoned_without_the_model_where_nothing_can_move(monkeypatch):
    monkeypatch.setattr(module, "make_model", lambda *_: pytest.fail("the model was asked"))
    standing = standing_records((*_ALL[:2], _award(8, 500)), _INDEX, AS_OF)
    assert most_counted(standing, _INDEX, _POLICY) == 900


def test_sums_by_block():
    assert per_block((), _INDEX) == (0, 0, 0, 0)
    given = [_into(1, _RECOGNISED, "B", 50), _into(2, _RECOGNISED, "B", 70)]
    assert per_block([*given, _into(3, _RECOGNISED, "D", 9)], _INDEX) == (0, 120, 0, 9)
    assert still_open(_INDEX, (400, 100, 0, 300), (0, 150, 199, 0)) == (0, 50, 1, 0)
    assert still_open(_INDEX, (399, 300, 200, 100), (0, 1, 0, 0)) == (1, 0, 0, 0)
    assert fill((0, 0, 0, 0), (9, 9, 9, 9), 100, _INDEX) == (0, 0, 0, 0)
    assert fill((100, 300, 200, 50), (30, 100, 0, 90), 250, _INDEX) == (30, 300, 50, 50)
