"""Which cohort follows which version: putting one in force, and moving a running cohort to it.

A running cohort stays on its entry version unless it is moved here, deliberately: with a reason and
a document, all open learners of it together, and each of them is evaluated again. Who graduated, or
whose graduation is approved, stays on the version under which that was decided.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.causes import Cause, CauseKind
from creditbank.domain.errors import InvalidInputError, Message, Problem, refused
from creditbank.domain.permissions import PERMISSIONS, Action
from creditbank.domain.plan_events import PlanEventKind
from creditbank.domain.plans import Plan
from creditbank.services.commands import AssignPlan, MigrateCohort
from creditbank.services.grounds import check_document, check_reason
from creditbank.services.plan_findings import checked_plan
from creditbank.services.plans import CHANGED_MEANWHILE, own_plan
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.plan_documents import write_plan
from creditbank.store.plan_versions import (
    add_courses,
    assign_cohort,
    cohort_of,
    insert_event,
    is_in_force,
    lock_plans,
    movable,
    move_enrolments,
    revision_of,
    running_count,
)
from creditbank.store.unit_of_work import UnitOfWork

YEARS = range(1990, 2100)


@dataclass(frozen=True, slots=True)
class PlacedCohort:
    """A cohort that follows a version from now on.

    from_plan_id: what it followed before, None for nothing. learner_count: how many were moved and
    are evaluated again; kept_count: how many stay on the earlier version, their graduation being
    approved under it.
    """

    plan_id: int
    entry_year: int
    from_plan_id: int | None
    learner_count: int
    kept_count: int
    replayed: bool = False


def assign_plan(
    uow: UnitOfWork, actor: Actor, command: AssignPlan, *, idempotency_key: str, now: datetime
) -> PlacedCohort:
    """Put a version in force for a cohort that has no learners yet.

    Courses of the plan that the school does not have are taken into its catalogue, so that marks
    can be posted. Raises ForbiddenError, NotFoundError or InvalidInputError (learners there
    already, the plan has faults or was changed meanwhile, no document number).
    """
    decide(actor, Action.ASSIGN_PLAN)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return replace(PlacedCohort(**answer), replayed=True)
    plan = _ready(uow, actor, command, now=now)
    where = (uow.connection, plan.institution_id, plan.code, command.entry_year)
    standing = cohort_of(*where)
    if running_count(*where) or (standing is not None and standing.followers):
        raise refused(_RUNNING)
    if standing is not None and standing.plan_id == plan.plan_id:
        raise refused(_FOLLOWED_ALREADY)
    assign_cohort(*where, plan.plan_id)
    add_courses(uow.connection, plan)
    before = None if standing is None else standing.plan_id
    insert_event(uow.connection, _event(actor, command, plan, now) | {"from_plan_id": before})
    placed = PlacedCohort(plan.plan_id, command.entry_year, before, 0, 0)
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(placed), now)
    return placed


def migrate_cohort(
    uow: UnitOfWork, actor: Actor, command: MigrateCohort, *, idempotency_key: str, now: datetime
) -> PlacedCohort:
    """Move a running cohort to another version of its plan, all its open learners at once.

    To a version that no cohort follows only who may put it in force moves one. Raises
    ForbiddenError, NotFoundError or InvalidInputError (nobody to move, the same version, a version
    not in force, the plan has faults or was changed meanwhile, no reason or document number).
    """
    decide(actor, Action.MIGRATE_COHORT)
    hashed = request_hash(command)
    answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
    if answer is not None:
        return replace(PlacedCohort(**answer), replayed=True)
    check_reason(command.reason)
    plan = _ready(uow, actor, command, now=now)
    if not is_in_force(uow.connection, plan.plan_id):
        decide_in_force(actor)
    where = (uow.connection, plan.institution_id, plan.code, command.entry_year)
    standing = cohort_of(*where)
    if standing is None:
        raise refused(_NOBODY)
    if standing.plan_id == plan.plan_id:
        raise refused(_FOLLOWED_ALREADY)
    found = movable(
        uow.connection, plan.institution_id, command.entry_year, standing.plan_id, lock=True
    )
    moving = [item for item in found if not item.is_decided]
    if not moving:
        raise refused(_NOBODY)
    # The row that says who and why comes first: without it the database moves no cohort.
    event = _event(actor, command, plan, now) | {
        "kind": PlanEventKind.MIGRATED.value,
        "from_plan_id": standing.plan_id,
        "learner_count": len(moving),
        "reason": command.reason.strip(),
    }
    insert_event(uow.connection, event)
    assign_cohort(*where, plan.plan_id)
    add_courses(uow.connection, plan)
    move_enrolments(
        uow.connection,
        [item.enrolment_id for item in moving],
        from_id=standing.plan_id,
        to_id=plan.plan_id,
        cause=str(Cause(CauseKind.PLAN, str(plan.plan_id))),
    )
    placed = PlacedCohort(
        plan.plan_id,
        command.entry_year,
        standing.plan_id,
        len({item.learner_id for item in moving}),
        len(found) - len(moving),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(placed), now)
    return placed


def decide_in_force(actor: Actor) -> None:
    """Whether the actor may bring in a version that no cohort follows. InvalidInputError if not."""
    if not may_put_in_force(actor):
        raise refused(_NOT_IN_FORCE)


def may_put_in_force(actor: Actor) -> bool:
    """Whether the actor's role holds ASSIGN_PLAN."""
    return (Action.ASSIGN_PLAN, actor.role) in PERMISSIONS


def _ready(
    uow: UnitOfWork, actor: Actor, command: AssignPlan | MigrateCohort, *, now: datetime
) -> Plan:
    """The plan, locked, without faults under today's policy, and as the actor has seen it."""
    check_document(command.document_no)
    if command.entry_year not in YEARS:
        raise refused(_YEAR)
    lock_plans(uow.connection, own_plan(uow, actor, command.plan_id).institution_id)
    plan = own_plan(uow, actor, command.plan_id)
    if revision_of(plan) != command.revision:
        raise refused(CHANGED_MEANWHILE)
    checked = checked_plan(
        uow.connection, plan.institution_id, write_plan(plan), as_of=local_date(now)
    )
    if not checked.is_usable:
        raise InvalidInputError(_FAULTY, problems=checked.errors)
    return plan


def _event(
    actor: Actor, command: AssignPlan | MigrateCohort, plan: Plan, now: datetime
) -> dict[str, Any]:
    """The row that says who did it; a cohort that is moved adds its own."""
    return {
        "institution_id": plan.institution_id,
        "kind": PlanEventKind.ASSIGNED.value,
        "plan_id": plan.plan_id,
        "entry_year": command.entry_year,
        "revision": command.revision,
        "document_no": command.document_no.strip(),
        "acted_by": actor.account_id,
        "acted_at": now,
    }


_RUNNING = Problem(
    "cohort_running",
    Message(
        "该年级已有学生,不能直接指定版本;需要更换版本时,请使用“迁移年级”并写明原因和文号。",
        "This cohort has learners already; to change its version migrate it, with a reason and a "
        "document number.",
    ),
    field="entry_year",
)
_FOLLOWED_ALREADY = Problem(
    "followed_already",
    Message("该年级已按这一版本执行。", "This cohort follows this version already."),
    field="entry_year",
)
_NOBODY = Problem(
    "nobody_to_move",
    Message(
        "该年级没有按本方案其他版本执行的在籍学生,无需迁移。",
        "No learner of this cohort follows another version of this plan; there is nobody to move.",
    ),
    field="entry_year",
)
_NOT_IN_FORCE = Problem(
    "not_in_force",
    Message(
        "这一版本还没有在任何年级施行;请先由分管校长(审批)施行,或由其迁移。",
        "No cohort follows this version yet; the approver has to put it in force, or to migrate.",
    ),
    field="plan_id",
)
_FAULTY = Message(
    "方案有错误,没有执行;请先修改方案。", "The plan has faults, nothing was done; mend it first."
)
_YEAR = Problem(
    "year_invalid",
    Message("请填写入学年份,如 2026。", "Give the year of entry, such as 2026."),
    field="entry_year",
)
