"""What stands on 毕业资格审核表 and on a class's list: the verdict of the day in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from creditbank.domain.credits import credits_text
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.labels import STATUSES
from creditbank.domain.paper_parts import Opinion
from creditbank.domain.study_papers import (
    AuditedBlock,
    AuditedCondition,
    AuditedLearner,
    ClassAudit,
    GradAudit,
)
from creditbank.domain.verdicts import BlockResult, ConditionResult, Outcome
from creditbank.eligibility.condition_words import actual_words, condition_name, required_words
from creditbank.eligibility.exception_words import exception_sentences
from creditbank.services.paper_contents import about, chinese_day
from creditbank.services.study_books import StudyBooks
from creditbank.services.study_words import APPRAISALS, CONCLUSIONS, FINISHED, SANCTIONS
from creditbank.store.study_books import latest_conduct, latest_internship, sanctions_in_force
from creditbank.store.unit_of_work import UnitOfWork

_OWN_LINES = frozenset({"conduct", "internship"})
"""Conditions that stand in a box of their own."""
_OF_LEARNER = ("班主任", "教务科", "分管校长")
_OF_CLASS = ("教务科", "分管校长")
_FULL_WIDTH = str.maketrans("():,", "（）：，")


def grad_audit(uow: UnitOfWork, books: StudyBooks, *, handler: str) -> GradAudit:
    """毕业资格审核表 of one learner."""
    subject, verdict = books.subject, books.graduation
    said = _said(uow, books)
    return GradAudit(
        **about(subject, handler),
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        entry_year=subject.entry_year,
        years=subject.years,
        plan=subject.plan,
        blocks=tuple(map(_block, verdict.blocks)),
        required=credits_text(verdict.required_units),
        counted=credits_text(verdict.counted_units),
        missing=credits_text(verdict.shortfall_units),
        conditions=tuple(
            _condition(item) for item in verdict.conditions if item.code not in _OWN_LINES
        ),
        **said,
        exceptions=tuple(
            sentence.translate(_FULL_WIDTH) for sentence in exception_sentences(verdict, "zh")
        ),
        outcome=verdict.outcome.value,
        conclusion=conclusion(books),
        opinions=tuple(Opinion(office=name) for name in _OF_LEARNER),
    )


def class_audit(
    uow: UnitOfWork,
    learners: Sequence[StudyBooks],
    *,
    handler: str,
    class_name: str,
    entry_year: int,
) -> ClassAudit:
    """毕业资格审核汇总表 of a class, in this order."""
    lines = tuple(_line(uow, books) for books in learners)
    counts = Counter(line.conclusion for line in lines)
    majors = dict.fromkeys(books.subject.major for books in learners)
    return ClassAudit(
        school=learners[0].subject.school,
        handler=handler,
        major="、".join(majors),
        class_name=class_name,
        entry_year=entry_year,
        learners=lines,
        counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        opinions=tuple(Opinion(office=name) for name in _OF_CLASS),
    )


def conclusion(books: StudyBooks) -> str:
    """毕业, 结业 or 延期; of who has left already, as what."""
    verdict = books.graduation
    if verdict.outcome is not Outcome.CLOSED:
        return CONCLUSIONS[verdict.outcome]
    status = EnrolmentStatus(books.subject.status)
    return FINISHED.get(status, STATUSES[status][0])


def _line(uow: UnitOfWork, books: StudyBooks) -> AuditedLearner:
    verdict = books.graduation
    return AuditedLearner(
        student_no=books.subject.student_no,
        name=books.subject.name,
        required=credits_text(verdict.required_units),
        counted=credits_text(verdict.counted_units),
        missing=credits_text(verdict.shortfall_units),
        **_said(uow, books),
        outcome=verdict.outcome.value,
        conclusion=conclusion(books),
    )


def _said(uow: UnitOfWork, books: StudyBooks) -> Mapping[str, str]:
    """思想品德, 实习鉴定 and 处分 as they stand."""
    connection, number = uow.connection, books.subject.enrolment_id
    conduct, internship = latest_conduct(connection, number), latest_internship(connection, number)
    sanctions = [
        f"{SANCTIONS[item.level]}（{chinese_day(item.decided_on)}）"
        for item in sanctions_in_force(connection, number, as_of=books.as_of)
    ]
    return {
        "conduct": APPRAISALS[conduct.result][0] if conduct else "未评价",
        "internship": APPRAISALS[internship.result][0] if internship else "无",
        "sanctions": "、".join(sanctions) or "无",
    }


def _block(block: BlockResult) -> AuditedBlock:
    return AuditedBlock(
        name=block.name,
        required=credits_text(block.required),
        earned=credits_text(block.earned + block.shared),
        substituted=credits_text(block.substituted),
        recognised=credits_text(block.recognised),
        missing=credits_text(block.missing),
    )


def _condition(item: ConditionResult) -> AuditedCondition:
    name = item.name or condition_name(item.code, "zh")
    return AuditedCondition(
        name=name.translate(_FULL_WIDTH),
        required=required_words(item, "zh").translate(_FULL_WIDTH),
        actual=actual_words(item, item.missing_codes, "zh").translate(_FULL_WIDTH),
        met=item.met,
    )
