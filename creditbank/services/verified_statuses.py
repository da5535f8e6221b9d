"""One learner's status under an agreement, for a college that decides by it: never an old one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import SubjectKind
from creditbank.eligibility.condition_evidence import ConditionLine, with_evidence
from creditbank.services.fresh_verdicts import FreshVerdict, fresh_verdicts
from creditbank.store.access_log import record_access
from creditbank.store.condition_evidence import held_evidence
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class VerifiedStatus:
    """How a learner stands at this moment. advance: the verdict; graduation: of its enrolment."""

    agreement_id: int
    advance: FreshVerdict
    graduation: FreshVerdict | None
    conditions: tuple[ConditionLine, ...]


def verified_status(
    uow: UnitOfWork, actor: Actor, agreement_id: int, learner_id: int, *, now: datetime
) -> VerifiedStatus:
    """The status at the head of the books; computed for this answer where the stored one is behind.

    Raises NotFoundError for a learner who is not shared under this agreement, or
    EvaluationQuarantinedError for one who cannot be evaluated.
    """
    today = local_date(now)
    key = learner_key(uow.connection, learner_id, as_of=today)
    grant = decide(actor, Action.VERIFY_STATUS, key)
    if agreement_id not in actor.agreement_ids & key.agreement_ids:
        raise NotFoundError
    record_access(uow.connection, actor, Action.VERIFY_STATUS, grant.mask, [learner_id], now)
    found = fresh_verdicts(uow, learner_id, as_of=today, now=now)
    advances = [
        item
        for item in found
        if item.verdict.subject_kind is SubjectKind.ARTICULATION
        and item.verdict.subject_id == agreement_id
    ]
    if not advances:
        raise NotFoundError
    advance = advances[-1]
    graduation = _graduation(found, advance.verdict.enrolment_id)
    verdict = advance.verdict
    with uow.everywhere():
        held = held_evidence(uow.connection, agreement_id, [verdict.enrolment_id])
    lines = with_evidence(
        verdict.conditions,
        held[verdict.enrolment_id],
        verdict.as_of,
        placements=graduation.verdict.placements if graduation else (),
    )
    conditions = tuple(line.outward for line in lines)
    return VerifiedStatus(agreement_id, advance, graduation, conditions)


def _graduation(found: tuple[FreshVerdict, ...], enrolment_id: int) -> FreshVerdict | None:
    return next(
        (
            item
            for item in found
            if item.verdict.subject_kind is SubjectKind.GRADUATION
            and item.verdict.enrolment_id == enrolment_id
        ),
        None,
    )
