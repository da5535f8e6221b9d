"""公示 of claims: what hangs at a school while it may be objected to.

Masked name, class, what was achieved, the credits and the days: no number, no certificate, no
picture. It is taken down by itself when its days are over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.identifiers import masked_name
from creditbank.domain.permissions import Action
from creditbank.queries.pages import Page, clamp, decode_cursor, page_of
from creditbank.store.claimants import claimants
from creditbank.store.claims import KeptClaim, read_claims
from creditbank.store.learner_keys import schools_of_actor
from creditbank.store.unit_of_work import UnitOfWork

_NOTICES = text("""
SELECT claim_id FROM claim_states
WHERE institution_id = ANY (:schools) AND kind = 'confirm' AND starts_on <= :today
  AND ends_on >= :today AND (cast(:only AS int) IS NULL OR claim_id = :only) AND claim_id > :after
ORDER BY claim_id LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class ClaimNotice:
    """One claim as it hangs. has_objected: the actor has, and nobody has decided it yet.

    is_own: of the actor's own learner, who objects to nothing of that.
    """

    claim_id: int
    name: str
    class_name: str
    school: str
    school_en: str
    claim: KeptClaim
    units: int
    starts_on: date
    ends_on: date
    has_objected: bool
    is_own: bool


def list_claim_notices(
    uow: UnitOfWork, actor: Actor, *, now: datetime, limit: int = 50, cursor: str = ""
) -> Page[ClaimNotice]:
    """What hangs today at the actor's school. Raises ForbiddenError, InvalidInputError."""
    limit = clamp(limit)
    after = (decode_cursor(cursor, (int,)) or [0])[0]
    found = _notices(uow, actor, now=now, after=after, only=None, limit=limit + 1)
    return page_of(found, limit, lambda item: (item.claim_id,))


def find_claim_notice(
    uow: UnitOfWork, actor: Actor, claim_id: int, *, now: datetime
) -> ClaimNotice | None:
    """One of them; None where it does not hang, or not for the actor. Raises ForbiddenError."""
    found = _notices(uow, actor, now=now, after=0, only=claim_id, limit=1)
    return found[0] if found else None


def _notices(
    uow: UnitOfWork, actor: Actor, *, now: datetime, **which: int | str | None
) -> list[ClaimNotice]:
    decide(actor, Action.SEE_CLAIM_NOTICE)
    today = local_date(now)
    schools = sorted(schools_of_actor(uow.connection, actor, as_of=today))
    asked = {"schools": schools, "today": today, **which}
    ids = list(uow.connection.execute(_NOTICES, asked).scalars())
    who = claimants(uow.connection, ids)
    return [
        ClaimNotice(
            claim_id=claim.claim_id,
            name=masked_name(who[claim.claim_id].name),
            class_name=who[claim.claim_id].class_name,
            school=who[claim.claim_id].school,
            school_en=who[claim.claim_id].school_en,
            claim=claim,
            units=claim.standing.units or 0,
            starts_on=claim.standing.starts_on or today,
            ends_on=claim.standing.ends_on or today,
            has_objected=actor.account_id in claim.standing.objections.values(),
            is_own=claim.learner_id in actor.learner_ids,
        )
        for claim in read_claims(uow.connection, ids)
    ]
