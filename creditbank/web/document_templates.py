"""A school's own Excel and Word templates: uploaded, listed, filled in for a class or a learner."""

from __future__ import annotations

import re

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from creditbank.domain.access import declares
from creditbank.domain.calendar import local_date
from creditbank.domain.errors import InvalidInputError, NotFoundError
from creditbank.domain.permissions import Action
from creditbank.exchange.filled_templates import Template
from creditbank.exchange.limits import FILE_BYTES_MAX
from creditbank.exchange.refusals import Refusal, refusal
from creditbank.exchange.template_filling import KNOWN, fill_template
from creditbank.queries.classes import school_classes
from creditbank.queries.template_values import (
    OF_COURSE,
    OF_FILE,
    OF_LEARNER,
    template_values,
)
from creditbank.services.document_templates import NAME_MAX, end_template, keep_template
from creditbank.store.document_templates import (
    TemplateLine,
    school_templates,
    template_content,
)
from creditbank.store.unit_of_work import UnitOfWork
from creditbank.web.downloads import DOCX, XLSX, file_response
from creditbank.web.forms import Form
from creditbank.web.languages import gettext as _
from creditbank.web.languages import in_language
from creditbank.web.pages import class_text, day, pages
from creditbank.web.uploads import SEE_OTHER
from creditbank.web.visits import actor, now, today, unit_of_work

_TEMPLATES = "/document-templates"
_TEMPLATE = f"{_TEMPLATES}/<int(min=1, max=2147483647):document_template_id>"
_ASKED = ("document_template_id", "class", "student_no", "reason")
_CLASS = re.compile(r"([0-9]{4})-(.{1,40})")
_TYPES = {"xlsx": XLSX, "docx": DOCX, "zip": "application/zip"}
_UNPROCESSABLE, _NUMBER_MAX = 422, 20


@pages.get(_TEMPLATES)
@declares(Action.EXPORT_NATIONAL_SHEET)
def document_templates() -> str:
    """What there is to fill in, and where to upload more."""
    return _page(_empty("upload"), _empty("fill"))


@pages.post(_TEMPLATES)
@declares(Action.EXPORT_NATIONAL_SHEET)
def upload_template() -> str | BaseResponse | tuple[str, int]:
    """Keep a template whose every placeholder is known."""
    file = request.files.get("file")
    content = file.read(FILE_BYTES_MAX + 1) if file else b""
    form = Form(kind="upload", fields=frozenset({"name"}))
    try:
        if len(content) > FILE_BYTES_MAX:
            raise refusal(Refusal.FILE_TOO_BIG)
        template = Template(content)
        name = (file.filename or "") if file else ""
        with unit_of_work() as uow:
            keep_template(
                uow,
                actor(),
                name=name.rpartition(".")[0][-NAME_MAX:] or template.kind,
                kind=template.kind,
                content=content,
                placeholders=template.placeholders,
                known=KNOWN,
                now=now(),
            )
    except InvalidInputError as error:
        return _page(form.with_problems(error.problems), _empty("fill")), _UNPROCESSABLE
    return redirect(url_for("web.document_templates"), SEE_OTHER)


@pages.post(f"{_TEMPLATE}/end")
@declares(Action.EXPORT_NATIONAL_SHEET)
def end_document_template(document_template_id: int) -> BaseResponse:
    """Offer a template no longer."""
    with unit_of_work() as uow:
        end_template(uow, actor(), document_template_id, now=now())
    return redirect(url_for("web.document_templates"), SEE_OTHER)


@pages.post(f"{_TEMPLATES}/file")
@declares(Action.EXPORT_NATIONAL_SHEET)
def filled_template() -> Response | tuple[str, int]:
    """A template filled in. It is asked for as a form: with a reason."""
    form = Form.sent("fill", {name: request.form.get(name, "") for name in _ASKED})
    try:
        with unit_of_work() as uow:
            found = _filled(uow, form)
    except InvalidInputError as error:
        return _page(_empty("upload"), form.with_problems(error.problems)), _UNPROCESSABLE
    return found


def _filled(uow: UnitOfWork, form: Form) -> Response:
    """Of a learner whose number is given, else of a class. Raises as template_values does."""
    number = form.value("document_template_id")
    lines = {str(line.document_template_id): line for line in _lines(uow)}
    line, school = lines.get(number), actor().institution_id
    match = _CLASS.fullmatch(form.value("class"))
    student_no = form.value("student_no").strip()[:_NUMBER_MAX]
    if line is None or school is None or (match is None and not student_no):
        raise NotFoundError
    content = template_content(uow.connection, school, line.document_template_id)
    values = template_values(
        uow,
        actor(),
        template_name=line.name,
        class_name="" if student_no or match is None else match[2],
        entry_year=0 if student_no or match is None else int(match[1]),
        student_no=student_no,
        reason=form.value("reason"),
        now=now(),
    )
    made = fill_template(Template(content or b""), values, made_on=today())
    whose = student_no or form.value("class").partition("-")[2]
    return file_response(made.content, f"{line.name} {whose}.{made.ending}", _TYPES[made.ending])


def _lines(uow: UnitOfWork) -> tuple[TemplateLine, ...]:
    school = actor().institution_id
    return school_templates(uow.connection, school) if school is not None else ()


def _empty(kind: str) -> Form:
    return Form(kind=kind, fields=frozenset(_ASKED))


def _page(form: Form, fill: Form) -> str:
    with unit_of_work() as uow:
        classes, lines = school_classes(uow, actor()), _lines(uow)
    return render_template(
        "document_templates.html",
        fill=fill,
        lines=[(line, day(local_date(line.uploaded_at))) for line in lines],
        templates=[(str(line.document_template_id), line.name) for line in lines],
        classes=[
            (
                f"{item.entry_year}-{item.class_name}",
                class_text(item.class_name, item.learner_count),
            )
            for item in classes
        ],
        groups=[
            (_("整份文件"), OF_FILE),
            (_("每名学生（所在的行按人重复）"), OF_LEARNER),
            (_("每条学分（所在的行按条重复）"), OF_COURSE),
        ],
        faults=[in_language(item.message) for item in form.problems],
    )
