"""Class grade sheets: template, upload, preview by cell, posting, and what it changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import decide, declares
from creditbank.domain.courses import ExamKind
from creditbank.domain.enrolments import Term
from creditbank.domain.errors import (
    BusyError,
    CreditbankError,
    InvalidInputError,
    Message,
    NotFoundError,
    Problem,
)
from creditbank.domain.permissions import Action
from creditbank.exchange.grade_templates import grade_sheet_template as written_template
from creditbank.exchange.large_uploads import (
    BYTES_AT_ONCE,
    begin_grade_upload,
    begin_large_upload,
)
from creditbank.exchange.uploads import choose_term, open_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.classes import class_sheet, school_classes
from creditbank.queries.own_uploads import school_uploads
from creditbank.services.grade_imports import ImportPreview, find_preview
from creditbank.services.jobs import find_job, list_jobs
from creditbank.services.large_imports import (
    call_off,
    post_or_put_in_line,
    take_back_or_put_in_line,
)
from creditbank.store.access_log import record_access
from creditbank.store.grade_imports import GRADES
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.credit_panels import Posted, term_choices
from creditbank.web.forms import Form, refusal_problems
from creditbank.web.grade_previews import preview_view
from creditbank.web.jobs import ended_view, job_line, posted_text, progress_view
from creditbank.web.labels import choices
from creditbank.web.languages import in_language
from creditbank.web.outcomes import OutcomeTable, is_polled, outcome_table
from creditbank.web.pages import class_text, is_fragment, pages
from creditbank.web.upload_lists import beside_parts, upload_lines
from creditbank.web.uploads import (
    SEE_OTHER,
    answer_upload,
    class_choices,
    mend_upload,
    reversal_form,
    reversal_parts,
    skipped_text,
    upload_view,
)
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FIELDS = frozenset({"sheet", "term", "exam_kind"})
_IMPORT = "/grade-sheets/<uuid:import_id>"
_TERM_FIELDS = ("term", "exam_kind")
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
    """Read the file, check every cell, and show what it would do or what has to be asked."""
    form = Form.sent("sheet", {name: request.form.get(name, "") for name in _TERM_FIELDS})
    sent = request.files.get("sheet")
    term, exam_kind = _term(form.value("term")), _exam_kind(form.value("exam_kind"))
    content, file_name = (sent.read(), sent.filename or "") if sent else (b"", "")
    chosen = {
        "term": term.code if term else "",
        "exam_kind": exam_kind.value if exam_kind else "",
    }
    try:
        import_id = _begin(content, file_name, chosen)
    except (InvalidInputError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.grade_import", import_id=import_id))


def _begin(content: bytes, file_name: str, chosen: Mapping[str, object]) -> str:
    """Check a file at once, or put it in line where it is long."""
    if len(content) > BYTES_AT_ONCE:
        with unit_of_work() as uow:
            return begin_large_upload(
                uow, actor(), file_name=file_name, content=content, chosen=chosen, now=now()
            )
    parsed = read_workbook(content)
    with unit_of_work() as uow:
        return begin_grade_upload(
            uow,
            actor(),
            file_name=file_name,
            content=content,
            parsed=parsed,
            chosen=chosen,
            now=now(),
        )


@pages.get(_IMPORT)
@declares(Action.IMPORT_GRADES)
def grade_import(import_id: object) -> str:
    """A previewed sheet as the ledger sees it now; after posting, with the class's verdicts."""
    return _shown(import_id)


@pages.post(f"{_IMPORT}/columns")
@declares(Action.IMPORT_GRADES)
def answer_grade_columns(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take what the columns are, and look at the sheet again."""
    return _changed(import_id, answer_upload)


@pages.post(f"{_IMPORT}/term")
@declares(Action.IMPORT_GRADES)
def choose_grade_term(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take of which term and kind of exam the marks are, and look at the sheet again."""

    def choose(_kind: str, import_id: object) -> None:
        term, kind = (request.form.get(name, "") for name in _TERM_FIELDS)
        with unit_of_work() as uow:
            choose_term(
                uow,
                actor(),
                str(import_id),
                term=_term(term),
                exam_kind=_exam_kind(kind),
                now=now(),
            )

    return _changed(import_id, choose)


@pages.post(f"{_IMPORT}/cells")
@declares(Action.IMPORT_GRADES)
def mend_grade_cells(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Put other texts into cells, and look at the sheet again."""
    return _changed(import_id, mend_upload)


def _changed(
    import_id: object, change: Callable[[str, object], None]
) -> str | BaseResponse | tuple[str, int]:
    try:
        change(GRADES, import_id)
    except (InvalidInputError, BusyError) as error:
        return _shown(import_id, posted=_refused(error)), _UNPROCESSABLE
    return redirect(url_for("web.grade_import", import_id=import_id), SEE_OTHER)


@pages.post(f"{_IMPORT}/posting")
@declares(Action.IMPORT_GRADES)
def post_grade_import(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Post the sheet, and show the verdicts of its learners as they change."""
    posted, template = None, "parts/grade_import.html" if is_fragment() else "grade_import.html"
    try:
        with unit_of_work() as uow:
            report = post_or_put_in_line(uow, actor(), str(import_id), now=now())
        if report is not None:
            posted = Posted("good", posted_text(report.count))
    except (InvalidInputError, BusyError) as error:
        return _shown(import_id, posted=_refused(error), template=template), _UNPROCESSABLE
    if not is_fragment():
        return redirect(url_for("web.grade_import", import_id=import_id))
    return _shown(import_id, posted=posted, template=template)


@pages.post(f"{_IMPORT}/reversal")
@declares(Action.REVERSE_ENTRY)
def take_back_grades(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take back all that the sheet posted, or nothing."""
    form = reversal_form()
    try:
        with unit_of_work() as uow:
            take_back_or_put_in_line(
                uow, actor(), str(import_id), reason=form.value("reason"), now=now()
            )
    except (InvalidInputError, BusyError) as error:
        refused = form.with_problems(refusal_problems(error))
        return _shown(import_id, reversal=refused), _UNPROCESSABLE
    return redirect(url_for("web.grade_import", import_id=import_id), SEE_OTHER)


@pages.get(f"{_IMPORT}/progress")
@declares(Action.IMPORT_GRADES)
def import_progress(import_id: object) -> str | BaseResponse:
    """How far a long import is; once it is over, the way to what came of it."""
    is_polled()
    with unit_of_work() as uow:
        job = find_job(uow, actor(), str(import_id))
    if job is None:
        raise NotFoundError
    if not job.is_over:
        return render_template("parts/job_progress.html", progress=progress_view(job))
    address = url_for("web.grade_import", import_id=import_id)
    if is_fragment():
        return Response(status=204, headers={"HX-Redirect": address})
    return redirect(address)


@pages.post(f"{_IMPORT}/cancel")
@declares(Action.IMPORT_GRADES)
def cancel_import(import_id: object) -> BaseResponse:
    """Call off an import that is being read or checked."""
    with unit_of_work() as uow:
        call_off(uow, actor(), str(import_id), now=now())
    return redirect(url_for("web.grade_import", import_id=import_id), SEE_OTHER)


@pages.get(f"{_IMPORT}/outcomes")
@declares(Action.IMPORT_GRADES)
def import_outcomes(import_id: object) -> str:
    """Where the learners of a posted sheet stand now."""
    is_polled()
    with unit_of_work() as uow:
        found = find_preview(uow, actor(), str(import_id))
        round_ = request.args.get("round", 0, type=int) + 1
        outcomes = _table(uow, found, found.reversed_at or found.posted_at or now(), round_)
    return render_template("parts/learner_outcomes.html", outcomes=outcomes)


def _shown(
    import_id: object,
    *,
    posted: Posted | None = None,
    reversal: Form | None = None,
    template: str = "grade_import.html",
) -> str:
    with unit_of_work() as uow:
        job = find_job(uow, actor(), str(import_id))
        found = find_preview(uow, actor(), str(import_id))
        opened = open_upload(uow, actor(), GRADES, str(import_id))
        uploaded = upload_view(opened, found.problems)
        terms = term_choices(uow) if uploaded.asks_term else []
        classes = class_choices(uow, uploaded)
        view = preview_view(found)
        beside = beside_parts(uow, GRADES, import_id)
        outcomes = None
        if found.posted_at is not None:
            outcomes = _table(uow, found, found.reversed_at or found.posted_at, 0)
        else:
            _note_access(uow, found)
    return render_template(
        template,
        preview=view,
        progress=progress_view(job),
        ended=posted or ended_view(job),
        view=uploaded,
        term_form=Form(kind="term", values=uploaded.chosen_values, fields=frozenset(_TERM_FIELDS)),
        term_url=url_for("web.choose_grade_term", import_id=import_id),
        terms=terms,
        classes=classes,
        exam_kinds=choices(ExamKind),
        skipped=skipped_text(opened),
        outcomes=outcomes,
        again_url=url_for("web.grade_sheets"),
        cells_url=url_for("web.mend_grade_cells", import_id=import_id),
        columns_url=url_for("web.answer_grade_columns", import_id=import_id),
        **beside,
        **reversal_parts(
            url_for("web.take_back_grades", import_id=import_id),
            reversal,
            found.posted_at,
            found.reversed_at,
        ),
    )


def _refused(error: CreditbankError) -> Posted:
    texts = tuple(in_language(item.message) for item in refusal_problems(error))
    return Posted("bad", in_language(error.message), texts[:20])


def _page(form: Form, template_form: Form | None = None) -> str:
    with unit_of_work() as uow:
        classes, terms = school_classes(uow, actor()), term_choices(uow)
        jobs = list_jobs(uow, actor(), now=now())
        listed = {job.subject for job in jobs}
        uploads = upload_lines(
            item
            for item in school_uploads(uow, actor(), Action.IMPORT_GRADES, [GRADES])
            if item.import_id not in listed
        )
    return render_template(
        "grade_sheets.html",
        form=form,
        template_form=template_form or Form(kind="template", values=_TEMPLATE),
        classes=[
            (item.class_name, class_text(item.class_name, item.learner_count)) for item in classes
        ],
        terms=terms,
        exam_kinds=choices(ExamKind),
        jobs=[job_line(job) for job in jobs],
        uploads=uploads,
    )


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
