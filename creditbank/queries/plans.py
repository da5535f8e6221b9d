"""Programme plans: as a list, one in full, its text, its cohorts and its history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action, Role, Scope
from creditbank.domain.plan_events import PlanEventKind
from creditbank.domain.plans import Plan
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.plan_documents import write_plan
from creditbank.store.plan_versions import revision_of
from creditbank.store.plans import load_plan
from creditbank.store.unit_of_work import UnitOfWork

_STAFF = frozenset({Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER})


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


@dataclass(frozen=True, slots=True)
class PlanText:
    """A version as the text that a school writes. revision: what a change of it must name."""

    plan_id: int
    revision: str
    text: str


@dataclass(frozen=True, slots=True)
class PlanEventLine:
    """Who did what to a version. from_version: what a cohort followed before."""

    kind: PlanEventKind
    version: int
    from_version: int | None
    entry_year: int | None
    learner_count: int
    reason: str
    document_no: str
    acted_by: str
    acted_at: datetime


def plan_text(uow: UnitOfWork, actor: Actor, plan_id: int) -> PlanText:
    """The YAML of a version. Raises NotFoundError."""
    plan = plan_in_full(uow, actor, plan_id)
    return PlanText(plan_id, revision_of(plan), write_plan(plan))


def sees_inside(actor: Actor, institution_id: int) -> bool:
    """Whether numbers of learners and the history of a school's plans are the actor's to see."""
    scope = decide(actor, Action.SEE_PLANS).scope
    if actor.role in {Role.COUNTY, Role.AUDITOR}:
        return scope is Scope.COUNTY
    return actor.role in _STAFF and actor.institution_id == institution_id


_EVENTS = text("""
SELECT v.kind, p.version, f.version AS from_version, v.entry_year, v.learner_count, v.reason,
  v.document_no, coalesce(a.display_name, '') AS acted_by, v.acted_at
FROM plan_events v JOIN program_plans p USING (plan_id)
LEFT JOIN program_plans f ON f.plan_id = v.from_plan_id
LEFT JOIN accounts a ON a.account_id = v.acted_by
WHERE v.institution_id = :institution_id AND p.code = :code
ORDER BY v.plan_event_id DESC LIMIT 100
""")


def plan_history(uow: UnitOfWork, actor: Actor, plan: Plan) -> list[PlanEventLine]:
    """What happened to all versions of a plan, newest first; nothing for who is outside."""
    if not sees_inside(actor, plan.institution_id):
        return []
    rows = uow.connection.execute(
        _EVENTS, {"institution_id": plan.institution_id, "code": plan.code}
    )
    return [
        PlanEventLine(
            **{**row, "kind": PlanEventKind(row["kind"]), "acted_by": row["acted_by"] or ""}
        )
        for row in rows.mappings()
    ]
