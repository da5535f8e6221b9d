"""Where an account is told that messages wait: one mail address, or none."""

from __future__ import annotations

from creditbank.domain.access import Actor, decide
from creditbank.domain.errors import Problem, refused
from creditbank.domain.permissions import Action
from creditbank.services.loading_checks import EMAIL
from creditbank.settings import MAIL_ADDRESS
from creditbank.store.accounts import account_by_name, email_of, keep_email
from creditbank.store.unit_of_work import UnitOfWork


def own_email(uow: UnitOfWork, actor: Actor) -> str:
    """The actor's address, "" for none. Raises ForbiddenError."""
    decide(actor, Action.SEE_MESSAGES)
    return email_of(uow.connection, actor.account_id)


def change_own_email(uow: UnitOfWork, actor: Actor, email: str) -> None:
    """Take another address, or none for "". Raises ForbiddenError or InvalidInputError.

    Nobody confirms it: a mail says nothing of anybody, so one that goes astray tells nothing.
    """
    decide(actor, Action.SEE_MESSAGES)
    keep_email(uow.connection, actor.account_id, _checked(email))


def set_email(uow: UnitOfWork, username: str, email: str) -> None:
    """The same for an active account by its name, from the command line."""
    found = account_by_name(uow.connection, username)
    if found is not None:
        keep_email(uow.connection, found[0], _checked(email))


def _checked(email: str) -> str:
    text = email.strip()
    if text and not MAIL_ADDRESS.fullmatch(text):
        raise refused(Problem("email", EMAIL, "email"))
    return text
