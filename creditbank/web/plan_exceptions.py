"""Exceptions from the plan: the panel on a learner's page, and the queue of those that wait."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.domain.plan_exceptions import ExceptionKind, Ruling
from creditbank.queries.plan_exceptions import list_waiting
from creditbank.services.plan_exceptions import enter_exception as enter
from creditbank.services.plan_exceptions import rule_on_exception as rule
from creditbank.store.plan_exceptions import read_exception
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, day, is_fragment, moment, pages
from creditbank.web.plan_exception_forms import (
    FIELDS,
    RULING_FIELDS,
    exception_command,
    exception_form,
    ruling_command,
)
from creditbank.web.plan_exception_panels import exception_parts
from creditbank.web.visits import actor, allowed, now, unit_of_work

_UNPROCESSABLE = 422
_ID = "<int(min=1, max=2147483647):plan_exception_id>"
_SAID = {
    Ruling.APPROVED: lambda: _("已批准，结论已更新"),
    Ruling.REFUSED: lambda: _("已退回"),
    Ruling.WITHDRAWN: lambda: _("已撤销，结论已更新"),
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One line of the queue, in the reader's language."""

    learner_id: int
    name: str
    place: str
    kind: str
    basis: str
    entered: str


@pages.get("/exceptions")
@declares(Action.SEE_WAITING_EXCEPTIONS)
def exceptions() -> str:
    """Those of the school that nobody has ruled on, the oldest first."""
    with unit_of_work() as uow:
        page = list_waiting(uow, actor(), now=now(), cursor=request.args.get("cursor", ""))
    rows = [
        WaitingRow(
            learner_id=item.learner_id,
            name=item.name,
            place=f"{item.class_name} {item.student_no}",
            kind=name_of(ExceptionKind(item.kind)),
            basis=f"{item.document_no} · {day(item.decided_on)}",
            entered=moment(item.entered_at),
        )
        for item in page.items
    ]
    return render_template("exceptions.html", rows=rows, next_cursor=page.next_cursor)


@pages.get(f"{LEARNER}/exceptions/<kind>")
@declares(Action.ENTER_EXCEPTION)
def exception_panel(learner_id: int, kind: str) -> str | Response:
    """The panel with an empty form of one kind."""
    _known(kind)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, exception=kind))
    with unit_of_work() as uow:
        allowed(uow, Action.ENTER_EXCEPTION, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.ENTER_EXCEPTION)
        parts = page.parts | exception_parts(uow, page, kind)
    return render_template("parts/exceptions.html", **parts)


@pages.post(f"{LEARNER}/exceptions/<kind>")
@declares(Action.ENTER_EXCEPTION)
def enter_exception(learner_id: int, kind: str) -> str | Response | tuple[str, int]:
    """Enter one; it waits for the second person, so no verdict changes yet."""
    form = exception_form(_known(kind), request.form)
    try:
        command = exception_command(form, learner_id)
        with unit_of_work() as uow:
            enter(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _refused(learner_id, Action.ENTER_EXCEPTION, form=refused)
    return _done(learner_id, Action.ENTER_EXCEPTION, _("已录入，待批准"), kind)


@pages.post(f"/exceptions/{_ID}/rulings")
@declares(Action.RULE_ON_EXCEPTION)
def rule_on_exception(plan_exception_id: int) -> str | Response | tuple[str, int]:
    """Approve, refuse or withdraw; the page around the panel is renewed."""
    sent = {name: request.form.get(name, "") for name in (*RULING_FIELDS, "idempotency_key")}
    form = Form.sent("ruling", sent)
    try:
        command = ruling_command(form, plan_exception_id)
        with unit_of_work() as uow:
            ruled = rule(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        learner_id = _whose(plan_exception_id)
        return _refused(learner_id, Action.RULE_ON_EXCEPTION, ruling=(plan_exception_id, refused))
    return _done(ruled.learner_id, Action.RULE_ON_EXCEPTION, _SAID[command.ruling]())


def _done(learner_id: int, action: Action, title: str, kind: str = "") -> str | Response:
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, exception=kind or None))
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=action)
        parts = page.parts | exception_parts(uow, page, kind, said=Posted("good", title))
    return render_template(
        "parts/excepted.html",
        **parts,
        is_news=True,
        changed=frozenset(card.key for card in page.cards),
    )


def _refused(
    learner_id: int,
    action: Action,
    *,
    form: Form | None = None,
    ruling: tuple[int, Form] | None = None,
) -> tuple[str, int]:
    with unit_of_work() as uow:
        allowed(uow, action, learner_id)
        page = read_learner_page(uow, learner_id, action=action)
        parts = page.parts | exception_parts(
            uow, page, form.kind if form else "", form=form, ruling=ruling
        )
    template = "parts/exceptions.html" if is_fragment() else "learner.html"
    return render_template(template, **parts, changed=frozenset()), _UNPROCESSABLE


def _whose(plan_exception_id: int) -> int:
    """The learner of an exception that the actor's reach shows. Raises NotFoundError."""
    with unit_of_work() as uow:
        found = read_exception(uow.connection, plan_exception_id)
    if found is None:
        raise NotFoundError
    return found.learner_id


def _known(kind: str) -> ExceptionKind:
    found = next((item for item in FIELDS if item.value == kind), None)
    if found is None:
        raise NotFound
    return found
