"""The plans that concern a reader, by school and major: versions, cohorts, numbers of learners."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action, Role
from creditbank.queries.plans import sees_inside
from creditbank.store.unit_of_work import UnitOfWork

_OWN = frozenset({Role.STUDENT, Role.GUARDIAN})
_STAFF = frozenset({Role.TEACHER, Role.ADVISOR, Role.REGISTRAR, Role.APPROVER})


@dataclass(frozen=True, slots=True)
class CohortLine:
    """A cohort that follows a version. learner_count: None where it is not the reader's to see."""

    entry_year: int
    learner_count: int | None


@dataclass(frozen=True, slots=True)
class PlanVersion:
    """One version in the list."""

    plan_id: int
    institution_id: int
    institution_name: str
    institution_name_en: str
    code: str
    version: int
    name: str
    major_code: str
    major_name: str
    years: int
    units_min: int
    cohorts: tuple[CohortLine, ...]


_VERSIONS = text("""
SELECT p.plan_id, p.institution_id, i.name AS institution_name,
  i.name_en AS institution_name_en, p.code, p.version, p.name,
  p.major_code, coalesce(m.name, '') AS major_name, p.years, p.units_min,
  coalesce((SELECT array_agg(c.entry_year || ':' || (SELECT count(*) FROM enrolments e
      WHERE e.plan_id = c.plan_id AND e.entry_year = c.entry_year AND e.is_open)
      ORDER BY c.entry_year DESC) FROM cohort_plans c WHERE c.plan_id = p.plan_id), '{}') AS cohorts
FROM program_plans p JOIN institutions i USING (institution_id)
LEFT JOIN majors m ON m.code = p.major_code AND m.catalogue_year = p.catalogue_year
WHERE (cast(:school AS int) IS NULL OR p.institution_id = :school)
  AND (cast(:learner_ids AS int[]) IS NULL OR p.plan_id IN (
    SELECT e.plan_id FROM enrolments e WHERE e.learner_id = ANY (:learner_ids)))
  AND (cast(:code AS text) IS NULL OR p.code = :code)
ORDER BY i.institution_id, p.major_code, p.code, p.version DESC
""")


def plan_versions(
    uow: UnitOfWork, actor: Actor, *, school: int | None = None, code: str | None = None
) -> list[PlanVersion]:
    """Of a learner those that are followed, of staff the school's own, of all others the county's.

    school, code: only these, such as all versions of one plan, whoever's it is.
    """
    decide(actor, Action.SEE_PLANS)
    wanted = school
    if wanted is None and actor.role in _STAFF:
        wanted = actor.institution_id
    own = sorted(actor.learner_ids) if actor.role in _OWN and code is None else None
    rows = uow.connection.execute(_VERSIONS, {"school": wanted, "learner_ids": own, "code": code})
    return [
        PlanVersion(**{**row, "cohorts": _cohorts(actor, row["institution_id"], row["cohorts"])})
        for row in rows.mappings()
    ]


def _cohorts(actor: Actor, institution_id: int, packed: list[str]) -> tuple[CohortLine, ...]:
    inside = sees_inside(actor, institution_id)
    return tuple(
        CohortLine(int(year), int(count) if inside else None)
        for year, _, count in (item.partition(":") for item in packed)
    )
