"""Status changes: the panel on a learner's page, the queue of an office, and what runs out."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action, Role
from creditbank.domain.status_changes import (
    APPLIED_FOR,
    OFFICE_OF,
    ChangeKind,
    ChangeState,
    DeadlineKind,
)
from creditbank.queries.deadlines import (
    DeadlineLine,
    IntakeLine,
    list_deadlines,
    list_intakes,
)
from creditbank.queries.status_changes import (
    WaitingChange,
    changes_by_id,
    list_waiting_changes,
    read_one_change,
)
from creditbank.services import status_changes as service
from creditbank.services.grounds import DOCUMENT_MAX
from creditbank.services.opinion_batches import BATCH_MAX, AgreeToSeveral, agree_to_several
from creditbank.services.status_change_commands import RecordedChange, TakeBackChange
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named, ngettext
from creditbank.web.learner_pages import read_learner_page
from creditbank.web.pages import LEARNER, day, is_fragment, learners_text, pages
from creditbank.web.status_change_forms import (
    OPINION_FIELDS,
    application_command,
    application_form,
    opinion_command,
)
from creditbank.web.status_change_panels import status_change_parts
from creditbank.web.status_change_views import (
    StatusChangeView,
    status_change_view,
)
from creditbank.web.transfers import transfer_page
from creditbank.web.visits import actor, allowed, may, now, unit_of_work

_UNPROCESSABLE = 422
_ID = "<int(min=1, max=2147483647):status_change_id>"
_SAID = {
    ChangeState.WAITING: lambda: _("已同意，转下一部门"),
    ChangeState.AGREED: lambda: _("已同意，到生效日期自动执行"),
    ChangeState.EXECUTED: lambda: _("已办结，学籍和结论已更新"),
    ChangeState.REFUSED: lambda: _("已签署不同意，申请结束"),
}


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """One line of the queue, in the reader's language; view: all of the application.

    is_own: not somebody who only wants to come.
    """

    learner_id: int
    name: str
    place: str
    is_own: bool
    view: StatusChangeView


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One warning, in the reader's language."""

    learner_id: int
    name: str
    place: str
    kind: str
    tone: str
    day: str


@dataclass(frozen=True, slots=True)
class IntakeRow:
    """One warning about a class, in the reader's language."""

    place: str
    entered: str
    count: str
    kind: str
    tone: str
    day: str


@pages.get("/status-changes")
@declares(Action.SEE_WAITING_CHANGES)
def status_changes() -> str:
    """Those that wait for the reader's office, the oldest application first."""
    return render_template("status_changes.html", **_queue(request.args.get("cursor", "")))


@pages.get("/deadlines")
@declares(Action.SEE_DEADLINES)
def deadlines() -> str:
    """What runs out, the earliest first."""
    with unit_of_work() as uow:
        cursor = request.args.get("cursor", "")
        page = list_deadlines(uow, actor(), now=now(), cursor=cursor)
        intakes = () if cursor else list_intakes(uow, actor(), now=now())
    rows = [
        DeadlineRow(
            learner_id=item.learner_id,
            name=item.name,
            place=_place(
                named(item.institution_name, item.institution_name_en),
                item.class_name,
                item.student_no,
            ),
            kind=name_of(DeadlineKind(item.kind)),
            tone="bad" if item.is_over else "warn",
            day=_until(item),
        )
        for item in page.items
    ]
    classes = [
        IntakeRow(
            place=_place(
                named(item.institution_name, item.institution_name_en), item.class_name, ""
            ),
            entered=_("%(day)s入学", day=day(item.entered_on)),
            count=learners_text(item.count),
            kind=name_of(DeadlineKind(item.kind)),
            tone="bad" if item.is_over else "warn",
            day=_until(item),
        )
        for item in intakes
    ]
    return render_template(
        "deadlines.html", rows=rows, classes=classes, next_cursor=page.next_cursor
    )


def _until(item: DeadlineLine | IntakeLine) -> str:
    return _("%(day)s，已过", day=day(item.on)) if item.is_over else day(item.on)


@pages.get(f"{LEARNER}/status-changes/<kind>")
@declares(Action.APPLY_FOR_CHANGE)
def status_change_panel(learner_id: int, kind: str) -> str | Response:
    """The panel with an empty form of one kind."""
    _known(kind)
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id, change=kind))
    with unit_of_work() as uow:
        allowed(uow, Action.APPLY_FOR_CHANGE, learner_id)
        page = read_learner_page(uow, learner_id, action=Action.APPLY_FOR_CHANGE)
        parts = page.parts | status_change_parts(uow, page, kind)
    return render_template("parts/status_changes.html", **parts)


@pages.post(f"{LEARNER}/status-changes/<kind>")
@declares(Action.APPLY_FOR_CHANGE)
def apply_for_change(learner_id: int, kind: str) -> str | Response | tuple[str, int]:
    """Apply; it waits for the first office, so nothing else changes yet."""
    form = application_form(_known(kind), request.form)
    try:
        command = application_command(form, learner_id)
        with unit_of_work() as uow:
            service.apply_for_change(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _refused(learner_id, Action.APPLY_FOR_CHANGE, form=refused)
    return _done(learner_id, Action.APPLY_FOR_CHANGE, _("已提交申请"))


@pages.post(f"/status-changes/{_ID}/opinions")
@declares(Action.GIVE_OPINION)
def give_opinion(status_change_id: int) -> str | Response | tuple[str, int]:
    """The office's word, from the queue or from the learner's page; that part is renewed."""
    sent = {name: request.form.get(name, "") for name in (*OPINION_FIELDS, "idempotency_key")}
    form = Form.sent("opinion", sent)
    where = request.form.get("from")
    try:
        command = opinion_command(form, status_change_id)
        with unit_of_work() as uow:
            made = service.give_opinion(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        opinion = status_change_id, form.with_problems(refusal_problems(error))
        if where == "transfer":
            return transfer_page(status_change_id, opinion=opinion[1]), _UNPROCESSABLE
        if where == "queue":
            return _queue_again(opinion=opinion), _UNPROCESSABLE
        return _refused(_whose(status_change_id), Action.GIVE_OPINION, opinion=opinion)
    title = _SAID[ChangeState(made.state)]()
    if where == "transfer":
        return redirect(url_for("web.status_changes"))
    if where == "queue":
        return _queue_again(said=Posted("good", title))
    return _done(made.learner_id, Action.GIVE_OPINION, title)


@pages.post("/status-changes/opinions")
@declares(Action.GIVE_OPINION)
def agree_to_ticked() -> str | tuple[str, int]:
    """Agree to all that is ticked in the queue; what cannot be agreed to says why."""
    sent = {name: request.form.get(name, "") for name in ("document_no", "idempotency_key")}
    form = Form.sent("batch", sent)
    ticked = request.form.getlist("status_change_id")[: BATCH_MAX + 1]
    numbers = tuple(int(text) for text in ticked if text.isascii() and text.isdigit())
    command = AgreeToSeveral(
        status_change_ids=numbers, document_no=form.value("document_no")[:DOCUMENT_MAX]
    )
    try:
        found = agree_to_several(
            unit_of_work, actor(), command, idempotency_key=form.key, now=now()
        )
    except InvalidInputError as error:
        said = Posted("bad", in_language(error.problems[0].message))
        return _queue_again(said=said), _UNPROCESSABLE
    agreed = sum(bool(item.state) for item in found)
    why = tuple(
        _("第%(number)s号：%(why)s", number=item.status_change_id, why=in_language(one.message))
        for item in found
        for one in item.problems
    )
    title = ngettext("已签署同意 %(num)s 项", "已签署同意 %(num)s 项", agreed)
    return _queue_again(said=Posted("warn" if why else "good", title, why))


@pages.post(f"/status-changes/{_ID}/withdrawals")
@declares(Action.APPLY_FOR_CHANGE)
def take_back_change(status_change_id: int) -> str | Response | tuple[str, int]:
    """Who applied takes it back."""
    form = Form.sent("take_back", {"idempotency_key": request.form.get("idempotency_key", "")})
    command = TakeBackChange(status_change_id=status_change_id)
    try:
        with unit_of_work() as uow:
            made: RecordedChange = service.take_back_change(
                uow, actor(), command, idempotency_key=form.key, now=now()
            )
    except (InvalidInputError, BusyError) as error:
        opinion = status_change_id, form.with_problems(refusal_problems(error))
        return _refused(_whose(status_change_id), Action.APPLY_FOR_CHANGE, opinion=opinion)
    return _done(made.learner_id, Action.APPLY_FOR_CHANGE, _("已撤回"))


def _queue(
    cursor: str = "",
    *,
    opinion: tuple[int, Form] | None = None,
    said: Posted | None = None,
) -> dict[str, object]:
    returned = dict([opinion] if opinion else [])
    with unit_of_work() as uow:
        page = list_waiting_changes(uow, actor(), now=now(), cursor=cursor)
        lines = changes_by_id(uow, [item.status_change_id for item in page.items], now=now())
    rows = []
    for item in page.items:
        is_county = actor().role is Role.COUNTY
        number = item.status_change_id
        is_own = is_county or lines[number].institution_id == actor().institution_id
        school = (
            named(item.institution_name, item.institution_name_en)
            if is_county or not is_own
            else ""
        )
        rows.append(
            WaitingRow(
                learner_id=item.learner_id,
                name=item.name,
                place=_place(school, item.class_name, item.student_no),
                is_own=is_own,
                view=status_change_view(lines[number], returned.get(number)),
            )
        )
    return {
        "rows": rows,
        "next_cursor": page.next_cursor,
        "change_said": said,
        "may_print": may(Action.ISSUE_PAPER),
        "batch": Form(kind="batch", fields=frozenset({"document_no"})),
        "office": name_of(OFFICE_OF[actor().role]),
    }


def _queue_again(*, opinion: tuple[int, Form] | None = None, said: Posted | None = None) -> str:
    parts = _queue(opinion=opinion, said=said)
    template = "parts/waiting_changes.html" if is_fragment() else "status_changes.html"
    return render_template(template, **parts)


def _done(learner_id: int, action: Action, title: str) -> str | Response:
    if not is_fragment():
        return redirect(url_for("web.learner", learner_id=learner_id))
    with unit_of_work() as uow:
        page = read_learner_page(uow, learner_id, action=action)
        parts = page.parts | status_change_parts(uow, page, said=Posted("good", title))
    return render_template(
        "parts/changed.html",
        **parts,
        is_news=True,
        changed=frozenset(card.key for card in page.cards),
    )


def _refused(
    learner_id: int,
    action: Action,
    *,
    form: Form | None = None,
    opinion: tuple[int, Form] | None = None,
) -> tuple[str, int]:
    with unit_of_work() as uow:
        allowed(uow, action, learner_id)
        page = read_learner_page(uow, learner_id, action=action)
        parts = page.parts | status_change_parts(uow, page, form=form, opinion=opinion)
    template = "parts/status_changes.html" if is_fragment() else "learner.html"
    return render_template(template, **parts, changed=frozenset()), _UNPROCESSABLE


def _whose(status_change_id: int) -> int:
    """The learner of an application that the actor may see. Raises NotFoundError."""
    with unit_of_work() as uow:
        return read_one_change(uow, actor(), status_change_id, now=now()).learner_id


def _school(item: DeadlineLine | IntakeLine | WaitingChange) -> str:
    return named(item.institution_name, item.institution_name_en)


def _place(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _known(kind: str) -> ChangeKind:
    found = next((item for item in APPLIED_FOR if item.value == kind), None)
    if found is None:
        raise NotFound
    return found
