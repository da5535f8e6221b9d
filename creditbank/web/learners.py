"""Finding a learner, and the learner's page with its news.

The search is posted, so that no name ever stands in an address or a log.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from flask import render_template, request, session

from creditbank.domain.access import declares
from creditbank.domain.enrolments import EnrolmentStatus
from creditbank.domain.ledger import EntryKind
from creditbank.domain.permissions import Action
from creditbank.domain.sheets import clean_text
from creditbank.queries.learners import TEXT_MAX, FoundLearner, find_learners
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.claim_panels import claim_panel_parts
from creditbank.web.credential_panels import credential_parts
from creditbank.web.credit_forms import KINDS
from creditbank.web.credit_panels import posting_parts
from creditbank.web.fact_panels import fact_parts
from creditbank.web.labels import name_of
from creditbank.web.languages import named
from creditbank.web.learner_pages import (
    LearnerPage,
    changed_keys,
    read_learner_page,
    read_timeline,
    read_watch,
)
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.paper_panels import paper_parts
from creditbank.web.plan_exception_panels import exception_parts
from creditbank.web.sessions import AccountSession
from creditbank.web.sharing_consents import consent_parts
from creditbank.web.status_change_panels import status_change_parts
from creditbank.web.substitution_panels import substitution_parts
from creditbank.web.visits import actor, allowed, may, now, unit_of_work
from creditbank.web.warning_panels import warning_parts

_ROUND_MAX = 1_000_000
_SEEN_MAX = 300
_TERM_MAX = 11


@dataclass(frozen=True, slots=True)
class FoundLine:
    """One line of a search, in the reader's language."""

    learner_id: int
    name: str
    student_no: str
    place: str
    status: str


@pages.get("/learners")
@declares(Action.FIND_LEARNERS)
def learners() -> str:
    """The search, empty."""
    return render_template(
        "learners.html", words="", found=(), focus_search=True, may_issue=may(Action.ISSUE_PAPER)
    )


@pages.post("/learners")
@declares(Action.FIND_LEARNERS)
def search() -> str:
    """Learners whose name, pinyin, initials or number begin with what was typed."""
    words = clean_text(request.form.get("words", ""))[:TEXT_MAX]
    found: tuple[FoundLearner, ...] = ()
    has_more = False
    if words:
        with unit_of_work() as uow:
            page = find_learners(uow, actor(), words, now=now())
        found, has_more = page.items, bool(page.next_cursor)
    template = "parts/found.html" if is_fragment() else "learners.html"
    return render_template(
        template,
        words=words,
        found=[_line(item) for item in found],
        has_more=has_more,
        may_issue=may(Action.ISSUE_PAPER),
    )


@pages.get(f"{LEARNER}")
@declares(Action.SEE_LEARNER)
def learner(learner_id: int) -> str:
    """One learner: transcript, verdicts, and for the registrar the forms."""
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id)
        parts = page.parts | _panels(uow, page)
    return render_template("learner.html", **parts, changed=frozenset())


@pages.get(f"{LEARNER}/news")
@declares(Action.SEE_LEARNER)
def learner_news(learner_id: int) -> str:
    """The watch again, and with it whatever says something else than the page has seen."""
    if isinstance(session, AccountSession):
        session.is_polled = True
    seen = request.args.get("seen", "")[:_SEEN_MAX]
    round_ = request.args.get("round", 0, type=int)
    with unit_of_work() as uow:
        allowed(uow, Action.SEE_LEARNER, learner_id)
        watch = read_watch(uow, learner_id)
        if watch.seen == seen:
            watch = replace(watch, round=min(max(round_, 0), _ROUND_MAX) + 1)
            return render_template("parts/watch.html", watch=watch)
        page = read_learner_page(uow, learner_id)
        parts = page.parts | _panels(uow, page)
    return render_template("parts/news.html", **parts, **news_of(page, seen))


@pages.get(f"{LEARNER}/timeline")
@declares(Action.SEE_LEARNER)
def learner_timeline(learner_id: int) -> str:
    """Earlier terms of the timeline; only these where htmx asks."""
    before = request.args.get("before", "")
    with unit_of_work() as uow:
        name, found = read_timeline(uow, learner_id, before=before[:_TERM_MAX])
    template = "parts/timeline_terms.html" if is_fragment() else "timeline.html"
    return render_template(template, timeline=found, learner_id=learner_id, name=name)


def news_of(page: LearnerPage, seen: str) -> dict[str, object]:
    """What a part needs that is sent as news: which cards say something new."""
    before = seen.rpartition("-")[2].split(".")
    return {"is_news": True, "changed": changed_keys(page, before)}


def _panels(uow: UnitOfWork, page: LearnerPage) -> dict[str, object]:
    """What the actor may do on this page."""
    kind = _kind(request.args.get("kind", ""))
    can_post = may(Action.POST_CREDIT) and page.own_enrolment is not None
    can_approve = may(Action.APPROVE_SUBSTITUTION) and page.own_enrolment is not None
    parts: dict[str, object] = {
        "may_post": can_post,
        "may_approve": can_approve,
        "can_reverse": may(Action.REVERSE_ENTRY),
        "may_suppose": may(Action.WHAT_IF),
    }
    if can_post:
        parts |= posting_parts(uow, page, kind)
    parts["may_record"] = may(Action.RECORD_FACT) and page.own_enrolment is not None
    if parts["may_record"]:
        parts |= fact_parts(uow, page, request.args.get("fact", ""))
    if can_approve:
        parts |= substitution_parts(page)
    if page.own_enrolment is not None and may(Action.SEE_WAITING_EXCEPTIONS):
        parts |= exception_parts(uow, page, request.args.get("exception", ""))
    if page.summary.enrolments:
        parts |= _of_enrolled(uow, page)
    return parts


def _of_enrolled(uow: UnitOfWork, page: LearnerPage) -> dict[str, object]:
    """What there is to see and to do of whoever was ever enrolled."""
    learner_id = page.summary.learner_id
    panels: tuple[tuple[Action, Callable[[], Mapping[str, object]]], ...] = (
        (
            Action.SEE_STATUS_CHANGES,
            partial(status_change_parts, uow, page, request.args.get("change", "")),
        ),
        (Action.SEE_WARNING, partial(warning_parts, uow, learner_id)),
        (Action.GIVE_CONSENT, partial(consent_parts, uow, learner_id)),
        (Action.SEE_CLAIMS, partial(claim_panel_parts, uow, learner_id)),
        (Action.SEE_PAPERS, partial(paper_parts, uow, page)),
        (Action.SEE_CREDENTIALS, partial(credential_parts, uow, page)),
    )
    return {name: value for action, read in panels if may(action) for name, value in read().items()}


def _kind(text: str) -> EntryKind:
    return next((kind for kind in KINDS if kind.value == text), EntryKind.COURSE)


def _line(item: FoundLearner) -> FoundLine:
    return FoundLine(
        learner_id=item.learner_id,
        name=item.name,
        student_no=item.student_no,
        place=f"{named(item.institution_name, item.institution_name_en)} {item.class_name}",
        status=name_of(EnrolmentStatus(item.status)),
    )
