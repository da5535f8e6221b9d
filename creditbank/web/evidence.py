"""Checking whose a certificate is that several learners hold: below its line in the transcript."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.evidence import read_dispute
from creditbank.services.commands import CheckEvidence
from creditbank.services.evidence_checks import check_evidence as check
from creditbank.services.grounds import REASON_MAX
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, may, now, unit_of_work

_ENTRY = f"{LEARNER}/entries/<int(min=1, max=2147483647):ledger_seq>/check"
_FIELDS = frozenset({"owner_ids", "reason"})
_OWNERS_MAX = 50
_UNPROCESSABLE = 422


@pages.get(_ENTRY)
@declares(Action.CHECK_EVIDENCE)
def evidence_form(learner_id: int, ledger_seq: int) -> str | Response:
    """Who holds the number, and the form that asks whose it is."""
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _form(learner_id, ledger_seq, Form(kind="evidence", fields=_FIELDS), ())


@pages.post(_ENTRY)
@declares(Action.CHECK_EVIDENCE)
def check_evidence(learner_id: int, ledger_seq: int) -> str | Response | tuple[str, int]:
    """Keep the decision; the page around it is renewed."""
    sent = {name: request.form.get(name, "") for name in ("reason", "idempotency_key")}
    form = Form.sent("evidence", sent)
    chosen = request.form.getlist("owner_ids")[:_OWNERS_MAX]
    owners = tuple(int(text) for text in chosen if text.isascii() and text.isdecimal())
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = CheckEvidence(
            learner_id=learner_id, ledger_seq=ledger_seq, owner_ids=owners, reason=reason
        )
        with unit_of_work() as uow:
            check(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _form(learner_id, ledger_seq, refused, owners), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=Action.CHECK_EVIDENCE)
    return render_template(
        "parts/reversed.html",
        **page.parts,
        is_news=True,
        can_reverse=may(Action.REVERSE_ENTRY),
        changed=frozenset(card.key for card in page.cards),
        said=_("已记录核查结果，结论已重新计算。"),
    )


def _form(learner_id: int, ledger_seq: int, form: Form, owners: tuple[int, ...]) -> str:
    with unit_of_work() as uow:
        dispute = read_dispute(uow, actor(), learner_id, ledger_seq, now=now())
    return render_template(
        "parts/evidence_check.html",
        learner_id=learner_id,
        ledger_seq=ledger_seq,
        form=form,
        dispute=dispute,
        owners=owners,
    )
