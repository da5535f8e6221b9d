"""Approved substitution of electives by awards."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.services.commands import ApproveSubstitution, PostedEntry
from creditbank.services.substitutions import approve_substitution
from schemas.credits import PostedEntrySchema
from schemas.substitutions import SubstitutionSchema

blueprint = Blueprint("substitutions", "替代选修课学分 Substitutions")


@blueprint.writes(
    "/substitutions", Action.APPROVE_SUBSTITUTION, SubstitutionSchema(), PostedEntrySchema()
)
def post_substitution(loaded: dict[str, Any]) -> PostedEntry:
    """批准用竞赛、创新学分替代选修 Use an award for an elective block, in double entry."""
    command = ApproveSubstitution(
        learner_id=loaded["learner_id"],
        source_seq=loaded["source_seq"],
        block_code=loaded["block_code"],
        units=loaded["credits"],
        document_no=loaded["document_no"],
    )
    with unit_of_work() as uow:
        return approve_substitution(
            uow, actor(), command, idempotency_key=idempotency_key(), now=now()
        )
