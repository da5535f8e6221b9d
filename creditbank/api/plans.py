"""Programme plans: reading, checking, saving, comparing, and the cohorts that follow them."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.plans import Plan
from creditbank.queries.pages import Page
from creditbank.queries.plan_differences import PlanDifferences, plan_differences
from creditbank.queries.plans import PlanLine, PlanText, list_plans, plan_in_full, plan_text
from creditbank.services.commands import AssignPlan, MigrateCohort, SavePlan
from creditbank.services.plan_cohorts import PlacedCohort, assign_plan, migrate_cohort
from creditbank.services.plan_findings import CheckedPlan
from creditbank.services.plans import SavedPlan, check_plan_text, save_plan
from schemas.pages import PageQuerySchema
from schemas.plans import (
    AssignmentSchema,
    CheckedPlanSchema,
    DifferencesQuerySchema,
    DifferencesSchema,
    MigrationSchema,
    PlacedCohortSchema,
    PlanCheckSchema,
    PlanDraftSchema,
    PlanSchema,
    PlansSchema,
    PlanTextSchema,
    SavedPlanSchema,
)

blueprint = Blueprint("plans", "人才培养方案 Programme plans")
_PLAN = f"/plans/<{ID}:plan_id>"


@blueprint.reads("/plans", Action.SEE_PLANS, PlansSchema(), query=PageQuerySchema())
def get_plans(query: dict[str, Any]) -> Page[PlanLine]:
    """全县的方案版本 Plan versions of the county."""
    with unit_of_work() as uow:
        return list_plans(uow, actor(), **cursor_and_limit(query))


@blueprint.reads(_PLAN, Action.SEE_PLANS, PlanSchema())
def get_plan(plan_id: int) -> Plan:
    """模块、课程与毕业条件 Blocks, courses and conditions."""
    with unit_of_work() as uow:
        return plan_in_full(uow, actor(), plan_id)


@blueprint.reads(f"{_PLAN}/document", Action.SEE_PLANS, PlanTextSchema())
def get_plan_document(plan_id: int) -> PlanText:
    """方案文本(YAML),可修改后保存 The text of a version, to be changed and saved."""
    with unit_of_work() as uow:
        return plan_text(uow, actor(), plan_id)


@blueprint.reads(
    f"{_PLAN}/differences", Action.SEE_PLANS, DifferencesSchema(), query=DifferencesQuerySchema()
)
def get_plan_differences(query: dict[str, Any], plan_id: int) -> PlanDifferences:
    """与另一版本的差异 What a version says otherwise than another one."""
    with unit_of_work() as uow:
        return plan_differences(uow, actor(), query["from_plan_id"], plan_id)


@blueprint.writes(
    "/plans/check", Action.WRITE_PLAN, PlanCheckSchema(), CheckedPlanSchema(), is_search=True
)
def check_plan(loaded: dict[str, Any]) -> CheckedPlan:
    """检查方案文本,不保存 Check a text by every clause, saving nothing."""
    with unit_of_work() as uow:
        return check_plan_text(uow, actor(), loaded["text"], now=now())


@blueprint.writes("/plans", Action.WRITE_PLAN, PlanDraftSchema(), SavedPlanSchema())
def post_plan(loaded: dict[str, Any]) -> SavedPlan:
    """保存新版本,或修改尚未施行的版本 Save a new version, or change one that nobody follows."""
    with unit_of_work() as uow:
        return save_plan(
            uow, actor(), SavePlan(**loaded), idempotency_key=idempotency_key(), now=now()
        )


@blueprint.writes(
    f"{_PLAN}/assignments", Action.ASSIGN_PLAN, AssignmentSchema(), PlacedCohortSchema()
)
def post_assignment(loaded: dict[str, Any], plan_id: int) -> PlacedCohort:
    """施行于尚无学生的年级 Put a version in force for a cohort without learners."""
    command = AssignPlan(plan_id=plan_id, **loaded)
    with unit_of_work() as uow:
        return assign_plan(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"{_PLAN}/migrations", Action.MIGRATE_COHORT, MigrationSchema(), PlacedCohortSchema()
)
def post_migration(loaded: dict[str, Any], plan_id: int) -> PlacedCohort:
    """将在读年级迁移到此版本,重新判定全部学生 Move a running cohort; all are evaluated again."""
    command = MigrateCohort(plan_id=plan_id, **loaded)
    with unit_of_work() as uow:
        return migrate_cohort(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
