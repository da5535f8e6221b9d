"""Reviews: a later verdict contradicts a decision; a person looks, and the case is closed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.decisions import Resolution
from creditbank.domain.errors import Message, NotFoundError, Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.commands import ResolveReview
from creditbank.services.grounds import check_reason
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.reviews import read_case, resolve_case
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ResolvedReview:
    """A case that was closed. replayed: the same key had been answered before."""

    review_case_id: int
    resolution: str
    reason: str
    replayed: bool = False


def resolve_review(
    uow: UnitOfWork, actor: Actor, command: ResolveReview, *, idempotency_key: str, now: datetime
) -> ResolvedReview:
    """Close a case with a reason: the decision is upheld.

    A decision that should not stand is withdrawn instead (services.graduations), which closes its
    cases. Raises NotFoundError, ForbiddenError or InvalidInputError (no reason, closed already).
    """
    decide(actor, Action.RESOLVE_REVIEW)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return replace(ResolvedReview(**answer), replayed=True)
    case = read_case(uow.connection, command.review_case_id)
    if case is None:
        raise NotFoundError
    decide(actor, Action.RESOLVE_REVIEW, learner_key(
        uow.connection, case["learner_id"], as_of=local_date(now)
    ))  # fmt: skip
    check_reason(command.reason)
    lock_head(uow.connection, case["learner_id"])  # two who close one case meet here
    case = read_case(uow.connection, command.review_case_id)
    if case is None or case["is_resolved"]:
        raise refused(_CLOSED)
    resolved = ResolvedReview(
        command.review_case_id, Resolution.UPHELD.value, command.reason.strip()
    )
    resolve_case(
        uow.connection,
        {
            "review_case_id": command.review_case_id,
            "institution_id": case["institution_id"],
            "resolution": resolved.resolution,
            "reason": resolved.reason,
            "resolved_by": actor.account_id,
            "resolved_at": now,
        },
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(resolved), now)
    return resolved


_CLOSED = Problem(
    "closed_already",
    Message("这项复核已经办结。", "This review has been closed already."),
    field="review_case_id",
)
