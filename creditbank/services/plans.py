"""Saving plans. A version that nobody follows may be changed; any other only gets a successor."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import (
    Fault,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.domain.plan_events import PlanEventKind
from creditbank.domain.plans import Plan
from creditbank.services.commands import SavePlan
from creditbank.services.plan_findings import CheckedPlan, checked_plan
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.plain_documents import to_document
from creditbank.store.plan_versions import (
    change_plan,
    insert_event,
    insert_plan,
    is_followed,
    latest_version,
    lock_plans,
    plan_ids_of,
    revision_of,
)
from creditbank.store.plans import load_plan, load_plans
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """A version that was saved. warnings: what should be thought about, in the text's order."""

    plan_id: int
    code: str
    version: int
    revision: str
    warnings: tuple[Fault, ...] = ()
    replayed: bool = False

    @classmethod
    def kept(cls, answer: dict[str, Any]) -> SavedPlan:
        """The answer that was kept under its key."""
        warnings = tuple(
            Fault(**{**item, "path": tuple(item["path"]), "message": Message(**item["message"])})
            for item in answer["warnings"]
        )
        return cls(**{**answer, "warnings": warnings, "replayed": True})


def check_plan_text(uow: UnitOfWork, actor: Actor, text: str, *, now: datetime) -> CheckedPlan:
    """What a save would say, without saving. Raises ForbiddenError."""
    decide(actor, Action.WRITE_PLAN)
    return checked_plan(uow.connection, school_of(actor), text, as_of=local_date(now))


def save_plan(
    uow: UnitOfWork, actor: Actor, command: SavePlan, *, idempotency_key: str, now: datetime
) -> SavedPlan:
    """Save a new version of a plan's code at the actor's school, or change one nobody follows.

    Raises ForbiddenError, NotFoundError, or InvalidInputError: with every fault of the text by
    clause, field, line and column; or because the version is followed, was changed by somebody
    else meanwhile, has another code, or says what is saved already.
    """
    decide(actor, Action.WRITE_PLAN)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return SavedPlan.kept(answer)
    institution_id = school_of(actor)
    if command.plan_id is not None:
        own_plan(uow, actor, command.plan_id)
    checked = checked_plan(uow.connection, institution_id, command.text, as_of=local_date(now))
    if checked.plan is None or not checked.is_usable:
        raise InvalidInputError(_NOT_SAVED, problems=checked.errors)
    lock_plans(uow.connection, institution_id)
    if command.plan_id is None:
        plan = _added(uow, checked.plan)
    else:
        plan = _changed(uow, checked.plan, command)
    insert_event(
        uow.connection,
        {
            "institution_id": institution_id,
            "kind": PlanEventKind.SAVED.value,
            "plan_id": plan.plan_id,
            "revision": revision_of(plan),
            "document": to_document(plan),
            "acted_by": actor.account_id,
            "acted_at": now,
        },
    )
    saved = SavedPlan(plan.plan_id, plan.code, plan.version, revision_of(plan), checked.faults)
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(saved), now)
    return saved


def own_plan(uow: UnitOfWork, actor: Actor, plan_id: int) -> Plan:
    """A plan of the actor's own school. NotFoundError for any other."""
    plan = load_plan(uow.connection, plan_id)
    if plan.institution_id != actor.institution_id:
        raise NotFoundError
    return plan


def school_of(actor: Actor) -> int:
    """The school in whose name plans are written. NotFoundError for an actor without one."""
    if actor.institution_id is None:
        raise NotFoundError
    return actor.institution_id


def _added(uow: UnitOfWork, plan: Plan) -> Plan:
    earlier = plan_ids_of(uow.connection, plan.institution_id, plan.code)
    if earlier:
        latest = load_plans(uow.connection, earlier[:1])[earlier[0]]
        if revision_of(latest) == revision_of(plan):
            raise refused(_UNCHANGED)
    version = latest_version(uow.connection, plan.institution_id, plan.code) + 1
    new = replace(plan, version=version)
    return replace(new, plan_id=insert_plan(uow.connection, new))


def _changed(uow: UnitOfWork, plan: Plan, command: SavePlan) -> Plan:
    standing = load_plan(uow.connection, command.plan_id or 0)
    if standing.institution_id != plan.institution_id:
        raise NotFoundError
    if is_followed(uow.connection, standing.plan_id):
        raise refused(_FOLLOWED)
    if standing.code != plan.code:
        raise refused(_OTHER_CODE)
    if command.revision != revision_of(standing):
        raise refused(CHANGED_MEANWHILE)
    if revision_of(standing) == revision_of(plan):
        raise refused(_UNCHANGED)
    new = replace(plan, plan_id=standing.plan_id, version=standing.version)
    change_plan(uow.connection, new)
    return new


_NOT_SAVED = Message(
    "方案有错误,没有保存;请按所列各处修改后重新保存。",
    "The plan has faults and was not saved; mend what is listed and save it again.",
)
_UNCHANGED = Problem(
    "unchanged",
    Message("内容与已保存的版本相同,没有保存。", "This version says the same; nothing was saved."),
)
_FOLLOWED = Problem(
    "plan_followed",
    Message(
        "已有年级或学生按这一版本执行,不能修改;请另存为新版本。",
        "Learners follow this version, it stays as it is; save a new version.",
    ),
    field="plan_id",
)
_OTHER_CODE = Problem(
    "other_code",
    Message(
        "不能更改方案代码;要用新代码,请另存为新方案。",
        "A version keeps its code; to use another one save a new plan.",
    ),
    field="code",
)
CHANGED_MEANWHILE = Problem(
    "changed_meanwhile",
    Message(
        "这一版本刚被他人修改,本次没有执行;请重新打开后再操作。",
        "Somebody else has changed this version meanwhile; nothing was done; open it again.",
    ),
    field="revision",
)
