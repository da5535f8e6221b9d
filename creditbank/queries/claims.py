"""Claims of one learner as lists show them. One claim with all of it: services.visible_claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.claims import ClaimStanding
from creditbank.domain.permissions import Action, Role
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.access_log import record_access
from creditbank.store.claim_values import table_value
from creditbank.store.claims import KeptClaim, read_claims
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork

# What was never handed in is the family's own.
_OF_LEARNER = text("""
SELECT c.claim_id FROM claims c WHERE c.learner_id = :learner_id
  AND (c.claim_id < :before OR :before = 0)
  AND (:drafts OR EXISTS (SELECT FROM claim_moves m WHERE m.claim_id = c.claim_id))
ORDER BY c.claim_id DESC LIMIT :limit
""")
FAMILY = frozenset({Role.STUDENT, Role.GUARDIAN})


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One claim in a list. units: granted, or by the table; None while too little is said."""

    claim: KeptClaim
    standing: ClaimStanding
    units: int | None


def list_claims(
    uow: UnitOfWork,
    actor: Actor,
    learner_id: int,
    *,
    now: datetime,
    limit: int = 50,
    cursor: str = "",
) -> Page[ClaimLine]:
    """Those of a learner, the latest first; drafts are the family's alone.

    Raises NotFoundError, ForbiddenError, or InvalidInputError for a foreign cursor.
    """
    key = learner_key(uow.connection, learner_id, as_of=local_date(now))
    grant = decide(actor, Action.SEE_CLAIMS, key)
    limit = clamp(limit)
    asked = {
        "learner_id": learner_id,
        "before": (decode_cursor(cursor, (int,)) or [0])[0],
        "drafts": actor.role in FAMILY,
        "limit": limit + 1,
    }
    ids = list(uow.connection.execute(_OF_LEARNER, asked).scalars())
    found = page_of(ids, limit, lambda number: (number,))
    kept = read_claims(uow.connection, found.items)
    record_access(uow.connection, actor, Action.SEE_CLAIMS, grant.mask, [learner_id], now)
    today = local_date(now)
    lines = [claim_line(uow.connection, claim, today=today) for claim in reversed(kept)]
    return Page(tuple(lines), found.next_cursor)


def claim_line(connection: Connection, claim: KeptClaim, *, today: date) -> ClaimLine:
    """A claim as a list shows it."""
    standing = claim.standing
    if standing.units is not None:
        return ClaimLine(claim, standing, standing.units)
    value = table_value(connection, claim.institution_id, claim.content, today=today)
    return ClaimLine(claim, standing, value.units if value else None)
