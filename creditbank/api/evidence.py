"""Certificate numbers that several learners hold: who they are, and whose it is."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.queries.evidence import Dispute, read_dispute
from creditbank.services.commands import CheckEvidence
from creditbank.services.evidence_checks import CheckedEvidence, check_evidence
from schemas.evidence import CheckedEvidenceSchema, DisputeSchema, EvidenceCheckSchema

blueprint = Blueprint("evidence", "证书核查 Checking certificates")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/entries/<{ID}:ledger_seq>/holders",
    Action.CHECK_EVIDENCE,
    DisputeSchema(),
)
def get_holders(learner_id: int, ledger_seq: int) -> Dispute:
    """同一证书编号在谁名下 Who holds the certificate number of an entry."""
    with unit_of_work() as uow:
        return read_dispute(uow, actor(), learner_id, ledger_seq, now=now())


@blueprint.writes(
    "/evidence-checks", Action.CHECK_EVIDENCE, EvidenceCheckSchema(), CheckedEvidenceSchema()
)
def post_evidence_check(loaded: dict[str, Any]) -> CheckedEvidence:
    """核查证书编号属于谁,写明依据 Decide whose a certificate is that several learners hold."""
    command = CheckEvidence(**{**loaded, "owner_ids": tuple(loaded["owner_ids"])})
    with unit_of_work() as uow:
        return check_evidence(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
