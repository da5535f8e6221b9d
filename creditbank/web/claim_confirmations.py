"""终审: what passed the first review, confirmed together or sent back one by one; objections."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.claims import CLAIMS_MAX, ClaimMoveKind
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.claim_queues import final_queue, open_objections
from creditbank.services.claim_commands import (
    ConfirmClaims,
    ReviewClaim,
    RuleOnObjection,
)
from creditbank.services.claim_reviews import confirm_claims as confirm
from creditbank.services.claim_reviews import review_claim, rule_on_objection
from creditbank.services.grounds import DOCUMENT_MAX, REASON_MAX
from creditbank.services.visible_claims import clashes_of, view_claim
from creditbank.web.claim_labels import REASONS
from creditbank.web.claim_views import ClashLine, claim_title, clash_lines, what_of
from creditbank.web.claims import CLAIM, book_due
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.pages import day, moment, pages
from creditbank.web.visits import actor, now, unit_of_work

_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class FinalLine:
    """One that waits for the final review. problem: why it did not pass just now."""

    claim_id: int
    name: str
    class_name: str
    title: str
    what: str
    credits: str
    reason: str
    accepted: str
    days: int
    clashes: tuple[ClashLine, ...]
    is_mine: bool
    problem: str
    is_ticked: bool


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """An objection that waits."""

    claim_id: int
    about: int
    name: str
    class_name: str
    title: str
    reason: str
    at: str
    ends: str
    is_mine: bool


@pages.get("/claims/confirmations")
@declares(Action.CONFIRM_CLAIM)
def claim_confirmations() -> str:
    """What waits for the committee, objections first."""
    book_due(school=actor().institution_id)
    return render_template("claim_confirmations.html", **_parts())


@pages.post("/claims/confirmations")
@declares(Action.CONFIRM_CLAIM)
def confirm_claims() -> str | Response | tuple[str, int]:
    """All that is ticked; where one cannot pass none does, and each says why."""
    ticked = request.form.getlist("claim_id", type=int)[: CLAIMS_MAX + 1]
    form = Form.sent("confirmation", {name: request.form.get(name, "") for name in
                                      ("document_no", "idempotency_key")})  # fmt: skip
    problems: dict[int, str] = {}
    try:
        reading = Reading(form)
        document = reading.text("document_no", length_max=DOCUMENT_MAX, required=False)
        reading.done()
        command = ConfirmClaims(claim_ids=tuple(ticked), document_no=document)
        with unit_of_work() as uow:
            confirm(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        ids = sorted(set(ticked))
        problems = {
            ids[item.row - 1]: in_language(item.message) for item in error.problems if item.row
        }
        parts = _parts(_refused(error), ticked=frozenset(ticked), problems=problems)
        return render_template("claim_confirmations.html", **parts), _UNPROCESSABLE
    count = ngettext("%(num)s 份申报", "%(num)s 份申报", len(set(ticked)))
    said = Posted("good", _("已通过终审：%(count)s，公示从今天开始。", count=count))
    return render_template("claim_confirmations.html", **_parts(said))


@pages.post(f"{CLAIM}/returns")
@declares(Action.CONFIRM_CLAIM)
def return_claim(claim_id: int) -> str | Response | tuple[str, int]:
    """Send one back to the learner, or reject it."""
    with unit_of_work() as uow:
        view_claim(uow, actor(), claim_id, now=now(), action=Action.CONFIRM_CLAIM)
    is_rejected = request.form.get("do") == "reject"
    kind = ClaimMoveKind.REJECT if is_rejected else ClaimMoveKind.RETURN
    form = _reasoned("return")
    try:
        command = ReviewClaim(claim_id=claim_id, kind=kind, reason=_reason(form))
        with unit_of_work() as uow:
            review_claim(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _page_refused(error)
    return redirect(url_for("web.claim_confirmations"))


@pages.post(f"{CLAIM}/rulings")
@declares(Action.CONFIRM_CLAIM)
def rule_on_claim_objection(claim_id: int) -> str | Response | tuple[str, int]:
    """Uphold an objection, which ends the claim, or dismiss it."""
    with unit_of_work() as uow:
        view_claim(uow, actor(), claim_id, now=now(), action=Action.CONFIRM_CLAIM)
    is_upheld = request.form.get("do") == "uphold"
    kind = ClaimMoveKind.UPHOLD if is_upheld else ClaimMoveKind.DISMISS
    form = _reasoned("ruling")
    try:
        command = RuleOnObjection(
            claim_id=claim_id,
            kind=kind,
            about=request.form.get("about", 0, type=int),
            reason=_reason(form),
        )
        with unit_of_work() as uow:
            rule_on_objection(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        return _page_refused(error)
    return redirect(url_for("web.claim_confirmations"))


def _reasoned(kind: str) -> Form:
    names = ("reason", "idempotency_key")
    return Form.sent(kind, {name: request.form.get(name, "") for name in names})


def _reason(form: Form) -> str:
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    reading.done()
    return reason


def _page_refused(error: CreditbankError) -> tuple[str, int]:
    parts = _parts(_refused(error))
    return render_template("claim_confirmations.html", **parts), _UNPROCESSABLE


def _refused(error: CreditbankError) -> Posted:
    texts = tuple(in_language(item.message) for item in refusal_problems(error) if item.row is None)
    return Posted("bad", in_language(error.message), texts if len(texts) > 1 else ())


def _parts(
    said: Posted | None = None,
    *,
    ticked: frozenset[int] = frozenset(),
    problems: dict[int, str] | None = None,
) -> dict[str, object]:
    faults = problems or {}
    with unit_of_work() as uow:
        queue = final_queue(uow, actor(), now=now())
        clashes = {
            item.line.claim.claim_id: clash_lines(clashes_of(uow, actor(), item.line.claim))
            for item in queue.lines
        }
        objections = open_objections(uow, actor(), now=now())
    lines = []
    for item in queue.lines:
        claim, standing = item.line.claim, item.line.standing
        lines.append(
            FinalLine(
                claim_id=claim.claim_id,
                name=item.who.name,
                class_name=item.who.class_name,
                title=claim_title(claim.content),
                what=what_of(claim.content),
                credits=credits_text(standing.units or 0),
                reason=standing.reason,
                accepted=day(standing.since) if standing.since else "",
                days=item.days,
                clashes=clashes[claim.claim_id],
                is_mine=standing.accepted_by == actor().account_id,
                problem=faults.get(claim.claim_id, ""),
                is_ticked=claim.claim_id in ticked,
            )
        )
    return {
        "lines": lines,
        "count": queue.count,
        "objections": [
            ObjectionLine(
                claim_id=item.line.claim.claim_id,
                about=item.move.move.number,
                name=item.who.name,
                class_name=item.who.class_name,
                title=claim_title(item.line.claim.content),
                reason=item.move.move.reason,
                at=moment(item.move.made_at),
                ends=day(item.line.standing.ends_on) if item.line.standing.ends_on else "",
                is_mine=item.move.move.made_by == actor().account_id,
            )
            for item in objections
        ],
        "said": said,
        "reasons": REASONS,
        "form": Form(kind="confirmation"),
    }
