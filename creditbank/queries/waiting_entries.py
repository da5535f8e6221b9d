"""What waits of marks that are being entered and of claims, for who reviews them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import text

from creditbank.domain.access import Actor
from creditbank.queries.waiting import Waiting, counted
from creditbank.store.unit_of_work import UnitOfWork

_COUNTED = """
SELECT count(*) AS waiting, min(since) AS since, cast(NULL AS date) AS until, min(number) AS number
FROM ({found} LIMIT :limit) AS found
"""
_DRAFTS = text(
    _COUNTED.format(
        found="""
SELECT s.taken_at AS since, d.grade_draft_id AS number FROM grade_drafts d
  JOIN LATERAL (SELECT taken_at, taken_by FROM grade_draft_steps t
    WHERE t.grade_draft_id = d.grade_draft_id ORDER BY grade_draft_step_id DESC LIMIT 1) s ON true
WHERE d.institution_id = :school AND d.state = 'submitted' AND s.taken_by <> :account
ORDER BY s.taken_at"""
    )
)
# A sheet that was returned waits for whoever handed it in, whoever wrote the reason.
_RETURNED = text(
    _COUNTED.format(
        found="""
SELECT s.taken_at AS since, d.grade_draft_id AS number FROM grade_drafts d
  JOIN LATERAL (SELECT taken_at FROM grade_draft_steps t
    WHERE t.grade_draft_id = d.grade_draft_id ORDER BY grade_draft_step_id DESC LIMIT 1) s ON true
WHERE d.institution_id = :school AND d.state = 'returned' AND EXISTS (
  SELECT FROM grade_draft_steps h WHERE h.grade_draft_id = d.grade_draft_id
    AND h.step = 'submitted' AND h.taken_by = :account)
ORDER BY s.taken_at"""
    )
)
_CLAIMS = text(
    _COUNTED.format(
        found="""
SELECT made_at AS since, claim_id AS number FROM claim_states
WHERE institution_id = :school AND kind = ANY (:moves) ORDER BY made_at"""
    )
)
_OBJECTIONS = text(
    _COUNTED.format(
        found="""
SELECT o.made_at AS since, o.claim_id AS number FROM claim_moves o
WHERE o.institution_id = :school AND o.kind = 'object'
  AND NOT EXISTS (SELECT FROM claim_moves r WHERE r.about_id = o.claim_move_id)
  AND (SELECT s.kind FROM claim_states s WHERE s.claim_id = o.claim_id) = 'confirm'
ORDER BY o.made_at"""
    )
)


def drafts_to_review(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Marks that somebody else has handed in."""
    asked = {"school": actor.institution_id, "account": actor.account_id}
    return counted(uow, _DRAFTS, asked)


def drafts_returned(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Marks that came back to who handed them in."""
    asked = {"school": actor.institution_id, "account": actor.account_id}
    return counted(uow, _RETURNED, asked)


def claims_to_review(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims before their first review, or back from the ledger."""
    return counted(uow, _CLAIMS, {"school": actor.institution_id, "moves": ["submit", "bounce"]})


def claims_to_confirm(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Claims before their final review."""
    return counted(uow, _CLAIMS, {"school": actor.institution_id, "moves": ["accept"]})


def claims_objected(uow: UnitOfWork, actor: Actor, _now: datetime) -> Iterable[Waiting]:
    """Objections during the notice that nobody has ruled on."""
    return counted(uow, _OBJECTIONS, {"school": actor.institution_id})
