"""What has changed in a cohort gets its positions, when a college asks or webhooks are told."""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.store.cohort_changes import settle
from creditbank.store.unit_of_work import UnitOfWork


def settle_changes(uow: UnitOfWork, actor: Actor, agreement_id: int, *, now: datetime) -> int:
    """The last position, after all that was committed until now got one.

    In a transaction of its own, before that in which the changes are read: who asks next waits for
    no evaluation, and is told of positions that stand. Raises NotFoundError.
    """
    decide(actor, Action.FOLLOW_COHORT)
    if agreement_id not in actor.agreement_ids:
        raise NotFoundError
    return settle(uow.connection, agreement_id, on=local_date(now))
