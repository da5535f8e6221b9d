"""Transfers: the file of one, and the receiving school's recognition plan.

Applied for, answered and taken back like every change: see api/status_changes.py.
"""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.eligibility.recognition_decision import Decided
from creditbank.services.status_change_commands import RecordedChange
from creditbank.services.transfer_files import TransferFile, read_transfer
from creditbank.services.transfers import PlanRecognition, RenewPlan, plan_recognition, renew_plan
from schemas.status_changes import RecordedChangeSchema
from schemas.transfers import PlanRenewalSchema, RecognitionPlanSchema, TransferSchema

blueprint = Blueprint("transfers", "转学 Transfers between schools")


@blueprint.reads(f"/transfers/<{ID}:status_change_id>", Action.SEE_TRANSFER, TransferSchema())
def get_transfer(status_change_id: int) -> TransferFile:
    """一项转学:成绩、学分认定、毕业差额 One transfer: marks, recognition, graduation gap."""
    with unit_of_work() as uow:
        return read_transfer(uow, actor(), status_change_id, now=now())


@blueprint.writes(
    f"/transfers/<{ID}:status_change_id>/recognition-plans",
    Action.ASSESS_TRANSFER,
    RecognitionPlanSchema(),
    RecordedChangeSchema(),
)
def post_recognition_plan(loaded: dict[str, Any], status_change_id: int) -> RecordedChange:
    """转入学校的考核结果和学分认定方案 What the receiving school found and would recognise."""
    command = _command(loaded, status_change_id)
    with unit_of_work() as uow:
        return plan_recognition(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    f"/transfers/<{ID}:status_change_id>/plan-renewals",
    Action.ASSESS_TRANSFER,
    PlanRenewalSchema(),
    RecordedChangeSchema(),
)
def post_plan_renewal(loaded: dict[str, Any], status_change_id: int) -> RecordedChange:
    """更换班级、学号或认定方案 Another class or number, or the recognition planned again."""
    command = RenewPlan(status_change_id=status_change_id, **loaded)
    with unit_of_work() as uow:
        return renew_plan(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


def _command(loaded: dict[str, Any], status_change_id: int) -> PlanRecognition:
    as_proposed, decided = loaded.pop("as_proposed"), loaded.pop("decided")
    return PlanRecognition(
        status_change_id=status_change_id,
        decided=None if as_proposed else tuple(map(_decided, decided)),
        tested=tuple(item["code"] for item in loaded.pop("tested")),
        reasons={item["code"]: item["reason"] for item in loaded.pop("reasons")},
        **loaded,
    )


def _decided(line: dict[str, Any]) -> Decided:
    return Decided(
        line["code"],
        tuple(line["sources"]),
        tuple(item["course_code"] for item in line["courses"]),
        tuple((item["block_code"], item["units"]) for item in line["blocks"]),
    )
