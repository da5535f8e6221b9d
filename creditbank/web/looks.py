"""谁看过我的档案: the access log in plain words, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

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
    """What one person did on a day, in the reader's language. at: when, how often."""

    part: str
    purpose: str
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class Looker:
    """One person on one day. who: "" for an account that is no more."""

    who: str
    role: str
    lines: tuple[LookLine, ...]


@dataclass(frozen=True, slots=True)
class LookDay:
    """All of one day."""

    name: str
    people: tuple[Looker, ...]


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
    """By day, and on each day by person; the latest first."""
    by_day: dict[date, dict[int, list[Look]]] = {}
    for look in found:
        by_day.setdefault(look.day, {}).setdefault(look.account_id, []).append(look)
    return [LookDay(day(on), tuple(map(_looker, people.values()))) for on, people in by_day.items()]


def _looker(of_person: Sequence[Look]) -> Looker:
    latest = of_person[0]
    place = named(latest.institution_name, latest.institution_name_en)
    return Looker(
        who=latest.name,
        role=" · ".join(text for text in (place, name_of(latest.role)) if text),
        lines=tuple(map(_line, of_person)),
    )


def _line(look: Look) -> LookLine:
    part, purpose = next((words for action, words in LOOKS.items() if action == look.action), OTHER)
    return LookLine(part=str(part), purpose=str(purpose), at=_at(look), note=_note(look))


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
