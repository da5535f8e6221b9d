"""Taking an entry back."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.services.commands import PostedEntry, ReverseEntry
from creditbank.services.reversals import reverse_entry
from schemas.credits import PostedEntrySchema
from schemas.reversals import ReversalSchema

blueprint = Blueprint("reversals", "冲销 Reversals")


@blueprint.writes("/reversals", Action.REVERSE_ENTRY, ReversalSchema(), PostedEntrySchema())
def post_reversal(loaded: dict[str, Any]) -> PostedEntry:
    """冲销一笔记录,原因留在账上 Reverse one entry; the reason stays in the ledger."""
    with unit_of_work() as uow:
        return reverse_entry(
            uow, actor(), ReverseEntry(**loaded), idempotency_key=idempotency_key(), now=now()
        )
