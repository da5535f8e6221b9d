"""办理消息: how many wait, the list, and the way from one to its change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask_babel import LazyString
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.messages import MessageFilter, MessageKind
from creditbank.domain.permissions import Action
from creditbank.queries.messages import (
    UNREAD_MAX,
    MessageLine,
    count_unread,
    list_messages,
    read_message,
)
from creditbank.services.mail_addresses import change_own_email, own_email
from creditbank.services.messages import mark_read
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.labels import name_of
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.message_subjects import about, place_of
from creditbank.web.pages import moment, pages
from creditbank.web.visits import actor, may, now, sends_mails, unit_of_work

_DIGITS_MAX = 18
_RECENT = 3
_UNPROCESSABLE = 422
_ADDRESS = frozenset({"email"})
_WORDS: Mapping[MessageKind, tuple[LazyString, str]] = {
    MessageKind.APPLIED: (_l("已提交申请"), "neutral"),
    MessageKind.TURN: (_l("待%(office)s办理"), "progress"),
    MessageKind.AGREED: (_l("%(office)s已同意"), "progress"),
    MessageKind.PLANNED: (_l("转入学校已登记考核结果和学分认定方案"), "progress"),
    MessageKind.NOTICE: (_l("转入学校已同意，正在公示"), "progress"),
    MessageKind.REFUSED: (_l("%(office)s不同意，申请结束"), "bad"),
    MessageKind.WITHDRAWN: (_l("已撤回"), "neutral"),
    MessageKind.EXECUTED: (_l("已办结，学籍和结论已更新"), "good"),
    MessageKind.DEADLINE: (_l("待%(office)s办理，期限将到或已过"), "warn"),
    MessageKind.ADVANCE: (_l("有新的办理步骤"), "progress"),
    MessageKind.WARNING: (_l("已得学分低于方案进度，请及时了解和商量"), "warn"),
    MessageKind.SUBMITTED: (_l("成绩待复核"), "progress"),
    MessageKind.RETURNED: (_l("成绩被退回，请修改"), "warn"),
    MessageKind.POSTED: (_l("成绩已入账"), "good"),
    MessageKind.AGEING: (_l("录入表久未改动，即将自动作废"), "warn"),
    MessageKind.EXPIRED: (_l("录入表久未改动，已自动作废"), "neutral"),
    MessageKind.CLAIM: (_l("有新的办理步骤"), "progress"),
}
"""What is said, and the tone of its badge."""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message in the reader's words: what about, what happened, when."""

    message_id: int
    about: str
    said: str
    tone: str
    at: str
    is_read: bool


def unread() -> str | None:
    """How many wait: "" for none, None for a role that is never told anything."""
    if not may(Action.SEE_MESSAGES):
        return None
    if "unread" not in g:
        with unit_of_work() as uow:
            g.unread = count_unread(uow, actor())
    count: int = g.unread
    return f"{UNREAD_MAX - 1}+" if count == UNREAD_MAX else str(count or "")


def recent_messages() -> list[MessageRow]:
    """The newest few, for the page of whose messages they are."""
    with unit_of_work() as uow:
        page = list_messages(uow, actor(), state=MessageFilter.ALL, limit=_RECENT)
    return [message_row(line) for line in page.items]


@pages.get("/messages")
@declares(Action.SEE_MESSAGES)
def messages() -> str:
    """All, or those not read, newest first."""
    return _page()


def _page(address: Form | None = None) -> str:
    """The list; address: the form that came back with a fault."""
    is_unread = request.args.get("state") == MessageFilter.UNREAD
    state = MessageFilter.UNREAD if is_unread else MessageFilter.ALL
    cursor = request.args.get("cursor", "")
    with unit_of_work() as uow:
        page = list_messages(uow, actor(), state=state, cursor=cursor)
        email = own_email(uow, actor())
    return render_template(
        "messages.html",
        rows=[message_row(line) for line in page.items],
        state=state.value,
        next_cursor=page.next_cursor,
        address=address or Form(kind="address", values={"email": email}, fields=_ADDRESS),
        sends_mails=sends_mails(),
    )


@pages.get("/messages/<int(min=1, max=2147483647):message_id>")
@declares(Action.SEE_MESSAGES)
def open_message(message_id: int) -> Response:
    """On to the change; what was opened is read."""
    with unit_of_work() as uow:
        line = read_message(uow, actor(), message_id)
        mark_read(uow, actor(), message_id=message_id, now=now())
    return redirect(place_of(line))


@pages.post("/messages/reads")
@declares(Action.SEE_MESSAGES)
def mark_messages_read() -> Response:
    """One, or all that the reader had before them."""
    with unit_of_work() as uow:
        mark_read(uow, actor(), message_id=_sent("message_id"), up_to=_sent("up_to"), now=now())
    return redirect(url_for("web.messages", state=request.form.get("state") or None))


@pages.post("/messages/address")
@declares(Action.SEE_MESSAGES)
def change_mail_address() -> Response | tuple[str, int]:
    """Where the reader is told by mail that messages wait; an empty field for nowhere."""
    form = Form.sent("address", {"email": request.form.get("email", "")})
    try:
        with unit_of_work() as uow:
            change_own_email(uow, actor(), form.value("email"))
    except InvalidInputError as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.messages"))


def _sent(name: str) -> int:
    text = request.form.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX else 0


def message_row(line: MessageLine) -> MessageRow:
    """The message in the reader's words."""
    words, tone = _WORDS[line.kind]
    return MessageRow(
        message_id=line.message_id,
        about=about(line),
        said=str(words) % {"office": name_of(line.office) if line.office else ""},
        tone=tone,
        at=moment(line.created_at),
        is_read=line.is_read,
    )
