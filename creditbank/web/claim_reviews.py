"""初审: the registrar's desk, one claim at a time beside its evidence, led by the keyboard.

Every answer is the whole desk again, with the next claim open: list, evidence and fields are one
part of the page, so that what is seen is what stands in the books.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.claims import ClaimKind, ClaimMoveKind, ClaimStage, QueueState
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.claim_queues import QueueFilter, QueueLine
from creditbank.queries.claim_queues import first_queue as read_queue
from creditbank.services.claim_commands import ReviewClaim
from creditbank.services.claim_reviews import review_claim as review
from creditbank.services.grounds import REASON_MAX
from creditbank.services.visible_claims import view_claim
from creditbank.web.claim_labels import REASONS
from creditbank.web.claim_views import claim_title, what_of
from creditbank.web.claims import CLAIM, book_due, claim_parts
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import ngettext
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, unit_of_work

_UNPROCESSABLE = 422
_CLASS_MAX = 40
_OLD_DAYS = 5
_REVIEWS = {
    "accept": ClaimMoveKind.ACCEPT,
    "return": ClaimMoveKind.RETURN,
    "reject": ClaimMoveKind.REJECT,
}
_FORM = frozenset({"units", "reason"})


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One line of the list at the left. is_old: it has waited a week."""

    claim_id: int
    name: str
    class_name: str
    title: str
    what: str
    age: str
    is_old: bool
    is_bounced: bool
    is_open: bool
    url: str


@pages.get("/claims/reviews")
@declares(Action.REVIEW_CLAIM)
def claim_reviews() -> str:
    """The desk: what waits, and one of it open."""
    if not is_fragment():
        book_due(school=actor().institution_id)
    template = "parts/claim_desk.html" if is_fragment() else "claim_reviews.html"
    done = next((stage for stage in ClaimStage if stage == request.args.get("done")), None)
    wanted = request.args.get("claim", 0, type=int)
    return render_template(template, **_desk(wanted, said=_said(done) if done else None))


@pages.post(f"{CLAIM}/reviews")
@declares(Action.REVIEW_CLAIM)
def review_claim(claim_id: int) -> str | Response | tuple[str, int]:
    """Accept, return or reject; the next one opens."""
    with unit_of_work() as uow:
        view_claim(uow, actor(), claim_id, now=now(), action=Action.REVIEW_CLAIM)
    form = Form.sent("review", {name: request.form.get(name, "") for name in
                                ("units", "reason", "idempotency_key")})  # fmt: skip
    try:
        command = _command(claim_id, form)
        with unit_of_work() as uow:
            made = review(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        parts = _desk(claim_id, form=refused)
        template = "parts/claim_desk.html" if is_fragment() else "claim_reviews.html"
        return render_template(template, **parts), _UNPROCESSABLE
    following = request.form.get("next", 0, type=int)
    if not is_fragment():
        return redirect(_address(following or None, done=made.stage))
    return render_template("parts/claim_desk.html", **_desk(following, said=_said(made.stage)))


def _said(stage: str) -> Posted:
    return Posted("good", _("已办理：%(done)s", done=name_of(ClaimStage(stage))))


def _command(claim_id: int, form: Form) -> ReviewClaim:
    reading = Reading(form)
    kind = _REVIEWS.get(request.form.get("do", ""), ClaimMoveKind.ACCEPT)
    is_accepted = kind is ClaimMoveKind.ACCEPT
    units = reading.units("units") if is_accepted and form.value("units") else None
    reason = reading.text("reason", length_max=REASON_MAX, required=not is_accepted)
    reading.done()
    return ReviewClaim(claim_id=claim_id, kind=kind, units=units, reason=reason)


def _desk(
    claim_id: int, *, form: Form | None = None, said: Posted | None = None
) -> dict[str, object]:
    """What the desk shows. claim_id: of the claim to open; the first one where it does not wait."""
    wanted = _wanted()
    with unit_of_work() as uow:
        queue = read_queue(uow, actor(), wanted, now=now())
        ids = [item.line.claim.claim_id for item in queue.lines]
        chosen = claim_id if claim_id in ids else ids[0] if ids else 0
        view = (
            view_claim(uow, actor(), chosen, now=now(), action=Action.REVIEW_CLAIM)
            if chosen
            else None
        )
    parts: dict[str, object] = {
        "queue": queue,
        "lines": [_line(item, chosen) for item in queue.lines],
        "states": [(state.value, name_of(state), queue.by_state[state]) for state in QueueState],
        "state": wanted.state.value,
        "kinds": choices(ClaimKind),
        "kind": wanted.kind.value if wanted.kind else "",
        "class_name": wanted.class_name,
        "said": said,
        "chosen": chosen,
        "asked": _asked(),
        "reasons": REASONS,
        "may_review": False,
    }
    if view is None:
        return parts
    at = ids.index(chosen)
    proposed = credits_text(view.value.units) if view.value else "0"
    parts |= claim_parts(view)
    parts |= {
        "position": at + 1,
        "before": ids[at - 1] if at else 0,
        "after": ids[at + 1] if at + 1 < len(ids) else 0,
        "proposed": proposed,
        "worth_by": "; ".join(dict.fromkeys(view.value.references)) if view.value else "",
        "review": form or Form(kind="review", values={"units": proposed}, fields=_FORM),
        "may_review": view.standing.stage is ClaimStage.SUBMITTED,
        "who": view.who,
        "pages_text": ngettext("%(num)s 页", "%(num)s 页", sum(f.page_count for f in view.files)),
    }
    return parts


def _wanted() -> QueueFilter:
    asked = _asked()
    return QueueFilter(
        state=QueueState(asked.get("state", QueueState.WAITING.value)),
        kind=ClaimKind(asked["kind"]) if "kind" in asked else None,
        class_name=asked.get("class_name", ""),
    )


def _asked() -> dict[str, str]:
    """The filter as it stands in addresses; what is no filter is left out."""
    sent = request.values
    found = {
        "state": sent.get("state", ""),
        "kind": sent.get("kind", ""),
        "class_name": sent.get("class_name", "")[:_CLASS_MAX],
    }
    known: dict[str, frozenset[str]] = {
        "state": frozenset(QueueState),
        "kind": frozenset(ClaimKind),
    }
    return {name: said for name, said in found.items() if said and said in known.get(name, {said})}


def _address(claim_id: int | None, *, done: str | None = None) -> str:
    """The desk with a claim open, filtered as it is. done: the stage the one before has reached."""
    asked = _asked()
    return url_for(
        "web.claim_reviews",
        claim=claim_id,
        done=done,
        state=asked.get("state"),
        kind=asked.get("kind"),
        class_name=asked.get("class_name"),
    )


def _line(item: QueueLine, chosen: int) -> DeskLine:
    claim = item.line.claim
    return DeskLine(
        claim_id=claim.claim_id,
        name=item.who.name,
        class_name=item.who.class_name,
        title=claim_title(claim.content),
        what=what_of(claim.content),
        age=ngettext("%(num)s 个工作日", "%(num)s 个工作日", item.days) if item.days else _("今天"),
        is_old=item.days >= _OLD_DAYS,
        is_bounced=item.line.standing.is_bounced,
        is_open=claim.claim_id == chosen,
        url=_address(claim.claim_id),
    )
