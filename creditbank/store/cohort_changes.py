"""Positions of a cohort's changes: given to marks one call after the other, read in order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
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


class SinceLook(NamedTuple):
    """What a class has new for an account that looked at it at looked_at last; None for never.

    position: up to where this was asked. changed: enrolments of members who are shown. decided: how
    many of them have another verdict or step. left: how many were shown and are not any more.
    """

    agreement_id: int
    position: int
    looked_at: datetime | None
    changed: Sequence[int]
    decided: int
    left: int


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
UNION SELECT agreement_id FROM cohort_lines WHERE flagged_on < date_trunc('year', cast(:on AS date))
ORDER BY agreement_id
""")
_FLAGGED = text("""
SELECT enrolment_id FROM cohort_lines
WHERE agreement_id = :agreement AND flagged_on < date_trunc('year', cast(:on AS date))
""")
# Whoever left before the first look was never there for the account.
_SINCE_LOOK = text("""
SELECT h.agreement_id, h.position, k.looked_at,
  array_agg(l.enrolment_id) FILTER (WHERE l.is_shared) AS changed,
  count(*) FILTER (WHERE l.is_shared AND l.status_position > coalesce(k.position, 0)) AS decided,
  count(*) FILTER (WHERE l.was_shared AND NOT l.is_shared AND k.position IS NOT NULL) AS left_since
FROM cohort_heads h
LEFT JOIN LATERAL (SELECT position, looked_at FROM cohort_looks
  WHERE account_id = :account AND agreement_id = h.agreement_id
  ORDER BY position DESC LIMIT 1) k ON true
JOIN LATERAL (SELECT c.*, EXISTS (SELECT FROM shared_members s
    WHERE s.agreement_id = c.agreement_id AND s.enrolment_id = c.enrolment_id) AS is_shared
  FROM cohort_lines c
  WHERE c.agreement_id = h.agreement_id AND c.position > coalesce(k.position, 0)) l ON true
WHERE h.agreement_id = ANY (:agreements)
GROUP BY h.agreement_id, h.position, k.looked_at ORDER BY h.agreement_id
""")
_LOOK = text("""
INSERT INTO cohort_looks (account_id, agreement_id, position, looked_at)
SELECT :account, h.agreement_id, :position, :now FROM cohort_heads h
WHERE h.agreement_id = :agreement AND :position BETWEEN 1 AND h.position
ON CONFLICT DO NOTHING
""")
_TURN = text("SELECT turn_cohort(:agreement, :on)")
_FLAG = text("SELECT flag_cohort(:agreement, cast(:flags AS jsonb), :on)")
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
    """Agreements with marks, with positions that webhooks were not told of, begun or ended.

    And those with flags of an earlier year, see flagged_before.
    """
    return list(connection.execute(_UNTOLD, {"on": on}).scalars())


def flagged_before(connection: Connection, agreement_id: int, *, on: date) -> list[int]:
    """Whose flag was looked at last in an earlier year: some end with theirs, and write nothing."""
    asked = {"agreement": agreement_id, "on": on}
    return list(connection.execute(_FLAGGED, asked).scalars())


def flag_lines(
    connection: Connection, agreement_id: int, flags: Mapping[int, Sequence[str]], *, on: date
) -> bool:
    """Keep by enrolment what is otherwise than it was ranked by; whether any of it is news.

    Whose is has changed in status, and is marked for a position.
    """
    said = {number: ",".join(codes) for number, codes in flags.items()}
    asked = {"agreement": agreement_id, "flags": json.dumps(said), "on": on}
    return bool(connection.execute(_FLAG, asked).scalar_one())


def lock_announced(connection: Connection, agreement_id: int) -> int:
    """Up to which position webhooks have been told; until the transaction ends nobody else asks."""
    query = text("SELECT announced FROM cohort_heads WHERE agreement_id = :agreement FOR UPDATE")
    return int(connection.execute(query, {"agreement": agreement_id}).scalar() or 0)


def move_announced(connection: Connection, agreement_id: int, position: int) -> None:
    """Webhooks have been told up to a position."""
    query = text("UPDATE cohort_heads SET announced = :position WHERE agreement_id = :agreement")
    connection.execute(query, {"agreement": agreement_id, "position": position})


def since_looks(
    connection: Connection, account_id: int, agreement_ids: Sequence[int]
) -> list[SinceLook]:
    """What each class has new for an account; classes without anything new are left out."""
    asked = {"account": account_id, "agreements": list(agreement_ids)}
    return [
        SinceLook(
            row.agreement_id, row.position, row.looked_at, row.changed or (), row.decided,
            row.left_since,
        )
        for row in connection.execute(_SINCE_LOOK, asked)
    ]  # fmt: skip


def add_looks(
    connection: Connection, account_id: int, positions: Mapping[int, int], *, now: datetime
) -> int:
    """An account has looked at classes up to positions; how many of these are looks of their own.

    What was never given, and what was looked at before, changes nothing: the highest speaks.
    """
    values = [
        {"account": account_id, "agreement": agreement_id, "position": position, "now": now}
        for agreement_id, position in sorted(positions.items())
    ]
    return sum(connection.execute(_LOOK, value).rowcount for value in values)
