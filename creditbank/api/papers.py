"""Papers: issued one by one or for a class, printed, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response

from creditbank.api.calls import actor, idempotency_key, now, site, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.errors import BusyError, Message, Problem, refused
from creditbank.domain.papers import PaperKind
from creditbank.domain.permissions import Action
from creditbank.papers.layouts import LayoutError, SettingBusyError
from creditbank.papers.rendering import render
from creditbank.queries.papers import PaperLine, open_papers, paper_line, printed, read_papers
from creditbank.services.advance_forms import issue_advance_forms
from creditbank.services.paper_commands import (
    IssueAdvanceForms,
    IssueCertificates,
    IssueChangeForms,
    IssueClassAudit,
    IssueStudyPapers,
    RevokePaper,
)
from creditbank.services.papers import issue_certificates, issue_change_forms, revoke_paper
from creditbank.services.study_papers import issue_class_audit, issue_study_papers
from creditbank.store.unit_of_work import UnitOfWork
from schemas.papers import (
    AdvanceFormsToIssueSchema,
    ChangeFormSchema,
    ChangeFormsSchema,
    ClassAuditSchema,
    PaperFilesSchema,
    PapersSchema,
    PapersToIssueSchema,
    RevocationSchema,
)

PDF = "application/pdf"
blueprint = Blueprint("papers", "证明与表格 Certificates and forms")


@blueprint.reads(f"/learners/<{ID}:learner_id>/papers", Action.SEE_PAPERS, PapersSchema())
def get_papers(learner_id: int) -> dict[str, tuple[PaperLine, ...]]:
    """该生的证明与表格 Papers that were issued for this learner, the latest first."""
    with unit_of_work() as uow:
        return {"papers": read_papers(uow, actor(), learner_id, now=now())}


@blueprint.writes("/papers", Action.ISSUE_PAPER, PapersToIssueSchema(), PapersSchema())
def post_papers(loaded: dict[str, Any]) -> dict[str, list[PaperLine]]:
    """签发学籍证明、成绩单等,一人或多人;都开或都不开 Papers of one kind, all of them or none.

    kind: status_certificate, transcript, transcript_bilingual, credit_statement, grad_audit or
    study_certificate.
    """
    kind, learner_ids = loaded["kind"], tuple(loaded["learner_ids"])
    how: dict[str, Any] = {"site": site(), "idempotency_key": idempotency_key(), "now": now()}
    with unit_of_work() as uow:
        if kind is PaperKind.STATUS_CERTIFICATE:
            made = issue_certificates(
                uow, actor(), IssueCertificates(learner_ids=learner_ids), **how
            )
        else:
            command = IssueStudyPapers(kind=kind, learner_ids=learner_ids)
            made = issue_study_papers(uow, actor(), command, **how)
        return _lines(uow, made.issued_paper_ids)


@blueprint.writes("/class-audits", Action.ISSUE_PAPER, ClassAuditSchema(), PapersSchema())
def post_class_audit(loaded: dict[str, Any]) -> dict[str, list[PaperLine]]:
    """签发一个班的毕业资格审核汇总表 The graduation audit of a whole class on one paper."""
    command = IssueClassAudit(class_name=loaded["class_name"], entry_year=loaded["entry_year"])
    with unit_of_work() as uow:
        made = issue_class_audit(
            uow, actor(), command, site=site(), idempotency_key=idempotency_key(), now=now()
        )
        return _lines(uow, made.issued_paper_ids)


@blueprint.writes(
    f"/status-changes/<{ID}:status_change_id>/papers",
    Action.ISSUE_PAPER,
    ChangeFormSchema(),
    PapersSchema(),
)
def post_change_form(_loaded: dict[str, Any], status_change_id: int) -> dict[str, list[PaperLine]]:
    """签发异动审批表,按当前各部门意见 The form of a change with what the offices have said."""
    command = IssueChangeForms(status_change_ids=(status_change_id,))
    with unit_of_work() as uow:
        made = issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=idempotency_key(), now=now()
        )
        return _lines(uow, made.issued_paper_ids)


@blueprint.writes("/status-changes/papers", Action.ISSUE_PAPER, ChangeFormsSchema(), PapersSchema())
def post_change_forms(loaded: dict[str, Any]) -> dict[str, list[PaperLine]]:
    """签发多项异动的审批表;都开或都不开 The forms of several changes, all of them or none."""
    command = IssueChangeForms(status_change_ids=tuple(loaded["status_change_ids"]))
    with unit_of_work() as uow:
        made = issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=idempotency_key(), now=now()
        )
        return _lines(uow, made.issued_paper_ids)


@blueprint.writes(
    f"/agreements/<{ID}:agreement_id>/advance-forms/papers",
    Action.ISSUE_PAPER,
    AdvanceFormsToIssueSchema(),
    PapersSchema(),
)
def post_advance_forms(loaded: dict[str, Any], agreement_id: int) -> dict[str, list[PaperLine]]:
    """签发转段资格审核表;都开或都不开 The forms of the advance, all of them or none."""
    command = IssueAdvanceForms(
        agreement_id=agreement_id, enrolment_ids=tuple(loaded["enrolment_ids"])
    )
    with unit_of_work() as uow:
        made = issue_advance_forms(
            uow, actor(), command, site=site(), idempotency_key=idempotency_key(), now=now()
        )
        return _lines(uow, made.issued_paper_ids)


@blueprint.writes(
    f"/papers/<{ID}:issued_paper_id>/revocations",
    Action.ISSUE_PAPER,
    RevocationSchema(),
    PapersSchema(),
)
def post_revocation(loaded: dict[str, Any], issued_paper_id: int) -> dict[str, list[PaperLine]]:
    """作废一份证明或表格 Take a paper back."""
    command = RevokePaper(issued_paper_id=issued_paper_id, reason=loaded["reason"])
    with unit_of_work() as uow:
        made = revoke_paper(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
        return _lines(uow, made.issued_paper_ids)


@blueprint.files(f"/papers/<{ID}:issued_paper_id>/file", Action.SEE_PAPERS, PDF)
def get_paper_file(issued_paper_id: int) -> Response:
    """一份证明或表格的 PDF,每次相同 One paper as PDF, the same bytes each time."""
    return _file([issued_paper_id])


@blueprint.files("/papers/files", Action.SEE_PAPERS, PDF, body=PaperFilesSchema())
def post_paper_files(loaded: dict[str, Any]) -> Response:
    """多份合为一个 PDF Several papers in one PDF."""
    return _file(loaded["issued_paper_ids"])


def _lines(uow: UnitOfWork, issued_paper_ids: Sequence[int]) -> dict[str, list[PaperLine]]:
    found = open_papers(uow, actor(), issued_paper_ids, now=now())
    return {"papers": [paper_line(paper, now=now()) for paper in found]}


def _file(issued_paper_ids: Sequence[int]) -> Response:
    with unit_of_work() as uow:
        found = open_papers(uow, actor(), issued_paper_ids, now=now())
    try:
        pdf = render([printed(paper) for paper in found])
    except SettingBusyError as error:
        raise BusyError(_BUSY) from error
    except LayoutError as error:
        raise refused(_LAYOUT) from error
    return Response(pdf, content_type=PDF)


_BUSY = Message(
    "正在排版其他文件,请稍候再试。", "Other papers are being set; try again in a moment."
)
_LAYOUT = Problem(
    "layout_fault",
    Message(
        "学校自定的版式排不出这份文件,请改正版式,或在网页上用标准版式打开。",
        "The school's own layout does not set this paper: mend it, or open the paper with the"
        " standard layout on its page.",
    ),
)
