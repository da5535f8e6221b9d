"""Whose claims are, and the names that a clash may be shown with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

_WHO = text("""
SELECT c.claim_id, l.name, e.student_no, e.class_name, i.name AS school, i.name_en AS school_en
FROM claims c JOIN learners l ON l.learner_id = c.learner_id JOIN enrolments e USING (enrolment_id)
  JOIN institutions i ON i.institution_id = c.institution_id
WHERE c.claim_id = ANY (:ids)
""")
_SCHOOLS = text("""
SELECT institution_id, name, name_en FROM institutions WHERE institution_id = ANY (:ids)
""")
_NAMES = text("SELECT learner_id, name FROM learners WHERE learner_id = ANY (:ids)")


@dataclass(frozen=True, slots=True)
class Claimant:
    """Whose a claim is, and at which school."""

    name: str
    student_no: str
    class_name: str
    school: str
    school_en: str


def claimants(connection: Connection, claim_ids: Sequence[int]) -> dict[int, Claimant]:
    """Whose these claims are, by their number."""
    if not claim_ids:
        return {}
    rows = connection.execute(_WHO, {"ids": list(claim_ids)})
    return {row[0]: Claimant(*row[1:]) for row in rows}


def school_names(connection: Connection, ids: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The Chinese and the English name of schools."""
    rows = connection.execute(_SCHOOLS, {"ids": sorted(set(ids))})
    return {row[0]: (row[1], row[2]) for row in rows}


def learner_names(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Names of learners, as far as the reach shows."""
    rows = connection.execute(_NAMES, {"ids": sorted(set(ids))})
    return {row[0]: row[1] for row in rows}
