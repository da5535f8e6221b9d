"""An application at hand: found, allowed to the actor, its learner locked; and what is answered."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import Message, NotFoundError, Problem
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import key_of
from creditbank.services.status_change_commands import RecordedChange
from creditbank.store.facts import facts_seq
from creditbank.store.idempotency import keep_answer
from creditbank.store.ledger import lock_head
from creditbank.store.status_changes import KeptChange, read_change
from creditbank.store.unit_of_work import UnitOfWork


def open_change(uow: UnitOfWork, actor: Actor, action: Action, status_change_id: int) -> KeptChange:
    """The application as it stands, with its learner locked. Raises NotFoundError, BusyError."""
    found = visible_change(uow, actor, action, status_change_id)
    with uow.everywhere():
        lock_head(uow.connection, found.learner_id)  # all who speak of one application meet here
        locked = read_change(uow.connection, status_change_id)
    assert locked is not None  # noqa: S101 (rows are never deleted)
    decide(actor, action, key_of(locked.learner_id, locked.ends, locked.state))
    return locked


def visible_change(
    uow: UnitOfWork, actor: Actor, action: Action, status_change_id: int
) -> KeptChange:
    """The same without a lock: of the school that is left or of the receiving one, or one's own."""
    found = read_change(uow.connection, status_change_id)
    if found is None:
        raise NotFoundError
    decide(actor, action, key_of(found.learner_id, found.ends, found.state))
    return found


def recorded(
    uow: UnitOfWork, actor: Actor, status_change_id: int, key: tuple[str, str], now: datetime
) -> RecordedChange:
    """How it stands now; kept under the key and the hash of what was asked."""
    found: Any = read_change(uow.connection, status_change_id)
    made = RecordedChange(
        status_change_id=status_change_id,
        learner_id=found.learner_id,
        enrolment_id=found.enrolment_id,
        state=found.state.value,
        facts_seq=facts_seq(uow.connection, found.learner_id),
    )
    keep_answer(uow.connection, actor.account_id, *key, asdict(made), now)
    return made


NOT_ITS_TURN = Problem(
    "not_its_turn",
    Message("现在不由您的部门办理。", "It is not your office's turn."),
    field="status_change_id",
)
