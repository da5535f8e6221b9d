"""Which colleges are shown how a learner stands, and on what that rests."""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.sharing_consents import ConsentLine, consent_lines
from creditbank.store.unit_of_work import UnitOfWork


def sharing_consents(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[ConsentLine, ...]:
    """One line for each agreement whose class the learner is or was in. Raises NotFoundError."""
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_CONSENTS, key)
    record_access(uow.connection, actor, Action.SEE_CONSENTS, grant.mask, [learner_id], now)
    return consent_lines(uow.connection, learner_id, as_of=today)
