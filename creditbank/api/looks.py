"""谁看过: which staff saw a record, for whose record it is."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.looks import Look, looks_at
from creditbank.queries.pages import Page
from schemas.looks import LooksSchema
from schemas.pages import PageQuerySchema

blueprint = Blueprint("looks", "谁看过 Who looked")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/looks", Action.SEE_LOOKS, LooksSchema(), query=PageQuerySchema()
)
def get_looks(query: dict[str, Any], learner_id: int) -> Page[Look]:
    """谁在哪天看过本人档案 Who saw the record on which day, the latest first."""
    with unit_of_work() as uow:
        return looks_at(uow, actor(), learner_id, now=now(), **cursor_and_limit(query))
