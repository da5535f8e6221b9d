"""Programme plans."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.access import Action
from creditbank.domain.plans import Plan
from creditbank.queries.pages import Page
from creditbank.queries.plans import PlanLine, list_plans, plan_in_full
from schemas.pages import PageQuerySchema
from schemas.plans import PlanSchema, PlansSchema

blueprint = Blueprint("plans", "人才培养方案 Programme plans")


@blueprint.reads("/plans", Action.SEE_PLANS, PlansSchema(), query=PageQuerySchema())
def get_plans(query: dict[str, Any]) -> Page[PlanLine]:
    """全县的方案版本 Plan versions of the county."""
    with unit_of_work() as uow:
        return list_plans(uow, actor(), **cursor_and_limit(query))


@blueprint.reads(f"/plans/<{ID}:plan_id>", Action.SEE_PLANS, PlanSchema())
def get_plan(plan_id: int) -> Plan:
    """模块、课程与毕业条件 Blocks, courses and conditions."""
    with unit_of_work() as uow:
        return plan_in_full(uow, actor(), plan_id)
