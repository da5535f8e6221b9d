"""One visit: who asks, at what moment, and the unit of work that answers."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask import current_app, g, request, session
from sqlalchemy import Engine

from creditbank.domain.access import ANONYMOUS, Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.permissions import PERMISSIONS, Action, Grant
from creditbank.services.credentials import Signing
from creditbank.store.learner_keys import learner_key
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.sessions import AccountSession

ENGINE = "creditbank_engine"
"""The application's extension that holds the database engine."""

PUBLIC_URL = "CREDITBANK_PUBLIC_URL"
"""The application's setting of the address that everybody reaches."""

SENDS_MAILS = "CREDITBANK_SENDS_MAILS"
"""The application's setting of whether there is a mail server."""


def actor() -> Actor:
    """Who asks; ANONYMOUS before signing in."""
    return session.reach.actor if isinstance(session, AccountSession) else ANONYMOUS


def now() -> datetime:
    """The moment of this request, the same for all that it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


def today() -> date:
    """The county's day at this moment."""
    return local_date(now())


def site() -> str:
    """Where anybody can verify a paper: below the public address, or where this request came in."""
    return f"{home()}/verify"


def home() -> str:
    """The installation's address: the public one, or where this request came in."""
    address: str = current_app.config[PUBLIC_URL] or request.url_root.rstrip("/")
    return address


def signing() -> Signing:
    """How a credential is signed here."""
    return Signing(site=home(), secret_key=str(current_app.config["SECRET_KEY"]))


def sends_mails() -> bool:
    """Whether people may be told by mail that messages wait."""
    return bool(current_app.config[SENDS_MAILS])


def engine() -> Engine:
    """The application's database engine."""
    found: Engine = current_app.extensions[ENGINE]
    return found


def unit_of_work() -> UnitOfWork:
    """A unit of work with the actor's reach; nothing at all before signing in."""
    reach = session.reach.reach if isinstance(session, AccountSession) else ""
    return UnitOfWork(engine(), reach, actor().account_id)


def allowed(uow: UnitOfWork, action: Action, learner_id: int) -> Grant:
    """Decide for one learner. Raises NotFoundError, ForbiddenError or SignedOutError."""
    decide(actor(), action)
    return decide(actor(), action, learner_key(uow.connection, learner_id, as_of=today()))


def may(action: Action) -> bool:
    """Whether the actor's role holds an action at all."""
    return (action, actor().role) in PERMISSIONS
