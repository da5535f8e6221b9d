"""Positions of a cohort's changes: given to marks one call after the other, read in order."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, text


class ChangedLine(NamedTuple):
    """A member who changed at a position last. is_shared: the college may see the member now.

    was_shared: it was shown the member at least once. is_status: the verdict changed since the
    position asked for.
    """

    position: int
    learner_id: int
    enrolment_id: int
    is_shared: bool
    was_shared: bool
    is_status: bool


_LINES = text("""
SELECT l.position, l.learner_id, l.enrolment_id,
  EXISTS (SELECT FROM shared_members s
    WHERE s.agreement_id = l.agreement_id AND s.enrolment_id = l.enrolment_id) AS is_shared,
  l.was_shared, l.status_position > :since AS is_status
FROM cohort_lines l WHERE l.agreement_id = :agreement AND l.position > :since
ORDER BY l.position LIMIT :limit
""")
_UNTOLD = text("""
SELECT agreement_id FROM cohort_marks
UNION SELECT agreement_id FROM cohort_heads WHERE position > announced
UNION SELECT a.agreement_id FROM agreements_on(:on) a LEFT JOIN cohort_heads h USING (agreement_id)
  WHERE (:on BETWEEN a.valid_from AND a.valid_to) <> coalesce(h.is_valid, false)
ORDER BY agreement_id
""")
_TURN = text("SELECT turn_cohort(:agreement, :on)")
_SETTLE = text("SELECT settle_cohort(:agreement)")


def settle(connection: Connection, agreement_id: int, *, on: date) -> int:
    """Give every member who is marked the next position; the last position there is then.

    When the agreement has begun or ended since it was asked last, that marks whoever is shown.
    What has not been committed yet is not seen, and gets a later position. Commit before anybody
    is told of the positions.
    """
    connection.execute(_TURN, {"agreement": agreement_id, "on": on})
    return int(connection.execute(_SETTLE, {"agreement": agreement_id}).scalar_one())


def last_position(connection: Connection, agreement_id: int) -> int:
    """The last position that was given, 0 before the first."""
    query = text("SELECT position FROM cohort_heads WHERE agreement_id = :agreement")
    return int(connection.execute(query, {"agreement": agreement_id}).scalar() or 0)


def lines_after(
    connection: Connection, agreement_id: int, since: int, *, limit: int
) -> list[ChangedLine]:
    """Who changed after a position, in the order of positions."""
    asked = {"agreement": agreement_id, "since": since, "limit": limit}
    return [ChangedLine(*row) for row in connection.execute(_LINES, asked)]


def untold_agreements(connection: Connection, *, on: date) -> list[int]:
    """Agreements with marks, with positions that webhooks were not told of, begun or ended."""
    return list(connection.execute(_UNTOLD, {"on": on}).scalars())


def lock_announced(connection: Connection, agreement_id: int) -> int:
    """Up to which position webhooks have been told; until the transaction ends nobody else asks."""
    query = text("SELECT announced FROM cohort_heads WHERE agreement_id = :agreement FOR UPDATE")
    return int(connection.execute(query, {"agreement": agreement_id}).scalar() or 0)


def move_announced(connection: Connection, agreement_id: int, position: int) -> None:
    """Webhooks have been told up to a position."""
    query = text("UPDATE cohort_heads SET announced = :position WHERE agreement_id = :agreement")
    connection.execute(query, {"agreement": agreement_id, "position": position})
