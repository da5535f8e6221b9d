"""What anybody checks credentials by: keys, status lists, our context, the page without a network.

These are read by programs of others, browsers of other sites among them: they say so in a header.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Response

from creditbank.credentials.contexts import extension_context
from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.services.visible_credentials import (
    installation_document,
    school_document,
    signed_list,
    trust_snapshot,
)
from creditbank.web.languages import language
from creditbank.web.offline_page import offline_page, policy
from creditbank.web.pages import moment, pages
from creditbank.web.visits import actor, home, now, unit_of_work

_SCHOOL = "/schools/<int(min=1, max=2147483647):institution_id>"
_MINUTES = "public, max-age=300"


@pages.get(f"{_SCHOOL}/did.json")
@declares(Action.SEE_CREDENTIAL_KEYS)
def school_keys(institution_id: int) -> Response:
    """The did:web document of a school."""
    with unit_of_work() as uow:
        found = school_document(uow, actor(), institution_id, site=home())
    return _open(found, "application/did+json")


@pages.get("/.well-known/did.json")
@declares(Action.SEE_CREDENTIAL_KEYS)
def installation_keys() -> Response:
    """The did:web document of the installation."""
    with unit_of_work() as uow:
        found = installation_document(uow, actor(), site=home())
    return _open(found, "application/did+json")


@pages.get(f"{_SCHOOL}/status-lists/<int(min=1, max=100000):list_no>")
@declares(Action.SEE_CREDENTIAL_KEYS)
def status_list(institution_id: int, list_no: int) -> Response:
    """A status list as it was signed last."""
    with unit_of_work() as uow:
        found = signed_list(uow, actor(), institution_id, list_no, site=home())
    return _open(found, "application/vc")


@pages.get("/contexts/credentials/v1")
@declares(Action.SEE_CREDENTIAL_KEYS)
def credential_context() -> Response:
    """The JSON-LD context of our own words."""
    return _open(extension_context(home()), "application/ld+json")


@pages.get("/verify/offline")
@declares(Action.SEE_CREDENTIAL_KEYS)
def offline_check() -> Response:
    """The page that checks a credential without a network, with what is known now inside."""
    with unit_of_work() as uow:
        found = trust_snapshot(uow, actor(), site=home())
    page = offline_page(
        {
            "language": language(),
            "taken": moment(now()),
            "keys": list(found.keys),
            "lists": list(found.lists),
        }
    )
    response = Response(page, content_type="text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = f"{policy()}; frame-ancestors 'none'"
    response.headers["Content-Disposition"] = 'inline; filename="creditbank-verify.html"'
    return response


def _open(document: dict[str, Any] | str, media_type: str) -> Response:
    is_text = isinstance(document, str)
    text = document if is_text else json.dumps(document, ensure_ascii=False)
    response = Response(text, content_type=media_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = _MINUTES
    return response
