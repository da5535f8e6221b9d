"""公示 of transfers, for everybody."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.notices import Notice, list_notices
from creditbank.queries.pages import Page
from schemas.notices import NoticesSchema
from schemas.pages import PageQuerySchema

blueprint = Blueprint("notices", "公示 Public notices")


@blueprint.reads("/notices", Action.SEE_NOTICES, NoticesSchema(), query=PageQuerySchema())
def get_notices(query: dict[str, Any]) -> Page[Notice]:
    """正在公示的转学 Transfers whose public notice runs today."""
    with unit_of_work() as uow:
        return list_notices(uow, actor(), now=now(), **cursor_and_limit(query))
