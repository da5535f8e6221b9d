"""查验真伪: the page where anybody who holds a paper asks whether it is real.

What is asked for is posted; an address holds a QR code's random token and nothing else.
"""

from __future__ import annotations

from flask import current_app, render_template, request
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.services.verifications import (
    TooManyMisses,
    VerifiedPaper,
    verify_by_number,
    verify_by_token,
)
from creditbank.web.labels import name_of
from creditbank.web.pages import pages
from creditbank.web.paper_panels import TONES
from creditbank.web.visits import actor, now, unit_of_work

_NUMBER_MAX, _PROOF_MAX = 60, 60
_TOO_MANY = 429


@pages.get("/verify")
@declares(Action.VERIFY_PAPER)
def verify() -> Response:
    """The form."""
    return _page(is_asked=False)


@pages.get("/verify/<string(length=22):token>")
@declares(Action.VERIFY_PAPER)
def verify_token(token: str) -> Response:
    """What a QR code leads to."""
    with unit_of_work() as uow:
        found = verify_by_token(uow, actor(), token, address=_address(), now=now())
    return _page(found)


@pages.post("/verify")
@declares(Action.VERIFY_PAPER)
def verify_number() -> Response:
    """A number, and something else that stands on the paper."""
    number = clean_text(request.form.get("number", ""))[:_NUMBER_MAX]
    proof = clean_text(request.form.get("proof", ""))[:_PROOF_MAX]
    with unit_of_work() as uow:
        found = verify_by_number(uow, actor(), number, proof, address=_address(), now=now())
    return _page(found, number=number)


def _address() -> str:
    return request.remote_addr or ""


def _page(
    found: VerifiedPaper | TooManyMisses | None = None, *, number: str = "", is_asked: bool = True
) -> Response:
    is_refused = isinstance(found, TooManyMisses)
    paper = found if isinstance(found, VerifiedPaper) else None
    response = current_app.make_response(
        render_template(
            "verify.html",
            paper=paper,
            kind=name_of(paper.kind) if paper else "",
            state=name_of(paper.state) if paper else "",
            tone=TONES[paper.state] if paper else "",
            is_signed=paper is not None and isinstance(paper.kind, CredentialKind),
            number=number,
            is_asked=is_asked,
            is_refused=is_refused,
        )
    )
    if isinstance(found, TooManyMisses):
        response.status_code = _TOO_MANY
        response.headers["Retry-After"] = str(found.retry_after)
    return response
