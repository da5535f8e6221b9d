"""Who saw whom: one row for each answer that names learners to staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from creditbank.domain.access import Action, Actor, FieldMask, Role
from creditbank.tables.access_log import AccessLogEntry

_OWN = frozenset({Role.STUDENT, Role.GUARDIAN})


def record_access(
    connection: Connection,
    actor: Actor,
    action: Action,
    mask: FieldMask,
    learner_ids: Sequence[int],
    now: datetime,
) -> None:
    """Note one answer, in the transaction that reads it; learners looking at themselves are not."""
    if learner_ids and actor.role not in _OWN:
        connection.execute(
            insert(AccessLogEntry).values(
                account_id=actor.account_id,
                role=actor.role.value,
                action=action.value,
                mask=mask.value,
                learner_ids=list(learner_ids),
                seen_at=now,
            )
        )
