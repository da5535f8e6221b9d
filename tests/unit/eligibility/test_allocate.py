"""Credits to date: the most that can count, which the way to graduation need not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Floor, Substitution
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record
from creditbank.eligibility.allocate import allocate, most_counted
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.standing import standing_records
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy


@pytest.mark.parametrize(("units_max", "most"), [(300, 400), (None, 400)])
def test_the_most_counts_where_a_maximum_cuts_nothing_off(units_max, most):
    plan = make_plan(
        (("A", 300, Substitution.NONE), ("B", 0, Substitution.NONE)), (("A", 400, ("B",)),), 300
    )
    first, second = plan.blocks
    plan = replace(plan, blocks=(replace(first, units_max=units_max), second))
    record = Record(1, EntryKind.COURSE, 400, date(2024, 1, 1), "课", "C00")
    index = index_for(plan, (), AS_OF)
    standing = standing_records((record,), index, AS_OF)
    found = allocate(standing, index, make_policy())
    assert (found.shortfall, found.counted) == (0, units_max or 400)
    assert most_counted(standing, index, make_policy()) == most


@pytest.mark.parametrize(("asked", "counted"), [(0, 300), (5000, 400)])
def test_the_most_counts_also_where_blocks_and_floors_ask_more_than_there_is(asked, counted):
    plan = make_plan(
        (("A", 1000, Substitution.NONE), ("B", 0, Substitution.NONE)), (("A", 400, ("B",)),), 300
    )
    first, second = plan.blocks
    floor = Floor("F", "本校", "Here", Selector(), asked)
    plan = replace(plan, blocks=(replace(first, units_max=300), second), floors=(floor,))
    index = index_for(plan, (), AS_OF)
    record = Record(1, EntryKind.COURSE, 400, date(2024, 1, 1), "课", "C00")
    standing = standing_records((record,), index, AS_OF)
    assert allocate(standing, index, make_policy()).counted == counted
    assert most_counted(standing, index, make_policy()) == 400
