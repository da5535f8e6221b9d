"""Exceptions from the plan for one learner: entered, ruled on by a second person, read."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, cursor_and_limit, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.domain.permissions import Action
from creditbank.domain.plan_exceptions import ExceptionKind
from creditbank.queries.pages import Page
from creditbank.queries.plan_exceptions import (
    ExceptionLine,
    WaitingException,
    list_waiting,
    read_exceptions,
)
from creditbank.services.commands import EnterException, RecordedException, RuleOnException
from creditbank.services.plan_exceptions import enter_exception, rule_on_exception
from schemas.pages import PageQuerySchema
from schemas.plan_exceptions import (
    PlanExceptionSchema,
    PlanExceptionsSchema,
    RecordedExceptionSchema,
    RulingSchema,
    WaitingExceptionsSchema,
)

blueprint = Blueprint("plan_exceptions", "个人例外 Exceptions for one learner")


@blueprint.reads(
    f"/learners/<{ID}:learner_id>/exceptions", Action.SEE_EXCEPTIONS, PlanExceptionsSchema()
)
def get_exceptions(learner_id: int) -> dict[str, tuple[ExceptionLine, ...]]:
    """该生的个人例外及其状态 Exceptions from the plan for this learner, and how they stand."""
    with unit_of_work() as uow:
        return {"exceptions": read_exceptions(uow, actor(), learner_id, now=now())}


@blueprint.writes(
    f"/learners/<{ID}:learner_id>/exceptions",
    Action.ENTER_EXCEPTION,
    PlanExceptionSchema(),
    RecordedExceptionSchema(),
)
def post_exception(loaded: dict[str, Any], learner_id: int) -> RecordedException:
    """录入一项例外,待另一人批准 Enter one; it counts when a second person has approved it."""
    values = {**loaded, "kind": ExceptionKind(loaded["kind"])}
    command = EnterException(learner_id=learner_id, **values)
    with unit_of_work() as uow:
        return enter_exception(uow, actor(), command, idempotency_key=idempotency_key(), now=now())


@blueprint.reads(
    "/exceptions",
    Action.SEE_WAITING_EXCEPTIONS,
    WaitingExceptionsSchema(),
    query=PageQuerySchema(),
)
def get_waiting_exceptions(query: dict[str, Any]) -> Page[WaitingException]:
    """本校待批准的例外 Those of the school that wait for a second person."""
    with unit_of_work() as uow:
        return list_waiting(uow, actor(), now=now(), **cursor_and_limit(query))


@blueprint.writes(
    f"/exceptions/<{ID}:plan_exception_id>/rulings",
    Action.RULE_ON_EXCEPTION,
    RulingSchema(),
    RecordedExceptionSchema(),
)
def post_ruling(loaded: dict[str, Any], plan_exception_id: int) -> RecordedException:
    """批准、退回或撤销一项例外 Approve, refuse or withdraw; the verdicts follow at once."""
    command = RuleOnException(plan_exception_id=plan_exception_id, **loaded)
    with unit_of_work() as uow:
        return rule_on_exception(
            uow, actor(), command, idempotency_key=idempotency_key(), now=now()
        )
