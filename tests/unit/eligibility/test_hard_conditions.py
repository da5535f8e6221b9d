"""What each hard condition of an agreement says: whether it is met, what was asked and found."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from creditbank.domain.agreements import HardCondition, HardConditionKind
from creditbank.domain.awards import CertificateLevel
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plans import Substitution
from creditbank.domain.snapshots import Appraisal, Membership, Record, Sanction, SanctionLevel
from creditbank.domain.verdicts import ConditionResult, Outcome
from creditbank.eligibility import evaluate_articulation
from tests.unit.eligibility.learners import make_plan, make_policy
from tests.unit.eligibility.test_articulation import (
    _AGREEMENT,
    _CORE,
    _DUE,
    _certificate,
    _courses,
    _judge,
    _learner,
)

_KIND = HardConditionKind
_ONE_DAY = timedelta(days=1)
_ENTRY = date(2023, 9, 1)


def _verdict(kind, threshold="", *, day=_DUE, **facts):
    agreement = replace(_AGREEMENT, hard_conditions=(HardCondition(kind, threshold),))
    return _judge(_learner(**facts), day, agreement)


def _result(kind, threshold="", *, day=_DUE, **facts) -> ConditionResult:
    (found,) = _verdict(kind, threshold, day=day, **facts).conditions
    return found


@pytest.mark.parametrize(
    ("memberships", "met", "found"),
    [
        ([Membership(7, _ENTRY)], True, "2023-09-01"),
        ([Membership(7, _ENTRY - _ONE_DAY)], True, "2023-08-31"),
        ([Membership(7, date(2024, 1, 31))], True, "2024-01-31"),
        ([Membership(7, date(2024, 2, 1))], False, "2024-02-01"),
        ([], False, ""),
        ([Membership(8, _ENTRY)], False, ""),
        ([Membership(7, _ENTRY, _DUE + _ONE_DAY)], True, "2023-09-01/2026-03-11"),
        ([Membership(7, _ENTRY, _DUE)], False, "2023-09-01/2026-03-10"),
        ([Membership(7, _DUE)], False, "2026-03-10"),
        ([Membership(7, _DUE + _ONE_DAY)], False, ""),
        # A place corrected on the day it was given: the one that goes on is the latest.
        ([Membership(7, _ENTRY), Membership(7, _ENTRY, _ENTRY)], False, "2023-09-01"),
        ([Membership(7, _ENTRY, _DUE), Membership(7, _ENTRY)], False, "2023-09-01"),
    ],
)
def test_the_class_since_entry(memberships, met, found):
    assert _result(_KIND.IN_CLASS_SINCE_ENTRY, memberships=tuple(memberships)) == ConditionResult(
        "in_class_since_entry", met, "since_entry", found
    )


def test_who_came_before_the_term_of_entry_has_been_there_since():
    early = _learner().memberships[0]
    found = _result(
        _KIND.IN_CLASS_SINCE_ENTRY,
        entered_on=date(2023, 9, 1),
        memberships=(replace(early, joined_on=date(2023, 6, 1)),),
    )
    assert found.met


@pytest.mark.parametrize(
    ("day", "ended"),
    [(date(2026, 3, 9), False), (date(2026, 3, 10), True), (date(2026, 3, 11), True)],
)
def test_a_class_is_left_on_its_day(day, ended):
    left = (Membership(7, _ENTRY, date(2026, 3, 10)),)
    outcome = _verdict(_KIND.IN_CLASS_SINCE_ENTRY, day=day, memberships=left).outcome
    assert (outcome is Outcome.ENDED) is ended


@pytest.mark.parametrize(("missing", "found"), [((), ()), (_CORE[:1], _CORE[:1])])
def test_core_courses_that_are_missing_are_counted_and_named(missing, found):
    assert _result(_KIND.NO_FAILED_CORE, records=_courses(without=missing)) == ConditionResult(
        "no_failed_core", not found, "0", str(len(found)), tuple(found)
    )


@pytest.mark.parametrize(
    ("sanctions", "threshold", "met", "found"),
    [
        ([], "3", True, ""),
        ([Sanction(SanctionLevel.DEMERIT, _DUE)], "3", False, "3"),
        ([Sanction(SanctionLevel.DEMERIT, _DUE + _ONE_DAY)], "3", True, ""),
        ([Sanction(SanctionLevel.DEMERIT, _ENTRY, _DUE)], "3", True, ""),
        ([Sanction(SanctionLevel.DEMERIT, _ENTRY, _DUE + _ONE_DAY)], "3", False, "3"),
        ([Sanction(SanctionLevel.SERIOUS_WARNING, _ENTRY)], "3", True, "2"),
        ([Sanction(SanctionLevel.SERIOUS_WARNING, _ENTRY)], "2", False, "2"),
        ([Sanction(level, _ENTRY) for level in SanctionLevel], "3", False, "5"),
    ],
)
def test_the_worst_sanction_in_force_is_held_against_the_threshold(
    sanctions, threshold, met, found
):
    assert _result(_KIND.NO_SANCTION, threshold, sanctions=tuple(sanctions)) == ConditionResult(
        "no_sanction", met, threshold, found
    )


@pytest.mark.parametrize(
    ("threshold", "result", "started", "met", "found"),
    [
        ("started", Appraisal.PENDING, False, False, "not_started"),
        ("started", Appraisal.PENDING, True, True, "started"),
        ("started", Appraisal.PASSED, False, True, "passed"),
        ("started", Appraisal.FAILED, True, False, "failed"),
        ("passed", Appraisal.PENDING, False, False, "not_started"),
        ("passed", Appraisal.PENDING, True, False, "started"),
        ("passed", Appraisal.PASSED, True, True, "passed"),
        ("passed", Appraisal.FAILED, True, False, "failed"),
    ],
)
def test_an_internship_is_started_or_passed(threshold, result, started, met, found):
    assert _result(
        _KIND.INTERNSHIP, threshold, internship=result, internship_started=started
    ) == ConditionResult("internship", met, threshold, found)


_LEVELS = ("none", "elementary", "intermediate", "advanced")


@pytest.mark.parametrize("asked", _LEVELS[1:])
@pytest.mark.parametrize("held", _LEVELS)
def test_the_highest_certificate_is_held_against_what_is_asked(held, asked):
    levels = [CertificateLevel(level if level != "none" else "") for level in _LEVELS]
    wanted = levels[_LEVELS.index(held)]
    records = tuple(
        _certificate(certificate_level=level, ledger_seq=900 + number)
        for number, level in enumerate(levels[: levels.index(wanted) + 1])
    )
    for order in (records, records[::-1]):
        assert _result(_KIND.CERTIFICATE, asked, records=order) == ConditionResult(
            "certificate", _LEVELS.index(held) >= _LEVELS.index(asked), asked, wanted.value
        )


@pytest.mark.parametrize(
    ("changes", "met"),
    [
        ({"valid_until": _DUE}, True),
        ({"valid_until": _DUE - _ONE_DAY}, False),
        ({"kind": EntryKind.COMPETITION}, False),
        ({"category": "general_certificate"}, False),
    ],
)
def test_only_a_valid_skill_certificate_does(changes, met):
    found = _result(_KIND.CERTIFICATE, "intermediate", records=(_certificate(**changes),))
    assert found.met is met


@pytest.mark.parametrize(
    ("share", "not_passed", "asked", "lacking"),
    [("90", 400, 900, 200), ("70", 400, 700, 0), ("33", 401, 331, 0), ("100", 101, 701, 1)],
)
def test_credits_to_date_are_a_share_of_the_plan_rounded_up(share, not_passed, asked, lacking):
    """600 are earned by a course and 100 recognised; of the plan 600 and what is not passed."""
    blocks = (("A", 2000, Substitution.NONE),)
    plan = make_plan(blocks, (("A", 600, ()), ("A", not_passed, ())), 2000)
    records = (
        Record(1, EntryKind.COURSE, 600, _ENTRY, "课", "C00"),
        Record(2, EntryKind.RECOGNITION, 100, _ENTRY, "认定", block_code="A"),
    )
    conditions = (
        HardCondition(_KIND.CREDITS_TO_DATE, share),
        HardCondition(_KIND.EXAM_REGISTRATION),
    )
    for order in (conditions, conditions[::-1]):
        agreement = replace(_AGREEMENT, hard_conditions=order)
        learner = _learner(records=records)
        verdict = evaluate_articulation(learner, agreement, plan, make_policy(), _DUE)
        found = {item.code: item for item in verdict.conditions}["credits_to_date"]
        assert found == ConditionResult("credits_to_date", not lacking, str(asked), "700")
        assert (verdict.required_units, verdict.shortfall_units) == (asked, lacking)


def test_without_a_share_the_whole_plan_to_date_is_said():
    plan = make_plan((("A", 2000, Substitution.NONE),), (("A", 600, ()), ("A", 400, ())), 2000)
    agreement = replace(_AGREEMENT, hard_conditions=(HardCondition(_KIND.MEDICAL_CHECK),))
    learner = _learner(records=(Record(1, EntryKind.COURSE, 600, _ENTRY, "课", "C00"),))
    verdict = evaluate_articulation(learner, agreement, plan, make_policy(), _DUE)
    assert (verdict.required_units, verdict.shortfall_units) == (1000, 400)


def test_only_what_is_judged_at_all_times_makes_behind_before_the_day():
    for conduct, outcome in (
        (Appraisal.FAILED, Outcome.BEHIND),
        (Appraisal.PENDING, Outcome.ON_TRACK),
        (Appraisal.PASSED, Outcome.ON_TRACK),
    ):
        assert _verdict(_KIND.CONDUCT, day=date(2025, 3, 10), conduct=conduct).outcome is outcome
    early = _verdict(_KIND.MEDICAL_CHECK, day=date(2025, 3, 10), conduct=Appraisal.FAILED,
                     attestations=())  # fmt: skip
    assert early.outcome is Outcome.ON_TRACK


def test_a_dispute_that_credits_to_date_hang_on_asks_for_a_review():
    records = tuple(replace(record, disputed=True) for record in _courses())
    verdict = _verdict(_KIND.CREDITS_TO_DATE, "90", records=records)
    assert verdict.outcome is Outcome.NEEDS_REVIEW


@pytest.mark.parametrize(
    ("years", "due"), [(25, date(2025, 9, 1)), (26, date(2026, 2, 1)), (30, date(2026, 2, 1))]
)
def test_the_first_stage_ends_with_the_semester_that_completes_its_years(years, due):
    agreement = replace(_AGREEMENT, pre_years_tenths=years)
    assert _judge(_learner(), due - _ONE_DAY, agreement).outcome is Outcome.ON_TRACK
    assert _judge(_learner(), due, agreement).outcome is Outcome.QUALIFIED
