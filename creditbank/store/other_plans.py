"""Plans that a learner of a cohort might follow instead: other majors, the other kind of school."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from creditbank.domain.institutions import InstitutionKind


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """A plan of the cohort. institution_kind: of its school."""

    plan_id: int
    plan_name: str
    major_code: str
    institution_id: int
    institution_name: str
    institution_name_en: str
    institution_kind: InstitutionKind


# The other kind of school within the county (area), as cross-track transfers never leave it.
_PLANS = text("""
SELECT p.plan_id, p.name AS plan_name, p.major_code, i.institution_id,
  i.name AS institution_name, i.name_en AS institution_name_en, i.kind AS institution_kind
FROM cohort_plans c JOIN program_plans p USING (plan_id)
  JOIN institutions i ON i.institution_id = p.institution_id
  JOIN institutions own ON own.institution_id = :institution_id
WHERE c.entry_year = :entry_year AND (i.institution_id = own.institution_id
  OR (i.area_code = own.area_code AND i.kind <> own.kind
    AND i.kind IN ('vocational_school', 'general_high_school')
    AND own.kind IN ('vocational_school', 'general_high_school')))
ORDER BY i.institution_id <> own.institution_id, i.institution_id, p.major_code, p.plan_id
""")


def other_plans(
    connection: Connection, *, institution_id: int, entry_year: int
) -> tuple[OtherPlan, ...]:
    """Plans of the cohort at this school and at those of the other kind, this school's first."""
    rows = connection.execute(
        _PLANS, {"institution_id": institution_id, "entry_year": entry_year}
    ).mappings()
    return tuple(
        OtherPlan(**{**row, "institution_kind": InstitutionKind(row["institution_kind"])})
        for row in rows
    )
