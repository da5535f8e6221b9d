"""What has changed in a cohort gets its positions, when a college asks or webhooks are told.

Up to which position an account of the college has looked is kept as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.store.cohort_changes import add_looks, settle
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


def look_at(uow: UnitOfWork, actor: Actor, positions: Mapping[int, int], *, now: datetime) -> int:
    """The actor's account has looked at cohorts up to positions; how many looks went forward.

    positions: by agreement, as they were shown. What was never given, or has been looked at before,
    changes nothing: sent again it does no harm. Raises NotFoundError, and then none is kept.
    """
    decide(actor, Action.FOLLOW_COHORT)
    if not positions.keys() <= actor.agreement_ids:
        raise NotFoundError
    return add_looks(uow.connection, actor.account_id, positions, now=now)
