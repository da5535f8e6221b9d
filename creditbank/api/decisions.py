"""Decisions on verdicts: graduation, qualification for the advance, withdrawal."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.domain.permissions import Action
from creditbank.services.commands import (
    ApproveGraduation,
    ConfirmQualification,
    DecidedVerdict,
    WithdrawDecision,
)
from creditbank.services.graduations import (
    approve_graduation,
    confirm_qualification,
    withdraw_decision,
)
from schemas.decisions import (
    DecidedVerdictSchema,
    GraduationSchema,
    QualificationSchema,
    WithdrawalSchema,
)

blueprint = Blueprint("decisions", "毕业与转段决定 Decisions")


@blueprint.writes(
    "/graduations", Action.APPROVE_GRADUATION, GraduationSchema(), DecidedVerdictSchema()
)
def post_graduation(loaded: dict[str, Any]) -> DecidedVerdict:
    """批准毕业,仅凭达标的当前结论 Approve a graduation; only a positive verdict of this moment."""
    with unit_of_work() as uow:
        return approve_graduation(
            uow, actor(), ApproveGraduation(**loaded), idempotency_key=idempotency_key(), now=now()
        )


@blueprint.writes(
    "/qualifications",
    Action.CONFIRM_QUALIFICATION,
    QualificationSchema(),
    DecidedVerdictSchema(),
)
def post_qualification(loaded: dict[str, Any]) -> DecidedVerdict:
    """确认转段资格,仅凭达标的当前结论 Confirm a qualification; only on a positive verdict."""
    with unit_of_work() as uow:
        return confirm_qualification(
            uow,
            actor(),
            ConfirmQualification(**loaded),
            idempotency_key=idempotency_key(),
            now=now(),
        )


@blueprint.writes(
    "/withdrawals", Action.WITHDRAW_DECISION, WithdrawalSchema(), DecidedVerdictSchema()
)
def post_withdrawal(loaded: dict[str, Any]) -> DecidedVerdict:
    """撤销决定,写明原因和文号 Take a decision back, with reason and document number."""
    with unit_of_work() as uow:
        return withdraw_decision(
            uow, actor(), WithdrawDecision(**loaded), idempotency_key=idempotency_key(), now=now()
        )
