"""A class graduates."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import Blueprint
from creditbank.api.problems import fault_line
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import ChangeState
from creditbank.services.class_graduations import graduate_class
from creditbank.services.status_change_commands import GraduateClass
from schemas.class_graduations import ClassGraduationSchema, GraduatedClassSchema

blueprint = Blueprint("class_graduations", "整班毕业 Class graduations")


@blueprint.writes(
    "/class-graduations",
    Action.APPROVE_GRADUATION,
    ClassGraduationSchema(),
    GraduatedClassSchema(),
)
def post_class_graduation(loaded: dict[str, Any]) -> dict[str, Any]:
    """整班批准并办理毕业,不能毕业的逐人说明 Approve and carry out graduations, one by one."""
    command = GraduateClass(**loaded | {"learner_ids": tuple(loaded["learner_ids"])})
    found = graduate_class(
        unit_of_work, actor(), command, idempotency_key=idempotency_key(), now=now()
    )
    return {
        "executed": sum(item.state == ChangeState.EXECUTED for item in found),
        "items": [
            {
                "learner_id": item.learner_id,
                "status_change_id": item.status_change_id,
                "state": item.state,
                "problems": list(map(fault_line, item.problems)),
            }
            for item in found
        ],
    }
