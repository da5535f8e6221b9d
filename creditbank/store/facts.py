"""Facts about an enrolment, as rows: read as they stand, added, never changed.

The triggers move the learner's facts_seq and mark the learner; nothing here has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text
from sqlmodel import SQLModel

from creditbank.tables.facts import (
    AttestationRecord,
    ConductEvaluation,
    InternshipAppraisal,
    SanctionLifting,
    SanctionRecord,
)

TABLES: Mapping[str, type[SQLModel]] = {
    "conduct": ConductEvaluation,
    "internship": InternshipAppraisal,
    "sanction": SanctionRecord,
    "lifting": SanctionLifting,
    "attestation": AttestationRecord,
}
_KEYS = {
    "conduct": "conduct_evaluation_id",
    "internship": "internship_appraisal_id",
    "sanction": "sanction_id",
    "lifting": "sanction_id",
    "attestation": "attestation_id",
}


class OwnEnrolment(NamedTuple):
    """The enrolment at one school that facts are recorded on.

    left_on: the day of the change that ended it; None while it is open, and after a completion
    (结业), which may still become a graduation.
    """

    enrolment_id: int
    entered_on: date
    major_code: str
    catalogue_year: int
    entry_year: int
    plan_id: int
    is_open: bool
    left_on: date | None


class StandingSanction(NamedTuple):
    """A sanction with whose it is, and the day it was lifted, None while it stands."""

    learner_id: int
    institution_id: int
    decided_on: date
    lifted_on: date | None


_OWN = text("""
SELECT enrolment_id, entered_on, major_code, catalogue_year, entry_year, plan_id, is_open,
  CASE WHEN NOT is_open AND status <> '08' THEN (SELECT max(c.takes_effect_on)
    FROM status_change_executions x JOIN status_changes c USING (status_change_id)
    WHERE x.enrolment_id = e.enrolment_id) END AS left_on
FROM enrolments e
WHERE learner_id = :learner_id AND institution_id = :institution_id
  AND (cast(:enrolment_id AS int) IS NULL OR enrolment_id = :enrolment_id)
ORDER BY is_open DESC, entered_on DESC, enrolment_id DESC LIMIT 1
""")
_SANCTION = text("""
SELECT e.learner_id, e.institution_id, s.decided_on,
  coalesce(s.lifted_on, l.lifted_on) AS lifted_on
FROM sanctions s JOIN enrolments e USING (enrolment_id)
  LEFT JOIN sanction_liftings l USING (sanction_id) WHERE s.sanction_id = :id
""")
_ATTESTATION = text("""
SELECT t.kind FROM attestations t WHERE t.attestation_id = :id AND t.enrolment_id = :enrolment
  AND NOT EXISTS (SELECT FROM attestations r WHERE r.replaces_id = t.attestation_id)
""")


def own_enrolment(
    connection: Connection, learner_id: int, institution_id: int, enrolment_id: int | None = None
) -> OwnEnrolment | None:
    """The learner's enrolment at a school: the one named, or an open one first, then the latest."""
    row = connection.execute(
        _OWN,
        {
            "learner_id": learner_id,
            "institution_id": institution_id,
            "enrolment_id": enrolment_id,
        },
    ).first()
    return None if row is None else OwnEnrolment(*row)


def sanction(connection: Connection, sanction_id: int) -> StandingSanction | None:
    """One sanction, as far as the reach shows."""
    row = connection.execute(_SANCTION, {"id": sanction_id}).first()
    return None if row is None else StandingSanction(*row)


def standing_attestation(
    connection: Connection, attestation_id: int, enrolment_id: int
) -> str | None:
    """The kind of an attestation of this enrolment that nothing has replaced yet."""
    row = connection.execute(
        _ATTESTATION, {"id": attestation_id, "enrolment": enrolment_id}
    ).first()
    return None if row is None else row.kind


def has_sanction(
    connection: Connection, enrolment_id: int, *, document_no: str, level: str, decided_on: date
) -> bool:
    """Whether this very sanction is on record."""
    found = connection.execute(
        text(
            "SELECT 1 FROM sanctions WHERE enrolment_id = :enrolment AND document_no = :document"
            " AND level = :level AND decided_on = :decided_on"
        ),
        {
            "enrolment": enrolment_id,
            "document": document_no,
            "level": level,
            "decided_on": decided_on,
        },
    )
    return found.first() is not None


def add_fact(connection: Connection, kind: str, values: Mapping[str, Any]) -> int:
    """A new row in the table of a kind; the number it got there."""
    table = TABLES[kind]
    key = table.__table__.c[_KEYS[kind]]  # type: ignore[attr-defined]
    made = connection.execute(insert(table).values(**values).returning(key))
    return int(made.scalar_one())


def facts_seq(connection: Connection, learner_id: int) -> int:
    """The state of the learner's facts in this transaction."""
    found: int = connection.execute(
        text("SELECT facts_seq FROM learner_heads WHERE learner_id = :id"), {"id": learner_id}
    ).scalar_one()
    return found
