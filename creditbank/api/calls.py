"""One call: who asks by which key, at what moment, and the unit of work that answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from flask import current_app, g, request
from sqlalchemy import Engine

from creditbank.domain.access import ANONYMOUS, DECLARED, Actor, decide
from creditbank.domain.calendar import local_date
from creditbank.domain.college_keys import SCHEME, SignedCall
from creditbank.domain.errors import CallRefusedError
from creditbank.domain.permissions import PERMISSIONS, Action
from creditbank.services.accounts import Reach, actor_of_api_key
from creditbank.services.credentials import Signing
from creditbank.services.signed_calls import actor_of_signed_call
from creditbank.store.unit_of_work import UnitOfWork

ENGINE = "creditbank_engine"
"""The application's extension that holds the database engine."""
PUBLIC_URL = "CREDITBANK_PUBLIC_URL"
"""The application's setting of the address that everybody reaches."""
IDEMPOTENCY_HEADER = "Idempotency-Key"
BODY_BYTES_MAX = 2 * 1024 * 1024
FILE_BODY_BYTES_MAX = 7 * 1024 * 1024
"""Of a call that sends a file of 5 MB, in base64."""
_SENDS_FILES = frozenset({"api_claims.post_claim_file"})
_NOWHERE = ""


def begin() -> None:
    """Before anything is parsed: whose key it is, and whether that role holds the view's action.

    A view that declares no action is an error of ours, and is answered as one.
    """
    endpoint = request.endpoint or ""
    sends_file = endpoint in _SENDS_FILES
    request.max_content_length = FILE_BODY_BYTES_MAX if sends_file else BODY_BYTES_MAX
    action: Action = getattr(current_app.view_functions[endpoint], DECLARED)
    is_public = (action, ANONYMOUS.role) in PERMISSIONS
    g.reach = Reach(ANONYMOUS, _NOWHERE) if is_public else _identified(action)
    decide(actor(), action)


def _identified(action: Action) -> Reach:
    said = request.headers.get("Authorization", "")
    scheme, _, key = said.partition(" ")
    if scheme == SCHEME:
        with UnitOfWork(engine(), _NOWHERE) as uow:
            found = actor_of_signed_call(
                uow, said, _call(), action, secret_key=secret_key(), now=now()
            )
        if found is None:
            raise CallRefusedError
        return found
    if scheme.lower() != "bearer":
        return Reach(ANONYMOUS, _NOWHERE)
    with UnitOfWork(engine(), _NOWHERE) as uow:
        return actor_of_api_key(uow, key.strip(), now=now())


def _call() -> SignedCall:
    """What a college signs: method, path with query, body, all as they came."""
    query = request.query_string.decode("ascii", "replace")
    path = request.root_path.rstrip("/") + request.path
    return SignedCall(request.method, path + (f"?{query}" if query else ""), request.get_data())


def secret_key() -> str:
    """The installation's key, that secrets are sealed under."""
    return str(current_app.config["SECRET_KEY"])


def actor() -> Actor:
    """Who asks; ANONYMOUS without a key."""
    found: Reach = g.reach
    return found.actor


def unit_of_work() -> UnitOfWork:
    """A unit of work with the caller's reach."""
    found: Reach = g.reach
    return UnitOfWork(engine(), found.reach, found.actor.account_id)


def engine() -> Engine:
    """The application's database engine."""
    found: Engine = current_app.extensions[ENGINE]
    return found


def now() -> datetime:
    """The moment of this request, the same for all that it does."""
    if "now" not in g:
        g.now = datetime.now(UTC)
    moment: datetime = g.now
    return moment


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


def today() -> date:
    """The county's day at this moment."""
    return local_date(now())


def idempotency_key() -> str:
    """The header's value; "" where there is none that could be a key."""
    key = request.headers.get(IDEMPOTENCY_HEADER, "")
    return key if key.isascii() and key.isprintable() else ""


def cursor_and_limit(query: dict[str, Any]) -> dict[str, Any]:
    """What a list query takes of a loaded page query."""
    return {"cursor": query["cursor"], "limit": query["limit"]}
