"""Reviews: decisions that a later verdict contradicts, side by side with it, and their closing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.decisions import ReviewState
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.verdicts import Outcome, SubjectKind, Verdict
from creditbank.queries.reviews import Review, ReviewLine, list_reviews, read_review
from creditbank.services.commands import ResolveReview
from creditbank.services.grounds import REASON_MAX
from creditbank.services.reviews import resolve_review
from creditbank.store.plans import load_plans
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, moment, pages
from creditbank.web.stacks import tone_of
from creditbank.web.verdict_cards import VerdictCard, verdict_card
from creditbank.web.verdict_histories import CauseLine, cause_line
from creditbank.web.visits import actor, may, now, unit_of_work

_ID = "<int(min=1, max=2147483647):review_case_id>"
_FIELDS = frozenset({"reason"})
_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One case in the list, in the reader's words. state: "" while it is open."""

    review_case_id: int
    learner_id: int
    name: str
    place: str
    decision: str
    outcome: str
    tone: str
    opened: str
    state: str


@pages.get("/reviews")
@declares(Action.SEE_REVIEWS)
def reviews() -> str:
    """The open cases, or all of them, newest first."""
    state = ReviewState.ALL if request.args.get("state") == "all" else ReviewState.OPEN
    with unit_of_work() as uow:
        page = list_reviews(
            uow, actor(), now=now(), state=state, cursor=request.args.get("cursor", "")
        )
    return render_template(
        "reviews.html",
        rows=[_row(line) for line in page.items],
        state=state.value,
        next_cursor=page.next_cursor,
    )


@pages.get(f"/reviews/{_ID}")
@declares(Action.SEE_REVIEWS)
def review(review_case_id: int) -> str:
    """One case: the verdict that was frozen beside the one that contradicts it."""
    with unit_of_work() as uow:
        return _page(uow, review_case_id, Form(kind="review", fields=_FIELDS))


@pages.post(f"/reviews/{_ID}/resolution")
@declares(Action.RESOLVE_REVIEW)
def resolve(review_case_id: int) -> str | Response | tuple[str, int]:
    """Close a case with a reason."""
    sent = {name: request.form.get(name, "") for name in ("reason", "idempotency_key")}
    form = Form.sent("review", sent)
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = ResolveReview(review_case_id=review_case_id, reason=reason)
        with unit_of_work() as uow:
            resolve_review(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        with unit_of_work() as uow:
            refused = form.with_problems(refusal_problems(error))
            return _page(uow, review_case_id, refused), _UNPROCESSABLE
    return redirect(url_for("web.review", review_case_id=review_case_id), 303)


def _page(uow: UnitOfWork, review_case_id: int, form: Form) -> str:
    found = read_review(uow, actor(), review_case_id, now=now())
    return render_template(
        "review.html",
        row=_row(found.line),
        reason=found.line.reason,
        resolved=moment(found.line.resolved_at) if found.line.resolved_at else "",
        cards=_cards(uow, found),
        causes=_causes(found),
        form=form,
        may_resolve=may(Action.RESOLVE_REVIEW) and not found.line.resolution,
    )


def _causes(found: Review) -> list[CauseLine]:
    return [cause_line(cause, found.line.learner_id) for cause in found.causes]


def _cards(uow: UnitOfWork, found: Review) -> list[VerdictCard]:
    frozen = _("作出决定时（%(day)s）", day=day(found.frozen.as_of))
    later = _("后来的结论（%(day)s）", day=day(found.later.as_of))
    return [
        replace(_card(uow, found.frozen, frozen), key="frozen-verdict"),
        replace(_card(uow, found.later, later), key="later-verdict"),
    ]


def _card(uow: UnitOfWork, verdict: Verdict, title: str) -> VerdictCard:
    plan = load_plans(uow.connection, [verdict.plan_id])[verdict.plan_id]
    card = verdict_card(verdict, title=title, plan=plan, passed_codes=(), stored=True)
    return replace(card, fillers=())  # what was missing then is no advice for now


def _row(line: ReviewLine) -> ReviewRow:
    return ReviewRow(
        review_case_id=line.review_case_id,
        learner_id=line.learner_id,
        name=line.name,
        place=f"{named(line.institution_name, line.institution_name_en)} {line.class_name}"
        f" {line.student_no}",
        decision=_(
            "%(subject)s：%(outcome)s，%(day)s %(document)s",
            subject=name_of(SubjectKind(line.subject_kind)),
            outcome=name_of(Outcome(line.frozen_outcome)),
            day=day(line.decided_on),
            document=line.document_no,
        ),
        outcome=name_of(Outcome(line.outcome)),
        tone=tone_of(line.outcome),
        opened=moment(line.opened_at),
        state=_state(line),
    )


def _state(line: ReviewLine) -> str:
    if not line.resolution:
        return ""
    return _("已撤销原决定") if line.resolution == "withdrawn" else _("维持原决定")
