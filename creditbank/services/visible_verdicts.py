"""A learner's verdicts as one actor may see them."""

from __future__ import annotations

from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.verdicts import SubjectKind
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.store.access_log import record_access
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


def visible_verdicts(
    uow: UnitOfWork, actor: Actor, learner_id: int, *, now: datetime
) -> tuple[FreshVerdict, ...]:
    """The verdicts at the head of the books, graduation first; noted in the access log.

    Raises NotFoundError, ForbiddenError or EvaluationQuarantinedError.
    """
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.SEE_VERDICTS, key)
    record_access(uow.connection, actor, Action.SEE_VERDICTS, grant.mask, [learner_id], now)
    return visible_to(actor, fresh_verdicts(uow, learner_id, as_of=today, now=now))


def visible_to(actor: Actor, found: tuple[FreshVerdict, ...]) -> tuple[FreshVerdict, ...]:
    """Of a learner's verdicts, once the actor may see the learner, those that concern the actor.

    A school sees those on its own enrolments, a college the advance under its own agreements and
    the graduation of the same enrolments. Raises ForbiddenError.
    """
    scope = decide(actor, Action.SEE_VERDICTS).scope
    if scope is Scope.SCHOOL:
        return tuple(item for item in found if item.institution_id == actor.institution_id)
    if scope is Scope.AGREED:
        enrolments = {item.verdict.enrolment_id for item in found if _is_agreed(item, actor)}
        return tuple(
            item
            for item in found
            if _is_agreed(item, actor)
            or (
                item.verdict.subject_kind is SubjectKind.GRADUATION
                and item.verdict.enrolment_id in enrolments
            )
        )
    return found


def _is_agreed(item: FreshVerdict, actor: Actor) -> bool:
    verdict = item.verdict
    is_advance = verdict.subject_kind is SubjectKind.ARTICULATION
    return is_advance and verdict.subject_id in actor.agreement_ids
