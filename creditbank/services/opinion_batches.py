"""An office agrees to several applications at once; each by itself, and refusals say why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import (
    BusyError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
    refused,
)
from creditbank.domain.permissions import Action
from creditbank.services.status_change_commands import GiveOpinion
from creditbank.services.status_changes import give_opinion
from creditbank.store.idempotency import part_key
from creditbank.store.unit_of_work import UnitOfWork

BATCH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreeToSeveral:
    """Agree to these applications, with one document number where it is the last office."""

    status_change_ids: tuple[int, ...]
    document_no: str = ""
    opinion: str = ""


@dataclass(frozen=True, slots=True)
class AgreedChange:
    """What became of one. state: right after it, "" where problems say why nothing was said."""

    status_change_id: int
    state: str = ""
    problems: tuple[Problem, ...] = ()


def agree_to_several(
    open_unit: Callable[[], UnitOfWork],
    actor: Actor,
    command: AgreeToSeveral,
    *,
    idempotency_key: str,
    now: datetime,
) -> tuple[AgreedChange, ...]:
    """Say yes to each, in a transaction of its own; the same key goes on where it was interrupted.

    Raises ForbiddenError or InvalidInputError (none, too many) before anything is said.
    """
    decide(actor, Action.GIVE_OPINION)
    wanted = dict.fromkeys(command.status_change_ids)
    if not 0 < len(wanted) <= BATCH_MAX:
        raise refused(_COUNT)
    found = []
    for status_change_id in wanted:
        opinion = GiveOpinion(
            status_change_id=status_change_id,
            agrees=True,
            opinion=command.opinion,
            document_no=command.document_no,
        )
        key = part_key(idempotency_key, status_change_id)
        try:
            with open_unit() as uow:
                made = give_opinion(uow, actor, opinion, idempotency_key=key, now=now)
            found.append(AgreedChange(status_change_id, made.state))
        except (BusyError, NotFoundError, InvalidInputError) as error:
            problems = error.problems or (Problem(error.code, error.message),)
            found.append(AgreedChange(status_change_id, problems=problems))
    return tuple(found)


_COUNT = Problem(
    "count",
    Message(f"请勾选1至{BATCH_MAX}项申请。", f"Tick from 1 to {BATCH_MAX} applications."),
    field="status_change_ids",
)
