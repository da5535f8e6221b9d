"""学分认定申报 for the family: the form, its files, the own claims, and one claim with its road."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import declares
from creditbank.domain.claim_files import FILE_BYTES_MAX
from creditbank.domain.claims import (
    OPEN,
    ClaimMoveKind,
    ClaimStage,
)
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.exchange.evidence_files import EVIDENCE_HEADERS
from creditbank.queries.claims import list_claims
from creditbank.services import claims as service
from creditbank.services.claim_commands import (
    MoveClaim,
)
from creditbank.services.claim_postings import LOOK_MAX, post_due_claims
from creditbank.services.visible_claims import ClaimView, open_original, open_page, view_claim
from creditbank.web.claim_views import (
    claim_card,
    claim_title,
    clash_lines,
    facts_of,
    moves_of,
    next_of,
    pictures_of,
    stage_text,
    stage_tone,
    steps_of,
    warnings_of,
    what_of,
)
from creditbank.web.forms import Form
from creditbank.web.pages import LEARNER, pages
from creditbank.web.visits import actor, allowed, may, now, unit_of_work

CLAIM = "/claims/<int(min=1, max=2147483647):claim_id>"
_FILE = f"{CLAIM}/files/<int(min=1, max=9007199254740991):claim_file_id>"
_UNPROCESSABLE = 422
_MEGABYTES = FILE_BYTES_MAX // 1024 // 1024


def book_due(*, school: int | None = None, learner_ids: Sequence[int] | None = None) -> None:
    """Who looks is shown what is due by now; where somebody else is at it, the worker goes on."""
    try:
        post_due_claims(
            unit_of_work, now=now(), school=school, learner_ids=learner_ids, limit=LOOK_MAX
        )
    except BusyError:
        return


@pages.get(f"{LEARNER}/claims")
@declares(Action.SEE_CLAIMS)
def claims(learner_id: int) -> str:
    """All of one learner, the latest first."""
    with unit_of_work() as uow:
        allowed(uow, Action.SEE_CLAIMS, learner_id)
    book_due(learner_ids=[learner_id])
    cursor = request.args.get("cursor", "")
    with unit_of_work() as uow:
        page = list_claims(uow, actor(), learner_id, now=now(), cursor=cursor)
    return render_template(
        "claims.html",
        learner_id=learner_id,
        cards=[claim_card(line) for line in page.items],
        next_cursor=page.next_cursor,
        may_claim=may(Action.HAND_IN_CLAIM),
    )


@pages.get(CLAIM)
@declares(Action.SEE_CLAIMS)
def claim(claim_id: int) -> str:
    """One claim: where it stands, what comes next, what was stated, the evidence, the moves."""
    with unit_of_work() as uow:
        learner_id = view_claim(uow, actor(), claim_id, now=now()).claim.learner_id
    book_due(learner_ids=[learner_id])
    with unit_of_work() as uow:
        view = view_claim(uow, actor(), claim_id, now=now())
    return render_template("claim.html", **claim_parts(view))


@pages.post(f"{CLAIM}/withdrawal")
@declares(Action.HAND_IN_CLAIM)
def withdraw_claim(claim_id: int) -> BaseResponse:
    """Take back what is not booked yet; the page says how it stands if it cannot be any more."""
    key = request.form.get("idempotency_key", "")[:80] or f"withdraw-{claim_id}"
    command = MoveClaim(claim_id=claim_id, kind=ClaimMoveKind.WITHDRAW)
    try:
        with unit_of_work() as uow:
            service.move_claim(uow, actor(), command, idempotency_key=key, now=now())
    except (InvalidInputError, BusyError):
        pass
    return redirect(url_for("web.claim", claim_id=claim_id))


@pages.get(f"{_FILE}/<int(min=1, max=99):page_no>")
@declares(Action.SEE_CLAIMS)
def claim_page(claim_id: int, claim_file_id: int, page_no: int) -> Response:
    """One page of the evidence, as a picture."""
    with unit_of_work() as uow:
        picture = open_page(uow, actor(), (claim_id, claim_file_id, page_no), now=now())
    return Response(picture, content_type="image/jpeg", headers=EVIDENCE_HEADERS)


@pages.get(_FILE)
@declares(Action.SEE_CLAIMS)
def claim_original(claim_id: int, claim_file_id: int) -> Response:
    """A PDF as it was sent, to be saved: it is not opened here."""
    with unit_of_work() as uow:
        content = open_original(uow, actor(), claim_id, claim_file_id, now=now())
    response = Response(content, content_type="application/pdf", headers=EVIDENCE_HEADERS)
    name = f"attachment; filename=evidence-{claim_id}-{claim_file_id}.pdf"
    response.headers["Content-Disposition"] = name
    return response


def claim_parts(view: ClaimView) -> dict[str, object]:
    """What the templates of one claim look at."""
    claim, standing = view.claim, view.standing
    is_family = claim.learner_id in actor().learner_ids
    return {
        "view": view,
        "claim_id": claim.claim_id,
        "learner_id": claim.learner_id,
        "title": claim_title(claim.content),
        "what": what_of(claim.content),
        "badge_text": stage_text(standing),
        "tone": stage_tone(standing),
        "steps": steps_of(claim, standing),
        "next_text": next_of(standing),
        "facts": facts_of(claim.content),
        "pictures": pictures_of(view.files, claim.claim_id),
        "moves": moves_of(claim),
        "credits_text": credits_text(view.units) if view.units is not None else "",
        "is_granted": standing.units is not None,
        "warnings": warnings_of(view) if is_family else (),
        "clashes": () if is_family else clash_lines(view.clashes),
        "is_family": is_family,
        "may_edit": is_family and standing.may_change and may(Action.HAND_IN_CLAIM),
        "may_withdraw": is_family and standing.stage in OPEN,
        "may_confirm": may(Action.CONFIRM_CLAIM)
        and standing.stage is ClaimStage.ACCEPTED
        and standing.accepted_by != actor().account_id,
        "is_returned": standing.stage is ClaimStage.RETURNED,
        "form": Form(kind="withdrawal"),
    }
