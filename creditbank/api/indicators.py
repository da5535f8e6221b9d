"""Counts for the county."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.indicators import outcome_counts
from schemas.indicators import IndicatorsSchema

blueprint = Blueprint("indicators", "全县统计 Indicators")


@blueprint.reads("/indicators", Action.SEE_INDICATORS, IndicatorsSchema())
def get_indicators() -> dict[str, Any]:
    """各校、各专业的结论人数 Counts by school, major, cohort and outcome."""
    with unit_of_work() as uow:
        return {"counts": outcome_counts(uow, actor())}
