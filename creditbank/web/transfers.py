"""The file of a transfer: marks, recognition, graduation gap; for the receiving school the plan."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import LINES_MAX
from creditbank.eligibility.recogniser import ALTERNATIVES_MAX
from creditbank.queries.status_changes import changes_by_id
from creditbank.services.transfer_files import read_transfer
from creditbank.services.transfers import plan_recognition, renew_plan
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.pages import pages
from creditbank.web.status_change_views import status_change_view
from creditbank.web.transfer_forms import (
    FIELDS,
    PASSED,
    RENEWED,
    desk_view,
    plan_command,
    renewal_command,
    renewal_view,
)
from creditbank.web.transfer_views import transfer_view
from creditbank.web.visits import actor, now, today, unit_of_work

_ADDRESS = "/transfers/<int(min=1, max=2147483647):status_change_id>"
_UNPROCESSABLE = 422
_TICKED_MAX = LINES_MAX * (ALTERNATIVES_MAX + 1)


@pages.get(_ADDRESS)
@declares(Action.SEE_TRANSFER)
def transfer(status_change_id: int) -> str:
    """One transfer; with tested lines supposed where they are named in the address."""
    tested = _codes(request.args.getlist("tested"))
    return transfer_page(status_change_id, tested=tested if "tested" in request.args else None)


@pages.post(f"{_ADDRESS}/recognition-plans")
@declares(Action.ASSESS_TRANSFER)
def plan_transfer(status_change_id: int) -> str | Response | tuple[str, int]:
    """Put the plan down; the office agrees or refuses afterwards, with the gap before its eyes."""
    sent = {name: request.form.get(name, "") for name in (*FIELDS, "idempotency_key")}
    form = Form.sent("recognition", sent)
    chosen = f"{form.value('choice')}:"
    used = frozenset(
        text.removeprefix(chosen)
        for text in request.form.getlist("used")[:_TICKED_MAX]
        if text.startswith(chosen)
    )
    tested = _codes(request.form.getlist("tested"))
    try:
        with unit_of_work() as uow:
            file = read_transfer(uow, actor(), status_change_id, now=now(), tested=tested)
            command = plan_command(form, file, used=used, tested=tested)
            plan_recognition(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        returned = form.with_problems(refusal_problems(error))
        shown = transfer_page(status_change_id, plan=returned, used=used, tested=tested)
        return shown, _UNPROCESSABLE
    return redirect(url_for("web.transfer", status_change_id=status_change_id))


@pages.post(f"{_ADDRESS}/plan-renewals")
@declares(Action.ASSESS_TRANSFER)
def renew_transfer_plan(status_change_id: int) -> Response | tuple[str, int]:
    """Another class or number, or the recognition planned again, also after signing."""
    sent = {name: request.form.get(name, "") for name in (*RENEWED, "idempotency_key")}
    form = Form.sent("renewal", sent)
    try:
        command = renewal_command(form, status_change_id, replans="replans" in request.form)
        with unit_of_work() as uow:
            renew_plan(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        returned = form.with_problems(refusal_problems(error))
        return transfer_page(status_change_id, renewal=returned), _UNPROCESSABLE
    return redirect(url_for("web.transfer", status_change_id=status_change_id))


def transfer_page(
    status_change_id: int,
    *,
    opinion: Form | None = None,
    plan: Form | None = None,
    renewal: Form | None = None,
    used: frozenset[str] | None = None,
    tested: tuple[str, ...] | None = None,
) -> str:
    """The page; opinion, plan, renewal: forms that came back with faults."""
    with unit_of_work() as uow:
        file = read_transfer(uow, actor(), status_change_id, now=now(), tested=tested)
        line = changes_by_id(uow, [status_change_id], now=now())[status_change_id]
    first = {"assessed_on": today().isoformat(), "passed": PASSED if file.best else "no"}
    form = plan or Form(kind="recognition", values=first, fields=FIELDS)
    return render_template(
        "transfer.html",
        file=transfer_view(file),
        item=status_change_view(line, opinion),
        desk=desk_view(file, form, used),
        renewal=renewal_view(file, renewal),
        status_change_id=status_change_id,
    )


def _codes(sent: list[str]) -> tuple[str, ...]:
    return tuple(sorted(set(sent)))[:LINES_MAX]
