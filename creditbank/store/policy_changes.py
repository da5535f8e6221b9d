"""Policy values put in force: inserted, and the verdicts that then rest on older ones marked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, text
from sqlmodel import col

from creditbank.store.policies import policy_for
from creditbank.tables.policy_changes import PolicyChange

# A closed enrolment is judged by the rules of the day of its verdict, an open one by today's.
_JUDGED = text("""
SELECT DISTINCT e.institution_id, CASE WHEN e.is_open THEN cast(:day AS date) ELSE h.as_of END
  AS day
FROM verdict_heads h JOIN enrolments e USING (enrolment_id)
WHERE (cast(:school AS int) IS NULL OR e.institution_id = :school)
  AND (e.is_open OR h.as_of >= :since)
""")
_MARK = text("""
INSERT INTO pending_evaluations (learner_id, due_seq, cause, marked_at)
SELECT h.learner_id, max(h.ledger_seq), :cause, cast(:now AS timestamptz)
FROM verdict_heads h JOIN enrolments e USING (enrolment_id)
JOIN unnest(cast(:schools AS int[]), cast(:days AS date[]), cast(:versions AS text[]))
  AS p (institution_id, day, version) ON p.institution_id = e.institution_id
  AND p.day = CASE WHEN e.is_open THEN cast(:day AS date) ELSE h.as_of END
WHERE h.policy_version <> p.version
GROUP BY h.learner_id ORDER BY h.learner_id
""")


def insert_change(connection: Connection, row: dict[str, Any]) -> int:
    """Insert one change; returns its id."""
    made = connection.execute(
        insert(PolicyChange).values(**row).returning(col(PolicyChange.policy_change_id))
    )
    return int(made.scalar_one())  # type: ignore[arg-type]


def mark_behind(
    connection: Connection,
    *,
    school: int | None,
    since: date,
    cause: str,
    day: date,
    now: datetime,
) -> int:
    """Mark whoever's verdict rests on rules that have changed since a day; returns how many.

    school: of one school, whose rules alone have changed; None: of all that the reach shows.
    """
    judged = connection.execute(_JUDGED, {"school": school, "day": day, "since": since}).all()
    asked = {
        "schools": [row.institution_id for row in judged],
        "days": [row.day for row in judged],
        "versions": [policy_for(connection, row.institution_id, row.day).version for row in judged],
    }
    return connection.execute(_MARK, {**asked, "cause": cause, "day": day, "now": now}).rowcount
