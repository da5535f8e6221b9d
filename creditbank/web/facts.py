"""Recording a fact from a learner's page; the answer brings the verdicts with it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import (
    AlreadyBookedError,
    BusyError,
    CreditbankError,
    InvalidInputError,
)
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.services.facts import record_fact as record
from creditbank.web.credit_panels import Posted, posting_parts
from creditbank.web.fact_forms import FIELDS, fact_command, sent_fact_form
from creditbank.web.fact_panels import fact_kinds, fact_parts
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import card_prints, read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, allowed, now, unit_of_work

_UNPROCESSABLE = 422


@pages.get(f"{LEARNER}/facts/<kind>")
@declares(Action.RECORD_FACT)
def fact_form(learner_id: int, kind: str) -> str | Response:
    """The panel with an empty form of one kind."""
    _known(kind)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, fact=kind))
    with unit_of_work() as uow:
        allowed(uow, Action.RECORD_FACT, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.RECORD_FACT)
        parts = page.parts | fact_parts(uow, page, kind)
    return render_template("parts/facts.html", **parts)


@pages.post(f"{LEARNER}/facts/<kind>")
@declares(Action.RECORD_FACT)
def record_fact(learner_id: int, kind: str) -> str | Response | tuple[str, int]:
    """Record one fact, in place: the panel says so, the verdicts around it are renewed."""
    _known(kind)
    form = sent_fact_form(kind, request.form)
    try:
        command = fact_command(kind, form, learner_id)
        with unit_of_work() as uow:
            record(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, AlreadyBookedError, BusyError) as error:
        return _refused(learner_id, kind, form, error)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, fact=kind))
    return _recorded(learner_id, kind)


def _recorded(learner_id: int, kind: str) -> str:
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=Action.RECORD_FACT)
        parts = page.parts | fact_parts(uow, page, kind)
    name = dict(fact_kinds())[kind]
    return render_template(
        "parts/recorded.html",
        **parts,
        recorded=Posted("good", _("已登记%(name)s，结论已更新", name=name)),
        is_posted=True,
        is_news=True,
        changed=frozenset(card.key for card in page.cards),
        prints=card_prints(page.verdicts),
    )


def _refused(
    learner_id: int, kind: str, form: Form, error: CreditbankError
) -> str | tuple[str, int]:
    with unit_of_work() as uow:
        allowed(uow, Action.RECORD_FACT, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.RECORD_FACT)
        refused = form.with_problems(refusal_problems(error))
        parts = page.parts | fact_parts(uow, page, kind, refused)
        parts |= posting_parts(uow, page, EntryKind.COURSE)
        parts |= {"may_post": True, "may_record": True, "can_reverse": True}
    template = "parts/facts.html" if is_fragment() else "learner.html"
    return render_template(template, **parts, changed=frozenset()), _UNPROCESSABLE


def _known(kind: str) -> None:
    if kind not in FIELDS:
        raise NotFound
