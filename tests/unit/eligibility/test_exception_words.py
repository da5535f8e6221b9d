"""An exception is told with the verdict: what, by which document, on which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.plan_exceptions import ExceptionKind, PlanException
from creditbank.domain.plans import ConditionKind, Floor, HoursFloor, Plan, Substitution
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


def _verdict(*exceptions: PlanException, plan: Plan = _PLAN):
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
    return evaluate_graduation(learner, plan, make_policy(), AS_OF)


def _exception(kind: ExceptionKind, **said) -> PlanException:
    known = PlanException(kind, "", "", None, None, "因病", "测1号", 7, _DAY)
    return replace(known, **said)


_TITLES: tuple[Any, ...] = (
    {"name": "甲类", "name_en": "Kind A"},
    {"name": "乙类", "name_en": ""},
)
_NAMED = replace(
    _PLAN,
    blocks=tuple(
        replace(block, **titles) for block, titles in zip(_PLAN.blocks, _TITLES, strict=True)
    ),
    conditions=tuple(ConditionKind),
    hours_floors=(HoursFloor("H", "实践学时", "Practice hours", Selector(), 10),),
)


@pytest.mark.parametrize(
    ("item", "zh", "en"),
    [
        (_exception(ExceptionKind.WAIVE, subject="conduct"), "思想品德评价不作要求",
         "the conduct evaluation is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="internship"), "岗位实习不作要求",
         "the internship is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="academic_pass_exams"),
         "学业水平合格性考试不作要求", "passing the academic exams is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="comprehensive_evaluation"),
         "综合素质评价不作要求", "the comprehensive evaluation is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="F"), "本校学分不作要求",
         "Credits earned here is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="H"), "实践学时不作要求",
         "Practice hours is not asked"),
        (_exception(ExceptionKind.WAIVE, subject="B"), "乙类不作要求", "乙类 is not asked"),
        (_exception(ExceptionKind.LOWER, units=650), "总学分的要求降为 6.5 学分",
         "the total asks only 6.5 credits"),
        (_exception(ExceptionKind.LOWER, subject="A"), "甲类的要求降为 0 学分",
         "Kind A asks only 0 credits"),
        (_exception(ExceptionKind.INSERT, subject="C00", block_code="B"), "课程课0可计入乙类",
         "the course 课0 may count in 乙类"),
        (_exception(ExceptionKind.FORCE, ledger_seq=1, block_code="B"), "第 1 号账目只能计入乙类",
         "entry 1 counts in 乙类 or nowhere"),
        (_exception(ExceptionKind.BLOCK, ledger_seq=1, block_code="A"), "第 1 号账目不计入甲类",
         "entry 1 does not count in Kind A"),
        (_exception(ExceptionKind.BLOCK, ledger_seq=1), "第 1 号账目不计入任何模块",
         "entry 1 counts nowhere"),
    ],
)  # fmt: skip
def test_it_says_what_by_which_document_and_when(item, zh, en):
    plan = replace(_NAMED, courses=tuple(replace(course, name="课0") for course in _NAMED.courses))
    verdict = _verdict(item, plan=plan)
    assert exception_sentences(verdict, "zh", plan) == [f"按个人例外决定(测1号,2024-03-01):{zh}。"]
    assert exception_sentences(verdict, "en", plan) == [
        f"By a decision for you (测1号, 2024-03-01), {en}."
    ]
    assert set(exception_sentences(verdict, "zh", plan)) <= set(sentences(verdict, "zh", plan=plan))


def test_without_the_plan_blocks_have_their_names_and_the_rest_its_code():
    waived = [_exception(ExceptionKind.WAIVE, subject=code) for code in ("A", "F")]
    verdict = _verdict(*waived)
    verdict = replace(
        verdict,
        blocks=tuple(
            block._replace(**titles) for block, titles in zip(verdict.blocks, _TITLES, strict=True)
        ),
    )
    assert exception_sentences(verdict, "zh") == [
        "按个人例外决定(测1号,2024-03-01):甲类不作要求。",
        "按个人例外决定(测1号,2024-03-01):F不作要求。",
    ]
    other = replace(verdict, exceptions=(verdict.exceptions[0]._replace(subject="B"),))
    assert exception_sentences(verdict, "en")[0].endswith(", Kind A is not asked.")
    assert exception_sentences(other, "en")[0].endswith(", 乙类 is not asked.")


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
