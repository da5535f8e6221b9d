"""Papers: issued on a learner's page, for a change or for a class; opened as PDF, taken back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, CreditbankError, InvalidInputError
from creditbank.domain.papers import BATCH_MAX
from creditbank.domain.permissions import Action
from creditbank.papers.rendering import render
from creditbank.queries.classes import school_classes
from creditbank.queries.papers import class_learners, learner_of, open_papers, printed
from creditbank.services import papers as service
from creditbank.services.grounds import REASON_MAX
from creditbank.services.paper_commands import (
    IssueCertificates,
    IssueChangeForms,
    IssuedPapers,
    RevokePaper,
)
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, is_fragment, pages
from creditbank.web.paper_panels import paper_parts
from creditbank.web.visits import actor, allowed, now, site, unit_of_work

_UNPROCESSABLE = 422
_ID_MAX = 2**31 - 1
_PAPER = "/papers/<int(min=1, max=2147483647):issued_paper_id>"
_CHANGE = "/status-changes/<int(min=1, max=2147483647):status_change_id>"
_NUMBER = re.compile("[0-9]{1,10}")
_YEAR = re.compile("[0-9]{4}")


@pages.get(f"{_PAPER}/file")
@declares(Action.SEE_PAPERS)
def paper_file(issued_paper_id: int) -> Response:
    """One paper as PDF."""
    return _file([issued_paper_id])


@pages.get("/papers/files")
@declares(Action.SEE_PAPERS)
def paper_files() -> Response:
    """Several papers as one PDF; ids: their numbers, joined by dots."""
    ids = _numbers(request.args.get("ids", "").split("."))
    if len(ids) > BATCH_MAX:
        raise NotFound
    return _file(ids)


@pages.post(f"{LEARNER}/papers")
@declares(Action.ISSUE_PAPER)
def issue_certificate(learner_id: int) -> str | Response | tuple[str, int]:
    """Issue a 学籍证明 for one learner."""
    form = Form.sent("paper", {"idempotency_key": request.form.get("idempotency_key", "")})
    try:
        _issue((learner_id,), form.key)
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _panel(learner_id, issuing=refused), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _panel(learner_id, said=Posted("good", _("已签发学籍证明")))


@pages.post(f"{_PAPER}/revocations")
@declares(Action.ISSUE_PAPER)
def revoke_paper(issued_paper_id: int) -> str | Response | tuple[str, int]:
    """Take a paper back."""
    with unit_of_work() as uow:
        learner_id = learner_of(uow, actor(), issued_paper_id)
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
        returned = issued_paper_id, form.with_problems(refusal_problems(error))
        return _panel(learner_id, returned=returned), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    return _panel(learner_id, said=Posted("good", _("已作废")))


@pages.post(f"{_CHANGE}/papers")
@declares(Action.ISSUE_PAPER)
def print_change_form(status_change_id: int) -> Response:
    """Issue the form of a change as it stands, and open it; a second click opens the same."""
    command = IssueChangeForms(status_change_ids=(status_change_id,))
    with unit_of_work() as uow:
        made = service.issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=_own_key(), now=now()
        )
    return redirect(url_for("web.paper_file", issued_paper_id=made.issued_paper_ids[0]))


@pages.post("/status-changes/papers")
@declares(Action.ISSUE_PAPER)
def print_change_forms() -> Response:
    """Issue the forms of all that is ticked in the queue, and open them as one file."""
    ticked = _numbers(request.form.getlist("status_change_id")[:BATCH_MAX])
    if not ticked:
        return redirect(url_for("web.status_changes"))
    command = IssueChangeForms(status_change_ids=ticked)
    with unit_of_work() as uow:
        made = service.issue_change_forms(
            uow, actor(), command, site=site(), idempotency_key=_own_key(), now=now()
        )
    ids = ".".join(map(str, made.issued_paper_ids))
    return redirect(url_for("web.paper_files", ids=ids))


@pages.get("/papers")
@declares(Action.ISSUE_PAPER)
def class_certificates() -> str:
    """The classes, and whom of one a certificate can be issued for."""
    return _class_page()


@pages.post("/papers")
@declares(Action.ISSUE_PAPER)
def issue_class_certificates() -> Response | tuple[str, int]:
    """Issue a 学籍证明 for everybody who is ticked, and open them as one file.

    The page stays where it is: a second click opens the same papers, or those of other ticks.
    """
    chosen = _numbers(request.form.getlist("learner_id"))
    try:
        made = _issue(chosen, _own_key())
    except (InvalidInputError, BusyError) as error:
        return _class_page(chosen=chosen, error=error), _UNPROCESSABLE
    ids = ".".join(map(str, made.issued_paper_ids))
    return redirect(url_for("web.paper_files", ids=ids))


def _own_key() -> str:
    """For what is the same paper anyway when it is asked for again."""
    return str(uuid.uuid4())


def _issue(learner_ids: tuple[int, ...], key: str) -> IssuedPapers:
    command = IssueCertificates(learner_ids=learner_ids)
    with unit_of_work() as uow:
        return service.issue_certificates(
            uow, actor(), command, site=site(), idempotency_key=key, now=now()
        )


def _file(issued_paper_ids: Sequence[int]) -> Response:
    """The file is named by the first number, never by a person."""
    if not issued_paper_ids:
        raise NotFound
    with unit_of_work() as uow:
        found = open_papers(uow, actor(), issued_paper_ids, now=now())
    response = Response(render([printed(paper) for paper in found]), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found[0].number}.pdf"'
    return response


def _numbers(texts: Sequence[str]) -> tuple[int, ...]:
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


def _class_page(
    *, chosen: Sequence[int] | None = None, error: CreditbankError | None = None
) -> str:
    """chosen: who was ticked; None before anything was sent: then as many as may be at once."""
    values = request.values
    name, year = values.get("class_name", ""), values.get("entry_year", "")
    with unit_of_work() as uow:
        classes = school_classes(uow, actor())
        is_named = bool(name) and _YEAR.fullmatch(year)
        learners = class_learners(uow, actor(), name, int(year), now=now()) if is_named else ()
    return render_template(
        "papers.html",
        classes=classes,
        class_name=name,
        entry_year=year,
        rows=[
            (item, at < BATCH_MAX if chosen is None else item.learner_id in chosen)
            for at, item in enumerate(learners)
        ],
        most=BATCH_MAX,
        faults=[in_language(item.message) for item in (refusal_problems(error) if error else ())],
    )
