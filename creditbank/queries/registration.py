"""What a registrar can choose from when a learner is enrolled: cohorts with a plan, agreements."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort of one major with the plan it follows."""

    entry_year: int
    plan_code: str
    plan_name: str
    major_code: str
    catalogue_year: int
    major_name: str


@dataclass(frozen=True, slots=True)
class CohortAgreement:
    """One agreement of the school."""

    agreement_id: int
    name: str


_COHORTS = text("""
SELECT c.entry_year, c.plan_code, p.name AS plan_name, p.major_code, p.catalogue_year,
  coalesce(m.name, p.name) AS major_name
FROM cohort_plans c JOIN program_plans p USING (plan_id)
  LEFT JOIN majors m ON m.code = p.major_code AND m.catalogue_year = p.catalogue_year
WHERE c.institution_id = :school ORDER BY c.entry_year DESC, p.major_code, c.plan_code
""")
_AGREEMENTS = text("""
SELECT agreement_id, name FROM articulation_agreements WHERE school_id = :school
ORDER BY entry_year DESC, agreement_id
""")


def school_cohorts(uow: UnitOfWork, actor: Actor) -> tuple[Cohort, ...]:
    """The cohorts of the actor's school, the latest first."""
    decide(actor, Action.REGISTER_LEARNER)
    rows = uow.connection.execute(_COHORTS, {"school": actor.institution_id})
    return tuple(Cohort(**row) for row in rows.mappings())


def school_agreements(uow: UnitOfWork, actor: Actor) -> tuple[CohortAgreement, ...]:
    """The agreements of the actor's school, of the latest cohort first."""
    decide(actor, Action.REGISTER_LEARNER)
    rows = uow.connection.execute(_AGREEMENTS, {"school": actor.institution_id})
    return tuple(CohortAgreement(**row) for row in rows.mappings())
