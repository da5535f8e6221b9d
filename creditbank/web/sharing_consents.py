"""向高校提供信息的同意: what the learner and guardians see of it, and giving or withdrawing it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action
from creditbank.queries.sharing_consents import sharing_consents
from creditbank.services.sharing_consents import GiveConsent, give_consent
from creditbank.store.sharing_consents import ConsentLine
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import LEARNER, moment, pages
from creditbank.web.visits import actor, now, unit_of_work

_ID_MAX = 2_147_483_647


@dataclass(frozen=True, slots=True)
class ConsentView:
    """One agreement in the reader's words. is_shown: whether its college sees the learner today."""

    agreement_id: int
    name: str
    college: str
    said: str
    is_given: bool
    is_shown: bool
    form: Form


def consent_parts(uow: UnitOfWork, learner_id: int) -> dict[str, object]:
    """What the panel's template looks at; nothing for who never was in a class."""
    found = sharing_consents(uow, actor(), learner_id, now=now())
    return {"consents": [_view(line) for line in found]} if found else {}


@pages.post(f"{LEARNER}/consents")
@declares(Action.GIVE_CONSENT)
def change_consent(learner_id: int) -> Response:
    """Give or withdraw, and show the learner's page again."""
    number, wanted = request.form.get("agreement_id", ""), request.form.get("is_given", "")
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= _ID_MAX):
        raise BadRequest
    command = GiveConsent(
        learner_id=learner_id, agreement_id=int(number), is_given=wanted == "true"
    )
    key = request.form.get("idempotency_key", "")[:80]
    with unit_of_work() as uow:
        give_consent(uow, actor(), command, idempotency_key=key, now=now())
    return redirect(url_for("web.learner", learner_id=learner_id, _anchor="sharing"), 303)


def _view(line: ConsentLine) -> ConsentView:
    return ConsentView(
        agreement_id=line.agreement_id,
        name=line.name,
        college=named(line.college_name, line.college_name_en),
        said=_said(line),
        is_given=line.is_given,
        is_shown=line.is_shown,
        form=Form(kind="consent"),
    )


def _said(line: ConsentLine) -> str:
    if line.basis is None or line.recorded_at is None:
        return _("还没有表示同意")
    at = moment(line.recorded_at)
    if line.basis == "agreement":
        return _("进班时签订的贯通培养协议中已同意")
    if line.basis == "student":
        return _("学生于%(at)s同意", at=at) if line.is_given else _("学生于%(at)s撤回", at=at)
    return _("监护人于%(at)s同意", at=at) if line.is_given else _("监护人于%(at)s撤回", at=at)
