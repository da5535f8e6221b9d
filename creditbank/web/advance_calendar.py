"""转段年历: days and pass lines for who finishes in a year; for the county the forms over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from creditbank.domain.access import declares
from creditbank.domain.advance_calendar import AdvanceStep, CalendarDay
from creditbank.domain.agreement_terms import (
    ANNOUNCED_SCORES,
    DOCUMENT_MAX,
    REASON_MAX,
    ScoreKind,
)
from creditbank.domain.agreements import EducationLevel
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.pass_lines import PassLine
from creditbank.domain.permissions import Action
from creditbank.queries.advance_calendar import advance_calendar, pass_lines
from creditbank.services.advance_calendar import AnnounceDays, StepDays, announce_days
from creditbank.services.pass_lines import AnnouncePassLine, announce_pass_line
from creditbank.web.advance_words import ADVANCE_NAMES, LEVEL_NAMES, STEP_NAMES
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.pages import day, pages
from creditbank.web.visits import actor, may, now, today, unit_of_work

_LEVELS = (EducationLevel.HIGHER_VOCATIONAL, EducationLevel.BACHELOR)
_YEAR_MIN, _YEAR_MAX, _YEARS_SHOWN, _UNPROCESSABLE = 2000, 2100, 4, 422


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One step. days: from and to in words; first, last: as a form has them."""

    step: str
    name: str
    days: str
    source: str
    state: str
    tone: str
    first: str
    last: str
    is_over: bool


def calendar_rows(calendar: Sequence[CalendarDay], on: date) -> list[CalendarRow]:
    """The steps in the reader's words, with where each stands on a day."""
    return [_row(item, on) for item in calendar]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One announced line. line: points of full marks."""

    name: str
    line: str
    source: str
    day: str


@pages.get("/advance-calendar")
@declares(Action.SEE_AGREEMENTS)
def advance_calendar_page() -> str:
    """One year and level; this school year's by default."""
    year = request.args.get("year", today().year + 1, type=int)
    level = request.args.get("level", "")
    return _page(_sound_year(year), _sound_level(level))


@pages.post("/advance-calendar")
@declares(Action.ANNOUNCE_ADVANCE_CALENDAR)
def announce_calendar() -> Response | tuple[str, int]:
    """Announce the steps whose days were changed."""
    names = ["year", "level", "document_no", "reason", "idempotency_key"]
    names += [name for step in AdvanceStep for name in _fields(step)]
    form = Form.sent("calendar", {name: request.form.get(name, "") for name in names})
    level = _sound_level(form.value("level"))
    reading = Reading(form)
    year = reading.whole("year", most=_YEAR_MAX)
    with unit_of_work() as uow:
        standing = advance_calendar(uow, actor(), _sound_year(year), level)
    try:
        command = AnnounceDays(
            finishing_year=_sound_year(year),
            post_level=level,
            days=_changed(form, reading, standing),
            document_no=reading.text("document_no", length_max=DOCUMENT_MAX),
            reason=reading.text("reason", length_max=REASON_MAX, required=False),
        )
        reading.done()
        with unit_of_work() as uow:
            announce_days(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        renamed = {f"days.{step.value}": _fields(step)[0] for step in AdvanceStep}
        refused = form.with_problems(refusal_problems(error), renamed)
        return _page(_sound_year(year), level, refused), _UNPROCESSABLE
    return _to_calendar(year, level)


_LINE_FIELDS = {
    name: f"line_{name}"
    for name in ("score", "points", "full_marks", "announced_on", "document_no", "reason")
}
"""The page has another form with a document number, so those of a line have names of their own."""


@pages.post("/advance-calendar/pass-lines")
@declares(Action.ANNOUNCE_ADVANCE_CALENDAR)
def announce_line() -> Response | tuple[str, int]:
    """Announce the pass line of one examination."""
    names = ["year", "level", "idempotency_key", *_LINE_FIELDS.values()]
    form = Form.sent("pass-line", {name: request.form.get(name, "") for name in names})
    level = _sound_level(form.value("level"))
    reading = Reading(form)
    year = _sound_year(reading.whole("year", most=_YEAR_MAX))
    named = _LINE_FIELDS
    try:
        command = AnnouncePassLine(
            finishing_year=year,
            post_level=level,
            score=reading.code(named["score"], ScoreKind),
            points=reading.points(named["points"]),
            full_marks=reading.points(named["full_marks"]),
            announced_on=reading.day(named["announced_on"]),
            document_no=reading.text(named["document_no"], length_max=DOCUMENT_MAX),
            reason=reading.text(named["reason"], length_max=REASON_MAX, required=False),
        )
        reading.done()
        with unit_of_work() as uow:
            announce_pass_line(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error), named)
        return _page(year, level, line_form=refused), _UNPROCESSABLE
    return _to_calendar(year, level)


def _to_calendar(year: int, level: EducationLevel) -> Response:
    return redirect(url_for("web.advance_calendar_page", year=year, level=level.value), 303)


def _changed(form: Form, reading: Reading, standing: Sequence[CalendarDay]) -> tuple[StepDays, ...]:
    """The steps that were given other days than they have."""
    known = {item.step: (item.starts_on, item.ends_on) for item in standing}
    found = []
    for step in AdvanceStep:
        first, last = _fields(step)
        if not (form.value(first) or form.value(last)):
            continue
        days = (reading.day(first), reading.day(last))
        if known.get(step) != days:
            found.append(StepDays(step, *days))
    return tuple(found)


def _page(
    year: int, level: EducationLevel, form: Form | None = None, line_form: Form | None = None
) -> str:
    with unit_of_work() as uow:
        calendar = advance_calendar(uow, actor(), year, level)
        lines = pass_lines(uow, actor(), year, level)
    rows = calendar_rows(calendar, today())
    if form is None:
        values = {
            name: value
            for item in calendar
            for name, value in zip(
                _fields(item.step),
                (item.starts_on.isoformat(), item.ends_on.isoformat()),
                strict=True,
            )
        }
        known = frozenset({*values, "document_no", "reason"})
        form = Form(kind="calendar", values=values, fields=known)
    return render_template(
        "advance_calendar.html",
        year=year,
        years=range(today().year - 1, today().year + _YEARS_SHOWN),
        level=level.value,
        levels=[(item.value, LEVEL_NAMES[item]) for item in _LEVELS],
        rows=rows,
        form=form,
        lines=[_line_row(item) for item in lines],
        line_form=line_form or Form(kind="pass-line", fields=frozenset(_LINE_FIELDS.values())),
        line_scores=[
            (kind.value, ADVANCE_NAMES[kind]) for kind in ScoreKind if kind in ANNOUNCED_SCORES
        ],
        may_announce=may(Action.ANNOUNCE_ADVANCE_CALENDAR),
    )


def _row(item: CalendarDay, on: date) -> CalendarRow:
    single = item.starts_on == item.ends_on
    days = (
        day(item.starts_on)
        if single
        else _("%(first)s至%(last)s", first=day(item.starts_on), last=day(item.ends_on))
    )
    state, tone = _state(item, on)
    return CalendarRow(
        step=item.step.value,
        name=str(STEP_NAMES[item.step]),
        days=days,
        source=item.document_no if item.is_announced else _("惯常日期，以当年通知为准"),
        state=state,
        tone=tone,
        first=_fields(item.step)[0],
        last=_fields(item.step)[1],
        is_over=item.ends_on < on,
    )


def _line_row(item: PassLine) -> LineRow:
    return LineRow(
        name=str(ADVANCE_NAMES[item.score]),
        line=_(
            "%(points)s 分（满分%(full)s）",
            points=credits_text(item.points),
            full=credits_text(item.full_marks),
        ),
        source=item.document_no,
        day=day(item.announced_on),
    )


def _state(item: CalendarDay, on: date) -> tuple[str, str]:
    if item.ends_on < on:
        return _("已结束"), "neutral"
    if item.starts_on <= on:
        return _("进行中"), "progress"
    return _("未开始"), "neutral"


def _fields(step: AdvanceStep) -> tuple[str, str]:
    return f"{step.value}_from", f"{step.value}_to"


def _sound_year(year: int) -> int:
    return min(max(year, _YEAR_MIN), _YEAR_MAX)


def _sound_level(level: str) -> EducationLevel:
    return next((item for item in _LEVELS if item.value == level), _LEVELS[0])
