"""The panel of claims on a learner's page: the latest few, and the way to a new one."""

from __future__ import annotations

from creditbank.domain.permissions import Action
from creditbank.queries.claims import list_claims
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.claim_views import claim_card
from creditbank.web.visits import actor, may, now

_SHOWN = 3


def claim_panel_parts(uow: UnitOfWork, learner_id: int) -> dict[str, object]:
    """What the panel looks at; the page has noted the access."""
    page = list_claims(uow, actor(), learner_id, now=now(), limit=_SHOWN)
    return {
        "claim_cards": [claim_card(line) for line in page.items],
        "has_more_claims": bool(page.next_cursor),
        "may_claim": may(Action.HAND_IN_CLAIM),
    }
