"""Exceptions from the plan for one learner: one person enters it, a second one rules on it.

Nothing is changed afterwards: a later exception on the same subject replaces one, and a withdrawal
is a row of its own. The database marks the learner with each ruling.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime
from typing import NamedTuple

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.decisions import is_positive
from creditbank.domain.errors import NotFoundError, refused
from creditbank.domain.permissions import Action
from creditbank.domain.plan_exceptions import (
    ExceptionKind,
    ExceptionState,
    PlanException,
    Ruling,
)
from creditbank.eligibility import evaluate_graduation
from creditbank.services import plan_exception_checks as checks
from creditbank.services.commands import EnterException, RecordedException, RuleOnException
from creditbank.services.waits import posting
from creditbank.store.courses import load_course
from creditbank.store.facts import OwnEnrolment, facts_seq, own_enrolment
from creditbank.store.idempotency import earlier_answer, keep_answer, request_hash
from creditbank.store.learner_keys import learner_key
from creditbank.store.ledger import entries_of, lock_head
from creditbank.store.plan_exceptions import (
    KeptException,
    add_exception,
    add_ruling,
    exceptions_of,
    read_exception,
)
from creditbank.store.plans import load_plan
from creditbank.store.policies import policy_for
from creditbank.store.snapshots import read_evaluand
from creditbank.store.unit_of_work import UnitOfWork

_EASING = frozenset({ExceptionKind.WAIVE, ExceptionKind.LOWER, ExceptionKind.INSERT})
_STATES = {
    Ruling.APPROVED: ExceptionState.STANDING,
    Ruling.REFUSED: ExceptionState.REFUSED,
    Ruling.WITHDRAWN: ExceptionState.WITHDRAWN,
}


def enter_exception(
    uow: UnitOfWork, actor: Actor, command: EnterException, *, idempotency_key: str, now: datetime
) -> RecordedException:
    """Enter an exception on the learner's enrolment at the actor's school; it waits for a ruling.

    Raises NotFoundError, ForbiddenError, BusyError or InvalidInputError with every field that does
    not fit the plan and the records of the learner; then nothing was entered.
    """
    decide(actor, Action.ENTER_EXCEPTION)
    key = learner_key(uow.connection, command.learner_id, as_of=local_date(now))
    decide(actor, Action.ENTER_EXCEPTION, key)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedException(**answer), replayed=True)
        lock_head(uow.connection, command.learner_id)
        enrolment = _enrolment(uow, actor, command.learner_id)
        what = PlanException(
            kind=command.kind,
            subject=command.subject,
            block_code=command.block_code,
            ledger_seq=command.ledger_seq,
            units=command.units,
            reason=command.reason.strip(),
            document_no=command.document_no.strip(),
            approver_id=0,
            decided_on=command.decided_on,
        )
        known = exceptions_of(uow.connection, enrolment.enrolment_id)
        rivals = [item.what for item in known if item.is_waiting or item.stands]
        _check(uow, actor, _Learner(command.learner_id, enrolment), what, rivals, now=now)
        plan_exception_id = add_exception(
            uow.connection,
            {
                "institution_id": actor.institution_id,
                "learner_id": command.learner_id,
                "enrolment_id": enrolment.enrolment_id,
                "kind": what.kind.value,
                "subject": what.subject,
                "block_code": what.block_code,
                "ledger_seq": what.ledger_seq,
                "units": what.units,
                "reason": what.reason,
                "document_no": what.document_no,
                "decided_on": what.decided_on,
                "entered_by": actor.account_id,
                "entered_at": now,
            },
        )
    made = RecordedException(
        plan_exception_id=plan_exception_id,
        learner_id=command.learner_id,
        enrolment_id=enrolment.enrolment_id,
        state=ExceptionState.WAITING.value,
        facts_seq=facts_seq(uow.connection, command.learner_id),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
    return made


def rule_on_exception(
    uow: UnitOfWork, actor: Actor, command: RuleOnException, *, idempotency_key: str, now: datetime
) -> RecordedException:
    """Approve or refuse an exception of the actor's school that waits, or withdraw one that stands.

    Who entered it does not approve it. Not approved either is what no longer fits plan and records,
    or what asks less and yet would take the learner farther away. Raises NotFoundError,
    ForbiddenError, BusyError or InvalidInputError; then nothing was decided.
    """
    decide(actor, Action.RULE_ON_EXCEPTION)
    hashed = request_hash(command)
    with posting():
        answer = earlier_answer(uow.connection, actor.account_id, idempotency_key, hashed)
        if answer is not None:
            return replace(RecordedException(**answer), replayed=True)
        found = _of_own_school(uow, actor, command.plan_exception_id)
        key = learner_key(uow.connection, found.learner_id, as_of=local_date(now))
        decide(actor, Action.RULE_ON_EXCEPTION, key)
        checks.check_ruling(command)
        lock_head(uow.connection, found.learner_id)  # two who rule on one exception meet here
        found = _of_own_school(uow, actor, command.plan_exception_id)
        _check_turn(uow, actor, found, command.ruling, now=now)
        add_ruling(
            uow.connection,
            {
                "plan_exception_id": found.plan_exception_id,
                "ruling": command.ruling.value,
                "institution_id": found.institution_id,
                "enrolment_id": found.enrolment_id,
                "reason": command.reason.strip(),
                "document_no": command.document_no.strip(),
                "ruled_by": actor.account_id,
                "ruled_at": now,
            },
        )
    made = RecordedException(
        plan_exception_id=found.plan_exception_id,
        learner_id=found.learner_id,
        enrolment_id=found.enrolment_id,
        state=_STATES[command.ruling].value,
        facts_seq=facts_seq(uow.connection, found.learner_id),
    )
    keep_answer(uow.connection, actor.account_id, idempotency_key, hashed, asdict(made), now)
    return made


def _of_own_school(uow: UnitOfWork, actor: Actor, plan_exception_id: int) -> KeptException:
    found = read_exception(uow.connection, plan_exception_id)
    if found is None or found.institution_id != actor.institution_id:
        raise NotFoundError
    return found


def _check_turn(
    uow: UnitOfWork, actor: Actor, found: KeptException, ruling: Ruling, *, now: datetime
) -> None:
    """Whether this ruling may be the next word on what was entered."""
    if ruling is Ruling.WITHDRAWN:
        if not found.stands:
            raise refused(checks.NOT_STANDING)
        return
    if not found.is_waiting:
        raise refused(checks.RULED_ALREADY)
    if ruling is Ruling.APPROVED:
        if found.entered_by == actor.account_id:
            raise refused(checks.SAME_PERSON)
        known = exceptions_of(uow.connection, found.enrolment_id)
        rivals = [item.what for item in known if item.stands]
        enrolment = _enrolment(uow, actor, found.learner_id, found.enrolment_id)
        _check(uow, actor, _Learner(found.learner_id, enrolment), found.what, rivals, now=now)
        _check_gain(uow, found, enrolment, now=now)


def _check_gain(
    uow: UnitOfWork, found: KeptException, enrolment: OwnEnrolment, *, now: datetime
) -> None:
    """What is asked less must not take the learner farther away.

    Awards fill a block only up to what it asks, and caps are shares of it: with the block they had
    filled waived, their credits may be missing in the total that is asked all the same.
    """
    if found.what.kind not in _EASING:
        return
    with uow.everywhere():
        snapshot = read_evaluand(uow.connection, found.learner_id, found.enrolment_id).snapshot
        policy = policy_for(uow.connection, found.institution_id, local_date(now))
    plan = load_plan(uow.connection, enrolment.plan_id)
    eased = replace(snapshot, exceptions=(*snapshot.exceptions, found.what))
    before, after = (
        evaluate_graduation(item, plan, policy, local_date(now)) for item in (snapshot, eased)
    )
    if after.shortfall_units > before.shortfall_units or (
        is_positive(before) and not is_positive(after)
    ):
        raise refused(checks.MAKES_WORSE)


class _Learner(NamedTuple):
    """Whose exception it is."""

    learner_id: int
    enrolment: OwnEnrolment


def _enrolment(
    uow: UnitOfWork, actor: Actor, learner_id: int, enrolment_id: int | None = None
) -> OwnEnrolment:
    school = actor.institution_id or 0
    found = own_enrolment(uow.connection, learner_id, school, enrolment_id)
    if found is None:
        raise NotFoundError
    return found


def _check(
    uow: UnitOfWork,
    actor: Actor,
    whose: _Learner,
    what: PlanException,
    rivals: Collection[PlanException],
    *,
    now: datetime,
) -> None:
    """Against the plan that is followed now, and the records as they are. rivals: the others."""
    connection, school = uow.connection, actor.institution_id or 0
    entries: list[dict[str, object]] = []
    if what.ledger_seq is not None:
        with uow.everywhere():
            entries = entries_of(connection, whose.learner_id)
    checks.check_exception(
        what,
        load_plan(connection, whose.enrolment.plan_id),
        checks.Circumstances(
            entered_on=whose.enrolment.entered_on,
            today=local_date(now),
            has_course=what.kind is not ExceptionKind.INSERT
            or load_course(connection, school, what.subject) is not None,
            entries=entries,
            rivals=rivals,
        ),
    )
