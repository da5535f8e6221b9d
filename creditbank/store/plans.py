"""Programme plans: rows to domain. A parsed plan is kept while its document stays the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Text, cast, func, select
from sqlmodel import col

from creditbank.domain.courses import CourseNature
from creditbank.domain.errors import NotFoundError
from creditbank.domain.plans import Block, ConditionKind, Plan, PlanCourse, Substitution
from creditbank.tables.plans import ProgramPlan

_parsed: dict[tuple[int, str], Plan] = {}
_PARSED_MAX = 2_000


def load_plans(connection: Connection, plan_ids: Iterable[int]) -> dict[int, Plan]:
    """The plans by id. NotFoundError if one is missing."""
    wanted = sorted(set(plan_ids))
    digest = func.md5(cast(col(ProgramPlan.document), Text))
    found = connection.execute(
        select(col(ProgramPlan.plan_id), digest).where(col(ProgramPlan.plan_id).in_(wanted))
    )
    keys = {plan_id: (plan_id, str(md5)) for plan_id, md5 in found}
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
    document = row["document"]
    return Plan(
        plan_id=row["plan_id"],
        code=row["code"],
        version=row["version"],
        name=row["name"],
        institution_id=row["institution_id"],
        major_code=row["major_code"],
        catalogue_year=row["catalogue_year"],
        years=row["years"],
        units_min=row["units_min"],
        blocks=tuple(
            Block(
                **{
                    **block,
                    "nature": CourseNature(block["nature"]),
                    "substitution": Substitution(block["substitution"]),
                }
            )
            for block in document["blocks"]
        ),
        courses=tuple(
            PlanCourse(**{**course, "also_counts_in": tuple(course["also_counts_in"])})
            for course in document["courses"]
        ),
        conditions=tuple(ConditionKind(kind) for kind in document["conditions"]),
        required_pass_exams=tuple(document["required_pass_exams"]),
    )
