"""撤销学期注册: what was recorded together by mistake is taken back whole, or not at all.

The record before each speaks again. Where one was recorded anew since, or the enrolment has ended
on it, nothing is taken back and the row is named.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from creditbank.domain.access import Actor, LearnerKey, decide
from creditbank.domain.errors import (
    ForbiddenError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.permissions import Action
from creditbank.services.grounds import check_reason
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.term_registrations import BatchLine, add_withdrawals, hold_batch
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoTerm:
    """Take back what was recorded together. term_registration_id: of any record of it."""

    term_registration_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class UndoneTerm:
    """How many records were withdrawn; 0 where all of them had been before."""

    count: int


def undo_term(
    uow: UnitOfWork, actor: Actor, command: UndoTerm, *, idempotency_key: str, now: datetime
) -> UndoneTerm:
    """Withdraw a batch, all of it or nothing.

    Raises ForbiddenError, NotFoundError, BusyError, or InvalidInputError: no reason, or a problem
    for each row that something rests on; rows are counted from 1, as they were recorded.
    """
    decide(actor, Action.REGISTER_TERM)
    if actor.institution_id is None:
        raise ForbiddenError
    connection, hashed = uow.connection, request_hash(command)
    with posting():
        answer = earlier_answer(connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return UndoneTerm(**answer)
        lines = hold_batch(connection, actor.institution_id, command.term_registration_id)
        if not lines:
            raise NotFoundError
        for line in lines:
            key = LearnerKey(line.learner_id, frozenset({actor.institution_id}))
            decide(actor, Action.REGISTER_TERM, key)
        check_reason(command.reason)
        standing = [line for line in lines if not line.is_withdrawn]
        problems = _problems(lines)
        if problems:
            raise _refusal(problems)
        add_withdrawals(
            connection,
            [
                {
                    "term_registration_id": line.term_registration_id,
                    "institution_id": actor.institution_id,
                    "reason": command.reason.strip(),
                    "withdrawn_by": actor.account_id,
                    "withdrawn_at": now,
                }
                for line in standing
            ],
        )
        found = UndoneTerm(len(standing))
        keep_answer(connection, actor.account_id, idempotency_key, hashed, asdict(found), now)
    return found


def _problems(lines: list[BatchLine]) -> tuple[Problem, ...]:
    return tuple(
        Problem(code, message, field="enrolment_id", row=row)
        for row, line in enumerate(lines, start=1)
        if not line.is_withdrawn
        for code, message, stands in (
            ("recorded_since", _SINCE, line.is_over),
            ("closed", _CLOSED, not line.is_open),
        )
        if stands
    )


def _refusal(problems: tuple[Problem, ...]) -> InvalidInputError:
    count = len({problem.row for problem in problems})
    return InvalidInputError(
        Message(
            f"有{count}名学生的登记不能撤销,整批没有撤销;请逐行查看原因。",
            f"{count} records cannot be withdrawn, so none was; see the reason of each row.",
        ),
        problems=problems,
    )


_SINCE = Message(
    "该生本学期之后又有登记,请先撤销那一次。",
    "The learner was recorded again since; withdraw that first.",
)
_CLOSED = Message(
    "该生学籍已终止,登记已成为学籍档案的一部分,不能撤销。",
    "The enrolment has ended; the record is part of its file and stays.",
)
