"""Approving that an award's credit counts in a block which asks for approval."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.services.commands import ApproveSubstitution
from creditbank.services.substitutions import approve_substitution as approve
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.substitution_panels import FIELDS, substitution_parts
from creditbank.web.visits import actor, allowed, now, unit_of_work

_NUMBER_MAX, _SEQ_MAX = 60, 2**31 - 1
_UNPROCESSABLE = 422


@pages.post(f"{LEARNER}/substitutions")
@declares(Action.APPROVE_SUBSTITUTION)
def approve_substitution(learner_id: int) -> str | Response | tuple[str, int]:
    """Book the substitution; the page around the panel is renewed."""
    sent = {name: request.form.get(name, "") for name in (*FIELDS, "idempotency_key")}
    form = Form.sent("substitution", sent)
    try:
        command = _command(form, learner_id)
        with unit_of_work() as uow:
            approve(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError, NotFoundError) as error:
        return _refused(learner_id, form, error)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=Action.APPROVE_SUBSTITUTION)
    return render_template(
        "parts/approved.html",
        **page.parts,
        **substitution_parts(page, posted=Posted("good", _("已批准并入账"))),
        is_news=True,
        changed=frozenset(card.key for card in page.cards),
    )


def _command(form: Form, learner_id: int) -> ApproveSubstitution:
    reading = Reading(form)
    command = ApproveSubstitution(
        learner_id=learner_id,
        source_seq=reading.whole("source_seq", most=_SEQ_MAX),
        block_code=reading.text("block_code", length_max=10),
        units=reading.units("units"),
        document_no=reading.text("document_no", length_max=_NUMBER_MAX),
    )
    reading.done()
    return command


def _refused(learner_id: int, form: Form, error: CreditbankError) -> str | tuple[str, int]:
    with unit_of_work() as uow:
        allowed(uow, Action.APPROVE_SUBSTITUTION, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.APPROVE_SUBSTITUTION)
    parts = page.parts | substitution_parts(page, form.with_problems(refusal_problems(error)))
    parts |= {"may_approve": True, "changed": frozenset()}
    template = "parts/substitution.html" if is_fragment() else "learner.html"
    return render_template(template, **parts), _UNPROCESSABLE
