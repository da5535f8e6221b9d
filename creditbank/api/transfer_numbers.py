"""普职互转 in numbers."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.transfer_numbers import TransferNumbers, transfer_numbers
from schemas.transfer_numbers import TransferNumbersQuerySchema, TransferNumbersSchema

blueprint = Blueprint("transfer_numbers", "互转统计 Transfers in numbers")


@blueprint.reads(
    "/transfer-numbers",
    Action.SEE_TRANSFER_NUMBERS,
    TransferNumbersSchema(),
    query=TransferNumbersQuerySchema(),
)
def get_transfer_numbers(query: dict[str, Any]) -> TransferNumbers:
    """受理时间、各校互转人数、学分互认 When to apply, who moved, what was recognised."""
    with unit_of_work() as uow:
        return transfer_numbers(uow, actor(), now=now(), school_year=query["school_year"])
