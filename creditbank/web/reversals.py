"""Taking an entry back: asked for below its line in the transcript, with a reason."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.services.commands import ReverseEntry
from creditbank.services.grounds import REASON_MAX
from creditbank.services.reversals import reverse_entry as reverse
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, allowed, now, unit_of_work

_ENTRY = f"{LEARNER}/entries/<int(min=1, max=2147483647):ledger_seq>/reversal"
_FIELDS = frozenset({"reason"})
_UNPROCESSABLE = 422


@pages.get(_ENTRY)
@declares(Action.REVERSE_ENTRY)
def reversal_form(learner_id: int, ledger_seq: int) -> str | Response:
    """The form that asks for the reason."""
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    with unit_of_work() as uow:
        allowed(uow, Action.REVERSE_ENTRY, learner_id)
    return _form(learner_id, ledger_seq, Form(kind="reversal", fields=_FIELDS))


@pages.post(_ENTRY)
@declares(Action.REVERSE_ENTRY)
def reverse_entry(learner_id: int, ledger_seq: int) -> str | Response | tuple[str, int]:
    """Reverse one entry; the page around it is renewed."""
    form = Form.sent("reversal", {name: request.form.get(name, "") for name in _SENT})
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = ReverseEntry(learner_id=learner_id, ledger_seq=ledger_seq, reason=reason)
        with unit_of_work() as uow:
            reverse(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _form(learner_id, ledger_seq, refused), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=Action.REVERSE_ENTRY)
    return render_template(
        "parts/reversed.html",
        **page.parts,
        is_news=True,
        can_reverse=True,
        changed=frozenset(card.key for card in page.cards),
        said=_("已冲销，原记录保留。"),
    )


def _form(learner_id: int, ledger_seq: int, form: Form) -> str:
    return render_template(
        "parts/reversal.html", learner_id=learner_id, ledger_seq=ledger_seq, form=form
    )


_SENT = ("reason", "idempotency_key")
