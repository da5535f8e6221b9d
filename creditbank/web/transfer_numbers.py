"""普职互转一览 for the bureau: when applications are taken, who moved, what was recognised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from flask import render_template, request

from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.institutions import InstitutionKind
from creditbank.domain.permissions import Action
from creditbank.domain.recognition_rules import DIRECTIONS
from creditbank.queries.transfer_numbers import (
    CohortWindow,
    Recognised,
    SchoolNumbers,
    TransferNumbers,
    transfer_numbers,
)
from creditbank.web.figures import Segment, segments
from creditbank.web.labels import name_of
from creditbank.web.languages import gettext as _
from creditbank.web.languages import named
from creditbank.web.pages import day, pages
from creditbank.web.recognition_rules import direction_name
from creditbank.web.stacks import Part, Stack
from creditbank.web.visits import actor, may, now, today, unit_of_work

_TONES = ("good", "progress", "bad", "neutral")


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window in the reader's words."""

    entry_year: int
    semester: int
    opens: str
    closes: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class DirectionPart:
    """The windows of one direction; over: those that have closed."""

    title: str
    rows: list[WindowRow]
    over: list[WindowRow]


@dataclass(frozen=True, slots=True)
class SchoolRow:
    """One school; stack: what became of the applications to leave it."""

    name: str
    moved_in: int
    stack: Stack


@dataclass(frozen=True, slots=True)
class RecognisedRow:
    """One direction; courses: by relation, such as "相同直认 12"."""

    direction: str
    transfers: int
    presented: str
    recognised: str
    declined: str
    courses: tuple[str, ...]
    count: int
    bar: tuple[Segment, ...]


@pages.get("/transfers")
@declares(Action.SEE_TRANSFER_NUMBERS)
def transfer_overview() -> str:
    """The numbers of a school year, of the present one if none is chosen."""
    wanted = request.args.get("year", 0, type=int)
    with unit_of_work() as uow:
        found = transfer_numbers(uow, actor(), now=now())
        if wanted in found.years and wanted != found.school_year:
            found = transfer_numbers(uow, actor(), now=now(), school_year=wanted)
    return render_template(
        "transfer_numbers.html",
        year=found.school_year,
        years=found.years,
        directions=list(map(partial(_direction, found), DIRECTIONS)),
        schools=list(map(_school, found.schools)),
        any_transfer=any(row.moved_in + sum(_left(row)) for row in found.schools),
        recognised=list(map(_recognised, found.recognised)),
        any_recognised=any(row.transfers for row in found.recognised),
        may_answer=may(Action.GIVE_OPINION),
    )


def _direction(found: TransferNumbers, into: InstitutionKind) -> DirectionPart:
    """What is open or still to come first; what is over apart, the latest first."""
    windows = sorted((item for item in found.windows if item.into is into), key=_opens)
    return DirectionPart(
        direction_name(into),
        [_window(item) for item in windows if item.closes >= today()],
        [_window(item) for item in reversed(windows) if item.closes < today()],
    )


def _opens(item: CohortWindow) -> date:
    return item.opens


def _window(item: CohortWindow) -> WindowRow:
    state, tone = (_("受理中"), "good") if item.is_open else (_("已过"), "neutral")
    if item.opens > today():
        state, tone = _("未开始"), "neutral"
    return WindowRow(item.entry_year, item.semester, day(item.opens), day(item.closes), state, tone)


def _left(item: SchoolNumbers) -> tuple[int, ...]:
    return item.moved_out, item.under_way, item.refused, item.withdrawn


def _school(item: SchoolNumbers) -> SchoolRow:
    names = _("转出"), _("办理中"), _("不同意"), _("已撤回")
    parts = tuple(
        Part(tone, f"{name} {count}", count)
        for tone, name, count in zip(_TONES, names, _left(item), strict=True)
        if count
    )
    return SchoolRow(named(item.name, item.name_en), item.moved_in, Stack.of(parts))


def _recognised(item: Recognised) -> RecognisedRow:
    return RecognisedRow(
        direction=direction_name(item.into),
        transfers=item.transfers,
        presented=credits_text(item.presented),
        recognised=credits_text(item.recognised),
        declined=credits_text(item.presented - item.recognised),
        courses=tuple(f"{name_of(relation)} {count}" for relation, count in item.courses.items()),
        count=sum(item.courses.values()),
        bar=segments([(item.recognised, "recognised")], item.presented),
    )
