"""Articulation agreements: rows to domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select
from sqlmodel import col

from creditbank.domain.agreements import (
    Agreement,
    EducationLevel,
    HardCondition,
    HardConditionKind,
)
from creditbank.tables.agreements import ArticulationAgreement


def load_agreements(connection: Connection, agreement_ids: Iterable[int]) -> dict[int, Agreement]:
    """The agreements by id; those that do not exist are left out."""
    rows = connection.execute(
        select(ArticulationAgreement.__table__).where(  # type: ignore[attr-defined]
            col(ArticulationAgreement.agreement_id).in_(sorted(set(agreement_ids)))
        )
    )
    return {row["agreement_id"]: agreement_from_row(dict(row)) for row in rows.mappings()}


def agreement_from_row(row: Mapping[str, Any]) -> Agreement:
    """A row of articulation_agreements as the domain's Agreement."""
    values = dict(row)
    values["pre_level"] = EducationLevel(values["pre_level"])
    values["post_level"] = EducationLevel(values["post_level"])
    values["hard_conditions"] = tuple(
        HardCondition(HardConditionKind(item["kind"]), str(item["threshold"]))
        for item in values["hard_conditions"]
    )
    return Agreement(**values)
