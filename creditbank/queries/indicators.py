"""Counts for the county: learners by school, major, cohort and outcome. Names nobody."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.permissions import Action
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """How many enrolments of one school, major and cohort have one outcome ("" not yet known)."""

    institution_id: int
    institution_name: str
    institution_name_en: str
    institution_kind: str
    major_code: str
    major_name: str
    entry_year: int
    subject_kind: str
    outcome: str
    enrolments: int


_COUNTS = text("""
SELECT i.institution_id, i.name AS institution_name, i.name_en AS institution_name_en,
  i.kind AS institution_kind, e.major_code, coalesce(m.name, '') AS major_name, e.entry_year,
  coalesce(h.subject_kind, 'graduation') AS subject_kind, coalesce(h.outcome, '') AS outcome,
  count(*) AS enrolments
FROM enrolments e JOIN institutions i USING (institution_id)
LEFT JOIN majors m ON m.code = e.major_code AND m.catalogue_year = e.catalogue_year
LEFT JOIN verdict_heads h ON h.enrolment_id = e.enrolment_id
GROUP BY i.institution_id, i.name, i.name_en, i.kind, e.major_code, m.name, e.entry_year,
  h.subject_kind, h.outcome
ORDER BY i.institution_id, e.major_code, e.entry_year, subject_kind, outcome
""")


def outcome_counts(uow: UnitOfWork, actor: Actor) -> tuple[OutcomeCount, ...]:
    """All counts, for the bureau and its auditors: as many as there are classes of outcome."""
    decide(actor, Action.SEE_INDICATORS)
    rows = uow.connection.execute(_COUNTS)
    return tuple(OutcomeCount(**row) for row in rows.mappings())
