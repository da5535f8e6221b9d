"""Papers: issued on a learner's page or for a change, opened as PDF, taken back.

Those of a whole class are web.paper_batches.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.papers import BATCH_MAX, FILE_MAX, STUDY_KINDS, PaperKind
from creditbank.domain.permissions import Action
from creditbank.papers.layouts import LayoutError, SettingBusyError
from creditbank.papers.rendering import render
from creditbank.queries.papers import about_whom, open_papers, printed
from creditbank.services import papers as service
from creditbank.services.grounds import REASON_MAX
from creditbank.services.paper_commands import (
    IssueCertificates,
    IssueChangeForms,
    IssuedPapers,
    IssueStudyPapers,
    RevokePaper,
)
from creditbank.services.study_papers import issue_study_papers
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.layout_words import BUSY_SETTING, fault_words
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.paper_panels import paper_parts
from creditbank.web.visits import actor, allowed, may, now, site, unit_of_work

ISSUED_KINDS = (PaperKind.STATUS_CERTIFICATE, *STUDY_KINDS)
_UNPROCESSABLE = 422
_ID_MAX = 2**31 - 1
_PAPER = "/papers/<int(min=1, max=2147483647):issued_paper_id>"
_CHANGE = "/status-changes/<int(min=1, max=2147483647):status_change_id>"
_NUMBER = re.compile("[0-9]{1,10}")


@pages.get(f"{_PAPER}/file")
@declares(Action.SEE_PAPERS)
def paper_file(issued_paper_id: int) -> Response:
    """One paper as PDF."""
    return _file([issued_paper_id])


@pages.get("/papers/files")
@declares(Action.SEE_PAPERS)
def paper_files() -> Response:
    """Several papers as one PDF; ids: their numbers, joined by dots."""
    ids = chosen_numbers(request.args.get("ids", "").split("."))
    if len(ids) > FILE_MAX:
        raise NotFound
    return _file(ids)


@pages.post(f"{LEARNER}/papers")
@declares(Action.ISSUE_PAPER)
def issue_paper(learner_id: int) -> str | Response | tuple[str, int]:
    """Issue one paper for one learner: a 学籍证明 unless another kind is chosen."""
    names = ("kind", "idempotency_key")
    form = Form.sent("paper", {name: request.form.get(name, "") for name in names})
    kind = chosen_kind(form.value("kind"))
    try:
        issue(kind, (learner_id,), form.key)
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _panel(learner_id, issuing=refused), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _panel(learner_id, said=Posted("good", _("已签发%(kind)s", kind=name_of(kind))))


@pages.post(f"{_PAPER}/revocations")
@declares(Action.ISSUE_PAPER)
def revoke_paper(issued_paper_id: int) -> str | Response | tuple[str, int]:
    """Take a paper back."""
    with unit_of_work() as uow:
        kept = about_whom(uow, actor(), issued_paper_id)
    names = ("reason", "idempotency_key")
    form = Form.sent("revocation", {name: request.form.get(name, "") for name in names})
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = RevokePaper(issued_paper_id=issued_paper_id, reason=reason)
        with unit_of_work() as uow:
            service.revoke_paper(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        if kept.learner_id is None:
            raise
        returned = issued_paper_id, form.with_problems(refusal_problems(error))
        return _panel(kept.learner_id, returned=returned), _UNPROCESSABLE
    if kept.learner_id is None:
        place = {"class_name": kept.class_name, "entry_year": kept.document["entry_year"]}
        return redirect(url_for("web.class_papers", kind=kept.kind.value, **place))
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=kept.learner_id))
    return _panel(kept.learner_id, said=Posted("good", _("已作废")))


@pages.post(f"{_CHANGE}/papers")
@declares(Action.ISSUE_PAPER)
def print_change_form(status_change_id: int) -> Response:
    """Issue the form of a change as it stands, and open it; a second click opens the same."""
    command = IssueChangeForms(status_change_ids=(status_change_id,))
    with unit_of_work() as uow:
        made = service.issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=own_key(), now=now()
        )
    return redirect(url_for("web.paper_file", issued_paper_id=made.issued_paper_ids[0]))


@pages.post("/status-changes/papers")
@declares(Action.ISSUE_PAPER)
def print_change_forms() -> Response:
    """Issue the forms of all that is ticked in the queue, and open them as one file."""
    ticked = chosen_numbers(request.form.getlist("status_change_id")[:BATCH_MAX])
    if not ticked:
        return redirect(url_for("web.status_changes"))
    command = IssueChangeForms(status_change_ids=ticked)
    with unit_of_work() as uow:
        made = service.issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=own_key(), now=now()
        )
    ids = ".".join(map(str, made.issued_paper_ids))
    return redirect(url_for("web.paper_files", ids=ids))


def own_key() -> str:
    """For what is the same paper anyway when it is asked for again."""
    return str(uuid.uuid4())


def chosen_kind(written: str) -> PaperKind:
    """One of those that are issued for learners; what is none of them is not found."""
    if written not in {"", *ISSUED_KINDS}:
        raise NotFound
    return PaperKind(written) if written else PaperKind.STATUS_CERTIFICATE


def issue(kind: PaperKind, learner_ids: tuple[int, ...], key: str) -> IssuedPapers:
    """A paper of the kind for each of them, or for nobody."""
    how: dict[str, Any] = {"site": site(), "idempotency_key": key, "now": now()}
    with unit_of_work() as uow:
        if kind is PaperKind.STATUS_CERTIFICATE:
            certificates = IssueCertificates(learner_ids=learner_ids)
            return service.issue_certificates(uow, actor(), certificates, **how)
        command = IssueStudyPapers(kind=kind, learner_ids=learner_ids)
        return issue_study_papers(uow, actor(), command, **how)


def _file(issued_paper_ids: Sequence[int]) -> Response:
    """The file is named by the first number, never by a person.

    Where a school's own layout fails, the standard one is offered; it is not taken unasked, for
    the paper would look otherwise than the one that was handed out.
    """
    if not issued_paper_ids:
        raise NotFound
    with unit_of_work() as uow:
        found = open_papers(uow, actor(), issued_paper_ids, now=now())
    papers = [printed(paper) for paper in found]
    if request.args.get("layout") == "standard":
        papers = [replace(paper, layout="") for paper in papers]
    try:
        pdf = render(papers)
    except SettingBusyError as error:
        raise BusyError(BUSY_SETTING) from error
    except LayoutError as error:
        arguments = {**(request.view_args or {}), **request.args, "layout": "standard"}
        page = render_template(
            "paper_fault.html",
            fault=fault_words(error),
            url=url_for(request.endpoint or "", **arguments),
            may_change=may(Action.CHANGE_PAPER_LAYOUT),
        )
        return make_response(page, _UNPROCESSABLE)
    response = Response(pdf, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found[0].number}.pdf"'
    return response


def chosen_numbers(texts: Sequence[str]) -> tuple[int, ...]:
    """A number that can be nobody's is answered as one that is nobody's."""
    if not all(_NUMBER.fullmatch(text) and 0 < int(text) <= _ID_MAX for text in texts):
        raise NotFound
    return tuple(map(int, texts))


def _panel(
    learner_id: int,
    *,
    issuing: Form | None = None,
    returned: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> str:
    with unit_of_work() as uow:
        allowed(uow, Action.ISSUE_PAPER, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.ISSUE_PAPER)
        parts = page.parts | paper_parts(
            uow, page, issuing=issuing, returned=returned, said=said
        )  # fmt: skip
    template = "parts/papers.html" if is_fragment() else "learner.html"
    return render_template(template, **parts, changed=frozenset())
