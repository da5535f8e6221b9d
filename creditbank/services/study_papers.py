"""成绩单, 对账单, 毕业资格审核表 and 学习证明 issued from the books, for learners or a class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import OPEN_STATUSES, EnrolmentStatus
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.papers import PaperContent, PaperKind
from creditbank.domain.permissions import Action
from creditbank.services.audit_contents import class_audit, grad_audit
from creditbank.services.paper_commands import IssueClassAudit, IssuedPapers, IssueStudyPapers
from creditbank.services.papers import (
    AskedPaper,
    PaperSource,
    check_count,
    check_statuses,
    issue_all,
    subjects_at_school,
)
from creditbank.services.study_books import StudyBooks, read_study_books
from creditbank.services.transcript_contents import (
    bilingual_transcript,
    credit_statement,
    study_certificate,
    transcript,
)
from creditbank.store.learner_keys import learner_keys
from creditbank.store.papers import subjects_of
from creditbank.store.study_books import class_enrolments
from creditbank.store.unit_of_work import UnitOfWork

CLASS_MAX = 200
"""Learners on one list of a class."""
_FINISHED = frozenset({EnrolmentStatus.GRADUATED, EnrolmentStatus.COMPLETED})
_AUDITED = OPEN_STATUSES | _FINISHED
_LEFT = frozenset(EnrolmentStatus) - OPEN_STATUSES - {
    EnrolmentStatus.GRADUATED, EnrolmentStatus.DECEASED,
}  # fmt: skip
_ALLOWED: Mapping[PaperKind, frozenset[EnrolmentStatus]] = {
    PaperKind.GRAD_AUDIT: _AUDITED,
    PaperKind.STUDY_CERTIFICATE: _LEFT,
}
"""Of the other kinds anybody gets one who was ever at the school."""


def issue_study_papers(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueStudyPapers,
    *,
    site: str,
    idempotency_key: str,
    now: datetime,
) -> IssuedPapers:
    """A paper of one kind for each learner, or none for anybody. site: of the page to verify.

    Who has one that says the very same, set with the same layout, keeps it. Raises NotFoundError,
    ForbiddenError, BusyError, EvaluationQuarantinedError or InvalidInputError (nobody, too many,
    who is in no position for that kind).
    """
    decide(actor, Action.ISSUE_PAPER)
    check_count(len(command.learner_ids))
    content_of = _CONTENTS.get(command.kind)
    if content_of is None:
        raise refused(_OTHER_KIND)

    def asked() -> list[AskedPaper]:
        subjects = subjects_at_school(uow, actor, command.learner_ids, now=now)
        check_statuses(
            subjects,
            _ALLOWED.get(command.kind, frozenset(EnrolmentStatus)),
            _PROBLEMS[command.kind],
        )
        return [
            AskedPaper(
                books.subject,
                content_of(uow, books, actor.display_name),
                sources=(_source(books, is_judged=command.kind is PaperKind.GRAD_AUDIT),),
            )
            for books in read_study_books(uow, subjects, now=now)
        ]

    return issue_all(uow, actor, command, asked, (site, idempotency_key, now))


def issue_class_audit(
    uow: UnitOfWork,
    actor: Actor,
    command: IssueClassAudit,
    *,
    site: str,
    idempotency_key: str,
    now: datetime,
) -> IssuedPapers:
    """毕业资格审核汇总表: everybody of a class who is enrolled or has finished, by student number.

    Raises NotFoundError where the school has no such class, and as issue_study_papers.
    """
    decide(actor, Action.ISSUE_PAPER)

    def asked() -> list[AskedPaper]:
        place = (actor.institution_id or 0, command.class_name, command.entry_year)
        found = class_enrolments(uow.connection, *place, most=CLASS_MAX + 1)
        if not found:
            raise NotFoundError
        if len(found) > CLASS_MAX:
            raise refused(_CLASS_TOO_LARGE)
        keys = learner_keys(uow.connection, [one for one, _ in found], as_of=local_date(now))
        for learner_id, _ in found:
            decide(actor, Action.ISSUE_PAPER, keys[learner_id])
        subjects = subjects_of(uow.connection, [number for _, number in found])
        books = read_study_books(uow, [subjects[number] for _, number in found], now=now)
        content = class_audit(
            uow, books, handler=actor.display_name, class_name=command.class_name,
            entry_year=command.entry_year,
        )  # fmt: skip
        sources = tuple(_source(item, is_judged=True) for item in books)
        return [AskedPaper(books[0].subject, content, sources=sources)]

    return issue_all(uow, actor, command, asked, (site, idempotency_key, now))


def _source(books: StudyBooks, *, is_judged: bool) -> PaperSource:
    return PaperSource(
        learner_id=books.subject.learner_id,
        enrolment_id=books.subject.enrolment_id,
        ledger_seq=books.ledger_seq,
        outcome=books.graduation.outcome.value if is_judged else "",
    )


_CONTENTS: Mapping[PaperKind, Callable[[UnitOfWork, StudyBooks, str], PaperContent]] = {
    PaperKind.TRANSCRIPT: lambda uow, books, name: transcript(uow, books, handler=name),
    PaperKind.TRANSCRIPT_BILINGUAL: lambda uow, books, name: bilingual_transcript(
        uow, books, handler=name
    ),
    PaperKind.CREDIT_STATEMENT: lambda _uow, books, name: credit_statement(books, handler=name),
    PaperKind.GRAD_AUDIT: lambda uow, books, name: grad_audit(uow, books, handler=name),
    PaperKind.STUDY_CERTIFICATE: lambda uow, books, name: study_certificate(
        uow, books, handler=name
    ),
}


def _not_audited(at: int, student_no: str) -> Problem:
    message = Message(
        f"第{at}名学生(学号{student_no})已离校且没有毕业或结业,没有毕业资格可审核;可签发学习证明。",
        f"Learner {at} (student number {student_no}) has left without finishing: there is nothing"
        " to be audited. A study certificate can be issued.",
    )
    return Problem("not_audited", message, "learner_ids", row=at)


def _not_left(at: int, student_no: str) -> Problem:
    message = Message(
        f"第{at}名学生(学号{student_no})仍在籍或已毕业,不签发学习证明;可签发学籍证明或成绩单。",
        f"Learner {at} (student number {student_no}) is enrolled or has graduated: no study"
        " certificate is issued. A certificate of enrolment or a transcript can be.",
    )
    return Problem("not_left", message, "learner_ids", row=at)


_PROBLEMS: Mapping[PaperKind, Callable[[int, str], Problem]] = dict.fromkeys(
    _CONTENTS, _not_left
) | {PaperKind.GRAD_AUDIT: _not_audited}
_OTHER_KIND = Problem(
    "kind_of_paper",
    Message(
        "这种文件不从账本签发,请选择成绩单、对账单、毕业资格审核表或学习证明。",
        "Papers of this kind are not made from the books: choose a transcript, a statement, a"
        " graduation audit or a study certificate.",
    ),
    field="kind",
)
_CLASS_TOO_LARGE = Problem(
    "class_too_large",
    Message(
        f"该班超过{CLASS_MAX}人,不能列在一张汇总表上;请先核对班级名称,把学生分到实际的班级。",
        f"The class has more than {CLASS_MAX} learners, too many for one list: check its name, and"
        " put the learners into the classes that they are in.",
    ),
    field="class_name",
)
