"""证明与表格: issued under the next number of their register, and taken back; never changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Container, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.errors import (
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.papers import (
    BATCH_MAX,
    KIND_OF,
    PaperContent,
    StatusCertificate,
    document_hash,
    document_of,
    paper_number,
)
from creditbank.domain.permissions import Action
from creditbank.domain.study_papers import ClassAudit
from creditbank.services.change_papers import paper_of_change
from creditbank.services.grounds import check_reason
from creditbank.services.open_changes import visible_change
from creditbank.services.paper_commands import (
    IssueAdvanceForms,
    IssueCertificates,
    IssueChangeForms,
    IssueClassAudit,
    IssuedPapers,
    IssueStudyPapers,
    RevokePaper,
)
from creditbank.services.paper_contents import status_certificate
from creditbank.services.waits import posting
from creditbank.store import papers as rows
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_keys
from creditbank.store.paper_layouts import current_layout
from creditbank.store.papers import PaperSubject
from creditbank.store.policies import policy_for
from creditbank.store.unit_of_work import UnitOfWork

Issue = (
    IssueCertificates | IssueChangeForms | IssueAdvanceForms | IssueStudyPapers | IssueClassAudit
)
_CODE_SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what looks like another: 0 O, 1 I L."""


@dataclass(frozen=True, slots=True)
class AskedPaper:
    """A paper to be issued: about whom, and about which change of theirs if any.

    sources: whose books it was made from, and what it says was judged of each; of a paper about a
    class the subject is any learner of it.
    """

    subject: PaperSubject
    content: PaperContent
    status_change_id: int | None = None
    sources: tuple[PaperSource, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperSource:
    """The books of one learner at one state. outcome: "" where nothing is said of a verdict."""

    learner_id: int
    enrolment_id: int
    ledger_seq: int
    outcome: str = ""


def issue_certificates(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueCertificates,
    *,
    site: str,
    idempotency_key: str,
    now: datetime,
) -> IssuedPapers:
    """A 学籍证明 for each learner, or none for anybody. site: the address of the page to verify.

    Who has one that says the very same keeps it. Raises NotFoundError, ForbiddenError, BusyError or
    InvalidInputError (nobody, too many, who is no longer enrolled).
    """
    decide(actor, Action.ISSUE_PAPER)
    check_count(len(command.learner_ids))

    def asked() -> list[AskedPaper]:
        subjects = subjects_at_school(uow, actor, command.learner_ids, now=now)
        check_statuses(subjects, OPEN_STATUSES, _not_enrolled)
        today = local_date(now)
        policy = policy_for(uow.connection, subjects[0].institution_id, today)
        until = today + timedelta(days=policy.integer("paper.certificate_days"))
        return [
            AskedPaper(
                item, status_certificate(item, handler=actor.display_name, valid_until=until)
            )
            for item in subjects
        ]

    return issue_all(uow, actor, command, asked, (site, idempotency_key, now))


def issue_change_forms(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueChangeForms,
    *,
    site: str,
    idempotency_key: str,
    now: datetime,
) -> IssuedPapers:
    """The 审批表 of each application with what the offices have said so far, or none of any.

    Of a transfer: for the school that is left the 转学申请表, for the receiving one, once the
    learner has arrived, the 学分认定表. Printed again before anything more is said it is the same
    paper. Raises as issue_certificates.
    """
    decide(actor, Action.ISSUE_PAPER)
    check_count(len(command.status_change_ids))
    wanted = dict.fromkeys(command.status_change_ids)
    changes = [visible_change(uow, actor, Action.ISSUE_PAPER, number) for number in wanted]

    def asked() -> list[AskedPaper]:
        return [
            AskedPaper(*paper_of_change(uow, change, actor), change.status_change_id)
            for change in changes
        ]

    return issue_all(uow, actor, command, asked, (site, idempotency_key, now))


def revoke_paper(
    uow: UnitOfWork, actor: Actor, command: RevokePaper, *, idempotency_key: str, now: datetime
) -> IssuedPapers:
    """Take a paper back. Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError."""
    decide(actor, Action.ISSUE_PAPER)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return IssuedPapers(tuple(answer["issued_paper_ids"]))
        found = rows.papers_by(uow.connection, ids=[command.issued_paper_id])
        if not found or found[0].institution_id != actor.institution_id:
            raise NotFoundError
        check_reason(command.reason)
        if found[0].revoked_at is not None:
            raise refused(_REVOKED_ALREADY)
        rows.add_revocation(
            uow.connection,
            {
                "issued_paper_id": command.issued_paper_id,
                "institution_id": found[0].institution_id,
                "reason": command.reason.strip(),
                "revoked_by": actor.account_id,
                "revoked_at": now,
            },
        )
        made = IssuedPapers((command.issued_paper_id,))
        keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
        return made


def issue_all(
    uow: UnitOfWork,
    actor: Actor,
    command: Issue,
    asked: Callable[[], Sequence[AskedPaper]],
    how: tuple[str, str, datetime],
) -> IssuedPapers:
    """These papers once for the key, all or none. how: site, idempotency key, now.

    The caller has decided access. Raises BusyError, and what asked raises.
    """
    site, key, now = how
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, key, hashed)
        if answer is not None:
            return IssuedPapers(tuple(answer["issued_paper_ids"]))
        papers = [_issue(uow, actor, item, site=site, now=now) for item in asked()]
        made = IssuedPapers(tuple(papers))
        keep_answer(uow.connection, actor.account_id, key, hashed, asdict(made), now)
        return made


def _issue(uow: UnitOfWork, actor: Actor, asked: AskedPaper, *, site: str, now: datetime) -> int:
    connection, subject, content = uow.connection, asked.subject, asked.content
    kind = KIND_OF[type(content)]
    document = document_of(content)
    hashed = document_hash(document)
    year = local_date(now).year
    serial = rows.next_serial(connection, subject.institution_id, kind, year)
    values = {
        "institution_id": subject.institution_id,
        "kind": kind.value,
        "content_hash": hashed,
        "paper_layout_id": current_layout(
            connection, subject.institution_id, kind, as_of=local_date(now)
        ),
        **_about(subject, content),
    }
    same = rows.same_paper(connection, values)
    if same is not None:
        return same
    made = rows.add_paper(
        connection,
        {
            **values,
            "year": year,
            "serial": serial,
            "number": paper_number(subject.school_code, year, kind, serial),
            "token": secrets.token_urlsafe(16),
            "code": "-".join(_random_signs() for _ in range(2)),
            "site": site,
            "status_change_id": asked.status_change_id,
            "valid_until": content.valid_until if isinstance(content, StatusCertificate) else None,
            "document": document,
            "issued_by": actor.account_id,
            "issued_at": now,
        },
    )
    if asked.sources:
        same_for_all = {"issued_paper_id": made, "institution_id": subject.institution_id}
        rows.add_sources(connection, [asdict(item) | same_for_all for item in asked.sources])
    return made


def _about(subject: PaperSubject, content: PaperContent) -> dict[str, Any]:
    """One enrolment, or a class."""
    if isinstance(content, ClassAudit):
        place = {"class_name": content.class_name, "entry_year": content.entry_year}
        return {"learner_id": None, "enrolment_id": None, **place}
    return {
        "learner_id": subject.learner_id,
        "enrolment_id": subject.enrolment_id,
        "class_name": None,
        "entry_year": None,
    }


def _random_signs() -> str:
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(4))


def check_count(count: int) -> None:
    """Raise InvalidInputError for nobody, or more than are issued at once."""
    if count == 0:
        raise refused(_NOBODY)
    if count > BATCH_MAX:
        raise refused(_TOO_MANY)


def subjects_at_school(
    uow: UnitOfWork, actor: Actor, learner_ids: Sequence[int], *, now: datetime
) -> list[PaperSubject]:
    """The enrolments at the actor's school, each learner once.

    Raises NotFoundError or ForbiddenError.
    """
    wanted = [*dict.fromkeys(learner_ids)]
    keys = learner_keys(uow.connection, wanted, as_of=local_date(now))
    for learner_id in wanted:
        if learner_id not in keys:
            raise NotFoundError
        decide(actor, Action.ISSUE_PAPER, keys[learner_id])
    enrolments = rows.enrolments_at(uow.connection, wanted, actor.institution_id or 0)
    found = rows.subjects_of(uow.connection, [*enrolments.values()])
    return [found[enrolments[learner_id]] for learner_id in wanted]


def check_statuses(
    subjects: Sequence[PaperSubject],
    allowed: Container[EnrolmentStatus],
    problem: Callable[[int, str], Problem],
) -> None:
    """Raise InvalidInputError with a problem for each row and student number of another status."""
    problems = tuple(
        problem(at, item.student_no)
        for at, item in enumerate(subjects, 1)
        if EnrolmentStatus(item.status) not in allowed
    )
    if problems:
        raise InvalidInputError(problems[0].message, problems=problems)


def _not_enrolled(at: int, student_no: str) -> Problem:
    message = Message(
        f"第{at}名学生(学号{student_no})已不在籍,不能签发学籍证明。",
        f"Learner {at} (student number {student_no}) is no longer enrolled: no certificate of"
        " enrolment can be issued.",
    )
    return Problem("not_enrolled", message, "learner_ids", row=at)


_NOBODY = Problem(
    "nobody_chosen",
    Message("请勾选要签发证明的学生。", "Tick the learners who get a certificate."),
    field="learner_ids",
)
_TOO_MANY = Problem(
    "too_many",
    Message(
        f"一次最多签发{BATCH_MAX}份证明,请分批办理。",
        f"No more than {BATCH_MAX} certificates at once: issue them in parts.",
    ),
    field="learner_ids",
)
_REVOKED_ALREADY = Problem(
    "revoked_already",
    Message("这份文件已经作废。", "This paper has been taken back already."),
)
