"""What waits for an office: claims for the first review, for the final one, and objections.

The oldest is first. A page holds as many as a morning's work; what an office has dealt with is
gone from it, so that there is no cursor.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.claims import ClaimKind, ClaimMoveKind, QueueState
from creditbank.domain.permissions import Action
from creditbank.queries.claims import ClaimLine, claim_line
from creditbank.store.access_log import record_access
from creditbank.store.claimants import Claimant, claimants
from creditbank.store.claims import KeptMove, read_claims
from creditbank.store.terms import school_calendar
from creditbank.store.unit_of_work import UnitOfWork

QUEUE_MAX = 100


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What of a queue is wanted; None and "" for all."""

    state: QueueState = QueueState.WAITING
    kind: ClaimKind | None = None
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One that waits. days: working days since it came. Its units are those that were granted."""

    line: ClaimLine
    who: Claimant
    days: int


@dataclass(frozen=True, slots=True)
class ClaimQueue:
    """lines: at most QUEUE_MAX. count: all that the filter finds. by_state: how many of each state.

    classes: of everybody who waits in this state, for the filter.
    """

    lines: tuple[QueueLine, ...]
    count: int
    by_state: Mapping[QueueState, int] = field(default_factory=dict)
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenObjection:
    """An objection that nobody has answered, and the claim that it holds up."""

    move: KeptMove
    line: ClaimLine
    who: Claimant


_MOVES = {
    QueueState.WAITING: ("submit", "bounce"),
    QueueState.BOUNCED: ("bounce",),
    QueueState.RETURNED: ("return",),
}
_WAITING = text("""
SELECT s.claim_id, s.kind AS move, t.kind, e.class_name,
  (SELECT min(m.made_on) FROM claim_moves m WHERE m.claim_id = s.claim_id
    AND m.revision = s.revision AND m.kind = 'submit') AS came_on, s.made_at
FROM claim_states s JOIN enrolments e USING (enrolment_id)
  JOIN claim_statements t ON (t.claim_id, t.revision) = (s.claim_id, s.revision)
WHERE s.institution_id = :school AND s.kind = ANY (:moves)
ORDER BY s.made_at, s.claim_id
""")
_OBJECTIONS = text("""
SELECT o.claim_id, o.claim_move_id FROM claim_moves o
WHERE o.institution_id = :school AND o.kind = 'object'
  AND NOT EXISTS (SELECT FROM claim_moves r WHERE r.about_id = o.claim_move_id)
  AND (SELECT s.kind FROM claim_states s WHERE s.claim_id = o.claim_id) = 'confirm'
ORDER BY o.claim_move_id LIMIT :limit
""")


def first_queue(uow: UnitOfWork, actor: Actor, wanted: QueueFilter, *, now: datetime) -> ClaimQueue:
    """The registrar's: what waits for 初审, or for the learner. Raises ForbiddenError."""
    grant = decide(actor, Action.REVIEW_CLAIM)
    everything = list(_rows(uow, actor, [move for moves in _MOVES.values() for move in moves]))
    of_state = [row for row in everything if row.move in _MOVES[wanted.state]]
    found = [
        row
        for row in of_state
        if (wanted.kind is None or row.kind == wanted.kind)
        and (not wanted.class_name or row.class_name == wanted.class_name)
    ]
    moves = Counter(row.move for row in everything)
    lines = _lines(uow, found[:QUEUE_MAX], today=local_date(now))
    seen = [item.line.claim.learner_id for item in lines]
    record_access(uow.connection, actor, Action.REVIEW_CLAIM, grant.mask, seen, now)
    return ClaimQueue(
        lines=lines,
        count=len(found),
        by_state={state: sum(moves[move] for move in _MOVES[state]) for state in QueueState},
        classes=tuple(sorted({row.class_name for row in of_state})),
    )


def final_queue(uow: UnitOfWork, actor: Actor, *, now: datetime) -> ClaimQueue:
    """The approver's: what passed the first review. Raises ForbiddenError."""
    grant = decide(actor, Action.CONFIRM_CLAIM)
    found = list(_rows(uow, actor, [ClaimMoveKind.ACCEPT.value]))
    lines = _lines(uow, found[:QUEUE_MAX], today=local_date(now))
    seen = [item.line.claim.learner_id for item in lines]
    record_access(uow.connection, actor, Action.CONFIRM_CLAIM, grant.mask, seen, now)
    return ClaimQueue(lines=lines, count=len(found))


def open_objections(uow: UnitOfWork, actor: Actor, *, now: datetime) -> tuple[OpenObjection, ...]:
    """What the approver has to decide, the oldest first. Raises ForbiddenError."""
    grant = decide(actor, Action.CONFIRM_CLAIM)
    asked = {"school": actor.institution_id, "limit": QUEUE_MAX}
    rows = uow.connection.execute(_OBJECTIONS, asked).all()
    ids = sorted({row.claim_id for row in rows})
    claims = {claim.claim_id: claim for claim in read_claims(uow.connection, ids)}
    who = claimants(uow.connection, ids)
    seen = [claim.learner_id for claim in claims.values()]
    record_access(uow.connection, actor, Action.CONFIRM_CLAIM, grant.mask, seen, now)
    return tuple(
        OpenObjection(
            move=next(
                kept for kept in claims[row.claim_id].moves
                if kept.move.number == row.claim_move_id
            ),
            line=claim_line(uow.connection, claims[row.claim_id], today=local_date(now)),
            who=who[row.claim_id],
        )
        for row in rows
    )  # fmt: skip


def _rows(uow: UnitOfWork, actor: Actor, moves: Sequence[str]) -> Sequence[Any]:
    asked = {"school": actor.institution_id, "moves": list(dict.fromkeys(moves))}
    return uow.connection.execute(_WAITING, asked).all()


def _lines(uow: UnitOfWork, rows: Sequence[Any], *, today: date) -> tuple[QueueLine, ...]:
    ids = [row.claim_id for row in rows]
    claims = {claim.claim_id: claim for claim in read_claims(uow.connection, ids)}
    who = claimants(uow.connection, ids)
    calendar = school_calendar(uow.connection)
    return tuple(
        QueueLine(
            line=ClaimLine(
                claims[row.claim_id],
                claims[row.claim_id].standing,
                claims[row.claim_id].standing.units,
            ),
            who=who[row.claim_id],
            days=max(0, calendar.working_days(row.came_on or today, today)),
        )
        for row in rows
    )
