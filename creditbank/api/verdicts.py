"""Verdicts, current and past."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.eligibility import sentences
from creditbank.queries.pages import Page
from creditbank.queries.verdicts import HistoricVerdict, verdict_history
from creditbank.services.fresh_verdicts import FreshVerdict
from creditbank.services.visible_verdicts import visible_verdicts
from schemas.pages import PageQuerySchema
from schemas.verdicts import VerdictHistorySchema, VerdictsSchema

blueprint = Blueprint("verdicts", "毕业与转段结论 Verdicts")


@blueprint.reads(f"/learners/<{ID}:learner_id>/verdicts", Action.SEE_VERDICTS, VerdictsSchema())
def get_verdicts(learner_id: int) -> dict[str, Any]:
    """当前结论,与账本同步 The verdicts at the head of the ledger, with their reasons."""
    with unit_of_work() as uow:
        found = visible_verdicts(uow, actor(), learner_id, now=now())
    return {"learner_id": learner_id, "verdicts": list(map(_shown, found))}


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/verdicts/history",
    Action.SEE_VERDICTS,
    VerdictHistorySchema(),
    query=PageQuerySchema(),
)
def get_verdict_history(query: dict[str, Any], learner_id: int) -> Page[HistoricVerdict]:
    """结论历史及其起因 Every verdict there has been, and what led to it."""
    with unit_of_work() as uow:
        return verdict_history(uow, actor(), learner_id, now=now(), **cursor_and_limit(query))


def _shown(item: FreshVerdict) -> dict[str, Any]:
    return {
        "fresh": item,
        "verdict": item.verdict,
        "sentences": {"zh": sentences(item.verdict, "zh"), "en": sentences(item.verdict, "en")},
    }
