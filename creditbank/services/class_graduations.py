"""A class graduates: approved and carried out learner by learner; who does not is told why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.errors import (
    BusyError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.messages import MessageKind
from creditbank.domain.permissions import Action
from creditbank.domain.status_changes import OFFICE_OF, Application, ChangeKind
from creditbank.services.commands import ApproveGraduation
from creditbank.services.graduations import approve_graduation
from creditbank.services.grounds import check_document
from creditbank.services.messages import tell
from creditbank.services.status_change_commands import GiveOpinion, GraduateClass
from creditbank.services.status_changes import enter_change, give_opinion
from creditbank.services.waits import posting
from creditbank.store.idempotency import earlier_answer, keep_answer, part_key, request_hash
from creditbank.store.learner_keys import learner_keys
from creditbank.store.ledger import lock_head
from creditbank.store.lives import enrolment_at, lives_of
from creditbank.store.status_changes import read_change
from creditbank.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class GraduatedLearner:
    """What became of one learner. state: of the change, "" where problems say why there is none."""

    learner_id: int
    status_change_id: int | None = None
    state: str = ""
    problems: tuple[Problem, ...] = ()


def graduate_class(
    open_unit: Callable[[], UnitOfWork],
    actor: Actor,
    command: GraduateClass,
    *,
    idempotency_key: str,
    now: datetime,
) -> tuple[GraduatedLearner, ...]:
    """Approve and carry out the graduation of each learner, in a transaction of its own.

    Whoever is refused stands in nobody's way; the same key goes on where it was interrupted. Who
    has completed exchanges the completion. Where policy asks another office first, the change waits
    for it. Raises NotFoundError, ForbiddenError or InvalidInputError (nobody, no document) before
    anything is done.
    """
    if not command.learner_ids:
        raise refused(_NOBODY)
    check_document(command.document_no)
    wanted = dict.fromkeys(command.learner_ids)
    decide(actor, Action.APPROVE_GRADUATION)
    with open_unit() as uow:
        keys = learner_keys(uow.connection, [*wanted], as_of=local_date(now))
    for learner_id in wanted:
        if learner_id not in keys:
            raise NotFoundError
        decide(actor, Action.APPROVE_GRADUATION, keys[learner_id])
    return tuple(
        _graduated(
            open_unit, actor, replace(command, learner_ids=(learner_id,)), idempotency_key, now
        )
        for learner_id in wanted
    )


def _graduated(
    open_unit: Callable[[], UnitOfWork],
    actor: Actor,
    command: GraduateClass,
    idempotency_key: str,
    now: datetime,
) -> GraduatedLearner:
    (learner_id,) = command.learner_ids
    key = part_key(idempotency_key, learner_id)
    try:
        with open_unit() as uow, posting():
            return _graduate(uow, actor, command, key, now)
    except BusyError as error:
        return GraduatedLearner(learner_id, problems=(Problem(error.code, error.message),))
    except InvalidInputError as error:
        problems = error.problems or (Problem(error.code, error.message),)
        return GraduatedLearner(learner_id, problems=problems)


def _graduate(
    uow: UnitOfWork, actor: Actor, command: GraduateClass, key: str, now: datetime
) -> GraduatedLearner:
    connection, hashed = uow.connection, request_hash(command)
    (learner_id,) = command.learner_ids
    answer = earlier_answer(connection, actor.account_id, key, hashed)
    if answer is not None:
        return GraduatedLearner(**answer | {"problems": ()})
    lock_head(connection, learner_id)
    enrolment_id = enrolment_at(connection, learner_id, actor.institution_id)
    if enrolment_id is None:
        raise NotFoundError
    life = lives_of(connection, [enrolment_id])[enrolment_id].life
    if not life.is_approved:
        approval = ApproveGraduation(learner_id=learner_id, document_no=command.document_no)
        approve_graduation(uow, actor, approval, idempotency_key=part_key(key, "a"), now=now)
    is_exchange = life.status is EnrolmentStatus.COMPLETED
    what = Application(
        kind=ChangeKind.EXCHANGE if is_exchange else ChangeKind.GRADUATION,
        takes_effect_on=command.takes_effect_on,
    )
    number = enter_change(uow, actor, enrolment_id, what, now=now)
    found = read_change(connection, number)
    if found is not None and found.office is OFFICE_OF[actor.role]:
        opinion = GiveOpinion(status_change_id=number, agrees=True, document_no=command.document_no)
        give_opinion(uow, actor, opinion, idempotency_key=part_key(key, "o"), now=now)
        found = read_change(connection, number)
    else:  # what is carried out at once is told once
        tell(uow, MessageKind.APPLIED, number, by=actor.account_id, now=now)
    made = GraduatedLearner(learner_id, number, found.state.value if found else "")
    keep_answer(connection, actor.account_id, key, hashed, asdict(made), now)
    return made


_NOBODY = Problem(
    "nobody_chosen",
    Message("请勾选要办理毕业的学生。", "Tick the learners who graduate."),
    field="learner_ids",
)
