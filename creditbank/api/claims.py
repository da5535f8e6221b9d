"""学分认定申报: handing in with evidence, and reading. The reviews are in api.claim_reviews."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Response

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.claims import ClaimContent
from creditbank.domain.permissions import Action
from creditbank.exchange.evidence_files import EVIDENCE_HEADERS, read_evidence_file
from creditbank.queries.claims import ClaimLine, list_claims
from creditbank.queries.pages import Page
from creditbank.services.claim_commands import (
    AddEvidence,
    ClaimReceipt,
    MoveClaim,
    OpenClaim,
    RestateClaim,
)
from creditbank.services.claims import add_evidence, move_claim, open_claim, restate_claim
from creditbank.services.visible_claims import ClaimView, may_add_evidence, open_page, view_claim
from schemas.claims import (
    ClaimContentSchema,
    ClaimFileSchema,
    ClaimMoveSchema,
    ClaimReceiptSchema,
    ClaimSchema,
    ClaimsSchema,
    OpenClaimSchema,
)
from schemas.pages import PageQuerySchema

blueprint = Blueprint("claims", "学分认定申报 Claims of credits")
_CLAIM = f"/claims/<{ID}:claim_id>"


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/claims",
    Action.SEE_CLAIMS,
    ClaimsSchema(),
    query=PageQuerySchema(),
)
def get_claims(query: dict[str, Any], learner_id: int) -> Page[ClaimLine]:
    """该生的学分认定申报 The learner's claims, the latest first."""
    with unit_of_work() as uow:
        return list_claims(uow, actor(), learner_id, now=now(), **cursor_and_limit(query))


@blueprint.reads(_CLAIM, Action.SEE_CLAIMS, ClaimSchema())
def get_claim(claim_id: int) -> ClaimView:
    """一份申报及其证明材料、办理经过 One claim with its evidence and its moves."""
    with unit_of_work() as uow:
        return view_claim(uow, actor(), claim_id, now=now())


@blueprint.files(
    f"{_CLAIM}/files/<{ID}:claim_file_id>/<{ID}:page_no>", Action.SEE_CLAIMS, "image/jpeg"
)
def get_claim_page(claim_id: int, claim_file_id: int, page_no: int) -> Response:
    """证明材料的一页(图片) One page of the evidence as a picture, drawn anew."""
    with unit_of_work() as uow:
        picture = open_page(uow, actor(), (claim_id, claim_file_id, page_no), now=now())
    return Response(picture, content_type="image/jpeg", headers=EVIDENCE_HEADERS)


@blueprint.writes("/claims", Action.HAND_IN_CLAIM, OpenClaimSchema(), ClaimReceiptSchema())
def post_claim(loaded: dict[str, Any]) -> ClaimReceipt:
    """新建一份申报(草稿) Begin a claim as a draft; submit it when its evidence is there."""
    learner_id = loaded.pop("learner_id")
    command = OpenClaim(learner_id=learner_id, content=ClaimContent(**loaded))
    with unit_of_work() as uow:
        return open_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"{_CLAIM}/statements", Action.HAND_IN_CLAIM, ClaimContentSchema(), ClaimReceiptSchema()
)
def post_claim_statement(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """修改草稿或被退回的申报 Say it otherwise, in a draft or in what was returned."""
    command = RestateClaim(claim_id=claim_id, content=ClaimContent(**loaded))
    with unit_of_work() as uow:
        return restate_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(f"{_CLAIM}/files", Action.HAND_IN_CLAIM, ClaimFileSchema(), ClaimReceiptSchema())
def post_claim_file(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """上传一份证明材料(图片或 PDF) Add a picture or a PDF that proves it; at most three."""
    content: bytes = loaded["content"]
    with unit_of_work() as uow:
        may_add_evidence(uow, actor(), claim_id, now=now())
    evidence = read_evidence_file(content)
    command = AddEvidence(claim_id=claim_id, file_hash=hashlib.sha256(content).hexdigest())
    key = idempotency_key()
    with unit_of_work() as uow:
        return add_evidence(uow, actor(), command, evidence, idempotency_key=key, now=now())


@blueprint.writes(f"{_CLAIM}/moves", Action.HAND_IN_CLAIM, ClaimMoveSchema(), ClaimReceiptSchema())
def post_claim_move(loaded: dict[str, Any], claim_id: int) -> ClaimReceipt:
    """提交或撤回 Hand it in, or take it back."""
    command = MoveClaim(claim_id=claim_id, **loaded)
    with unit_of_work() as uow:
        return move_claim(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
