"""Term registrations as rows: who may be registered on a day, and what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text

from creditbank.tables.term_registrations import TermRegistration, TermRegistrationWithdrawal


class TermSeat(NamedTuple):
    """An enrolment as a registration looks at it. is_away: suspended on the day.

    state, registered_on, reason, on_leave: the record that speaks; state None where there is none.
    """

    enrolment_id: int
    learner_id: int
    entered_on: date
    is_open: bool
    is_away: bool
    state: str | None
    registered_on: date | None
    reason: str | None
    on_leave: bool | None


_SEATS = text("""
SELECT e.enrolment_id, e.learner_id, e.entered_on, e.is_open, is_away(e.enrolment_id, :day),
  r.state, r.day, r.reason, r.on_leave
FROM enrolments e LEFT JOIN standing_term_registrations r
  ON r.enrolment_id = e.enrolment_id AND r.term_code = :term
WHERE e.institution_id = :school AND e.enrolment_id = ANY (:ids)
""")
_HOLD = text("""
SELECT FROM enrolments e WHERE e.institution_id = :school AND e.enrolment_id = ANY (:ids)
ORDER BY e.enrolment_id FOR SHARE
""")


def hold_seats(
    connection: Connection, school: int, enrolment_ids: Sequence[int], term_code: str, day: date
) -> dict[int, TermSeat]:
    """Enrolments at a school, by number; none changes its state until the transaction ends."""
    asked = {"school": school, "ids": [*enrolment_ids], "term": term_code, "day": day}
    connection.execute(_HOLD, {"school": school, "ids": asked["ids"]})
    return {row[0]: TermSeat(*row) for row in connection.execute(_SEATS, asked)}


def add_registrations(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """New records."""
    if rows:
        connection.execute(insert(TermRegistration), [dict(row) for row in rows])


class BatchLine(NamedTuple):
    """One record of a batch. is_over: recorded again since, which speaks in its place."""

    term_registration_id: int
    enrolment_id: int
    learner_id: int
    is_open: bool
    is_withdrawn: bool
    is_over: bool


class TermBatch(NamedTuple):
    """What one account recorded at one moment for a term. number: of its first record."""

    number: int
    by: str
    at: datetime
    lines: int
    withdrawn: int
    class_names: list[str]


# What was recorded together has account, term and moment in common.
_OF_BATCH = """
FROM term_registrations f JOIN term_registrations r
  ON (r.institution_id, r.term_code, r.recorded_by, r.recorded_at)
    = (f.institution_id, f.term_code, f.recorded_by, f.recorded_at)
  JOIN enrolments e ON e.enrolment_id = r.enrolment_id
WHERE f.term_registration_id = :number AND f.institution_id = :school
"""
_HOLD_BATCH = text(f"SELECT {_OF_BATCH} ORDER BY e.enrolment_id FOR UPDATE OF e")
_BATCH = text(f"""
SELECT r.term_registration_id, r.enrolment_id, e.learner_id, e.is_open,
  EXISTS (SELECT FROM term_registration_withdrawals w
    WHERE w.term_registration_id = r.term_registration_id),
  EXISTS (SELECT FROM standing_term_registrations s
    WHERE (s.enrolment_id, s.term_code) = (r.enrolment_id, r.term_code)
      AND s.term_registration_id > r.term_registration_id)
{_OF_BATCH} ORDER BY r.term_registration_id
""")  # noqa: S608 (put together from our own constants)
_BATCHES = text("""
SELECT min(r.term_registration_id), coalesce(max(a.display_name), ''), r.recorded_at, count(*),
  count(w.term_registration_id), array_agg(DISTINCT e.class_name ORDER BY e.class_name)
FROM term_registrations r JOIN enrolments e USING (enrolment_id)
  LEFT JOIN term_registration_withdrawals w USING (term_registration_id)
  LEFT JOIN accounts a ON a.account_id = r.recorded_by
WHERE r.institution_id = :school AND r.term_code = :term
GROUP BY r.recorded_by, r.recorded_at ORDER BY 1 DESC LIMIT :limit
""")


def hold_batch(connection: Connection, school: int, number: int) -> list[BatchLine]:
    """The records of a batch; nobody registers or changes whom they are of until the end."""
    asked = {"school": school, "number": number}
    connection.execute(_HOLD_BATCH, asked)
    return [BatchLine(*row) for row in connection.execute(_BATCH, asked)]


def term_batches(
    connection: Connection, school: int, term_code: str, *, limit: int
) -> list[TermBatch]:
    """The latest batches of a term, the last one first."""
    asked = {"school": school, "term": term_code, "limit": limit}
    return [TermBatch(*row) for row in connection.execute(_BATCHES, asked)]


def add_withdrawals(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Withdraw records."""
    if rows:
        connection.execute(insert(TermRegistrationWithdrawal), [dict(row) for row in rows])
