"""公示 of claims at the reader's school, and objecting to one."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template, request
from werkzeug.exceptions import NotFound

from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import BusyError, InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.queries.claim_notices import ClaimNotice, find_claim_notice, list_claim_notices
from creditbank.services.claim_commands import ObjectToClaim
from creditbank.services.claim_reviews import object_to_claim as enter
from creditbank.services.grounds import REASON_MAX
from creditbank.web.claim_views import claim_title, what_of
from creditbank.web.claims import CLAIM, book_due
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, named
from creditbank.web.pages import day, pages
from creditbank.web.visits import actor, now, unit_of_work

_UNPROCESSABLE = 422


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One claim as it hangs. form: of the objection that came back, or an empty one."""

    claim_id: int
    name: str
    class_name: str
    school: str
    title: str
    what: str
    credits: str
    until: str
    has_objected: bool
    is_own: bool
    form: Form


@pages.get("/claims/notice")
@declares(Action.SEE_CLAIM_NOTICE)
def claim_notice() -> str:
    """What hangs today."""
    return _page()


@pages.post(f"{CLAIM}/objections")
@declares(Action.OBJECT_TO_CLAIM)
def object_to_claim(claim_id: int) -> str | tuple[str, int]:
    """Object; nothing is booked until it is decided."""
    with unit_of_work() as uow:
        if find_claim_notice(uow, actor(), claim_id, now=now()) is None:
            raise NotFound
    names = ("reason", "idempotency_key")
    form = Form.sent("objection", {name: request.form.get(name, "") for name in names})
    reading = Reading(form)
    reason = reading.text("reason", length_max=REASON_MAX)
    try:
        reading.done()
        command = ObjectToClaim(claim_id=claim_id, reason=reason)
        with unit_of_work() as uow:
            enter(uow, actor(), command, idempotency_key=form.key, now=now())
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        said = Posted("bad", in_language(error.message))
        return _page(said, returned=(claim_id, refused)), _UNPROCESSABLE
    return _page(Posted("good", _("异议已提交，处理完之前不会入账。")))


def _page(said: Posted | None = None, *, returned: tuple[int, Form] | None = None) -> str:
    if actor().institution_id is not None:
        book_due(school=actor().institution_id)
    else:
        book_due(learner_ids=sorted(actor().learner_ids))
    cursor = request.args.get("cursor", "")
    with unit_of_work() as uow:
        page = list_claim_notices(uow, actor(), now=now(), cursor=cursor)
    forms = dict([returned] if returned else [])
    rows = [_row(item, forms.get(item.claim_id)) for item in page.items]
    return render_template(
        "claim_notice.html", rows=rows, next_cursor=page.next_cursor, said=said,
        reason_max=REASON_MAX,
    )  # fmt: skip


def _row(item: ClaimNotice, form: Form | None) -> NoticeRow:
    return NoticeRow(
        claim_id=item.claim_id,
        name=item.name,
        class_name=item.class_name,
        school=named(item.school, item.school_en),
        title=claim_title(item.claim.content),
        what=what_of(item.claim.content),
        credits=credits_text(item.units),
        until=day(item.ends_on),
        has_objected=item.has_objected,
        is_own=item.is_own,
        form=form or Form(kind="objection", fields=frozenset({"reason"})),
    )
