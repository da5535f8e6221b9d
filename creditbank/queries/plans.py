"""Programme plans, as a list and one in full."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from creditbank.domain.access import Action, Actor, decide
from creditbank.domain.plans import Plan
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One plan version in the list; entry_years: the cohorts that follow it."""

    plan_id: int
    institution_id: int
    institution_name: str
    code: str
    version: int
    name: str
    major_code: str
    catalogue_year: int
    years: int
    units_min: int
    entry_years: tuple[int, ...]


_PLANS = text("""
SELECT p.plan_id, p.institution_id, i.name AS institution_name, p.code, p.version, p.name,
  p.major_code, p.catalogue_year, p.years, p.units_min,
  coalesce((SELECT array_agg(c.entry_year ORDER BY c.entry_year) FROM cohort_plans c
    WHERE c.plan_id = p.plan_id), '{}') AS entry_years
FROM program_plans p JOIN institutions i USING (institution_id)
WHERE cast(:after AS int) IS NULL OR p.plan_id > :after ORDER BY p.plan_id LIMIT :limit
""")


def list_plans(
    uow: UnitOfWork, actor: Actor, *, limit: int = 50, cursor: str = ""
) -> Page[PlanLine]:
    """All plan versions of the county; plans name nobody."""
    decide(actor, Action.SEE_PLANS)
    limit = clamp(limit)
    after = decode_cursor(cursor, (int,))
    rows = uow.connection.execute(
        _PLANS, {"after": None if after is None else after[0], "limit": limit + 1}
    )
    found = [
        PlanLine(**{**row, "entry_years": tuple(row["entry_years"])}) for row in rows.mappings()
    ]
    return page_of(found, limit, lambda item: (item.plan_id,))


def plan_in_full(uow: UnitOfWork, actor: Actor, plan_id: int) -> Plan:
    """One plan with its blocks and courses. Raises NotFoundError."""
    decide(actor, Action.SEE_PLANS)
    return load_plan(uow.connection, plan_id)
