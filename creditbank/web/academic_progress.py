"""学业预警: a school's classes by level, and the learners of one with a bar and what is behind.

An advisor or registrar notes what was agreed with the learner or the family.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.academic_progress import ContactWith, Shares, WarningLevel
from creditbank.domain.access import declares
from creditbank.domain.credits import credits_text
from creditbank.domain.errors import InvalidInputError
from creditbank.domain.permissions import Action
from creditbank.exchange.sheet_tables import SheetTable, tables_workbook
from creditbank.queries.academic_progress import (
    Chosen,
    ClassProgress,
    ProgressLine,
    class_progress,
    listed_progress,
)
from creditbank.services.academic_warnings import (
    NOTE_MAX,
    NoteContact,
    note_contact,
)
from creditbank.store.academic_progress import LEARNERS_MAX
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.pages import day, pages
from creditbank.web.progress_words import (
    LEVELS,
    WARNED,
    WITH,
    ProgressBar,
    behind_text,
    share_text,
)
from creditbank.web.stacks import Part, Stack
from creditbank.web.visits import actor, may, now, today, unit_of_work

_UNPROCESSABLE = 422
_YEAR = re.compile("[0-9]{4}")
_NUMBER = re.compile("[0-9]{1,9}")
_FIELDS = frozenset({"contacted_on", "with_whom", "note"})
_BLOCKS_SHOWN = 3
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILTERS: Mapping[str, frozenset[WarningLevel]] = {
    "warned": WARNED,
    "red": frozenset({WarningLevel.RED}),
    "yellow": frozenset({WarningLevel.YELLOW}),
}


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One class with its bar."""

    class_name: str
    entry_year: int
    stack: Stack
    warned: int


@dataclass(frozen=True, slots=True)
class ProgressRow:
    """One learner in the reader's language."""

    enrolment_id: int
    learner_id: int
    name: str
    student_no: str
    class_name: str
    level: str
    tone: str
    since: str
    bar: ProgressBar
    behind: tuple[str, ...]
    more: int
    contact: str
    note: str
    contacts: int


@pages.get("/academic-progress")
@declares(Action.SEE_ACADEMIC_PROGRESS)
def academic_progress() -> str:
    """The classes, and the learners of one or of a level where that is chosen."""
    return _page()


@pages.get("/academic-progress.xlsx")
@declares(Action.SEE_ACADEMIC_PROGRESS)
def academic_progress_sheet() -> Response:
    """The list as an Excel file, whole."""
    chosen = _chosen()
    with unit_of_work() as uow:
        found = listed_progress(uow, actor(), chosen, now=now(), limit=LEARNERS_MAX)
    title = _("学业预警名单")
    head = (
        _("班级"), _("学号"), _("姓名"), _("预警"), _("已修学期"), _("应得学分"), _("已得学分"),
        _("完成率"), _("差在哪里"), _("最近联系"), _("商定内容"),
    )  # fmt: skip
    rows = [_row(line, found.shares) for line in found.lines]
    table = SheetTable(
        title,
        head,
        [
            (
                row.class_name, row.student_no, row.name, row.level, row.bar.semesters,
                credits_text(line.standing.progress.expected),
                credits_text(line.standing.progress.earned), row.bar.percent,
                _("；").join(map(behind_text, line.standing.progress.behind)),
                row.contact, row.note,
            )
            for row, line in zip(rows, found.lines, strict=True)
        ],
        (f"{title} {day(today())}",),
    )  # fmt: skip
    response = Response(tables_workbook([table], made_on=today()), content_type=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(title)}.xlsx"
    return response


@pages.post("/academic-progress/contacts")
@declares(Action.NOTE_WARNING_CONTACT)
def note_warning_contact() -> str | BaseResponse | tuple[str, int]:
    """Keep what was agreed, and come back to the line."""
    names = (*_FIELDS, "idempotency_key")
    form = Form.sent("contact", {name: request.form.get(name, "") for name in names})
    number = request.form.get("enrolment_id", "")
    if not _NUMBER.fullmatch(number):
        raise NotFound
    reading = Reading(form)
    contacted_on = reading.day("contacted_on")
    with_whom = reading.code("with_whom", ContactWith)
    note = reading.text("note", length_max=NOTE_MAX)
    try:
        reading.done()
        command = NoteContact(
            enrolment_id=int(number), contacted_on=contacted_on, with_whom=with_whom, note=note
        )
        with unit_of_work() as uow:
            note_contact(uow, actor(), command, idempotency_key=form.key, now=now())
    except InvalidInputError as error:
        refused = form.with_problems(refusal_problems(error))
        return _page(refused, int(number)), _UNPROCESSABLE
    asked: dict[str, Any] = {**_asked(), "_anchor": f"learner-{number}"}
    return redirect(url_for("web.academic_progress", **asked))


def _page(form: Form | None = None, open_for: int = 0) -> str:
    """form, open_for: the note that came back with a fault, and about whom."""
    chosen, asked = _chosen(), _asked()
    is_list = bool(asked)
    with unit_of_work() as uow:
        found = listed_progress(uow, actor(), chosen, now=now()) if is_list else None
        classes = found.classes if found else class_progress(uow, actor(), now=now())
    totals = Counter[WarningLevel]()
    for item in classes:
        totals.update(item.levels)
    return render_template(
        "academic_progress.html",
        classes=sorted(map(_class_row, classes), key=lambda row: -row.warned),
        totals=[
            (level.value, str(name), tone, totals[level]) for level, (name, tone) in LEVELS.items()
        ],
        asked=asked,
        rows=[_row(line, found.shares) for line in found.lines] if found else [],
        hidden=found.hidden if found else 0,
        shares=found and [share_text(part) for part in (found.shares.red, found.shares.yellow)],
        is_list=is_list,
        form=form,
        blank=Form("contact", {"contacted_on": today().isoformat()}, fields=_FIELDS),
        open_for=open_for,
        may_note=may(Action.NOTE_WARNING_CONTACT),
        with_whom=[(item.value, str(text)) for item, text in WITH.items()],
        note_max=NOTE_MAX,
    )


def _asked() -> dict[str, str]:
    """What is chosen, as the address and the forms of the page name it."""
    names = ("class_name", "entry_year", "level")
    sent = {name: request.values.get(name, "")[:40] for name in names}
    if sent["level"] not in FILTERS:
        sent["level"] = ""
    if not _YEAR.fullmatch(sent["entry_year"]) or not sent["class_name"]:
        sent["entry_year"] = sent["class_name"] = ""
    return {name: value for name, value in sent.items() if value}


def _chosen() -> Chosen:
    asked = _asked()
    return Chosen(
        class_name=asked.get("class_name"),
        entry_year=int(asked["entry_year"]) if "entry_year" in asked else None,
        levels=FILTERS.get(asked.get("level", ""), frozenset()),
    )


def _class_row(item: ClassProgress) -> ClassRow:
    parts = tuple(
        Part(tone, f"{name} {item.levels[level]}", item.levels[level])
        for level, (name, tone) in LEVELS.items()
        if item.levels[level]
    )
    warned = sum(item.levels[level] for level in WARNED)
    return ClassRow(item.class_name, item.entry_year, Stack.of(parts), warned)


def _row(line: ProgressLine, shares: Shares) -> ProgressRow:
    item, progress, contact = line.standing, line.standing.progress, line.contact
    name, tone = LEVELS[progress.level]
    behind = progress.behind
    is_noted = item.warned is progress.level and item.warned_on is not None
    return ProgressRow(
        enrolment_id=item.enrolment_id,
        learner_id=item.learner_id,
        name=item.name,
        student_no=item.student_no,
        class_name=item.class_name,
        level=str(name),
        tone=tone,
        since=day(item.warned_on)
        if is_noted and item.warned_on and progress.level in WARNED
        else "",
        bar=ProgressBar.of(progress, shares),
        behind=tuple(map(behind_text, behind[:_BLOCKS_SHOWN])),
        more=max(0, len(behind) - _BLOCKS_SHOWN),
        contact=f"{day(contact.contacted_on)} {WITH[ContactWith(contact.with_whom)]}"
        if contact
        else "",
        note=contact.note if contact else "",
        contacts=contact.contacts if contact else 0,
    )
