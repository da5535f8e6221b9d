"""Status changes: applied for, agreed to by one office after the other, taken back, read."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.api.problems import fault_line
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import Application, GivenProof
from creditbank.queries.deadlines import list_deadlines, list_intakes
from creditbank.queries.pages import Page
from creditbank.queries.status_changes import (
    StatusChangeLine,
    WaitingChange,
    list_waiting_changes,
    read_changes,
    read_one_change,
)
from creditbank.services.opinion_batches import AgreeToSeveral, agree_to_several
from creditbank.services.status_change_commands import (
    ApplyForChange,
    GiveOpinion,
    RecordedChange,
    TakeBackChange,
)
from creditbank.services.status_changes import apply_for_change, give_opinion, take_back_change
from schemas.pages import PageQuerySchema
from schemas.status_changes import (
    AgreedChangesSchema,
    ApplicationSchema,
    DeadlinesSchema,
    OpinionSchema,
    OpinionsSchema,
    RecordedChangeSchema,
    StatusChangeSchema,
    StatusChangesSchema,
    TakingBackSchema,
    WaitingChangesSchema,
)

blueprint = Blueprint("status_changes", "学籍异动 Status changes")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/status-changes",
    Action.SEE_STATUS_CHANGES,
    StatusChangesSchema(),
)
def get_status_changes(learner_id: int) -> dict[str, tuple[StatusChangeLine, ...]]:
    """该生的学籍异动及其进展 Changes of this learner's enrolments, and where each stands."""
    with unit_of_work() as uow:
        return {"status_changes": read_changes(uow, actor(), learner_id, now=now())}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/status-changes",
    Action.APPLY_FOR_CHANGE,
    ApplicationSchema(),
    RecordedChangeSchema(),
)
def post_status_change(loaded: dict[str, Any], learner_id: int) -> RecordedChange:
    """申请一项异动;不准予时列出每条规定 Apply; every rule that refuses is named."""
    proofs = tuple(GivenProof(**proof) for proof in loaded.pop("proofs"))
    command = ApplyForChange(learner_id=learner_id, what=Application(**loaded, proofs=proofs))
    with unit_of_work() as uow:
        return apply_for_change(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads(
    "/status-changes",
    Action.SEE_WAITING_CHANGES,
    WaitingChangesSchema(),
    query=PageQuerySchema(),
)
def get_waiting_changes(query: dict[str, Any]) -> Page[WaitingChange]:
    """待本部门办理的异动及期限 Those that wait for the caller's office, and until when."""
    with unit_of_work() as uow:
        return list_waiting_changes(uow, actor(), now=now(), **cursor_and_limit(query))


@blueprint.reads(
    f"/status-changes/<{ID}:status_change_id>", Action.SEE_STATUS_CHANGES, StatusChangeSchema()
)
def get_status_change(status_change_id: int) -> StatusChangeLine:
    """一项异动及各部门意见 One application with what the offices said."""
    with unit_of_work() as uow:
        return read_one_change(uow, actor(), status_change_id, now=now())


@blueprint.writes(
    f"/status-changes/<{ID}:status_change_id>/opinions",
    Action.GIVE_OPINION,
    OpinionSchema(),
    RecordedChangeSchema(),
)
def post_opinion(loaded: dict[str, Any], status_change_id: int) -> RecordedChange:
    """本部门的意见;最后一个部门同意即办结或到日执行 The office's word; the last one decides."""
    command = GiveOpinion(status_change_id=status_change_id, **loaded)
    with unit_of_work() as uow:
        return give_opinion(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.writes(
    "/status-changes/opinions",
    Action.GIVE_OPINION,
    OpinionsSchema(),
    AgreedChangesSchema(),
)
def post_opinions(loaded: dict[str, Any]) -> dict[str, Any]:
    """对多项申请一并签署同意,不能办理的逐项说明 Agree to several, each by itself."""
    command = AgreeToSeveral(**loaded | {"status_change_ids": tuple(loaded["status_change_ids"])})
    found = agree_to_several(
        unit_of_work, actor(), command, idempotency_key=idempotency_key(), now=now()
    )
    return {
        "agreed": sum(bool(item.state) for item in found),
        "items": [
            {
                "status_change_id": item.status_change_id,
                "state": item.state,
                "problems": list(map(fault_line, item.problems)),
            }
            for item in found
        ],
    }


@blueprint.writes(
    f"/status-changes/<{ID}:status_change_id>/withdrawals",
    Action.APPLY_FOR_CHANGE,
    TakingBackSchema(),
    RecordedChangeSchema(),
)
def post_taking_back(loaded: dict[str, Any], status_change_id: int) -> RecordedChange:
    """申请方撤回 Who applied takes it back."""
    command = TakeBackChange(status_change_id=status_change_id, **loaded)
    with unit_of_work() as uow:
        return take_back_change(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads("/deadlines", Action.SEE_DEADLINES, DeadlinesSchema(), query=PageQuerySchema())
def get_deadlines(query: dict[str, Any]) -> dict[str, Any]:
    """即将到期和已到期的学籍期限 What runs out: suspensions, the longest time of study, intakes."""
    with unit_of_work() as uow:
        page = list_deadlines(uow, actor(), now=now(), **cursor_and_limit(query))
        intakes = () if query["cursor"] else list_intakes(uow, actor(), now=now())
    return {"items": page.items, "next_cursor": page.next_cursor, "intakes": intakes}
