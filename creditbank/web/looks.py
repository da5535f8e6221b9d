"""谁看过我的档案: the access log in plain words, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.calendar import COUNTY_TIME
from creditbank.domain.permissions import Action, FieldMask
from creditbank.queries.looks import Look, looks_at
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named, ngettext
from creditbank.web.look_words import LOOKS, OTHER
from creditbank.web.pages import LEARNER, day, pages
from creditbank.web.visits import actor, now, unit_of_work


@dataclass(frozen=True, slots=True)
class LookLine:
    """What one person saw on a day, in the reader's language. at: when, how often."""

    who: str
    role: str
    part: str
    purpose: str
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class LookDay:
    """All of one day."""

    name: str
    lines: tuple[LookLine, ...]


@pages.get(f"{LEARNER}/looks")
@declares(Action.SEE_LOOKS)
def looks(learner_id: int) -> str:
    """Who saw the record, thirty lines to a page."""
    with unit_of_work() as uow:
        page = looks_at(uow, actor(), learner_id, now=now(), cursor=request.args.get("cursor", ""))
    return render_template(
        "looks.html",
        learner_id=learner_id,
        days=_days(page.items),
        next_cursor=page.next_cursor,
        is_first=not request.args.get("cursor"),
    )


def _days(found: Sequence[Look]) -> list[LookDay]:
    def of_day(look: Look) -> date:
        return look.day

    return [LookDay(day(key), tuple(map(_line, items))) for key, items in groupby(found, of_day)]


def _line(look: Look) -> LookLine:
    known = next((words for action, words in LOOKS.items() if action == look.action), OTHER)
    part, purpose = known
    place = named(look.institution_name, look.institution_name_en)
    role = name_of(look.role)
    return LookLine(
        who=look.name,
        role=" · ".join(text for text in (place, role) if text),
        part=str(part),
        purpose=str(purpose),
        at=_at(look),
        note=_note(look),
    )


def _at(look: Look) -> str:
    first, last = (f"{at.astimezone(COUNTY_TIME):%H:%M}" for at in (look.first_at, look.last_at))
    if look.times == 1:
        return last
    often = ngettext("%(num)s 次", "%(num)s 次", look.times)
    return f"{first} · {often}" if first == last else f"{first}–{last} · {often}"


def _note(look: Look) -> str:
    notes = []
    if look.by_computer:
        notes.append(_("由高校的系统调取"))
    if look.in_list:
        notes.append(_("和同学一起出现在名单里"))
    if look.mask is FieldMask.NAME:
        notes.append(_("没有看到成绩单"))
    return " · ".join(notes)
