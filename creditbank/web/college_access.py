"""接口与通知: a college's keys and webhooks, made and ended here; deliveries seen and sent again.

Secrets are shown in the answer to the form that made them, and never again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.calendar import COUNTY_TIME
from creditbank.domain.college_keys import LABEL_MAX, VALID_DAYS_MAX, KeyScope
from creditbank.domain.errors import InvalidInputError, Message
from creditbank.domain.permissions import Action
from creditbank.domain.webhooks import OFFERED, REPLAYED_MAX, URL_MAX, EndpointState, EventKind
from creditbank.queries.college_keys import college_keys
from creditbank.queries.webhooks import list_deliveries, list_endpoints, managed_colleges
from creditbank.services import college_keys as keys
from creditbank.services import webhooks
from creditbank.store.college_keys import KeyRow
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import choices, name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named, ngettext
from creditbank.web.pages import pages
from creditbank.web.visits import actor, now, today, unit_of_work

_UNPROCESSABLE = 422
_ID_MAX = 2_147_483_647
_OVERLAP = timedelta(hours=24)
_KEY_FIELDS = frozenset({"label", "valid_days", "scopes"})
_HOOK_FIELDS = frozenset({"url", "kinds"})
_SINCE_FIELDS = frozenset({"since"})
_SINCE_MIN = date(1970, 1, 2)
"""As the interface: see schemas.webhooks.MomentTaken."""
_COUNT_DIGITS = 4
_HOOK = "/college-access/webhooks/<int(min=1, max=2147483647):webhook_endpoint_id>"
_KEY = "/college-access/keys/<string(length=20):key_id>"
LOOPBACK, PORTS = "CREDITBANK_WEBHOOK_LOOPBACK", "CREDITBANK_WEBHOOK_PORTS"


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret that is shown this once, and what it is of."""

    title: str
    name: str
    secret: str


@pages.get("/college-access")
@declares(Action.MANAGE_COLLEGE_KEYS)
def college_access() -> str:
    """Keys and endpoints of one college; the county chooses which."""
    return _page()


@pages.post("/college-access/keys")
@declares(Action.MANAGE_COLLEGE_KEYS)
def create_key() -> str | tuple[str, int]:
    """Make a key and show its secret."""
    form = Form.sent("key", {name: request.form.get(name, "") for name in _KEY_FIELDS})
    scopes = frozenset(KeyScope(item) for item in request.form.getlist("scopes") if item in _SCOPES)
    try:
        reading = Reading(form)
        command = keys.CreateCollegeKey(
            college_id=_college(),
            label=reading.text("label", length_max=LABEL_MAX),
            scopes=scopes,
            valid_days=reading.whole("valid_days", most=VALID_DAYS_MAX),
        )
        reading.done()
        with unit_of_work() as uow:
            made = keys.create_college_key(
                uow, actor(), command, secret_key=_secret_key(), now=now()
            )
    except InvalidInputError as error:
        return _page(key_form=form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return _page(shown=Shown(_("新的密钥"), made.key_id, made.secret))


@pages.post(f"{_KEY}/secrets")
@declares(Action.MANAGE_COLLEGE_KEYS)
def rotate_key(key_id: str) -> str:
    """Another secret; the one before is taken for a day."""
    with unit_of_work() as uow:
        made = keys.rotate_college_key(
            uow, actor(), key_id, overlap=_OVERLAP, secret_key=_secret_key(), now=now()
        )
    return _page(shown=Shown(_("更换后的密钥"), made.key_id, made.secret))


@pages.post(f"{_KEY}/revocation")
@declares(Action.MANAGE_COLLEGE_KEYS)
def revoke_key(key_id: str) -> Response:
    """End a key at once."""
    with unit_of_work() as uow:
        keys.revoke_college_key(uow, actor(), key_id, now=now())
    return _back()


@pages.post("/college-access/webhooks")
@declares(Action.MANAGE_WEBHOOKS)
def add_webhook() -> str | tuple[str, int]:
    """Add an endpoint and show its secret."""
    form = Form.sent("webhook", {name: request.form.get(name, "") for name in _HOOK_FIELDS})
    kinds = frozenset(EventKind(item) for item in request.form.getlist("kinds") if item in OFFERED)
    command = webhooks.AddEndpoint(
        college_id=_college(), url=form.value("url").strip()[: URL_MAX + 1], kinds=kinds
    )
    try:
        with unit_of_work() as uow:
            made = webhooks.add_endpoint(uow, actor(), command, _sealing(), now=now())
    except InvalidInputError as error:
        return _page(hook_form=form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return _page(shown=Shown(_("新接收地址的密钥"), command.url, made.secret))


@pages.post(f"{_HOOK}/secrets")
@declares(Action.MANAGE_WEBHOOKS)
def rotate_webhook(webhook_endpoint_id: int) -> str:
    """Another secret; for a day deliveries carry both signatures."""
    with unit_of_work() as uow:
        made = webhooks.rotate_endpoint_secret(
            uow, actor(), webhook_endpoint_id, _sealing(), overlap=_OVERLAP, now=now()
        )
    return _page(shown=Shown(_("更换后的密钥"), str(webhook_endpoint_id), made.secret))


@pages.post(f"{_HOOK}/state")
@declares(Action.MANAGE_WEBHOOKS)
def switch_webhook(webhook_endpoint_id: int) -> Response:
    """Switch off, on again, or remove."""
    wanted = request.form.get("state", "")
    if wanted not in set(EndpointState):
        raise BadRequest
    with unit_of_work() as uow:
        webhooks.change_endpoint(
            uow, actor(), webhook_endpoint_id, EndpointState(wanted), now=now()
        )
    return _back()


@pages.get(f"{_HOOK}/deliveries")
@declares(Action.MANAGE_WEBHOOKS)
def webhook_deliveries(webhook_endpoint_id: int) -> str:
    """What became of each delivery."""
    sent = request.args.get("sent", "")
    is_count = sent.isascii() and sent.isdigit() and len(sent) <= _COUNT_DIGITS
    return _deliveries(webhook_endpoint_id, said=_sent_again(int(sent)) if is_count else "")


def _deliveries(webhook_endpoint_id: int, *, said: str = "", form: Form | None = None) -> str:
    """The list. said: of what was just asked for; form: the one that came back with a fault."""
    with unit_of_work() as uow:
        found = list_deliveries(
            uow, actor(), webhook_endpoint_id, cursor=request.args.get("cursor", "")[:400]
        )
    return render_template(
        "webhook_deliveries.html",
        endpoint_id=webhook_endpoint_id,
        page=found,
        states=_states(),
        kinds=dict(choices(EventKind)),
        said=said,
        since_form=form or Form("since", fields=_SINCE_FIELDS),
        today=today().isoformat(),
        most=REPLAYED_MAX,
    )


def _sent_again(count: int) -> str:
    if count == 0:
        return _("这一天以来没有可重发的通知。")
    if count == REPLAYED_MAX:
        return _(
            "将重发最早的 %(most)s 条；送达后请从最后一条的日期起再重发一次。", most=REPLAYED_MAX
        )
    return ngettext("将重发 %(num)s 条通知。", "将重发 %(num)s 条通知。", count)


@pages.post(f"{_HOOK}/replays")
@declares(Action.MANAGE_WEBHOOKS)
def replay_webhook(webhook_endpoint_id: int) -> Response | tuple[str, int]:
    """Send again one event, or all since a day; a ping where neither is named."""
    if "since" in request.form:
        return _replay_since(webhook_endpoint_id)
    message_id = request.form.get("message_id", "")[:40]
    with unit_of_work() as uow:
        if message_id:
            webhooks.replay_events(
                uow, actor(), webhook_endpoint_id, message_id=message_id, now=now()
            )
        else:
            webhooks.ping_endpoint(uow, actor(), webhook_endpoint_id, now=now())
    return redirect(url_for("web.webhook_deliveries", webhook_endpoint_id=webhook_endpoint_id), 303)


def _replay_since(webhook_endpoint_id: int) -> Response | tuple[str, int]:
    form = Form.sent("since", {"since": request.form["since"]})
    try:
        reading = Reading(form)
        day = reading.day("since")
        if not reading.has_problems and not _SINCE_MIN <= day <= today():
            reading.refuse("since", _SINCE)
        reading.done()
        since = datetime.combine(day, time.min, COUNTY_TIME)
        with unit_of_work() as uow:
            count = webhooks.replay_events(
                uow, actor(), webhook_endpoint_id, since=since, now=now()
            )
    except InvalidInputError as error:
        again = form.with_problems(refusal_problems(error))
        return _deliveries(webhook_endpoint_id, form=again), _UNPROCESSABLE
    there = url_for("web.webhook_deliveries", webhook_endpoint_id=webhook_endpoint_id, sent=count)
    return redirect(there, 303)


_SINCE = Message("请填写不晚于今天的日期。", "Give a day that is not after today.")
_SCOPES = frozenset(scope.value for scope in KeyScope)


def _page(
    *, key_form: Form | None = None, hook_form: Form | None = None, shown: Shown | None = None
) -> str:
    with unit_of_work() as uow:
        managed = managed_colleges(uow, actor())
        chosen = _college() or (managed[0][0] if managed else 0)
        found = college_keys(uow, actor(), chosen) if chosen else ()
        hooks = [item for item in list_endpoints(uow, actor()) if item.college_id == chosen]
    return render_template(
        "college_access.html",
        colleges=[(number, named(name, name_en)) for number, name, name_en in managed],
        chosen=chosen,
        keys=[(key, _standing(key)) for key in found],
        hooks=hooks,
        states=_states(),
        scopes=choices(KeyScope),
        kinds=[(kind.value, name_of(kind)) for kind in OFFERED],
        ticked=request.form.getlist("scopes") if key_form else [],
        told_of=request.form.getlist("kinds") if hook_form else [kind.value for kind in OFFERED],
        key_form=key_form or Form("key", {"valid_days": "365"}, fields=_KEY_FIELDS),
        hook_form=hook_form or Form("webhook", fields=_HOOK_FIELDS),
        shown=shown,
    )


def _college() -> int:
    """The actor's own college, or the one that the county has chosen; 0 for none."""
    if actor().institution_id is not None and (actor().role == "college"):
        return actor().institution_id or 0
    written = request.values.get("college_id", "")
    is_number = written.isascii() and written.isdigit() and 0 < int(written) <= _ID_MAX
    return int(written) if is_number else 0


def _standing(key: KeyRow) -> tuple[str, str]:
    """In a word, and its tone."""
    if key.revoked_at is not None:
        return _("已吊销"), "bad"
    return (_("有效"), "good") if key.expires_at > now() else (_("已过期"), "neutral")


def _states() -> dict[str, tuple[str, str]]:
    return {
        "active": (_("启用"), "good"),
        "disabled": (_("停用"), "bad"),
        "waiting": (_("待发送"), "progress"),
        "delivered": (_("已送达"), "good"),
        "failed": (_("未送达"), "bad"),
        "withheld": (_("不再提供"), "neutral"),
    }


def _secret_key() -> str:
    return str(current_app.config["SECRET_KEY"])


def _sealing() -> webhooks.Sealing:
    config = current_app.config
    return webhooks.Sealing(_secret_key(), bool(config[LOOPBACK]), config[PORTS])


def _back() -> Response:
    return redirect(url_for("web.college_access", college_id=request.form.get("college_id")), 303)
