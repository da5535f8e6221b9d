"""学期注册: registering for a term, the numbers, and the names for the school."""

from __future__ import annotations

from typing import Any

from creditbank.api.calls import actor, idempotency_key, now, unit_of_work
from creditbank.api.endpoints import ID, Blueprint
from creditbank.api.problems import fault_line
from creditbank.domain.permissions import Action
from creditbank.queries.term_registrations import (
    Chosen,
    own_batches,
    present_term,
    term_learners,
    term_numbers,
)
from creditbank.services.term_registrations import RegisterTerm, TermLine, register_term
from creditbank.services.term_undoing import UndoneTerm, UndoTerm, undo_term
from schemas.term_registrations import (
    BatchQuerySchema,
    RegisteredTermSchema,
    TermBatchesSchema,
    TermLearnersQuerySchema,
    TermLearnersSchema,
    TermNumbersPageSchema,
    TermQuerySchema,
    TermRegistrationSchema,
    TermUndoingSchema,
    UndoneTermSchema,
)

blueprint = Blueprint("term_registrations", "学期注册 Term registrations")
_LEARNERS_MAX = 2000


@blueprint.reads(
    "/term-registrations",
    Action.SEE_TERM_NUMBERS,
    TermNumbersPageSchema(),
    query=TermQuerySchema(),
)
def get_term_numbers(query: dict[str, Any]) -> dict[str, Any]:
    """注册、报到、未报到和未登记人数 How many are registered, by class or school."""
    with unit_of_work() as uow:
        term = query["term"] or present_term(uow, now=now())
        found = term_numbers(uow, actor(), term, school=query["institution_id"], now=now())
    return {"term": term.code, "items": found}


@blueprint.reads(
    "/term-registrations/learners",
    Action.SEE_TERM_REGISTRATIONS,
    TermLearnersSchema(),
    query=TermLearnersQuerySchema(),
)
def get_term_learners(query: dict[str, Any]) -> dict[str, Any]:
    """一个班或全校学生的注册状况 Who stands where, of a class or of the school."""
    chosen = Chosen(
        class_name=query["class_name"],
        entry_year=query["entry_year"],
        missing=bool(query["missing"]),
        limit=_LEARNERS_MAX,
    )
    with unit_of_work() as uow:
        term = query["term"] or present_term(uow, now=now())
        found = term_learners(uow, actor(), term, chosen, now=now())
    return {"term": term.code, "items": found}


@blueprint.writes(
    "/term-registrations",
    Action.REGISTER_TERM,
    TermRegistrationSchema(),
    RegisteredTermSchema(),
)
def post_term_registration(loaded: dict[str, Any]) -> dict[str, Any]:
    """整班学期注册,不能注册的逐人说明 Register a class for a term; refusals say why."""
    lines = tuple(TermLine(**line) for line in loaded.pop("lines"))
    command = RegisterTerm(**loaded, lines=lines)
    with unit_of_work() as uow:
        found = register_term(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
    return {
        "recorded": sum(bool(item.state) for item in found.lines),
        "items": [
            {
                "enrolment_id": item.enrolment_id,
                "learner_id": item.learner_id,
                "state": item.state,
                "problems": list(map(fault_line, item.problems)),
            }
            for item in found.lines
        ],
    }


@blueprint.reads(
    "/term-registrations/batches",
    Action.REGISTER_TERM,
    TermBatchesSchema(),
    query=BatchQuerySchema(),
)
def get_term_batches(query: dict[str, Any]) -> dict[str, Any]:
    """一起登记的各批,最近的在前 What was recorded together, the last first."""
    with unit_of_work() as uow:
        term = query["term"] or present_term(uow, now=now())
        return {"term": term.code, "items": own_batches(uow, actor(), term)}


@blueprint.writes(
    f"/term-registrations/<{ID}:term_registration_id>/withdrawals",
    Action.REGISTER_TERM,
    TermUndoingSchema(),
    UndoneTermSchema(),
)
def post_term_undoing(loaded: dict[str, Any], term_registration_id: int) -> UndoneTerm:
    """整批撤销学期注册;有一行不能撤销就都不撤销 Take back a whole batch, or nothing."""
    command = UndoTerm(term_registration_id=term_registration_id, reason=loaded["reason"])
    with unit_of_work() as uow:
        return undo_term(uow, actor(), command, idempotency_key=idempotency_key(), now=now())
