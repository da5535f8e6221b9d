"""学分认定申报 at the offices: queues, 初审, 终审, 公示, and objections while that runs."""

from __future__ import annotations

from datetime import date
from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.claim_notices import ClaimNotice, list_claim_notices
from creditbank.queries.claim_queues import (
    ClaimQueue,
    OpenObjection,
    QueueFilter,
    final_queue,
    first_queue,
    open_objections,
)
from creditbank.queries.pages import Page
from creditbank.services.claim_commands import (
    ClaimReceipt,
    ConfirmClaims,
    ObjectToClaim,
    ReviewClaim,
    RuleOnObjection,
)
from creditbank.services.claim_reviews import (
    confirm_claims,
    object_to_claim,
    review_claim,
    rule_on_objection,
)
from schemas.claim_reviews import (
    ClaimConfirmationSchema,
    ClaimNoticesSchema,
    ClaimObjectionSchema,
    ClaimQueueQuerySchema,
    ClaimReturnSchema,
    ClaimReviewSchema,
    ClaimRulingSchema,
    ConfirmedClaimsSchema,
    FirstQueueSchema,
    OpenObjectionsSchema,
    QueueSchema,
)
from schemas.claims import ClaimReceiptSchema
from schemas.pages import PageQuerySchema

blueprint = Blueprint("claim_reviews", "学分认定审核与公示 Reviews of claims")
_CLAIM = f"/claims/<{ID}:claim_id>"


@blueprint.reads(
    "/claims/reviews", Action.REVIEW_CLAIM, FirstQueueSchema(), query=ClaimQueueQuerySchema()
)
def get_claim_reviews(query: dict[str, Any]) -> ClaimQueue:
    """待初审的申报,先到先办 What waits for the first review, the oldest first."""
    with unit_of_work() as uow:
        return first_queue(uow, actor(), QueueFilter(**query), now=now())


@blueprint.writes(
    f"{_CLAIM}/reviews", Action.REVIEW_CLAIM, ClaimReviewSchema(), ClaimReceiptSchema()
)
def post_claim_review(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """初审:通过并定学分、退回补正、不予认定 Accept with credits, return, or reject."""
    units = loaded.pop("credits")
    command = ReviewClaim(claim_id=claim_id, units=units, **loaded)
    with unit_of_work() as uow:
        return review_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads("/claims/confirmations", Action.CONFIRM_CLAIM, QueueSchema())
def get_claim_confirmations() -> ClaimQueue:
    """待终审的申报 What passed the first review and waits for the final one."""
    with unit_of_work() as uow:
        return final_queue(uow, actor(), now=now())


@blueprint.writes(
    "/claims/confirmations",
    Action.CONFIRM_CLAIM,
    ClaimConfirmationSchema(),
    ConfirmedClaimsSchema(),
)
def post_claim_confirmation(loaded: dict[str, Any]) -> dict[str, Any]:
    """终审通过,从今天开始公示;都通过或都不通过 Confirm several: all of them or none."""
    ids = tuple(loaded["claim_ids"])
    command = ConfirmClaims(claim_ids=ids, document_no=loaded["document_no"])
    with unit_of_work() as uow:
        made = confirm_claims(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
    return {"claim_ids": sorted(set(ids)), "ends_on": date.fromisoformat(made.ends_on)}


@blueprint.writes(
    f"{_CLAIM}/returns", Action.CONFIRM_CLAIM, ClaimReturnSchema(), ClaimReceiptSchema()
)
def post_claim_return(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """终审退回补正或不予认定 Send one back at the final review, or reject it."""
    command = ReviewClaim(claim_id=claim_id, **loaded)
    with unit_of_work() as uow:
        return review_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads("/claims/notices", Action.SEE_CLAIM_NOTICE, ClaimNoticesSchema(),
                 query=PageQuerySchema())  # fmt: skip
def get_claim_notices(query: dict[str, Any]) -> Page[ClaimNotice]:
    """本校正在公示的申报 What hangs at the caller's school today."""
    with unit_of_work() as uow:
        return list_claim_notices(uow, actor(), now=now(), **cursor_and_limit(query))


@blueprint.writes(
    f"{_CLAIM}/objections", Action.OBJECT_TO_CLAIM, ClaimObjectionSchema(), ClaimReceiptSchema()
)
def post_claim_objection(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """对公示提出异议;处理完之前不入账 Object; nothing is booked until it is decided."""
    command = ObjectToClaim(claim_id=claim_id, **loaded)
    with unit_of_work() as uow:
        return object_to_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads("/claims/objections", Action.CONFIRM_CLAIM, OpenObjectionsSchema())
def get_claim_objections() -> dict[str, tuple[OpenObjection, ...]]:
    """待处理的异议 Objections that nobody has answered, the oldest first."""
    with unit_of_work() as uow:
        return {"items": open_objections(uow, actor(), now=now())}


@blueprint.writes(
    f"{_CLAIM}/rulings", Action.CONFIRM_CLAIM, ClaimRulingSchema(), ClaimReceiptSchema()
)
def post_claim_ruling(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """处理一条异议:成立则终止认定 Uphold an objection, which ends the claim, or dismiss it."""
    command = RuleOnObjection(claim_id=claim_id, **loaded)
    with unit_of_work() as uow:
        return rule_on_objection(uow, actor(), command, idempotency_key=idempotency_key(),
                                 now=now())  # fmt: skip
