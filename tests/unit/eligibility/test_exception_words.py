"""An exception is told with the verdict: what, by which document, on which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import Floor, Substitution
from creditbank.domain.selectors import Selector
from creditbank.domain.snapshots import Record, Snapshot
from creditbank.domain.verdicts import Outcome
from creditbank.eligibility import (
    evaluate_graduation,
    findings_hash,
    sentences,
    verdict_from_dict,
    verdict_to_dict,
)
from creditbank.eligibility.exception_words import exception_sentences
from tests.unit.eligibility.learners import AS_OF, make_plan, make_policy

_DAY = date(2024, 3, 1)
_BASE = make_plan(
    (("A", 400, Substitution.NONE), ("B", 300, Substitution.NONE)),
    (("A", 400, ()), ("B", 300, ())),
    700,
)
_PLAN = replace(_BASE, floors=(Floor("F", "本校学分", "Credits earned here", Selector(), 100),))


def _verdict(*exceptions: PlanException):
    learner = Snapshot(
        learner_id=1,
        enrolment_id=1,
        institution_id=1,
        ledger_seq=1,
        facts_seq=0,
        status=EnrolmentStatus.STUDYING,
        entered_on=date(2023, 9, 1),
        entry_year=2023,
        suspended_semesters=0,
        records=(Record(1, EntryKind.COURSE, 400, _DAY, "课", "C00"),),
        exceptions=exceptions,
    )
    return evaluate_graduation(learner, _PLAN, make_policy(), AS_OF)


def _exception(kind: ExceptionKind, **said) -> PlanException:
    known = PlanException(kind, "", "", None, None, "因病", "测1号", 7, _DAY)
    return replace(known, **said)


@pytest.mark.parametrize(
    ("item", "zh", "en"),
    [
        (_exception(ExceptionKind.WAIVE, subject="conduct"), "思想品德评价不作要求",
         "the conduct evaluation is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="F"), "本校学分不作要求",
         "Credits earned here is not asked"),
        (_exception(ExceptionKind.LOWER, units=650), "总学分的要求降为 6.5 学分",
         "the total asks only 6.5 credits"),
        (_exception(ExceptionKind.INSERT, subject="C00", block_code="B"), "可计入", "may count in"),
        (_exception(ExceptionKind.FORCE, ledger_seq=1, block_code="B"), "第 1 号账目只能计入",
         "entry 1 counts in"),
        (_exception(ExceptionKind.BLOCK, ledger_seq=1, block_code="A"), "第 1 号账目不计入",
         "entry 1 does not count in"),
        (_exception(ExceptionKind.BLOCK, ledger_seq=1), "第 1 号账目不计入任何模块",
         "entry 1 counts nowhere"),
    ],
)  # fmt: skip
def test_it_says_what_by_which_document_and_when(item, zh, en):
    verdict = _verdict(item)
    (chinese,) = exception_sentences(verdict, "zh", _PLAN)
    (english,) = exception_sentences(verdict, "en", _PLAN)
    assert zh in chinese
    assert en in english
    assert all("测1号" in said and "2024-03-01" in said for said in (chinese, english))
    assert chinese in sentences(verdict, "zh", plan=_PLAN)
    assert "因病" not in chinese


def test_without_the_plan_blocks_have_their_names_and_the_rest_its_code():
    waived = [_exception(ExceptionKind.WAIVE, subject=code) for code in ("A", "F")]
    verdict = _verdict(*waived)
    name = next(block.name for block in verdict.blocks if block.code == "A")
    block, floor = exception_sentences(verdict, "zh")
    assert f"{name}不作要求" in block
    assert "F不作要求" in floor


def test_a_stored_verdict_tells_them_again():
    verdict = _verdict(
        _exception(ExceptionKind.LOWER, subject="A", units=100),
        _exception(ExceptionKind.BLOCK, ledger_seq=1, block_code="B"),
    )
    assert len(verdict.exceptions) == 2
    assert verdict_from_dict(verdict_to_dict(verdict)) == verdict


def test_a_verdict_without_any_says_what_it_said_before_there_were_any():
    found = verdict_to_dict(_verdict())
    assert "exceptions" not in found
    later = _exception(ExceptionKind.WAIVE, subject="A", decided_on=date(2999, 1, 1))
    unknown = _exception(ExceptionKind.WAIVE, subject="Z")
    nowhere = _exception(ExceptionKind.INSERT, subject="C9", block_code="Z", units=100)
    other = verdict_to_dict(_verdict(later, unknown, nowhere))
    assert findings_hash(other) == findings_hash(found)


def test_an_exception_that_changes_no_number_is_told_all_the_same():
    plain, told = _verdict(), _verdict(_exception(ExceptionKind.LOWER, subject="A", units=400))
    assert told.blocks == plain.blocks
    assert findings_hash(verdict_to_dict(told)) != findings_hash(verdict_to_dict(plain))
    assert told.outcome is plain.outcome is Outcome.NOT_YET
