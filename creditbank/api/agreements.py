"""Articulation agreements and their cohorts."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, today, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.agreements import AgreementLine, list_agreements
from creditbank.queries.cohorts import Chosen, Cohort, cohort
from creditbank.queries.pages import Page
from creditbank.services.fresh_cohorts import verdicts_now
from schemas.agreements import AgreementsSchema, CohortSchema
from schemas.pages import PageQuerySchema

blueprint = Blueprint("agreements", "贯通培养协议 Articulation agreements")


@blueprint.reads("/agreements", Action.SEE_AGREEMENTS, AgreementsSchema(), query=PageQuerySchema())
def get_agreements(query: dict[str, Any]) -> Page[AgreementLine]:
    """本校、本院校或全县的协议 Agreements of the caller's school or college, or of the county."""
    with unit_of_work() as uow:
        return list_agreements(uow, actor(), now=now(), **cursor_and_limit(query))


@blueprint.reads(
    f"/agreements/<{ID}:agreement_id>/cohort",
    Action.SEE_COHORT,
    CohortSchema(),
    query=PageQuerySchema(),
)
def get_cohort(query: dict[str, Any], agreement_id: int) -> Cohort:
    """协议班级:谁进度正常,谁落后,为什么 Its learners: who is on track, who is not, and why."""
    with unit_of_work() as uow:
        chosen = Chosen(**cursor_and_limit(query))
        found = cohort(uow, actor(), agreement_id, now=now(), chosen=chosen)
        return found.renewed(verdicts_now(uow, found.behind, as_of=today()))
