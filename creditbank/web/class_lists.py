"""Class lists of new learners: template, upload, preview by cell, registering all; rosters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Response, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import decide, declares
from creditbank.domain.enrolments import StudyMode
from creditbank.domain.errors import (
    AlreadyRegisteredError,
    BusyError,
    CreditbankError,
    InvalidInputError,
    Problem,
)
from creditbank.domain.identifiers import masked_id
from creditbank.domain.permissions import Action
from creditbank.exchange.class_lists import (
    COLUMNS,
    class_list_template,
    class_roster_file,
)
from creditbank.exchange.uploads import begin_upload, open_upload
from creditbank.exchange.workbooks import read_workbook
from creditbank.queries.classes import class_roster, school_classes
from creditbank.queries.own_uploads import school_uploads
from creditbank.queries.registration import school_agreements, school_cohorts
from creditbank.services.class_lists import (
    ClassListPreview,
    enrolment_document,
    find_class_list,
    post_class_list,
)
from creditbank.services.registration_commands import NewEnrolment
from creditbank.store.access_log import record_access
from creditbank.store.grade_imports import LEARNERS, NATIONAL_SHEET
from creditbank.web.credit_panels import Posted
from creditbank.web.forms import Form, Reading, refusal_problems
from creditbank.web.labels import choices
from creditbank.web.languages import in_language, ngettext
from creditbank.web.pages import class_text, pages
from creditbank.web.registration_forms import cohort_key, cohort_text, shared_enrolment
from creditbank.web.upload_lists import beside_parts, upload_lines
from creditbank.web.uploads import SEE_OTHER, answer_upload, mend_upload, upload_view
from creditbank.web.visits import actor, now, today, unit_of_work

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LIST = "/registration/class-lists/<uuid:import_id>"
_SENT = ("cohort", "entered_on", "study_mode", "agreement_id")
_FIELDS = frozenset({*_SENT, "file"})
_UNPROCESSABLE = 422
_YEAR = re.compile("[0-9]{4}")


@dataclass(frozen=True, slots=True)
class ListCell:
    """One cell of the preview; numbers of persons are shown by their last four."""

    text: str
    is_faulty: bool


@dataclass(frozen=True, slots=True)
class ListLine:
    """One row of the preview."""

    row: int
    cells: tuple[ListCell, ...]


@pages.get("/registration/class-lists")
@declares(Action.REGISTER_LEARNER)
def class_lists() -> str:
    """Where to upload a list and where to get an empty one."""
    values = {"entered_on": today().isoformat(), "study_mode": StudyMode.FULL_TIME.value}
    return _page(Form(kind="list", values=values, fields=_FIELDS))


@pages.get("/registration/class-lists/template")
@declares(Action.REGISTER_LEARNER)
def class_list_file() -> Response:
    """The empty list, with all columns as text."""
    return _file(class_list_template(today().year), "新生名单")


@pages.get("/registration/class-lists/roster.xlsx")
@declares(Action.REGISTER_LEARNER)
def class_roster_sheet() -> Response:
    """A class as the national system lists it."""
    entry_year, _separator, class_name = request.args.get("class", "")[:60].partition("-")
    if not _YEAR.fullmatch(entry_year):
        raise NotFound
    with unit_of_work() as uow:
        lines = class_roster(uow, actor(), class_name, int(entry_year), now=now())
    return _file(class_roster_file(lines, made_on=today()), f"{class_name}名册")


def _file(content: bytes, name: str) -> Response:
    response = Response(content, content_type=_XLSX)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.xlsx"
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/registration/class-lists")
@declares(Action.REGISTER_LEARNER)
def upload_class_list() -> str | BaseResponse | tuple[str, int]:
    """Read the file, check every cell, and show whom it would register."""
    sent = Form.sent("list", {name: request.form.get(name, "") for name in _SENT})
    form = Form(kind="list", values=sent.values, fields=_FIELDS, key=sent.key)
    file = request.files.get("file")
    try:
        enrolment = _shared(form)
        parsed = read_workbook(file.read() if file else b"")
        with unit_of_work() as uow:
            import_id = begin_upload(
                uow,
                actor(),
                LEARNERS,
                file_name=(file.filename or "") if file else "",
                parsed=parsed,
                chosen=enrolment_document(enrolment),
                now=now(),
            )
    except (InvalidInputError, BusyError) as error:
        return _page(form.with_problems(refusal_problems(error))), _UNPROCESSABLE
    return redirect(url_for("web.class_list", import_id=import_id))


@pages.get(_LIST)
@declares(Action.REGISTER_LEARNER)
def class_list(import_id: object) -> str:
    """A previewed list; once registered, whom it made."""
    return _shown(import_id)


@pages.post(f"{_LIST}/columns")
@declares(Action.REGISTER_LEARNER)
def answer_list_columns(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Take what the columns are, and look at the list again."""
    return _changed(import_id, answer_upload)


@pages.post(f"{_LIST}/cells")
@declares(Action.REGISTER_LEARNER)
def mend_list_cells(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Put other texts into cells, and look at the list again."""
    return _changed(import_id, mend_upload)


def _changed(
    import_id: object, change: Callable[[str, object], None]
) -> str | BaseResponse | tuple[str, int]:
    try:
        change(LEARNERS, import_id)
    except (InvalidInputError, BusyError) as error:
        return _shown(import_id, error), _UNPROCESSABLE
    return redirect(url_for("web.class_list", import_id=import_id), SEE_OTHER)


@pages.post(f"{_LIST}/registration")
@declares(Action.REGISTER_LEARNER)
def register_class_list(import_id: object) -> str | BaseResponse | tuple[str, int]:
    """Register everybody on the list, or nobody."""
    try:
        with unit_of_work() as uow:
            made = post_class_list(uow, actor(), str(import_id), now=now())
            mask = decide(actor(), Action.REGISTER_LEARNER).mask
            record_access(
                uow.connection, actor(), Action.REGISTER_LEARNER, mask, made.learner_ids, now()
            )
    except (InvalidInputError, AlreadyRegisteredError, BusyError) as error:
        return _shown(import_id, error), _UNPROCESSABLE
    return redirect(url_for("web.class_list", import_id=import_id))


def _shared(form: Form) -> NewEnrolment:
    with unit_of_work() as uow:
        cohorts = school_cohorts(uow, actor())
    reading = Reading(form)
    found = shared_enrolment(reading, form, cohorts)
    reading.done()
    return found


def _shown(import_id: object, error: CreditbankError | None = None) -> str:
    with unit_of_work() as uow:
        found = find_class_list(uow, actor(), str(import_id), now=now())
        opened = open_upload(uow, actor(), LEARNERS, str(import_id))
        beside = beside_parts(uow, LEARNERS, import_id)
    problems = found.problems or (refusal_problems(error) if error else ())
    count = found.new_count
    posted = None
    if found.posted_at is not None:
        number = len(found.learner_ids)
        posted = Posted("good", ngettext("已登记 %(num)s 名学生", "已登记 %(num)s 名学生", number))
    return render_template(
        "class_list.html",
        **beside,
        preview=found,
        view=upload_view(opened, problems),
        again_url=url_for("web.class_lists"),
        cells_url=url_for("web.mend_list_cells", import_id=import_id),
        columns_url=url_for("web.answer_list_columns", import_id=import_id),
        posted=posted,
        warnings=[in_language(warning.message) for warning in found.warnings],
        problem_text=ngettext("有 %(num)s 处问题", "有 %(num)s 处问题", len(problems)),
        booked_text=ngettext(
            "%(num)s 名学生已经登记，不再重复",
            "%(num)s 名学生已经登记，不再重复",
            len(found.booked),
        )
        if found.booked
        else "",
        new_count=count,
        clean_text=ngettext("%(num)s 名学生可以登记", "%(num)s 名学生可以登记", count),
        post_text=ngettext("登记 %(num)s 名学生", "登记 %(num)s 名学生", count),
        headings=list(COLUMNS.values()),
        lines=_lines(found, problems),
    )


def _lines(found: ClassListPreview, problems: tuple[Problem, ...]) -> list[ListLine]:
    faulty = {(problem.row, problem.field) for problem in problems}
    return [
        ListLine(
            row.row,
            tuple(
                ListCell(
                    _text(field, row.cells.get(field, "")),
                    is_faulty=(row.row, found.columns.get(field)) in faulty,
                )
                for field in COLUMNS
            ),
        )
        for row in found.rows
    ]


def _text(field: str, cell: str) -> str:
    return masked_id(cell) if field in {"citizen_id", "national_student_no"} else cell


def _page(form: Form) -> str:
    with unit_of_work() as uow:
        cohorts, agreements = school_cohorts(uow, actor()), school_agreements(uow, actor())
        classes = school_classes(uow, actor())
        uploads = upload_lines(
            school_uploads(uow, actor(), Action.REGISTER_LEARNER, [LEARNERS, NATIONAL_SHEET])
        )
    return render_template(
        "class_lists.html",
        uploads=uploads,
        form=form,
        cohorts=[(cohort_key(item), cohort_text(item)) for item in cohorts],
        agreements=[(str(item.agreement_id), item.name) for item in agreements],
        study_modes=choices(StudyMode),
        roster_form=Form(kind="roster"),
        classes=[
            (
                f"{item.entry_year}-{item.class_name}",
                class_text(item.class_name, item.learner_count),
            )
            for item in classes
        ],
        faults=[in_language(item.message) for item in form.problems if item.field == "file"],
    )
