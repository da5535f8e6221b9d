"""Class grade sheets: template, upload, preview by cell, posting, and what it changed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import decide, declares
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import BusyError, InvalidInputError, Message, Problem
from creditbank.domain.permissions import Action
from creditbank.exchange.grade_sheets import read_grade_sheet
from creditbank.exchange.grade_templates import grade_sheet_template as written_template
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.classes import SchoolClass, class_sheet, school_classes
from creditbank.services.grade_imports import (
    ALREADY_POSTED,
    ImportPreview,
    find_preview,
    preview_grade_sheet,
)
from creditbank.services.grade_imports import post_grade_import as post_import
from creditbank.store.access_log import record_access
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted, term_choices
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.grade_previews import preview_view
from creditbank.web.labels import choices
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.outcomes import OutcomeTable, is_polled, outcome_table
from creditbank.web.pages import is_fragment, pages
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS = frozenset({"sheet", "term", "exam_kind"})
_IMPORT = "/grade-sheets/<uuid:import_id>"
_UNPROCESSABLE = 422
_EMPTY = Form(kind="sheet", fields=_FIELDS)
_TEMPLATE = {"exam_kind": ExamKind.NORMAL.value}
_NO_COURSES = Problem(
    "no_courses",
    Message(
        "该班的培养方案在这个学期没有课程,请换一个学期。",
        "This class's plan has no courses in this term; choose another.",
    ),
    field="term",
)


@pages.get("/grade-sheets")
@declares(Action.IMPORT_GRADES)
def grade_sheets() -> str:
    """Where to upload a sheet and where to get an empty one."""
    return _page(_EMPTY)


@pages.get("/grade-sheets/template")
@declares(Action.IMPORT_GRADES)
def grade_sheet_template() -> Response | tuple[str, int]:
    """The class's sheet for a term, with numbers, names and courses filled in."""
    term = _term(request.args.get("term", "")) or Term.containing(today())
    kind = _exam_kind(request.args.get("exam_kind", "")) or ExamKind.NORMAL
    class_name = request.args.get("class_name", "")[:40]
    with unit_of_work() as uow:
        sheet = class_sheet(uow, actor(), class_name, term, now=now())
    if not sheet.courses:
        asked = Form(kind="template", values=request.args, fields=frozenset({"term"}))
        return _page(_EMPTY, asked.with_problems([_NO_COURSES])), _UNPROCESSABLE
    content = written_template(
        sheet.class_name, term, sheet.learners, sheet.courses, exam_kind=kind
    )
    name = quote(f"{class_name} {term.code}.xlsx")
    response = Response(content, content_type=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/grade-sheets")
@declares(Action.IMPORT_GRADES)
def upload_grade_sheet() -> str | BaseResponse | tuple[str, int]:
    """Read the file, check every cell, and show what it would do."""
    form = Form.sent("sheet", {name: request.form.get(name, "") for name in ("term", "exam_kind")})
    sent = request.files.get("sheet")
    try:
        parsed = read_workbook(sent.read() if sent else b"")
        sheet = read_grade_sheet(parsed.sheets)
    except (InvalidInputError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    with unit_of_work() as uow:
        preview = preview_grade_sheet(
            uow,
            actor(),
            file_name=(sent.filename or "") if sent else "",
            file_hash=parsed.file_hash,
            sheet=sheet,
            term=_term(form.value("term")),
            exam_kind=_exam_kind(form.value("exam_kind")),
            now=now(),
        )
    return redirect(url_for("web.grade_import", import_id=preview.import_id))


@pages.get(_IMPORT)
@declares(Action.IMPORT_GRADES)
def grade_import(import_id: object) -> str:
    """A previewed sheet as the ledger sees it now; after posting, with the class's verdicts."""
    with unit_of_work() as uow:
        found = find_preview(uow, actor(), str(import_id))
        view = preview_view(found)
        parts: dict[str, object] = {"preview": view, "outcomes": None}
        if view.is_posted:
            parts["outcomes"] = _table(uow, found, found.posted_at or now(), 0)
        else:
            _note_access(uow, found)
    return render_template("grade_import.html", **parts)


@pages.post(f"{_IMPORT}/posting")
@declares(Action.IMPORT_GRADES)
def post_grade_import(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Post the sheet, and show the verdicts of its learners as they change."""
    posted, status = None, 200
    try:
        with unit_of_work() as uow:
            report = post_import(uow, actor(), str(import_id), now=now())
        posted = Posted(
            "good",
            ngettext("已入账 %(num)s 个成绩", "已入账 %(num)s 个成绩", len(report.entries))
            if report.entries
            else in_language(ALREADY_POSTED),
        )
    except (InvalidInputError, BusyError) as error:
        texts = tuple(in_language(item.message) for item in refusal_problems(error))
        posted, status = Posted("bad", in_language(error.message), texts[:20]), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.grade_import", import_id=import_id))
    with unit_of_work() as uow:
        found = find_preview(uow, actor(), str(import_id))
        parts: dict[str, object] = {
            "preview": preview_view(found),
            "posted": posted,
            "outcomes": None,
        }
        if found.posted_at is not None:
            parts["outcomes"] = _table(uow, found, found.posted_at, 0)
        else:
            _note_access(uow, found)
    return render_template("parts/grade_import.html", **parts), status


@pages.get(f"{_IMPORT}/outcomes")
@declares(Action.IMPORT_GRADES)
def import_outcomes(import_id: object) -> str:
    """Where the learners of a posted sheet stand now."""
    is_polled()
    with unit_of_work() as uow:
        found = find_preview(uow, actor(), str(import_id))
        round_ = request.args.get("round", 0, type=int) + 1
        outcomes = _table(uow, found, found.posted_at or now(), round_)
    return render_template("parts/learner_outcomes.html", outcomes=outcomes)


def _page(form: Form, template_form: Form | None = None) -> str:
    with unit_of_work() as uow:
        classes, terms = school_classes(uow, actor()), term_choices(uow)
    return render_template(
        "grade_sheets.html",
        form=form,
        template_form=template_form or Form(kind="template", values=_TEMPLATE),
        classes=[(item.class_name, _class_text(item)) for item in classes],
        terms=terms,
        exam_kinds=choices(ExamKind),
    )


def _class_text(item: SchoolClass) -> str:
    return _("%(name)s（%(count)s 人）", name=item.class_name, count=item.learner_count)


def _table(uow: UnitOfWork, found: ImportPreview, since: datetime, round_: int) -> OutcomeTable:
    return outcome_table(
        uow,
        sorted(found.learners),
        since=since.astimezone(UTC),
        url=url_for("web.import_outcomes", import_id=found.import_id, round=round_),
        round_=round_,
    )


def _note_access(uow: UnitOfWork, found: ImportPreview) -> None:
    mask = decide(actor(), Action.IMPORT_GRADES).mask
    record_access(
        uow.connection, actor(), Action.IMPORT_GRADES, mask, sorted(found.learners), now()
    )


def _term(code: str) -> Term | None:
    try:
        return Term.parse(code)
    except ValueError:
        return None


def _exam_kind(code: str) -> ExamKind | None:
    try:
        return ExamKind(code)
    except ValueError:
        return None
