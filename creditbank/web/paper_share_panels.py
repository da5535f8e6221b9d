"""The panel of links to papers: what can be shown to others, for how long, and what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import segno
from flask import url_for
from flask_babel import LazyString
from markupsafe import Markup

from creditbank.domain.calendar import local_date
from creditbank.domain.credentials import CredentialState
from creditbank.domain.paper_shares import SHARED_KINDS, ShareState
from creditbank.domain.papers import PaperState
from creditbank.queries.paper_shares import ShareLine, own_shares
from creditbank.queries.papers import read_papers
from creditbank.services.paper_shares import share_terms
from creditbank.services.visible_credentials import read_credentials
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.forms import Form
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import lazy_gettext as _l
from creditbank.web.pages import day, moment
from creditbank.web.visits import actor, home, now, today

SHARE_FIELDS = frozenset({"shown", "days", "shows_numbers"})
_STATES: Mapping[ShareState, tuple[LazyString, str]] = {
    ShareState.OPEN: (_l("可以打开"), "good"),
    ShareState.EXPIRED: (_l("已到期"), "neutral"),
    ShareState.WITHDRAWN: (_l("已收回"), "neutral"),
}
"""What is said, and the tone of its badge."""


@dataclass(frozen=True, slots=True)
class ShareView:
    """One link in the reader's language. opened: how often and when last."""

    paper_share_id: int
    kind: str
    number: str
    state: str
    tone: str
    dates: str
    opened: str
    is_open: bool
    shows_numbers: bool


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that was just made: shown once. url "": it had been shown before."""

    url: str
    qr: Markup


def share_parts(
    uow: UnitOfWork,
    learner_id: int,
    *,
    form: Form | None = None,
    token: str | None = None,
    said: str = "",
    cursor: str = "",
) -> dict[str, object]:
    """What the panel's template looks at. token: of a link just made, "" if it was made before."""
    choices, school_ids = _choices(uow, learner_id)
    terms = [share_terms(uow, school_id, on=today()) for school_id in school_ids]
    days = min((item.days for item in terms), default=(), key=lambda offered: offered[-1])
    page = own_shares(uow, actor(), learner_id, now=now(), cursor=cursor)
    return {
        "shares": [_view(line) for line in page.items],
        "shares_next": page.next_cursor,
        "share_choices": choices,
        "share_days": days,
        "share_numbers": bool(terms) and all(item.may_show_numbers for item in terms),
        "share_form": form or Form(kind="share", fields=SHARE_FIELDS),
        "share_said": said,
        "new_link": None if token is None else new_link(token),
    }


def _choices(uow: UnitOfWork, learner_id: int) -> tuple[list[tuple[str, str]], set[int]]:
    """What can be shown, as the form sends it and in words; and the schools that issued it."""
    papers = [
        item
        for item in read_papers(uow, actor(), learner_id, now=now())
        if item.kind in SHARED_KINDS and item.state is not PaperState.REVOKED
    ]
    signed = [
        item
        for item in read_credentials(uow, actor(), learner_id, now=now())
        if item.state is not CredentialState.REVOKED
    ]
    of_papers = [
        (f"paper-{it.issued_paper_id}", f"{name_of(it.kind)} {it.number}") for it in papers
    ]
    of_signed = [
        (
            f"credential-{item.issued_credential_id}",
            f"{name_of(item.kind)} · {day(local_date(item.issued_at))}",
        )
        for item in signed
    ]
    schools = {item.institution_id for item in papers} | {item.institution_id for item in signed}
    return [*of_papers, *of_signed], schools


def new_link(token: str) -> NewLink:
    """The link and its QR code, dark on white whatever the page looks like."""
    if not token:
        return NewLink("", Markup())
    url = f"{home()}{url_for('web.shared_paper', token=token)}"
    drawn = segno.make(url, error="m", micro=False)
    svg = drawn.svg_inline(scale=4, border=4, dark="#000", light="#fff", omitsize=True)
    return NewLink(url, Markup(svg))  # noqa: S704 (drawn from our own address)


def _view(line: ShareLine) -> ShareView:
    state, tone = _STATES[line.state]
    made = _("%(day)s 生成", day=day(local_date(line.shared_at)))
    until = _("到 %(moment)s 为止", moment=moment(line.expires_at))
    if not line.looks and not line.files:
        opened = _("还没有人打开过")
    else:
        opened = _(
            "打开 %(looks)s 次，看文件 %(files)s 次，最近一次 %(moment)s",
            looks=line.looks,
            files=line.files,
            moment=moment(line.opened_at) if line.opened_at else "",
        )
    return ShareView(
        paper_share_id=line.paper_share_id,
        kind=name_of(line.kind),
        number=line.number,
        state=str(state),
        tone=tone,
        dates=f"{made} · {until}",
        opened=opened,
        is_open=line.state is ShareState.OPEN,
        shows_numbers=line.shows_numbers,
    )
