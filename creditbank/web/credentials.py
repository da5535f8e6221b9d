"""Credentials: signed on a learner's page, saved as signed file or PDF, taken back."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.papers.rendering import render
from creditbank.services.credential_commands import IssueCredential, RevokeCredential
from creditbank.services.credential_papers import printed_credential
from creditbank.services.credentials import issue_credential, revoke_credential
from creditbank.services.grounds import REASON_MAX
from creditbank.services.visible_credentials import learner_of_own, open_credential
from creditbank.web.credential_panels import SIGN_FIELDS, asked_for, credential_parts
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, allowed, now, signing, unit_of_work

_UNPROCESSABLE = 422
_AT_CHOICE = {"ledger_seq": "kind", "agreement_id": "kind"}
"""Where a refusal is shown: the one choice names the award as well."""
_CREDENTIAL = "/credentials/<int(min=1, max=2147483647):issued_credential_id>"


@pages.get(f"{_CREDENTIAL}/document")
@declares(Action.SEE_CREDENTIALS)
def credential_document(issued_credential_id: int) -> Response:
    """The signed file, to be saved. It is named by its code, never by a person."""
    with unit_of_work() as uow:
        found = open_credential(uow, actor(), issued_credential_id, now=now())
    response = Response(found.document, content_type="application/vc")
    name = f"{found.kind}-{found.token}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@pages.get(f"{_CREDENTIAL}/paper")
@declares(Action.SEE_CREDENTIALS)
def credential_paper(issued_credential_id: int) -> Response:
    """What stands in it as PDF."""
    with unit_of_work() as uow:
        found = open_credential(uow, actor(), issued_credential_id, now=now())
    response = Response(render([printed_credential(found)]), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found.token}.pdf"'
    return response


@pages.post(f"{LEARNER}/credentials")
@declares(Action.ISSUE_CREDENTIAL)
def sign_credential(learner_id: int) -> str | Response | tuple[str, int]:
    """Sign a credential."""
    names = (*SIGN_FIELDS, "idempotency_key")
    form = Form.sent("credential", {name: request.form.get(name, "") for name in names})
    kind, ledger_seq = asked_for(form.value("kind"))
    command = IssueCredential(learner_id=learner_id, kind=kind, ledger_seq=ledger_seq)
    try:
        with unit_of_work() as uow:
            issue_credential(
                uow, actor(), command, signing=signing(), idempotency_key=form.key, now=now()
            )
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error), _AT_CHOICE)
        return _panel(learner_id, issuing=refused), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _panel(learner_id, said=Posted("good", _("已签发电子凭证")))


@pages.post(f"{_CREDENTIAL}/revocations")
@declares(Action.REVOKE_CREDENTIAL)
def take_back_credential(issued_credential_id: int) -> str | Response | tuple[str, int]:
    """Take a credential back."""
    with unit_of_work() as uow:
        learner_id = learner_of_own(uow, actor(), issued_credential_id)
    names = ("reason", "idempotency_key")
    form = Form.sent("credential-revocation", {n: request.form.get(n, "") for n in names})
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = RevokeCredential(issued_credential_id=issued_credential_id, reason=reason)
        with unit_of_work() as uow:
            revoke_credential(
                uow, actor(), command, signing=signing(), idempotency_key=form.key, now=now()
            )
    except (InvalidInputError, BusyError) as error:
        returned = issued_credential_id, form.with_problems(refusal_problems(error))
        return _panel(learner_id, returned=returned), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _panel(learner_id, said=Posted("good", _("已作废")))


def _panel(
    learner_id: int,
    *,
    issuing: Form | None = None,
    returned: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> str:
    with unit_of_work() as uow:
        allowed(uow, Action.SEE_CREDENTIALS, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.SEE_CREDENTIALS)
        parts = page.parts | credential_parts(
            uow, page, issuing=issuing, returned=returned, said=said
        )
    template = "parts/credentials.html" if is_fragment() else "learner.html"
    return render_template(template, **parts, changed=frozenset())
