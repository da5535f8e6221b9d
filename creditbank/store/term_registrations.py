"""Term registrations as rows: who may be registered on a day, and what is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import Connection, insert, text

from creditbank.tables.term_registrations import TermRegistration


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
