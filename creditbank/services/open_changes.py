"""An application at hand: found, allowed to the actor, its learner locked; and what is answered."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from creditbank.domain.access import Action, Actor, LearnerKey, Role, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import Message, NotFoundError, Problem
from creditbank.domain.status_changes import OPEN_STATES
from creditbank.services.status_change_checks import FAMILY
from creditbank.services.status_change_commands import RecordedChange
from creditbank.store.facts import facts_seq
from creditbank.store.idempotency import keep_answer
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.status_changes import KeptChange, read_change
from creditbank.store.unit_of_work import UnitOfWork


def open_change(
    uow: UnitOfWork, actor: Actor, action: Action, status_change_id: int, *, now: datetime
) -> KeptChange:
    """The application as it stands, with its learner locked. Raises NotFoundError, BusyError."""
    found = visible_change(uow, actor, action, status_change_id, now=now)
    with uow.everywhere():
        lock_head(uow.connection, found.learner_id)  # all who speak of one application meet here
        locked = read_change(uow.connection, status_change_id)
    assert locked is not None  # noqa: S101 (rows are never deleted)
    decide(actor, action, _key_of(uow, locked, local_date(now)))
    return locked


def visible_change(
    uow: UnitOfWork, actor: Actor, action: Action, status_change_id: int, *, now: datetime
) -> KeptChange:
    """The same without a lock: of the school that is left or of the receiving one, or one's own."""
    found = read_change(uow.connection, status_change_id)
    schools = {found.institution_id, found.ends.to_institution_id} if found else set()
    if found is None or not (
        actor.role in {Role.COUNTY, *FAMILY} or actor.institution_id in schools
    ):
        raise NotFoundError
    decide(actor, action, _key_of(uow, found, local_date(now)))
    return found


def _key_of(uow: UnitOfWork, found: KeptChange, today: date) -> LearnerKey:
    """With the receiving school, as long as it is undecided whether the learner comes."""
    with uow.everywhere():
        key = learner_key(uow.connection, found.learner_id, as_of=today)
    school = found.ends.to_institution_id
    if school is None or found.state not in OPEN_STATES:
        return key
    return replace(key, applied_to=frozenset({school}))


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
