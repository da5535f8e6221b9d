"""Who saw whom: one row for each answer that names learners to staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor
from creditbank.domain.permissions import Action, FieldMask, Role

_OWN = frozenset({Role.STUDENT, Role.GUARDIAN})
# A page asks several questions about the same learners in one transaction: that is one answer.
_NOTE = text("""
INSERT INTO access_log (account_id, role, action, mask, learner_ids, seen_at, key_id)
SELECT :account_id, :role, :action, :mask, cast(:learner_ids AS int[]), :seen_at, :key_id
WHERE coalesce(current_setting('creditbank.noted', true), '') <> :noted
RETURNING set_config('creditbank.noted', :noted, true)
""")


def record_access(
    connection: Connection,
    actor: Actor,
    action: Action,
    mask: FieldMask,
    learner_ids: Sequence[int],
    now: datetime,
) -> None:
    """Note one answer, in the transaction that reads it; learners looking at themselves are not.

    Noting the same learners again in the same transaction adds nothing.
    """
    if not learner_ids or actor.role in _OWN:
        return
    ids = sorted(set(learner_ids))
    connection.execute(
        _NOTE,
        {
            "account_id": actor.account_id,
            "role": actor.role.value,
            "action": action.value,
            "mask": mask.value,
            "learner_ids": ids,
            "seen_at": now,
            "key_id": actor.key_id or None,
            "noted": ",".join(map(str, ids)),
        },
    )
