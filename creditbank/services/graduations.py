"""Decisions that freeze a positive verdict: graduation approved, qualification confirmed.

A decision is never edited. It is taken back by a withdrawal with its own reason and document; what
later verdicts say against it opens a review (services.reviews), nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.advance_moves import Proposal, obstacle
from creditbank.domain.advance_words import refusal_of
from creditbank.domain.advances import MoveKind
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.decisions import Resolution, is_positive
from creditbank.domain.errors import BusyError, Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import SubjectKind, Verdict
from creditbank.services.commands import (
    ApproveGraduation,
    ConfirmQualification,
    DecidedVerdict,
    WithdrawDecision,
)
from creditbank.services.evaluations import evaluate_and_store
from creditbank.services.grounds import check_document, check_reason
from creditbank.store.advance_standings import open_book
from creditbank.store.advances import has_later_moves, tell_of_moves
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.reviews import (
    head_verdict_id,
    insert_decision,
    move_facts,
    open_cases_of,
    read_decision,
    resolve_case,
    standing_decision,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.store.verdicts import Finding

Freeze = ApproveGraduation | ConfirmQualification


def approve_graduation(
    uow: UnitOfWork,
    actor: Actor,
    command: ApproveGraduation,
    *,
    idempotency_key: str,
    now: datetime,
) -> DecidedVerdict:
    """Freeze the graduation verdict as it stands at this moment, if it is positive.

    Raises NotFoundError, ForbiddenError or InvalidInputError (no positive verdict, decided already,
    no document number); then nothing was decided.
    """
    decide(actor, Action.APPROVE_GRADUATION, learner_key(
        uow.connection, command.learner_id, as_of=local_date(now)
    ))  # fmt: skip
    return _freeze(uow, actor, command, SubjectKind.GRADUATION, key=idempotency_key, now=now)


def confirm_qualification(
    uow: UnitOfWork,
    actor: Actor,
    command: ConfirmQualification,
    *,
    idempotency_key: str,
    now: datetime,
) -> DecidedVerdict:
    """Freeze the verdict on the advance under one agreement, if it is positive; else as above."""
    decide(actor, Action.CONFIRM_QUALIFICATION, learner_key(
        uow.connection, command.learner_id, as_of=local_date(now)
    ))  # fmt: skip
    return _freeze(uow, actor, command, SubjectKind.ARTICULATION, key=idempotency_key, now=now)


def withdraw_decision(
    uow: UnitOfWork,
    actor: Actor,
    command: WithdrawDecision,
    *,
    idempotency_key: str,
    now: datetime,
) -> DecidedVerdict:
    """Take a standing decision of the actor's own school back; open reviews of it are closed.

    Raises NotFoundError, ForbiddenError or InvalidInputError (withdrawn already, a withdrawal
    itself, no reason, no document number).
    """
    decide(actor, Action.WITHDRAW_DECISION)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return replace(DecidedVerdict(**answer), replayed=True)
    found = read_decision(uow.connection, command.decision_id)
    if found is None or found["institution_id"] != actor.institution_id:
        raise NotFoundError
    learner_id: int = found["learner_id"]
    decide(actor, Action.WITHDRAW_DECISION, learner_key(
        uow.connection, learner_id, as_of=local_date(now)
    ))  # fmt: skip
    check_reason(command.reason)
    _check_document(command.document_no)
    lock_head(uow.connection, learner_id)
    found = read_decision(uow.connection, command.decision_id)
    if found is None or not found["stands"]:
        raise refused(_NOT_STANDING)
    if found["subject_kind"] == SubjectKind.ARTICULATION.value and has_later_moves(
        uow.connection, found["enrolment_id"], found["subject_id"]
    ):
        raise refused(_LATER_MOVES)
    row = {
        name: found[name]
        for name in (
            "institution_id", "learner_id", "enrolment_id", "subject_kind", "subject_id",
            "verdict_id",
        )
    } | {
        "withdraws_id": command.decision_id,
        "reason": command.reason.strip(),
        "document_no": command.document_no,
        "decided_on": local_date(now),
        "decided_by": actor.account_id,
        "decided_at": now,
    }  # fmt: skip
    for review_case_id in open_cases_of(uow.connection, command.decision_id):
        resolve_case(
            uow.connection,
            {
                "review_case_id": review_case_id,
                "institution_id": found["institution_id"],
                "resolution": Resolution.WITHDRAWN.value,
                "reason": command.reason.strip(),
                "resolved_by": actor.account_id,
                "resolved_at": now,
            },
        )
    decided = _insert(uow, row, now=now)
    if found["subject_kind"] == SubjectKind.ARTICULATION.value:
        tell_of_decisions(uow, [decided.decision_id], by=actor.account_id, now=now)
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(decided), now)
    return decided


def _freeze(
    uow: UnitOfWork,
    actor: Actor,
    command: Freeze,
    kind: SubjectKind,
    *,
    key: str,
    now: datetime,
) -> DecidedVerdict:
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, key, hashed)
    if answer is not None:
        return replace(DecidedVerdict(**answer), replayed=True)
    decided = freeze(uow, actor, command, kind, now=now)
    if kind is SubjectKind.ARTICULATION:
        tell_of_decisions(uow, [decided.decision_id], by=actor.account_id, now=now)
    keep_answer(uow.connection, actor.account_id, key, hashed, asdict(decided), now)
    return decided


def freeze(
    uow: UnitOfWork,
    actor: Actor,
    command: Freeze,
    kind: SubjectKind,
    *,
    now: datetime,
    findings: Sequence[Finding] | None = None,
) -> DecidedVerdict:
    """Decide on one learner, for whoever has decided access, answers for the key and tells of it.

    findings: of the learner at this moment, by whoever holds the lock of the head and has looked at
    the stage; None to evaluate and look here.
    Raises as approve_graduation does.
    """
    _check_document(command.document_no)
    # From here nothing can be posted to the learner, and no fact can change, until this is decided.
    lock_head(uow.connection, command.learner_id)
    with uow.everywhere():
        found = findings or evaluate_and_store(uow, command.learner_id, now=now)
        finding = _chosen(found, actor, kind, command)
        verdict_id = head_verdict_id(uow.connection, finding)
    if verdict_id is None:
        raise BusyError(_MOVED_ON)
    verdict = finding.verdict
    if standing_decision(
        uow.connection, verdict.enrolment_id, kind.value, verdict.subject_id
    ):  # fmt: skip
        raise refused(_DECIDED_ALREADY)
    if kind is SubjectKind.ARTICULATION and not findings:
        _check_stage(uow, actor, verdict, command, local_date(now))
    row = {
        "institution_id": finding.institution_id,
        "learner_id": verdict.learner_id,
        "enrolment_id": verdict.enrolment_id,
        "subject_kind": kind.value,
        "subject_id": verdict.subject_id,
        "verdict_id": verdict_id,
        "withdraws_id": None,
        "reason": "",
        "document_no": command.document_no,
        "decided_on": local_date(now),
        "decided_by": actor.account_id,
        "decided_at": now,
    }
    return _insert(uow, row, now=now)


def _chosen(
    findings: Sequence[Finding], actor: Actor, kind: SubjectKind, command: Freeze
) -> Finding:
    """The positive verdict on the actor's own enrolment. InvalidInputError when there is none."""
    wanted = command.agreement_id if isinstance(command, ConfirmQualification) else None
    for finding in findings:
        verdict = finding.verdict
        if (
            verdict.subject_kind is kind
            and finding.institution_id == actor.institution_id
            and wanted in {None, verdict.subject_id}
            and is_positive(verdict)
        ):
            return finding
    raise refused(_NOT_POSITIVE)


def _check_stage(
    uow: UnitOfWork, actor: Actor, verdict: Verdict, command: Freeze, today: date
) -> None:
    """Whether the advance has come to the qualification, and nobody has given it up."""
    book = open_book(uow, verdict.subject_id, today=today)
    assert book is not None  # noqa: S101 (the verdict is on it)
    (known,) = book.known(enrolment_ids=[verdict.enrolment_id])
    asked = Proposal(
        kind=MoveKind.QUALIFY,
        role=actor.role,
        decided_on=today,
        document_no=command.document_no,
    )
    found = obstacle(known.standing, book.rules(), asked)
    if found is not None:
        raise refused(refusal_of(found, known.standing.stage))


def _insert(uow: UnitOfWork, row: dict[str, Any], *, now: datetime) -> DecidedVerdict:
    decision_id = insert_decision(uow.connection, row)
    cause = Cause(CauseKind.DECISION, str(decision_id))
    move_facts(uow.connection, row["learner_id"], cause=str(cause), now=now)
    shown = {
        name: row[name]
        for name in (
            "learner_id", "enrolment_id", "subject_kind", "subject_id", "verdict_id",
            "document_no", "withdraws_id",
        )
    }  # fmt: skip
    return DecidedVerdict(
        decision_id=decision_id,
        decided_on=local_date(now).isoformat(),
        **shown,
    )


def tell_of_decisions(
    uow: UnitOfWork, decision_ids: Sequence[int], *, by: int, now: datetime
) -> None:
    """Of qualifications confirmed or taken back together: each family, and the school once."""
    tell_of_moves(uow.connection, [], decision_ids, to_college=False, by=by, now=now)


def _check_document(document_no: str) -> None:
    check_document(document_no)


_NOT_POSITIVE = Problem(
    "not_eligible",
    Message(
        "该学生目前的结论未达标,不能作出这项决定;请先查看结论所缺的条件。",
        "The verdict at this moment is not positive, nothing was decided; see what it lacks.",
    ),
    field="learner_id",
)
_DECIDED_ALREADY = Problem(
    "decided_already",
    Message(
        "已经作出过这项决定;如需更改,请先撤销。",
        "This has been decided already; withdraw that decision to change it.",
    ),
    field="learner_id",
)
_NOT_STANDING = Problem(
    "not_standing",
    Message(
        "这项决定已被撤销,或本身是一项撤销。",
        "This decision was withdrawn already, or is a withdrawal itself.",
    ),
    field="decision_id",
)
_LATER_MOVES = Problem(
    "later_moves",
    Message(
        "这项资格之后已有过程考核等步骤;请先逐步撤回,或作出取消资格的决定。",
        "Later steps of the advance rest on this qualification: take them back one by one first, or"
        " disqualify.",
    ),
    field="decision_id",
)
_MOVED_ON = Message(
    "该学生的结论刚刚发生变化,本次没有作出决定;请稍后重试。",
    "The verdict has just changed; nothing was decided; try again.",
)
