"""分享链接: a family makes and withdraws links to papers; whoever has one opens it.

The pages behind a link are for nobody's list: they name no account, send no referrer and are not
indexed. In an address stands the random token and nothing else.
"""

from __future__ import annotations

import re

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.credentials import CredentialKind
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.paper_shares import DAYS_MAX
from creditbank.domain.permissions import Action
from creditbank.papers.rendering import render
from creditbank.services.paper_shares import (
    OpenedShare,
    SharePaper,
    WithdrawShare,
    open_share,
    share_paper,
    withdraw_share,
)
from creditbank.services.verifications import TooManyMisses
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.paper_panels import TONES
from creditbank.web.paper_share_panels import SHARE_FIELDS, share_parts
from creditbank.web.visits import actor, allowed, now, unit_of_work

_UNPROCESSABLE, _TOO_MANY, _NOT_FOUND = 422, 429, 404
_TOKEN = "/shared/<string(length=43):token>"  # noqa: S105 (an address)
_SHOWN = re.compile(r"(paper|credential)-([0-9]{1,9})")


@pages.get(f"{LEARNER}/shares")
@declares(Action.SHARE_PAPER)
def paper_shares(learner_id: int) -> str:
    """The links that were made, ten to a page, and the form for another."""
    return _panel(learner_id, cursor=request.args.get("cursor", ""))


@pages.post(f"{LEARNER}/shares")
@declares(Action.SHARE_PAPER)
def make_share(learner_id: int) -> str | tuple[str, int]:
    """Make a link. It is shown in this answer and never again."""
    names = (*SHARE_FIELDS, "idempotency_key")
    form = Form.sent("share", {name: request.form.get(name, "") for name in names})
    with unit_of_work() as uow:
        allowed(uow, Action.SHARE_PAPER, learner_id)
    try:
        command = _command(form, learner_id)
        with unit_of_work() as uow:
            made = share_paper(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _panel(learner_id, form=form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return _panel(learner_id, token=made.token)


@pages.post("/shares/<int(min=1, max=2147483647):paper_share_id>/withdrawals")
@declares(Action.SHARE_PAPER)
def withdraw_paper_share(paper_share_id: int) -> str | Response:
    """Close a link at once."""
    command = WithdrawShare(paper_share_id=paper_share_id)
    with unit_of_work() as uow:
        share = withdraw_share(uow, actor(), command, now=now())
    if not is_fragment():
        return redirect(url_for("web.paper_shares", learner_id=share.learner_id))
    return _panel(share.learner_id, said=_("已收回，链接不能再打开"))


@pages.get(_TOKEN)
@declares(Action.OPEN_SHARED_PAPER)
def shared_paper(token: str) -> Response:
    """What a link leads to: which paper it is, and whether it is still good."""
    found = _opened(token, is_file=False)
    if not isinstance(found, OpenedShare):
        return _no_page(found)
    return _private(
        render_template(
            "shared.html",
            share=found,
            token=token,
            kind=name_of(found.kind),
            state=name_of(found.state),
            tone=TONES[found.state],
            is_signed=isinstance(found.kind, CredentialKind),
        )
    )


@pages.get(f"{_TOKEN}/file")
@declares(Action.OPEN_SHARED_PAPER)
def shared_file(token: str) -> Response:
    """The paper as PDF."""
    found = _opened(token, is_file=True)
    if not isinstance(found, OpenedShare) or found.paper is None:
        return _no_page(found if isinstance(found, TooManyMisses) else None)
    response = Response(render([found.paper]), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found.paper.number}.pdf"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@pages.get(f"{_TOKEN}/document")
@declares(Action.OPEN_SHARED_PAPER)
def shared_document(token: str) -> Response:
    """The signed file of a credential, to be saved and checked anywhere."""
    found = _opened(token, is_file=True)
    if not isinstance(found, OpenedShare) or not found.document:
        return _no_page(found if isinstance(found, TooManyMisses) else None)
    response = Response(found.document, content_type="application/vc")
    name = f"{found.kind}-{found.verify_at}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _command(form: Form, learner_id: int) -> SharePaper:
    reading = Reading(form)
    shown = _SHOWN.fullmatch(form.value("shown"))
    if shown is None:
        reading.text("shown", length_max=0)
    days = reading.whole("days", most=DAYS_MAX)
    reading.done()
    kind, number = (shown[1], int(shown[2])) if shown else ("", 0)
    return SharePaper(
        learner_id=learner_id,
        issued_paper_id=number if kind == "paper" else None,
        issued_credential_id=number if kind == "credential" else None,
        days=days,
        shows_numbers=form.value("shows_numbers") == "true",
    )


def _opened(token: str, *, is_file: bool) -> OpenedShare | TooManyMisses | None:
    address = request.remote_addr or ""
    with unit_of_work() as uow:
        return open_share(uow, actor(), token, address=address, is_file=is_file, now=now())


def _no_page(found: TooManyMisses | None) -> Response:
    """The same for a link that is wrong, over or withdrawn."""
    response = _private(render_template("shared.html", share=None, is_refused=found is not None))
    response.status_code = _NOT_FOUND
    if found is not None:
        response.status_code = _TOO_MANY
        response.headers["Retry-After"] = str(found.retry_after)
    return response


def _private(page: str) -> Response:
    response = current_app.make_response(page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _panel(
    learner_id: int,
    *,
    form: Form | None = None,
    token: str | None = None,
    said: str = "",
    cursor: str = "",
) -> str:
    with unit_of_work() as uow:
        allowed(uow, Action.SHARE_PAPER, learner_id)
        parts = share_parts(
            uow, learner_id, form=form, token=token, said=said, cursor=cursor
        )  # fmt: skip
    template = "parts/shares.html" if is_fragment() else "shares.html"
    return render_template(template, **parts, learner_id=learner_id)
