"""What the caps of policy leave of awards, and how much of one may still be used by approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Placement, Use
from creditbank.eligibility import units_to_substitute
from creditbank.eligibility.plan_index import index_for
from creditbank.eligibility.standing import standing_records
from creditbank.eligibility.usable import (
    career_cap,
    category_cap,
    cut_awards,
    substitution_cap,
)
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_DAY = date(2024, 1, 1)
_PLAN = make_plan(
    (
        ("A", 400, Substitution.NONE),
        ("B", 600, Substitution.AUTOMATIC),
        ("C", 400, Substitution.APPROVED),
    ),
    (("A", 400, ()), ("B", 200, ()), ("C", 200, ())),
    1400,
)


def _award(seq, units, category="competition", **changes) -> Record:
    kind = EntryKind.COMPETITION if category == "competition" else EntryKind.INNOVATION
    award = Record(seq, kind, units, _DAY + timedelta(days=seq), "赛", category=category)
    return replace(award, **changes)


def _approved(seq, units) -> Record:
    return Record(seq, EntryKind.SUBSTITUTION, units, _DAY, "入", block_code="C")


def _usable(*records, **policy):
    index = index_for(_PLAN, (), AS_OF)
    standing = standing_records(records, index, AS_OF)
    return cut_awards(standing, index, make_policy(**policy))


def _kept(*records, **policy) -> list[tuple[int, int]]:
    return [(record.ledger_seq, units) for record, units in _usable(*records, **policy).awards]


_FREE = {"innovation__category_cap__social_practice": 9999, "innovation__career_cap_units": 9999}


@pytest.mark.parametrize(
    ("career", "kept", "capped"),
    [
        (9999, [(1, 300), (2, 200)], []),
        (500, [(1, 300), (2, 200)], []),
        (499, [(1, 300), (2, 199)], [(2, 1)]),
        (300, [(1, 300)], [(2, 200)]),
        (100, [(1, 100)], [(1, 200), (2, 200)]),
        (0, [], [(1, 300), (2, 200)]),
    ],
)
def test_the_career_cap_cuts_the_latest(career, kept, capped):
    found = _usable(_award(1, 300), _award(2, 200), innovation__career_cap_units=career)
    assert [(record.ledger_seq, units) for record, units in found.awards] == kept
    assert found.unused == tuple(Placement(seq, "", units, Use.CAPPED) for seq, units in capped)


def test_a_category_has_a_cap_of_its_own_where_policy_sets_one():
    records = (
        _award(1, 300, "social_practice"), _award(2, 300, "social_practice"),
        _award(3, 300, "patent_utility"),
    )  # fmt: skip
    assert _kept(*records) == [(1, 300), (2, 100), (3, 300)]
    assert _kept(*records, innovation__career_cap_units=600) == [(1, 300), (2, 100), (3, 200)]


def test_a_category_cap_counts_what_was_drawn_from_it():
    drawn = _award(1, 100, "social_practice", drawn_units=250)
    assert _kept(drawn, _award(2, 300, "social_practice"), _approved(3, 250)) == [(1, 100), (2, 50)]


def test_what_stays_of_other_records_is_passed_on():
    course = Record(1, EntryKind.COURSE, 400, _DAY, "C00", "C00")
    recognised = Record(2, EntryKind.RECOGNITION, 100, _DAY, "入", block_code="A")
    lost = Record(3, EntryKind.COURSE, 100, _DAY, "X", "X")
    found = _usable(course, recognised, lost, _approved(4, 50))
    assert (found.courses, found.recognised) == ((course,), (recognised,))
    assert found.approved == (_approved(4, 50),)
    assert found.unused == (Placement(3, "", 100, Use.NOT_IN_PLAN),)


@pytest.mark.parametrize(
    ("cap", "share", "approved", "left"),
    [
        (800, 50, 0, 500),
        (400, 50, 0, 400),
        (800, 50, 200, 300),
        (800, 50, 500, 0),
        (800, 50, 600, 0),
        (800, 33, 0, 330),
        (9999, 100, 0, 1000),
        (800, 0, 0, 0),
    ],
)
def test_substitution_is_capped_by_units_and_by_a_share_of_its_blocks(cap, share, approved, left):
    policy = {"substitution__cap_units": cap, "substitution__share_percent": share}
    records = [_approved(1, approved)] if approved else []
    index = index_for(_PLAN, (), AS_OF)
    standing = standing_records(records, index, AS_OF)
    assert substitution_cap(standing, index, make_policy(**policy)) == left
    awards = (_award(2, 600), _award(3, 600))
    assert _usable(*records, *awards, **_FREE, **policy).award_units == left
    assert _usable(*records, _award(2, 150), **_FREE, **policy).award_units == min(left, 150)


def test_caps_are_what_was_not_drawn_and_never_below_nothing():
    policy = make_policy()
    assert career_cap({}, policy) == 1200
    assert career_cap({"competition": 200, "": 300}, policy) == 700
    assert career_cap({"": 1201}, policy) == 0
    assert category_cap("social_practice", {}, policy) == 400
    assert category_cap("social_practice", {"social_practice": 150, "": 99}, policy) == 250
    assert category_cap("social_practice", {"social_practice": 401}, policy) == 0
    assert category_cap("competition", {}, policy) is None


def _to_substitute(seq, *records, **policy) -> int:
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=99,
        facts_seq=1,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=records,
    )
    return units_to_substitute(learner, _PLAN, make_policy(**policy), AS_OF, seq)


@pytest.mark.parametrize(
    ("records", "policy", "units"),
    [
        ([_award(1, 300)], {}, 300),
        ([_award(2, 300)], {}, 0),
        ([], {}, 0),
        ([_award(1, 300, disputed=True)], {}, 0),
        ([_award(1, 300, valid_until=AS_OF - timedelta(days=1))], {}, 0),
        ([_award(1, 300, event_key="e"), _award(2, 400, event_key="e")], {}, 0),
        ([_award(1, 300)], {"substitution__cap_units": 250}, 250),
        ([_award(1, 300)], {"innovation__career_cap_units": 200}, 200),
        ([_award(1, 300, "volunteering")], {}, 200),
        ([_award(1, 300, "volunteering")], {"innovation__category_cap__volunteering": 350}, 300),
        ([_award(1, 100, drawn_units=200), _approved(2, 200)], {}, 100),
        (
            [_award(1, 100, drawn_units=200), _approved(2, 200)],
            {"innovation__career_cap_units": 250},
            50,
        ),
        ([_award(1, 300), _award(2, 1200)], {}, 300),
    ],
)
def test_how_much_of_an_award_may_still_be_used_by_approval(records, policy, units):
    assert _to_substitute(1, *records, **policy) == units
