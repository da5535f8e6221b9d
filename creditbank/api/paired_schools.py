"""互转结对学校: the pairs of a day and later, and naming one."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.paired_schools import PairedSchools, paired_schools
from creditbank.services.paired_schools import NamePairedSchools, PairNamed, name_paired_schools
from schemas.paired_schools import (
    NamePairedSchoolsSchema,
    PairedSchoolsQuerySchema,
    PairedSchoolsSchema,
    PairNamedSchema,
)

blueprint = Blueprint("paired_schools", "互转结对学校 Paired schools")


@blueprint.reads(
    "/paired-schools",
    Action.SEE_PAIRED_SCHOOLS,
    PairedSchoolsSchema(),
    query=PairedSchoolsQuerySchema(),
)
def get_paired_schools(query: dict[str, Any]) -> PairedSchools:
    """某一天及以后的互转结对学校 The pairs of a day, and those to come."""
    with unit_of_work() as uow:
        return paired_schools(uow, actor(), now=now(), as_of=query["as_of"])


@blueprint.writes(
    "/paired-schools", Action.NAME_PAIRED_SCHOOLS, NamePairedSchoolsSchema(), PairNamedSchema()
)
def post_paired_schools(loaded: dict[str, Any]) -> PairNamed:
    """公布或结束一对互转学校 Name a pair, or end one."""
    with unit_of_work() as uow:
        return name_paired_schools(
            uow, actor(), NamePairedSchools(**loaded), idempotency_key=idempotency_key(), now=now()
        )
