"""Posting one credit from a learner's page; the answer brings transcript and verdicts with it."""

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
from creditbank.services.commands import PostedEntry
from creditbank.services.credits import post_credit as post_one
from creditbank.web.credit_forms import KINDS, NAMES, command_of, empty_form, sent_form
from creditbank.web.credit_panels import Posted, posted_notice, posting_parts
from creditbank.web.fact_panels import fact_parts
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.learner_pages import card_prints, read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.visits import actor, allowed, now, unit_of_work

_UNPROCESSABLE = 422


@pages.get(f"{LEARNER}/credits/<kind>")
@declares(Action.POST_CREDIT)
def credit_form(learner_id: int, kind: str) -> str | Response:
    """The panel with an empty form of one kind."""
    chosen = _kind(kind)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, kind=chosen.value))
    with unit_of_work() as uow:
        allowed(uow, Action.POST_CREDIT, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.POST_CREDIT)
        parts = page.parts | posting_parts(uow, page, chosen)
    return render_template("parts/post.html", **parts)


@pages.post(f"{LEARNER}/credits/<kind>")
@declares(Action.POST_CREDIT)
def post_credit(learner_id: int, kind: str) -> str | Response | tuple[str, int]:
    """Post one credit, in place: the panel says what happened, the page around it is renewed."""
    chosen = _kind(kind)
    form = sent_form(chosen, request.form)
    try:
        command = command_of(chosen, form, learner_id)
        with unit_of_work() as uow:
            entry = post_one(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, AlreadyBookedError, BusyError) as error:
        return _refused(learner_id, chosen, form, error)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, kind=chosen.value))
    return _posted(learner_id, chosen, form, entry)


def _posted(learner_id: int, kind: EntryKind, form: Form, entry: PostedEntry) -> str:
    kept = {
        name: form.value(name)
        for name in ("term", "exam_kind", "level", "team_role", "earned_on")
        if form.value(name)
    }
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=Action.POST_CREDIT)
        fresh = empty_form(kind, kept)
        parts = page.parts | posting_parts(uow, page, kind, fresh)
    posted: Posted = posted_notice(entry)
    return render_template(
        "parts/posted.html",
        **parts,
        posted=posted,
        is_posted=True,
        is_news=True,
        can_reverse=True,
        changed=frozenset(card.key for card in page.cards),
        prints=card_prints(page.verdicts),
    )


def _refused(
    learner_id: int, kind: EntryKind, form: Form, error: CreditbankError
) -> str | tuple[str, int]:
    with unit_of_work() as uow:
        allowed(uow, Action.POST_CREDIT, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.POST_CREDIT)
        refused = form.with_problems(refusal_problems(error), NAMES[kind])
        parts = page.parts | posting_parts(uow, page, kind, refused)
        parts |= {"may_post": True, "can_reverse": True, "changed": frozenset()}
        parts |= fact_parts(uow, page, "") | {"may_record": True}
    template = "parts/post.html" if is_fragment() else "learner.html"
    return render_template(template, **parts), _UNPROCESSABLE


def _kind(text: str) -> EntryKind:
    for kind in KINDS:
        if kind.value == text:
            return kind
    raise NotFound
