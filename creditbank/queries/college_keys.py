"""The keys of a college, without their secrets."""

from __future__ import annotations

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import NotFoundError
from creditbank.domain.permissions import Action, Role
from creditbank.store.college_keys import KeyRow, keys_of
from creditbank.store.unit_of_work import UnitOfWork


def college_keys(uow: UnitOfWork, actor: Actor, college_id: int) -> tuple[KeyRow, ...]:
    """All keys there have been, the newest first. NotFoundError for another's college."""
    decide(actor, Action.MANAGE_COLLEGE_KEYS)
    if actor.role is Role.COLLEGE and college_id != actor.institution_id:
        raise NotFoundError
    return tuple(keys_of(uow.connection, college_id))
