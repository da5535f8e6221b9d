"""Articulation agreements: rows to domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from creditbank.domain.agreements import (
    Agreement,
    EducationLevel,
    HardCondition,
    HardConditionKind,
)

_ON_A_DAY = text("SELECT * FROM agreements_on(:as_of) WHERE agreement_id = ANY (:ids)")


def load_agreements(
    connection: Connection, agreement_ids: Iterable[int], *, as_of: date
) -> dict[int, Agreement]:
    """The agreements by id as they speak on a day; those that do not exist are left out."""
    wanted = sorted(set(agreement_ids))
    if not wanted:
        return {}
    rows = connection.execute(_ON_A_DAY, {"ids": wanted, "as_of": as_of})
    return {row["agreement_id"]: agreement_from_row(dict(row)) for row in rows.mappings()}


def agreement_from_row(row: Mapping[str, Any]) -> Agreement:
    """A row of agreements_on as the domain's Agreement."""
    values = dict(row)
    values["pre_level"] = EducationLevel(values["pre_level"])
    values["post_level"] = EducationLevel(values["post_level"])
    values["hard_conditions"] = tuple(
        HardCondition(HardConditionKind(item["kind"]), str(item["threshold"]))
        for item in values["hard_conditions"]
    )
    return Agreement(**values)
