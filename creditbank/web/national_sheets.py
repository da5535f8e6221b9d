"""The sheet of the national 学籍 system: upload, preview, registering; written for download."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import decide, declares
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    BusyError,
    CreditbankError,
    InvalidInputError,
    NotFoundError,
    Problem,
)
from creditbank.domain.identifiers import masked_id
from creditbank.domain.permissions import Action
from creditbank.exchange.national_sheets import national_sheet as written_sheet
from creditbank.exchange.national_sheets import sheet_versions
from creditbank.exchange.uploads import begin_upload, open_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.classes import school_classes
from creditbank.queries.national_sheets import Exported, national_rows
from creditbank.services.national_sheets import (
    NationalPreview,
    find_national_sheet,
    post_national_sheet,
)
from creditbank.store.access_log import record_access
from creditbank.store.grade_imports import NATIONAL_SHEET
from creditbank.web.credit_panels import Posted
from creditbank.web.downloads import workbook_response
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language, ngettext
from creditbank.web.pages import class_text, pages
from creditbank.web.uploads import SEE_OTHER, mend_upload, upload_view
from creditbank.web.visits import actor, now, today, unit_of_work

_SHEETS = "/registration/national-sheets"
_SHEET = f"{_SHEETS}/<uuid:import_id>"
_UNPROCESSABLE = 422
_SHOWN = ("name", "citizen_id", "sex", "class_name", "student_no", "major_name", "entered_on")
_ASKED = ("version", "scope", "reason")
_SCOPE = re.compile(r"([0-9]{4})(?:-(.{1,40}))?")


@dataclass(frozen=True, slots=True)
class NationalCell:
    """One cell of the preview; numbers of persons are shown by their last four."""

    text: str
    is_faulty: bool


@dataclass(frozen=True, slots=True)
class NationalLine:
    """One row of the preview, in the columns by which somebody is known."""

    row: int
    cells: tuple[NationalCell, ...]


@pages.get(_SHEETS)
@declares(Action.EXPORT_NATIONAL_SHEET)
def national_sheets() -> str:
    """Where to upload the sheet, and where to take it out."""
    return _page(Form(kind="sheet"), _export_form())


@pages.post(_SHEETS)
@declares(Action.REGISTER_LEARNER)
def upload_national_sheet() -> str | BaseResponse | tuple[str, int]:
    """Read the sheet by its headings, check every cell, and show whom it would register."""
    file = request.files.get("file")
    form = Form(kind="sheet", fields=frozenset({"file"}))
    try:
        parsed = read_workbook(file.read() if file else b"")
        with unit_of_work() as uow:
            import_id = begin_upload(
                uow,
                actor(),
                NATIONAL_SHEET,
                file_name=(file.filename or "") if file else "",
                parsed=parsed,
                chosen={},
                now=now(),
            )
    except (InvalidInputError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error)), _export_form()), _UNPROCESSABLE
    return redirect(url_for("web.national_sheet", import_id=import_id))


@pages.post(f"{_SHEETS}/file")
@declares(Action.EXPORT_NATIONAL_SHEET)
def national_sheet_file() -> Response | tuple[str, int]:
    """The sheet of a class, a cohort or the school. It is asked for as a form: with a reason."""
    form = Form.sent("export", {name: request.form.get(name, "") for name in _ASKED})
    version = sheet_versions().get(form.value("version"))
    match = _SCOPE.fullmatch(form.value("scope"))
    if version is None or (form.value("scope") and match is None):
        raise NotFoundError
    asked = Exported(int(match[1]), match[2] or "") if match else Exported()
    try:
        with unit_of_work() as uow:
            rows = national_rows(
                uow, actor(), version, asked, reason=form.value("reason"), now=now()
            )
    except InvalidInputError as error:
        return _page(Form(kind="sheet"), form.with_problems(error.problems)), _UNPROCESSABLE
    content = written_sheet(version, rows, made_on=today())
    return workbook_response(content, f"全国系统导入表{version.version} {today()}")


@pages.get(_SHEET)
@declares(Action.REGISTER_LEARNER)
def national_sheet(import_id: object) -> str:
    """A previewed sheet; once registered, what became of it."""
    return _shown(import_id)


@pages.post(f"{_SHEET}/cells")
@declares(Action.REGISTER_LEARNER)
def mend_national_cells(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Put other texts into cells, and look at the sheet again."""
    return _done(import_id, lambda: mend_upload(NATIONAL_SHEET, import_id))


@pages.post(f"{_SHEET}/registration")
@declares(Action.REGISTER_LEARNER)
def register_national_sheet(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Register everybody who is new, keep what is new of the others; or nothing."""

    def post() -> None:
        with unit_of_work() as uow:
            found = find_national_sheet(uow, actor(), str(import_id))
            version = sheet_versions()[found.version]
            learner_ids = post_national_sheet(
                uow, actor(), str(import_id), version=version, now=now()
            )
            mask = decide(actor(), Action.REGISTER_LEARNER).mask
            record_access(
                uow.connection, actor(), Action.REGISTER_LEARNER, mask, learner_ids, now()
            )

    return _done(import_id, post)


def _done(import_id: object, change: Callable[[], None]) -> str | BaseResponse | tuple[str, int]:
    try:
        change()
    except (InvalidInputError, AlreadyRegisteredError, BusyError) as error:
        return _shown(import_id, error), _UNPROCESSABLE
    return redirect(url_for("web.national_sheet", import_id=import_id), SEE_OTHER)


def _shown(import_id: object, error: CreditbankError | None = None) -> str:
    with unit_of_work() as uow:
        found = find_national_sheet(uow, actor(), str(import_id))
        opened = open_upload(uow, actor(), NATIONAL_SHEET, str(import_id))
    problems = found.problems or (refusal_problems(error) if error else ())
    return render_template(
        "national_sheet.html",
        preview=found,
        view=upload_view(opened, problems),
        again_url=url_for("web.national_sheets"),
        cells_url=url_for("web.mend_national_cells", import_id=import_id),
        posted=Posted("good", _("已登记"), _counts(found)) if found.posted_at else None,
        counts=_counts(found),
        has_news=bool(found.new_count or found.changed_count),
        problem_text=ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", len(problems)),
        headings=[sheet_versions()[found.version].heading_of[field] for field in _SHOWN],
        lines=_lines(found, problems),
    )


def _counts(found: NationalPreview) -> tuple[str, ...]:
    said = (
        (found.new_count, _("新登记 %(count)s 名学生", count=found.new_count)),
        (found.changed_count, _("更新 %(count)s 名学生的其他信息", count=found.changed_count)),
        (found.same_count, _("%(count)s 名学生没有变化", count=found.same_count)),
    )
    return tuple(text for count, text in said if count)


def _lines(found: NationalPreview, problems: tuple[Problem, ...]) -> list[NationalLine]:
    faulty = {(problem.row, problem.field) for problem in problems}
    return [
        NationalLine(
            row.row,
            tuple(
                NationalCell(
                    masked_id(row.cells.get(field, ""))
                    if field == "citizen_id"
                    else row.cells.get(field, ""),
                    is_faulty=(row.row, found.columns.get(field)) in faulty,
                )
                for field in _SHOWN
            ),
        )
        for row in found.rows
    ]


def _export_form() -> Form:
    return Form(kind="export", values={"version": "2019"}, fields=frozenset(_ASKED))


def _page(form: Form, export: Form) -> str:
    with unit_of_work() as uow:
        classes = school_classes(uow, actor())
    years = sorted({item.entry_year for item in classes}, reverse=True)
    cohorts = [(str(year), _("%(year)s级", year=year)) for year in years]
    return render_template(
        "national_sheets.html",
        form=form,
        export=export,
        versions=[(name, _("%(year)s版", year=name)) for name in sheet_versions()],
        scopes=[
            *cohorts,
            *(
                (
                    f"{item.entry_year}-{item.class_name}",
                    class_text(item.class_name, item.learner_count),
                )
                for item in classes
            ),
        ],
        faults=[in_language(item.message) for item in form.problems],
    )
