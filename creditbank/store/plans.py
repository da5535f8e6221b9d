"""Programme plans: rows and documents to domain. A parsed plan is kept while it stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select, text
from sqlmodel import col

from creditbank.domain.credits import credits_text
from creditbank.domain.errors import NotFoundError
from creditbank.domain.plans import Plan
from creditbank.store.documents import read_document, write_document
from creditbank.tables.plans import ProgramPlan

COLUMNS = (
    "plan_id", "code", "version", "name", "institution_id", "major_code", "catalogue_year", "years",
    "units_min",
)  # fmt: skip
# Of the whole row: a draft may change its name or total and keep its document.
_DIGESTS = text("""
SELECT plan_id, md5(cast(program_plans AS text)) FROM program_plans WHERE plan_id = ANY (:ids)
""")
_parsed: dict[tuple[int, str], Plan] = {}
_PARSED_MAX = 2_000


def load_plans(connection: Connection, plan_ids: Iterable[int]) -> dict[int, Plan]:
    """The plans by id. NotFoundError if one is missing."""
    wanted = sorted(set(plan_ids))
    if not wanted:
        return {}
    found = connection.execute(_DIGESTS, {"ids": wanted})
    keys = {plan_id: (plan_id, digest) for plan_id, digest in found}
    if len(keys) != len(wanted):
        raise NotFoundError
    missing = [plan_id for plan_id, key in keys.items() if key not in _parsed]
    if missing:
        if len(_parsed) > _PARSED_MAX:
            _parsed.clear()
        rows = connection.execute(
            select(ProgramPlan.__table__).where(col(ProgramPlan.plan_id).in_(missing))  # type: ignore[attr-defined]
        )
        for row in rows.mappings():
            _parsed[keys[row["plan_id"]]] = plan_from_row(dict(row))
    return {plan_id: _parsed[key] for plan_id, key in keys.items()}


def load_plan(connection: Connection, plan_id: int) -> Plan:
    """One plan. NotFoundError if there is none."""
    return load_plans(connection, [plan_id])[plan_id]


def plan_from_row(row: Mapping[str, Any]) -> Plan:
    """A row of program_plans as the domain's Plan."""
    columns = {name: row[name] for name in COLUMNS}
    columns["credits_min"] = credits_text(columns.pop("units_min"))
    return read_document(Plan, {**row["document"], **columns})


def plan_row(plan: Plan) -> dict[str, Any]:
    """A plan as a row of program_plans."""
    document = write_document(plan, without=frozenset(COLUMNS))
    return {**{name: getattr(plan, name) for name in COLUMNS}, "document": document}
