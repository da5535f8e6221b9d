"""Consent to be shown to a college: what stands, and giving or withdrawing it."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.sharing_consents import sharing_consents
from creditbank.services.sharing_consents import ConsentGiven, GiveConsent, give_consent
from schemas.sharing_consents import ConsentGivenSchema, ConsentsSchema, GiveConsentSchema

blueprint = Blueprint("sharing_consents", "向高校提供信息的同意 Consent to be shown to a college")


@blueprint.reads(f"/learners/<{ID}:learner_id>/consents", Action.SEE_CONSENTS, ConsentsSchema())
def get_consents(learner_id: int) -> dict[str, Any]:
    """每份协议下的同意 What stands under each agreement."""
    with unit_of_work() as uow:
        return {"items": sharing_consents(uow, actor(), learner_id, now=now())}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/consents", Action.GIVE_CONSENT, GiveConsentSchema(),
    ConsentGivenSchema(),
)  # fmt: skip
def post_consent(loaded: dict[str, Any], learner_id: int) -> ConsentGiven:
    """同意,或撤回同意;撤回立即生效 Consent, or withdraw it, which holds at once."""
    command = GiveConsent(learner_id=learner_id, **loaded)
    with unit_of_work() as uow:
        return give_consent(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
