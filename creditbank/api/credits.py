"""Posting credits: one, or a batch."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.services.commands import (
    BatchReport,
    PostCompetitionCredit,
    PostCourseCredit,
    PostCredit,
    PostedEntry,
    PostInnovationCredit,
)
from creditbank.services.credits import post_batch, post_credit
from schemas.credits import BatchReportSchema, CreditBatchSchema, CreditSchema, PostedEntrySchema

blueprint = Blueprint("credits", "入账 Posting credits")
_COMMANDS: dict[str, type[PostCredit]] = {
    "course": PostCourseCredit,
    "competition": PostCompetitionCredit,
    "innovation": PostInnovationCredit,
}


@blueprint.writes("/credits", Action.POST_CREDIT, CreditSchema(), PostedEntrySchema())
def post_one_credit(loaded: dict[str, Any]) -> PostedEntry:
    """录入一笔学分 Post one credit of any kind."""
    with unit_of_work() as uow:
        return post_credit(
            uow, actor(), _command(loaded), idempotency_key=idempotency_key(), now=now()
        )


@blueprint.writes("/credits/batch", Action.POST_CREDIT, CreditBatchSchema(), BatchReportSchema())
def post_credit_batch(loaded: dict[str, Any]) -> BatchReport:
    """批量录入,全部或全不 Post up to 1,000 credits, all or nothing."""
    with unit_of_work() as uow:
        return post_batch(
            uow,
            actor(),
            list(map(_command, loaded["rows"])),
            idempotency_key=idempotency_key(),
            now=now(),
        )


def _command(loaded: dict[str, Any]) -> PostCredit:
    values = {name: value for name, value in loaded.items() if name != "kind"}
    return _COMMANDS[loaded["kind"]](**values)
