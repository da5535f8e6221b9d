"""Who stands behind the lines of a simulation. Names are read for what is shown, and noted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action, Scope
from creditbank.domain.simulations import Affected
from creditbank.store.access_log import record_access
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class AffectedLearner:
    """One line with the learner's name. institution_name_en: "" where there is none."""

    affected: Affected
    name: str
    student_no: str
    class_name: str
    institution_name: str
    institution_name_en: str
    major_name: str


@dataclass(frozen=True, slots=True)
class SchoolCohort:
    """Those who entered in a year and follow versions of one plan; learners: how many."""

    institution_id: int
    institution_name: str
    institution_name_en: str
    plan_code: str
    plan_name: str
    entry_year: int
    learners: int


@dataclass(frozen=True, slots=True)
class GroupNames:
    """Names of what charts count by. schools: (name, English name) by id; majors: by code."""

    schools: dict[int, tuple[str, str]]
    majors: dict[str, str]


_LEARNERS = text("""
SELECT e.enrolment_id, l.name, e.student_no, e.class_name, i.name AS institution_name,
  i.name_en AS institution_name_en, coalesce(m.name, '') AS major_name
FROM enrolments e JOIN learners l USING (learner_id) JOIN institutions i USING (institution_id)
LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
WHERE e.enrolment_id = ANY (:ids)
""")
_SCHOOLS = text("""
SELECT institution_id, name, name_en FROM institutions
WHERE kind IN ('vocational_school', 'general_high_school') ORDER BY institution_id
""")
_MAJORS = text("SELECT code, min(name) AS name FROM majors GROUP BY code")
_COHORTS = text("""
SELECT e.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  p.code AS plan_code, max(p.name) AS plan_name, e.entry_year, count(*) AS learners
FROM enrolments e JOIN program_plans p USING (plan_id)
JOIN institutions i ON i.institution_id = e.institution_id
WHERE e.is_open AND (cast(:school AS int) IS NULL OR e.institution_id = :school)
GROUP BY e.institution_id, i.name, i.name_en, p.code, e.entry_year
ORDER BY e.institution_id, e.entry_year DESC, p.code
""")


def affected_learners(
    uow: UnitOfWork, actor: Actor, affected: Sequence[Affected], *, now: datetime
) -> tuple[AffectedLearner, ...]:
    """These lines with names, in their order; one line in the access log for all of them.

    Learners outside the unit of work's reach are left out. Raises ForbiddenError.
    """
    grant = decide(actor, Action.SIMULATE_RULES)
    rows = uow.connection.execute(
        _LEARNERS, {"ids": sorted({item.enrolment_id for item in affected})}
    )
    known = {row["enrolment_id"]: dict(row) for row in rows.mappings()}
    found = [
        AffectedLearner(
            item,
            **{name: part for name, part in known[item.enrolment_id].items() if name != _ID},
        )
        for item in affected
        if item.enrolment_id in known
    ]
    record_access(
        uow.connection, actor, Action.SIMULATE_RULES, grant.mask,
        [item.affected.learner_id for item in found], now,
    )  # fmt: skip
    return tuple(found)


def group_names(uow: UnitOfWork) -> GroupNames:
    """Names of all schools and majors of the county."""
    schools = uow.connection.execute(_SCHOOLS)
    majors = uow.connection.execute(_MAJORS)
    return GroupNames(
        {row.institution_id: (row.name, row.name_en) for row in schools},
        {row.code: row.name for row in majors},
    )


def school_cohorts(uow: UnitOfWork, actor: Actor) -> tuple[SchoolCohort, ...]:
    """The cohorts that another plan can be tried on: of the actor's school, or of the county."""
    grant = decide(actor, Action.SIMULATE_RULES)
    school = actor.institution_id if grant.scope is Scope.SCHOOL else None
    rows = uow.connection.execute(_COHORTS, {"school": school})
    return tuple(SchoolCohort(**row) for row in rows.mappings())


_ID = "enrolment_id"
