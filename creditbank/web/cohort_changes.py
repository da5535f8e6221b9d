"""What a college has new in its cohorts since its account's last look, and the end of a look."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.permissions import Action, Role
from creditbank.queries.advance_numbers import AdvanceNews, advance_news
from creditbank.queries.cohort_changes import cohort_news
from creditbank.services.cohort_changes import look_at, settle_changes
from creditbank.services.messages import mark_read
from creditbank.store.cohort_changes import SinceLook
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import ngettext
from creditbank.web.pages import learners_text, moment, pages
from creditbank.web.visits import actor, now, unit_of_work

_LOOK = re.compile(r"([0-9]{1,10}):([0-9]{1,18})")
_UP_TO = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class NewsRow:
    """What is new in one class. look: what 标为已看 sends; steps: of which the account was told.

    is_marked: whether those who have changed since a look can be shown apart.
    """

    agreement_id: int
    name: str
    text: str
    looked: str
    look: str
    steps: tuple[str, ...] = ()
    is_marked: bool = False


def settle_own(agreement_ids: Sequence[int]) -> None:
    """Give what was committed until now its positions, before a college reads them."""
    if follows() and agreement_ids:
        with unit_of_work() as uow:
            for agreement_id in sorted(agreement_ids):
                settle_changes(uow, actor(), agreement_id, now=now())


def follows() -> bool:
    """Whether the reader is told what is new. Others are told of much else: by messages."""
    return actor().role is Role.COLLEGE


def news_rows(uow: UnitOfWork, names: dict[int, str]) -> tuple[list[NewsRow], int]:
    """What is new in each class, and the last message of it. names: of agreements."""
    if not follows():
        return [], 0
    told = [item for item in advance_news(uow, actor()) if item.agreement_id in names]
    found = cohort_news(uow, actor(), list(names))
    rows = []
    for agreement_id, name in names.items():
        steps = tuple(_step(item) for item in told if item.agreement_id == agreement_id)
        new = found.get(agreement_id)
        if new is not None or steps:
            rows.append(_row(agreement_id, name, new, steps))
    return rows, max((item.up_to for item in told), default=0)


def news_of(uow: UnitOfWork, agreement_id: int) -> tuple[NewsRow | None, frozenset[int]]:
    """What is new in one class, and the enrolments to mark: none before the first look."""
    found = cohort_news(uow, actor(), [agreement_id]).get(agreement_id) if follows() else None
    if found is None:
        return None, frozenset()
    marked = frozenset(found.changed) if found.looked_at else frozenset[int]()
    return _row(agreement_id, "", found, ()), marked


def _row(agreement_id: int, name: str, new: SinceLook | None, steps: tuple[str, ...]) -> NewsRow:
    if new is None:
        return NewsRow(agreement_id, name, "", "", "", steps)
    at = moment(new.looked_at) if new.looked_at else ""
    return NewsRow(
        agreement_id=agreement_id,
        name=name,
        text=_("；").join(_parts(new)),
        looked=_("上次查看 %(at)s", at=at) if at else _("还没有看过"),
        look=f"{agreement_id}:{new.position}",
        steps=steps,
        is_marked=new.looked_at is not None,
    )


def _parts(new: SinceLook) -> list[str]:
    if not new.looked_at:  # everybody is new, and nothing has changed
        return [learners_text(len(new.changed))]
    count = len(new.changed)
    parts = [ngettext("%(num)s 人有变动", "%(num)s 人有变动", count)] if count else []
    if new.decided:
        parts.append(
            ngettext("%(num)s 人的结论或步骤有变", "%(num)s 人的结论或步骤有变", new.decided)
        )
    if new.left:
        parts.append(ngettext("%(num)s 人离开", "%(num)s 人离开", new.left))
    return parts


def _step(item: AdvanceNews) -> str:
    what = name_of(item.kind) if item.kind else _("撤回一步")
    said = _("%(what)s：%(learners)s", what=what, learners=learners_text(item.count))
    return f"{said} {moment(item.latest_at)}"


@pages.post("/agreements/looks")
@declares(Action.FOLLOW_COHORT)
def look_at_cohorts() -> Response:
    """The reader has seen what was shown: of one class, or of all with the steps told of."""
    found = [_LOOK.fullmatch(sent) for sent in request.form.getlist("look")]
    up_to = request.form.get("up_to", "0")
    if not all(found) or not _UP_TO.fullmatch(up_to):
        raise BadRequest
    positions = {int(item[1]): int(item[2]) for item in found if item}
    with unit_of_work() as uow:
        look_at(uow, actor(), positions, now=now())
        mark_read(uow, actor(), up_to=int(up_to), now=now())
    if request.form.get("back") == "cohort" and len(positions) == 1:
        return redirect(url_for("web.cohort", agreement_id=next(iter(positions))), 303)
    return redirect(url_for("web.agreements"), 303)
