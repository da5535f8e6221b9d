"""Decisions and review cases: rows are inserted and stay; what stands is what nobody took back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.domain.decisions import contradicts
from creditbank.store.evaluations import mark
from creditbank.store.verdicts import Finding, Written
from creditbank.tables.decisions import DecisionRow, ReviewResolution

_OPEN = text("""
INSERT INTO review_cases (institution_id, learner_id, enrolment_id, subject_kind, subject_id,
  decision_id, frozen_verdict_id, verdict_id, findings_hash, opened_at)
SELECT d.institution_id, d.learner_id, d.enrolment_id, d.subject_kind, d.subject_id,
  d.decision_id, d.verdict_id, v.verdict_id, v.findings_hash, :now
FROM verdicts v JOIN standing_decisions d USING (enrolment_id, subject_kind, subject_id)
WHERE v.verdict_id = ANY (:verdict_ids) AND NOT EXISTS (
  SELECT 1 FROM review_cases c LEFT JOIN review_resolutions r USING (review_case_id)
  WHERE c.decision_id = d.decision_id AND r.review_case_id IS NULL)
ON CONFLICT (decision_id, findings_hash) DO NOTHING
""")
_STANDING = text("""
SELECT decision_id FROM standing_decisions WHERE enrolment_id = :enrolment_id
  AND subject_kind = :subject_kind AND subject_id = :subject_id
""")
_DECISION = text("""
SELECT d.*, s.decision_id IS NOT NULL AS stands
FROM decisions d LEFT JOIN standing_decisions s USING (decision_id)
WHERE d.decision_id = :decision_id
""")
_HEAD = text("""
SELECT verdict_id FROM verdict_heads WHERE enrolment_id = :enrolment_id
  AND subject_kind = :subject_kind AND subject_id = :subject_id AND findings_hash = :findings_hash
""")
_FACTS_MOVE = text("""
UPDATE learner_heads SET facts_seq = facts_seq + 1 WHERE learner_id = :learner_id
RETURNING ledger_seq
""")
_OPEN_OF_DECISION = text("""
SELECT c.review_case_id FROM review_cases c LEFT JOIN review_resolutions r USING (review_case_id)
WHERE c.decision_id = :decision_id AND r.review_case_id IS NULL
""")
_CASE = text("""
SELECT c.review_case_id, c.institution_id, c.learner_id, r.review_case_id IS NOT NULL AS is_resolved
FROM review_cases c LEFT JOIN review_resolutions r USING (review_case_id)
WHERE c.review_case_id = :review_case_id
""")


def open_review_cases(connection: Connection, written: Sequence[Written], *, now: datetime) -> None:
    """Open a case for each new verdict that contradicts a standing decision on its subject.

    Once for each contradiction: while a case is open further verdicts belong to it, and findings
    that were reviewed before are not asked about again.
    """
    against = [
        item.verdict_id
        for item in written
        if item.finding.inputs.snapshot.decisions and contradicts(item.finding.verdict)
    ]
    if against:
        connection.execute(_OPEN, {"verdict_ids": against, "now": now})


def standing_decision(
    connection: Connection, enrolment_id: int, subject_kind: str, subject_id: int
) -> int | None:
    """The decision that stands on this subject, if there is one."""
    found: int | None = connection.execute(
        _STANDING,
        {"enrolment_id": enrolment_id, "subject_kind": subject_kind, "subject_id": subject_id},
    ).scalar()
    return found


def head_verdict_id(connection: Connection, finding: Finding) -> int | None:
    """The stored row that says what this finding says, if it is the one that stands."""
    verdict = finding.verdict
    found: int | None = connection.execute(
        _HEAD,
        {
            "enrolment_id": verdict.enrolment_id,
            "subject_kind": verdict.subject_kind.value,
            "subject_id": verdict.subject_id,
            "findings_hash": finding.findings_hash,
        },
    ).scalar()
    return found


def move_facts(connection: Connection, learner_id: int, *, cause: str, now: datetime) -> None:
    """A decision is a fact that verdicts look at: the head moves on and the learner is marked."""
    ledger_seq = connection.execute(_FACTS_MOVE, {"learner_id": learner_id}).scalar_one()
    mark(connection, [learner_id], due_seq=ledger_seq, cause=cause, now=now)


def read_decision(connection: Connection, decision_id: int) -> dict[str, Any] | None:
    """One row that the reach shows, and whether it stands; None if there is none."""
    row = connection.execute(_DECISION, {"decision_id": decision_id}).mappings().first()
    return None if row is None else dict(row)


def insert_decision(connection: Connection, row: dict[str, Any]) -> int:
    """Insert one decision or withdrawal; returns its id."""
    made = connection.execute(
        insert(DecisionRow).values(**row).returning(col(DecisionRow.decision_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def open_cases_of(connection: Connection, decision_id: int) -> list[int]:
    """The cases about a decision that nobody has resolved."""
    found = connection.execute(_OPEN_OF_DECISION, {"decision_id": decision_id})
    return list(found.scalars())


def read_case(connection: Connection, review_case_id: int) -> dict[str, Any] | None:
    """Whose case it is and whether it is resolved; None outside the reach."""
    row = connection.execute(_CASE, {"review_case_id": review_case_id}).mappings().first()
    return None if row is None else dict(row)


def resolve_case(connection: Connection, row: dict[str, Any]) -> None:
    """Insert the end of a case; a second one raises IntegrityError."""
    connection.execute(insert(ReviewResolution).values(**row))
