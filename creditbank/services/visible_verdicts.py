"""A learner's verdicts as one actor may see them."""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Action, Actor, Scope, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.verdicts import SubjectKind
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


def visible_verdicts(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[FreshVerdict, ...]:
    """The verdicts at the head of the books, graduation first; noted in the access log.

    A college sees the advance only under its own agreements. Raises NotFoundError, ForbiddenError
    or EvaluationQuarantinedError.
    """
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_VERDICTS, key)
    found = fresh_verdicts(uow, learner_id, as_of=today, now=now)
    record_access(uow.connection, actor, Action.SEE_VERDICTS, grant.mask, [learner_id], now)
    if grant.scope is not Scope.AGREED:
        return found
    return tuple(item for item in found if _concerns(item, actor))


def _concerns(item: FreshVerdict, actor: Actor) -> bool:
    verdict = item.verdict
    is_advance = verdict.subject_kind is SubjectKind.ARTICULATION
    return not is_advance or verdict.subject_id in actor.agreement_ids
