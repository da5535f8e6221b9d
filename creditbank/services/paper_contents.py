"""What stands on a paper, in the words of the day on which it is issued."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from creditbank.domain import labels
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.paper_parts import Opinion
from creditbank.domain.papers import ChangeForm, StatusCertificate
from creditbank.domain.status_changes import (
    Application,
    ChangeReason,
    GivenProof,
    Office,
)
from creditbank.store.papers import GivenOpinion, PaperSubject
from creditbank.store.status_changes import KeptChange

_SEXES = {"1": "男", "2": "女"}


def about(subject: PaperSubject, handler: str) -> dict[str, Any]:
    """What stands on every paper: who, and at which school."""
    return {
        "school": subject.school,
        "handler": handler,
        "name": subject.name,
        "sex": _SEXES.get(subject.sex, "未说明"),
        "citizen_id": subject.citizen_id,
        "national_student_no": subject.national_student_no,
    }


def status_certificate(
    subject: PaperSubject, *, handler: str, valid_until: date
) -> StatusCertificate:
    """The 学籍证明 of an enrolment as it is."""
    return StatusCertificate(
        **about(subject, handler),
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        entry_year=subject.entry_year,
        years=subject.years,
        status=labels.STATUSES[EnrolmentStatus(subject.status)][0],
        valid_until=valid_until,
    )


def change_form(
    subject: PaperSubject,
    change: KeptChange,
    opinions: Mapping[Office, GivenOpinion],
    *,
    handler: str,
    plan_name: str,
) -> ChangeForm:
    """The 审批表 of an application as it stands. plan_name: of the plan it leads to, or ""."""
    return ChangeForm(
        **about(subject, handler),
        kind=labels.CHANGE_KINDS[change.what.kind][0],
        student_no=subject.student_no,
        major=subject.major,
        class_name=subject.class_name,
        entry_year=subject.entry_year,
        facts=(("申请日期", chinese_day(change.applied_on)), *_facts(change.what, plan_name)),
        proofs=tuple(map(proof_line, change.what.proofs)),
        opinions=tuple(
            opinion_box(labels.OFFICES[office][0], opinions.get(office))
            for office in change.offices
        ),
    )


def _facts(what: Application, plan_name: str) -> Iterator[tuple[str, str]]:
    """Reason, period and what else an application says, as far as it does."""
    yield "原因", reason_line(what.reason)
    if what.ground is not None:
        yield "理由", labels.GROUNDS[what.ground][0]
    if what.until is not None:
        yield "起止日期", f"{chinese_day(what.takes_effect_on)}至{chinese_day(what.until)}"
    else:
        yield "生效日期", chinese_day(what.takes_effect_on)
    if what.by_school:
        yield "由学校处理", f"一学期旷课{what.absent_hours}课时，连续旷课{what.absent_days}天"
    if plan_name:
        yield "转入专业", plan_name
    if what.class_name:
        yield "转入班级", what.class_name
    if what.note:
        yield "说明", what.note


def reason_line(reason: ChangeReason) -> str:
    """A reason with its code XJYDYY of JY/T 1001."""
    return f"{reason.value} {labels.CHANGE_REASONS[reason][0]}"


def proof_line(proof: GivenProof) -> str:
    """A document in one line."""
    parts = (
        labels.PROOFS[proof.kind][0],
        proof.issuer,
        proof.document_no,
        chinese_day(proof.issued_on),
    )
    return " ".join(part for part in parts if part)


def opinion_box(name: str, given: GivenOpinion | None) -> Opinion:
    """The box of an office; empty while it has not answered."""
    if given is None:
        return Opinion(office=name)
    return Opinion(
        office=name,
        answer="同意" if given.agrees else "不同意",
        words=given.opinion,
        document_no=given.document_no,
        given_by=given.given_by,
        given_on=local_date(given.given_at),
    )


def chinese_day(value: date) -> str:
    """Such as 2028年3月7日."""
    return f"{value.year}年{value.month}月{value.day}日"
