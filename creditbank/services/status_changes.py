"""学籍异动: applied for, answered by one office after the other, carried out on its day.

Nothing edits a state: an execution is a row, and the enrolment follows it in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import (
    BusyError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Action, Role
from creditbank.domain.status_changes import OPEN_STATES, Application, ChangeState, speaks_for
from creditbank.registry.routes import route
from creditbank.services import status_change_checks as checks
from creditbank.services.executions import circumstances, execute
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.services.messages import tell
from creditbank.services.open_changes import NOT_ITS_TURN, open_change, recorded
from creditbank.services.status_change_commands import (
    ApplyForChange,
    GiveOpinion,
    RecordedChange,
    TakeBackChange,
)
from creditbank.services.transfers import check_opinion, publish
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import lock_head
from creditbank.store.lives import enrolment_at
from creditbank.store.status_changes import (
    KeptChange,
    add_change,
    add_opinion,
    add_withdrawal,
    due_changes,
    has_spoken,
    read_change,
)
from creditbank.store.unit_of_work import UnitOfWork


def apply_for_change(
    uow: UnitOfWork, actor: Actor, command: ApplyForChange, *, idempotency_key: str, now: datetime
) -> RecordedChange:
    """Apply for a change; it waits for the first office.

    Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError with every field that does
    not fit, or with every rule that refuses; then nothing was applied for.
    """
    decide(actor, Action.APPLY_FOR_CHANGE)
    key = learner_key(uow.connection, command.learner_id, as_of=local_date(now))
    decide(actor, Action.APPLY_FOR_CHANGE, key)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedChange(**answer), replayed=True)
        lock_head(uow.connection, command.learner_id)
        enrolment_id = enrolment_at(uow.connection, command.learner_id, actor.institution_id)
        if enrolment_id is None:
            raise NotFoundError
        status_change_id = enter_change(uow, actor, enrolment_id, command.what, now=now)
        tell(uow, MessageKind.APPLIED, status_change_id, by=actor.account_id, now=now)
        return recorded(uow, actor, status_change_id, (idempotency_key, hashed), now)


def enter_change(
    uow: UnitOfWork, actor: Actor, enrolment_id: int, what: Application, *, now: datetime
) -> int:
    """Put an application down once it is checked; its number.

    The caller has decided that the actor may and has locked the learner's head. Raises
    InvalidInputError as apply_for_change does.
    """
    today = local_date(now)
    about = circumstances(uow, enrolment_id, what, applied_on=today, now=now)
    checks.check_application(what, actor.role, about, today=today)
    plan = about.plan(what.plan_id)
    return add_change(
        uow.connection,
        what,
        {
            "institution_id": about.kept.row["institution_id"],
            "learner_id": about.kept.row["learner_id"],
            "enrolment_id": enrolment_id,
            "applied_on": today,
            "major_code": plan.major_code if plan else "",
            "catalogue_year": plan.catalogue_year if plan else None,
            "offices": [*route(what.kind, about.policy, crosses=_crosses(about))],
            "applied_as": actor.role.value,
            "applied_by": actor.account_id,
            "applied_at": now,
        },
    )


def _crosses(about: checks.Circumstances) -> bool:
    """Whether it leads to the other kind of school."""
    there = about.destination
    return there is not None and there.kind is not about.kept.life.seat.kind


def give_opinion(
    uow: UnitOfWork, actor: Actor, command: GiveOpinion, *, idempotency_key: str, now: datetime
) -> RecordedChange:
    """Say what the actor's office thinks, when it is its turn.

    The last one that agrees decides: where the day has come the change is carried out in this
    transaction. Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError (not its turn,
    no reason, no document number, no recognition plan, a public notice that runs, or the rules that
    refuse by now); then nothing was said.
    """
    decide(actor, Action.GIVE_OPINION)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedChange(**answer), replayed=True)
        found = open_change(uow, actor, Action.GIVE_OPINION, command.status_change_id)
        if found.state is not ChangeState.WAITING:
            raise refused(_DECIDED)
        if found.office is None or not speaks_for(actor, found.office, found.ends):
            raise refused(NOT_ITS_TURN)
        with uow.everywhere():  # a receiving school answers an application of the other one
            _say(uow, actor, found, command, now=now)
            return recorded(uow, actor, found.status_change_id, (idempotency_key, hashed), now)


def _say(
    uow: UnitOfWork, actor: Actor, found: KeptChange, command: GiveOpinion, *, now: datetime
) -> None:
    if has_spoken(uow.connection, found.status_change_id, actor.account_id):
        raise refused(_SPOKEN_ALREADY)
    _check_words(command, is_last=found.is_last)
    check_opinion(uow, found, agrees=command.agrees, today=local_date(now))
    add_opinion(
        uow.connection,
        {
            "status_change_id": found.status_change_id,
            "office": found.office,
            "institution_id": found.institution_id,
            "agrees": command.agrees,
            "opinion": command.opinion.strip(),
            "document_no": command.document_no.strip(),
            "given_by": actor.account_id,
            "given_at": now,
        },
    )
    if command.agrees and found.is_last and found.what.takes_effect_on <= local_date(now):
        execute(uow, found, by=actor.account_id, now=now)
        return
    kind = MessageKind.AGREED if command.agrees else MessageKind.REFUSED
    if command.agrees and publish(uow, found, now=now):
        kind = MessageKind.NOTICE
    number, by = found.status_change_id, actor.account_id
    tell(uow, kind, number, by=by, now=now, office=found.office)


def take_back_change(
    uow: UnitOfWork, actor: Actor, command: TakeBackChange, *, idempotency_key: str, now: datetime
) -> RecordedChange:
    """Take an application back before it is carried out: who applied, or one of the same side.

    Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError (not theirs, decided or
    carried out already); then nothing was taken back.
    """
    decide(actor, Action.APPLY_FOR_CHANGE)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedChange(**answer), replayed=True)
        found = open_change(uow, actor, Action.APPLY_FOR_CHANGE, command.status_change_id)
        if not is_of_same_side(actor.role, found.applied_as):
            raise refused(_NOT_THEIRS)
        if found.state not in OPEN_STATES:
            raise refused(_DECIDED)
        add_withdrawal(
            uow.connection,
            {
                "status_change_id": found.status_change_id,
                "institution_id": found.institution_id,
                "withdrawn_by": actor.account_id,
                "withdrawn_at": now,
            },
        )
        number = found.status_change_id
        tell(uow, MessageKind.WITHDRAWN, number, by=actor.account_id, now=now)
        return recorded(uow, actor, found.status_change_id, (idempotency_key, hashed), now)


class DueReport(NamedTuple):
    """What became of changes that were due. refused: the ids of the rules, by the change's id."""

    executed: tuple[int, ...]
    refused: Mapping[int, tuple[str, ...]]


def execute_due_changes(open_unit: Callable[[], UnitOfWork], *, now: datetime) -> DueReport:
    """Carry out what has been agreed to and whose day has come.

    Each in a transaction of its own. What the rules refuse by now stays agreed, for the school to
    take back; what is busy is tried again in the next round.
    """
    executed: list[int] = []
    not_allowed: dict[int, tuple[str, ...]] = {}
    with open_unit() as uow:
        due = due_changes(uow.connection, local_date(now))
    for status_change_id in due:
        try:
            with open_unit() as uow, posting():
                if _execute_due(uow, status_change_id, now=now):
                    executed.append(status_change_id)
        except BusyError:
            continue
        except InvalidInputError as error:
            not_allowed[status_change_id] = tuple(item.code for item in error.problems)
        except Exception as error:  # noqa: BLE001 (what one change brings about stops no other)
            not_allowed[status_change_id] = (type(error).__name__,)
    return DueReport(tuple(executed), not_allowed)


def _execute_due(uow: UnitOfWork, status_change_id: int, *, now: datetime) -> bool:
    """Whether it was this call that carried it out."""
    found = read_change(uow.connection, status_change_id)
    if found is None:
        return False
    lock_head(uow.connection, found.learner_id)  # a request or another worker may be at it
    found = read_change(uow.connection, status_change_id)
    if found is None or found.state is not ChangeState.AGREED:
        return False
    execute(uow, found, by=None, now=now)
    return True


def is_of_same_side(role: Role, applied_as: Role) -> bool:
    """Whether both speak for the family, or both for the school."""
    return (role in checks.FAMILY) == (applied_as in checks.FAMILY)


def _check_words(command: GiveOpinion, *, is_last: bool) -> None:
    opinion, document_no = command.opinion.strip(), command.document_no.strip()
    if len(opinion) > REASON_MAX or not (command.agrees or opinion):
        raise refused(_OPINION_MISSING)
    is_needed = command.agrees and is_last
    if len(document_no) > DOCUMENT_MAX or (is_needed and not document_no):
        raise refused(_DOCUMENT_MISSING)


_DECIDED = Problem(
    "decided_already",
    Message(
        "这项异动已经办结、被否决或已撤回。", "This change is carried out, refused or taken back."
    ),
    field="status_change_id",
)
_SPOKEN_ALREADY = Problem(
    "spoken_already",
    Message("您已代表另一部门对这项申请签过意见。", "You have spoken for another office already."),
    field="status_change_id",
)
_NOT_THEIRS = Problem(
    "not_theirs",
    Message(
        "申请由申请方撤回;审批部门可以不同意。",
        "Who applied takes an application back; an office may disagree instead.",
    ),
    field="status_change_id",
)
_OPINION_MISSING = Problem(
    "opinion_missing",
    Message("不同意须写明理由(1-200字)。", "Say why not (1 to 200 characters)."),
    field="opinion",
)
_DOCUMENT_MISSING = Problem(
    "document_missing",
    Message(
        "最后一个部门同意时须填写文号(1-60字)。",
        "The last office gives the document number of its decision (1 to 60 characters).",
    ),
    field="document_no",
)
